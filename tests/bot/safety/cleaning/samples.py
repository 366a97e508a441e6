"""One file of each kind that can be cleaned, with planted data; made once for all tests."""

from collections.abc import Callable, Mapping
from functools import cache

from tests.bot.safety.cleaning import planted
from tests.bot.safety.cleaning.recorded import AMR, as_m4a, recording, with_data_track

_MADE: Mapping[str, Callable[[], bytes]] = {
    "photo.jpg": planted.jpeg,
    "print.jpg": lambda: planted.jpeg(mode="CMYK"),
    "screen.png": planted.png,
    "grey.png": lambda: planted.png(mode="LA"),
    "moving.png": lambda: planted.moving("PNG"),
    "photo.webp": planted.webp,
    "moving.webp": lambda: planted.moving("WEBP"),
    "moving.gif": lambda: planted.moving("GIF"),
    "photo.heic": planted.heic,
    "phone.mp4": lambda: recording("mp4", "libx264", "aac"),
    "iphone.mp4": lambda: recording("mp4", "libx265", "aac"),
    "iphone.mov": lambda: with_data_track(recording("mov", "libx264", "pcm_s16le")),
    "camera.mov": lambda: recording("mov", "mjpeg", "aac"),
    "old.3gp": lambda: recording("3gp", "h263", "amr"),
    "older.3gp": lambda: recording("3gp", "mpeg4", "aac"),
    "memo.m4a": lambda: as_m4a(recording("mp4", "", "aac")),
    "browser.webm": lambda: recording("webm", "libvpx", "libopus"),
    "other.webm": lambda: recording("webm", "libvpx-vp9", "vorbis"),
    "screen.mkv": lambda: recording("matroska", "libx264", "libmp3lame"),
    "voice.ogg": lambda: recording("ogg", "", "libopus"),
    "music.ogg": lambda: recording("ogg", "", "vorbis"),
    "music.mp3": lambda: recording("mp3", "", "libmp3lame"),
    "music.flac": lambda: recording("flac", "", "flac"),
    "memo.wav": lambda: recording("wav", "", "pcm_s16le"),
    "memo.amr": lambda: AMR,
    "memo.aac": lambda: recording("adts", "", "aac"),
    "order.pdf": planted.pdf,
}
NAMES = tuple(_MADE)


@cache
def sample(name: str) -> bytes:
    """The file of this name."""
    return _MADE[name]()
