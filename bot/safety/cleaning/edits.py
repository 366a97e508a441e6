"""Edit lists (ISO/IEC 14496-12, 8.6.6): whether a file has any, and those that FFmpeg does not obey, so that it would show frames that
other players hide."""

from collections.abc import Iterator

from bot.safety.cleaning.refusal import NotCleanError, Reason

_HOLDING = {b"moov", b"trak", b"edts"}
_ENTRY = {0: 12, 1: 20}
"""Bytes of an entry by the version of the list."""


def has_edits(content: bytes) -> bool:
    """Whether anything of a file may be hidden by an edit list. Raises NotCleanError for a file in fragments with an edit that ends,
    or with more than one: there FFmpeg obeys the start alone."""
    boxes = list(_boxes(content, 0, len(content)))
    lists = [body for kind, body in boxes if kind == b"elst"]
    if any(kind == b"moof" for kind, _ in boxes) and not all(map(_is_start_alone, lists)):
        raise NotCleanError(Reason.KIND)
    return bool(lists)


def _is_start_alone(body: bytes) -> bool:
    """Whether a list has one edit, which goes on to the end, as far as it is not a pause."""
    size = _ENTRY.get(body[0] if body else 9, 0)
    if not size or len(body) < 8 + size * int.from_bytes(body[4:8], "big"):
        return False
    half = (size - 4) // 2
    entries = [body[8 + size * number :][:size] for number in range(int.from_bytes(body[4:8], "big"))]
    shown = [one for one in entries if one[half : 2 * half] != b"\xff" * half]
    return len(shown) <= 1 and not any(any(one[:half]) for one in shown)


def _boxes(content: bytes, place: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Boxes with what is in them, those that hold edit lists opened."""
    while place + 8 <= end:
        size, kind, head = (
            int.from_bytes(content[place : place + 4], "big"),
            content[place + 4 : place + 8],
            8,
        )
        if size == 1:
            size, head = int.from_bytes(content[place + 8 : place + 16], "big"), 16
        last = end if size == 0 else min(place + size, end)
        if last < place + head:
            return
        if kind in _HOLDING:
            yield from _boxes(content, place + head, last)
        else:
            yield kind, content[place + head : last] if kind == b"elst" else b""
        place = last
