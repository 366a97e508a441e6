"""Hostile files, made here: bombs, lies about size, truncated, nested and polyglot files."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from tests.bot.safety.cleaning import planted
from tests.bot.safety.cleaning.planted import WORD
from tests.bot.safety.cleaning.samples import NAMES, sample

SCRIPT = f"<script>{WORD}</script>".encode()


def broken() -> Iterator[tuple[str, bytes]]:
    """Every sample cut off in the middle, and with bytes that are wrong here and there."""
    for name in NAMES:
        content, chance = sample(name), random.Random(name)
        yield f"cut-{name}", content[: len(content) // 2]
        flipped = bytearray(content)
        for _ in range(max(4, len(content) // 100)):
            flipped[chance.randrange(12, len(content))] = chance.randrange(256)
        yield f"flipped-{name}", bytes(flipped)


def _png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _png_bomb() -> bytes:
    """Little more than 100 KB that become 300 MB: 10,000 by 10,000 pixels."""
    squeezed = zlib.compressobj(9)
    rows = b"".join(squeezed.compress(bytes(3_000_100)) for _ in range(10)) + squeezed.flush()
    return _png(10_000, 10_000, rows)


def _png_comment_bomb() -> bytes:
    """A comment of which a megabyte becomes a gigabyte."""
    data = b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    content = planted.png()
    return content[:33] + chunk * 3 + content[33:]


def _jpeg_of_100_megapixels() -> bytes:
    """As phones make them, in one colour."""
    out = io.BytesIO()
    Image.new("L", (11_600, 8_700), 90).save(out, "JPEG", quality=10)
    return out.getvalue()


def _jpeg_with_size(width: int, height: int) -> bytes:
    """A small JPEG that says it is large."""
    content = planted.jpeg()
    place = content.rindex(b"\xff\xc0") + 5
    return content[:place] + struct.pack(">HH", height, width) + content[place + 4 :]


def _gif_of_frames() -> bytes:
    """Frame after frame after frame, each of a megapixel, in some kilobytes."""
    out = io.BytesIO()
    frames = [Image.new("P", (1000, 1000), number) for number in range(60)]
    for frame in frames:
        frame.putpalette([shade for shade in range(256) for _ in range(3)])
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=20)
    return out.getvalue()


def _nested_zip(depth: int = 6) -> bytes:
    content = bytes(1_000_000)
    for number in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(8):
                archive.writestr(f"{number}-{copy}.zip", content)
        content = out.getvalue()
    return content


def _document(words: bytes) -> bytes:
    """A word processor's document."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", words)
        archive.writestr("word/vbaProject.bin", words)
    return out.getvalue()


def _saved(document: Pdf, **how: object) -> bytes:
    out = io.BytesIO()
    document.save(out, **how)  # type: ignore[arg-type] # one of pikepdf's many options
    return out.getvalue()


def _pdf_bomb() -> bytes:
    """A page whose content is deflated four times: kilobytes that become ten gigabytes."""
    document = Pdf.new()
    page = document.add_blank_page()
    content = zlib.compress(bytes(10_000_000), 9)
    for _ in range(3):
        content = zlib.compress(content * 10, 9)
    stream = document.make_stream(b"")
    stream.write(content, filter=Array([Name.FlateDecode] * 4), decode_parms=None)
    page.Contents = stream
    return _saved(document)


def _pdf_photo_bomb() -> bytes:
    """A photo that is deflated on top: it has to be opened, and becomes a hundred times larger."""
    squeezed = zlib.compressobj(1)
    content = squeezed.compress(planted.jpeg())
    content += b"".join(squeezed.compress(bytes(32_000_000)) for _ in range(3)) + squeezed.flush()
    document = Pdf.new()
    page = document.add_blank_page()
    stream = document.make_stream(b"")
    stream.write(content, filter=Array([Name.FlateDecode, Name.DCTDecode]), decode_parms=None)
    stream.Type, stream.Subtype, stream.Width, stream.Height = Name.XObject, Name.Image, 24, 16
    page.Resources = Dictionary(XObject=Dictionary(Im0=stream))
    return _saved(document)


def _pdf_that_nests() -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n"
        + b"[" * 200_000
        + b"]" * 200_000
        + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF"
    )


def _pdf_that_loops() -> bytes:
    """Pages that are their own parents and children."""
    return (
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 /Parent 2 0 R >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF"
    )


def _pdf_with_password() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    return _saved(document, encryption=pikepdf.Encryption(user="x", owner="y"))


def _pdf_of_pages() -> bytes:
    """More pages than anybody reads."""
    document = Pdf.new()
    for _ in range(2001):
        document.add_blank_page()
    return _saved(document)


def _pdf_that_launches() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    document.Root.OpenAction = Dictionary(S=Name.Launch, F=String(f"cmd {WORD}"))
    document.Root.AA = Dictionary(WC=Dictionary(S=Name.JavaScript, JS=String(WORD)))
    return _saved(document)


def _boxes(depth: int) -> bytes:
    """An MP4 whose boxes stand in each other."""
    content = b""
    for _ in range(depth):
        content = struct.pack(">I4s", 8 + len(content), b"moov") + content
    return b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + content


def _mp4_with_sizes() -> bytes:
    """Every size that is said is 4 GB."""
    content = sample("phone.mp4")
    for kind in (b"stsz", b"stco", b"stts", b"ctts"):
        place = content.find(kind)
        if place > 0:
            content = content[: place + 8] + b"\xff\xff\xff\xff" + content[place + 12 :]
    return content


def _mkv_of_attachments() -> bytes:
    """Sizes without end in EBML: unknown lengths within unknown lengths."""
    return sample("screen.mkv")[:60] + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 2000


SPECIAL: Mapping[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "one-byte": lambda: b"\xff",
    "text": lambda: f"{WORD}".encode() * 100,
    "page": lambda: b"<!DOCTYPE html>" + SCRIPT,
    "drawing": lambda: b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>",
    "program": lambda: b"\x7fELF" + bytes(500),
    "playlist": lambda: b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile:///etc/passwd\n",
    "concat": lambda: b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "nested-archives": _nested_zip,
    "document-with-macros": lambda: _document(WORD.encode()),
    "png-bomb": _png_bomb,
    "png-comment-bomb": _png_comment_bomb,
    "png-says-4-gigapixels": lambda: _png(65_000, 65_000, zlib.compress(bytes(1000))),
    "png-says-nothing": lambda: _png(0, 0, b""),
    "jpeg-of-100-megapixels": _jpeg_of_100_megapixels,
    "jpeg-says-4-gigapixels": lambda: _jpeg_with_size(65_500, 65_500),
    "jpeg-says-one-line": lambda: _jpeg_with_size(65_500, 1),
    "gif-of-frames": _gif_of_frames,
    "jpeg-and-archive": lambda: planted.jpeg() + _document(WORD.encode()),
    "jpeg-and-page": lambda: planted.jpeg() + SCRIPT,
    "png-and-program": lambda: planted.png() + b"\x7fELF" + WORD.encode(),
    "gif-and-script": lambda: planted.moving("GIF") + b"*/=1;" + SCRIPT,
    "pdf-and-archive": lambda: planted.pdf() + _document(WORD.encode()),
    "mp4-and-page": lambda: sample("phone.mp4") + SCRIPT,
    "pdf-bomb": _pdf_bomb,
    "pdf-photo-bomb": _pdf_photo_bomb,
    "pdf-that-nests": _pdf_that_nests,
    "pdf-that-loops": _pdf_that_loops,
    "pdf-with-password": _pdf_with_password,
    "pdf-of-pages": _pdf_of_pages,
    "pdf-that-launches": _pdf_that_launches,
    "mp4-nested-boxes": lambda: _boxes(5000),
    "mp4-says-4-gigabytes": _mp4_with_sizes,
    "mkv-without-ends": _mkv_of_attachments,
    "heic-without-image": lambda: (
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + struct.pack(">I4s", 8, b"meta") * 500
    ),
    "webp-says-16-gigapixels": lambda: (
        b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xff\xff\xff\xff\xff\xff" + bytes(40)
    ),
    "ogg-of-pages": lambda: (b"OggS\0\0" + bytes(20) + b"\xff" + b"\xff" * 255) * 200,
    "mp3-of-tags": lambda: (b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"TIT2") * 500,
}


@cache
def special(name: str) -> bytes:
    """The file of this name."""
    return SPECIAL[name]()
