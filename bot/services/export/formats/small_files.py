"""ZIP of very many small files, which keeps only their directory entries."""

import struct
import zlib
from collections.abc import Generator
from contextlib import closing

from bot.services.export.formats.archive import Spool

_UTF8, _DEFLATED, _MADE = 0x800, 8, 0x21
"""UTF-8 flag, compression method, and 1980-01-01, since exports hold no time of making."""
_VERSION, _UNIX, _ANYBODY_READS = 45, 3, 0o100644 << 16
_LARGE, _MANY = 0xFFFFFFFF, 0xFFFF
"""Fields whose value is in the ZIP64 records."""


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
            *(_VERSION, _UTF8, _DEFLATED, 0, _MADE),
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
            yield self._closing(directory.size)

    def _list(self, name: bytes, common: bytes) -> None:
        far = struct.pack("<2HQ", 1, 8, self._written) if self._written >= _LARGE else b""
        self._directory.write(
            b"PK\x01\x02"
            + struct.pack("<2B", _VERSION, _UNIX)
            + common[:-2]
            + struct.pack("<4H2I", len(far), 0, 0, 0, _ANYBODY_READS, min(self._written, _LARGE))
            + name
            + far
        )
        self._count += 1

    def _closing(self, size: int) -> bytes:
        begin, end = self._written, self._written + size
        number = min(self._count, _MANY)
        closing = struct.pack("<4H2IH", 0, 0, number, number, min(size, _LARGE), min(begin, _LARGE), 0)
        if number < _MANY and end < _LARGE:
            return b"PK\x05\x06" + closing
        whole = struct.pack(
            "<Q2B H2I4Q", 44, _VERSION, _UNIX, _VERSION, 0, 0, self._count, self._count, size, begin
        )
        found = struct.pack("<IQI", 0, end, 1)
        return b"PK\x06\x06" + whole + b"PK\x06\x07" + found + b"PK\x05\x06" + closing
