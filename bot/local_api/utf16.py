"""Lengths and offsets in UTF-16 code units, as MessageEntity counts them."""

from __future__ import annotations

_BASIC = "\uffff"


def width(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    if text.isascii() or max(text) <= _BASIC:
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_boundary(text: str, offset: int) -> bool:
    """Whether `offset` (in UTF-16 code units) stands between two characters of `text`."""
    raw = text.encode("utf-16-le", "surrogatepass")
    before, after = raw[offset * 2 - 1 : offset * 2], raw[offset * 2 + 1 : offset * 2 + 2]
    high = bool(before) and 0xD8 <= before[0] <= 0xDB
    low = bool(after) and 0xDC <= after[0] <= 0xDF
    return not (high and low)
