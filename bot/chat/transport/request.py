"""PTB's transport on aiohttp: keep-alive, multipart, timeouts, retries on server errors and a broken network."""

import asyncio
import json
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast

import aiohttp
from aiohttp.payload import Payload
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot import faults, json_bytes
from bot.chat.transport.json_text import readable
from bot.faults import UnbuildableError, UnsentError

NoteDate = Callable[[float], None]
_DONE = range(200, 300)
"""The status codes of what was done (RFC 9110, 15.3)."""


class NoBotApiError(NetworkError):
    """Something answered, but not as a Bot API does: a web page, most often of a wrong address or of a proxy."""


class CallData:
    """Parameters as plain JSON values, and files by the parameter they fill: (name, bytes, MIME type).
    With `once` it is tried once, for callers who must know of each try.

    It offers what the transport reads of PTB's RequestData, which is final."""

    def __init__(
        self,
        params: Mapping[str, Any],
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        *,
        once: bool = False,
    ) -> None:
        self.params = params
        self.files = files or {}
        self.once = once
        self.contains_files = bool(self.files)

    @property
    def json_payload(self) -> bytes:
        """The parameters as Telegram reads them from a JSON body."""
        return json_bytes.dumped(self.params)

    @property
    def json_parameters(self) -> dict[str, str]:
        """The parameters as fields of a multipart body."""
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in self.params.items()
        }

    @property
    def multipart_data(self) -> dict[str, Any]:
        """The files as fields of a multipart body."""
        return dict(self.files)


class AiohttpRequest(BaseRequest):
    """One pool of connections, made in `initialize` and closed in `shutdown`. Seconds everywhere. `note_date` is told when
    each answer was given, in seconds since 1970-01-01 UTC. `proxy` is the address of an HTTP proxy; HTTPS goes through it by
    CONNECT, so that it sees the host alone."""

    def __init__(
        self,
        note_date: NoteDate | None = None,
        read_timeout: float = 20.0,
        connect_timeout: float = 10.0,
        proxy: str | None = None,
    ) -> None:
        self._note_date, self._proxy = note_date, proxy
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """How long an answer may take by default."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None:
            # The Bot API sets no cookies: looking for them takes a part of each request.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=256), cookie_jar=aiohttp.DummyCookieJar()
            )

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self, url: str, data: CallData, read_timeout: float | None = None
    ) -> dict[str, Any] | list[dict[str, Any]] | bool:
        """Call a method of the Bot API; the result, or PTB's errors."""
        given = cast("RequestData", data)
        # Not by PTB's `post`, which takes an eighth of a call that succeeds; what is refused it tells.
        try:
            status, body = await self.do_request(url, "POST", given, read_timeout or self._read_timeout)
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
        """The JSON object of an answer, as far as it can be read; raises NoBotApiError for anything else, such as a proxy's
        page.

        PTB's own method logs such an answer with every word in it, and trusts the fields that it reads."""
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
        """One HTTP request, retried on 5xx and on network errors (see `faults`). Raises TimedOut or NetworkError,
        UnsentError if no connection came about, UnbuildableError, and BadRequest for a body that is too large, which no
        retry makes smaller."""
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._read_timeout
        timeout = _timeout(self._connect_timeout, seconds)
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
            raise UnbuildableError from None  # its own words may hold what was to be said
        async with self._session.request(
            method, _parsed(url), data=body, headers=headers, timeout=seconds, proxy=self._proxy
        ) as response:
            self._hear_date(response.headers.get("Date", ""))
            return response.status, await response.read()

    def _hear_date(self, written: str) -> None:
        """The date of an answer (RFC 9110, 6.6.1), if it has one that can be read."""
        if self._note_date is None:
            return
        with suppress(ValueError, OverflowError):
            self._note_date(_seconds(written))


class _Refused(AiohttpRequest):
    """An answer that is there already, for PTB to tell what it refuses."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__()
        self._answer = status, body

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        """The answer."""
        return self._answer


@lru_cache(maxsize=8)
def _timeout(connect: float, read: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read)


@lru_cache(maxsize=64)
def _parsed(url: str) -> URL:
    """An address, parsed once: there are as many as methods are called, but for those of files, which come and go."""
    return URL(url)


@lru_cache(maxsize=4)
def _seconds(date: str) -> float:
    """A date's seconds since 1970-01-01 UTC; all answers of a second have the same one."""
    return parsedate_to_datetime(date).timestamp()


def _parameters(given: object) -> dict[str, int]:
    """The numbers that Telegram adds to a refusal (Bot API, ResponseParameters); none that is no number of its kind."""
    found = given if isinstance(given, dict) else {}
    chat_id, held = found.get("migrate_to_chat_id"), found.get("retry_after")
    read: dict[str, int] = {}
    if isinstance(chat_id, int):
        read["migrate_to_chat_id"] = chat_id
    if isinstance(held, int | float) and held > 0:
        read["retry_after"] = math.ceil(min(held, faults.LONGEST_HOLD))
    return read


def _told(error: Exception) -> NetworkError:
    """A fault of the network as PTB tells it. Its own text may hold the address, which holds the token."""
    if isinstance(error, TimeoutError):
        return TimedOut()
    unsent = isinstance(error, aiohttp.ClientConnectorError)
    return (UnsentError if unsent else NetworkError)(type(error).__name__)


def _form(data: RequestData) -> Payload:
    # Made anew for each try: aiohttp consumes a form. File names stay as they are, not percent-encoded.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    payload: Payload = form()
    _ = payload.size  # writes the headers: a name that cannot stand in one is found before anything is sent
    return payload
