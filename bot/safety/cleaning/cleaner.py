"""Cleaning for the bot, with one process for each file. Its answer is not trusted.

Content passes through pipes, so no plain file is on a disk, apart from swapped memory.
"""

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from bot.safety.cleaning.types import TYPES, FileType, type_of


class NoCopyReason(StrEnum):
    """Reason for the lack of a clean copy."""

    TYPE = "type"
    BROKEN = "broken"
    """Truncated, malformed, or not of the type that it begins as."""
    LARGE = "large"
    """Too large, or its clean copy is: pixels, frames, bytes or memory."""
    SLOW = "slow"
    LOCKED = "locked"
    KIND = "kind"
    """Holds a codec that is not known to be free of other data."""


class Loss(StrEnum):
    """Visible or audible part of the original that the clean copy lacks."""

    CUT = "cut"
    """Up to two seconds at a cut, until a frame that does not need those cut off."""
    TEXT = "text"
    """Text of a document, whose pages become pictures."""


class NotCleanError(Exception):
    def __init__(self, reason: NoCopyReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


MOST_BYTES: Final = 48 * 1024 * 1024
"""Limit of a clean copy, below the Bot API's 50 MB."""
MOST_SECONDS: Final = 45.0
_MOST_HEAD: Final = 65_536
_HASH: Final = re.compile(r"[0-9a-f]{16}")
_ROOT = Path(__file__).resolve().parents[3]
_WORKER = "bot.safety.cleaning.worker"
_RUN = "import sys, importlib; sys.path.insert(0, sys.argv[1]); importlib.import_module(sys.argv[2]).main(*sys.argv[3:])"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Clean copy, with the program that made it, the part of the original that it lacks, and the difference
    hash of a picture (`images.picture_hash`), else ""."""

    content: bytes
    type: FileType
    sha256: str
    tool: str
    loss: Loss | None = None
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Refusal of a file, whose `type` is None if unlisted."""

    reason: NoCopyReason
    type: FileType | None = None


def clean(content: bytes, seconds: float = MOST_SECONDS) -> Cleaned | Refused:
    """Clean a file. Takes up to `seconds`, so run it in a thread. Raises OSError when no process can start."""
    kind = type_of(content)
    if kind is None:
        return Refused(NoCopyReason.TYPE)
    answer = run(_WORKER, [kind.name], content, seconds)
    if isinstance(answer, NoCopyReason):
        return Refused(answer, kind)
    said, copy = answer
    if not said.get("clean"):
        reasons = (one for one in NoCopyReason if one.value == said.get("reason"))
        return Refused(next(reasons, NoCopyReason.BROKEN), kind)
    becomes = TYPES[kind.becomes] if kind.becomes else kind
    # A file may have taken over the process, so its answer must at least be of the expected type.
    found = type_of(copy)
    if found is None or found.room != becomes.room or len(copy) > MOST_BYTES:
        return Refused(NoCopyReason.BROKEN, kind)
    loss = next((one for one in Loss if one.value == said.get("loss")), None)
    digest, tool, picture = hashlib.sha256(copy).hexdigest(), str(said.get("tool", "")), str(said.get("hash"))
    return Cleaned(copy, becomes, digest, tool[:120], loss, picture if _HASH.fullmatch(picture) else "")


def holds() -> bool:
    """Whether this machine can confine a cleaning process (`confinement.shut_in`). Raises OSError."""
    answer = run(_WORKER, ["JPEG", "probe"], b"", MOST_SECONDS)
    return not isinstance(answer, NoCopyReason) and answer[0].get("shut_in") is True


def run(
    module: str, words: Sequence[str], content: bytes, seconds: float
) -> tuple[dict[str, object], bytes] | NoCopyReason:
    """Run `main` of a module in a process of its own, which confines itself before it reads `content` from standard input.

    Returns what it answers (`confinement.answer`), untrusted.
    """
    process = subprocess.Popen(  # noqa: S603 - our own program, fed by a pipe
        [sys.executable, "-I", "-c", _RUN, str(_ROOT), module, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # messages of libraries may quote the file
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
        cwd="/",
        close_fds=True,
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
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
        timer.join()  # or it could kill a process that got this pid later
        feeder.join()
        process.stdout.close()
        process.wait()
    if late.is_set() or process.returncode == -signal.SIGXCPU:
        return NoCopyReason.SLOW
    return _read(answer)


def _feed(process: "subprocess.Popen[bytes]", content: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with contextlib.suppress(OSError):  # the process may have ended
        process.stdin.write(content)
    with contextlib.suppress(OSError):
        process.stdin.close()


def _stop(process: "subprocess.Popen[bytes]", late: threading.Event) -> None:
    late.set()
    _kill(process)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _read(answer: bytes) -> tuple[dict[str, object], bytes] | NoCopyReason:
    if not answer:
        return NoCopyReason.BROKEN  # a library crashed it
    head, newline, copy = answer.partition(b"\n")
    try:
        said = json.loads(head[:_MOST_HEAD])
    except ValueError:
        return NoCopyReason.BROKEN
    if not newline or not isinstance(said, dict):
        return NoCopyReason.BROKEN
    return NoCopyReason.LARGE if len(copy) > MOST_BYTES else (said, copy)
