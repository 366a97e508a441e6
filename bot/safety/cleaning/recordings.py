"""Video and sound, copied packet by packet into a new container with picture and sound streams only: no tags, chapters, covers,
subtitles, data tracks, times of creation or names of handlers and encoders. Nothing is decoded.

What cameras and encoders say inside the streams goes too (`streams`); a codec of which that is not known is refused.
"""

import importlib
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from bot.safety.cleaning import streams
from bot.safety.cleaning.refusal import NotCleanError, Reason
from bot.safety.cleaning.types import FileType

_DEMUXERS: Mapping[str, str] = {
    "mov": "mp4", "3gp": "mp4", "ipod": "mp4", "webm": "matroska", "adts": "aac",
}  # fmt: skip
"""FFmpeg's reader where its name is not the writer's."""
_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "mp3": {"write_xing": "0", "id3v2_version": "0"},
}
_BITEXACT: Final = {"fflags": "+bitexact"}
"""The writer names neither itself nor the time."""
_TAGS: Mapping[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
)
"""PyAV 18, the last for Python 3.11, otherwise refuses a recording whose tags are not UTF-8; 19 reads them all."""
_NOT_SHOWN = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
MOST_STREAMS: Final = 8


def prepare() -> None:
    """Load all that is needed: once the process is confined it can open nothing more."""
    for name in (
        "audio.stream",
        "audio.codeccontext",
        "video.stream",
        "video.codeccontext",
        "subtitles.stream",
        "subtitles.codeccontext",
    ):
        importlib.import_module(f"av.{name}")
    av.logging.set_level(None)


def tool(_kind: FileType) -> str:
    """Which program cleans this type."""
    return f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"


def clean(content: bytes, kind: FileType) -> bytes:
    """The clean copy of a recording; raises NotCleanError, and whatever FFmpeg raises at a broken file."""
    demuxer = _DEMUXERS.get(kind.container, kind.container)
    options = {**_BITEXACT, **_OPTIONS.get(kind.container, {})}
    out = io.BytesIO()
    with av.open(io.BytesIO(content), "r", format=demuxer, **_TAGS) as source:
        kept = [stream for stream in source.streams if _is_shown(stream)]
        if not kept:
            raise NotCleanError(Reason.BROKEN)
        if len(kept) > MOST_STREAMS:
            raise NotCleanError(Reason.LARGE)
        with av.open(out, "w", format=kind.container, container_options=options) as target:
            _copy(source, target, kept)
    return out.getvalue()


def _is_shown(stream: Stream) -> bool:
    return stream.type in {"video", "audio"} and not stream.disposition & _NOT_SHOWN


def _copy(source: InputContainer, target: Any, kept: list[Stream]) -> None:
    copies: dict[int, tuple[Any, streams.Rule]] = {}
    for stream in kept:
        rule = streams.rule_of(stream.codec_context.name, stream.codec_context.extradata)
        copy = target.add_stream_from_template(stream, opaque=True)
        copy.metadata.clear()
        if rule.extradata != stream.codec_context.extradata:
            copy.codec_context.extradata = rule.extradata
        copies[stream.index] = copy, rule
    written = 0
    for packet in _packets(source, kept):
        copy, rule = copies[packet.stream_index]
        payload = rule.clean(bytes(packet))
        if payload:
            target.mux_one(_fresh(packet, payload, copy))
            written += 1
    if not written:
        raise NotCleanError(Reason.BROKEN)


def _packets(source: InputContainer, kept: list[Stream]) -> "Iterator[Packet[Any]]":
    for packet in source.demux(kept):
        if packet.is_corrupt:
            raise NotCleanError(Reason.BROKEN)
        if packet.size:  # an empty one marks the end; Matroska's have no dts at first
            yield packet


def _fresh(packet: "Packet[Any]", payload: bytes, stream: Any) -> "Packet[Any]":
    """A packet that has the times and the payload of another, and no side data."""
    fresh = Packet(payload)
    fresh.pts, fresh.dts, fresh.duration = packet.pts, packet.dts, packet.duration
    fresh.time_base, fresh.is_keyframe = packet.time_base, packet.is_keyframe
    fresh.stream = stream
    return fresh
