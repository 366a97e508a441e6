"""The command menu, per language and role (Bot API, setMyCommands)."""

from typing import Any

from bot.chat.api import Api
from bot.texts import Texts

REPORTER_COMMANDS = ("report", "language", "cancel", "status", "withdraw", "privacy", "help")
MODERATOR_COMMANDS = ("queue", "next", "open", "edit", "approve", "reject", "release", "export", "moderators")


def menu(texts: Texts, language: str, *, moderator: bool) -> list[dict[str, str]]:
    """The commands of a role, described in a language."""
    names = (*MODERATOR_COMMANDS, *REPORTER_COMMANDS) if moderator else REPORTER_COMMANDS
    return [{"command": name, "description": texts.text(language, f"command.{name}")} for name in names]


async def register(api: Api, texts: Texts) -> None:
    """Tell Telegram the reporters' menu: in each language, and in the first for all others."""
    default: dict[str, Any] = {"commands": menu(texts, texts.languages[0], moderator=False)}
    await api.call("setMyCommands", default)
    for language in texts.languages:
        params = {"commands": menu(texts, language, moderator=False), "language_code": language}
        await api.call("setMyCommands", params)
