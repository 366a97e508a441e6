"""Pictures inside other files, cleaned without being decoded: JPEG (ITU-T T.81, annex B) and JPEG 2000 (ISO/IEC 15444-1, annex I)."""

from bot.safety.cleaning.refusal import NotCleanError, Reason

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_ADOBE = 0xEE
_BARE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a length."""
_JPX_KEPT = {b"jP  ", b"ftyp", b"jp2h", b"rreq"}
_CODESTREAM = b"\xff\x4f\xff\x51"
_TILE, _COMMENT = 0x90, 0x64


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


def clean_jpx(content: bytes) -> bytes:
    """A JPEG 2000 without boxes for text, XMP and the like, and without comments before its first tile. Raises NotCleanError for
    what is none."""
    if content[:4] == _CODESTREAM:
        return _without_comments(content)
    kept, place = [], 0
    while place + 8 <= len(content):
        size, kind, head = (
            int.from_bytes(content[place : place + 4], "big"),
            content[place + 4 : place + 8],
            8,
        )
        if size == 1:
            size, head = int.from_bytes(content[place + 8 : place + 16], "big"), 16
        end = len(content) if size == 0 else place + size
        if end > len(content) or end < place + head:
            raise NotCleanError(Reason.BROKEN)
        if kind == b"jp2c":
            stream = _without_comments(content[place + head : end])
            kept.append((8 + len(stream)).to_bytes(4, "big") + kind + stream)
        elif kind in _JPX_KEPT:
            kept.append(content[place:end])
        place = end
    if not kept:
        raise NotCleanError(Reason.BROKEN)
    return b"".join(kept)


def _without_comments(stream: bytes) -> bytes:
    """A codestream without the comments of its main header (annex A.9.2), which name its encoder; those of tiles stay."""
    if stream[:4] != _CODESTREAM:
        raise NotCleanError(Reason.BROKEN)
    kept, place = [stream[:2]], 2
    while True:
        marker = stream[place : place + 2]
        if len(marker) < 2 or marker[0] != 0xFF:
            raise NotCleanError(Reason.BROKEN)
        if marker[1] == _TILE:
            return b"".join(kept) + stream[place:]
        end = place + 2 + int.from_bytes(stream[place + 2 : place + 4], "big")
        if marker[1] != _COMMENT:
            kept.append(stream[place:end])
        if not place + 2 < end <= len(stream):
            raise NotCleanError(Reason.BROKEN)
        place = end
