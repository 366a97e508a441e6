"""A file that a command writes: tried before anything is read, whole before it has its name, closed to others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.errors import ArgumentError


@contextmanager
def whole(to: Path) -> Iterator[BinaryIO]:
    """A file to write to, which gets its name once the block has ended well; else nothing of it stays."""
    part = part_of(to)
    try:
        with os.fdopen(_open(part), "wb") as file:
            yield file
        part.replace(to)
    except OSError as error:
        raise wrong_place(error.strerror or str(error)) from None
    finally:
        part.unlink(missing_ok=True)


def part_of(to: Path) -> Path:
    """The name of a file that is not whole yet."""
    return to.with_name(f"{to.name}.part")


def require_place(to: Path) -> None:
    """Try the place before anything is read, and before the audit log says that it was."""
    if to.is_dir():
        raise wrong_place("it is a folder")
    part = part_of(to)
    try:
        os.close(_open(part))
        part.unlink()
    except OSError as error:
        raise wrong_place(error.strerror or type(error).__name__) from None


def _open(part: Path) -> int:
    return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def wrong_place(why: str) -> ArgumentError:
    """What is said where the file cannot be written."""
    return ArgumentError(f"--out is wrong: the file cannot be written: {why}. Example: --out export.csv")
