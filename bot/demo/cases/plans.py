"""Plans of the reports that a demo begins with, and of what becomes of each: the same for the same number and seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.demo.cases.stories import Testimony, all_cases, urgent_cases

SEED = 20_260_101
DAYS = 548
"""Eighteen months, over which the reports are spread."""


class PlannedState(StrEnum):
    """Where a report stands once the demo begins."""

    NEW = "new"
    URGENT = "urgent"
    CLAIMED = "claimed"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PlannedTalk(StrEnum):
    """What moderators asked of a report that is not decided. Some are set aside until the answer comes."""

    NONE = "none"
    ASKED = "asked"
    AWAITED = "awaited"
    ANSWERED = "answered"


# Dealt out in turn by a report's number; their lengths share no divisor, so every combination comes up.
_STATES = (
    PlannedState.NEW, PlannedState.APPROVED, PlannedState.CLAIMED, PlannedState.APPROVED, PlannedState.PROPOSED,
    PlannedState.APPROVED, PlannedState.URGENT, PlannedState.REJECTED, PlannedState.APPROVED,
    PlannedState.WITHDRAWN, PlannedState.EXPIRED,
)  # fmt: skip
_CONSENTS = (
    "publish_no_names", "share_trusted", "publish_no_names", "statistics_only",
    "publish_no_names", "publish_no_names", "share_trusted",
)  # fmt: skip
# By how often the state was dealt out before.
_TALKS = {
    PlannedState.NEW: (PlannedTalk.ASKED, PlannedTalk.AWAITED, PlannedTalk.ANSWERED),
    PlannedState.CLAIMED: (PlannedTalk.ANSWERED, PlannedTalk.ASKED, PlannedTalk.NONE),
}
_LANGUAGES = ("kk", "ru", "kk", "ru", "en", "kk", "ru", "kk", "ru")

_DAYS_OPEN = {
    PlannedState.NEW: 20, PlannedState.CLAIMED: 12, PlannedState.PROPOSED: 12, PlannedState.URGENT: 1,
}  # fmt: skip
"""At most so many days ago a report came that is not decided yet."""
_DAYS_REJECTED = 25
"""Within so many days most reports were rejected: those of longer ago are destroyed."""
_DAYS_KEPT = 366
"""After so many days a report's content is destroyed; one that nobody decided has expired by then."""
_HOURS_HELD = 6
"""At most so many hours ago a report was claimed."""
_HOURS_UNASKED = 5
"""So many hours after a new report came, a moderator asks of it, if there was the time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A report: what is told in it, when it is submitted, what becomes of it and when, and what was asked then."""

    testimony: Testimony
    state: PlannedState
    submitted: datetime
    decided: datetime
    talk: PlannedTalk


def plans(number: int, now: datetime, seed: int = SEED, language: str | None = None) -> Iterator[Plan]:
    """So many plans over the last DAYS before `now`, but for the last hour, all in one language if it is given."""
    spoken = (language,) if language else _LANGUAGES
    return (_plan(one, now, random.Random(f"{seed}:{one}"), spoken) for one in range(number))  # noqa: S311 - no secrets


def _plan(number: int, now: datetime, rng: random.Random, spoken: Sequence[str]) -> Plan:
    state = _STATES[number % len(_STATES)]
    submitted, decided = _times(state, now, rng)
    cases = urgent_cases() if state is PlannedState.URGENT else all_cases()
    testimony = Testimony(
        case=cases[number % len(cases)],
        number=number,
        language=spoken[number % len(spoken)],
        day=submitted.date(),
        consent=_CONSENTS[number % len(_CONSENTS)],
        urgent=state is PlannedState.URGENT,
        full=rng.random() < 0.6,
        rng=rng,
    )
    talks = _TALKS.get(state, (PlannedTalk.NONE,))
    return Plan(testimony, state, submitted, decided, talks[number // len(_STATES) % len(talks)])


def _times(state: PlannedState, now: datetime, rng: random.Random) -> tuple[datetime, datetime]:
    """When a report is submitted and when decided, or, if nobody holds it, asked about."""
    latest = now - timedelta(hours=1)
    if state in {PlannedState.CLAIMED, PlannedState.PROPOSED}:
        claimed = latest - timedelta(hours=rng.randrange(_HOURS_HELD))
        return claimed - timedelta(hours=rng.randrange(24 * _DAYS_OPEN[state])), claimed
    if state is PlannedState.EXPIRED:
        submitted = latest - timedelta(days=_DAYS_KEPT, hours=rng.randrange(24 * (DAYS - _DAYS_KEPT)))
        return submitted, submitted + timedelta(days=_DAYS_KEPT)
    if state in _DAYS_OPEN:
        submitted = latest - timedelta(hours=rng.randrange(24 * _DAYS_OPEN[state]))
        return submitted, min(submitted + timedelta(hours=_HOURS_UNASKED), latest)
    recent = state is PlannedState.REJECTED and rng.random() < 0.7
    decided = latest - timedelta(hours=rng.randrange(24 * (_DAYS_REJECTED if recent else DAYS - 10)))
    return decided - timedelta(hours=rng.randrange(24 * 10)), decided
