"""Recognition of typed commands by their words. Telegram marks none in formatted text, such as `/panic`
copied as code."""

import re
from dataclasses import dataclass

_COMMAND = re.compile(
    r"\s*(?P<written>/(?P<name>[A-Za-z0-9_]{1,64})(?:@(?P<bot>[A-Za-z0-9_]{3,32}))?)(?![\w/<>])"
)
"""Telegram's rule (tdlib/td, `match_bot_commands`) at the beginning of a text; `/a/path` is no command."""


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """A command with its `name` in small letters. `bot` is the username after it, else "". `alone`: nothing
    is attached to the first word."""

    name: str
    bot: str
    alone: bool

    def is_for(self, username: str) -> bool:
        return self.bot in {"", username.lower()}


def command_in(text: str | None) -> TypedCommand | None:
    """Command at the beginning of a message's text, None if there is none. Captions hold no commands."""
    found = _COMMAND.match(text or "")
    if found is None:
        return None
    first = found.string.split(maxsplit=1)[0]
    return TypedCommand(found["name"].lower(), (found["bot"] or "").lower(), first == found["written"])


def name_in(text: str | None) -> str:
    found = command_in(text)
    return "" if found is None else found.name
