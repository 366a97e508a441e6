"""One bot on one SQLite file: a second one is told so."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import make_url


class NotAloneError(Exception):
    """Another process holds the database's place."""


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Hold the place of the one bot of a SQLite database inside the block; nothing on PostgreSQL. Raises NotAloneError while
    another process does. It is a lock of SQLite's on a file of its own, which ends with its process, even a killed one."""
    name = make_url(url).database
    if not url.startswith("sqlite") or not name or name == ":memory:":
        yield
        return
    path = f"{name}.lock"
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise NotAloneError from None
        yield
