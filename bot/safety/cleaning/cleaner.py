"""Cleaning as the bot asks for it: the type by content, then one process for one file, whose answer is not trusted.

The content goes by pipes, so no plain file is on any disk; memory that the system swaps out is the one exception.
"""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from bot.safety.cleaning.types import TYPES, FileType, type_of


class Reason(StrEnum):
    """Why there is no clean copy."""

    TYPE = "type"
    """Its content is of no type that can be cleaned."""
    BROKEN = "broken"
    """It does not open: truncated, malformed, or not what it begins as."""
    LARGE = "large"
    """It, or its clean copy, would be too large: pixels, frames, bytes or memory."""
    SLOW = "slow"
    """It took too long."""
    LOCKED = "locked"
    """It wants a password."""
    KIND = "kind"
    """It holds a kind of picture or sound that is not known to be free of other data."""


class Loss(StrEnum):
    """Parts of the original that can be seen or heard and that the clean copy lacks."""

    CUT = "cut"
    """Up to two seconds beside a cut: to the next frame that can be shown without the frames that were cut off."""
    TEXT = "text"
    """The text of a document as text; its pages are pictures."""


class NotCleanError(Exception):
    """A file cannot be cleaned."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


MOST_BYTES: Final = 48 * 1024 * 1024
"""Bytes of a clean copy: a bot may send 50 MB (Bot API, sendDocument)."""
MOST_SECONDS: Final = 45.0
"""Seconds that one file may take in all."""
_MOST_HEAD: Final = 1024
_ROOT = Path(__file__).resolve().parents[3]
_RUN = "import sys; sys.path.insert(0, sys.argv[1]); from bot.safety.cleaning import worker; worker.main(sys.argv[2], probe=len(sys.argv) > 3)"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean copy and its hash, the program that made it, and what the original shows beyond it."""

    content: bytes
    type: FileType
    sha256: str
    tool: str
    loss: Loss | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """There is no clean copy. `type` is what the file begins as, None for what is on no list."""

    reason: Reason
    type: FileType | None = None


def clean(content: bytes, seconds: float = MOST_SECONDS) -> Cleaned | Refused:
    """The clean copy of a file, or why there is none. It takes up to `seconds`: run it in a thread. Raises OSError when no process
    can be begun, which says nothing of the file."""
    kind = type_of(content)
    if kind is None:
        return Refused(Reason.TYPE)
    answer = _run(kind, content, seconds)
    if isinstance(answer, Reason):
        return Refused(answer, kind)
    said, copy = answer
    if not said.get("clean"):
        return Refused(_reason(said.get("reason")), kind)
    becomes = TYPES[kind.becomes] if kind.becomes else kind
    # The process may have been taken over by the file: what it says is clean must at least be what was asked for.
    found = type_of(copy)
    if found is None or found.room != becomes.room or len(copy) > MOST_BYTES:
        return Refused(Reason.BROKEN, kind)
    loss = next((one for one in Loss if one.value == said.get("loss")), None)
    return Cleaned(copy, becomes, hashlib.sha256(copy).hexdigest(), str(said.get("tool", ""))[:120], loss)


def holds() -> bool:
    """Whether this machine can shut a cleaning process in (`confinement.shut_in`); raises OSError as `clean` does."""
    answer = _run(TYPES["JPEG"], b"", MOST_SECONDS, "probe")
    return not isinstance(answer, Reason) and answer[0].get("shut_in") is True


def _reason(word: object) -> Reason:
    return next((one for one in Reason if one.value == word), Reason.BROKEN)


def _run(
    kind: FileType, content: bytes, seconds: float, *words: str
) -> tuple[dict[str, object], bytes] | Reason:
    """What the process answers: its line and the copy."""
    process = subprocess.Popen(  # noqa: S603 - our own program; the file goes by a pipe
        [sys.executable, "-I", "-c", _RUN, str(_ROOT), kind.name, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a library's words may hold some of the file
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
        cwd="/",
        close_fds=True,
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - they are pipes
    late = threading.Event()
    timer = threading.Timer(seconds, _stop, args=(process, late))
    feeder = threading.Thread(target=_feed, args=(process, content))
    timer.start()
    feeder.start()
    try:
        answer = process.stdout.read(_MOST_HEAD + MOST_BYTES + 1)
    finally:
        _kill(process)
        timer.cancel()
        timer.join()  # it must not end another process that has got the number of this one
        feeder.join()
        process.stdout.close()
        process.wait()
    if late.is_set() or process.returncode == -signal.SIGXCPU:
        return Reason.SLOW
    return _read(answer)


def _feed(process: "subprocess.Popen[bytes]", content: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with contextlib.suppress(OSError):  # it may have ended
        process.stdin.write(content)
    with contextlib.suppress(OSError):
        process.stdin.close()


def _stop(process: "subprocess.Popen[bytes]", late: threading.Event) -> None:
    late.set()
    _kill(process)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the process and whatever it began."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _read(answer: bytes) -> tuple[dict[str, object], bytes] | Reason:
    if not answer:
        return Reason.BROKEN  # a library brought it down
    head, newline, copy = answer.partition(b"\n")
    try:
        said = json.loads(head[:_MOST_HEAD])
    except ValueError:
        return Reason.BROKEN
    if not newline or not isinstance(said, dict):
        return Reason.BROKEN
    return Reason.LARGE if len(copy) > MOST_BYTES else (said, copy)
