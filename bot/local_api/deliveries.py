"""Getting updates: getUpdates and the webhook methods."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from yarl import URL

from bot.local_api.apierror import ApiError, bad_request
from bot.local_api.params import Params
from bot.local_api.updates import webhook_is_active
from bot.local_api.webhook import Target, Webhook
from bot.local_api.world import World

_LONGEST_POLL = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Told:
    """A result that Telegram gives with a description."""

    result: object
    description: str


def _allowed(call: Params) -> object:
    # Telegram passes over what it cannot read here: what was allowed before stays.
    try:
        return call.structure("allowed_updates", "allowed_updates")
    except ApiError:
        return None


def _clamped(value: int | None, default: int, lowest: int, highest: int) -> int:
    return min(max(default if value is None else value, lowest), highest)


async def get_updates(world: World, call: Params, webhook: Webhook) -> object:
    """GetUpdates; a limit is taken for the nearest in 1..100, a timeout for the nearest in 0..50."""
    if webhook.target is not None:
        raise webhook_is_active()
    world.updates.allow(_allowed(call))
    limit = _clamped(call.integer("limit"), 100, 1, 100)
    timeout = _clamped(call.integer("timeout"), 0, 0, _LONGEST_POLL)
    return await world.updates.poll(call.integer("offset") or 0, limit, timeout)


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


async def _resolved(host: str) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as broken:
        raise bad_request(f"bad webhook: Failed to resolve host: {broken.strerror}") from broken
    except UnicodeError:
        raise bad_request("bad webhook: Failed to resolve host: Name or service not known") from None
    return str(found[0][4][0])


async def _target(call: Params) -> Target:
    parts, secret = _address(call.text("url") or ""), _secret(call)
    given = call.text("ip_address") or ""
    if given:
        try:
            ipaddress.ip_address(given)
        except ValueError:
            raise bad_request("bad webhook: Invalid IP address specified") from None
    return Target(
        url=parts.geturl(),
        secret=secret,
        max_connections=_clamped(call.integer("max_connections"), 40, 1, 100),
        ip_address=given or await _resolved(parts.hostname or ""),
        fixed=bool(given),
        certified=bool(call.files.get("certificate") or call.text("certificate")),
    )


async def set_webhook(world: World, call: Params, webhook: Webhook) -> object:
    """SetWebhook; like a Bot API server run with --local it takes http URLs, any port and any address."""
    if not call.text("url"):
        return await delete_webhook(world, call, webhook)
    target = await _target(call)
    world.updates.allow(_allowed(call))
    world.updates.end_poll("terminated by setWebhook request")
    dropping = call.boolean("drop_pending_updates")
    if target == webhook.target and not target.certified and not dropping:
        return Told(True, "Webhook is already set")
    if dropping:
        world.updates.clear()
    await webhook.point(target)
    return Told(True, "Webhook was set")


async def delete_webhook(world: World, call: Params, webhook: Webhook) -> object:
    """DeleteWebhook: what it had not confirmed waits for getUpdates."""
    was_set = webhook.target is not None
    await webhook.point(None)
    if call.boolean("drop_pending_updates"):
        world.updates.clear()
    return Told(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


async def get_webhook_info(world: World, call: Params, webhook: Webhook) -> object:
    """GetWebhookInfo."""
    del call
    target = webhook.target
    info: dict[str, Any] = {
        "url": target.url if target else "",
        "has_custom_certificate": target.certified if target else False,
        "pending_update_count": len(world.updates),
    }
    if webhook.last_error:
        info["last_error_date"], info["last_error_message"] = webhook.last_error
    if target:
        info["max_connections"] = target.max_connections
        info["ip_address"] = target.ip_address
    if world.updates.allowed is not None:
        info["allowed_updates"] = world.updates.allowed
    return info
