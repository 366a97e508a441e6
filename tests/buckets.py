"""Buckets of moto's S3 server, on loopback.

Moto is pure Python, widely used, and needs no account. It checks no signatures, so refusals come from
`answering`.
"""

import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from html import unescape
from urllib.request import Request, urlopen
from uuid import uuid4

from aiohttp import web
from pydantic import SecretStr

from bot.settings import Settings
from bot.store.bucket import BucketStore

KEY_ID, SECRET = "AKIA-made-up", "made-up-secret"
_VERSIONS = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


@dataclass
class BucketServer:
    """Moto's server. It keeps its data when stopped and started again."""

    port: int = 0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Serve, on the former port if restarted."""
        from moto.server import ThreadedMotoServer  # noqa: PLC0415 - seconds, for the few tests that need it

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]

    def stop(self) -> None:
        self._server.stop()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stop the server inside the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()


@dataclass
class Bucket:
    """An empty bucket that lives as long as its server."""

    server: BucketServer
    name: str = field(default_factory=lambda: f"b{uuid4().hex}")

    def __post_init__(self) -> None:
        self.ask("PUT")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def settings(self) -> dict[str, str]:
        """Settings of a bot that stores its files here."""
        key = {"files_key_id": KEY_ID, "files_secret": SECRET}
        return {"files_url": f"s3://{self.name}/kuager", "files_endpoint": self.endpoint, **key}

    def store(self) -> BucketStore:
        """The file store of such a bot."""
        return BucketStore(store_settings(self.endpoint, self.name))

    def ask(self, method: str, path: str = "", body: bytes | None = None) -> str:
        """The server's answer to a request about the bucket or an object."""
        address = f"{self.endpoint}/{self.name}{path}"
        sort = {"Content-Type": "application/xml"}  # otherwise it is read as a form
        asked = Request(address, method=method, data=body, headers=sort)  # noqa: S310 - of our own
        with urlopen(asked, timeout=30) as answer:  # noqa: S310 - of our own
            return bytes(answer.read()).decode(errors="replace")

    def listed(self, what: str) -> list[str]:
        """A field of all objects, such as Key or ETag."""
        found = re.findall(f"<{what}>([^<]*)</{what}>", self.ask("GET", "?list-type=2"))
        return [unescape(value) for value in found]

    def keep_versions(self) -> None:
        """Keep older versions of objects from now on."""
        self.ask("PUT", "?versioning", _VERSIONS)


def store_settings(endpoint: str, bucket: str) -> Settings:
    """Settings of a test's bucket, without those of a bot."""
    return Settings.model_construct(
        files_url=f"s3://{bucket}/kuager",
        files_endpoint=endpoint,
        files_key_id=SecretStr(KEY_ID),
        files_secret=SecretStr(SECRET),
    )


@asynccontextmanager
async def answering(status: int, body: bytes, length: int | None = None) -> AsyncIterator[str]:
    """Address of a service that gives this answer to every request. With `length`, it promises that many
    bytes."""

    async def answer(request: web.Request) -> web.StreamResponse:
        given = web.StreamResponse(status=status, headers={"Last-Modified": "Thu, 26 Nov 2026 10:00:00 GMT"})
        given.content_length = len(body) if length is None else length
        await given.prepare(request)
        await given.write(body)
        if length is not None and request.transport is not None:
            request.transport.close()
        return given

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined] # asyncio's server has them
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()
