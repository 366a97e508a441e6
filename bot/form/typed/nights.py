"""The night before a day, which is one of two days: `в ночь на 5 января`, `5 қаңтарға қараған түні`."""

import re

_EVE = re.compile(
    r"(?:в |во )?ночь(?:ю)? на (?P<ru>.+)|(?P<kk>.+?) караган тун(?:и|де|ги)?|"
    r"(?:on |in )?(?:the )?(?:eve|night before)(?: of)? (?P<en>.+)"
)
_TWO_DAYS = re.compile(r" на |(?:дан|ден|тан|тен|нан|нен) | - |\d-\d| по ")


def morning_after(words: str) -> str | None:
    """The words for the day in whose early hours a night ends; None where they tell no night or both its days."""
    found = _EVE.fullmatch(words)
    day = next((text for text in found.groups() if text), None) if found else None
    return None if day is None or _TWO_DAYS.search(day) else day
