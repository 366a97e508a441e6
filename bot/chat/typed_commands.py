"""A command as it is typed: what one is says this module alone.

Telegram marks commands in a text by entities, but none where the words have a look of their own: `/panic` that was copied with the
look of code has an entity for that look and no other. So a command is known by its words."""

import re
from dataclasses import dataclass

_COMMAND = re.compile(
    r"\s*(?P<written>/(?P<name>[A-Za-z0-9_]{1,64})(?:@(?P<bot>[A-Za-z0-9_]{3,32}))?)(?![\w/<>])"
)
"""As Telegram finds one (tdlib/td, `match_bot_commands`) at the beginning of a text; `/a/path` is none."""


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """A command by its `name` in small letters. `bot` is the username that stands behind it, blank for none. `alone`: it is the
    whole first word."""

    name: str
    bot: str
    alone: bool

    def is_for(self, username: str) -> bool:
        """Whether it is for the bot of this name: it names that or none."""
        return self.bot in {"", username.lower()}


def command_in(text: str | None) -> TypedCommand | None:
    """The command that a message's text begins with, however it looks; None for none. A caption has none."""
    found = _COMMAND.match(text or "")
    if found is None:
        return None
    first = found.string.split(maxsplit=1)[0]
    return TypedCommand(found["name"].lower(), (found["bot"] or "").lower(), first == found["written"])


def name_in(text: str | None) -> str:
    """The name of that command; blank for none."""
    found = command_in(text)
    return "" if found is None else found.name
