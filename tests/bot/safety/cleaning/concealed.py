"""Images and documents in which something is hidden, made here: hidden pixels are red, hidden words hold WORD, and what is shown is blue
or white."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from tests.bot.safety.cleaning.planted import WORD, exif, saved

RED, BLUE, CLEAR = (255, 0, 0), (0, 0, 255), (255, 0, 0, 0)
SIZE = (32, 24)


def _saved(image: Image.Image, format_: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **how)
    return out.getvalue()


def half_clear(mode: str = "RGBA") -> Image.Image:
    """Blue on the left; on the right red that is not seen."""
    image = Image.new("RGBA", SIZE, CLEAR)
    image.paste((*BLUE, 255), (0, 0, SIZE[0] // 2, SIZE[1]))
    return image.convert(mode)


def _png(kind: int, bits: int, rows: list[bytes], *more: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", *SIZE, bits, kind, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    told = b"".join(chunk(*one) for one in more)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + told + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _grey_alpha_words() -> bytes:
    """Shades that are words, where nothing is seen."""
    said = (WORD.encode() * 9)[: SIZE[0]]
    return _png(4, 8, [b"".join(bytes([one, 0]) for one in said)] * SIZE[1])


def _deep_words() -> bytes:
    """Words in the lower half of sixteen bits, which no screen shows."""
    said = (WORD.encode() * 9)[: SIZE[0]]
    return _png(0, 16, [b"".join(bytes([200, one]) for one in said)] * SIZE[1])


def _palette(**more: bytes) -> bytes:
    """Colours of a palette, some of them clear, words in those that nothing uses."""
    said = (WORD.encode() * 70)[:762]
    told = [(b"PLTE", bytes((*BLUE, *RED)) + said)] + [(name.encode(), data) for name, data in more.items()]
    return _png(3, 8, [bytes(16) + b"\1" * 16] * SIZE[1], *told)


def _moving(format_: str, frames: list[Image.Image], **how: Any) -> bytes:
    return _saved(frames[0], format_, save_all=True, append_images=frames[1:], duration=100, loop=0, **how)


def _photos(first: Image.Image, second: Image.Image) -> bytes:
    """Two pictures in one JPEG, of which the second is for other programs."""
    return _saved(first, "MPO", save_all=True, append_images=[second])


def _thumbnail() -> bytes:
    """A photo whose small picture shows what was cut away from the large one."""
    told, small = exif(1), _saved(Image.new("RGB", SIZE, RED), "JPEG")
    body = told.tobytes()
    assert len(small) < 30_000
    return _saved(Image.new("RGB", SIZE, BLUE), "JPEG", exif=body) + small


def _heics(*images: Image.Image, **how: Any) -> bytes:
    return _saved(images[0], "HEIF", save_all=True, append_images=images[1:], quality=-1, **how)


def _blue(size: tuple[int, int] = SIZE) -> Image.Image:
    return Image.new("RGB", size, BLUE)


def _red(size: tuple[int, int] = SIZE) -> Image.Image:
    return Image.new("RGB", size, RED)


def _gif_with_words() -> bytes:
    image = Image.new("P", SIZE, 0)
    image.putpalette(bytes(BLUE) + (WORD.encode() * 70)[:765])
    return _saved(image, "GIF", optimize=False)


_KEYED = b"\0\xff\0\0\0\0"
"""Red as the colour that is clear, in sixteen bits a channel."""
IMAGES: Mapping[str, Callable[[], bytes]] = {
    "alpha.png": lambda: _saved(half_clear(), "PNG"),
    "grey-alpha.png": _grey_alpha_words,
    "deep.png": _deep_words,
    "palette.png": lambda: _palette(tRNS=b"\xff\0"),
    "key.png": lambda: _png(2, 8, [bytes((*BLUE,)) * 16 + bytes((*RED,)) * 16] * SIZE[1], (b"tRNS", _KEYED)),
    "alpha-lossless.webp": lambda: _saved(half_clear(), "WEBP", lossless=True, exact=True),
    "alpha-lossy.webp": lambda: _saved(half_clear(), "WEBP", quality=95, exact=True),
    "alpha.heic": lambda: _heics(half_clear().resize((64, 48))),
    "second.heic": lambda: _heics(_blue((64, 48)), _red((64, 48))),
    "alpha-moving.png": lambda: _moving("PNG", [half_clear(), Image.new("RGBA", SIZE, (*BLUE, 255))]),
    "before-moving.png": lambda: _moving("PNG", [_red(), _blue(), Image.new("RGB", SIZE, (0, 0, 200))], default_image=True),
    "alpha-moving.webp": lambda: _moving("WEBP", [half_clear(), Image.new("RGBA", SIZE, (*BLUE, 255))], lossless=True, exact=True),
    "clear.gif": lambda: _saved(half_clear().quantize(3), "GIF"),
    "clear-moving.gif": lambda: _moving("GIF", [half_clear(), Image.new("RGBA", SIZE, (*BLUE, 255))]),
    "palette.gif": _gif_with_words,
    "behind.gif": lambda: _saved(_blue(), "GIF") + _saved(_red(), "GIF"),
    "behind.png": lambda: _saved(_blue(), "PNG") + _saved(_red(), "PNG"),
    "behind.jpg": lambda: _saved(_blue(), "JPEG") + _saved(_red(), "JPEG"),
    "second.jpg": lambda: _photos(_blue(), _red()),
    "small.jpg": _thumbnail,
    "cut.png": lambda: _png(2, 8, [bytes((*BLUE,)) * 32] * 24 + [bytes((*RED,)) * 32] * 24),
    "said.jpg": lambda: _saved(_blue(), "JPEG", comment=WORD, exif=exif(1)),
}  # fmt: skip


@cache
def image(name: str) -> bytes:
    """The image of this name."""
    return IMAGES[name]()


def _page(document: Pdf, drawn: bytes, **resources: Any) -> Any:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page = document.add_blank_page(page_size=(200, 100))
    page.Resources = Dictionary(Font=Dictionary(F0=font))
    for key, value in resources.items():
        page.Resources[Name("/" + key)] = Dictionary(value)
    page.Contents = document.make_stream(drawn)
    return page


def _picture(document: Pdf, content: bytes | None = None, **entries: Any) -> Any:
    """A photo that is red, in a document, with words in what its camera said."""
    body = content or _saved(_red(), "JPEG", exif=exif(1), comment=WORD)
    stream = document.make_stream(b"")
    plain = {
        "Type": Name.XObject,
        "Subtype": Name.Image,
        "Width": 32,
        "Height": 24,
        "ColorSpace": Name.DeviceRGB,
        "BitsPerComponent": 8,
    }
    filter_ = entries.pop("Filter", Name.DCTDecode)
    stream.write(body, filter=filter_)
    for key, value in (plain | entries).items():
        if value is not None:
            stream[Name("/" + key)] = value
    return stream


_TEXT = b"BT /F0 12 Tf 20 40 Td (%b) Tj ET\n" % WORD.encode()
_BAR = b"0 g 10 30 150 30 re f\n"
_SHOWN = b"0 0 1 rg 5 5 20 10 re f\n"
_DRAW = b"q 50 0 0 40 20 30 cm /Im0 Do Q\n"


def _drawn(drawn: bytes, change: Callable[[Pdf, Any], None] | None = None) -> bytes:
    document = Pdf.new()
    page = _page(document, drawn + _SHOWN)
    if change is not None:
        change(document, page)
    return saved(document)


def _with_picture(drawn: bytes, content: bytes | None = None, **entries: Any) -> bytes:
    document = Pdf.new()
    _page(document, drawn + _SHOWN, XObject={"/Im0": _picture(document, content, **entries)})
    return saved(document)


def _layered() -> bytes:
    document = Pdf.new()
    layer = document.make_indirect(Dictionary(Type=Name.OCG, Name=String(f"{WORD}layer")))
    _page(
        document,
        b"/OC /L0 BDC 1 0 0 rg 50 50 90 40 re f " + _TEXT + b"EMC " + _SHOWN,
        Properties={"/L0": layer},
    )
    document.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    return saved(document)


def _noted(subtype: str, flags: int) -> Callable[[Pdf, Any], None]:
    def change(document: Pdf, page: Any) -> None:
        box = Array([50, 50, 90, 90])
        look = document.make_stream(
            b"1 0 0 rg 0 0 40 40 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 40, 40])
        )
        note = Dictionary(
            Type=Name.Annot, Subtype=Name("/" + subtype), Rect=box, F=flags, Contents=String(f"{WORD}note"), AP=Dictionary(N=look),
        )  # fmt: skip
        page.Annots = Array([document.make_indirect(note)])

    return change


def _cropped(document: Pdf, page: Any) -> None:
    page.CropBox = Array([0, 0, 30, 30])


def _thumbed(document: Pdf, page: Any) -> None:
    page.Thumb = _picture(document)
    page.PieceInfo = Dictionary(App=Dictionary(Private=String(WORD)))


def _attached(document: Pdf, _page: Any) -> None:
    document.attachments[f"{WORD}.txt"] = WORD.encode()
    document.Root.Names.JavaScript = Dictionary(
        Names=Array([String("x"), Dictionary(S=Name.JavaScript, JS=String(WORD))])
    )


def _named(document: Pdf, _page: Any) -> None:
    hidden = Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 9, 9]), Contents=document.make_stream(_TEXT))
    document.Root.Names = Dictionary(
        Templates=Dictionary(Names=Array([String(WORD), document.make_indirect(hidden)]))
    )


def _structured(document: Pdf, _page: Any) -> None:
    told = document.make_indirect(
        Dictionary(Type=Name.StructElem, S=Name.P, ActualText=String(WORD), Alt=String(WORD))
    )
    document.Root.StructTreeRoot = document.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=told))
    document.Root.Outlines = document.make_indirect(
        Dictionary(Type=Name.Outlines, First=Dictionary(Title=String(WORD)))
    )
    document.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=String(WORD))]))


def _unlettered(document: Pdf, page: Any) -> None:
    """A font of a program's own whose letters have no shapes: they are read, and not seen."""
    page.Resources.Font.F1 = document.make_indirect(Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 10, 10]), FontMatrix=Array([0.1, 0, 0, 0.1, 0, 0]), FirstChar=0,
        LastChar=255, Widths=Array([6] * 256), Resources=Dictionary(), CharProcs=Dictionary(A=document.make_stream(b"6 0 d0 % " + WORD.encode())),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([0, *[Name.A] * 256])),
    ))  # fmt: skip
    page.Contents = document.make_stream(_TEXT.replace(b"F0", b"F1") + _SHOWN)


def _revised() -> bytes:
    """Words that a later revision took away."""
    content = _drawn(_TEXT)
    with pikepdf.open(io.BytesIO(content)) as document:
        number = document.pages[0].Contents.objgen[0]
    start = content.rfind(b"startxref")
    body = b"\n%d 0 obj\n<< /Length %d >>\nstream\n%b\nendstream\nendobj\n" % (number, len(_SHOWN), _SHOWN)
    with pikepdf.open(io.BytesIO(content)) as document:
        root = document.Root.objgen[0]
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size 99 /Prev %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        number, len(content) + 1, int(content[start:].split()[1]), root, len(content) + len(body),
    )  # fmt: skip
    return content + body + table


def _alternate(document: Pdf, page: Any) -> None:
    shown = _picture(document, _saved(_blue(), "JPEG"))
    shown.Alternates = Array(
        [Dictionary(Image=document.make_indirect(_picture(document)), DefaultForPrinting=True)]
    )
    page.Resources.XObject = Dictionary(Im0=shown)


def _masked(document: Pdf, page: Any) -> None:
    mask = document.make_stream(bytes(32 * 24), Type=Name.XObject, Subtype=Name.Image, Width=32, Height=24, ColorSpace=Name.DeviceGray, BitsPerComponent=8)  # fmt: skip
    page.Resources.XObject = Dictionary(Im0=_picture(document, SMask=mask))


def _inline() -> bytes:
    body = _saved(_blue(), "JPEG", comment=WORD, exif=exif(1))
    return b"q 50 0 0 40 20 30 cm BI /W 32 /H 24 /CS /RGB /BPC 8 /F /DCT ID " + body + b" EI Q\n"


def _two_pictures() -> bytes:
    document = Pdf.new()
    pictures = {"/Im0": _picture(document), "/Im1": _picture(document, _saved(_blue(), "JPEG"))}
    _page(document, _DRAW + _DRAW.replace(b"Im0", b"Im1") + _SHOWN, XObject=pictures)
    return saved(document)


_CLIPPED = b"q 0 0 1 1 re W n " + _DRAW + _TEXT + b"Q\n"
_SHOWN_PICTURE = _saved(_blue(), "JPEG", exif=exif(1), comment=WORD)
_RAW = bytes(RED) * (32 * 24)
DOCUMENTS: Mapping[str, Callable[[], bytes]] = {
    "text-under-bar": lambda: _drawn(b"0 g " + _TEXT + _BAR),
    "text-in-white": lambda: _drawn(b"1 g " + _TEXT),
    "text-unseen": lambda: _drawn(b"3 Tr " + _TEXT),
    "text-outside": lambda: _drawn(b"1 0 0 1 900 900 cm " + _TEXT + b"1 0 0 1 -900 -900 cm "),
    "text-clipped": lambda: _drawn(b"q 0 0 1 1 re W n " + _TEXT + b"Q "),
    "text-tiny": lambda: _drawn(b"q 0.001 0 0 0.001 0 0 cm " + _TEXT + b"Q "),
    "text-cropped": lambda: _drawn(_TEXT, _cropped),
    "text-without-shapes": lambda: _drawn(b"", _unlettered),
    "text-marked": lambda: _drawn(b"/Span <</ActualText (" + WORD.encode() + b")>> BDC EMC % " + WORD.encode() + b"\n"),
    "picture-under-bar": lambda: _with_picture(_DRAW + b"1 g 10 20 150 60 re f "),
    "picture-under-picture": _two_pictures,
    "picture-clipped": lambda: _with_picture(_CLIPPED),
    "picture-outside": lambda: _with_picture(b"q 1 0 0 1 900 900 cm " + _DRAW + b"Q "),
    "picture-unused": lambda: _with_picture(b""),
    "picture-masked": lambda: _drawn(_DRAW, _masked),
    "picture-alternate": lambda: _drawn(_DRAW, _alternate),
    "picture-raw-under-bar": lambda: _with_picture(_DRAW + b"1 g 10 20 150 60 re f ", zlib.compress(_RAW), Filter=Name.FlateDecode),
    "exif": lambda: _with_picture(_DRAW, _SHOWN_PICTURE),
    "exif-abbreviated": lambda: _with_picture(_DRAW, _SHOWN_PICTURE, Filter=Name.DCT),
    "exif-abbreviated-list": lambda: _with_picture(_DRAW, zlib.compress(_SHOWN_PICTURE), Filter=Array([Name.Fl, Name.DCT])),
    "exif-without-subtype": lambda: _with_picture(_DRAW, _SHOWN_PICTURE, Subtype=None),
    "exif-in-ascii": lambda: _with_picture(_DRAW, _SHOWN_PICTURE.hex().encode() + b">", Filter=Array([Name.AHx, Name.DCT])),
    "exif-inline": lambda: _drawn(_inline()),
    "jpeg-2000-comment": lambda: _with_picture(_DRAW, _saved(_blue(), "JPEG2000", comment=WORD), Filter=Name.JPXDecode),
    "jbig2-comment": lambda: _with_picture(
        _DRAW, b"\0\0\0\0\x3e\0\1" + struct.pack(">I", len(WORD) + 4) + b"\x20\0\0\0" + WORD.encode(), Filter=Name.JBIG2Decode,
        ColorSpace=Name.DeviceGray, BitsPerComponent=1,
    ),
    "layer": _layered,
    "note-hidden": lambda: _drawn(b"", _noted("Square", 2)),
    "note-no-view": lambda: _drawn(b"", _noted("Square", 32)),
    "note-popup": lambda: _drawn(b"", _noted("Popup", 0)),
    "attachment-and-script": lambda: _drawn(b"", _attached),
    "template-page": lambda: _drawn(b"", _named),
    "structure": lambda: _drawn(b"", _structured),
    "thumbnail": lambda: _drawn(b"", _thumbed),
    "revision": _revised,
    "behind": lambda: _drawn(b"") + WORD.encode() + _saved(_red(), "JPEG"),
}  # fmt: skip


@cache
def document(name: str) -> bytes:
    """The PDF of this name."""
    return DOCUMENTS[name]()
