"""Methods for a bot's profile, chats, files and commands."""

import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from yarl import URL

from bot.local_api.access import JSON, ApiError, Params, bad_request, conflict
from bot.local_api.account import BotAccount, StoredChat, member
from bot.local_api.delivery import WebhookTarget
from bot.local_api.files import DOWNLOAD_LIMIT

_CANNOT = "can_read_all_group_messages supports_inline_queries can_connect_to_business has_main_web_app"
_GIFTS = "unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels"
_MOST = {"name": 64, "description": 512, "short_description": 120}


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
    account.profile[key] = words
    if key == ("name", ""):
        account.me["first_name"] = words or account.me["username"]
    return True


async def get_field(account: BotAccount, call: Params, field: str) -> object:
    language = _language(call)
    default = account.me["username"] if field == "name" else ""
    words = account.profile.get((field, language)) or account.profile.get((field, "")) or default
    return {field: words}


PROFILE_METHODS: dict[str, Callable[[BotAccount, Params], Awaitable[object]]] = {
    f"{verb}my{field.replace('_', '')}": partial(method, field=field)
    for field in _MOST
    for verb, method in (("get", get_field), ("set", set_field))
}


async def get_me(account: BotAccount, _call: Params) -> object:
    return {**account.me, "can_join_groups": True, **dict.fromkeys(_CANNOT.split(), False)}


def _seen(account: BotAccount, call: Params) -> StoredChat:
    chat = account.chat(call.text("chat_id"))
    if chat.status == "new":
        raise bad_request("chat not found")
    return chat


async def get_chat(account: BotAccount, call: Params) -> object:
    """getChat: only the required fields of ChatFullInfo."""
    chat = _seen(account, call)
    gifts = dict.fromkeys(_GIFTS.split(), False)
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
    known = {account.me["id"]: chat.status, chat.creator: "creator"}
    return member(known.get(number, "member" if number in chat.members else "left"), user)


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
    language = _language(call)
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


async def set_chat_menu_button(_account: BotAccount, _call: Params) -> object:
    return True


_LONGEST_POLL = 50
_WEBHOOK = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
_SECRET = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class DescribedResult:
    result: object
    description: str


def _allowed(call: Params) -> object:
    # Telegram ignores an unreadable value here and keeps the previous one.
    try:
        return call.structure("allowed_updates", "allowed_updates")
    except ApiError:
        return None


def _clamped(value: int | None, default: int, lowest: int, highest: int) -> int:
    return min(max(default if value is None else value, lowest), highest)


async def get_updates(account: BotAccount, call: Params) -> object:
    """getUpdates. Clamps the limit to 1..100 and the timeout to 0..50."""
    if account.webhook.target is not None:
        raise conflict(_WEBHOOK)
    account.updates.allow(_allowed(call))
    limit = _clamped(call.integer("limit"), 100, 1, 100)
    timeout = _clamped(call.integer("timeout"), 0, 0, _LONGEST_POLL)
    return await account.updates.poll(call.integer("offset") or 0, limit, timeout)


def _address(url: str) -> str:
    # Telegram reads an address without a scheme as HTTPS.
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = URL(parts.geturl()).host
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise bad_request("invalid webhook URL specified")
    return parts.geturl()


def _target(call: Params) -> WebhookTarget:
    url, secret = _address(call.text("url") or ""), call.text("secret_token") or ""
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    upload = call.files.get("certificate")  # only a file counts, as with Telegram
    certificate = None if upload is None else upload.content.decode("ascii", "replace")
    return WebhookTarget(url, secret, _clamped(call.integer("max_connections"), 40, 1, 100), certificate)


async def set_webhook(account: BotAccount, call: Params) -> object:
    """setWebhook. Accepts http URLs and any port, like a Bot API server with --local."""
    if not call.text("url"):
        return await delete_webhook(account, call)
    target = _target(call)
    try:
        target.trust()
    except (ValueError, ssl.SSLError):
        raise bad_request("bad webhook: the certificate cannot be read") from None
    account.updates.allow(_allowed(call))
    account.updates.end_poll("terminated by setWebhook request")
    dropping = call.boolean("drop_pending_updates")
    if target == account.webhook.target and target.certificate is None and not dropping:
        return DescribedResult(True, "Webhook is already set")
    if dropping:
        account.updates.pending.clear()
    await account.webhook.point(target)
    return DescribedResult(True, "Webhook was set")


async def delete_webhook(account: BotAccount, call: Params) -> object:
    """deleteWebhook. Undelivered updates wait for getUpdates."""
    was_set = account.webhook.target is not None
    await account.webhook.point(None)
    if call.boolean("drop_pending_updates"):
        account.updates.pending.clear()
    return DescribedResult(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


async def get_webhook_info(account: BotAccount, _call: Params) -> object:
    target = account.webhook.target
    info: JSON = {
        "url": target.url if target else "",
        "has_custom_certificate": target is not None and target.certificate is not None,
        "pending_update_count": len(account.updates),
    }
    if account.webhook.last_error:
        info["last_error_date"], info["last_error_message"] = account.webhook.last_error
    if target:
        info["max_connections"] = target.max_connections
    if account.updates.allowed is not None:
        info["allowed_updates"] = account.updates.allowed
    return info
