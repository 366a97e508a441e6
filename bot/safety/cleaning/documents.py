"""PDF documents, rebuilt as pictures of their pages.

Text may be hidden under a bar, in white, outside of the page or in a font without shapes, so only visible
pixels stay. Forms and notes are drawn as seen, hidden layers are not. The result cannot be searched.
"""

import ctypes
import io
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import PIL
import pypdfium2  # type: ignore[import-untyped] # untyped
from PIL import Image, ImageChops
from pypdfium2 import raw

from bot.safety.cleaning.cleaner import FileType, Loss, NoCopyReason, NotCleanError

MOST_PAGES: Final = 300
MOST_PIXELS: Final = 250_000_000
"""Most pixels of all pages. The resolution falls with their number, down to LEAST_DPI."""
MOST_PAGE_PIXELS: Final = 16_000_000
MOST_DPI, LEAST_DPI = 200, 90
_POINTS: Final = 72
"""Points in an inch (ISO 32000-2, 8.3.2.3)."""
_FONT: Final = Path(__file__).parents[2] / "publish/fonts/NotoSans-Regular.ttf"
"""Substitute for fonts that a document names but lacks, with Latin and Cyrillic."""
_loaded: list[Any] = []


def _fonts() -> Any:
    """Font callbacks: a confined process opens no files, and the fonts of pdfium lack Cyrillic."""
    content = _FONT.read_bytes()

    def data(_self: object, _font: object, table: int, buffer: Any, size: int) -> int:
        if size >= len(content) and not table:
            ctypes.memmove(buffer, content, len(content))
        return 0 if table else len(content)

    calls: dict[str, Any] = {name: lambda *_: 0 for name, _ in raw.FPDF_SYSFONTINFO._fields_[1:]}
    calls |= {"MapFont": lambda *_: 1, "GetFont": lambda *_: 1, "GetFontData": data}
    kinds = dict(raw.FPDF_SYSFONTINFO._fields_)
    return raw.FPDF_SYSFONTINFO(1, **{name: kinds[name](call) for name, call in calls.items()})


def prepare() -> None:
    """Load everything needed, since a confined process can open no more files."""
    Image.preinit()
    _loaded.append(_fonts())
    raw.FPDF_SetSystemFontInfo(_loaded[-1])
    with pypdfium2.PdfDocument.new() as document:
        document.new_page(9, 9)
        list(_pages(document))


def tool(_kind: FileType) -> str:
    return f"pypdfium2 {pypdfium2.PYPDFIUM_INFO}, pdfium {pypdfium2.PDFIUM_INFO}, Pillow {PIL.__version__}"


def clean(content: bytes, _kind: FileType) -> tuple[bytes, Loss | None]:
    """Rebuild a document from pictures of its pages. Raises NotCleanError, or any error of pdfium."""
    try:
        source = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code == raw.FPDF_ERR_PASSWORD
        raise NotCleanError(NoCopyReason.LOCKED if locked else NoCopyReason.BROKEN) from None
    if not 0 < len(source) <= MOST_PAGES:
        raise NotCleanError(NoCopyReason.LARGE if len(source) else NoCopyReason.BROKEN)
    source.init_forms()
    return _document(list(_pages(source))), Loss.TEXT


def _pages(source: pypdfium2.PdfDocument) -> Iterator[bytes]:
    most = MOST_PAGE_PIXELS / MOST_DPI**2
    area = sum(min(math.prod(source.get_page_size(one)) / _POINTS**2, most) for one in range(len(source)))
    dpi = min(MOST_DPI, math.sqrt(MOST_PIXELS / max(area, 1)))
    if dpi < LEAST_DPI:
        raise NotCleanError(NoCopyReason.LARGE)
    for page in source:
        _read_fonts(page)
        width, height = page.get_size()
        scale = min(dpi / _POINTS, math.sqrt(MOST_PAGE_PIXELS / max(width * height, 1)))
        picture = page.render(scale=scale, rev_byteorder=True, may_draw_forms=True).to_pil().convert("RGB")
        page.close()
        drawn = b"q %.2f 0 0 %.2f 0 0 cm /P Do Q" % (width, height)
        yield b"/MediaBox [0 0 %.2f %.2f]" % (width, height)
        yield b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn)
        yield _stream(picture)


def _read_fonts(page: pypdfium2.PdfPage) -> None:
    """Raise NotCleanError for letters in neither the document's fonts nor _FONT, which would be missing."""
    for text in page.get_objects([raw.FPDF_PAGEOBJ_TEXT], 15, textpage=page.get_textpage()):
        if not raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(text)) and any(
            0x0530 <= ord(letter) < 0x2000 or ord(letter) >= 0x2300 for letter in text.extract()
        ):
            raise NotCleanError(NoCopyReason.KIND)


def _stream(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    told, drawn = b"/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode", out.getvalue()
    grey = picture.convert("L")
    if ImageChops.difference(picture, grey.convert("RGB")).getbbox() is None:
        shades = Image.frombytes("P", grey.size, grey.point(lambda shade: (shade + 8) // 17).tobytes())
        if len(packed := zlib.compress(shades.tobytes("raw", "P;4"))) < len(drawn):
            told, drawn = b"/ColorSpace /DeviceGray /BitsPerComponent 4 /Filter /FlateDecode", packed
    told += b" /Width %d /Height %d /Length %d" % (*picture.size, len(drawn))
    return b"<< /Type /XObject /Subtype /Image %b >>\nstream\n%b\nendstream" % (told, drawn)


def _document(parts: list[bytes]) -> bytes:
    """PDF with one picture a page (ISO 32000-2, 7.5), from three parts a page."""
    first = range(3, 3 + len(parts), 3)
    pages = b" ".join(b"%d 0 R" % number for number in first)
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    objects.append(b"<< /Type /Pages /Kids [%b] /Count %d >>" % (pages, len(first)))
    for number, size in zip(first, parts[::3], strict=True):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R %b /Contents %d 0 R /Resources << /XObject << /P %d 0 R >> >> >>"
            % (size, number + 1, number + 2)
        )
        objects += parts[number - 2 : number]
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(out)
    )  # fmt: skip
    return bytes(out)
