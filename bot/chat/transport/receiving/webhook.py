"""A webhook: Telegram sends each update by a request of its own, and forgets it once it is answered with 2xx (Bot API,
setWebhook).

A request is answered after its update is durable: what came while the last batch was committed is the next batch. Whatever
failed, or was not taken when the bot stops, is answered with 503, so that Telegram sends it again; so it does where the
connection breaks or the process is killed. What comes twice is recognised by its id, as with polling.

Telegram sends the next message of a chat after the one before was answered, and so for the taps of a person; but a message and a
tap come side by side. Within a batch they are put in order by their ids. Where they come in two batches, a tap may overtake the
message before it: then it meets a screen that is no longer there, and is told so.

Only whoever has the secret is listened to; for all others there is nothing here.
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

from bot.chat.transport.api import Api
from bot.chat.transport.copies import ALONE, Copies
from bot.chat.transport.json_text import readable
from bot.chat.transport.meter import Meter
from bot.chat.transport.receiving.certificate import Certificate
from bot.chat.transport.receiving.registration import Registration, Wanted
from bot.chat.transport.receiving.source import MOST_AT_A_TIME
from bot.chat.transport.receiving.updates import RawUpdate, date_of, id_of
from bot.errors import SettingsError
from bot.listening import listening
from bot.safety.logs import where

log = logging.getLogger(__name__)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
LARGEST = 1024 * 1024
"""Bytes of a request. An update with the longest text, each letter escaped, in answer to another, has under 100,000."""
BODY_SECONDS = 10.0
MOST_WAITING = 1000
"""Requests that wait for their answer; Telegram makes a hundred at most."""
RETRY_SECONDS = 1
"""After which Telegram sends an update again that was refused; by itself it would wait longer each time, up to minutes."""
CERTIFICATE_SECONDS = 60.0
GATHER_SECONDS = 0.1
"""How soon a batch follows another at most while other copies of the bot take a part of what comes: a batch costs about as much as ten
of its updates, so that many small ones would cost much more than the large ones of one bot."""
ENOUGH = 25
"""So many updates are not kept waiting for more."""


@dataclass(frozen=True, slots=True)
class Posted:
    """An update and the requests that brought it, to be told whether it is durable."""

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
        """What Telegram says against it."""
        return self.registration.fault

    @property
    def waiting(self) -> int:
        """How many requests wait for their answer."""
        return sum(len(one.requests) for known in (self._fresh, self._given) for one in known.values())

    @property
    def pending(self) -> int:
        """As Telegram said when it was last asked, within a minute."""
        return self.registration.pending

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen, and let Telegram know. The webhook stays set after it, so that nothing is lost over a restart."""
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
        """A job that fails of a bug ends the loop with its error: without it updates could stay away, and nobody would know."""
        if not job.cancelled():
            self._broken = job.exception()
            self._news.set()

    async def _renew(self, certificate: Certificate, context: ssl.SSLContext | None) -> None:
        """Use a certificate that was renewed. While its files do not fit each other, or Telegram was not shown it, the old one
        stays, and it is tried again."""
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
        """What was posted and not given yet, the oldest first."""
        if wait and not self._fresh:
            await self._until(1)
        if self._copies.number_there > 1 and (left := self._last_at + GATHER_SECONDS - _now()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):  # no wait_for: see `bot.waiting`
                    await self._until(ENOUGH)
        if self._broken is not None:
            raise self._broken
        came = []
        for key in sorted(self._fresh)[:MOST_AT_A_TIME]:
            self._given[key] = self._fresh.pop(key)
            came.append(self._given[key].raw)
        self._api.note_messages(sent for raw in came if (sent := date_of(raw)) is not None)
        return came

    async def _until(self, wanted: int) -> None:
        """Wait until so many were posted and not given yet, or it is broken."""
        self._wanted = wanted
        while len(self._fresh) < wanted and self._broken is None:
            self._news.clear()
            await self._news.wait()

    def done(self, raws: Sequence[RawUpdate]) -> None:
        """Answer their requests."""
        if raws:
            self._last_at = _now()
        self._tell([self._given.pop(key) for raw in raws if (key := _key(raw)) in self._given], durable=True)

    def failed(self) -> None:
        """Refuse all requests whose updates were given: Telegram sends them again."""
        given, self._given = self._given, {}
        self._tell(given.values(), durable=False)

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
        # Before a byte of the body is read. As the answer to any other request: a stranger learns nothing.
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
        durable = await self._posted(_read(body))
        return web.Response() if durable else _again()

    def _posted(self, raw: RawUpdate) -> Future[bool]:
        """Told whether the update is durable. One that came before and is not answered yet is given once."""
        request = asyncio.get_running_loop().create_future()
        known = self._given if (key := _key(raw)) in self._given else self._fresh
        known.setdefault(key, Posted(raw)).requests.append(request)
        if len(self._fresh) >= self._wanted:
            self._news.set()
        return request


def _now() -> float:
    return asyncio.get_running_loop().time()


def _key(raw: RawUpdate) -> int:
    """Its id; a negative number that no other update has meanwhile, if it has none."""
    update_id = id_of(raw)
    return -id(raw) if update_id is None else update_id


def _read(body: bytes) -> RawUpdate:
    """The update of a body. What is none becomes one without anything in it, which is set aside: refused, it would come again for
    a day, and keep back what its chat says."""
    found = readable(body.decode("utf-8", "replace"))
    return found if isinstance(found, dict) else {}


def _again() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": str(RETRY_SECONDS)})


async def _hide_server(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)
