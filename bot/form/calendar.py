"""The date picker: a pure reducer over the screen's view."""

from collections.abc import Mapping
from datetime import date

from bot.form.answers import When
from bot.form.events import Event
from bot.form.screen import Button, Key, Phrase

View = Mapping[str, str]


def buttons(view: View, today: date, *, partial: bool) -> tuple[tuple[Button, ...], ...]:
    """The rows of buttons for the state of the view."""
    raise NotImplementedError


def pick(view: View, event: Event, today: date, *, partial: bool) -> tuple[View, When | None]:
    """The view after an event and, when complete, the answer."""
    raise NotImplementedError


def typed(view: View, text: str, today: date, *, partial: bool) -> tuple[View, When | Key | None]:
    """The view after a typed text and the answer, a notice, or None when more is asked."""
    raise NotImplementedError


def at_top(view: View) -> bool:
    """Whether the picker shows its first buttons, so that Back leaves the question."""
    raise NotImplementedError


def prompt(view: View) -> Phrase | None:
    """An extra line under the question, such as when it began."""
    raise NotImplementedError
