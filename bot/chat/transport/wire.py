"""Requests to the Bot API over HTTP/1.1 (RFC 9112) on connections that stay open: a body of JSON there, an answer back.

A general client spends four times as long on each request as this one, and requests are most of what an answer costs the bot.
Whatever is not a plain body of bytes, such as a file, goes another way (see `request`)."""

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import cast

from aiohappyeyeballs import start_connection
from yarl import URL

MOST_HEAD = 65_536
"""Bytes of an answer's head."""
KEPT_SECONDS = 15.0
"""How long an unused connection is trusted: servers close theirs sooner or later, and a request must not meet that."""
_HAPPY_EYEBALLS = 0.25
"""Seconds after which the next address of a host is tried beside the first (RFC 8305, 5)."""
_END = b"\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |$)")
_DIGITS = re.compile(rb"\d{1,18}")
_HEX = re.compile(rb"[0-9A-Fa-f]{1,15}")


class UnreachedError(Exception):
    """No connection came about, so nothing was sent."""


class BrokenError(Exception):
    """The connection ended before the answer did, or what came is no answer of HTTP/1.1."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `date` is that of its head, blank for none."""

    status: int
    date: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: the connection that it needs, and its path with the host that it names."""

    host: str
    port: int
    secure: bool
    head: bytes

    @property
    def server(self) -> tuple[str, int, bool]:
        """What connections are shared by."""
        return self.host, self.port, self.secure


def target_of(address: str) -> Target | None:
    """The target of an address of http or https; None for one that needs more, such as a password."""
    url = URL(address)
    if (
        url.scheme not in {"http", "https"}
        or url.raw_host is None
        or url.port is None
        or url.user is not None
    ):
        return None
    head = (
        f"POST {url.raw_path_qs} HTTP/1.1\r\nHost: {url.host_port_subcomponent}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    return Target(url.raw_host, url.port, url.scheme == "https", head.encode("ascii"))


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class _Head:
    """What matters of an answer's head. `length` is None where the end of the connection ends the body."""

    status: int
    fields: Mapping[bytes, bytes]

    @property
    def length(self) -> int | None:
        written = self.fields.get(b"content-length")
        if self.status in {204, 304}:
            return 0
        if written is not None and not _DIGITS.fullmatch(written):
            raise BrokenError("the length is no number")
        return None if written is None else int(written)

    @property
    def is_chunked(self) -> bool:
        return self.fields.get(b"transfer-encoding", b"").lower() == b"chunked"

    @property
    def stays_open(self) -> bool:
        return self.fields.get(b"connection", b"").lower() != b"close" and (
            self.is_chunked or self.length is not None
        )


def _read_head(written: bytes) -> _Head:
    first, *lines = written.split(b"\r\n")
    status = _STATUS.match(first)
    if status is None:
        raise BrokenError("the answer is not one of HTTP/1.1")
    fields = {}
    for line in lines:
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip(b" \t")
    return _Head(int(status[1]), fields)


def _dechunked(written: bytearray) -> bytes | None:
    """The body of chunks (RFC 9112, 7.1); None while its end has not come. Trailers are passed over."""
    parts: list[bytes] = []
    at = 0
    while (end := written.find(b"\r\n", at)) >= 0:
        size = written[at:end].partition(b";")[0].strip()
        if not _HEX.fullmatch(size):
            raise BrokenError("a chunk has no size")
        at, number = end + 2, int(size, 16)
        if number == 0:
            over = written[at : at + 2] == b"\r\n" or written.find(_END, at) >= 0
            return b"".join(parts) if over else None
        parts.append(bytes(written[at : at + number]))
        at += number + 2
    return None


@dataclass(eq=False, slots=True)
class Wire(asyncio.Protocol):
    """A connection, for one request at a time."""

    transport: asyncio.Transport | None = None
    is_open: bool = False
    used_at: float = 0.0
    _buffer: bytearray = field(default_factory=bytearray)
    _head: _Head | None = None
    _answer: "asyncio.Future[Answer] | None" = None
    _heard_at: float = 0.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self.transport, self.is_open = cast("asyncio.Transport", transport), True

    def data_received(self, data: bytes) -> None:
        """Part of an answer came. What nobody has asked for ends the connection."""
        if self._answer is None or self._answer.done():
            self.close()
            return
        self._heard_at = asyncio.get_running_loop().time()
        self._buffer += data
        try:
            self._read()
        except BrokenError as error:
            self._fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed: the end of a body that has no other, or a failure."""
        self.is_open = False
        head = self._head
        if head is not None and exc is None and not head.is_chunked and head.length is None:
            self._done(head, bytes(self._buffer))
        self._fail(BrokenError("the server has disconnected"))

    async def ask(self, head: bytes, body: bytes, seconds: float) -> Answer:
        """Send a request; its answer, of which each part may take so many seconds. Raises TimeoutError and BrokenError, and
        is closed after either."""
        loop = asyncio.get_running_loop()
        if self.transport is None or not self.is_open:
            raise BrokenError("the server has disconnected")
        answer: asyncio.Future[Answer] = loop.create_future()
        self._answer = answer
        self._head, self._heard_at = None, loop.time()
        self.transport.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        self._timer = loop.call_later(seconds, self._expire, seconds)
        try:
            return await answer
        except BaseException:  # cancelled too: what comes now belongs to nobody
            self.close()
            raise
        finally:
            self._timer.cancel()
            self._answer, self.used_at = None, loop.time()

    def close(self) -> None:
        """Close it at once."""
        self.is_open = False
        if self.transport is not None:
            self.transport.abort()

    def _read(self) -> None:
        while self._head is None or self._head.status < 200:
            end = self._buffer.find(_END)
            if end < 0:
                if len(self._buffer) > MOST_HEAD:
                    raise BrokenError("the head is too long")
                return
            self._head = _read_head(bytes(self._buffer[:end]))
            del self._buffer[: end + len(_END)]
        head = self._head
        if head.is_chunked:
            body = _dechunked(self._buffer)
            if body is not None:
                self._done(head, body)
        elif (length := head.length) is not None and len(self._buffer) >= length:
            self._done(head, bytes(self._buffer[:length]))

    def _done(self, head: _Head, body: bytes) -> None:
        self._buffer.clear()
        self.is_open = self.is_open and head.stays_open
        if self._answer is not None and not self._answer.done():
            date = head.fields.get(b"date", b"").decode("latin-1")
            self._answer.set_result(Answer(head.status, date, body))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def _expire(self, seconds: float) -> None:
        """Give up, unless part of the answer has come meanwhile."""
        loop = asyncio.get_running_loop()
        left = self._heard_at + seconds - loop.time()
        if left > 0:
            self._timer = loop.call_later(left, self._expire, seconds)
        else:
            self._fail(TimeoutError())


class Wires:
    """Open connections, to be used again. Seconds everywhere."""

    def __init__(self, connect_timeout: float) -> None:
        self._connect_timeout = connect_timeout
        self._idle: dict[tuple[str, int, bool], list[Wire]] = {}
        self._open: set[Wire] = set()
        """Those in use too."""
        self._is_over = False

    async def post(self, target: Target, body: bytes, seconds: float) -> Answer:
        """Post a body of JSON. Raises UnreachedError, and as `Wire.ask` does."""
        wire = self._taken(target) or await self._opened(target)
        try:
            return await wire.ask(target.head, body, seconds)
        finally:
            if wire.is_open and wire in self._open:
                self._idle.setdefault(target.server, []).append(wire)
            else:
                self._drop(wire)

    def _taken(self, target: Target) -> Wire | None:
        idle, oldest = self._idle.get(target.server, []), asyncio.get_running_loop().time() - KEPT_SECONDS
        while idle:
            wire = idle.pop()  # the one used last: the others are closed once they are old
            if wire.is_open and wire.used_at >= oldest:
                return wire
            self._drop(wire)
        return None

    def _drop(self, wire: Wire) -> None:
        self._open.discard(wire)
        wire.close()

    async def _opened(self, target: Target) -> Wire:
        secure = _trusted() if target.secure else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout):
                found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
                # Not the loop's own: cancelled at the wrong moment it forgets the socket (CPython, asyncio.staggered).
                opened = await start_connection(found, happy_eyeballs_delay=_HAPPY_EYEBALLS)
                named = target.host if target.secure else None
                _, wire = await loop.create_connection(Wire, sock=opened, ssl=secure, server_hostname=named)
        except OSError as error:  # TimeoutError and ssl.SSLError too
            raise UnreachedError(type(error).__name__) from None
        if self._is_over:  # while it was opened
            wire.close()
            raise UnreachedError("closed")
        self._open.add(wire)
        return wire

    async def close(self) -> None:
        """Close them all, for good; a request that is under way breaks."""
        self._is_over = True
        for wire in list(self._open):
            self._drop(wire)
        self._idle.clear()
        await asyncio.sleep(0)  # the loop closes their sockets in its next turn, which there may not be else
