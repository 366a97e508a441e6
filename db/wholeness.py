"""Integrity check of a SQLite file."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import TIMEOUT_MAX, Timer

from sqlalchemy import make_url


def faults(url: str, seconds: float = TIMEOUT_MAX) -> Sequence[str]:
    """First faults that SQLite finds within `seconds`
    (https://www.sqlite.org/pragma.html#pragma_quick_check). None on PostgreSQL.

    Raises sqlite3.OperationalError for a file that cannot be opened.
    """
    if not url.startswith("sqlite"):
        return []
    path = Path(make_url(url).database or "").resolve()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as opened:
        timer = Timer(seconds, opened.interrupt)
        timer.start()
        try:
            told = [line for row in opened.execute("PRAGMA quick_check(3)") for line in row[0].splitlines()]
            return [line for line in told if line != "ok" and not line.startswith("***")][:3]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return []
        except sqlite3.DatabaseError as error:
            return [str(error)]
        finally:
            timer.cancel()
            timer.join()  # must not interrupt a closed connection
