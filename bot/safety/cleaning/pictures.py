"""Pictures inside of recordings, cleaned without being decoded: JPEG (ITU-T T.81, annex B)."""

from bot.safety.cleaning.cleaner import NotCleanError, Reason

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_ADOBE = 0xEE
_BARE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a length."""


def clean_jpeg(content: bytes) -> bytes:
    """A JPEG without comments and application data, and without what stands behind it. Adobe's mark stays, which says how
    colours are stored. Raises NotCleanError for what is no JPEG."""
    if content[:2] != b"\xff\xd8":
        raise NotCleanError(Reason.BROKEN)
    kept, place = [b"\xff\xd8"], 2
    while place < len(content):
        place, marker = _marker(content, place)
        if marker == _END:
            break
        if marker in _BARE:
            kept.append(bytes([0xFF, marker]))
            continue
        end = place + int.from_bytes(content[place : place + 2], "big")
        if end > len(content) or end < place + 2:
            raise NotCleanError(Reason.BROKEN)
        if not _is_said(marker) or (
            marker == _ADOBE and content[place + 2 : place + 7] == b"Adobe" and end - place == 14
        ):
            kept.append(bytes([0xFF, marker]) + content[place:end])
        place = end
        if marker == _SCAN:
            end = _end_of_scan(content, place)
            kept.append(content[place:end])
            place = end
    return b"".join(kept) + b"\xff\xd9"


def _marker(content: bytes, place: int) -> tuple[int, int]:
    """The next marker, and where it ends; any marker may be preceded by bytes of ones."""
    if content[place] != 0xFF:
        raise NotCleanError(Reason.BROKEN)
    while place < len(content) and content[place] == 0xFF:
        place += 1
    if place == len(content):
        raise NotCleanError(Reason.BROKEN)
    return place + 1, content[place]


def _is_said(marker: int) -> bool:
    """Whether a segment only says something of the picture: APP0 to APP15, JPG0 to JPG13, and comments."""
    return 0xE0 <= marker <= 0xFE


def _end_of_scan(content: bytes, place: int) -> int:
    """Where entropy-coded data end: at a marker that is neither a stuffed byte nor a restart."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 1 >= len(content):
            return len(content)
        follower = content[place + 1]
        if follower == 0x00 or 0xD0 <= follower <= 0xD7:
            place += 2
        elif follower == 0xFF:
            place += 1
        else:
            return place
