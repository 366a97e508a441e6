"""How many, as people type it in Kazakh, Russian and English: 3, 30–40, at least 20, about 50."""

import re
from dataclasses import dataclass

from bot.form.typed.numerals import LONGEST, tokens


@dataclass(frozen=True, slots=True)
class Amount:
    """From `least` to `most`, both included; None where that end is open, never at both. `about`: the number is
    only near it, or words stand around it that may say anything of it.

    More than 100 is at least 100: the number that was said, and none that was not."""

    least: int | None
    most: int | None
    about: bool = False


_ABOUT = (
    r"около|примерно|приблизительно|где - то|где то|порядка|ориентировочно|почти|может быть|наверное|наверно|"
    r"возможно|кажется|вроде|человек|шамамен|шамалап|мумкин|about|around|approximately|approx|roughly|circa|"
    r"nearly|almost|maybe|perhaps|probably|some|~|≈"
)
_LEAST = (
    r"не менее(?: чем)?|не меньше(?: чем)?|как минимум|минимум|хотя бы|по меньшей мере|по крайней мере|от|"
    r"более(?: чем)?|больше(?: чем)?|свыше|at least|a minimum of|minimum|min|(?:no|not) (?:fewer|less) than|from|"
    r"more than|over|above|кеминде|ен азы|ен кеми|ен (?:аз|кем) дегенде|≥|>=|>"
)
_LEAST_AFTER = (
    r"\+|плюс|(?:и|или) (?:более|больше)|(?:or|and) (?:more|over)|как минимум|минимум|at least|minimum|с лишним|"
    r"(?:дан )?астам|дан (?:артык|коп|кем емес|аз емес|асады|асты|бастап)|(?:жане |немесе )?одан (?:да )?коп"
)
_MOST = (
    r"не более(?: чем)?|не больше(?: чем)?|максимум|до|менее(?: чем)?|меньше(?: чем)?|at most|up to|"
    r"(?:no|not) more than|a maximum of|maximum|max|less than|fewer than|under|below|ен коби|ен коп дегенде|≤|<=|<"
)
_MOST_AFTER = (
    r"(?:и|или) (?:менее|меньше)|or (?:fewer|less)|максимум|at most|maximum|га дейин|"
    r"дан (?:аз|кем|артык емес|коп емес|аспайды|аспады)"
)
_EXACT = r"ровно|точно|именно|всего|только|exactly|only|just|дал|барлыгы|бары"
_RANGE = (
    r"# - #(?: аралыгында| арасында)?|(?:от|с) # до #|# (?:до|to|through|или|or|немесе) #|from # to #|"
    r"(?:between # and|между # и) #|# [мбп]ен # (?:аралыгында|арасында)|# дан # га(?: дейин)?"
)
_PATTERNS = {
    "range": re.compile(f"(?:(?:{_ABOUT}) )?(?:{_RANGE})(?: дай| шакты)?"),
    "most": re.compile(f"(?:{_MOST}) #|# (?:{_MOST_AFTER})"),
    "least": re.compile(f"(?:{_LEAST}) #|# (?:{_LEAST_AFTER})"),
    "exact": re.compile(f"(?:(?:{_EXACT}) )?#(?: гана)?"),
}
_NO_AMOUNT = re.compile(r"# [.,:/] #|# %|№|^- #|[^#] - #")
_AROUND = frozenset(".,!;:()\"'«»“”…")


def amount_of(text: str) -> Amount | None:
    """The amount that a text tells; None if it tells none, or several numbers that are not understood together.
    Of a single number with other words around it no more is taken than that it is about so many."""
    read = tokens(text)
    numbers = [int(token) for token in read if token.isdecimal() and len(token) <= LONGEST]
    shape = " ".join("#" if token.isdecimal() else token for token in read)
    if not numbers or shape.count("#") != len(numbers) or _NO_AMOUNT.search(shape):
        return None
    words = [token for token in shape.split() if token not in _AROUND]
    return _amount(" ".join(words), numbers)


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
