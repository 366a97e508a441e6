"""Video and audio, copied packet by packet into a new container, without decoding except at a cut.

Only one video and one audio stream are kept, as a player shows them, with their visible frames (`shown`).
Tags, chapters, covers, subtitles, data tracks, creation times and names of handlers and encoders are dropped.
Data inside the streams is removed (`streams`), and unknown codecs are refused.
"""

import importlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from bot.safety.cleaning import shown, streams
from bot.safety.cleaning.cleaner import Loss, NotCleanError, Reason
from bot.safety.cleaning.types import FileType

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
            raise NotCleanError(Reason.BROKEN)
        tracks = _tracks(source, kept, edited=demuxer == "mp4" and shown.has_edits(content))
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
    rule: streams.Rule
    packets: "list[tuple[float, Packet[Any]]]" = field(default_factory=list)
    is_cut: bool = False

    def add(self, place: float, packet: "Packet[Any]") -> None:
        self.packets.append((place, _fresh(packet, self.rule.clean(bytes(packet)))))


def _tracks(source: InputContainer, kept: list[Stream], *, edited: bool) -> list[_Track]:
    tracks = {
        one.index: _Track(one, streams.rule_of(one.codec_context.name, one.codec_context.extradata))
        for one in kept
    }
    found: dict[int, list[Packet[Any]]] = {one.index: [] for one in kept}
    for place, packet in enumerate(_packets(source, kept)):
        found[packet.stream_index].append(packet)
        if not edited:
            tracks[packet.stream_index].add(place, packet)
    for number, track in tracks.items():
        if edited:
            _fill(track, shown.groups(track.stream, found[number]))
        shown.refuse_cropped(track.stream, found[number])
    return list(tracks.values())


def _fill(track: _Track, groups: list[shown.Group]) -> None:
    lost = sum((one.duration or 0) * (one.time_base or 0) for group in groups for one in group.lost)
    anew = lost > shown.MOST_LOST_SECONDS or not any(group.kept for group in groups)
    track.is_cut = lost >= _HEARD and not anew
    for group in groups:
        for one in group.kept:
            track.add(_seconds(one), one)
        if anew and group.lost:
            _encode(track, group)


def _encode(track: _Track, group: shown.Group) -> None:
    if track.rule.extradata is None or track.stream.codec_context.name != "h264":
        raise NotCleanError(Reason.KIND)
    sets, payloads = shown.encoded(track.stream, group)
    track.rule.extradata += streams.h264_stream(streams.units_of(sets))
    # The encoder does not reorder frames: assign the sorted times of decoding to the frames in display order.
    shown_at, decoded_at = zip(*((one.pts or 0, one.dts or 0) for one in group.lost), strict=True)
    for pts, dts, old, payload in zip(
        sorted(shown_at), sorted(decoded_at), group.lost, payloads, strict=True
    ):
        fresh = _fresh(old, streams.h264_stream(streams.units_of(payload)))
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
        raise NotCleanError(Reason.BROKEN)
    for _, packet in sorted(written, key=itemgetter(0)):
        target.mux_one(packet)


def _packets(source: InputContainer, kept: list[Stream]) -> "Iterator[Packet[Any]]":
    for packet in source.demux(kept):
        if packet.is_corrupt:
            raise NotCleanError(Reason.BROKEN)
        if packet.size:  # an empty packet marks the end. Matroska's first packets have no dts
            yield packet


def _fresh(packet: "Packet[Any]", payload: bytes) -> "Packet[Any]":
    """Packet with the times of another and a new payload, without side data."""
    fresh: Packet[Any] = Packet(payload)
    fresh.pts, fresh.dts, fresh.duration = packet.pts, packet.dts, packet.duration
    fresh.time_base, fresh.is_keyframe = packet.time_base, packet.is_keyframe
    return fresh
