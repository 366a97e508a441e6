"""Cleaning for the bot, with one process for each file. Its answer is not trusted.

Content passes through pipes, so no plain file is on a disk, apart from swapped memory. Types of files are told by their
first bytes alone, not by the name or description that the sender gives. Only listed types are ever opened. A file of
two types is cleaned as that of its first bytes, and only that survives.
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


@dataclass(frozen=True, slots=True)
class FileType:
    """Cleanable type. `room`: cleaning module. `container`: name in Pillow or FFmpeg. `becomes`: the copy's other type."""

    name: str
    mime: str
    suffix: str
    room: str
    container: str
    becomes: str = ""


IMAGES, RECORDINGS, DOCUMENTS = "images", "recordings", "documents"
_TYPES = (
    FileType("JPEG", "image/jpeg", "jpg", IMAGES, "JPEG"),
    FileType("PNG", "image/png", "png", IMAGES, "PNG"),
    FileType("WebP", "image/webp", "webp", IMAGES, "WEBP"),
    FileType("GIF", "image/gif", "gif", IMAGES, "GIF"),
    FileType("HEIC", "image/heic", "heic", IMAGES, "HEIF", becomes="JPEG"),
    FileType("MP4", "video/mp4", "mp4", RECORDINGS, "mp4"),
    FileType("MOV", "video/quicktime", "mov", RECORDINGS, "mov"),
    FileType("3GP", "video/3gpp", "3gp", RECORDINGS, "3gp"),
    FileType("M4A", "audio/mp4", "m4a", RECORDINGS, "ipod"),
    FileType("WebM", "video/webm", "webm", RECORDINGS, "webm"),
    FileType("Matroska", "video/x-matroska", "mkv", RECORDINGS, "matroska"),
    FileType("Ogg", "audio/ogg", "ogg", RECORDINGS, "ogg"),
    FileType("MP3", "audio/mpeg", "mp3", RECORDINGS, "mp3"),
    FileType("AAC", "audio/aac", "aac", RECORDINGS, "adts"),
    FileType("AMR", "audio/amr", "amr", RECORDINGS, "amr"),
    FileType("FLAC", "audio/flac", "flac", RECORDINGS, "flac"),
    FileType("WAV", "audio/wav", "wav", RECORDINGS, "wav"),
    FileType("PDF", "application/pdf", "pdf", DOCUMENTS, "PDF"),
)
TYPES = {one.name: one for one in _TYPES}

_BRANDS = {
    "HEIC": (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), "MOV": (b"qt  ",), "M4A": (b"M4A ", b"M4B "),
    "3GP": (b"3gp", b"3g2"),
    "MP4": (b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"avc1", b"mp41", b"mp42",
            b"mp71", b"dash", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"XAVC"),
}  # fmt: skip
"""Beginnings of the major brand (ISO/IEC 14496-12, 4.3)."""
_OLD_MOV_BOXES = {b"moov", b"mdat", b"wide"}


def type_of(content: bytes) -> FileType | None:
    name = _name_of(content[:64])
    return TYPES[name] if name else None


def _name_of(head: bytes) -> str | None:
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF":
        return {b"WEBP": "WebP", b"WAVE": "WAV"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return next((name for name, brands in _BRANDS.items() if head[8:12].startswith(brands)), None)
    if head[4:8] in _OLD_MOV_BOXES:
        return "MOV"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "WebM" if b"webm" in head else "Matroska" if b"matroska" in head else None
    return _by_frame(head)


_STARTS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"%PDF-", "PDF"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"ID3", "MP3"),
    (b"#!AMR", "AMR"),
)


def _by_frame(head: bytes) -> str | None:
    """Type of audio that begins with its first frame: eleven or twelve one bits, then the layer, 0 for ADTS."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "AAC"
    layer_3, known_rate = head[1] & 0x06 == 0x02, head[2] & 0xF0 not in {0x00, 0xF0}
    return "MP3" if layer_3 and known_rate else None


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
_WORKER = "bot.safety.cleaning.confinement"
_RUN = "import sys, importlib; sys.path.insert(0, sys.argv[1]); importlib.import_module(sys.argv[2]).main(*sys.argv[3:])"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Clean copy, its maker, what it lacks of the original, and a picture's hash (`images.picture_hash`), else ""."""

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
    """Run `main` of a module in a process of its own, which confines itself before it reads `content` from standard
    input. Returns what it answers (`confinement.answer`), untrusted."""
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
