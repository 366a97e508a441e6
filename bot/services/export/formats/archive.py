"""Files of one ZIP, written side by side as the rows come and joined at the end: nothing grows with them in memory, and nothing
of them is on a disk in the clear."""

import csv
import io
import secrets
import tempfile
import weakref
import zipfile
from collections.abc import Generator, Iterable
from contextlib import ExitStack

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

_MOST_IN_MEMORY = 256 * 1024
"""Bytes of one file; what is beyond goes to a disk."""
_PIECE = 256 * 1024
_MADE = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a ZIP can tell: an export knows no clock."""
_ANYBODY_READS = 0o644 << 16
_UNIX = 3
_CANNOT_BE_SAID = str.maketrans({"\0": "\N{REPLACEMENT CHARACTER}"})


class Spool:
    """Bytes that are written now and read once everything is written, any number of times.

    Most of them wait in a temporary file without a name, encrypted under a key that is nowhere but in memory, since an export
    may be one that only its recipients may see. Whoever lets go of a spool lets go of its file. Raises OSError when
    the disk is full.
    """

    def __init__(self) -> None:
        self.size = 0
        self._file = tempfile.SpooledTemporaryFile(_MOST_IN_MEMORY)  # noqa: SIM115 - open as long as this lives
        self._cipher = Cipher(AES256(secrets.token_bytes(32)), CTR(bytes(16)))
        self._encryption = self._cipher.encryptor()
        self.close = weakref.finalize(self, self._file.close)
        """Call it to let go of the content."""

    def write(self, content: bytes) -> None:
        """Add bytes."""
        self._file.write(self._encryption.update(content))
        self.size += len(content)

    def pieces(self) -> Generator[bytes, None, None]:
        """What was written, in pieces. Nothing may be added while they are taken."""
        decryption: CipherContext = self._cipher.decryptor()
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield decryption.update(piece)
        self._file.seek(0, io.SEEK_END)


class SpooledTable(Spool):
    """A table as CSV for programs (RFC 4180): UTF-8 without a byte order mark, cells quoted where they must be, CRLF."""

    def __init__(self, header: Iterable[str]) -> None:
        super().__init__()
        self.append(header)

    def append(self, cells: Iterable[str]) -> None:
        """Add a line."""
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([sayable(cell) for cell in cells])
        self.write(line.getvalue().encode())


def sayable(text: str) -> str:
    """The text without what no UTF-8 (half a surrogate pair) and few readers (NUL, where those written in C end) can hold; another
    character stands in its place."""
    return text.encode("utf-8", "replace").decode().translate(_CANNOT_BE_SAID)


def zipped(members: Iterable[tuple[str, Spool | bytes]]) -> Generator[bytes, None, None]:
    """A ZIP of these files by their names, in their order and pieces of at most some hundred KiB. The same files give the same bytes.
    It lets go of the spools, also when it is closed early."""
    given = list(members)
    with ExitStack() as held:
        for _, content in given:
            if isinstance(content, Spool):
                held.callback(content.close)
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in given:
                with archive.open(_entry(name, content), "w") as file:
                    for piece in content.pieces() if isinstance(content, Spool) else (content,):
                        file.write(piece)
                        yield sink.taken()
                yield sink.taken()
        yield sink.taken()


def _entry(name: str, content: Spool | bytes) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MADE)
    entry.compress_type, entry.create_system, entry.external_attr = (
        zipfile.ZIP_DEFLATED,
        _UNIX,
        _ANYBODY_READS,
    )
    entry.file_size = content.size if isinstance(content, Spool) else len(content)  # large ones need ZIP64
    return entry


class _Sink(io.RawIOBase):
    """Where a ZIP is written piece by piece; it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """It is only written."""
        return True

    def write(self, content: object) -> int:
        """Keep some bytes."""
        self._pieces.append(bytes(content))  # type: ignore[call-overload] # a buffer of any kind
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        """What was kept since the last time."""
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content
