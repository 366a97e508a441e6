"""Files of one ZIP, spooled side by side in constant memory, with nothing on disk in the clear."""

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
_PIECE = 256 * 1024
_MADE = (1980, 1, 1, 0, 0, 0)
_ANYBODY_READS = 0o644 << 16
_UNIX = 3
_CANNOT_BE_SAID = str.maketrans({"\0": "\N{REPLACEMENT CHARACTER}"})


class Spool:
    """Buffer that is written first and then read any number of times.

    Most of it waits in an unnamed temporary file, encrypted with a key in memory, since an export may be
    confidential. Raises OSError when the disk is full.
    """

    def __init__(self) -> None:
        self.size = 0
        self._file = tempfile.SpooledTemporaryFile(_MOST_IN_MEMORY)  # noqa: SIM115 - open for the life of this object
        self._cipher = Cipher(AES256(secrets.token_bytes(32)), CTR(bytes(16)))
        self._encryption = self._cipher.encryptor()
        self.close = weakref.finalize(self, self._file.close)

    def write(self, content: bytes) -> None:
        self._file.write(self._encryption.update(content))
        self.size += len(content)

    def pieces(self) -> Generator[bytes, None, None]:
        """Content in pieces. Do not write during iteration."""
        decryption: CipherContext = self._cipher.decryptor()
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield decryption.update(piece)
        self._file.seek(0, io.SEEK_END)


class SpooledTable(Spool):
    """CSV for programs (RFC 4180): UTF-8 without a byte order mark, minimal quoting, CRLF."""

    def __init__(self, header: Iterable[str]) -> None:
        super().__init__()
        self.append(header)

    def append(self, cells: Iterable[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([sayable(cell) for cell in cells])
        self.write(line.getvalue().encode())


def sayable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold, and NUL, at which readers in C stop."""
    return text.encode("utf-8", "replace").decode().translate(_CANNOT_BE_SAID)


def zipped(members: Iterable[tuple[str, Spool | bytes]]) -> Generator[bytes, None, None]:
    """ZIP of named files in order, in pieces. Equal files give equal bytes. Always closes the spools."""
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
    entry.file_size = (
        content.size if isinstance(content, Spool) else len(content)
    )  # tells zipfile whether ZIP64 is needed
    return entry


class _Sink(io.RawIOBase):
    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        self._pieces.append(bytes(content))  # type: ignore[call-overload] # any buffer
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content
