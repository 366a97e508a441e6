"""What a person taps or types: callback data with one codec, typed buttons and commands, and words that depend on the form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from bot.form import events
from bot.form.events import Back, Event, Submit
from bot.form.screen import Key, Screen, ScreenKind
from bot.form.typed import phrases
from bot.form.typed.labels import MOST_SEARCHED
from bot.store.unit import QUESTION_FORM, REPLY_FORM, REVIEW_FORM
from bot.texts import Texts

MOST_BYTES = 64
_SEPARATOR = "."
_EVENTS: dict[str, type[Event]] = {
    "sh": events.Show, "be": events.Belongs, "pi": events.Pick, "to": events.Toggle, "ne": events.Next,
    "ba": events.Back, "sk": events.Skip, "sr": events.SkipRest, "cl": events.Clear, "pa": events.ShowPage,
    "wl": events.WholeList, "ed": events.Edit, "go": events.Goto, "ar": events.AddRepeat,
    "am": events.AddMore, "rr": events.RemoveRepeat, "rf": events.RemoveFile, "dm": events.DateMode,
    "pd": events.PickDate, "ca": events.Cancel, "su": events.Submit, "ex": events.Extend,
    "un": events.SendUnfinished, "ln": events.LeaveNothing, "rm": events.Remind, "rv": events.Reveal,
    "ll": events.ListLeaving, "wh": events.Withhold, "of": events.Offer, "ks": events.KeepAsStory, "ok": events.Understood,
    "mi": events.Misheard, "gu": events.Guide,
}  # fmt: skip
_READ: dict[Any, Any] = {int: int, bool: lambda word: bool(int(word)), str: str}
_CODES = {kind: code for code, kind in _EVENTS.items()}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in _EVENTS.values()}


@dataclass(frozen=True, slots=True)
class Tap:
    """Button of a form's screen: the first digits of the draft's id, the step it was shown for, and the event."""

    draft: str
    step: int
    event: Event


@dataclass(frozen=True, slots=True)
class Act:
    """Button outside a form: a verb of the handler table and up to two short words, such as ("language", "kk")."""

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
            kind = _EVENTS[words[1]]
            given = zip(fields(kind), words[2:], strict=True)
            return Tap(head[1:], int(words[0]), kind(*(_READ[field.type](word) for field, word in given)))
    except (KeyError, TypeError, ValueError):
        return None
    return None


_REWORDED = ("flow.send", "flow.delete", "flow.cancel", "flow.cancel.ask", "flow.cancel.sure", "flow.review")
EDIT_WORDS = {key: f"moderator.edit.{key}" for key in (*_REWORDED, "flow.review.put_there")}
QUESTION_WORDS = {
    **{key: f"moderator.ask.{key}" for key in _REWORDED},
    "reporter.review.words": "moderator.ask.unadded",
}
"""Replaced keys for questions, which a moderator asks or drops."""
REPLY_WORDS = {
    **{key: f"reporter.reply.{key}" for key in (*_REWORDED, "flow.skip")},
    "reporter.review.words": "reporter.reply.unadded",
}
"""Replaced keys for replies. Skipping the words does not leave the question unanswered."""
ADDITION_WORDS = {**REPLY_WORDS, "flow.review": "reporter.add.review"}
"""Replaced keys for what a reporter adds unasked."""
WORDS: Mapping[str, Mapping[str, str]] = {
    REVIEW_FORM: EDIT_WORDS,
    QUESTION_FORM: QUESTION_WORDS,
    REPLY_FORM: REPLY_WORDS,
}


_LABELS = (
    *("flow.send", "flow.edit", "flow.extend", "flow.delete"),
    *("flow.next", "flow.done", "flow.keep", "flow.back", "flow.skip", "flow.skip.rest", "flow.clear"),
    *("flow.repeat.add", "flow.repeat.more", "flow.repeat.none", "flow.search.all"),
    *("flow.cancel", "flow.cancel.sure", "flow.cancel.no", "flow.unfinished.send"),
    *("flow.leave_nothing", "flow.remind", "flow.review.show", "flow.review.hide", "flow.story.keep"),
    *("flow.heard.right", "flow.acknowledge", "flow.guidance", "flow.guidance.hide"),
)
"""Keys of the bot's own labels. Typed choices and dates are read by their questions."""


def may_be_button(texts: Texts, typed: str) -> bool:
    """Whether words can be a label of any screen. A cheap check before a screen is built."""
    if len(typed) > MOST_SEARCHED:
        return False
    words, answers = _plain(typed), phrases.known_words("replies.yes") | phrases.known_words("replies.no")
    return words in _keys_by_words(texts) or words in answers


def typed_button(texts: Texts, screen: Screen, typed: str) -> Event | None:
    """Event of the button with the typed label, None if this screen has none."""
    words = _plain(typed)
    keys = _keys_by_words(texts).get(words, frozenset())
    for button in (button for row in screen.rows for button in row):
        if isinstance(button.label, Key) and button.label.key in keys:
            return button.event
    if words in phrases.known_words("replies.yes"):
        offered = (button.event for row in screen.rows for button in row)
        understood = next((event for event in offered if event == events.Understood()), None)
        return Submit() if screen.kind is ScreenKind.REVIEW else understood
    # Cancelling takes the button's whole label: a "yes" may answer the previous question.
    if screen.kind is ScreenKind.CONFIRM_CANCEL and words in phrases.known_words("replies.no"):
        return Back()
    return None


@cache
def _keys_by_words(texts: Texts) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for language in texts.languages:
        for key in _LABELS:
            for said in {key, *(others.get(key, key) for others in WORDS.values())}:
                words = _plain(texts.text(language, said))
                found[words] = found.get(words, frozenset()) | {key}
    return found


def _plain(text: str) -> str:
    return " ".join(phrases.words(text))


_COMMAND = re.compile(
    r"\s*(?P<written>/(?P<name>[A-Za-z0-9_]{1,64}?)(?:_(?P<ref>[ERer][0-9A-Za-z]{5}))?"
    r"(?:@(?P<bot>[A-Za-z0-9_]{3,32}))?)(?![\w/<>])"
)
"""Telegram's rule (tdlib/td, `match_bot_commands`) at the beginning of a text; `/a/path` is no command. A
reference behind `_` is an argument, since Telegram links `/open_R7K3QV` whole."""


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """A command with its `name` in small letters. `bot` is the username after it, else "". `alone`: nothing
    is attached to the first word. `ref`: reference behind the name, else ""."""

    name: str
    bot: str
    alone: bool
    ref: str = ""

    def is_for(self, username: str) -> bool:
        return self.bot in {"", username.lower()}


def command_in(text: str | None) -> TypedCommand | None:
    """Command at the beginning of a message's text, None if there is none. Captions hold no commands."""
    found = _COMMAND.match(text or "")
    if found is None:
        return None
    first, (name, bot, ref) = found.string.split(maxsplit=1)[0], found.group("name", "bot", "ref")
    return TypedCommand(name.lower(), (bot or "").lower(), first == found["written"], ref or "")


def name_in(text: str | None) -> str:
    found = command_in(text)
    return "" if found is None else found.name
