"""HTTP server that slow or unfinished requests of strangers cannot block."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.errors import SettingsError

HEAD_SECONDS = 10.0
"""Seconds to complete a request's head. aiohttp has no such time-out, but its time-out for idle connections
also ends incomplete heads."""
MOST_CONNECTIONS = 200
"""Twice as many as Telegram makes, and few enough for a limit of 256 open files."""


@asynccontextmanager
async def listening(
    app: web.Application, address: tuple[str, int], example: str, tls: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """Serve at a host and a port inside the block. Raises SettingsError with the `example` setting if the
    port is taken."""
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
