"""Command menus, the profile Telegram shows, and the parser of typed commands."""

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.settings import Settings, worded
from bot.store.unit import UnitOfWork
from bot.texts import Texts
from bot.transport.api import Api

_NEUTRAL = {"report": "start"}
"""Names of commands that do not reveal the bot's purpose."""


@dataclass(frozen=True, slots=True)
class Menu:
    """Names of commands for everyone, and of those for each role of the team. The texts `command.<name>`
    describe them."""

    everybody: tuple[str, ...]
    by_role: Mapping[str, tuple[str, ...]]
    idle: Callable[[UnitOfWork, str], Awaitable[Collection[str]]]
    """Commands of a role that cannot work now, or have no more to do."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Example arguments by command."""
    about_reports: frozenset[str] = frozenset()
    """Commands that take a report's reference."""

    @property
    def moderators(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names in self.by_role.values() for name in names))

    def example(self, name: str) -> str:
        return f"/{name} {self.arguments.get(name, '')}".rstrip()

    async def working(self, unit: UnitOfWork, role: str) -> list[str]:
        """A role's commands that work now."""
        idle = await self.idle(unit, role)
        return [name for name in self.by_role[role] if name not in idle]

    def commands(self, texts: Texts, language: str, own: Iterable[str] = ()) -> list[dict[str, str]]:
        """Menu as an array of BotCommand (Bot API): a member's `own` commands, then everybody's."""
        commands = [(name, texts.text(language, f"command.{name}")) for name in (*own, *self.everybody)]
        if texts.neutral:  # the name would reveal the purpose too
            commands = [(_NEUTRAL.get(name, name), said) for name, said in commands]
        return [{"command": name, "description": said} for name, said in commands]

    async def register(self, api: Api, texts: Texts) -> None:
        """Send Telegram the reporters' menu in each language. The first language is the default for all
        others."""
        await api.call("setMyCommands", {"commands": self.commands(texts, texts.languages[0])})
        for language in texts.languages:
            shown = self.commands(texts, language)
            await api.call("setMyCommands", {"commands": shown, "language_code": language})


NAME, DESCRIPTION, ABOUT = "name", "description", "short_description"
_METHODS = {NAME: "MyName", DESCRIPTION: "MyDescription", ABOUT: "MyShortDescription"}


@dataclass(frozen=True, slots=True)
class Profile:
    """Configured profile of the bot. Unset fields stay as they are at @BotFather."""

    settings: Settings
    texts: Texts

    def fields(self, language: str) -> dict[str, str]:
        shown = {}
        if name := worded(self.settings.bot_name, language):
            shown[NAME] = name
        organisation = worded(self.settings.organisation, language)
        if self.settings.neutral_look or organisation:
            args = {"organisation": organisation}  # a neutral text has no place for it
            shown[DESCRIPTION] = self.texts.text(language, "profile.description", args)
            shown[ABOUT] = self.texts.text(language, "profile.about", args)
        contact = worded(self.settings.organisation_contact, language)
        if organisation and contact and not self.settings.neutral_look:
            shown[DESCRIPTION] += "\n" + self.texts.text(language, "profile.contact", {"contact": contact})
        return shown

    async def register(self, api: Api) -> None:
        """Send Telegram the fields that differ. The first language is the default for all others. Raises
        TelegramError.

        Telegram accepts only a few changes a day, so the present values are read first.
        """
        first = self.texts.languages[0]
        for code, language in (("", first), *((one, one) for one in self.texts.languages)):
            for name, words in self.fields(language).items():
                method, of = _METHODS[name], {"language_code": code} if code else {}
                if (await api.call(f"get{method}", of)).get(name) != words:
                    await api.call(f"set{method}", {name: words, **of})


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
    first = found.string.split(maxsplit=1)[0]
    return TypedCommand(
        found["name"].lower(), (found["bot"] or "").lower(), first == found["written"], found["ref"] or ""
    )


def name_in(text: str | None) -> str:
    found = command_in(text)
    return "" if found is None else found.name
