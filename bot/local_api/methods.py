"""The table of methods, and those that only ask or tell about the bot and its chats."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from bot.local_api import bodies, deliveries, edits, sends, transfers
from bot.local_api.apierror import bad_request
from bot.local_api.files import DOWNLOAD_LIMIT
from bot.local_api.params import Params
from bot.local_api.state import JSON, Chat, member
from bot.local_api.webhook import Webhook
from bot.local_api.world import World

Method = Callable[[World, Params], Awaitable[Any]]
Delivery = Callable[[World, Params, Webhook], Awaitable[Any]]

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SCOPES = {
    *("default", "all_private_chats", "all_group_chats", "all_chat_administrators"),
    *("chat", "chat_administrators", "chat_member"),
}


async def get_me(world: World, call: Params) -> object:
    """GetMe."""
    del call
    return {
        **world.me,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _seen(world: World, call: Params) -> Chat:
    """The chat a call names, which the bot has met. Raises ApiError."""
    chat = world.chat(call.text("chat_id"))
    if chat.status == "new":
        raise bad_request("chat not found")
    return chat


async def get_chat(world: World, call: Params) -> object:
    """GetChat: ChatFullInfo with its required fields."""
    chat = _seen(world, call)
    gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"), False)
    gifts["gifts_from_channels"] = False
    return {**chat.as_json(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


async def get_chat_member(world: World, call: Params) -> object:
    """GetChatMember: the bot itself or a person. Of a private chat both are always members, as with Telegram."""
    chat, number = _seen(world, call), call.integer("user_id")
    user = world.user(number) if number is not None else None
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    if chat.kind == "private":
        if number not in {chat.id, world.me["id"]}:
            raise bad_request("member not found")
        return member("member", user)
    if number == world.me["id"]:
        return member(chat.status, user)
    if number == chat.creator:
        return member("creator", user)
    return member("member" if number in chat.members else "left", user)


async def leave_chat(world: World, call: Params) -> object:
    """LeaveChat: a group only."""
    chat = world.open_chat(call.text("chat_id"))
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.status = "left"
    world.post(chat, world.me, {"left_chat_member": world.me})
    world.tell(chat, "left")
    return True


async def get_file(world: World, call: Params) -> object:
    """GetFile: up to 20 MB."""
    file_id = call.text("file_id") or ""
    if not file_id:
        raise bad_request("file_id not specified")
    file = world.files.get(file_id)
    if file is None:
        known = world.files.was_given(file_id)
        raise bad_request(
            "wrong file_id or the file is temporarily unavailable" if known else "invalid file_id"
        )
    if len(file.content) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {**file.as_json(), "file_path": file.path}


def _scope(world: World, call: Params) -> tuple[str, int, str]:
    scope = call.structure("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict) or str(scope.get("type")) not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    language = call.text("language_code") or ""
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    number = world.chat(scope.get("chat_id")).id if scope["type"].startswith("chat") else 0
    return scope["type"], number, language


async def set_my_commands(world: World, call: Params) -> object:
    """SetMyCommands, by scope and language."""
    key = _scope(world, call)
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
    world.commands[key] = kept
    return True


async def get_my_commands(world: World, call: Params) -> object:
    """GetMyCommands of exactly this scope and language."""
    return world.commands.get(_scope(world, call), [])


async def delete_my_commands(world: World, call: Params) -> object:
    """DeleteMyCommands."""
    world.commands.pop(_scope(world, call), None)
    return True


def _setter(field: str, longest: int) -> Method:
    async def set_field(world: World, call: Params) -> object:
        words = call.text(field) or ""
        if len(words) > longest:
            raise bad_request(f"{field} is too long; it may have {longest} characters")
        world.about[field, call.text("language_code") or ""] = words
        return True

    return set_field


def _getter(field: str) -> Method:
    async def get_field(world: World, call: Params) -> object:
        fallback = world.me["first_name"] if field == "name" else ""
        found = world.about.get((field, call.text("language_code") or ""))
        return {field: found or world.about.get((field, ""), fallback)}

    return get_field


async def accept(world: World, call: Params) -> object:
    """Methods whose only effect here is to succeed."""
    del world, call
    return True


METHODS: dict[str, Method] = {
    "getme": get_me,
    "sendmessage": sends.send_message,
    "sendphoto": sends.send_photo,
    "senddocument": sends.send_document,
    "sendvoice": sends.send_voice,
    "sendaudio": sends.send_audio,
    "sendvideo": sends.send_video,
    "sendmediagroup": sends.send_media_group,
    "sendanimation": sends.send_animation,
    "sendvideonote": sends.send_video_note,
    "sendsticker": sends.send_sticker,
    "sendlocation": bodies.send_location,
    "sendvenue": bodies.send_venue,
    "sendcontact": bodies.send_contact,
    "senddice": bodies.send_dice,
    "sendchataction": bodies.send_chat_action,
    "copymessage": transfers.copy_message,
    "copymessages": transfers.copy_messages,
    "forwardmessage": transfers.forward_message,
    "forwardmessages": transfers.forward_messages,
    "editmessagetext": edits.edit_message_text,
    "editmessagecaption": edits.edit_message_caption,
    "editmessagereplymarkup": edits.edit_message_reply_markup,
    "deletemessage": edits.delete_message,
    "deletemessages": edits.delete_messages,
    "answercallbackquery": edits.answer_callback_query,
    "getfile": get_file,
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "leavechat": leave_chat,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmyname": _setter("name", 64),
    "getmyname": _getter("name"),
    "setmydescription": _setter("description", 512),
    "getmydescription": _getter("description"),
    "setmyshortdescription": _setter("short_description", 120),
    "getmyshortdescription": _getter("short_description"),
    "setchatmenubutton": accept,
    "logout": accept,
    "close": accept,
}
"""Methods by name in lower case: Telegram takes any case."""

DELIVERIES: dict[str, Delivery] = {
    "getupdates": deliveries.get_updates,
    "setwebhook": deliveries.set_webhook,
    "deletewebhook": deliveries.delete_webhook,
    "getwebhookinfo": deliveries.get_webhook_info,
}
"""Methods that concern the webhook too."""

SENDING = frozenset(name for name in METHODS if name.startswith(("send", "copy", "forward"))) - {
    "sendchataction"
}
"""Methods that count against the flood limits."""

_SEVERAL = {"sendmediagroup": "media", "copymessages": "message_ids", "forwardmessages": "message_ids"}


def sent_by(method: str, call: Params) -> int:
    """How many messages a call of SENDING means to send. Raises ApiError for a broken list of them."""
    name = _SEVERAL.get(method)
    listed = call.structure(name, name) if name else None
    return max(len(listed), 1) if isinstance(listed, list) else 1
