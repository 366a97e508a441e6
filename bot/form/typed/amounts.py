"""How many, as people type it in Kazakh, Russian and English: 3, 30–40, at least 20, about 50."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bot.form.typed.folding import fold
from bot.form.typed.number_words import values
from bot.form.typed.vocabulary import Grammar, words


@dataclass(frozen=True, slots=True)
class Amount:
    """From `least` to `most`, both included; None where that end is open, never at both. `about`: the number is
    only near it, or words stand around it that may say anything of it.

    More than 100 is at least 100: the number that was said, and none that was not."""

    least: int | None
    most: int | None
    about: bool = False


LONGEST = 9
"""Digits of a number at most: more are a telephone's."""

_RANGE = "(?:# - #|{amounts.range})"
_PATTERNS = {
    "range": Grammar(f"(?:(?:{{amounts.about.before}}|[~≈]) )?{_RANGE}(?: {{amounts.about.after}})*"),
    "most": Grammar("(?:≤|<=|<) #|{amounts.at_most}"),
    "least": Grammar(r"(?:≥|>=|>) #|# \+|{amounts.at_least}"),
    "exact": Grammar("(?:{amounts.exactly.before} )?#(?: {amounts.exactly.after})?"),
}
_NO_AMOUNT = re.compile(r"# [.,:/] #|# %|№|^- #|[^#] - #")
_AROUND = frozenset(".,!;:()\"'«»“”…")
_THOUSAND, _PEOPLE = Grammar("1000|{amounts.thousand}"), Grammar("{amounts.people}")
_PERSON = Grammar("{amounts.person}(.*)")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:[ ,'’]\d{3})+(?![.,]?\w)")
_DASHES = re.compile("[‐‑‒–—−]")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[<>]=|[^\w\s]")


def amount_of(text: str) -> Amount | None:
    """The amount that a text tells; None if it tells none, or several numbers that are not understood together.
    Of a single number with other words around it no more is taken than that it is about so many."""
    read = _tokens(text)
    numbers = [int(token) for token in read if token.isdecimal() and len(token) <= LONGEST]
    shape = " ".join("#" if token.isdecimal() else token for token in read)
    if not numbers or shape.count("#") != len(numbers) or _NO_AMOUNT.search(shape):
        return None
    told = " ".join(token for token in shape.split() if token not in _AROUND)
    return _amount(told, numbers)


def _amount(shape: str, numbers: list[int]) -> Amount | None:
    first, last = numbers[0], numbers[-1]
    match next((kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(shape)), ""):
        case "range":
            return Amount(first, last) if first <= last else None
        case "most":
            return Amount(None, first)
        case "least":
            return Amount(first, None)
        case "exact":
            return Amount(first, first)
    return Amount(first, first, about=True) if len(numbers) == 1 else None


def _tokens(text: str) -> list[str]:
    """The words, signs and numbers of a text: numbers in digits, `1 000` as `1000`, people left out after a number;
    Kazakh endings as words of their own, all those of a case alike: `30-дан 40 адамға` is `30 дан 40 га`."""
    plain = " ".join(_DASHES.sub("-", fold(text)).split())
    plain = _GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), plain)
    read: list[str] = []
    for token in _TOKEN.findall(plain):
        for part in _parts(token):
            _add(read, part)
    return read


def _parts(word: str) -> Iterator[str]:
    """A word as it counts: a number in words in digits, with its ending apart."""
    for cut in range(len(word), 0, -1):
        number, ending = values().get(word[:cut]), word[cut:]
        if number is not None and (not ending or ending in _endings()):
            yield str(number)
            yield from _kept(ending)
            return
    yield word


@cache
def _endings() -> frozenset[str]:
    return words("amounts.endings") | words("amounts.silent_endings")


def _kept(ending: str) -> tuple[str, ...]:
    """An ending if it says something of the number: `30-дан`, and not `3-х`."""
    return (ending,) if ending in words("amounts.endings") else ()


def _add(read: list[str], token: str) -> None:
    """One more token after those that were read."""
    after = next((other for other in reversed(read) if other != "-"), "").isdecimal()
    person = _PERSON.fullmatch(token)
    ending = person[1] if person else token
    if after and ending in _endings():
        while read[-1] == "-":
            read.pop()
        read.extend(_kept(ending))
    elif after and read[-1].isdecimal() and _THOUSAND.fullmatch(token):
        read[-1] = f"{read[-1]}000"
    elif not (_PEOPLE.fullmatch(token) and any(map(str.isdecimal, read))):
        read.append(token)
