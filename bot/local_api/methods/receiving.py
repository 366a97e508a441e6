"""Methods that receive updates: getUpdates and webhooks."""

import re
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from yarl import URL

from bot.local_api.access import JSON, ApiError, bad_request
from bot.local_api.delivery import Webhook, WebhookTarget, webhook_conflict
from bot.local_api.params import Params
from bot.local_api.state.account import BotAccount

_LONGEST_POLL = 50
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


async def get_updates(account: BotAccount, call: Params, webhook: Webhook) -> object:
    """getUpdates. Clamps the limit to 1..100 and the timeout to 0..50."""
    if webhook.target is not None:
        raise webhook_conflict()
    account.updates.allow(_allowed(call))
    limit = _clamped(call.integer("limit"), 100, 1, 100)
    timeout = _clamped(call.integer("timeout"), 0, 0, _LONGEST_POLL)
    return await account.updates.poll(call.integer("offset") or 0, limit, timeout)


def _address(url: str) -> SplitResult:
    # Telegram reads an address without a scheme as HTTPS.
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = URL(parts.geturl()).host
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise bad_request("invalid webhook URL specified")
    return parts


def _secret(call: Params) -> str:
    secret = call.text("secret_token") or ""
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    return secret


def _target(call: Params) -> WebhookTarget:
    parts, secret = _address(call.text("url") or ""), _secret(call)
    return WebhookTarget(
        url=parts.geturl(),
        secret=secret,
        max_connections=_clamped(call.integer("max_connections"), 40, 1, 100),
        certificate=_certificate(call),
    )


def _certificate(call: Params) -> str | None:
    # Only a file counts, as with Telegram.
    upload = call.files.get("certificate")
    return None if upload is None else upload.content.decode("ascii", "replace")


async def set_webhook(account: BotAccount, call: Params, webhook: Webhook) -> object:
    """setWebhook. Accepts http URLs and any port, like a Bot API server with --local."""
    if not call.text("url"):
        return await delete_webhook(account, call, webhook)
    target = _target(call)
    try:
        target.trust()
    except (ValueError, ssl.SSLError):
        raise bad_request("bad webhook: the certificate cannot be read") from None
    account.updates.allow(_allowed(call))
    account.updates.end_poll("terminated by setWebhook request")
    dropping = call.boolean("drop_pending_updates")
    if target == webhook.target and target.certificate is None and not dropping:
        return DescribedResult(True, "Webhook is already set")
    if dropping:
        account.updates.clear()
    await webhook.point(target)
    return DescribedResult(True, "Webhook was set")


async def delete_webhook(account: BotAccount, call: Params, webhook: Webhook) -> object:
    """deleteWebhook. Undelivered updates wait for getUpdates."""
    was_set = webhook.target is not None
    await webhook.point(None)
    if call.boolean("drop_pending_updates"):
        account.updates.clear()
    return DescribedResult(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


async def get_webhook_info(account: BotAccount, call: Params, webhook: Webhook) -> object:
    del call
    target = webhook.target
    info: JSON = {
        "url": target.url if target else "",
        "has_custom_certificate": target is not None and target.certificate is not None,
        "pending_update_count": len(account.updates),
    }
    if webhook.last_error:
        info["last_error_date"], info["last_error_message"] = webhook.last_error
    if target:
        info["max_connections"] = target.max_connections
    if account.updates.allowed is not None:
        info["allowed_updates"] = account.updates.allowed
    return info
