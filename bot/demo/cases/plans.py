"""Plans for a demo's reports and their outcomes, deterministic for a number and seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.demo.cases.stories import Testimony, all_cases, urgent_cases

SEED = 20_260_101
DAYS = 548


class PlannedState(StrEnum):
    NEW = "new"
    URGENT = "urgent"
    CLAIMED = "claimed"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PlannedTalk(StrEnum):
    """Talk about an undecided report. AWAITED reports are set aside until the answer."""

    NONE = "none"
    ASKED = "asked"
    AWAITED = "awaited"
    ANSWERED = "answered"


# Assigned in turn by a report's number. The lengths share no divisor, so every combination occurs.
_STATES = (
    PlannedState.NEW, PlannedState.APPROVED, PlannedState.CLAIMED, PlannedState.APPROVED, PlannedState.PROPOSED,
    PlannedState.APPROVED, PlannedState.URGENT, PlannedState.REJECTED, PlannedState.APPROVED,
    PlannedState.WITHDRAWN, PlannedState.EXPIRED,
)  # fmt: skip
_CONSENTS = (
    "publish_no_names", "share_trusted", "publish_no_names", "statistics_only",
    "publish_no_names", "publish_no_names", "share_trusted",
)  # fmt: skip
# In turn for each further report of the state.
_TALKS = {
    PlannedState.NEW: (PlannedTalk.ASKED, PlannedTalk.AWAITED, PlannedTalk.ANSWERED),
    PlannedState.CLAIMED: (PlannedTalk.ANSWERED, PlannedTalk.ASKED, PlannedTalk.NONE),
}
_LANGUAGES = ("kk", "ru", "kk", "ru", "en", "kk", "ru", "kk", "ru")

_DAYS_OPEN = {
    PlannedState.NEW: 20, PlannedState.CLAIMED: 12, PlannedState.PROPOSED: 12, PlannedState.URGENT: 1,
}  # fmt: skip
_DAYS_REJECTED = 25
"""Maximum age in days of most rejections, since the content of older ones is destroyed."""
_DAYS_KEPT = 366
"""Retention in days. An undecided report has expired by then."""
_HOURS_HELD = 6
_HOURS_UNASKED = 5
"""Hours between a new report and a moderator's question, where time allows."""


@dataclass(frozen=True, slots=True)
class Plan:
    testimony: Testimony
    state: PlannedState
    submitted: datetime
    decided: datetime
    talk: PlannedTalk


def plans(number: int, now: datetime, seed: int = SEED, language: str | None = None) -> Iterator[Plan]:
    """Plans spread over DAYS, ending an hour before `now`, all in `language` if given."""
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
