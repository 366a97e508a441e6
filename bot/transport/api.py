"""A client of the Bot API over aiohttp: updates as raw JSON, calls from the outbox, retries and timeouts."""

import asyncio
import json
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
from aiohttp.payload import Payload
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot import json_text
from bot.errors import SettingsError
from bot.json_text import readable
from bot.store import faults
from bot.store.clocks import TelegramTime
from bot.store.faults import Outage, UnbuildableError, UnsentError
from bot.transport.replicas import wait_at_most
from bot.transport.updates import KINDS, RawUpdate, date_of

log = logging.getLogger(__name__)

_DONE = range(200, 300)
_url = lru_cache(maxsize=64)(URL)
_CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0


class NoBotApiError(NetworkError):
    """An answer that is not from a Bot API, such as a web page."""


@dataclass(frozen=True, slots=True)
class CallData:
    """Replacement of PTB's RequestData, which is final. `multipart_data` holds (name, bytes, MIME type).
    `once` turns retries off."""

    params: Mapping[str, Any]
    multipart_data: Mapping[str, tuple[str, bytes, str]] = field(default_factory=dict)
    once: bool = False

    @property
    def contains_files(self) -> bool:
        return bool(self.multipart_data)

    @property
    def json_payload(self) -> bytes:
        return json_text.dumped(self.params)

    @property
    def json_parameters(self) -> dict[str, str]:
        written = {name: json.dumps(one) for name, one in self.params.items() if not isinstance(one, str)}
        return {**self.params, **written}


class AiohttpRequest(BaseRequest):
    """Pool of connections. Times are in seconds, dates for `note_date` since 1970-01-01 UTC. A `proxy` sees
    only hosts, since HTTPS uses CONNECT."""

    def __init__(self, note_date: Callable[[float], None] | None = None, proxy: str | None = None) -> None:
        self._note_date, self._proxy = note_date, proxy
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ_SECONDS

    async def initialize(self) -> None:
        if self._session is None:
            # The Bot API sets no cookies, and looking for them costs time.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=256), cookie_jar=aiohttp.DummyCookieJar()
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self, url: str, data: CallData, read_timeout: float | None = None
    ) -> dict[str, Any] | list[dict[str, Any]] | bool:
        given = cast("RequestData", data)
        # PTB's `post` takes an eighth of a successful call, so it only raises the errors of refusals.
        try:
            status, body = await self.do_request(url, "POST", given, read_timeout)
        except TelegramError:
            raise
        except Exception as error:  # noqa: BLE001 - a boundary, as in PTB's own: whatever the transport raises
            raise NetworkError(type(error).__name__) from None
        try:
            if status not in _DONE:
                return await _Refused(status, body).post(url)
            result: dict[str, Any] | list[dict[str, Any]] | bool = self.parse_json_payload(body)["result"]
        except KeyError:
            raise NoBotApiError("the answer has no result") from None
        return result

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """JSON object of an answer, which PTB's method would log. Raises NoBotApiError for anything else."""
        found = readable(payload.decode("utf-8", "replace"))
        if not isinstance(found, dict):
            raise NoBotApiError("the answer is no object")
        if not isinstance(found.get("description"), str):
            found.pop("description", None)
        if "parameters" in found:
            found["parameters"] = _parameters(found["parameters"])
        return found

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        """Send a request, with retries (see `faults`). Raises TimedOut, NetworkError, UnsentError without a
        connection, UnbuildableError, and BadRequest for a body that is too large."""
        timeout = _timeout(read_timeout if isinstance(read_timeout, int | float) else READ_SECONDS)
        tries = 1 if getattr(request_data, "once", False) else faults.REQUEST_TRIES
        for attempt, pause in zip(range(1, tries + 1), faults.REQUEST_BACKOFF.pauses(), strict=False):
            try:
                status, body = await self._once(url, method, request_data, timeout)
            except (TimeoutError, aiohttp.ClientError) as error:
                if attempt == tries:
                    raise _told(error) from None
            else:
                if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                    raise BadRequest("the request is too large")
                if status < 500 or attempt == tries:
                    return status, body
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def _once(
        self, url: str, method: str, data: RequestData | None, seconds: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise RuntimeError("the request is not initialized")
        body: Payload | bytes | None = None
        headers = {}
        try:
            if data is not None and data.contains_files:
                body = _form(data)
            elif data is not None:
                body, headers = data.json_payload, {"Content-Type": "application/json"}
        except (TypeError, ValueError):
            raise UnbuildableError from None  # its text may hold the message
        async with self._session.request(
            method, _url(url), data=body, headers=headers, timeout=seconds, proxy=self._proxy
        ) as response:
            if self._note_date is not None:
                with suppress(ValueError, OverflowError):
                    self._note_date(_seconds(response.headers.get("Date", "")))
            return response.status, await response.read()


class _Refused(AiohttpRequest):
    """A received answer, for PTB to raise the right error."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__()
        self._answer = status, body

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        return self._answer


@lru_cache(maxsize=8)
def _timeout(read: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=read)


@lru_cache(maxsize=4)
def _seconds(date: str) -> float:
    return parsedate_to_datetime(date).timestamp()


def _parameters(given: object) -> dict[str, int]:
    """Valid numbers of a refusal (Bot API, ResponseParameters)."""
    found = given if isinstance(given, dict) else {}
    chat_id, held = found.get("migrate_to_chat_id"), found.get("retry_after")
    read: dict[str, int] = {}
    if isinstance(chat_id, int):
        read["migrate_to_chat_id"] = chat_id
    if isinstance(held, int | float) and held > 0:
        read["retry_after"] = math.ceil(min(held, faults.LONGEST_HOLD))
    return read


def _told(error: Exception) -> NetworkError:
    """PTB's error, without the original text, which may hold the token."""
    if isinstance(error, TimeoutError):
        return TimedOut()
    unsent = isinstance(error, aiohttp.ClientConnectorError)
    why = next((words for kind, words in _WHY.items() if isinstance(error, kind)), _FAILED)
    return (UnsentError if unsent else NetworkError)(why)


def _form(data: RequestData) -> Payload:
    # Made anew for each try: aiohttp consumes a form. File names stay as they are, not percent-encoded.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    payload: Payload = form()
    _ = payload.size  # writes the headers, so that an invalid file name is found before anything is sent
    return payload


_FAILED = "it does not answer: no network, or a block"
_WHY: Mapping[type[Exception], str] = {
    aiohttp.ClientConnectorDNSError: "its name is not found: no network, or no DNS",
    aiohttp.ClientSSLError: "its certificate is not to be trusted: a block or a proxy, or a wrong clock",
    aiohttp.ClientProxyConnectionError: "the proxy of KUAGER_PROXY does not answer",
    aiohttp.ClientHttpProxyError: "the proxy refuses",
    aiohttp.ClientConnectorError: "no connection comes about: no network, or a block",
    aiohttp.ServerConnectionError: "the connection is cut off: a block, or a restart there",
}
_ADDRESS = "Example: KUAGER_BOT_API_URL=https://api.telegram.org"


def unreached(error: TelegramError) -> str:
    """Error line for the operator about an address that does not answer, without the address."""
    return f"KUAGER_BOT_API_URL is wrong, or Telegram is not reached: {_why(error)}. {_ADDRESS}; to see the network: curl -sSI https://api.telegram.org"


def _why(error: TelegramError) -> str:
    return error.message if error.message in _WHY.values() else _FAILED


def _causes(error: BaseException) -> Iterator[TelegramError]:
    at: BaseException | None = error
    while isinstance(at, TelegramError):
        yield at
        at = at.__cause__


class Api:
    """PTB's Bot and raw calls. Raises its `TelegramError`s. `time` learns the time from Telegram's answers."""

    def __init__(
        self, token: str, url: str, time: TelegramTime | None = None, proxy: str | None = None
    ) -> None:
        self._has_path = urlsplit(url).path.strip("/") != ""
        self._time = time
        self._has_told = False
        self.outage = Outage("Telegram is reached again")
        note = time.note_answer if time is not None else None
        self.request, self._updates = (AiohttpRequest(note, proxy=proxy) for _ in range(2))
        self.bot = Bot(
            token,
            base_url=f"{url}/bot",
            base_file_url=f"{url}/file/bot",
            request=self.request,
            get_updates_request=self._updates,
        )

    async def start(self) -> None:
        """Open the connections, or none on an error. Raises SettingsError for a wrong token or address, else
        PTB's errors."""
        try:
            await self.bot.initialize()
        except (TelegramError, KeyError) as error:  # KeyError: JSON without a result
            await self.stop()
            if (wrong := self._wrong_setting(error)) is not None:
                raise wrong from None  # PTB's own words hold the token
            raise

    def _wrong_setting(self, error: Exception) -> SettingsError | None:
        causes = list(_causes(error))
        refused = isinstance(error, InvalidToken | Forbidden | BadRequest)
        page = refused and any(isinstance(one, NoBotApiError) for one in causes)
        # Telegram says "Unauthorized" of a token, and "Not Found" of a path.
        lost = self._has_path and isinstance(error, InvalidToken) and "Not Found" in causes[-1].message
        if isinstance(error, KeyError | NoBotApiError) or page or lost:
            why = "the address answers, but not as a Bot API. It may be a page of a block or a proxy"
            return SettingsError(f"KUAGER_BOT_API_URL is wrong: {why}. {_ADDRESS}")
        if isinstance(error, InvalidToken):
            return SettingsError(
                "KUAGER_BOT_TOKEN is wrong: Telegram does not know it. "
                "Example: KUAGER_BOT_TOKEN=123456789:AAE-made-up-token-of-35-letters-xxx"
            )
        return None

    async def start_until(self, stopping: asyncio.Event) -> bool:
        """Call `start` until the network is there. False when `stopping` was set meanwhile."""
        pauses = faults.START_BACKOFF.pauses()
        while not stopping.is_set():
            try:
                await self.start()
            except TelegramError as error:
                self.outage.note(f"Telegram is not reached: {_why(error)}. The bot tries again until it is")
                await wait_at_most(stopping, next(pauses))
            else:
                self.outage.end()
                return True
        return False

    async def stop(self) -> None:
        await self.bot.shutdown()

    async def call(
        self,
        method: str,
        params: Mapping[str, Any],
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        *,
        once: bool = False,
    ) -> Any:
        """Call a method. Returns plain JSON values. `once` turns retries off."""
        return await self.request.call(f"{self.bot.base_url}/{method}", CallData(params, files or {}, once))

    async def updates(self, offset: int | None, seconds: int) -> list[dict[str, Any]]:
        """Fetch up to 100 updates. An offset acknowledges all updates before it."""
        params: dict[str, Any] = {"timeout": seconds, "limit": 100, "allowed_updates": KINDS}
        if offset is not None:
            params["offset"] = offset
        url = f"{self.bot.base_url}/getUpdates"
        result: Any = await self._updates.call(url, CallData(params), read_timeout=seconds + 10)
        if not isinstance(result, list):
            raise NetworkError("getUpdates did not give a list")
        updates = [entry for entry in result if isinstance(entry, dict)]
        if (strange := len(result) - len(updates)) > 0:
            if not self._has_told:
                self._has_told = True
                log.error(
                    "KUAGER_BOT_API_URL gave updates that are none, first %d; they are left out", strange
                )
            await asyncio.sleep(0 if updates else faults.UNUSABLE_PAUSE)  # they come again at once
        return updates

    def note_messages(self, raws: Iterable[RawUpdate]) -> None:
        """Learn the time from the dates of messages."""
        if self._time is not None:
            for sent in filter(None, map(date_of, raws)):
                self._time.note_message(sent)
