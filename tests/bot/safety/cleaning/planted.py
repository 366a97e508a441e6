"""Images and documents with planted data, made here: each holds WORD wherever its type has room for it."""

import io
import struct
import zlib
from typing import Any

import pikepdf
import pillow_heif
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image, ImageCms, PngImagePlugin

pillow_heif.register_heif_opener()
WORD = "QZplantedXJ"
"""In every planted text, and in nothing that a library writes."""
_XMP = f'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="{WORD}xmp"/></rdf:RDF></x:xmpmeta>'.encode()


def exif(orientation: int = 6) -> Image.Exif:
    """EXIF with a place, a serial number, a maker's note and a thumbnail's worth of words."""
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010F], found[0x0110], found[0x013B] = f"{WORD}make", f"{WORD}model", f"{WORD}artist"
    found[0x0132] = "2025:06:07 08:09:10"
    camera: Any = found.get_ifd(0x8769)
    camera[0xA431], camera[0x927C], camera[0x9286] = (
        f"{WORD}serial",
        f"{WORD}note".encode(),
        f"{WORD}said".encode(),
    )
    gps: Any = found.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (43.0, 14.0, 17.88), "E", (76.0, 56.0, 43.08)
    return found


def picture(size: tuple[int, int] = (24, 16), mode: str = "RGB") -> Image.Image:
    """A picture whose left half is dark, so that turning it shows."""
    image = Image.new("RGB", size, (220, 220, 220))
    image.paste((30, 30, 30), (0, 0, size[0] // 2, size[1]))
    return image.convert(mode)


def jpeg(size: tuple[int, int] = (24, 16), mode: str = "RGB", orientation: int = 6) -> bytes:
    """A JPEG with EXIF, XMP, IPTC, a comment and a profile."""
    out = io.BytesIO()
    picture(size, mode).save(
        out,
        "JPEG",
        exif=exif(orientation),
        comment=f"{WORD}comment",
        xmp=_XMP,
        icc_profile=profile() if mode == "RGB" else None,
    )
    content = out.getvalue()
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00" + bytes([len(WORD)]) + WORD.encode()
    return content[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + content[2:]


def profile() -> bytes:
    """A colour profile that names its device."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    told = "sRGB built-in".encode("utf-16-be")
    assert told in made
    return bytes(made.replace(told, WORD.ljust(13)[:13].encode("utf-16-be")))


def png(size: tuple[int, int] = (24, 16), mode: str = "RGB") -> bytes:
    """A PNG with EXIF and every kind of text."""
    out, words = io.BytesIO(), PngImagePlugin.PngInfo()
    words.add_text("Author", f"{WORD}text")
    words.add_text("Comment", f"{WORD}ztxt" * 20, zip=True)
    words.add_itxt("XML:com.adobe.xmp", _XMP.decode(), zip=True)
    words.add(b"prVt", f"{WORD}private".encode())
    picture(size, mode).save(out, "PNG", pnginfo=words, exif=exif(), icc_profile=profile())
    return out.getvalue()


def webp(size: tuple[int, int] = (24, 16)) -> bytes:
    """A WebP with EXIF, XMP and a profile."""
    out = io.BytesIO()
    picture(size).save(out, "WEBP", exif=exif(), xmp=_XMP, icc_profile=profile())
    return out.getvalue()


def heic(size: tuple[int, int] = (64, 48)) -> bytes:
    """A HEIC with EXIF and XMP."""
    out = io.BytesIO()
    picture(size).save(out, "HEIF", exif=exif().tobytes(), xmp=_XMP)
    return out.getvalue()


def moving(format_: str, frames: int = 3, size: tuple[int, int] = (24, 16)) -> bytes:
    """An animation with a comment, EXIF or XMP, as its format has them."""
    out = io.BytesIO()
    pictures = [Image.new("RGB", size, (90 * place, 20, 200)) for place in range(frames)]
    kinds: dict[str, dict[str, Any]] = {
        "GIF": {"comment": f"{WORD}comment"},
        "WEBP": {"xmp": _XMP, "exif": exif()},
        "PNG": {"exif": exif()},
    }
    pictures[0].save(
        out, format_, save_all=True, append_images=pictures[1:], duration=100, loop=0, **kinds[format_]
    )
    return out.getvalue()


def pdf() -> bytes:
    """A PDF with Info, XMP, an attachment, scripts, notes with authors, a form, an earlier revision and a photo's EXIF."""
    document = Pdf.new()
    page = document.add_blank_page(page_size=(200, 200))
    photo = document.make_stream(jpeg())
    photo.Type, photo.Subtype, photo.Width, photo.Height = Name.XObject, Name.Image, 24, 16
    photo.ColorSpace, photo.BitsPerComponent, photo.Filter = Name.DeviceRGB, 8, Name.DCTDecode
    photo.Metadata = document.make_stream(_XMP)
    photo.Maker = String(f"{WORD}private")
    deflated = document.make_stream(zlib.compress(jpeg()))
    deflated.Type, deflated.Subtype, deflated.Width, deflated.Height = Name.XObject, Name.Image, 24, 16
    deflated.ColorSpace, deflated.BitsPerComponent = Name.DeviceRGB, 8
    deflated.Filter = Array([Name.FlateDecode, Name.DCTDecode])
    layer = document.make_indirect(Dictionary(Type=Name.OCG, Name=String(f"{WORD}layer")))
    look = document.make_stream(
        f"% {WORD}pattern\n0 0 1 1 re f".encode(), PatternType=1, PaintType=1, TilingType=1, BBox=Array([0, 0, 2, 2]), XStep=2, YStep=2
    )  # fmt: skip
    page.Resources = Dictionary(
        XObject=Dictionary(Im0=photo, Im1=deflated),
        Properties=Dictionary(L0=layer, M0=Dictionary(Author=String(f"{WORD}mark"))),
        ColorSpace=Dictionary(C0=Array([Name.ICCBased, document.make_stream(_profile(), N=3)])),
        Pattern=Dictionary(P0=look),
        Maker=Dictionary(Serial=String(f"{WORD}serial")),
    )
    drawn = (
        f"% {WORD}comment\n/Span <</ActualText ({WORD}text)>> BDC q 100 0 0 100 0 0 cm /Im0 Do Q EMC /P /M0 BDC EMC /M0 MP "
        f"/M0 <</Who ({WORD}point)>> DP /OC /L0 BDC q 50 0 0 50 100 100 cm /Im1 Do Q EMC"
    )
    page.Contents = document.make_stream(drawn.encode())
    page.PieceInfo = Dictionary(App=Dictionary(Private=String(f"{WORD}piece")))
    page.Thumb = photo
    page.VP = Array([Dictionary(Type=Name.Viewport, Name=String(f"{WORD}viewport"))])
    page.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{WORD}')")))
    page.Annots = Array([document.make_indirect(_note(document)), document.make_indirect(_field(document))])
    document.docinfo = document.make_indirect(
        Dictionary(Author=String(f"{WORD}author"), Producer=String(f"{WORD}producer"))
    )
    root = document.Root
    root.Metadata = document.make_stream(_XMP)
    root.OpenAction = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{WORD}')"))
    root.AcroForm = Dictionary(Fields=Array([page.Annots[1]]), NeedAppearances=True)
    root.OCProperties = Dictionary(
        OCGs=Array([layer]),
        D=Dictionary(Creator=String(WORD), OFF=Array([layer]), Order=Array([String(f"{WORD}order"), layer])),
        CreatorInfo=Dictionary(Creator=String(WORD)),
    )
    document.attachments[f"{WORD}.txt"] = f"{WORD}attachment".encode()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue() + _revision(out.getvalue())


def _profile() -> bytes:
    """A colour profile that names a device."""
    words = b"text" + bytes(4) + f"{WORD}scanner".encode()
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = int.from_bytes(plain[128:132], "big")
    moved = b"".join(
        plain[at : at + 4] + (int.from_bytes(plain[at + 4 : at + 8], "big") + 12).to_bytes(4, "big") + plain[at + 8 : at + 12]
        for at in range(132, 132 + 12 * count, 12)
    )  # fmt: skip
    entry = b"dmnd" + (len(plain) + 12).to_bytes(4, "big") + len(words).to_bytes(4, "big")
    return plain[:128] + (count + 1).to_bytes(4, "big") + moved + entry + plain[132 + 12 * count :] + words


def _note(document: Pdf) -> Dictionary:
    look = document.make_stream(
        b"0 0 10 10 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 10, 10])
    )
    return Dictionary(
        Type=Name.Annot, Subtype=Name.Square, Rect=Array([150, 10, 160, 20]), T=String(f"{WORD}reviewer"), Contents=String(f"{WORD}note"),
        M=String("D:20250607080910+05'00'"), NM=String(f"{WORD}id"), F=4, AP=Dictionary(N=look),
    )  # fmt: skip


def _field(document: Pdf) -> Dictionary:
    look = document.make_stream(
        b"0 0 10 10 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 10, 10])
    )
    return Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(f"{WORD}field"), V=String("seen on the page"), F=4,
        Rect=Array([150, 40, 160, 50]), AP=Dictionary(N=look), DA=String("/Helv 0 Tf"),
    )  # fmt: skip


def _revision(before: bytes) -> bytes:
    """An incremental update that leaves what came before in place: an object that nothing uses any more."""
    start = before.rfind(b"startxref")
    old = int(before[start:].split()[1])
    body = f"\n999 0 obj\n({WORD}revision)\nendobj\n".encode()
    table = f"xref\n0 0\ntrailer\n<< /Size 1000 /Prev {old} /Root {_root(before)} >>\nstartxref\n{len(before) + len(body)}\n%%EOF\n"
    return body + table.encode()


def _root(content: bytes) -> str:
    with pikepdf.open(io.BytesIO(content)) as document:
        number, generation = document.Root.objgen
    return f"{number} {generation} R"


def saved(document: Pdf) -> bytes:
    """The bytes of a document."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf_without_its_font(letter: str) -> bytes:
    """A PDF with a text in a font that is named and not held, of the letter that has this glyph's name."""
    document = Pdf.new()
    page = document.add_blank_page(page_size=(200, 100))
    named = Name("/TimesNewRomanPSMT")
    described = Dictionary(
        Type=Name.FontDescriptor, FontName=named, Flags=32, FontBBox=Array([-500, -300, 1000, 1000]), ItalicAngle=0, Ascent=800,
        Descent=-200, CapHeight=700, StemV=80,
    )  # fmt: skip
    encoded = Dictionary(Type=Name.Encoding, Differences=Array([192, Name("/" + letter)]))
    page.Resources = Dictionary(Font=Dictionary(F0=Dictionary(
        Type=Name.Font, Subtype=Name.TrueType, BaseFont=named, FirstChar=192, LastChar=192, Widths=Array([800]), Encoding=encoded,
        FontDescriptor=document.make_indirect(described),
    )))  # fmt: skip
    page.Contents = document.make_stream(b"BT /F0 60 Tf 20 20 Td <c0c0> Tj ET")
    return saved(document)
