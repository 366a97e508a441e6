"""A judge of Russian sentences: a grammar and tables of forms, both written by hand (`tests/data/grammar/ru_*.txt`).

It reads a sentence from its first word to its last. Each noun stands in the case that its preposition, verb, numeral or
noun asks for, adjectives and verbs agree, dates and numbers have their forms, and no word is outside the tables. Free text
(`Qrole7`) stands where a nominative may stand. Nothing of the program is used."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from tests.bot.publish.country_update.grammar_tables import (
    CASES,
    Reading,
    WrongSentenceError,
    lines_of,
    table,
)

_TOKEN = re.compile(r"\d+(?:[-,.]\d+)*(?: \d{3})*|[\w+-]+|[.,:;()–/]")
_DASH = "–"

Nominal = tuple[int, str, str]
"""Where a phrase ends, its case, and its agreement: m, f, n, p or q (a quantity, which takes either number)."""


def judge(sentence: str) -> None:
    """Raise WrongSentenceError for a sentence that the grammar does not read."""
    if sentence != " ".join(sentence.split()) or re.search(r" [.,;:)]|\( |[.,;:]{2}|[{}\[\]|_]", sentence):
        raise WrongSentenceError(f"spaces or marks: {sentence}")
    if not sentence.endswith(".") or (
        sentence[0] == sentence[0].lower() and not sentence[0].isdigit() and sentence[0] != "«"
    ):
        raise WrongSentenceError(f"no sentence: {sentence}")
    tokens = _TOKEN.findall(sentence[:-1].replace("«", "").replace("»", ""))
    strange = [one for one in tokens if not _known(one)]
    if strange:
        raise WrongSentenceError(f"unknown words {strange}: {sentence}")
    _Parser(tokens).read(sentence)


def _known(token: str) -> bool:
    return token[0].isdigit() or token[0] == "Q" or token in ".,:;()–/" or token.lower() in table()


class _Parser:
    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = [one if one[0] == "Q" else one.lower() for one in tokens]
        self.known: dict[tuple[str, int, str], frozenset[Nominal]] = {}

    def at(self, i: int) -> str:
        return self.tokens[i] if i < len(self.tokens) else ""

    def readings(self, i: int) -> Sequence[Reading]:
        return table().get(self.at(i), ())

    # Sentences: clauses after semicolons

    def read(self, sentence: str) -> None:
        ends, furthest = {0}, 0
        while ends:
            found = {end for start in ends for end in (*self.clause(start), *self.listed(start))}
            furthest = max(found | {furthest})
            if len(self.tokens) in found:
                return
            ends = {end + 1 for end in found if self.at(end) == ";"} - {0}
        raise WrongSentenceError(f"not read after “{' '.join(self.tokens[:furthest])}”: {sentence}")

    def listed(self, i: int) -> set[int]:
        """A list after a colon goes on: nominatives."""
        if ":" not in self.tokens[:i] or i == 0:
            return set()
        return self.nominatives(i)

    def nominatives(self, i: int) -> set[int]:
        ends = {end for end, case, _ in self.nominal(i) if case == "nom"} | self.date(i, "nominal")
        return ends | {end for one in ends if self.at(one) == "," for end in self.nominatives(one + 1)}

    # Clauses: a set of phrases in any order

    def clause(self, i: int) -> set[int]:
        """Ends of clauses that begin here."""
        start = (i, "", "", frozenset[str](), frozenset[str]())
        seen, todo, ends = {start}, [start], set()
        while todo:
            state = todo.pop()
            if self._is_whole(state):
                ends.add(state[0])
                ends |= self._after_colon(state)
            for following in self._steps(*state):
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        return ends

    @staticmethod
    def _is_whole(state: tuple[int, str, str, frozenset[str], frozenset[str]]) -> bool:
        _, subject, verb, bare, asks = state
        if not verb or not bare <= asks or ("must" in asks and not bare):
            return False
        if verb == "–":
            return bool(subject)
        if not subject or verb == "!":
            return verb == "!" and not subject
        return _agrees(subject, verb)

    def _after_colon(self, state: tuple[int, str, str, frozenset[str], frozenset[str]]) -> set[int]:
        return self.nominatives(state[0] + 1) if self.at(state[0]) == ":" else set()

    def _steps(self, i: int, subject: str, verb: str, bare: frozenset[str], asks: frozenset[str]
               ) -> Iterator[tuple[int, str, str, frozenset[str], frozenset[str]]]:  # fmt: skip
        for end in (*self.prepositional(i), *self.date(i, "adverb"), *self.bracketed(i), *self.fixed(i)):
            yield end, subject, verb, bare, asks
        for end, case, agree in self.nominal(i):
            if case == "nom" and not subject and self.at(i) not in _REGIONS:
                yield end, agree, verb, bare, asks
            elif case != "nom" and case not in bare:
                yield end, subject, verb, bare | {case}, asks
        for one in self.readings(i):
            if one.kind == "verb" and (
                not verb
                or (verb in "mfnp" and self.at(i - 1) in _WAS)
                or (verb in "mfnp" and self.at(i - 1) in {"и", "или", ",", "не"})
            ):
                yield (
                    i + 1,
                    subject,
                    one.agree if not verb else _both(verb, one.agree),
                    bare,
                    asks | set(one.asks),
                )
        if (self.at(i), self.at(i + 1), self.at(i + 2)) == (",", "что", "произошло") and self.at(
            i - 1
        ) == "то":
            yield i + 3, subject, verb, bare, asks
        if self.at(i) == "то" and not subject:
            yield i + 1, "n", verb, bare, asks
        yield from self._more(i, subject, verb, bare, asks)

    def _more(self, i: int, subject: str, verb: str, bare: frozenset[str], asks: frozenset[str]
              ) -> Iterator[tuple[int, str, str, frozenset[str], frozenset[str]]]:  # fmt: skip
        here = self.at(i)
        if here in {"и", "или", ","} and subject and verb and bare <= asks and _agrees(subject, verb):
            # the same subject goes on, or another clause begins
            yield i + 1, subject, "", frozenset(), frozenset()
            yield i + 1, subject, verb, bare, asks
            yield i + 1, "", "", frozenset(), frozenset()
        if here == "," and not subject and not verb and not bare and self.at(0) == "по":
            yield i + 1, subject, verb, bare, asks
        if self.at(i - 1) in _WAS and self.at(i - 2) == "это":
            same = (
                end for end, case, agree in self.nominal(i) if (case, agree) == ("nom", _WAS[self.at(i - 1)])
            )
            yield from ((end, "n", "–", bare, asks) for end in same)
        if (
            here == ":"
            and verb == "p"
            and not subject
            and (not self._is_counted(i + 1) or self._is_list(i + 1))
        ):
            yield from ((end, "p", verb, bare, asks) for end in self.nominatives(i + 1))
        if here in {_DASH, ":"} and subject and not verb:
            yield from ((end, subject, "–", bare, asks) for end in self.nominatives(i + 1))

    def _is_list(self, i: int) -> bool:
        """Whether several stand here, between semicolons."""
        following = (one + 1 for one in self.nominatives(i) if self.at(one) == ";")
        return any(self.at(end) in {";", ""} for one in following for end in self.nominatives(one))

    def _is_counted(self, i: int) -> bool:
        """Whether a number stands here, which has to be the verb's own subject."""
        return self.at(i)[0].isdigit() or self.at(i) in {"не", "по", "больше", "один", *_COLLECTIVE}

    def fixed(self, i: int) -> Iterator[int]:
        """Phrases that no case enters, from the table."""
        for phrase in _phrases():
            if tuple(self.tokens[i : i + len(phrase)]) == phrase:
                yield i + len(phrase)

    # Nominals

    def nominal(self, i: int) -> frozenset[Nominal]:
        """Nominals that begin here, lists of them included."""
        return self._once("nominal", i, self._nominal)

    def _nominal(self, i: int) -> Iterator[Nominal]:
        for end, case, agree in self.one(i):
            yield end, case, agree
            for between in self._and(end):
                for other, other_case, _ in self.nominal(between):
                    if other_case == case:
                        yield other, case, "p"
                if self._is_article(between) and self.at(between - 1) in {"и", ","}:
                    yield from ((other, case, "p") for other, _, _ in self._articles(between))

    def _articles(self, i: int) -> Iterator[Nominal]:
        """Articles after `статьи` and a first number."""
        for end, case, agree in self.with_what_follows(i + 1, "nom", "p"):
            yield end, case, agree
            for between in self._and(end):
                if self._is_article(between):
                    yield from self._articles(between)

    def _and(self, i: int) -> Iterator[int]:
        if self.at(i) in {"и", "или", ",", "/"}:
            yield i + 1

    def _once(self, name: str, i: int, made: object) -> frozenset[Nominal]:
        key = (name, i, "")
        if key not in self.known:
            self.known[key] = frozenset()
            self.known[key] = frozenset(made(i))  # type: ignore[operator]
        return self.known[key]

    def one(self, i: int) -> frozenset[Nominal]:
        return self._once("one", i, self._one)

    def _one(self, i: int) -> Iterator[Nominal]:
        for head in (*self.head(i), *self.quantity(i)):
            yield from self.with_what_follows(*head)

    def with_what_follows(self, end: int, case: str, agree: str) -> Iterator[Nominal]:
        yield end, case, agree
        following = {
            other for other, kind, _ in self.nominal(end) if kind == "gen" and self._is_noun(end - 1)
        }
        following |= {
            other for other, kind, _ in self.nominal(end) if kind == "gen" and self._is_article(end - 1)
        }
        following |= {
            other
            for other, kind, _ in self.nominal(end)
            if kind == "dat" and self.at(end - 1) in _WITH_DATIVE
        }
        following |= set(self.attribute(end)) | set(self.bracketed(end))
        for other in following:
            yield from self.with_what_follows(other, case, agree)

    def _is_noun(self, i: int) -> bool:
        return any(one.kind in {"noun", "adjective"} for one in self.readings(i))

    def _is_article(self, i: int) -> bool:
        is_listed = self.at(i - 1) in {"и", ","} and "статьи" in self.tokens[:i]
        return (is_listed or self.at(i - 1).startswith("стать")) and self.at(i)[:1].isdigit()

    def attribute(self, i: int) -> Iterator[int]:
        """A prepositional attribute, a participle with its object, an article's number, a region's name, an event's date."""
        if self.at(i - 1).startswith("событи"):
            yield from self._point(i, "gen", "года")
        if (self.at(i), self.at(i + 1)) == ("в", "целом"):
            yield i + 2
        if self.at(i) in _ATTRIBUTIVE:
            yield from self.prepositional(i)
        if self.at(i - 1) in {"статья", "статьи", "статью", "статье"} and self.at(i)[:1].isdigit():
            yield i + 1
        if self.at(i - 1) in {"область", "области"} and self.at(i) in {"абай", "жетісу", "ұлытау"}:
            yield i + 1
        if self.at(i - 1).startswith("пункт") and self.at(i)[:1] == "Q":
            yield i + 1
        if self.at(i) == "," and self.at(i + 1) == "разжигающие":
            yield from (end for end, case, _ in self.one(i + 2) if case == "acc")
        if self.at(i) == "," and self.at(i + 1) == "участие":
            yield i + 2

    def head(self, i: int) -> Iterator[Nominal]:
        """Adjectives and their noun, an adjective alone, a pronoun, or free text."""
        if self.at(i) in _ADVERBS:
            yield from self.head(i + 1)
        if self.at(i)[:1] == "Q":
            yield i + 1, "nom", "p"
        for one in self.readings(i):
            if one.kind == "noun":
                yield i + 1, one.case, one.agree
            if one.kind == "pronoun":
                yield i + 1, one.case, one.agree
            if one.kind == "adjective":
                if one.word in _ALONE:
                    yield i + 1, one.case, one.agree
                for end, case, agree in self.head(i + 1):
                    noun_is_animate = any(
                        other.animate
                        for other in self.readings(end - 1)
                        if (other.case, other.agree) == (case, agree)
                    )
                    fits = case != "acc" or agree in "fn" or one.animate == noun_is_animate
                    if (case, agree) == (one.case, one.agree) and fits:
                        yield end, case, agree

    def quantity(self, i: int) -> Iterator[Nominal]:
        """A number and its noun."""
        for words, case, agree in _LIMITS:
            if tuple(self.tokens[i : i + len(words)]) == words:
                found_there = (
                    *self.counted(i + len(words)),
                    *(self.head(i + len(words)) if case == "any" else ()),
                )
                for end, found, one in found_there:
                    if case == "any":
                        yield end, found, one
                    elif found == case:
                        yield end, "nom", agree
        yield from self.counted(i)

    def counted(self, i: int) -> Iterator[Nominal]:
        if (
            self.at(i)[:1].isdigit()
            and "-" not in self.at(i)
            and not re.fullmatch(r"(19|20)\d\d", self.at(i))
        ):
            number = self.at(i).replace(" ", "")
            if float(number.replace(",", ".")) == 0:
                return
            for one in self.readings(i + 1):
                if one.kind == "noun" or _is_person(one):
                    yield from ((i + 2, case, agree) for case, agree in _after_number(number, one))
        for case, noun in _COLLECTIVE.get(self.at(i), ()):
            if noun == "":
                yield i + 1, case, "q"
            if any(
                _is_named(one) and (one.case, one.agree) == (noun or "gen", "p")
                for one in self.readings(i + 1)
            ):
                yield i + 2, case, "q"
            for other in self.readings(i + 1) if noun else ():
                counted = (other.case, other.agree) == ("nom", "m") and noun == "gen"
                if other.word == "человек" and (
                    counted or (other.case, other.agree) == (noun, "p") != ("gen", "p")
                ):
                    yield i + 2, case, "q"

    # Prepositions, brackets, dates

    def prepositional(self, i: int) -> set[int]:
        ends = set(self.date(i, "adverb"))
        for one in self.readings(i):
            if one.kind == "preposition":
                length = 1
                asks = one.asks if self.at(i) not in {"в", "во"} or self.at(i - 1) in _INTO else ("pre",)
                ends |= {
                    end
                    for end, case, _ in self.nominal(i + length)
                    if case in asks and self._is_no_month(i + 1)
                }
        return ends | {last for end in ends if self.at(end) == "или" for last in self.prepositional(end + 1)}

    def _is_no_month(self, i: int) -> bool:
        return not any(one.word in MONTHS for one in self.readings(i))

    def bracketed(self, i: int) -> set[int]:
        if self.at(i) != "(":
            return set()
        inside = {i + 1}
        found: set[int] = set()
        while inside:
            reads = (self.clause, self.nominatives, self.fixed, self.prepositional, self._year)
            ends = {end for one in inside for read in reads for end in read(one)}
            found |= {end + 1 for end in ends if self.at(end) == ")"}
            inside = {end + 1 for end in ends if self.at(end) in {";", ",", ":"}}
        return found

    def _year(self, i: int) -> set[int]:
        return {i + 1} if re.fullmatch(r"20\d\d", self.at(i)) else set()

    def date(self, i: int, how: str) -> set[int]:
        """Dates: `adverb` for when, `nominal` as a name."""
        found: set[int] = set()
        here = self.at(i)
        if how == "adverb":
            found |= self._day(i)
            if here == "в":
                found |= self._month(i + 1, "pre") | self._year_in(i + 1, "году")
            start = i + 1 if here == "начиная" else i
            if self.at(start) in {"с", "со"}:
                since = self._point(start + 1, "gen", "года") | self._yearless(start + 1)
                found |= since
                if start == i:
                    found |= {end for one in since if self.at(one) == "по" for end in self._until(one + 1)}
            if here == "по":
                found |= self._until(i + 1)
        else:
            points = self._day(i) | self._month(i, "nom") | self._year_in(i, "год")
            found |= points | self.date(i, "adverb")
        return found

    def _yearless(self, i: int) -> set[int]:
        """The year stands with the end of the span."""
        length = 1 if self.at(i).isdigit() else 0
        is_month = any(one.word in MONTHS and one.case == "gen" for one in self.readings(i + length))
        return {i + length + 1} if is_month and self.at(i + length + 1) == "по" else set()

    def _until(self, i: int) -> set[int]:
        now = {i + 2} if (self.at(i), self.at(i + 1)) == ("настоящее", "время") else set()
        return now | self._day(i) | self._month(i, "acc") | self._year_in(i, "год")

    def _point(self, i: int, case: str, year: str) -> set[int]:
        return self._day(i) | self._month(i, case) | self._year_in(i, year)

    def _day(self, i: int) -> set[int]:
        return self._month(i + 1, "gen") if re.fullmatch(r"[1-9]|[12]\d|3[01]", self.at(i)) else set()

    def _month(self, i: int, case: str) -> set[int]:
        is_month = any(one.word in MONTHS and one.case == case for one in self.readings(i))
        return self._year_in(i + 1, "года") if is_month else set()

    def _year_in(self, i: int, form: str) -> set[int]:
        return {i + 2} if re.fullmatch(r"(19|20)\d\d", self.at(i)) and self.at(i + 1) == form else set()


MONTHS = {
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
}
_ALONE = {
    "военный", "неизвестный", "пострадавший", "учёный", "госслужащий", "военнослужащий", "задержанный", "заключённый", "другой",
}  # fmt: skip
_WAS = {"был": "m", "была": "f", "было": "n", "были": "p"}
_REGIONS = {"абай", "жетісу", "ұлытау", "алматы", "астана", "шымкент"}
_INTO = {"объявлен", "объявлена", "объявлено", "объявлены", "вмешательство"}
_ADVERBS = {"заведомо", "лгбт+", "их", "её", "его"}
_WITH_DATIVE = {"неповиновение", "воспрепятствование", "наказание", "наказания"}
_ATTRIBUTIVE = {"о", "об", "к", "при", "из", "до", "без", "в", "во"}
_LIMITS = (
    (("не", "менее"), "gen", "q"), (("не", "более"), "gen", "q"), (("больше",), "gen", "q"), (("менее",), "gen", "q"),
    (("по", "меньшей", "мере"), "any", ""),
)  # fmt: skip
_COLLECTIVE = {
    "двое": [("nom", "")], "трое": [("nom", "")], "четверо": [("nom", "")],
    "двух": [("gen", "gen")], "трёх": [("gen", "gen")], "четырёх": [("gen", "gen")],
    "двум": [("dat", "dat")], "трём": [("dat", "dat")], "четырём": [("dat", "dat")],
    **{key: [("nom", "gen")] for key in ("пять", "шесть", "семь", "восемь", "девять")},
    **{key: [("gen", "gen"), ("dat", "dat")] for key in ("пяти", "шести", "семи", "восьми", "девяти")},
}  # fmt: skip


@cache
def _phrases() -> Sequence[tuple[str, ...]]:
    return [tuple(line.split()) for line in lines_of("ru_phrases.txt")]


def _agrees(subject: str, verb: str) -> bool:
    if verb in {"–", "!"}:
        return True
    return (verb == "p" or "n" in verb) if subject == "q" else subject in verb


def _is_named(one: Reading) -> bool:
    return _is_person(one) or (one.kind == "noun" and one.animate and one.word != "человек")


def _is_person(one: Reading) -> bool:
    """An adjective that names a person: after two, three and four it stands in the genitive plural."""
    return one.kind == "adjective" and one.word == "пострадавший"


def _both(one: str, other: str) -> str:
    return "".join(sorted(set(one) & set(other))) or "0"


def _after_number(number: str, noun: Reading) -> Iterator[tuple[str, str]]:  # noqa: C901 - one rule
    """Case and agreement of a number with this form of a noun. People are counted by `человек`, which is their genitive too."""
    is_fraction = "," in number or "." in number
    last, teens = int(number[-1]), number[-2:] in {"11", "12", "13", "14"}
    is_one, is_few = last == 1 and not teens, last in {2, 3, 4} and not teens
    plural_only = noun.word in {"сутки", "мрп", "МРП", "тенге"}
    if plural_only:
        fits = noun.case == ("nom" if is_one and noun.word == "сутки" else "gen")
        if fits:
            yield from (("nom", "q"), ("acc", "q"))
        return
    single = noun.agree in "mfn"
    if is_fraction:
        if single and noun.case == "gen":
            yield from ((case, "q") for case in CASES)
        return
    people = noun.word == "человек"
    if _is_person(noun):
        is_fit = (noun.agree == "m") if is_one else (noun.agree, noun.case) == ("p", "gen")
        if is_fit and (not is_one or noun.case in {"nom", "gen", "dat"}):
            yield noun.case if is_one else "nom", noun.agree if is_one else "q"
    if is_one:
        if single:
            yield noun.case, noun.agree
        return
    if is_few and single and noun.case == "gen":
        yield from (("nom", "q"), ("acc", "q"))
    if not is_few and (
        (not people and noun.agree == "p" and noun.case == "gen")
        or (people and single and noun.case == "nom")
    ):
        yield from (("nom", "q"), ("acc", "q"))
    if people and single and noun.case == "nom":
        yield "gen", "q"
    if (
        noun.agree == "p"
        and noun.case in {"gen", "dat", "ins", "pre"}
        and not (people and noun.case == "gen")
    ):
        yield noun.case, "q"
