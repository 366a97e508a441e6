"""JPEG pictures inside of recordings, cleaned without decoding (ITU-T T.81, annex B)."""

from bot.safety.cleaning.cleaner import NotCleanError, Reason

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_ADOBE = 0xEE
_BARE = {0x01, *range(0xD0, 0xD8)}


def clean_jpeg(content: bytes) -> bytes:
    """Remove comments, application data and trailing bytes from a JPEG. Adobe's mark, which tells the colour
    encoding, stays. Raises NotCleanError."""
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
    if content[place] != 0xFF:
        raise NotCleanError(Reason.BROKEN)
    while place < len(content) and content[place] == 0xFF:
        place += 1
    if place == len(content):
        raise NotCleanError(Reason.BROKEN)
    return place + 1, content[place]


def _is_said(marker: int) -> bool:
    """Whether a segment is metadata: APP0 to APP15, JPG0 to JPG13, and comments."""
    return 0xE0 <= marker <= 0xFE


def _end_of_scan(content: bytes, place: int) -> int:
    """End of entropy-coded data: a marker that is neither a stuffed byte nor a restart."""
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
