"""What becomes of the reports that a demo begins with: the same every time for the same number and seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.demo.cases import Told, all_cases, urgent_cases

SEED = 20_260_101
DAYS = 548
"""Eighteen months, over which the reports are spread."""


class Fate(StrEnum):
    """Where a report stands in the end."""

    NEW = "new"
    URGENT = "urgent"
    CLAIMED = "claimed"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


FATES = (
    Fate.NEW, Fate.APPROVED, Fate.CLAIMED, Fate.APPROVED, Fate.PROPOSED,
    Fate.APPROVED, Fate.URGENT, Fate.REJECTED, Fate.APPROVED, Fate.WITHDRAWN,
    Fate.EXPIRED,
)  # fmt: skip
CONSENTS = (
    "publish_no_names", "share_trusted", "publish_no_names", "statistics_only",
    "publish_no_names", "publish_no_names", "share_trusted",
)  # fmt: skip
LANGUAGES = ("kk", "ru", "kk", "ru", "en", "kk", "ru", "kk", "ru")
"""Dealt out one after the other; their lengths have no common divisor, so every combination comes up."""
RECENT = {Fate.NEW: 20, Fate.CLAIMED: 12, Fate.PROPOSED: 12, Fate.URGENT: 1}
"""Days within which a report came that is not decided yet."""
LATELY = 25
"""Days within which most reports were rejected: those of longer ago are destroyed."""
AGED = 366
"""Days after which what a reporter told is destroyed; what nobody decided has expired by then."""
MOST_HOURS = 6
"""Hours for which a report has been held at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A report: what is told of it, when, what becomes of it and when."""

    told: Told
    fate: Fate
    submitted: datetime
    closed: datetime


def plans(number: int, now: datetime, seed: int = SEED, language: str | None = None) -> Iterator[Plan]:
    """So many reports, told at most DAYS before `now`, all in a language if it is given. Nothing happens within the
    last hour."""
    spoken = (language,) if language else LANGUAGES
    return (_plan(one, now, random.Random(f"{seed}:{one}"), spoken) for one in range(number))  # noqa: S311 - no secrets


def _plan(number: int, now: datetime, rng: random.Random, spoken: Sequence[str]) -> Plan:
    fate = FATES[number % len(FATES)]
    submitted, closed = _times(fate, now, rng)
    cases = urgent_cases() if fate is Fate.URGENT else all_cases()
    told = Told(
        case=cases[number % len(cases)],
        number=number,
        language=spoken[number % len(spoken)],
        day=submitted.date(),
        consent=CONSENTS[number % len(CONSENTS)],
        urgent=fate is Fate.URGENT,
        full=rng.random() < 0.6,
        rng=rng,
    )
    return Plan(told, fate, submitted, closed)


def _times(fate: Fate, now: datetime, rng: random.Random) -> Sequence[datetime]:
    latest = now - timedelta(hours=1)
    if fate in {Fate.CLAIMED, Fate.PROPOSED}:
        held = latest - timedelta(hours=rng.randrange(MOST_HOURS))
        return held - timedelta(hours=rng.randrange(24 * RECENT[fate])), held
    if fate is Fate.EXPIRED:
        told = latest - timedelta(days=AGED, hours=rng.randrange(24 * (DAYS - AGED)))
        return told, told + timedelta(days=AGED)
    if fate in RECENT:
        return (latest - timedelta(hours=rng.randrange(24 * RECENT[fate])),) * 2
    span = LATELY if fate is Fate.REJECTED and rng.random() < 0.7 else DAYS - 10
    closed = latest - timedelta(hours=rng.randrange(24 * span))
    return closed - timedelta(hours=rng.randrange(24 * 10)), closed
