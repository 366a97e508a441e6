"""Head of the audit log: number and MAC of its last entry, in a file outside the database. Without its
newest entries the log is still a valid chain, but the head shows that it was longer."""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

_WRITTEN = re.compile(r"(\d{1,18}):([0-9a-f]{16,64})")
_SHOWN_DIGITS = 16


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Number of the last entry, 0 for none, and its MAC in hexadecimal: all 64 digits or the first 16."""

    number: int
    mac: str

    def __str__(self) -> str:
        return f"{self.number}:{self.mac}"

    def short(self) -> str:
        return f"{self.number}:{self.mac[:_SHOWN_DIGITS]}"

    def is_of(self, number: int, mac: bytes) -> bool:
        return number == self.number and mac.hex().startswith(self.mac)


def read_head(text: str) -> AuditHead:
    """Parse the output of `str` or `short`. Raises ValueError."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError("must be a number, a colon and 16 to 64 hexadecimal digits")
    return AuditHead(int(found[1]), found[2])


def load_head(path: Path) -> AuditHead | None:
    """Read a head, None without a file. Raises ValueError for other content, and OSError."""
    try:
        return read_head(path.read_text("ascii"))
    except (FileNotFoundError, NotADirectoryError):
        return None


def keep_head(path: Path, head: AuditHead) -> None:
    """Write the head atomically, readable by the owner only. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A unique name, since the bot and the command line may write at once.
    opened, part = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(f"{head}\n")
            file.flush()
            # The file's times would be finer than the hour of entries.
            os.utime(file.fileno(), (0, 0))
            os.fsync(file.fileno())
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)


def retire_head(path: Path, head: AuditHead) -> Path:
    """Move a head to the file of retired heads, whose path is returned. After a crash it may stand in both.
    Raises OSError."""
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
