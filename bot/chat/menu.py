"""The command menus of a role, in a language (Bot API, setMyCommands)."""

from dataclasses import dataclass
from typing import Any

from bot.chat.transport.api import Api
from bot.texts import Texts

_NEUTRAL = {"report": "start"}
"""Commands that the menu has under another name, which does the same, where it is not to tell what the bot is for."""


@dataclass(frozen=True, slots=True)
class Menu:
    """The names of the commands that everybody is shown, and of those that only moderators are. The texts
    `command.<name>` describe them."""

    everybody: tuple[str, ...]
    moderators: tuple[str, ...]

    def commands(self, texts: Texts, language: str, *, moderator: bool) -> list[dict[str, str]]:
        """The menu as an array of BotCommand (Bot API); a moderator's own commands come first."""
        names = (*self.moderators, *self.everybody) if moderator else self.everybody
        commands = [(name, texts.text(language, f"command.{name}")) for name in names]
        if texts.neutral:  # the name tells as much as a description would
            commands = [(_NEUTRAL.get(name, name), said) for name, said in commands]
        return [{"command": name, "description": said} for name, said in commands]

    async def register(self, api: Api, texts: Texts) -> None:
        """Tell Telegram everybody's menu: in each language, and in the first for all others."""
        default: dict[str, Any] = {"commands": self.commands(texts, texts.languages[0], moderator=False)}
        await api.call("setMyCommands", default)
        for language in texts.languages:
            shown = self.commands(texts, language, moderator=False)
            await api.call("setMyCommands", {"commands": shown, "language_code": language})
