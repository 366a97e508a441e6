"""Tables of the forms of Russian words, written by hand (`tests/data/grammar/ru_*.txt`), and what judges of all languages share."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GRAMMAR = Path(__file__).parents[3] / "data/grammar"
CASES = ("nom", "gen", "dat", "acc", "ins", "pre")


class WrongSentenceError(AssertionError):
    """Raised for a sentence with a fault. The message says which."""


@dataclass(frozen=True)
class Reading:
    """Readings of a form."""

    kind: str
    case: str = ""
    agree: str = ""
    word: str = ""
    animate: bool = False
    asks: tuple[str, ...] = ()


def lines_of(name: str) -> Iterator[str]:
    for line in (GRAMMAR / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


@cache
def table() -> dict[str, tuple[Reading, ...]]:
    """Readings of each form."""
    found: dict[str, list[Reading]] = defaultdict(list)
    for line in lines_of("ru_nouns.txt"):
        gender, *forms = line.replace("|", " ").split()
        for place, form in enumerate(forms):
            if form != "-":
                number = "p" if place >= len(CASES) or gender == "p" else gender[0]
                word = next(one for one in forms if one != "-")
                found[form].append(Reading("noun", CASES[place % 6], number, word, "a" in gender[1:]))
    for line in lines_of("ru_adjectives.txt"):
        for form, case, agree, animate in _adjective(line.split()):
            if form != "-":
                found[form].append(Reading("adjective", case, agree, line.split()[0], animate))
    for line in lines_of("ru_words.txt"):
        kind, *rest = line.split()
        _word(found, kind, rest)
    return {form: tuple(dict.fromkeys(readings)) for form, readings in found.items()}


def _adjective(forms: Sequence[str]) -> Iterator[tuple[str, str, str, bool]]:
    m, gen, dat, ins, pre, f, oblique, f_acc, n, p, p_gen, p_dat, p_ins = forms
    for gender in "mn":
        yield from (
            (gen, "gen", gender, False),
            (dat, "dat", gender, False),
            (ins, "ins", gender, False),
            (pre, "pre", gender, False),
        )
    yield from (
        (m, "nom", "m", False),
        (m, "acc", "m", False),
        (gen, "acc", "m", True),
        (n, "nom", "n", False),
        (n, "acc", "n", False),
    )
    yield from ((f, "nom", "f", False), (f_acc, "acc", "f", False), (f_acc, "acc", "f", True))
    yield from ((oblique, case, "f", False) for case in ("gen", "dat", "ins", "pre"))
    yield from ((p, "nom", "p", False), (p, "acc", "p", False), (p_gen, "acc", "p", True))
    yield from (
        (p_gen, "gen", "p", False),
        (p_gen, "pre", "p", False),
        (p_dat, "dat", "p", False),
        (p_ins, "ins", "p", False),
    )


def _word(found: dict[str, list[Reading]], kind: str, rest: Sequence[str]) -> None:
    match kind:
        case "past" | "short" | "present":
            asks = tuple(one for one in rest[0].split(",") if one != "-")
            genders = ("mfn", "p") if kind == "present" else tuple("mfnp")
            for form, agree in zip(rest[1:], genders, strict=True):
                found[form].append(Reading("verb", "", agree, rest[1], asks=asks))
        case "none":
            asks = tuple(one for one in rest[0].split(",") if one != "-")
            found[rest[1]].append(Reading("verb", "", "!", rest[1], asks=asks))
        case "prep":
            found[rest[0]].append(Reading("preposition", asks=tuple(rest[1].split(","))))
        case "still":
            for form in rest:
                found[form.lower()] += [
                    Reading("noun", case, agree, form) for case in CASES for agree in "mfnp"
                ]
        case "pronoun":
            found[rest[0]].append(Reading("pronoun", rest[1], rest[2], rest[3]))
        case _:
            for form in rest:
                found[form].append(Reading("free", word=form))
