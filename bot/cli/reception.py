"""Checks of how updates reach the bot."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.settings import Settings, is_loopback
from bot.wiring import wanted_webhook

SOON = 14 * 24 * 3600
"""Seconds before a certificate's end at which it counts as overdue."""


def doubts_of_webhook(settings: Settings, now: float) -> Iterator[str]:
    """Doubts about a webhook's settings. `now` is in seconds since 1970-01-01 UTC.

    Raises SettingsError for files that are no certificate or key.
    """
    wanted, (host, _) = wanted_webhook(settings), settings.webhook_address
    if wanted.certificate is not None:
        wanted.certificate.context()
        left = wanted.certificate.first().not_valid_after_utc.timestamp() - now
        if left < SOON:
            days = int(left // (24 * 3600))
            yield f"the certificate {'is over' if left < 0 else f'is good for {days} days only'}. Renew it"
    if settings.webhook_key is None and not is_loopback(host):
        yield (
            "KUAGER_WEBHOOK_LISTEN is reached from other machines without TLS: whoever is between them and this one reads all "
            "messages. Set it to 127.0.0.1, or set KUAGER_WEBHOOK_KEY"
        )


def doubts_of_telegram(settings: Settings, info: Mapping[str, Any], now: float) -> Iterator[str]:
    """Doubts from Telegram's WebhookInfo."""
    url = str(info.get("url") or "")
    if not settings.webhook_url:
        if url:
            yield "a webhook is set. `run` removes it and fetches what waits"
        return
    if not url:
        yield "the webhook is not set yet. `run` sets it"
    elif _place(url) != _place(settings.webhook_url):
        yield "another webhook is set. `run` replaces it; if it was not you, revoke the token at @BotFather"
    elif words := info.get("last_error_message"):
        hours = max(0, int((now - info.get("last_error_date", now)) // 3600))
        yield f"Telegram could not deliver an update {hours} hours ago: {words:.200}"


def _place(url: str) -> tuple[str | None, int, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or 443, parts.path or "/"
