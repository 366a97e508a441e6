"""Removal of texts and data that cameras and encoders write inside of video and audio streams.

- H.264 and HEVC: units for them (ITU-T H.264 table 7-1, H.265 table 7-1).
- MPEG-4: user data (ISO/IEC 14496-2, 6.2.1).
- Motion JPEG: comments and application data of its JPEG files.
- Vorbis: comments in its headers.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.safety.cleaning.cleaner import NotCleanError, Reason
from bot.safety.cleaning.pictures import clean_jpeg

_H264_UNITS = {1, 2, 3, 4, 5, 7, 8, 9, 10, 11}
"""Slices, parameter sets and delimiters. No SEI (6), filler (12), second picture or view (14, 15, 19, 20),
reserved or private units."""
_HEVC_UNITS = {*range(10), *range(16, 22), *range(32, 38)}
"""Slices, parameter sets and delimiters. No filler (38), SEI (39, 40), reserved or private units."""
_MPEG4_USER_DATA = re.compile(rb"\x00\x00\x01\xb2.*?(?=\x00\x00\x01|\Z)", re.DOTALL)
_VORBIS_COMMENT = b"\x03vorbis" + bytes(4) + bytes(4) + b"\x01"
"""Comment header without vendor and comments (Vorbis I, 5.2.1)."""
_START = b"\0\0\0\1"
_MOST_PRE_SKIP = 4_800
"""Most samples of Opus before the first audible one: 0.1 seconds, more than the 80 ms of RFC 7845 (4.6)."""
_NOTHING_INSIDE = {
    "vp8", "vp9", "h263", "aac", "mp3", "mp3float", "opus", "libopus", "flac", "alac", "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb",
    "pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_alaw", "pcm_mulaw",
}  # fmt: skip


@dataclass(slots=True)
class Rule:
    extradata: bytes | None
    clean: Callable[[bytes], bytes]


def rule_of(codec: str, extradata: bytes | None) -> Rule:
    """Rule for a codec, by FFmpeg's name of its decoder. Raises NotCleanError for unknown ones."""
    head = extradata or b""
    match codec:
        case "h264" if head[:1] == b"\x01" and len(head) > 6:
            width = (head[4] & 3) + 1
            return Rule(h264_stream(_h264_sets(head)), lambda payload: h264_stream(_units(payload, width)))
        case "hevc" if head[:1] == b"\x01" and len(head) > 22:
            width = (head[21] & 3) + 1
            return Rule(_hevc_stream(_hevc_sets(head)), lambda payload: _hevc_stream(_units(payload, width)))
        case "mpeg4":
            return Rule(_without_user_data(head) if extradata else extradata, _without_user_data)
        case "mjpeg":
            return Rule(None, clean_jpeg)
        case "vorbis" | "libvorbis":
            return Rule(_vorbis_head(head), _as_it_is)
        case "opus" | "libopus" if int.from_bytes(head[10:12], "little") > _MOST_PRE_SKIP:
            raise NotCleanError(Reason.KIND)
        case name if name in _NOTHING_INSIDE:
            return Rule(extradata, _as_it_is)
    raise NotCleanError(Reason.KIND)


def _as_it_is(payload: bytes) -> bytes:
    return payload


def h264_stream(units: Iterable[bytes]) -> bytes:
    """Allowed units as a byte stream (ITU-T H.264, annex B), which writers of containers convert."""
    return b"".join(_START + one for one in units if one[0] & 0x1F in _H264_UNITS)


def _hevc_stream(units: Iterable[bytes]) -> bytes:
    """Allowed units of layer 0, which every player shows. Other layers may hold a second view."""
    return b"".join(
        _START + one for one in units if one[0] >> 1 & 0x3F in _HEVC_UNITS and not (one[0] & 1 or one[1] >> 3)
    )


def units_of(stream: bytes) -> list[bytes]:
    return [one for one in re.split(rb"\x00*\x00\x00\x01", stream) if one]


def _units(payload: bytes, width: int) -> Iterator[bytes]:
    """Units of a packet, each after its length in `width` bytes (ISO/IEC 14496-15, 5.3.2)."""
    place = 0
    while place + width < len(payload):
        place, one = _next(payload, place, width)
        if len(one) > 1:
            yield one


def _next(content: bytes, place: int, width: int) -> tuple[int, bytes]:
    start = place + width
    end = start + int.from_bytes(content[place:start], "big")
    if end > len(content):
        raise NotCleanError(Reason.BROKEN)
    return end, content[start:end]


def _h264_sets(head: bytes) -> Iterator[bytes]:
    """Parameter sets of a configuration record (ISO/IEC 14496-15, 5.3.3.1.2)."""
    place = 5
    for bits in (0x1F, 0xFF):
        count, place = head[place] & bits, place + 1
        for _ in range(count):
            place, one = _next(head, place, 2)
            yield one


def _hevc_sets(head: bytes) -> Iterator[bytes]:
    """Parameter sets of a configuration record (ISO/IEC 14496-15, 8.3.3.1.2)."""
    place = 23
    for _ in range(head[22]):
        count, place = int.from_bytes(head[place + 1 : place + 3], "big"), place + 3
        for _ in range(count):
            place, one = _next(head, place, 2)
            yield one


def _without_user_data(payload: bytes) -> bytes:
    return _MPEG4_USER_DATA.sub(b"", payload)


def _vorbis_head(head: bytes) -> bytes:
    """Three headers in Xiph lacing (Matroska's codec mappings, A_VORBIS), with empty comments."""
    if head[:1] != b"\x02":
        raise NotCleanError(Reason.KIND)
    sizes, place = [], 1
    for _ in range(2):
        size = 0
        while head[place] == 0xFF:
            size, place = size + 255, place + 1
        sizes.append(size + head[place])
        place += 1
    first = head[place : place + sizes[0]]
    setup = head[place + sum(sizes) :]
    laced = b"".join(
        b"\xff" * (len(part) // 255) + bytes([len(part) % 255]) for part in (first, _VORBIS_COMMENT)
    )
    return b"\x02" + laced + first + _VORBIS_COMMENT + setup
