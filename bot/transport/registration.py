"""Registration of the webhook at Telegram, and its TLS certificate."""

import asyncio
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from telegram.error import BadRequest, TelegramError

from bot.errors import SettingsError
from bot.safety.logs import where
from bot.store import faults
from bot.transport.api import Api
from bot.transport.replicas import ALONE, Copies
from bot.transport.updates import KINDS

log = logging.getLogger(__name__)


def _wrong(setting: str, why: str) -> SettingsError:
    return SettingsError(
        f"{setting} is wrong: {why}. Example: {setting}=/etc/kuager/{setting[7:].lower()}.pem"
    )


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files. Without a `key` a reverse proxy speaks TLS. Methods raise SettingsError for unusable files."""

    path: Path
    key: Path | None

    def first(self) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificates(self.path.read_bytes())[0]
        except OSError as error:
            raise _wrong("KUAGER_WEBHOOK_CERTIFICATE", f"it cannot be read: {error.strerror}") from None
        except ValueError:
            raise _wrong("KUAGER_WEBHOOK_CERTIFICATE", "it is no certificate in PEM") from None

    def to_upload(self) -> bytes | None:
        """Self-signed certificate for Telegram, or None. Not the file itself, which may hold the key."""
        found = self.first()
        return found.public_bytes(Encoding.PEM) if found.issuer == found.subject else None

    def context(self) -> ssl.SSLContext | None:
        """TLS context, or None without a key."""
        if self.key is None:
            return None
        self.first()
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        self.load_into(made)
        return made

    def load_into(self, context: ssl.SSLContext) -> None:
        try:
            # An empty password: without one OpenSSL would ask for it at the terminal.
            context.load_cert_chain(self.path, self.key, password="")
        except ssl.SSLError:
            raise _wrong(
                "KUAGER_WEBHOOK_KEY", "it is no key of the certificate, or has a passphrase"
            ) from None
        except OSError as error:
            raise _wrong("KUAGER_WEBHOOK_KEY", f"it cannot be read: {error.strerror}") from None

    def version(self) -> tuple[int, ...]:
        """Value that changes with the files. Empty while one is missing."""
        try:
            return tuple(path.stat().st_mtime_ns for path in (self.path, self.key) if path is not None)
        except OSError:
            return ()


WATCH_SECONDS = 60.0
CONNECTIONS = 40
"""Requests that Telegram may make at once for each replica: its own default (Bot API, setWebhook)."""
MOST_CONNECTIONS = 100
"""Telegram's limit for one webhook (Bot API, setWebhook)."""
_MAY_PASS = ("resolve", "connect", "timed out", "timeout", "unreachable")
"""Telegram's words for a host that cannot be reached for now."""
TAKEN_AWAY = (
    "Telegram no longer sends updates to KUAGER_WEBHOOK_URL: another program with this KUAGER_BOT_TOKEN fetches them or has set "
    "its own webhook. This one waits. Stop one of them; if you do not know of another, revoke the token at @BotFather"
)


def secret_of(token: str, url: str) -> str:
    """Secret of every update, derived from token and address by all replicas. It reveals no token."""
    return hmac(token.encode(), f"kuager webhook {url}".encode(), sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Desired webhook."""

    url: str
    secret: str
    certificate: Certificate | None = None


class Registration:
    """State of the webhook. `fault` says why no updates come, `pending` counts those at Telegram."""

    def __init__(self, api: Api, wanted: Wanted, copies: Copies = ALONE) -> None:
        self._api, self._wanted, self._copies = api, wanted, copies
        self.fault = ""
        self.pending = 0
        self._url: str | None = None
        self._answered: tuple[object, object] = 0, 0
        self._error_date = 0
        self._told = ""

    async def begin(self) -> None:
        """Set the webhook. Raises SettingsError for faults that `look` cannot mend by a retry."""
        try:
            await self._set()
        except TelegramError as error:
            may_pass = any(words in error.message.lower() for words in _MAY_PASS)
            if isinstance(error, BadRequest) and not may_pass:
                raise SettingsError(
                    f"KUAGER_WEBHOOK_URL is wrong: Telegram refuses it: {error.message}. "
                    "Example: KUAGER_WEBHOOK_URL=https://bot.example.org/updates"
                ) from None
            self._note_fault(f"Telegram was not told the webhook: {where(error)}")

    async def _set(self) -> None:
        wanted, files = self._wanted, {}
        if wanted.certificate is not None and (shown := wanted.certificate.to_upload()) is not None:
            files["certificate"] = ("certificate.pem", shown, "application/x-pem-file")
        params = {
            "url": wanted.url,
            "secret_token": wanted.secret,
            "max_connections": self._connections,
            "allowed_updates": KINDS,
        }
        await self._api.call("setWebhook", params, files)
        info = await self._info()
        self._url, self._error_date = info.get("url") or wanted.url, info.get("last_error_date", 0)
        self._answered = params["max_connections"], info.get("max_connections")
        self._note_fault("")

    @property
    def _connections(self) -> int:
        """Connections for all replicas. Each is held until a commit, so too few would make small batches."""
        return min(MOST_CONNECTIONS, CONNECTIONS * self._copies.number_there)

    def _lacks_connections(self, info: Mapping[str, Any]) -> bool:
        """Whether the number of replicas has changed. Telegram may deviate by itself."""
        wanted, said = self._connections, info.get("max_connections")
        return said != wanted and (wanted, said) != self._answered

    async def show_certificate(self) -> None:
        """Send Telegram a renewed self-signed certificate. Raises TelegramError."""
        if self._wanted.certificate is not None and self._wanted.certificate.to_upload() is not None:
            await self._set()

    async def _info(self) -> dict[str, Any]:
        found = await self._api.call("getWebhookInfo", {})
        info: dict[str, Any] = found if isinstance(found, dict) else {}
        pending = info.get("pending_update_count")
        self.pending = pending if isinstance(pending, int) else 0
        return info

    async def watch(self) -> None:
        pauses = faults.FETCH_BACKOFF.pauses()
        while True:
            await asyncio.sleep(next(pauses) if self._url is None else WATCH_SECONDS)
            try:
                await self.look()
            except TelegramError as error:
                why = f"Telegram was not asked about the webhook: {type(error).__name__}"
                self._api.outage.note(f"{why}. The bot tries again each minute")
            else:
                self._api.outage.end()

    async def look(self) -> None:
        """Check whether updates come. Raises TelegramError. A removed webhook is set again only once updates
        wait unfetched, so that two programs do not fight for it."""
        if self._url is None:
            await self._set()
            return
        waited = self.pending
        info = await self._info()
        if info.get("url") == self._url:
            self._note_fault("")
            self._tell_error(info)
            if self._copies.is_leader and self._lacks_connections(info):
                await self._set()
        elif not info.get("url") and self.fault == TAKEN_AWAY and min(waited, self.pending) > 0:
            log.warning("waiting updates are not fetched: the webhook is set again")
            await self._set()
        else:
            self._note_fault(TAKEN_AWAY)

    def _note_fault(self, fault: str) -> None:
        if fault and fault != self.fault:
            log.error("%s", fault)
        self.fault = fault

    def _tell_error(self, info: dict[str, Any]) -> None:
        date, words = info.get("last_error_date", 0), str(info.get("last_error_message", ""))
        if date == self._error_date:
            return
        self._error_date = date
        if words != self._told:
            log.warning("Telegram could not deliver an update to the webhook: %.200s", words)
            self._told = words
