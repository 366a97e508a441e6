"""Webhook: Telegram posts each update until it is answered with 2xx (Bot API, setWebhook).

Updates are answered once durable, and with 503 after a failure, so that they come again. Messages of a chat
come in order, and so do taps, but a tap may overtake a message into an earlier batch. Then its screen is
gone, and the person is told so.

Requests without the secret get 404.
"""

import asyncio
import logging
import ssl
from asyncio import Future
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hmac import compare_digest

from aiohttp import web
from telegram.error import TelegramError

from bot.errors import SettingsError
from bot.json_text import readable
from bot.safety.logs import where
from bot.transport.api import Api
from bot.transport.registration import Certificate, Registration, Wanted
from bot.transport.replicas import ALONE, Copies, Meter, loop_time
from bot.transport.updates import MOST_AT_A_TIME, RawUpdate, id_of

log = logging.getLogger(__name__)

HEAD_SECONDS = 10.0
"""Seconds to complete a request's head. aiohttp has no such time-out, but its time-out for idle connections
also ends incomplete heads."""
MOST_CONNECTIONS = 200
"""Twice as many as Telegram makes, and few enough for a limit of 256 open files."""


@asynccontextmanager
async def listening(
    app: web.Application, address: tuple[str, int], example: str, tls: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """Serve at a host and a port inside the block. Raises SettingsError with the `example` if it is taken."""
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=HEAD_SECONDS, shutdown_timeout=2.0, lingering_time=1.0
    )
    await runner.setup()
    server, listener = runner.server, None
    assert server is not None  # noqa: S101 - it is set up

    def connection() -> asyncio.Protocol:
        _make_room(server)
        return server()

    try:
        listener = await asyncio.get_running_loop().create_server(
            connection, *address, ssl=tls, ssl_handshake_timeout=HEAD_SECONDS if tls else None
        )
    except OSError as error:
        why = error.strerror or type(error).__name__
        name = example.partition("=")[0]
        raise SettingsError(f"{name} is wrong: nobody can listen there: {why}. Example: {example}") from None
    else:
        yield
    finally:
        if listener is not None:
            listener.close()
        await runner.cleanup()


def _make_room(server: web.Server) -> None:
    """Close the oldest idle connections if there is no room for another one."""
    opened = [one for one in server.connections if one.transport is not None]
    idle = [one for one in opened if one._current_request is None]  # noqa: SLF001 - aiohttp tells it nowhere else
    for one in idle[: max(0, len(opened) + 1 - MOST_CONNECTIONS)]:
        one.force_close()


SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
LARGEST = 1024 * 1024
"""Limit of a request in bytes. The longest update has under 100,000."""
BODY_SECONDS = 10.0
MOST_WAITING = 1000
"""Limit on unanswered requests. Telegram makes at most a hundred."""
RETRY_SECONDS = 1
"""Seconds until Telegram sends a refused update again. By itself it would wait up to minutes."""
CERTIFICATE_SECONDS = 60.0
GATHER_SECONDS = 0.1
"""Least time between batches of several replicas. A batch costs as much as ten updates."""
ENOUGH = 25


@dataclass(frozen=True, slots=True)
class Posted:
    """An update, and the requests that wait for it to be durable."""

    raw: RawUpdate
    requests: list[Future[bool]] = field(default_factory=list)


class Webhook:
    """A `Source` that listens at `address`, a host and a port."""

    def __init__(
        self, api: Api, wanted: Wanted, address: tuple[str, int], meter: Meter, copies: Copies = ALONE
    ) -> None:
        self._api, self._secret, self._address, self._meter = api, wanted.secret.encode(), address, meter
        self._certificate, self._copies = wanted.certificate, copies
        self.registration = Registration(api, wanted, copies)
        self._fresh: dict[int, Posted] = {}
        self._given: dict[int, Posted] = {}
        self._news, self._wanted, self._last_at = asyncio.Event(), 1, 0.0
        self._is_open = False
        self._broken: BaseException | None = None

    @property
    def fault(self) -> str:
        return self.registration.fault

    @property
    def waiting(self) -> int:
        return sum(len(one.requests) for known in (self._fresh, self._given) for one in known.values())

    @property
    def pending(self) -> int:
        """Number of updates at Telegram, up to a minute old."""
        return self.registration.pending

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen and register. The webhook stays set afterwards, so that a restart loses nothing."""
        app = web.Application(client_max_size=LARGEST)
        app.router.add_route("*", "/{path:.*}", self._answer)
        app.on_response_prepare.append(_hide_server)
        context = self._certificate.context() if self._certificate is not None else None
        async with listening(app, self._address, "KUAGER_WEBHOOK_LISTEN=127.0.0.1:8080", context):
            jobs: list[asyncio.Task[None]] = []
            try:
                self._is_open = True
                await self.registration.begin()
                jobs.append(asyncio.create_task(self.registration.watch()))
                if self._certificate is not None:
                    jobs.append(asyncio.create_task(self._renew(self._certificate, context)))
                for job in jobs:
                    job.add_done_callback(self._note_end)
                yield
            finally:
                self._is_open = False
                for job in jobs:
                    job.cancel()
                await asyncio.gather(*jobs, return_exceptions=True)
                self._tell([*self._fresh.values(), *self._given.values()], durable=False)

    def _note_end(self, job: asyncio.Task[None]) -> None:
        """End the loop with a job's error, since updates could stay away unnoticed."""
        if not job.cancelled():
            self._broken = job.exception()
            self._news.set()

    async def _renew(self, certificate: Certificate, context: ssl.SSLContext | None) -> None:
        """Use renewed certificates once the files fit each other and Telegram accepts them."""
        used = certificate.version()
        while True:
            await asyncio.sleep(CERTIFICATE_SECONDS)
            if (found := certificate.version()) and found != used:
                try:
                    certificate.context()
                    if context is not None:
                        certificate.load_into(context)
                    await self.registration.show_certificate()
                except (SettingsError, TelegramError) as error:
                    log.warning("a renewed certificate is not used yet: %s", where(error))
                else:
                    used = found

    async def next(self, *, wait: bool) -> list[RawUpdate]:
        """New updates, oldest first."""
        if wait and not self._fresh:
            await self._until(1)
        if self._copies.number_there > 1 and (left := self._last_at + GATHER_SECONDS - loop_time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):  # no wait_for: see `bot.transport.replicas`
                    await self._until(ENOUGH)
        if self._broken is not None:
            raise self._broken
        came = []
        for key in sorted(self._fresh)[:MOST_AT_A_TIME]:
            self._given[key] = self._fresh.pop(key)
            came.append(self._given[key].raw)
        self._api.note_messages(came)
        return came

    async def _until(self, wanted: int) -> None:
        self._wanted = wanted
        while len(self._fresh) < wanted and self._broken is None:
            self._news.clear()
            await self._news.wait()

    def done(self, raws: Sequence[RawUpdate]) -> None:
        """Answer the requests with 200."""
        if raws:
            self._last_at = loop_time()
        self._tell([self._given.pop(key) for raw in raws if (key := _key(raw)) in self._given], durable=True)

    def failed(self) -> None:
        """Answer the requests of all unfinished updates with 503."""
        self._tell(self._given.values(), durable=False)
        self._given.clear()

    @staticmethod
    def _tell(posted: Iterable[Posted], *, durable: bool) -> None:
        for request in [request for one in posted for request in one.requests]:
            if not request.done():
                request.set_result(durable)

    async def _answer(self, request: web.Request) -> web.Response:
        answer = await self._answer_to(request)
        self._meter.request(answer.status)
        return answer

    async def _answer_to(self, request: web.Request) -> web.Response:
        shown = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        # Before a byte of the body is read, and like any other request, so that a stranger learns nothing.
        if not compare_digest(shown, self._secret) or request.method != "POST":
            return web.Response(status=404)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        if not self._is_open or self.waiting >= MOST_WAITING:
            return _again()
        found = readable(body.decode("utf-8", "replace"))
        # What is no update is set aside: refused, it would come again for a day and hold back its chat.
        raw: RawUpdate = found if isinstance(found, dict) else {}
        return web.Response() if await self._posted(raw) else _again()

    def _posted(self, raw: RawUpdate) -> Future[bool]:
        """Future that tells whether the update is durable."""
        request = asyncio.get_running_loop().create_future()
        known = self._given if (key := _key(raw)) in self._given else self._fresh
        known.setdefault(key, Posted(raw)).requests.append(request)
        if len(self._fresh) >= self._wanted:
            self._news.set()
        return request


def _key(raw: RawUpdate) -> int:
    update_id = id_of(raw)
    return -id(raw) if update_id is None else update_id


def _again() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": str(RETRY_SECONDS)})


async def _hide_server(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)
