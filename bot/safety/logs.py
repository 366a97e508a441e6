"""Logs without personal data: no tokens, long numbers or exception messages, and times only to the hour."""

import contextlib
import ctypes
import json
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
"""Bot token, Telegram id or phone number, base64 key."""
_LETTERS = "BCDFGHJKMNPQRSTVWXZ"
_FIXED_WORDS = re.compile(r"[A-Za-z ]*")


def new_error_reference() -> str:
    """Reference to find an error in the log: eight letters, which the formatter never removes."""
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


class QuietFormatter(logging.Formatter):
    """Formatter that removes secrets and numbers of seven or more digits. Exceptions show only their type and places,
    since a message may hold a person's words. Times show only the hour, so that a line does not reveal when a
    person wrote."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another formatter may have cached the message there
        return _SECRETS.sub("…", super().format(record))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        return datetime.fromtimestamp(record.created, UTC).strftime(datefmt or "%Y-%m-%dT%HZ")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Text without its exception. Of messages of asyncio only the first fixed words stay."""
        if record.name == "asyncio":
            found = _FIXED_WORDS.match(record.message)
            record.message = found.group().rstrip() if found else ""
        return super().formatMessage(record)

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, _, trace = ei
        places = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return "\n".join([kind.__name__ if kind else "no exception", *places])


class JsonFormatter(QuietFormatter):
    """Formatter of one JSON object a line, with the same text and hour, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        told = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": text,
        }
        return _SECRETS.sub("…", json.dumps(told, ensure_ascii=False))


def _is_not_cancellation(record: logging.LogRecord) -> bool:
    """Whether to show a record. SQLAlchemy's pool logs an error for each cancelled task."""
    kind = record.exc_info[0] if record.exc_info else None
    # By name, since this package must not import asyncio.
    stopped = kind is not None and kind.__name__ == "CancelledError"
    return not (stopped and record.name.startswith("sqlalchemy.pool"))


def where(error: BaseException) -> str:
    """Type and place of an error, without its message, which may hold a person's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"
    return f"{type(error).__name__} in {place}"


def set_up(level: int = logging.INFO, *, as_json: bool = False) -> None:
    """Log to standard error through QuietFormatter. The journal of systemd dates lines itself."""
    hour = "" if "JOURNAL_STREAM" in os.environ else "%(asctime)s "
    line = QuietFormatter(f"{hour}%(levelname)s %(name)s %(message)s")
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_not_cancellation)
    handler.setFormatter(JsonFormatter("%(message)s") if as_json else line)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("telegram", "aiohttp.access", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def quiet_crashes() -> None:
    """Send uncaught errors to the log, since Python would print them with their messages."""
    sys.excepthook = _tell_crash
    threading.excepthook = lambda crash: _tell_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
    sys.unraisablehook = lambda crash: _tell_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)


def _tell_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    told = (kind, error if error is not None else kind(), trace)
    logging.getLogger("bot").critical("an error that nothing catches", exc_info=told)


_PR_SET_DUMPABLE = 4


def forbid() -> None:
    """Exclude this process from core dumps, on Linux also from debuggers (prctl(2)), as far as supported."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # the limit does not apply to dumps piped to a program
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
