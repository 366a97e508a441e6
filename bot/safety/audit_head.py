"""The head of the audit log outside the database: number and MAC of its last entry, in a small file for the bot alone.

Whoever cuts the newest entries, or all, leaves a chain that is whole; the head tells that it was longer.
"""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

_WRITTEN = re.compile(r"(\d{1,18}):([0-9a-f]{16,64})")
_SHOWN_DIGITS = 16


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The number of the last entry, 0 for none, and the hexadecimal digits of its MAC, all 64 or the first 16."""

    number: int
    mac: str

    def __str__(self) -> str:
        return f"{self.number}:{self.mac}"

    def short(self) -> str:
        """As people are told it: 64 bits of the MAC."""
        return f"{self.number}:{self.mac[:_SHOWN_DIGITS]}"

    def is_of(self, number: int, mac: bytes) -> bool:
        """Whether this is the head of a log whose last entry has this number and MAC."""
        return number == self.number and mac.hex().startswith(self.mac)


def read_head(text: str) -> AuditHead:
    """The head that `str` or `short` wrote; raises ValueError."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError("must be a number, a colon and 16 to 64 hexadecimal digits")
    return AuditHead(int(found[1]), found[2])


def load_head(path: Path) -> AuditHead | None:
    """The head in a file; None when there is no file. Raises ValueError for a file that holds something else, and
    OSError."""
    try:
        return read_head(path.read_text("ascii"))
    except (FileNotFoundError, NotADirectoryError):
        return None


def keep_head(path: Path, head: AuditHead) -> None:
    """Put the head into a file, for its owner alone, whole or not at all; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A name of its own: the bot and the command line may both be at it.
    opened, part = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(f"{head}\n")
            file.flush()
            # The file's times would tell more than the hour that entries have.
            os.utime(file.fileno(), (0, 0))
            os.fsync(file.fileno())
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)


def retire_head(path: Path, head: AuditHead) -> Path:
    """Move a head out of its file to the end of another one beside it, which keeps all that were retired, one a line, and is
    returned; raises OSError. Killed in between, it stands in both."""
    retired = path.with_name(f"{path.name}.retired")
    with os.fdopen(
        os.open(retired, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(f"{head}\n")
        file.flush()
        os.utime(file.fileno(), (0, 0))
        os.fsync(file.fileno())
    path.unlink()
    return retired
