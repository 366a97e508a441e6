"""The contract of a format, its texts, and ZIP archives for large tables and many small files."""

import csv
import io
import secrets
import struct
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from bot.languages import exported_codes
from bot.publish.export.cells import ExportTable, Record
from bot.texts import Texts

_MOST_IN_MEMORY = 256 * 1024
_PIECE = 256 * 1024
_MADE = (1980, 1, 1, 0, 0, 0)
_ANYBODY_READS = 0o644 << 16
_UNIX = 3

_UTF8, _DEFLATED, _SMALL_FILES_MADE = 0x800, 8, 0x21
"""UTF-8 flag, compression method, and 1980-01-01, since exports hold no time of making."""
_VERSION, _SMALL_FILES_ANYBODY_READS = 45, 0o100644 << 16
_LARGE, _MANY = 0xFFFFFFFF, 0xFFFF
"""Fields whose value is in the ZIP64 records."""


class Writer(Protocol):
    """Writer of one export. The pieces of `begin`, `row` for each record, and `end` are the file. Equal records give equal
    bytes. `begin` and `row` must be fast, `end` runs in a thread. No byte may reach a disk in the clear (`Spool`)."""

    def begin(self) -> bytes:
        """Bytes before the rows, by default none."""
        return b""

    def row(self, record: Record) -> bytes:
        """Bytes that can be written after this record."""

    def end(self) -> Generator[bytes, None, None]:
        """Bytes after the rows, by default none. Closing the generator releases all resources."""
        yield from ()


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """Facts about an export. `licence` is a code of https://spdx.org/licenses or blank."""

    publisher: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """Format of an export. `name` is typed and carried by buttons, whose text is
    `moderator.export.format.<name>`. `of_reporters`: it holds their answers, and no version without any."""

    name: str
    mime: str
    extension: str
    writer: Callable[[ExportTable, ExportFacts], Writer]
    of_reporters: bool = False
    has_codebook: bool = False
    """Whether columns and codes are explained inside."""


@cache
def texts() -> Texts:
    """Texts in the languages of an export, cached since reading them takes a fifth of a second."""
    return Texts(exported_codes())


def said(key: str, language: str) -> str:
    return texts().text(language, key)


class Spool:
    """Buffer that is written first and then read any number of times. Most of it waits in an unnamed temporary file,
    encrypted with a key in memory. Raises OSError when the disk is full."""

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
        self.write(csv_line(map(sayable, cells)))


def csv_line(cells: Iterable[str], separator: str = ",") -> bytes:
    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()


def sayable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold, and NUL, at which readers in C stop."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


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
    entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, _UNIX
    entry.external_attr = _ANYBODY_READS
    # It tells zipfile whether ZIP64 is needed.
    entry.file_size = content.size if isinstance(content, Spool) else len(content)
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


class SmallFiles:
    """Writer of a ZIP (APPNOTE.TXT 6.3, with ZIP64 where needed). Equal files give equal bytes."""

    def __init__(self) -> None:
        self._written = self._count = 0
        self._directory = Spool()

    def add(self, name: str, content: bytes) -> bytes:
        """Bytes of the next file, of up to 4 GiB."""
        squeezing = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = squeezing.compress(content) + squeezing.flush()
        encoded = name.encode()
        common = struct.pack(
            "<5H3I2H",
            *(_VERSION, _UTF8, _DEFLATED, 0, _SMALL_FILES_MADE),
            *(zlib.crc32(content), len(packed), len(content), len(encoded)),
            0,
        )
        self._list(encoded, common)
        piece = b"PK\x03\x04" + common + encoded + packed
        self._written += len(piece)
        return piece

    def end(self) -> Generator[bytes, None, None]:
        with closing(self._directory) as directory:
            yield from directory.pieces()
        begin, size, count = self._written, self._directory.size, self._count
        number, end = min(count, _MANY), begin + size
        last = struct.pack("<4H2IH", 0, 0, number, number, min(size, _LARGE), min(begin, _LARGE), 0)
        if number == _MANY or end >= _LARGE:
            whole = struct.pack("<Q2B H2I4Q", 44, _VERSION, _UNIX, _VERSION, 0, 0, count, count, size, begin)
            yield b"PK\x06\x06" + whole + b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
        yield b"PK\x05\x06" + last

    def _list(self, name: bytes, common: bytes) -> None:
        far = struct.pack("<2HQ", 1, 8, self._written) if self._written >= _LARGE else b""
        self._directory.write(
            b"PK\x01\x02"
            + struct.pack("<2B", _VERSION, _UNIX)
            + common[:-2]
            + struct.pack("<4H2I", len(far), 0, 0, 0, _SMALL_FILES_ANYBODY_READS, min(self._written, _LARGE))
            + name
            + far
        )
        self._count += 1
