"""Amounts in any language: 3, 30–40, at least 20, about 50."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

from bot.form.answers import Number
from bot.form.model import Choice, Question
from bot.form.typed.phrases import Match, PhrasePattern, known_words, normalized
from bot.languages import ENDING, Language, expression, languages

_RANGE = "(?:# - #|{amounts.range})"
_PATTERNS = {
    "range": PhrasePattern(f"(?:(?:{{amounts.about.before}}|[~≈]) )?{_RANGE}(?: {{amounts.about.after}})?"),
    "most": PhrasePattern("(?:≤|<=|<) #|{amounts.at_most}"),
    "beyond": PhrasePattern("> #|{amounts.more_than}"),
    "least": PhrasePattern(r"(?:≥|>=) #|# \+|{amounts.at_least}"),
    "exact": PhrasePattern("(?:{amounts.exactly.before} )?#(?: {amounts.exactly.after})?"),
}
_ABOUT = PhrasePattern("[~≈] #|{amounts.about}")
# Fractions, dates, times, percentages, numbers of things, negative numbers.
_NO_AMOUNT = re.compile(r"# [.,:/] #|# %|№|^- #|[^#] - #")
_AROUND = frozenset(".,!;:()\"'«»“”…")
_THOUSAND, _PEOPLE = PhrasePattern("1000|{amounts.thousand}"), PhrasePattern("{amounts.people}")
_PERSON = PhrasePattern("{amounts.person}(.*)")
# `2 000` and `2,000`, but not a number that goes on (`1,5`, `12.000.5`).
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:[ ,'’]\d{3})+(?![.,]?\w)")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[<>]=|[^\w\s]")


@cache
def values() -> dict[str, int]:
    """Numbers by word, plurals as one of their units, without words common in another language (`он`: ten, and he)."""
    never = known_words("numbers.not_a_number")
    return {word: number for word, number in (*_all_of("numbers"), *_all_of("plurals")) if word not in never}


@cache
def plurals() -> frozenset[str]:
    """Words for several tens, hundreds, thousands or millions, but no cases of the singular (`более тысячи`)."""
    return frozenset(word for word, _ in _all_of("plurals"))


@cache
def values_of_units() -> dict[str, int]:
    """Numbers up to 30 before a unit of time. Larger ones are figures of speech (`сто лет назад`)."""
    counting = (*_all_of("numbers"), *_all_of("numbers_of_units"))
    return {words: number for words, number in counting if number <= 30}


def any_of(found: Iterable[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, sorted(found, key=len, reverse=True)))})"


def in_digits(text: str) -> str:
    """Replace ordinals up to 31 by digits."""
    return _ordinal().sub(_digits, text)


def _digits(found: Match) -> str:
    word = found["made"] or found["possessed"]
    number = _made_of()[word] if word else int(str(found.lastgroup)[1:])
    return f"{number}{found['end'] or ''}" if number <= 31 else found[0]


def _all_of(section: str) -> Iterator[tuple[str, int]]:
    for one in languages():
        for number, phrases in _numbered(one, section).items():
            yield from ((phrase, number) for phrase in phrases)


def _numbered(one: Language, section: str) -> dict[int, list[str]]:
    keys = {int(name): key for key in one.phrases if (name := key.removeprefix(f"{section}.")).isdecimal()}
    return {number: [normalized(phrase) for phrase in one.phrases[key]] for number, key in keys.items()}


def _tens(one: Language) -> dict[str, int]:
    numbers = _numbered(one, "numbers")
    return {numbers[ten][0]: ten for ten in (10, 20, 30) if ten in numbers}


@cache
def _made_of() -> dict[str, int]:
    made: dict[str, int] = {}
    for one in languages():
        if "ordinals.of_numbers" in one.phrases:
            tens = _tens(one)
            units = {forms[0]: number for number, forms in _numbered(one, "numbers").items() if number < 10}
            made |= units | tens
            made |= {f"{ten} {unit}": tens[ten] + units[unit] for ten, unit in product(tens, units)}
    return made


@cache
def _listed() -> dict[int, list[str]]:
    listed: dict[int, list[str]] = defaultdict(list)
    for one in languages():
        ordinals = _numbered(one, "ordinals")
        for number, phrases in ordinals.items():
            listed[number] += [expression(phrase) for phrase in phrases]
        for (word, ten), unit in product(_tens(one).items(), range(1, 10)):
            if ten + unit not in ordinals:
                listed[ten + unit] += [f"{word}[ -]{expression(phrase)}" for phrase in ordinals.get(unit, ())]
    return listed


@cache
def _ordinal() -> PhrasePattern:
    """An ordinal. A Kazakh number with a possessive ending must follow its month (`қаңтардың бесі`), since
    alone it may be another word (`оны`, him)."""
    number = any_of(_made_of())
    listed = "|".join(f"(?P<n{number}>{'|'.join(ways)})" for number, ways in _listed().items())
    return PhrasePattern(
        rf"\b(?:{listed}|(?:(?P<made>{number}){{ordinals.of_numbers}}"
        rf"|(?<=\S )(?P<possessed>{number})(?={{ordinals.of_month}}\b))(?P<end>{ENDING}))(?!\w)"
    )


@dataclass(frozen=True, slots=True)
class Amount:
    """A range from `least` to `most`, inclusive. At most one is None (open).

    - `about`: the number is approximate, or its context was not understood.
    - `beyond`: the text said "more than `least - 1`".

    A plural without a number ("hundreds") is at least one of its units, the lowest true figure. ACLED counts
    dozens as 12 and hundreds as 100.
    """

    least: int | None
    most: int | None
    about: bool = False
    beyond: bool = False

    @property
    def kind(self) -> str:
        if self.most is None:
            return "least"
        return "exact" if self.least == self.most else "range"


_ENDS: Mapping[str, tuple[str, ...]] = {"exact": ("least",), "least": ("least",), "range": ("least", "most")}


@dataclass(frozen=True, slots=True)
class Taker:
    """A choice that takes one kind of amounts. `ends`: which end each question beside it takes, by name."""

    choice: Choice
    ends: Mapping[str, str]

    def answers(self, amount: Amount) -> dict[str, Number | None]:
        """Answers to these questions, by name."""
        ends = {name: amount.least if end == "least" else amount.most for name, end in self.ends.items()}
        return {name: None if end is None else Number(end, amount.beyond) for name, end in ends.items()}


def takers(question: Question, choices: Iterable[Choice]) -> dict[str, Taker]:
    """Choices that take amounts, by the kind of amount."""
    found: dict[str, Taker] = {}
    for choice in choices if question.kind == "select_one" else ():
        typed = choice.columns.get("typed")
        if not typed:  # nearly always
            continue
        kind, *names = typed.split() or [""]
        if kind in _ENDS and len(names) == len(_ENDS[kind]):
            found.setdefault(kind, Taker(choice, dict(zip(names, _ENDS[kind], strict=True))))
    return found


def covers(choice: Choice, amount: Amount) -> bool:
    """Whether the bounds of a choice include an amount."""
    low, high = choice.columns.get("min", ""), choice.columns.get("max", "")
    if not low.isdecimal() or amount.least is None or int(low) > amount.least:
        return False
    return not high.isdecimal() or (amount.most is not None and amount.most <= int(high))


def amount_of(text: str) -> Amount | None:
    """The amount in a text. In a context that is not understood it is approximate. None without one that makes sense."""
    shape, numbers = _shape(text)
    found = _amount(shape, numbers) if numbers else None
    if found is None or found.least != found.most:
        return found
    told = [word for word in _TOKEN.findall(normalized(text)) if next(_parts(word)).isdecimal()]
    is_plural = told[0] in plurals() or any(
        word in plurals() and not _THOUSAND.fullmatch(word) for word in told
    )
    return Amount(found.least, None) if is_plural else found


def understood(text: str) -> Amount | None:
    """The amount that is all a text tells, maybe an approximate one."""
    found = amount_of(text)
    return None if found and found.about and not _ABOUT.fullmatch(_shape(text)[0]) else found


def begins_number(word: str) -> bool:
    """Whether a word is a number, with or without an ending: `12`, `отыздай`."""
    return next(_parts(word)).isdecimal() or word[:1].isdecimal()


def _shape(text: str) -> tuple[str, list[int]]:
    read = _tokens(text)
    numbers = [int(token) for token in read if token.isdecimal() and len(token) <= 9]
    shape = " ".join("#" if token.isdecimal() else token for token in read)
    if not numbers or shape.count("#") != len(numbers) or _NO_AMOUNT.search(shape):
        return "", []
    return " ".join(token for token in shape.split() if token not in _AROUND), numbers


def _amount(shape: str, numbers: list[int]) -> Amount | None:
    first, last = numbers[0], numbers[-1]
    kind = next((kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(shape)), "")
    if (kind == "range" and first > last) or (not kind and len(numbers) > 1):
        return None
    ends = {
        "range": (first, last),
        "most": (None, first),
        "beyond": (first + 1, None),
        "least": (first, None),
    }
    return Amount(*ends.get(kind, (first, first)), about=not kind, beyond=kind == "beyond")


def _tokens(text: str) -> list[str]:
    """Words, signs and numbers of a text, without the nouns counted: `30-дан 40 адамға` is `30 дан 40 га`."""
    plain = " ".join(re.sub("[‐‑‒–—−]", "-", normalized(text)).split())
    plain = _GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), plain)
    read: list[str] = []
    is_word = False
    for token in _TOKEN.findall(plain):
        for part in _parts(token):
            is_made = is_word and part.isdecimal() and _joined(read, int(part))
            is_word = part != token and part.isdecimal()
            if not is_made:
                _add(read, part)
    return read


def _joined(read: list[str], number: int) -> bool:
    """Whether a number in words goes on the one before it, to which it is then added: *two hundred*."""
    before = int(read[-1]) if read and read[-1].isdecimal() else 0
    if number in {100, 1000, 1_000_000} and 1 < before < number:
        read[-1] = str(before * number)
    elif before and number < 10 ** (len(str(before)) - len(str(before).rstrip("0"))):
        read[-1] = str(before + number)
    else:
        return False
    return True


def _parts(word: str) -> Iterator[str]:
    for cut in range(len(word), 0, -1):
        number, ending = values().get(word[:cut]), word[cut:]
        if number is not None and (not ending or _is_ending(ending)):
            yield str(number)
            if ending in known_words("amounts.endings"):
                yield ending
            return
    yield word


def _is_ending(text: str) -> bool:
    return text in known_words("amounts.endings") or text in known_words("amounts.silent_endings")


def _add(read: list[str], token: str) -> None:
    after = next((other for other in reversed(read) if other != "-"), "").isdecimal()
    person = _PERSON.fullmatch(token)
    ending = person[1] if person else token
    if after and _is_ending(ending):
        while read[-1] == "-":
            read.pop()
        if ending in known_words("amounts.endings"):
            read.append(ending)
    elif after and read[-1].isdecimal() and _THOUSAND.fullmatch(token):
        read[-1] = f"{read[-1]}000"
    elif not (_PEOPLE.fullmatch(token) and any(map(str.isdecimal, read))):
        read.append(token)
