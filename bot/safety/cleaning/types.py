"""Types of files, by their first bytes alone, not by the name or description that the sender gives.

Only listed types are ever opened. A file of two types is cleaned as that of its first bytes, and only that
survives.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileType:
    """Type that can be cleaned. `room` is the cleaning module, `container` the name in Pillow or FFmpeg,
    `becomes` the type of the copy if it differs."""

    name: str
    mime: str
    suffix: str
    room: str
    container: str
    becomes: str = ""


IMAGES, RECORDINGS, DOCUMENTS = "images", "recordings", "documents"
_TYPES = (
    FileType("JPEG", "image/jpeg", "jpg", IMAGES, "JPEG"),
    FileType("PNG", "image/png", "png", IMAGES, "PNG"),
    FileType("WebP", "image/webp", "webp", IMAGES, "WEBP"),
    FileType("GIF", "image/gif", "gif", IMAGES, "GIF"),
    FileType("HEIC", "image/heic", "heic", IMAGES, "HEIF", becomes="JPEG"),
    FileType("MP4", "video/mp4", "mp4", RECORDINGS, "mp4"),
    FileType("MOV", "video/quicktime", "mov", RECORDINGS, "mov"),
    FileType("3GP", "video/3gpp", "3gp", RECORDINGS, "3gp"),
    FileType("M4A", "audio/mp4", "m4a", RECORDINGS, "ipod"),
    FileType("WebM", "video/webm", "webm", RECORDINGS, "webm"),
    FileType("Matroska", "video/x-matroska", "mkv", RECORDINGS, "matroska"),
    FileType("Ogg", "audio/ogg", "ogg", RECORDINGS, "ogg"),
    FileType("MP3", "audio/mpeg", "mp3", RECORDINGS, "mp3"),
    FileType("AAC", "audio/aac", "aac", RECORDINGS, "adts"),
    FileType("AMR", "audio/amr", "amr", RECORDINGS, "amr"),
    FileType("FLAC", "audio/flac", "flac", RECORDINGS, "flac"),
    FileType("WAV", "audio/wav", "wav", RECORDINGS, "wav"),
    FileType("PDF", "application/pdf", "pdf", DOCUMENTS, "PDF"),
)
TYPES = {one.name: one for one in _TYPES}

_BRANDS = {
    "HEIC": (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), "MOV": (b"qt  ",), "M4A": (b"M4A ", b"M4B "),
    "3GP": (b"3gp", b"3g2"),
    "MP4": (b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"avc1", b"mp41", b"mp42",
            b"mp71", b"dash", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"XAVC"),
}  # fmt: skip
"""Beginnings of the major brand (ISO/IEC 14496-12, 4.3)."""
_OLD_MOV_BOXES = {b"moov", b"mdat", b"wide"}


def type_of(content: bytes) -> FileType | None:
    name = _name_of(content[:64])
    return TYPES[name] if name else None


def _name_of(head: bytes) -> str | None:
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF":
        return {b"WEBP": "WebP", b"WAVE": "WAV"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return next((name for name, brands in _BRANDS.items() if head[8:12].startswith(brands)), None)
    if head[4:8] in _OLD_MOV_BOXES:
        return "MOV"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "WebM" if b"webm" in head else "Matroska" if b"matroska" in head else None
    return _by_frame(head)


_STARTS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"%PDF-", "PDF"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"ID3", "MP3"),
    (b"#!AMR", "AMR"),
)


def _by_frame(head: bytes) -> str | None:
    """Type of audio that begins with its first frame: eleven or twelve one bits, then the layer, 0 for ADTS."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "AAC"
    layer_3, known_rate = head[1] & 0x06 == 0x02, head[2] & 0xF0 not in {0x00, 0xF0}
    return "MP3" if layer_3 and known_rate else None
