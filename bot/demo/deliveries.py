"""Getting updates: getUpdates and the webhook methods."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bot.demo.apierror import bad_request
from bot.demo.params import Params
from bot.demo.updates import webhook_is_active
from bot.demo.webhook import Target, Webhook
from bot.demo.world import World

_LONGEST_POLL = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]*")


def _allowed(call: Params) -> object:
    allowed = call.structure("allowed_updates", "allowed_updates")
    if allowed is not None and not isinstance(allowed, list):
        raise bad_request("can't parse allowed_updates JSON object")
    return allowed


async def get_updates(world: World, call: Params, webhook: Webhook) -> object:
    """GetUpdates. A timeout over 50 s counts as 50, a limit outside 1..100 as 100."""
    if webhook.target is not None:
        raise webhook_is_active()
    world.updates.allow(_allowed(call))
    limit = call.integer("limit") or 100
    limit = limit if 1 <= limit <= 100 else 100
    timeout = min(max(call.integer("timeout") or 0, 0), _LONGEST_POLL)
    return await world.updates.poll(call.integer("offset") or 0, limit, timeout)


async def set_webhook(world: World, call: Params, webhook: Webhook) -> object:
    """SetWebhook; like a Bot API server run with --local it takes http URLs and any port."""
    url = call.text("url") or ""
    if not url:
        return await delete_webhook(world, call, webhook)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    secret = call.text("secret_token") or ""
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = call.integer("max_connections") or 40
    world.updates.allow(_allowed(call))
    world.updates.end_poll("terminated by setWebhook request")
    if call.boolean("drop_pending_updates"):
        world.updates.clear()
    await webhook.point(Target(url, secret, min(max(connections, 1), 100)))
    return True


async def delete_webhook(world: World, call: Params, webhook: Webhook) -> object:
    """DeleteWebhook: what it had not confirmed waits for getUpdates."""
    await webhook.point(None)
    if call.boolean("drop_pending_updates"):
        world.updates.clear()
    return True


async def get_webhook_info(world: World, call: Params, webhook: Webhook) -> object:
    """GetWebhookInfo."""
    del call
    info: dict[str, Any] = {
        "url": webhook.target.url if webhook.target else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates),
    }
    if webhook.target:
        info["max_connections"] = webhook.target.max_connections
        info["ip_address"] = "127.0.0.1"
    if webhook.last_error:
        info["last_error_date"], info["last_error_message"] = webhook.last_error
    if world.updates.allowed is not None:
        info["allowed_updates"] = world.updates.allowed
    return info
