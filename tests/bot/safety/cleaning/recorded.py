"""Recordings with planted data: tags, chapters, subtitles, data tracks, covers, attachments and words inside the streams."""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.packet import Packet
from av.video.frame import VideoFrame

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
AMR = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 5
"""Five frames at 12.2 kbit/s (RFC 4867, 5.1 and 5.3), made by hand: not every FFmpeg has an encoder for AMR."""
LAYOUTS = {"vorbis": "stereo"}
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
        if audio == "amr":
            spoken: Any = target.add_stream_from_template(_spoken().streams[0], opaque=True)
        elif audio:
            sound: Any = target.add_stream(audio, rate=48000, options={"strict": "-2"})
            sound.layout = LAYOUTS.get(audio, "mono")
            streams.append(sound)
        for stream in [*streams, *([spoken] if audio == "amr" else [])]:
            stream.metadata.update(
                {
                    "handler_name": f"{WORD}handler",
                    "title": f"{WORD}track",
                    "encoder": f"{WORD}enc",
                    "language": "kaz",
                }
            )
        others = _others(target, container, video) if extras else []
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
        target.mux(others)
        for packet in _packets(streams, video, frames):
            target.mux(packet)
        if audio == "amr":
            target.mux([_fresh(packet, spoken) for packet in _spoken().demux() if packet.size])
    return out.getvalue()


def _spoken() -> Any:
    return av.open(io.BytesIO(AMR), "r", format="amr")


def _fresh(packet: Any, stream: Any) -> Any:
    packet.stream = stream
    return packet


def _others(target: Any, container: str, video: str) -> "list[Packet[Any]]":
    """What is neither picture nor sound, as far as the container has room for it: an attachment, subtitles, a data track and an
    album's cover."""
    found = []
    if container == "matroska":
        target.add_attachment(f"{WORD}.jpg", "image/jpeg", jpeg())
    if container in {"mp4", "mov"} and video:
        found.append(_packet(target.add_mux_stream("mov_text"), len(WORD).to_bytes(2, "big") + WORD.encode()))
    if container in {"mp3", "flac"} or (container == "mp4" and not video):
        cover = target.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 16, 16, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        found.append(_packet(cover, jpeg()))
    return found


def _packet(stream: Any, payload: bytes) -> "Packet[Any]":
    packet = Packet(payload)
    packet.pts, packet.dts, packet.duration, packet.time_base = 0, 0, 1, Fraction(1, 10)
    packet.stream, packet.is_keyframe = stream, True
    return packet


def with_data_track(content: bytes) -> bytes:
    """A recording whose subtitles are a track of data, as cameras write where they were from second to second."""
    return content.replace(b"tx3g", b"gpmd").replace(b"sbtl", b"meta").replace(b"text", b"meta")


def as_m4a(content: bytes) -> bytes:
    """An MP4 under the brand of sound files."""
    return content[:8] + b"M4A " + content[12:]


def _packets(streams: list[Any], video: str, frames: int) -> "Iterator[Packet[Any]]":
    for stream in streams:
        if stream.type == "video":
            for number in range(frames):
                frame = VideoFrame(176, 144, "yuvj420p" if video == "mjpeg" else "yuv420p")
                for place, plane in enumerate(frame.planes):
                    plane.update(bytes([number * 40 + place]) * plane.buffer_size)
                frame.pts, frame.time_base = number, Fraction(1, 10)
                yield from (_with_words(packet, video) for packet in stream.encode(frame))
        else:
            for number in range(frames):
                frame_ = AudioFrame(
                    format=_format(stream), layout=stream.layout.name, samples=stream.frame_size or 960
                )
                for channel in frame_.planes:
                    channel.update(bytes(channel.buffer_size))
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
