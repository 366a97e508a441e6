"""PDF documents: their pages copied into a new document, and nothing else. So there is no Info, no XMP, no attachment, script, form,
outline, earlier revision or identifier. Notes and form fields that can be seen become part of the page, and their authors go.
What draws a page is stripped too (`drawing`, `profiles`).
"""

import io
import zlib
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from bot.safety.cleaning.drawing import clean_drawing, shown_layers, strip_layer, strip_resources
from bot.safety.cleaning.pictures import clean_jpeg, clean_jpx
from bot.safety.cleaning.profiles import clean_profile
from bot.safety.cleaning.refusal import NotCleanError, Reason
from bot.safety.cleaning.types import FileType

_PAGE_KEYS: Final = {"/Type", "/Parent", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rotate", "/UserUnit", "/Group"}  # fmt: skip
_IMAGE_KEYS: Final = {"/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/Intent", "/ImageMask", "/Mask", "/Decode", "/Interpolate", "/SMask", "/SMaskInData", "/Filter", "/DecodeParms", "/Length", "/OC", "/Matte"}  # fmt: skip
_FORM_KEYS: Final = {"/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Group", "/OC", "/Filter", "/DecodeParms", "/Length"}  # fmt: skip
_TELLING: Final = {"/Metadata", "/PieceInfo", "/LastModified", "/AF", "/OPI", "/Ref", "/Alternates", "/StructParent", "/StructParents", "/Measure", "/PtData", "/Thumb", "/CreatorInfo", "/Usage"}  # fmt: skip
"""Entries that say something of a page, a font or a picture without changing how it looks (ISO 32000-2)."""
_DEEPEST: Final = 100
_MOST_INFLATED: Final = 64 * 1024 * 1024
"""Bytes of a picture in a document."""
MOST_PAGES: Final = 2_000


def prepare() -> None:
    """Have the names resolved that pikepdf looks up late."""
    pikepdf.settings.set_decimal_precision(16)


def tool(_kind: FileType) -> str:
    """Which program cleans this type."""
    return f"pikepdf {pikepdf.__version__}, qpdf {pikepdf.__libqpdf_version__}"


def clean(content: bytes, _kind: FileType) -> bytes:
    """The clean copy of a document; raises NotCleanError, and whatever pikepdf raises at a broken file."""
    try:
        source = Pdf.open(io.BytesIO(content), suppress_warnings=True)
    except pikepdf.PasswordError:
        raise NotCleanError(Reason.LOCKED) from None
    with source, Pdf.new() as target:
        if len(source.pages) > MOST_PAGES:
            raise NotCleanError(Reason.LARGE)
        if not len(source.pages):
            raise NotCleanError(Reason.BROKEN)
        source.generate_appearance_streams()
        source.flatten_annotations()
        layers = source.Root.get(Name.OCProperties)
        for page in source.pages:
            _keep_only(page.obj, _PAGE_KEYS)
        target.pages.extend(source.pages)
        if isinstance(layers, Dictionary):  # without it layers that are hidden would be seen
            target.Root.OCProperties = target.copy_foreign(source.make_indirect(shown_layers(layers)))
        for one in target.objects:
            _strip_object(one, 0)
        for page in target.pages:
            if (drawn := clean_drawing(page)) is not None:
                page.obj.Contents = target.make_stream(drawn)
        out = io.BytesIO()
        target.save(out, static_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _strip_object(one: Any, depth: int) -> None:
    """Strip an object and what stands in it directly; what it refers to comes up by itself."""
    if depth > _DEEPEST:
        raise NotCleanError(Reason.BROKEN)
    if isinstance(one, Array):
        children: list[Any] = list(one)
        if len(children) == 2 and children[0] == Name.ICCBased and isinstance(children[1], Stream):
            children[1].write(clean_profile(children[1].read_bytes()))
    elif isinstance(one, Dictionary | Stream):
        if isinstance(one, Stream):
            _strip_stream(one)
        for key in set(one.keys()) & _TELLING:
            del one[key]
        _strip_drawing(one)
        children = [one[key] for key in one.keys()]  # noqa: SIM118 - iterating it yields no keys
    else:
        return
    for child in children:
        if isinstance(child, Object) and not child.is_indirect:
            _strip_object(child, depth + 1)


def _strip_drawing(one: Dictionary | Stream) -> None:
    """Strip what belongs to operators: resources, layers, and the streams that draw a form, a pattern or a letter."""
    resources = one.get(Name.Resources)
    if isinstance(resources, Dictionary):
        strip_resources(resources)
    if isinstance(one, Stream):
        if one.get(Name.Subtype) == Name.Form or one.get(Name.PatternType) == 1:
            _redraw(one)
        return
    strip_layer(one)
    if one.get(Name.Subtype) == Name.Type3:
        for letter in one.get(Name.CharProcs, Dictionary()).as_dict().values():
            _redraw(letter)


def _redraw(stream: Object) -> None:
    if isinstance(stream, Stream) and (drawn := clean_drawing(stream)) is not None:
        stream.write(drawn)


def _strip_stream(stream: Stream) -> None:
    subtype = stream.get(Name.Subtype)
    if subtype == Name.Form:
        _keep_only(stream, _FORM_KEYS)
    elif subtype == Name.Image:
        _keep_only(stream, _IMAGE_KEYS)
        _strip_picture(stream)


def _keep_only(one: Object, keys: set[str]) -> None:
    for key in set(one.keys()) - keys:
        del one[key]


def _strip_picture(stream: Stream) -> None:
    """An embedded JPEG or JPEG 2000 loses its EXIF and the like; its pixels stay as they are."""
    filters = [str(name) for name in _as_list(stream.get(Name.Filter))]
    if not {"/DCTDecode", "/JPXDecode"} & set(filters):
        return
    raw = stream.read_raw_bytes()
    if filters[:-1] == ["/FlateDecode"]:
        raw = _inflated(raw)
    elif filters[:-1]:
        raise NotCleanError(Reason.KIND)
    cleaned = clean_jpeg(raw) if filters[-1] == "/DCTDecode" else clean_jpx(raw)
    parameters = _as_list(stream.get(Name.DecodeParms))
    last = parameters[-1] if parameters and isinstance(parameters[-1], Dictionary) else None
    stream.write(cleaned, filter=Name(filters[-1]), decode_parms=last)


def _inflated(raw: bytes) -> bytes:
    opened = zlib.decompressobj()
    found = opened.decompress(raw, _MOST_INFLATED)
    if opened.unconsumed_tail:
        raise NotCleanError(Reason.LARGE)
    return found


def _as_list(value: Object | None) -> list[Object]:
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]
