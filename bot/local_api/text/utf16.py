"""Lengths and offsets in UTF-16 code units, as MessageEntity counts them."""

_LAST_SINGLE_UNIT = "\uffff"


def width(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    if text.isascii() or max(text) <= _LAST_SINGLE_UNIT:
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def splits_pair(text: str, offset: int) -> bool:
    """Whether `offset`, in UTF-16 code units, falls between the two halves of a surrogate pair."""
    units = text.encode("utf-16-le", "surrogatepass")
    before, after = units[offset * 2 - 1 : offset * 2], units[offset * 2 + 1 : offset * 2 + 2]
    high = bool(before) and 0xD8 <= before[0] <= 0xDB
    low = bool(after) and 0xDC <= after[0] <= 0xDF
    return high and low
