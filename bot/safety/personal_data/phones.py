"""Telephone numbers: Kazakhstan's and Russia's under +7, written in any way, those of other countries with their plus, and
numbers in a town behind a word that says so. Short numbers and hotlines (102, 8 800 ...) are nobody's."""

import re
from collections.abc import Iterator

from bot.safety.personal_data.finding import Finding, Kind

_GAP = r"[\s()\-–—‑.]{0,3}"
_OWN = re.compile(
    rf"(?<![\dA-Za-z+])(?:\+{_GAP}7|[78]){_GAP}(?P<code>[3-79])(?:{_GAP}\d){{9}}(?!\d)",
)
"""With the prefix +7, 8 or 7, and a code that begins with one digit of those given out."""
_FOREIGN = re.compile(rf"(?<!\d)\+(?!{_GAP}7)\d(?:{_GAP}\d){{8,14}}(?!\d)")
_MOBILE = re.compile(
    rf"(?<![\dA-Za-z+])(?<!\d[-–/.,])\(?7(?:0[0-8]|47|7[15678]){_GAP}(?:\d{_GAP}){{6}}\d(?!\d)"
)
"""A mobile number without its prefix."""
_IN_TOWN = re.compile(
    r"(?:тел|телефон\w{0,3}|т|phone|tel|call|звон\w{1,6}|номер\w{0,3}|нөмір\w{0,5}|ұялы|городск\w{2,3})\b[.:№\s]{1,4}"
    r"(?P<number>(?:\(\d{3,4}\)\s?)?\d{2,3}[-\s]\d{2}[-\s]\d{2})(?![-\d])",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\s?(?:тг\b|тен[гь]|теңге|tenge|₸|kzt|руб|долл|usd|\$|€|евро|млн|миллион)", re.IGNORECASE
)


def phones(text: str) -> Iterator[Finding]:
    """The telephone numbers of a text; they may overlap."""
    for pattern in (_OWN, _FOREIGN, _MOBILE):
        for found in pattern.finditer(text):
            if not _MONEY.match(text, found.end()) and _is_given_out(found):
                yield Finding(Kind.PHONE, found.start(), found.end())
    for found in _IN_TOWN.finditer(text):
        yield Finding(Kind.PHONE, *found.span("number"))


def _is_given_out(found: re.Match[str]) -> bool:
    """Without a plus, only 7 and 9 begin a code that people call; behind a plus any does."""
    return found.re is not _OWN or found[0].startswith("+") or found["code"] in "79"
