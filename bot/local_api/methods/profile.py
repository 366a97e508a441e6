"""Methods for a bot's profile, chats, files and commands."""

import re
from collections.abc import Awaitable, Callable
from functools import partial

from bot.local_api.access import JSON, bad_request
from bot.local_api.params import Params
from bot.local_api.state.account import BotAccount
from bot.local_api.state.chats import StoredChat, member
from bot.local_api.state.files import DOWNLOAD_LIMIT

_MOST = {"name": 64, "description": 512, "short_description": 120}
_TITLES = {field: "My" + field.title().replace("_", "") for field in _MOST}


def _language(call: Params) -> str:
    language = call.text("language_code") or ""
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return language


async def set_field(account: BotAccount, call: Params, field: str) -> object:
    """setMyName and similar. An empty text removes a language's own text. The default name stays."""
    key, words = (field, _language(call)), call.text(field) or ""
    if len(words) > _MOST[field]:
        raise bad_request(f"{field.replace('_', ' ')} is too long")
    if words:
        account.profile[key] = words
    else:
        account.profile.pop(key, None)
    if key == ("name", ""):
        account.me["first_name"] = words or account.me["username"]
    return True


async def get_field(account: BotAccount, call: Params, field: str) -> object:
    language = _language(call)
    default = account.me["username"] if field == "name" else ""
    words = account.profile.get((field, language)) or account.profile.get((field, "")) or default
    return {field: words}


PROFILE_METHODS: dict[str, Callable[[BotAccount, Params], Awaitable[object]]] = {
    f"{verb}{title.lower()}": partial(method, field=field)
    for field, title in _TITLES.items()
    for verb, method in (("get", get_field), ("set", set_field))
}


async def get_me(account: BotAccount, call: Params) -> object:
    del call
    return {
        **account.me,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _seen(account: BotAccount, call: Params) -> StoredChat:
    chat = account.chat(call.text("chat_id"))
    if chat.status == "new":
        raise bad_request("chat not found")
    return chat


async def get_chat(account: BotAccount, call: Params) -> object:
    """getChat: only the required fields of ChatFullInfo."""
    chat = _seen(account, call)
    gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"), False)
    gifts["gifts_from_channels"] = False
    return {**chat.as_json(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


async def get_chat_member(account: BotAccount, call: Params) -> object:
    """getChatMember. In a private chat both sides are always members, as with Telegram."""
    chat, number = _seen(account, call), call.integer("user_id")
    user = account.user(number) if number is not None else None
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    if chat.kind == "private":
        if number not in {chat.id, account.me["id"]}:
            raise bad_request("member not found")
        return member("member", user)
    if number == account.me["id"]:
        return member(chat.status, user)
    if number == chat.creator:
        return member("creator", user)
    return member("member" if number in chat.members else "left", user)


async def leave_chat(account: BotAccount, call: Params) -> object:
    chat = account.open_chat(call.text("chat_id"))
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.status = "left"
    account.post(chat, account.me, {"left_chat_member": account.me})
    account.notify(chat, "left")
    return True


async def get_file(account: BotAccount, call: Params) -> object:
    file_id = call.text("file_id") or ""
    if not file_id:
        raise bad_request("file_id not specified")
    file = account.files.get(file_id)
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {**file.as_json(), "file_path": file.path}


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
    return account.commands.get(_scope(account, call), [])


async def delete_my_commands(account: BotAccount, call: Params) -> object:
    account.commands.pop(_scope(account, call), None)
    return True
