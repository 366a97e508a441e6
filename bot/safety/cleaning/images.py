"""Images, rebuilt upright from their pixels, without EXIF, XMP, IPTC, comments, colour profiles, thumbnails,
quantization tables or trailing data.

Transparent pixels hide colours, so images are laid on white, and reduced to eight bits. Animations are
rebuilt frame by frame, without the still of an animated PNG. Of a JPEG with several pictures (MPO) and of a
HEIC only the main one is kept.
"""

import importlib
import io
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import PIL
import pillow_heif
from PIL import Image, ImageCms, ImageFile, ImageSequence

from bot.safety.cleaning.cleaner import FileType, Loss, NoCopyReason, NotCleanError

MOST_PIXELS: Final = 50_000_000
"""Most pixels of all frames. Larger JPEGs are read at 1/2, 1/4 or 1/8 of their size."""
MOST_SIDE: Final = 16_383
"""Most pixels of a side: the limit of WebP."""
_ORIENTATION = 0x0112
"""EXIF 2.32, 4.6.4."""
_TURNS: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
_SAVED: Mapping[str, Mapping[str, Any]] = {
    "JPEG": {"quality": 92},
    "PNG": {"compress_level": 6},
    "WEBP": {"quality": 92, "method": 2},
    "GIF": {},
}
"""Fixed encoder settings, since the original ones could identify the device."""
_KEPT_MODES = {"JPEG": {"L"}, "PNG": {"1", "L"}}


def prepare() -> None:
    """Load everything needed, since a confined process can open no more files."""
    for name in ("Gif", "Jpeg", "Mpo", "Png", "WebP"):
        importlib.import_module(f"PIL.{name}ImagePlugin")
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = None  # own limits apply, and Pillow's is only a warning
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    pillow_heif.register_heif_opener()


def tool(kind: FileType) -> str:
    heif = f", pillow-heif {pillow_heif.__version__}" if kind.container == "HEIF" else ""
    return f"Pillow {PIL.__version__}{heif}"


def clean(content: bytes, kind: FileType) -> tuple[bytes, Loss | None]:
    """Clean copy of an image. Raises NotCleanError, and any error of a library for a broken file."""
    target = kind.becomes or kind.container.upper()
    formats = ["JPEG", "MPO"] if kind.container == "JPEG" else [kind.container]
    with Image.open(io.BytesIO(content), formats=formats) as image:
        _bound(image)
        is_animated = target != "JPEG" and getattr(image, "n_frames", 1) > 1
        frames = list(_frames(image, target)) if is_animated else [_frame(image, target)]
    out = io.BytesIO()
    moving: dict[str, Any] = {}
    if len(frames) > 1:
        durations = [frame.info.pop("duration") for frame in frames]
        moving = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
    frames[0].info.clear()
    frames[0].save(out, target, **_SAVED[target], **moving)
    return out.getvalue(), None


_FEWEST_BITS: Final = 6
"""Fewest zeros and ones of a hash. Plain pictures would else be like all others."""


def picture_hash(copy: bytes) -> str:
    """Difference hash in 16 hexadecimal digits: a bit for each of 8x8 fields darker than the next. "" for a plain picture."""
    with Image.open(io.BytesIO(copy)) as image:
        image.draft("L", (72, 64))
        fields = image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    pairs = [(fields[at], fields[at + 1]) for at in range(71) if at % 9 < 8]
    bits = sum(1 << at for at, (left, right) in enumerate(pairs) if left < right)
    return f"{bits:016x}" if _FEWEST_BITS <= bits.bit_count() <= 64 - _FEWEST_BITS else ""


def _bound(image: Image.Image) -> None:
    width, height = image.size
    if image.format in {"JPEG", "MPO"} and width * height > MOST_PIXELS:
        # libjpeg decodes at a smaller scale, so that the full image is never in memory.
        scale = next((by for by in (2, 4, 8) if width * height <= MOST_PIXELS * by * by), 8)
        image.draft("RGB", (width // scale, height // scale))
        width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise NotCleanError(NoCopyReason.LARGE)


def _frames(image: Image.Image, target: str) -> Iterator[Image.Image]:
    width, height = image.size
    for number, frame in enumerate(ImageSequence.Iterator(image)):
        if number == 0 and getattr(image, "default_image", False):
            continue
        if (number + 1) * width * height > MOST_PIXELS:
            raise NotCleanError(NoCopyReason.LARGE)
        milliseconds = int(frame.info.get("duration") or 0)
        clean_frame = _frame(frame, target)
        clean_frame.info["duration"] = min(max(milliseconds, 20), 60_000)
        yield clean_frame


def _frame(image: Image.Image, target: str) -> Image.Image:
    image.load()
    turn = _TURNS.get(_orientation(image))
    image = _flat(image)
    plain = _srgb(image, image.mode if image.mode in _KEPT_MODES.get(target, ()) else "RGB")
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    return fresh if turn is None else fresh.transpose(turn)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 if unreadable. HEIC images are already upright."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except (SyntaxError, ValueError, TypeError, KeyError, IndexError, OSError, struct.error):
        return 1
    return found if isinstance(found, int) else 1


def _flat(image: Image.Image) -> Image.Image:
    if image.mode == "I;16":
        flat = Image.frombytes("L", image.size, image.tobytes()[1::2])
    elif image.has_transparency_data:
        shown = image.convert("RGBA")
        flat = Image.new("RGB", image.size, "white")
        flat.paste(shown, mask=shown.getchannel("A"))
    else:
        return image
    flat.info["icc_profile"] = image.info.get("icc_profile")
    return flat


def _srgb(image: Image.Image, mode: str) -> Image.Image:
    """Image in sRGB, since its profile is dropped. Unchanged if the profile cannot be read."""
    profile = image.info.get("icc_profile")
    to_srgb: Callable[..., Any] = ImageCms.profileToProfile
    if profile and image.mode in {"RGB", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = to_srgb(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return image.convert(mode)
        return image.convert(mode) if turned is None else turned.convert(mode)
    return image if image.mode == mode else image.convert(mode)


_END, _SCAN = 0xD9, 0xDA
_ADOBE = 0xEE
_METADATA = range(0xE0, 0xFF)
"""Segments of applications (APP0 to APP15), JPG0 to JPG13, and comments."""
_BARE = {0x01, *range(0xD0, 0xD8)}
_MARKER = re.compile(rb"\xff+([^\xff])")
_AFTER_SCAN = re.compile(rb"\xff(?=[^\x00\xd0-\xd7\xff])")
"""End of entropy-coded data: a marker that is neither a stuffed byte nor a restart."""


def clean_jpeg(content: bytes) -> bytes:
    """Remove comments, trailing bytes and application data but Adobe's mark. Raises NotCleanError."""
    if content[:2] != b"\xff\xd8":
        raise NotCleanError(NoCopyReason.BROKEN)
    kept, place = [b"\xff\xd8"], 2
    while place < len(content):
        place, marker = _marker(content, place)
        if marker == _END:
            break
        if marker in _BARE:
            kept.append(bytes([0xFF, marker]))
            continue
        end = place + int.from_bytes(content[place : place + 2], "big")
        if end > len(content) or end < place + 2:
            raise NotCleanError(NoCopyReason.BROKEN)
        is_adobe = marker == _ADOBE and content[place + 2 : place + 7] == b"Adobe" and end - place == 14
        if is_adobe or marker not in _METADATA:
            kept.append(bytes([0xFF, marker]) + content[place:end])
        place = end
        if marker == _SCAN:
            found = _AFTER_SCAN.search(content, place)
            end = found.start() if found is not None else len(content)
            kept.append(content[place:end])
            place = end
    return b"".join(kept) + b"\xff\xd9"


def _marker(content: bytes, place: int) -> tuple[int, int]:
    found = _MARKER.match(content, place)
    if found is None:
        raise NotCleanError(NoCopyReason.BROKEN)
    return found.end(), found[1][0]
