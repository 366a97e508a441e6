"""Dates to choose from where what was typed may mean more than one, such as `1 декабря` told in November.

They stand in the view as intervals of ISO 8601, `2025-12-01/2025-12-01,2026-12-01/2026-12-01`; the event of a
button names the date by its start, which no two of them share.
"""

from collections.abc import Sequence

from bot.form.answers import When
from bot.form.events import Back, PickDate
from bot.form.flow.pages import Row, button
from bot.form.flow.turn import Turn
from bot.form.kinds.wording import when_phrase
from bot.form.screen import Button, Key, Phrase
from bot.form.typed.dates import between

_VIEW = "either"


def offer(turn: Turn, dates: Sequence[When]) -> Turn:
    """The question which of these dates is meant; each has a start and an end, or is a month."""
    intervals = ",".join(f"{when.start}/{when.end or when.start}" for when in dates)
    return turn.look(**{_VIEW: intervals}).shift()


def withdraw(turn: Turn) -> Turn:
    """The question as it was before that."""
    return turn.look(**{_VIEW: None})


def offered(turn: Turn) -> tuple[When, ...]:
    """The dates to choose from at this moment."""
    intervals = turn.view(_VIEW)
    found = [between(*interval.split("/")) for interval in intervals.split(",")] if intervals else []
    return tuple(when for when in found if when is not None)


def offered_rows(dates: Sequence[When]) -> tuple[Row, ...]:
    """A button for each date, and the way back."""
    rows = tuple((_choice(when),) for when in dates)
    return (*rows, (button("flow.date.back", Back()),))


def offered_prompt() -> tuple[Phrase, ...]:
    """What is asked with them."""
    return (Key("flow.date.which"),)


def _choice(when: When) -> Button:
    # A period in words may be too long for a button.
    return Button(when_phrase(when, in_words=when.start == when.end), PickDate(str(when.start)))
