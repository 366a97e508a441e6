"""Callback data: typed values in at most 64 bytes (Bot API, InlineKeyboardButton)."""

from dataclasses import dataclass, fields
from typing import Any

from bot.form import events
from bot.form.events import Event

MOST_BYTES = 64
_SEPARATOR = "."
_EVENTS: dict[str, type[Event]] = {
    "sh": events.Show, "be": events.Belongs, "pi": events.Pick, "to": events.Toggle, "ne": events.Next,
    "ba": events.Back, "sk": events.Skip, "sr": events.SkipRest, "cl": events.Clear, "pa": events.Page,
    "wl": events.WholeList, "ed": events.Edit, "go": events.Goto, "ar": events.AddRepeat,
    "am": events.AddMore, "rr": events.RemoveRepeat, "rf": events.RemoveFile, "dm": events.DateMode,
    "pd": events.PickDate, "ca": events.Cancel, "su": events.Submit, "ex": events.Extend,
    "un": events.SendUnfinished, "ln": events.LeaveNothing, "rm": events.Remind, "rv": events.Reveal,
    "ll": events.ListLeaving, "wh": events.Withhold,
}  # fmt: skip
_CODES = {kind: code for code, kind in _EVENTS.items()}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in _EVENTS.values()}


@dataclass(frozen=True, slots=True)
class Tap:
    """Button of a form's screen: the first digits of the draft's id, the step it was shown for, and the
    event."""

    draft: str
    step: int
    event: Event


@dataclass(frozen=True, slots=True)
class Act:
    """Button outside a form: a verb of the handler table and up to two short words, such as ("language",
    "kk")."""

    verb: str
    first: str = ""
    second: str = ""


CallbackData = Tap | Act


def encode(data: CallbackData) -> str:
    """Encode data for Telegram. Raises ValueError if it does not fit."""
    if isinstance(data, Tap):
        event, kind = data.event, type(data.event)
        words = [f"f{data.draft}", str(data.step), _CODES[kind]]
        for name in _FIELDS[kind]:
            value = getattr(event, name)
            words.append(str(int(value)) if isinstance(value, bool) else str(value))
    else:
        words = [f"a{data.verb}", data.first, data.second]
    text = _SEPARATOR.join(words)
    if len(text.encode()) > MOST_BYTES or text.count(_SEPARATOR) >= len(words):
        raise ValueError(f"callback data of {words[0]!r} does not fit")
    return text


def decode(text: str) -> CallbackData | None:
    """Decode data. Returns None for an older version's button or a forgery."""
    head, *words = text.split(_SEPARATOR)
    try:
        if head.startswith("a") and len(words) == 2:
            return Act(head[1:], *words)
        if head.startswith("f") and len(words) >= 2:
            return Tap(head[1:], int(words[0]), _event(_EVENTS[words[1]], words[2:]))
    except (KeyError, TypeError, ValueError):
        return None
    return None


def _event(kind: type[Event], words: list[str]) -> Event:
    kinds = [field.type for field in fields(kind)]
    if len(kinds) != len(words):
        raise ValueError(kind.__name__)
    read: dict[Any, Any] = {int: int, bool: lambda word: bool(int(word)), str: str}
    return kind(*(read[kind_](word) for kind_, word in zip(kinds, words, strict=True)))
