"""The command menus of a role, in a language (Bot API, setMyCommands)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat.transport.api import Api
from bot.settings import Settings, worded
from bot.texts import Texts

_NEUTRAL = {"report": "start"}
"""Commands that the menu has under another name, which does the same, where it is not to tell what the bot is for."""


@dataclass(frozen=True, slots=True)
class Menu:
    """The names of the commands that everybody is shown, and of those that each role of the team is shown besides. The
    texts `command.<name>` describe them."""

    everybody: tuple[str, ...]
    by_role: Mapping[str, tuple[str, ...]]
    arguments: Mapping[str, str] = field(default_factory=dict)
    """What stands behind those that take something, in an example."""
    about_reports: frozenset[str] = frozenset()
    """Those that are about the report which they name."""

    @property
    def moderators(self) -> tuple[str, ...]:
        """What anybody of the team is shown besides."""
        return tuple(dict.fromkeys(name for names in self.by_role.values() for name in names))

    def example(self, name: str) -> str:
        """A command as it is typed."""
        return f"/{name} {self.arguments.get(name, '')}".rstrip()

    def commands(self, texts: Texts, language: str, role: str | None = None) -> list[dict[str, str]]:
        """The menu as an array of BotCommand (Bot API), for whoever has this role in the team, or none; its own commands
        come first."""
        names = (*self.by_role[role], *self.everybody) if role is not None else self.everybody
        commands = [(name, texts.text(language, f"command.{name}")) for name in names]
        if texts.neutral:  # the name tells as much as a description would
            commands = [(_NEUTRAL.get(name, name), said) for name, said in commands]
        return [{"command": name, "description": said} for name, said in commands]

    async def register(self, api: Api, texts: Texts) -> None:
        """Tell Telegram everybody's menu: in each language, and in the first for all others."""
        default: dict[str, Any] = {"commands": self.commands(texts, texts.languages[0])}
        await api.call("setMyCommands", default)
        for language in texts.languages:
            shown = self.commands(texts, language)
            await api.call("setMyCommands", {"commands": shown, "language_code": language})


NAME, DESCRIPTION, ABOUT = "name", "description", "short_description"
_METHODS = {NAME: "MyName", DESCRIPTION: "MyDescription", ABOUT: "MyShortDescription"}
"""What follows `get` and `set` in the name of the method, by the field that it has."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The bot's profile as the settings have it. What they do not have stays as it is at @BotFather."""

    settings: Settings
    texts: Texts

    def fields(self, language: str) -> dict[str, str]:
        """The fields to be shown in a language."""
        shown = {}
        if name := worded(self.settings.bot_name, language):
            shown[NAME] = name
        if self.settings.neutral_look:
            shown[DESCRIPTION] = self.texts.text(language, "profile.description")
            shown[ABOUT] = self.texts.text(language, "profile.about")
        elif organisation := worded(self.settings.organisation, language):
            shown[DESCRIPTION] = "\n".join(self._description(language, organisation))
            shown[ABOUT] = self.texts.text(language, "profile.about", {"organisation": organisation})
        return shown

    def _description(self, language: str, organisation: str) -> Iterator[str]:
        yield self.texts.text(language, "profile.description", {"organisation": organisation})
        if contact := worded(self.settings.organisation_contact, language):
            yield self.texts.text(language, "profile.contact", {"contact": contact})

    async def register(self, api: Api) -> None:
        """Tell Telegram what differs, for all other languages in the words of the first. It takes such changes only a few
        times a day, so what it has already is asked first. Raises TelegramError."""
        first = self.texts.languages[0]
        for code, language in (("", first), *((one, one) for one in self.texts.languages)):
            for name, words in self.fields(language).items():
                method, of = _METHODS[name], {"language_code": code} if code else {}
                if (await api.call(f"get{method}", of)).get(name) != words:
                    await api.call(f"set{method}", {name: words, **of})
