"""Output files of commands, closed to others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.errors import ArgumentError

_EXAMPLES = {"--out": "2026-03.csv", "--manifest": "2026-03.csv.manifest.json"}


@contextmanager
def whole(to: Path) -> Iterator[BinaryIO]:
    """File that gets its name when the block ends well."""
    part = part_of(to)
    try:
        with open_part(to) as file:
            yield file
        part.replace(to)
    except OSError as error:
        raise wrong_place(error.strerror or str(error)) from None
    finally:
        part.unlink(missing_ok=True)


def part_of(to: Path) -> Path:
    return to.with_name(f"{to.name}.part")


def require_place(to: Path, option: str = "--out") -> None:
    """Raise an error unless the file can be written. To be called before the audit log tells of it."""
    if to.is_dir():
        raise wrong_place("it is a folder", option)
    try:
        open_part(to).close()
        part_of(to).unlink()
    except OSError as error:
        raise wrong_place(error.strerror or type(error).__name__, option) from None


def open_part(to: Path) -> BinaryIO:
    """Open the temporary file. Raises OSError, also for a link placed there, whose target must not be
    overwritten."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)  # Windows has no such flag
    return os.fdopen(os.open(part_of(to), flags, 0o600), "wb")


def wrong_place(why: str, option: str = "--out") -> ArgumentError:
    return ArgumentError(
        f"{option} is wrong: the file cannot be written: {why}. Example: {option} {_EXAMPLES[option]}"
    )
