"""The command menu, per language and role (Bot API, setMyCommands)."""

from typing import Any

from bot.chat.api import Api
from bot.chat.handlers import REPORTER_COMMANDS
from bot.chat.moderating import COMMANDS
from bot.texts import Texts


def menu(texts: Texts, language: str, *, moderator: bool) -> list[dict[str, str]]:
    """The commands of a role, described in a language."""
    names = (*COMMANDS, *REPORTER_COMMANDS) if moderator else REPORTER_COMMANDS
    return [{"command": name, "description": texts.text(language, f"command.{name}")} for name in names]


async def register(api: Api, texts: Texts) -> None:
    """Tell Telegram the reporters' menu: in each language, and in the first for all others."""
    default: dict[str, Any] = {"commands": menu(texts, texts.languages[0], moderator=False)}
    await api.call("setMyCommands", default)
    for language in texts.languages:
        params = {"commands": menu(texts, language, moderator=False), "language_code": language}
        await api.call("setMyCommands", params)
