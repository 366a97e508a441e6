"""Recordings with planted data: tags, chapters, subtitles, data tracks, covers, attachments and words inside the streams."""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.packet import Packet
from av.video.frame import VideoFrame
from PIL import Image

from tests.bot.safety.cleaning.planted import WORD, jpeg

TAGS = {
    "title": f"{WORD}title",
    "artist": f"{WORD}artist",
    "comment": f"{WORD}comment",
    "location": f"+43.2383+076.9453/{WORD}",
    "creation_time": "2025-06-07T08:09:10.000000Z",
    "make": f"{WORD}make",
    "com.apple.quicktime.location.ISO6709": f"+43.2383+076.9453/{WORD}",
    "encoder": f"{WORD}encoder",
}
SEI = b"\x00\x00\x00\x01\x06\x05" + bytes([16 + len(WORD)]) + bytes(16) + WORD.encode() + b"\x80"
"""H.264's user data (type 5) of a supplemental unit, as cameras write their serial number and place."""
HEVC_SEI = b"\x00\x00\x00\x01\x4e\x01\x05" + bytes([16 + len(WORD)]) + bytes(16) + WORD.encode() + b"\x80"
USER_DATA = b"\x00\x00\x01\xb2" + WORD.encode()
"""MPEG-4's user data."""
INSIDE = {"libx264": SEI, "libx265": HEVC_SEI, "mpeg4": USER_DATA}


def recording(
    container: str, video: str = "", audio: str = "", *, extras: bool = True, turned: int = 0, frames: int = 5
) -> bytes:
    """A short recording in which everything that can be planted is."""
    out = io.BytesIO()
    options = {"movflags": "use_metadata_tags"} if container in {"mp4", "mov", "ipod", "3gp"} else {}
    with av.open(out, "w", format=container, container_options=options) as target:
        target.metadata.update(TAGS)
        streams: list[Any] = []
        if video:
            options = (
                {"x265-params": "log-level=none:pools=none", "preset": "ultrafast"}
                if video == "libx265"
                else {}
            )
            picture: Any = target.add_stream(video, rate=10, options=options)
            picture.width, picture.height = 176, 144
            picture.pix_fmt = "yuvj420p" if video == "mjpeg" else "yuv420p"
            if turned:
                picture.set_display_rotation(turned)
            streams.append(picture)
        if audio:
            rate = 8000 if "amr" in audio else 48000
            sound: Any = target.add_stream(audio, rate=rate, options={"strict": "-2"})
            sound.layout = "mono"
            streams.append(sound)
        for stream in streams:
            stream.metadata.update(
                {
                    "handler_name": f"{WORD}handler",
                    "title": f"{WORD}track",
                    "encoder": f"{WORD}enc",
                    "language": "kaz",
                }
            )
        if extras:
            _add_extras(target, container)
        cover = _cover(target, container) if extras else None
        if container in {"mp4", "mov", "matroska"} and extras:
            second = {
                "id": 1,
                "start": 0,
                "end": 1,
                "time_base": Fraction(1, 1),
                "metadata": {"title": f"{WORD}chapter"},
            }
            target.set_chapters([second])  # type: ignore[list-item] # its own dictionary type
        target.start_encoding()
        if cover is not None:
            target.mux(cover)
        for packet in _packets(streams, video, frames):
            target.mux(packet)
    return out.getvalue()


def _add_extras(target: Any, container: str) -> None:
    if container == "matroska":
        target.add_attachment(f"{WORD}.jpg", "image/jpeg", jpeg())


def _cover(target: Any, container: str) -> "Packet[Any] | None":
    """A picture of an album, as players show it."""
    if container not in {"mp3", "flac", "ipod"}:
        return None
    stream = target.add_stream("mjpeg", rate=1)
    stream.width, stream.height, stream.pix_fmt = 16, 16, "yuvj420p"
    stream.disposition = av.stream.Disposition.attached_pic
    packet = Packet(jpeg())
    packet.pts = packet.dts = 0
    packet.time_base = Fraction(1, 90000)
    packet.stream, packet.is_keyframe = stream, True
    return packet


def _packets(streams: list[Any], video: str, frames: int) -> "Iterator[Packet[Any]]":
    for stream in streams:
        if stream.type == "video":
            for number in range(frames):
                frame = VideoFrame.from_image(Image.new("RGB", (176, 144), (number * 40, 90, 30)))
                frame.pts, frame.time_base = number, Fraction(1, 10)
                yield from (_with_words(packet, video) for packet in stream.encode(frame))
        else:
            for number in range(frames):
                frame_ = AudioFrame(format=_format(stream), layout="mono", samples=stream.frame_size or 960)
                for plane in frame_.planes:
                    plane.update(bytes(plane.buffer_size))
                frame_.sample_rate, frame_.pts = stream.rate, number * (stream.frame_size or 960)
                yield from stream.encode(frame_)
    for stream in streams:
        yield from (
            _with_words(packet, video if stream.type == "video" else "") for packet in stream.encode(None)
        )


def _format(stream: Any) -> str:
    name: str = stream.codec_context.format.name if stream.codec_context.format else "s16"
    return name


def _with_words(packet: "Packet[Any]", video: str) -> "Packet[Any]":
    """The packet with words of the encoder's before its picture."""
    if video not in INSIDE:
        return packet
    words = Packet(INSIDE[video] + bytes(packet))
    words.pts, words.dts, words.duration, words.time_base = (
        packet.pts,
        packet.dts,
        packet.duration,
        packet.time_base,
    )
    words.is_keyframe, words.stream = packet.is_keyframe, packet.stream
    return words
