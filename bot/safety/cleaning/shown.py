"""Visible frames of a recording. Programs that trim without encoding leave others in the file, behind an
edit list (ISO/IEC 14496-12, 8.6.6).

A frame depends on earlier ones, back to a key frame. A group between key frames is kept, left out, or cut
before its first hidden frame. Visible frames after the cut are *lost*: left out if they last at most two
seconds, else encoded anew. Only tracks of H.264 allow that, since they can hold parameter sets of two
encoders.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, groupby
from operator import itemgetter
from typing import Any, Final

from av.codec import CodecContext
from av.codec.context import Flags
from av.packet import Packet
from av.stream import Stream

from bot.safety.cleaning.cleaner import NotCleanError, Reason

_EDIT_THAT_ENDS: Final = rb"elst(?!\0{7}\x01\0{4}|\0{7}\x02.{4}\xff{4}.{4}\0{4}|\x01\0{6}\x01\0{8})"
"""Edit list other than a single open edit, or a pause before one."""
MOST_LOST_SECONDS: Final = 2.0
_ENCODED: Final = {"preset": "ultrafast", "tune": "zerolatency", "crf": "20", "x264-params": "sps-id=31:bframes=0:keyint=infinite"}  # fmt: skip
"""Encoder options. The id is unused by encoders, so that both parameter sets can coexist."""
_ALONE: Final = ("pcm_", "alac", "flac", "amr")
_CROPPING: Final = {"h264", "hevc"}
_PADDING: Final = 31
"""Most pixels by which coded pictures exceed the shown ones, since codecs work in blocks."""


@dataclass(slots=True)
class Group:
    """Packets from one key frame to the next, or one packet of audio. `lost` are the visible ones after the
    first hidden one."""

    packets: "list[Packet[Any]]"
    kept: "list[Packet[Any]]"
    lost: "list[Packet[Any]]"


def has_edits(content: bytes) -> bool:
    """Whether an edit list may hide parts of a file. Raises NotCleanError for a fragmented file whose edit
    ends, or with several: FFmpeg applies only the start."""
    place, kinds = 0, set()
    while len(head := content[place : place + 16]) >= 8:
        kinds.add(head[4:8])
        size = int.from_bytes(head[:4], "big")
        place += max(8, int.from_bytes(head[8:], "big") if size == 1 else size or len(content))
    if b"moof" in kinds and re.search(_EDIT_THAT_ENDS, content[: content.index(b"moof")], re.DOTALL):
        raise NotCleanError(Reason.KIND)
    return b"elst" in content


def groups(stream: Stream, packets: "Sequence[Packet[Any]]") -> list[Group]:
    if stream.type == "audio":
        return _sounds(stream, packets)
    found: list[Group] = []
    whole, start = True, max(stream.start_time or 0, 0)
    numbers = accumulate(int(one.is_keyframe) for one in packets)
    for _, numbered in groupby(zip(numbers, packets, strict=True), itemgetter(0)):
        some = [one for _, one in numbered]
        first = some[0].pts or 0
        # Frames shown before a key frame but stored after it depend on the group before.
        shown = [_is_shown(one, start) and (whole or (one.pts or 0) >= first) for one in some]
        hidden = shown.index(False) if False in shown else len(some)
        lost = [one for one in some[hidden:] if _is_shown(one, start)]
        found.append(Group(some, some[:hidden], lost))
        whole = hidden == len(some)
    return found


def _is_shown(packet: Any, start: int) -> bool:
    return not packet.is_discard and packet.pts >= start


def _sounds(stream: Any, packets: "Sequence[Packet[Any]]") -> list[Group]:
    """Audio packets. Partly hidden ones are left out, and those before them if packets overlap."""
    start, end = max(stream.start_time or 0, 0), stream.duration or 0
    late = int(1 / stream.time_base / 1000) + 1  # edit lists have a coarser time base
    rest: Any = [*packets[1:], None]
    heard = []
    for one, following in zip(packets, rest, strict=True):
        begins = max(following.pts, start) if following and following.pts > (one.pts or 0) else end
        heard.append(_is_shown(one, start) and _end(stream, one) <= min(begins, end) + late)
    alone = stream.codec_context.name.startswith(_ALONE)
    found = []
    for one, is_heard, next_is in zip(packets, heard, [*heard[1:], True], strict=True):
        in_part = not one.is_discard and _end(stream, one) > start and (one.pts or 0) < end
        kept = is_heard and (next_is or alone)
        found.append(Group([one], [one] if kept else [], [one] if in_part and not kept else []))
    return found


def _end(stream: Any, packet: Any) -> int:
    """End time of an audio packet. FFmpeg reports the last PCM packet as shorter than its bytes."""
    name: str = stream.codec_context.name
    if not name.startswith("pcm_"):
        return int(packet.pts + (packet.duration or 0))
    bits = int("".join(filter(str.isdigit, name)) or 8) * stream.codec_context.channels
    return int(packet.pts + packet.size * 8 / bits / stream.codec_context.sample_rate / stream.time_base)


def encoded(stream: Any, group: Group) -> tuple[bytes, list[bytes]]:
    """Encode the lost frames of a group anew: parameter sets and packets, in display order, as byte streams
    (ITU-T H.264, annex B). Raises NotCleanError."""
    decoder: Any = CodecContext.create("h264", "r")
    decoder.extradata, decoder.thread_count = stream.codec_context.extradata, 1
    wanted = {one.pts for one in group.lost}
    frames = (frame for frame in _decoded(decoder, group.packets) if frame.pts in wanted)
    first, found = next(frames, None), list[bytes]()
    if first is None:
        raise NotCleanError(Reason.BROKEN)
    encoder = _encoder(decoder, first, stream.time_base)
    for frame in chain([first], frames, [None]):
        if frame is not None:
            frame.pict_type = 0
        found += map(bytes, encoder.encode(frame))
    if len(found) != len(group.lost):
        raise NotCleanError(Reason.BROKEN)
    return bytes(encoder.extradata), found


def _decoded(decoder: Any, packets: "Sequence[Packet[Any]]") -> Iterator[Any]:
    for packet in packets:
        plain = Packet(bytes(packet))  # without the discard flag, or the decoder would skip it
        plain.pts, plain.dts, plain.time_base = packet.pts, packet.dts, packet.time_base
        yield from decoder.decode(plain)
    yield from decoder.decode(None)


def _encoder(decoder: Any, frame: Any, time_base: Any) -> Any:
    encoder: Any = CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, frame.format.name
    encoder.time_base, encoder.options, encoder.thread_count = time_base, _ENCODED, 1
    for name in ("color_range", "color_primaries", "color_trc", "colorspace"):
        setattr(encoder, name, getattr(decoder, name))
    encoder.flags |= Flags.global_header
    encoder.open()
    return encoder


def refuse_cropped(stream: Any, packets: "Sequence[Packet[Any]]") -> None:
    """Raise NotCleanError for video with cropped pixels still in the file."""
    if stream.codec_context.name not in _CROPPING:
        return
    decoder = stream.codec_context
    decoder.thread_count = 1
    frame = next(_decoded(decoder, packets), None)
    if (
        frame is None
        or max(decoder.coded_width - frame.width, decoder.coded_height - frame.height) > _PADDING
    ):
        raise NotCleanError(Reason.KIND)
