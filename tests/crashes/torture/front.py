"""What stands before the copies of a bot that a webhook leads to: a proxy that spreads, delays, doubles and forgets deliveries."""

import asyncio
import random
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress

import aiohttp
from aiohttp import web

_HEADERS = ("X-Telegram-Bot-Api-Secret-Token", "Content-Type")
_PORTS = 10_000, 32_000
"""Below those that Linux gives to connections (ip_local_port_range)."""
_REQUEST = aiohttp.ClientTimeout(total=60)
DOUBLED, FORGOTTEN, LATE, DELAYED = 0.12, 0.05, 0.08, 0.2
"""Shares of the deliveries that come to two copies at once, whose answer is lost, that come once more later, and that wait for a
moment, so that others overtake them."""


class Front:
    """Listens at `url`; the copies listen at `ports`. `quiet`: it only spreads. Times are in seconds of the machine."""

    def __init__(self, copies: int, chance: random.Random, slow: float) -> None:
        self.ports = [lasting_port(chance) for _ in range(copies)]
        self._chance, self._slow = chance, slow
        self._port = lasting_port(chance)
        self.quiet = True
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._later: set[asyncio.Task[object]] = set()

    @property
    def url(self) -> str:
        """The address of the webhook."""
        return f"http://127.0.0.1:{self._port}/"

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_post("/", self._post)
        self._session = aiohttp.ClientSession(timeout=_REQUEST)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        """Listen no longer."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name: request.headers[name] for name in _HEADERS if name in request.headers}
        order = self._chance.sample(self.ports, len(self.ports))
        drawn = {name: self._chance.random() < share for name, share in _SHARES.items() if not self.quiet}
        if drawn.get("delayed"):
            await asyncio.sleep(self._chance.uniform(0, self._slow))
        if drawn.get("doubled"):
            self._do_later(0.0, order[::-1], headers, body)
        if drawn.get("late"):
            self._do_later(self._chance.uniform(0, 20 * self._slow), order, headers, body)
        answer = await self._forward(order, headers, body)
        if drawn.get("forgotten"):
            return _again(504)
        return answer

    def _do_later(self, pause: float, order: Sequence[int], headers: Mapping[str, str], body: bytes) -> None:
        async def forward() -> object:
            await asyncio.sleep(pause)
            return await self._forward(order, headers, body)

        task = asyncio.create_task(forward())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _forward(self, order: Sequence[int], headers: Mapping[str, str], body: bytes) -> web.Response:
        """To the first copy that takes the connection, as proxies do; its answer."""
        assert self._session is not None
        for port in order:
            try:
                async with self._session.post(
                    f"http://127.0.0.1:{port}/", data=body, headers=headers
                ) as answer:
                    again = answer.headers.get("Retry-After")
                    return web.Response(
                        status=answer.status, headers={"Retry-After": again} if again else None
                    )
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError):
                break
        return _again(502)


def lasting_port(chance: random.Random) -> int:
    """A port at which nobody listens, and which the system gives to no connection while the copy that listens there is dead: a
    connection to such a port could even be one to itself."""
    while True:
        port = chance.randrange(*_PORTS)
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port


def _again(status: int) -> web.Response:
    """As docs/webhook.md has proxies answer in the place of a bot that is not there: else Telegram would wait longer each time."""
    return web.Response(status=status, headers={"Retry-After": "1"})


_SHARES = {"doubled": DOUBLED, "forgotten": FORGOTTEN, "late": LATE, "delayed": DELAYED}
