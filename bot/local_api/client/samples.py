"""Images for phones to send."""

import struct
import zlib


def picture(words: str = "") -> bytes:
    """A PNG of one pixel, different for different `words`, which it carries as a comment."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = b"\x00" + zlib.crc32(words.encode()).to_bytes(4, "big")[:3]
    comment = chunk(b"iTXt", b"Comment\x00\x00\x00\x00\x00" + words.encode()) if words else b""
    image = chunk(b"IDAT", zlib.compress(pixel))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + comment + image + chunk(b"IEND", b"")
