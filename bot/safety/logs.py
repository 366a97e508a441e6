"""Logs that cannot betray anybody: no tokens, no long numbers, no messages of exceptions, and of the time only the hour."""

import logging
import os
import re
import secrets
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType

_SECRETS = re.compile(r"\d+:[A-Za-z0-9_-]{20,}|\d{7,}|[A-Za-z0-9+/]{40,}={0,2}")
"""A bot's token, a Telegram id or telephone number, a key in base64."""
_LETTERS = "BCDFGHJKMNPQRSTVWXZ"
"""No vowels, so that no word comes of them, and no digits."""
_FIXED_WORDS = re.compile(r"[A-Za-z ]*")


def new_error_reference() -> str:
    """A name for an error, by which the person who met it and the line of the log are found: eight letters, which are
    never struck out as an id would be."""
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


class QuietFormatter(logging.Formatter):
    """Formats a record with secrets and numbers of seven or more digits struck out. Of an exception it shows only the
    kind and the traceback's places: its message may hold a person's words. Of the time it shows the hour, as the database
    does, so that a line does not tell to the second when somebody wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """The text of a record."""
        record.exc_text = None  # another formatter may have cached the exception's message there
        return _SECRETS.sub("…", super().format(record))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        """The hour in UTC."""
        return datetime.fromtimestamp(record.created, UTC).strftime(datefmt or "%Y-%m-%dT%HZ")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The text without its exception. Of asyncio's messages only the fixed words at the beginning: what follows
        shows the arguments of callbacks and the results of tasks."""
        if record.name == "asyncio":
            found = _FIXED_WORDS.match(record.message)
            record.message = found.group().rstrip() if found else ""
        return super().formatMessage(record)

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """The kind of an exception and where it happened, line by line."""
        kind, _, trace = ei
        places = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return "\n".join([kind.__name__ if kind else "no exception", *places])


def _is_not_cancellation(record: logging.LogRecord) -> bool:
    """Whether a record is worth showing. SQLAlchemy's pool logs an error when it gives up a connection whose task was
    cancelled, which happens at every stop."""
    kind = record.exc_info[0] if record.exc_info else None
    # By its name, since this room must not import asyncio.
    stopped = kind is not None and kind.__name__ == "CancelledError"
    return not (stopped and record.name.startswith("sqlalchemy.pool"))


def where(error: BaseException) -> str:
    """The kind of an error and where it happened, never its message, which may hold a person's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"
    return f"{type(error).__name__} in {place}"


def set_up(level: int = logging.INFO) -> None:
    """Log everything to standard error through the quiet formatter. Under systemd's journal, which dates each line by
    itself, lines have no hour of their own."""
    hour = "" if "JOURNAL_STREAM" in os.environ else "%(asctime)s "
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_not_cancellation)
    handler.setFormatter(QuietFormatter(f"{hour}%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("telegram", "aiohttp.access", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def quiet_crashes() -> None:
    """Send uncaught errors to the log: Python itself would print them with their messages."""
    sys.excepthook = _tell_crash
    threading.excepthook = lambda crash: _tell_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
    sys.unraisablehook = lambda crash: _tell_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)


def _tell_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    told = (kind, error if error is not None else kind(), trace)
    logging.getLogger("bot").critical("an error that nothing catches", exc_info=told)
