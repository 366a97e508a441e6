"""The methods for a bot's command menu: https://core.telegram.org/bots/api#setmycommands."""

import re

from bot.local_api.protocol.errors import bad_request
from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.params import Params
from bot.local_api.state.account import BotAccount

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SCOPES = {
    *("default", "all_private_chats", "all_group_chats", "all_chat_administrators"),
    *("chat", "chat_administrators", "chat_member"),
}


def _scope(account: BotAccount, call: Params) -> tuple[str, int, str]:
    scope = call.structure("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict) or str(scope.get("type")) not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    language = call.text("language_code") or ""
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    number = account.chat(scope.get("chat_id")).id if scope["type"].startswith("chat") else 0
    return scope["type"], number, language


async def set_my_commands(account: BotAccount, call: Params) -> object:
    """setMyCommands, by scope and language."""
    key = _scope(account, call)
    commands = call.structure("commands", "commands")
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept: list[JSON] = []
    for command in commands:
        if not isinstance(command, dict):
            raise bad_request("can't parse BotCommand: expected an Object")
        name, description = str(command.get("command", "")), str(command.get("description", ""))
        if not _COMMAND.fullmatch(name.removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name.removeprefix("/"), "description": description})
    account.commands[key] = kept
    return True


async def get_my_commands(account: BotAccount, call: Params) -> object:
    """getMyCommands of exactly this scope and language."""
    return account.commands.get(_scope(account, call), [])


async def delete_my_commands(account: BotAccount, call: Params) -> object:
    """deleteMyCommands."""
    account.commands.pop(_scope(account, call), None)
    return True
