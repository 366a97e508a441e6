"""Output of an export: a file or standard output, with a manifest."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import BinaryIO

from rich.console import Console

from bot.cli.exporting.outfile import open_part, part_of, require_place, wrong_place
from bot.errors import ArgumentError
from bot.safety import offline, passphrases
from bot.services.export import encryption, manifest
from bot.services.export.encryption import Seal

STANDARD_OUTPUT = "-"


class Place:
    """Paths of an export and its manifest, which goes beside the file by default. `-` is standard output."""

    def __init__(self, to: str, beside: Path | None = None) -> None:
        self._file = None if to == STANDARD_OUTPUT else Path(to)
        self._manifest = beside
        if self._file is not None and beside is None:
            self._manifest = self._file.with_name(manifest.file_name(self._file.name))

    def require_writable(self) -> None:
        """Raise ArgumentError unless the files can be written. To be called before the audit log tells of
        the export."""
        if self._file is not None and self._manifest == self._file:
            raise wrong_place("it is the file of the export", "--manifest")
        for option, path in (("--out", self._file), ("--manifest", self._manifest)):
            if path is not None:
                require_place(path, option)

    def name(self, otherwise: str) -> str:
        return otherwise if self._file is None else self._file.name

    def __str__(self) -> str:
        return STANDARD_OUTPUT if self._file is None else str(self._file)

    @property
    def is_stdout(self) -> bool:
        """Whether the export goes to standard output, where nothing else may be printed."""
        return self._file is None

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open the output, under a temporary name until `settle`."""
        if self._file is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        with open_part(self._file) as file:
            yield file

    def settle(self, described: bytes) -> None:
        """Give the file its name, and write the manifest. Raises OSError."""
        if self._manifest is not None:
            with open_part(self._manifest) as file:
                file.write(described)
        if self._file is not None:
            part_of(self._file).replace(self._file)
        if self._manifest is not None:
            part_of(self._manifest).replace(self._manifest)

    def clear(self) -> None:
        for path in (self._file, self._manifest):
            if path is not None:
                part_of(path).unlink(missing_ok=True)


def seal_of(recipients: Sequence[str], *, passphrase: bool) -> Seal | None:
    """Encryption of the file, or None. Asks for a passphrase at a terminal, or reads it from standard input.
    Raises ArgumentError."""
    if recipients and passphrase:
        raise ArgumentError(
            "--passphrase is wrong: a file is encrypted to keys or with a passphrase, not both. Example: --to age1…"
        )
    if passphrase:
        return encryption.with_passphrase(_passphrase())
    try:
        keys = [offline.read_recipient(one) for one in recipients]
    except ValueError as error:
        raise ArgumentError(f"--to is wrong: it {error}. Example: --to age1…") from None
    return encryption.to_recipients(keys) if keys else None


def _passphrase() -> str:
    if sys.stdin.isatty():
        typed = getpass("Passphrase: ")
        if getpass("Once more: ") != typed:
            raise ArgumentError("--passphrase is wrong: the two are not the same. Example: --passphrase")
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if len(typed) < passphrases.LEAST:
        raise ArgumentError(
            f"--passphrase is wrong: it has at least {passphrases.LEAST} characters, since whoever has the file can try as many as "
            "they like. Example: four words drawn at random"
        )
    return typed


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None]]:
    """Progress bar on standard error. Call the result with a number of further rows."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _rows: None
        return
    from rich.progress import (  # noqa: PLC0415 - the bot's start needs none of it
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TimeRemainingColumn,
    )

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda rows: bar.advance(task, rows)
