"""Recordings that were trimmed without being encoded anew, made here: hidden frames are bright and hidden sound is loud; shown frames are
dark and shown sound is silent."""

import io
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.bitstream import BitStreamFilterContext
from av.video.frame import VideoFrame

from tests.bot.safety.cleaning.planted import WORD

SECONDS, RATE = 20, 10
"""Of each recording, and the frames of one."""
BRIGHT, LOUD = 150, 3000
"""A frame's mean from which it is a hidden one, and a sample's size from which it is of hidden sound."""
_WAVES: Mapping[str, tuple[str, float]] = {
    "flt": ("f", 0.8),
    "s16": ("h", 26_000),
    "s32": ("i", 1_700_000_000),
}
_FAST = {
    "aac": {"aac_coder": "fast"},
    "libopus": {"compression_level": "0"},
    "libmp3lame": {"compression_level": "9"},
}
"""How sound is encoded soonest."""
Edit = tuple[float | None, float]
"""Where an edit begins in the recording, None for a pause, and how long it is shown, both in seconds."""
FROM_4: Sequence[Edit] = ((4.05, 12.0),)
"""Twelve of twenty seconds."""


def shown_by(edits: Sequence[Edit]) -> Callable[[float], bool]:
    """Whether a moment is shown."""
    return lambda when: any(start is not None and start <= when < start + length for start, length in edits)


@cache
def recorded(
    container: str,
    video: str = "",
    audio: str = "",
    edits: Sequence[Edit] = FROM_4,
    *,
    gop: int = 250,
    b: int = 0,
    more: bool = False,
) -> bytes:
    """A recording without its edit list; with `more` it has a second track of each kind, all of it hidden."""
    out, shown = io.BytesIO(), shown_by(edits)
    with av.open(out, "w", format=container) as target:
        tracks = [(_picture(target, video, gop, b), shown)] if video else []
        tracks += [(_sound(target, audio), shown)] if audio else []
        if more:
            tracks += [
                (_picture(target, video, gop, b), lambda _: False),
                (_sound(target, audio), lambda _: False),
            ]
        target.start_encoding()
        for stream, is_shown in tracks:
            for frame in _frames(stream, is_shown):
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
    return out.getvalue()


def _picture(target: Any, codec: str, gop: int, b: int) -> Any:
    options = {
        "libx265": {
            "preset": "ultrafast",
            "x265-params": f"log-level=none:pools=none:keyint={gop}:bframes={b}:scenecut=0",
        }
    }
    stream = target.add_stream(
        codec,
        rate=RATE,
        options=options.get(
            codec, {"sc_threshold": "0" if codec == "libx264" else "1000000000", "preset": "ultrafast"}
        ),
    )
    stream.width, stream.height = 176, 144
    stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    stream.codec_context.gop_size = gop
    if codec == "libx264":
        stream.codec_context.max_b_frames = b
    return stream


def _sound(target: Any, codec: str) -> Any:
    stream = target.add_stream(codec, rate=48000, options={"strict": "-2", **_FAST.get(codec, {})})
    stream.layout = "mono"
    return stream


def _frames(stream: Any, is_shown: Callable[[float], bool]) -> Iterator[Any]:
    if stream.type == "video":
        for number in range(SECONDS * RATE):
            frame = VideoFrame(176, 144, stream.pix_fmt)
            for plane, value in zip(
                frame.planes, (40 + number % 8 if is_shown(number / RATE) else 220, 128, 128), strict=True
            ):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            yield frame
    else:
        length = stream.frame_size or 1024
        for start in range(0, SECONDS * 48000, length):
            frame_ = AudioFrame(format=stream.format.name, layout="mono", samples=length)
            moments = [is_shown(start / 48000), is_shown((start + length - 1) / 48000)]
            heard = [1] * length if all(moments) else [0] * length
            if moments[0] != moments[1]:
                heard = [is_shown((start + place) / 48000) for place in range(length)]
            frame_.planes[0].update(
                _samples(stream.format.name, tuple(heard)).ljust(frame_.planes[0].buffer_size, b"\0")
            )
            frame_.sample_rate, frame_.pts = 48000, start
            yield frame_


@cache
def _samples(format_: str, silent: tuple[int, ...]) -> bytes:
    """A loud buzz but where it is silent."""
    kind, top = next(found for name, found in _WAVES.items() if format_.startswith(name))
    return struct.pack(
        f"<{len(silent)}{kind}",
        *(0 if one else (-1) ** (place // 50) * top for place, one in enumerate(silent)),
    )


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place < len(content):
        size, kind = struct.unpack(">I4s", content[place : place + 8])
        yield kind, content[place + 8 : place + size]
        place += size


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _inside(content: bytes, *path: bytes) -> bytes:
    for kind in path:
        content = next(body for found, body in _boxes(content) if found == kind)
    return content


def with_edits(content: bytes, edits: Sequence[Edit] = FROM_4, *, wide: bool = False) -> bytes:
    """The recording with this edit list in each of its tracks."""
    return _with_tracks(content, lambda track, number: _edited(track, content, edits, wide))


def _edited(track: bytes, content: bytes, edits: Sequence[Edit], wide: bool) -> bytes:
    by_movie = int.from_bytes(_inside(content, b"moov", b"mvhd")[12:16], "big")
    by_track = int.from_bytes(_inside(track, b"mdia", b"mdhd")[12:16], "big")
    begun = (
        _inside(track, b"edts", b"elst")[12:16]
        if any(kind == b"edts" for kind, _ in _boxes(track))
        else bytes(4)
    )
    first = max(0, int.from_bytes(begun, "big", signed=True))
    rows = b"".join(
        struct.pack(
            ">Qqi" if wide else ">Iii",
            round(length * by_movie),
            -1 if start is None else first + round(start * by_track),
            65536,
        )
        for start, length in edits
    )
    edts = _box(b"edts", _box(b"elst", bytes([wide, 0, 0, 0]) + struct.pack(">I", len(edits)) + rows))
    parts = [(kind, body) for kind, body in _boxes(track) if kind != b"edts"]
    return b"".join(_box(kind, body) + (edts if kind == b"tkhd" else b"") for kind, body in parts)


def _with_tracks(content: bytes, change: Callable[[bytes, int], bytes]) -> bytes:
    """The recording with each track changed; its samples keep their places, as they stand before or in fragments."""
    told, number = b"", 0
    for kind, body in _boxes(_inside(content, b"moov")):
        if kind == b"trak":
            body, number = change(body, number), number + 1  # noqa: PLW2901 - it stands in its place
        told += _box(kind, body)
    return b"".join(_box(kind, told if kind == b"moov" else body) for kind, body in _boxes(content))


def switched_off(content: bytes, first: int) -> bytes:
    """The recording whose tracks from the first so many on are not enabled."""

    def change(track: bytes, number: int) -> bytes:
        flags = b"\0" if number >= first else b"\3"
        return b"".join(
            _box(kind, body[:3] + flags + body[4:] if kind == b"tkhd" else body)
            for kind, body in _boxes(track)
        )

    return _with_tracks(content, change)


def in_fragments(content: bytes) -> bytes:
    """The recording in fragments, without an edit list."""
    out = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with (
        av.open(io.BytesIO(content), "r") as source,
        av.open(out, "w", format="mp4", options=options) as target,
    ):
        copies = {one.index: target.add_stream_from_template(one) for one in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream_index]
                target.mux(packet)
    return out.getvalue()


def filtered(content: bytes, name: str, change: Callable[[bytes], bytes] = bytes) -> bytes:
    """The recording whose first stream went through a filter of FFmpeg's, and its packets through a change."""
    out = io.BytesIO()
    with av.open(io.BytesIO(content), "r") as source, av.open(out, "w", format="mp4") as target:
        stream = source.streams[0]
        copy = target.add_stream_from_template(stream)
        filter_ = BitStreamFilterContext(name, stream, copy)
        packets = [one for one in source.demux(stream) if one.dts is not None]
        for one in [*(done for packet in packets for done in filter_.filter(packet)), *filter_.filter(None)]:
            fresh: Any = av.packet.Packet(change(bytes(one)))
            fresh.pts, fresh.dts, fresh.duration, fresh.time_base = (
                one.pts,
                one.dts,
                one.duration,
                one.time_base,
            )
            fresh.is_keyframe, fresh.stream = one.is_keyframe, copy
            target.mux(fresh)
    return out.getvalue()


def before_each(unit: bytes) -> Callable[[bytes], bytes]:
    """A change that puts a unit before those of a packet."""
    return lambda payload: len(unit).to_bytes(4, "big") + unit + payload


def with_boxes(content: bytes) -> bytes:
    """The recording with what no player looks at, before and behind it and among its headers."""
    said = WORD.encode()
    extra = _box(b"free", said) + _box(b"uuid", bytes(16) + said) + _box(b"mdat", said)
    told = _inside(content, b"moov") + _box(b"udta", _box(b"Xtra", said)) + _box(b"free", said)
    return b"".join(_box(kind, told if kind == b"moov" else body) for kind, body in _boxes(content)) + extra


@dataclass(frozen=True, slots=True)
class Case:
    """A recording: how it is made, its pictures and seconds of sound that must be left, and whether it is refused instead or cut."""

    make: Callable[[], bytes]
    pictures: int = 0
    sound: float = 0.0
    refused: bool = False
    cut: bool = False
    """Pictures before the next key frame are not in the copy."""


def _cut(
    container: str,
    video: str = "",
    audio: str = "",
    edits: Sequence[Edit] = FROM_4,
    *,
    wide: bool = False,
    **how: Any,
) -> bytes:
    return with_edits(recorded(container, video, audio, edits, **how), edits, wide=wide)


_END: Sequence[Edit] = ((0.0, 7.05),)
_MIDDLE: Sequence[Edit] = ((1.05, 3.0), (11.05, 4.0))
_PAUSED: Sequence[Edit] = ((None, 2.0), (4.05, 12.0))
CASES: Mapping[str, Case] = {
    "trial.mp4": Case(partial(_cut, "mp4", "libx264", "aac"), 120, 12),
    "trial.mov": Case(partial(_cut, "mov", "libx264", "pcm_s16le"), 120, 12),
    "b-frames.mp4": Case(partial(_cut, "mp4", "libx264", b=2), 120),
    "b-frames.mov": Case(partial(_cut, "mov", "libx264", b=3), 120),
    "wide.mp4": Case(partial(_cut, "mp4", "libx264", wide=True), 120),
    "phone.mp4": Case(partial(_cut, "mp4", "libx264", "aac", gop=15), 116, 12, cut=True),
    "phone.mov": Case(partial(_cut, "mov", "libx264", "aac", gop=15, b=2), 115, 12, cut=True),
    "phone.3gp": Case(partial(_cut, "3gp", "h263", "aac", gop=12), 113, 12, cut=True),
    "old.3gp": Case(partial(_cut, "3gp", "mpeg4", "aac", gop=12), 113, 12, cut=True),
    "iphone.mov": Case(partial(_cut, "mov", "libx265", "aac", gop=15), 116, 12, cut=True),
    "hevc-long.mov": Case(partial(_cut, "mov", "libx265"), refused=True),
    "mpeg4-long.mp4": Case(partial(_cut, "mp4", "mpeg4", gop=200), refused=True),
    "camera.mov": Case(partial(_cut, "mov", "mjpeg", "aac"), 120, 12),
    "end.mp4": Case(partial(_cut, "mp4", "libx264", "aac", _END), 71, 7),
    "end.mov": Case(partial(_cut, "mov", "libx264", "pcm_s16le", _END, b=2), 70, 7, cut=True),
    "end-hevc.mp4": Case(partial(_cut, "mp4", "libx265", "aac", _END), 71, 7),
    "middle.mp4": Case(partial(_cut, "mp4", "libx264", "aac", _MIDDLE, gop=10), 52, 7, cut=True),
    "paused.mp4": Case(partial(_cut, "mp4", "libx264", "aac", _PAUSED), 120, 12),
    "moment.mp4": Case(partial(_cut, "mp4", "libx264", "", ((6.05, 1.0),)), 10),
    "moment-hevc.mp4": Case(partial(_cut, "mp4", "libx265", "", ((6.05, 1.0),)), refused=True),
    "memo.m4a": Case(lambda: _as_m4a(_cut("ipod", "", "aac")), sound=12),
    "memo-end.m4a": Case(lambda: _as_m4a(_cut("ipod", "", "aac", _END)), sound=7),
    "alac.m4a": Case(lambda: _as_m4a(_cut("ipod", "", "alac")), sound=12, cut=True),
    "sound.mp4": Case(partial(_cut, "mp4", "", "libmp3lame"), sound=12),
    "opus.mp4": Case(partial(_cut, "mp4", "", "libopus"), sound=12),
    "flac.mp4": Case(partial(_cut, "mp4", "", "flac"), sound=12, cut=True),
    "sound.mov": Case(partial(_cut, "mov", "", "pcm_s16le"), sound=12),
    "fragments.mp4": Case(lambda: with_edits(in_fragments(recorded("mp4", "libx264", "", ((4.05, 99),))), ((4.05, 0),)), 159),
    "fragments-end.mp4": Case(lambda: with_edits(in_fragments(recorded("mp4", "libx264", "", _END)), _END), refused=True),
    "second.mp4": Case(lambda: _second("mp4"), 200, 20),
    "second-off.mov": Case(lambda: switched_off(_second("mov"), 2), 200, 20),
    "second-on.mkv": Case(lambda: _second("matroska"), 200, 20),
    "cropped.mp4": Case(lambda: filtered(recorded("mp4", "libx264"), "h264_metadata=crop_right=80"), refused=True),
    "cropped-hevc.mp4": Case(lambda: filtered(recorded("mp4", "libx265"), "hevc_metadata=crop_bottom=64"), refused=True),
    "padded.mp4": Case(lambda: filtered(recorded("mp4", "libx264", edits=((0, 99),)), "h264_metadata=crop_right=8"), 200),
    "boxes.mp4": Case(lambda: with_boxes(recorded("mp4", "libx264", edits=((0, 99),))), 200),
    "no-key-frames.mp4": Case(lambda: _all_key(_cut("mp4", "libx264")), refused=True),
    "pre-skip.webm": Case(lambda: _pre_skip(recorded("webm", "", "libopus", ((0, 99),)), 48_000), refused=True),
    "pre-skip-short.webm": Case(lambda: _pre_skip(recorded("webm", "", "libopus", ((0, 99),)), 3_840), sound=20),
}  # fmt: skip
UNITS: Mapping[str, tuple[str, bytes]] = {
    **{f"unit-{kind}.mp4": ("libx264", bytes([0x60 | kind]) + WORD.encode()) for kind in (6, 12, 14, 15, 16, 19, 20, 24, 31)},
    **{f"hevc-unit-{kind}.mp4": ("libx265", bytes([kind << 1, 1]) + WORD.encode()) for kind in (10, 22, 24, 38, 39, 41, 48, 63)},
    "hevc-layer.mp4": ("libx265", bytes([1 << 1, 1 << 3 | 1]) + WORD.encode()),
    "hevc-high-layer.mp4": ("libx265", bytes([1 << 1 | 1, 1]) + WORD.encode()),
}  # fmt: skip
"""Units that no player shows, by name: the codec, and the unit with its head."""


def _as_m4a(content: bytes) -> bytes:
    return content[:8] + b"M4A " + content[12:]


def _second(container: str) -> bytes:
    return recorded(container, "libx264", "aac", ((0, 99),), more=True)


def _all_key(content: bytes) -> bytes:
    """Without the list of key frames each frame is said to be one."""
    return content.replace(b"stss", b"free")


def _pre_skip(content: bytes, samples: int) -> bytes:
    """The samples of Opus that a player leaves out at the start."""
    place = content.index(b"OpusHead") + 10
    return content[:place] + samples.to_bytes(2, "little") + content[place + 2 :]


@cache
def trimmed(name: str) -> bytes:
    """The recording of this name."""
    return CASES[name].make()


@cache
def with_unit(name: str) -> bytes:
    """The recording whose packets hold a unit that no player shows."""
    codec, unit = UNITS[name]
    return filtered(recorded("mp4", codec, edits=((0, 99),)), "null", before_each(unit))
