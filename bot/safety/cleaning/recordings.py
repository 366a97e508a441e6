"""Video and audio, copied packet by packet into a new container, without decoding except at a cut.

Only one video and one audio stream are kept, as a player shows them, with their visible frames.
Tags, chapters, covers, subtitles, data tracks, creation times and names of handlers and encoders are dropped.
Data inside the streams is removed, and unknown codecs are refused.
"""

import importlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, chain, groupby
from operator import itemgetter
from typing import Any, Final

import av
from av.codec import CodecContext
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from bot.safety.cleaning.cleaner import FileType, Loss, NoCopyReason, NotCleanError
from bot.safety.cleaning.images import clean_jpeg

_H264_UNITS = {1, 2, 3, 4, 5, 7, 8, 9, 10, 11}
"""Slices, parameter sets, delimiters. No SEI (6), filler (12), second picture or view (14, 15, 19, 20)."""
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
            without_user_data = partial(_MPEG4_USER_DATA.sub, b"")
            return Rule(without_user_data(head) if extradata else extradata, without_user_data)
        case "mjpeg":
            return Rule(None, clean_jpeg)
        case "vorbis" | "libvorbis":
            return Rule(_vorbis_head(head), bytes)
        case "opus" | "libopus" if int.from_bytes(head[10:12], "little") > _MOST_PRE_SKIP:
            raise NotCleanError(NoCopyReason.KIND)
        case name if name in _NOTHING_INSIDE:
            return Rule(extradata, bytes)
    raise NotCleanError(NoCopyReason.KIND)


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
        raise NotCleanError(NoCopyReason.BROKEN)
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


def _vorbis_head(head: bytes) -> bytes:
    """Three headers in Xiph lacing (Matroska's codec mappings, A_VORBIS), with empty comments."""
    if head[:1] != b"\x02":
        raise NotCleanError(NoCopyReason.KIND)
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
class PacketGroup:
    """Packets from one key frame to the next, or one of audio. `lost`: visible ones after the first hidden one."""

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
        raise NotCleanError(NoCopyReason.KIND)
    return b"elst" in content


def groups(stream: Stream, packets: "Sequence[Packet[Any]]") -> list[PacketGroup]:
    if stream.type == "audio":
        return _sounds(stream, packets)
    found: list[PacketGroup] = []
    whole, start = True, max(stream.start_time or 0, 0)
    numbers = accumulate(int(one.is_keyframe) for one in packets)
    for _, numbered in groupby(zip(numbers, packets, strict=True), itemgetter(0)):
        some = [one for _, one in numbered]
        first = some[0].pts or 0
        # Frames shown before a key frame but stored after it depend on the group before.
        shown = [_is_shown(one, start) and (whole or (one.pts or 0) >= first) for one in some]
        hidden = shown.index(False) if False in shown else len(some)
        lost = [one for one in some[hidden:] if _is_shown(one, start)]
        found.append(PacketGroup(some, some[:hidden], lost))
        whole = hidden == len(some)
    return found


def _is_shown(packet: Any, start: int) -> bool:
    return not packet.is_discard and packet.pts >= start


def _sounds(stream: Any, packets: "Sequence[Packet[Any]]") -> list[PacketGroup]:
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
        found.append(PacketGroup([one], [one] if kept else [], [one] if in_part and not kept else []))
    return found


def _end(stream: Any, packet: Any) -> int:
    """End time of an audio packet. FFmpeg reports the last PCM packet as shorter than its bytes."""
    name: str = stream.codec_context.name
    if not name.startswith("pcm_"):
        return int(packet.pts + (packet.duration or 0))
    bits = int("".join(filter(str.isdigit, name)) or 8) * stream.codec_context.channels
    return int(packet.pts + packet.size * 8 / bits / stream.codec_context.sample_rate / stream.time_base)


def encoded(stream: Any, group: PacketGroup) -> tuple[bytes, list[bytes]]:
    """Encode the lost frames of a group anew: parameter sets and packets, in display order, as byte streams
    (ITU-T H.264, annex B). Raises NotCleanError."""
    decoder: Any = CodecContext.create("h264", "r")
    decoder.extradata, decoder.thread_count = stream.codec_context.extradata, 1
    wanted = {one.pts for one in group.lost}
    frames = (frame for frame in _decoded(decoder, group.packets) if frame.pts in wanted)
    first, found = next(frames, None), list[bytes]()
    if first is None:
        raise NotCleanError(NoCopyReason.BROKEN)
    encoder = _encoder(decoder, first, stream.time_base)
    for frame in chain([first], frames, [None]):
        if frame is not None:
            frame.pict_type = 0
        found += map(bytes, encoder.encode(frame))
    if len(found) != len(group.lost):
        raise NotCleanError(NoCopyReason.BROKEN)
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
        raise NotCleanError(NoCopyReason.KIND)


_DEMUXERS: Mapping[str, str] = {
    "mov": "mp4", "3gp": "mp4", "ipod": "mp4", "webm": "matroska", "adts": "aac",
}  # fmt: skip
_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "mp3": {"write_xing": "0", "id3v2_version": "0"},
}
_BITEXACT: Final = {"fflags": "+bitexact"}
_TAGS: Mapping[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
)
"""Option for PyAV 18, the last for Python 3.11, which else refuses tags that are not UTF-8."""
_NOT_SHOWN = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_HEARD: Final = 0.09
"""Seconds of loss worth mentioning. Less is a few packets of audio."""


def prepare() -> None:
    """Load everything needed, since a confined process can open no more files."""
    for name in (
        "audio.stream", "audio.codeccontext", "video.stream", "video.codeccontext", "subtitles.stream",
        "subtitles.codeccontext",
    ):  # fmt: skip
        importlib.import_module(f"av.{name}")
    av.logging.set_level(None)


def tool(_kind: FileType) -> str:
    return f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"


def clean(content: bytes, kind: FileType) -> tuple[bytes, Loss | None]:
    """Clean copy of a recording. Raises NotCleanError, and any error of FFmpeg for a broken file."""
    demuxer = _DEMUXERS.get(kind.container, kind.container)
    options = {**_BITEXACT, **_OPTIONS.get(kind.container, {})}
    out = io.BytesIO()
    with av.open(io.BytesIO(content), "r", format=demuxer, **_TAGS) as source:
        kept = list(_shown_streams(source))
        if not kept:
            raise NotCleanError(NoCopyReason.BROKEN)
        tracks = _tracks(source, kept, edited=demuxer == "mp4" and has_edits(content))
        with av.open(out, "w", format=kind.container, container_options=options) as target:
            _write(target, tracks)
    return out.getvalue(), Loss.CUT if any(track.is_cut for track in tracks) else None


def _shown_streams(source: InputContainer) -> Iterator[Stream]:
    """Video and audio stream that a player shows: the first enabled one of each, else the first."""
    for kind in ("video", "audio"):
        found = [one for one in source.streams if one.type == kind and not one.disposition & _NOT_SHOWN]
        yield from sorted(found, key=lambda one: not one.disposition & Disposition.default)[:1]


@dataclass(slots=True)
class _Track:
    stream: Stream
    rule: Rule
    packets: "list[tuple[float, Packet[Any]]]" = field(default_factory=list)
    is_cut: bool = False

    def add(self, place: float, packet: "Packet[Any]") -> None:
        self.packets.append((place, _fresh(packet, self.rule.clean(bytes(packet)))))


def _tracks(source: InputContainer, kept: list[Stream], *, edited: bool) -> list[_Track]:
    tracks = {
        one.index: _Track(one, rule_of(one.codec_context.name, one.codec_context.extradata)) for one in kept
    }
    found: dict[int, list[Packet[Any]]] = {one.index: [] for one in kept}
    for place, packet in enumerate(_packets(source, kept)):
        found[packet.stream_index].append(packet)
        if not edited:
            tracks[packet.stream_index].add(place, packet)
    for number, track in tracks.items():
        if edited:
            _fill(track, groups(track.stream, found[number]))
        refuse_cropped(track.stream, found[number])
    return list(tracks.values())


def _fill(track: _Track, groups: list[PacketGroup]) -> None:
    lost = sum((one.duration or 0) * (one.time_base or 0) for group in groups for one in group.lost)
    anew = lost > MOST_LOST_SECONDS or not any(group.kept for group in groups)
    track.is_cut = lost >= _HEARD and not anew
    for group in groups:
        for one in group.kept:
            track.add(_seconds(one), one)
        if anew and group.lost:
            _encode(track, group)


def _encode(track: _Track, group: PacketGroup) -> None:
    if track.rule.extradata is None or track.stream.codec_context.name != "h264":
        raise NotCleanError(NoCopyReason.KIND)
    sets, payloads = encoded(track.stream, group)
    track.rule.extradata += h264_stream(units_of(sets))
    # The encoder does not reorder frames: assign the sorted times of decoding to the frames in display order.
    shown_at, decoded_at = zip(*((one.pts or 0, one.dts or 0) for one in group.lost), strict=True)
    for pts, dts, old, payload in zip(
        sorted(shown_at), sorted(decoded_at), group.lost, payloads, strict=True
    ):
        fresh = _fresh(old, h264_stream(units_of(payload)))
        fresh.pts, fresh.dts, fresh.is_keyframe = pts, dts, payload is payloads[0]
        track.packets.append((_seconds(fresh), fresh))


def _seconds(packet: "Packet[Any]") -> float:
    return float((packet.dts or 0) * (packet.time_base or 0))


def _write(target: Any, tracks: list[_Track]) -> None:
    for track in tracks:
        copy = target.add_stream_from_template(track.stream, opaque=True)
        copy.metadata.clear()
        if track.rule.extradata != track.stream.codec_context.extradata:
            copy.codec_context.extradata = track.rule.extradata
        for _, packet in track.packets:
            packet.stream = copy
    written = [pair for track in tracks for pair in track.packets if pair[1].size]
    if not written:
        raise NotCleanError(NoCopyReason.BROKEN)
    for _, packet in sorted(written, key=itemgetter(0)):
        target.mux_one(packet)


def _packets(source: InputContainer, kept: list[Stream]) -> "Iterator[Packet[Any]]":
    for packet in source.demux(kept):
        if packet.is_corrupt:
            raise NotCleanError(NoCopyReason.BROKEN)
        if packet.size:  # an empty packet marks the end. Matroska's first packets have no dts
            yield packet


def _fresh(packet: "Packet[Any]", payload: bytes) -> "Packet[Any]":
    """Packet with the times of another and a new payload, without side data."""
    fresh: Packet[Any] = Packet(payload)
    fresh.pts, fresh.dts, fresh.duration = packet.pts, packet.dts, packet.duration
    fresh.time_base, fresh.is_keyframe = packet.time_base, packet.is_keyframe
    return fresh
