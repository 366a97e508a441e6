"""What draws a page of a PDF: its operators stay, and what only says something of them goes (ISO 32000-2, 7.8.2, 8.11 and 14.6):
comments, marks with texts and data of a program's own, resources that no operator can name, and the names of layers."""

from typing import Any, Final

import pikepdf
from pikepdf import Dictionary, Name, Object, Stream, String

from bot.safety.cleaning.refusal import NotCleanError, Reason

_RESOURCES: Final = {"/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font", "/ProcSet", "/Properties"}  # fmt: skip
_LAYER_KEYS: Final = {"/Type", "/Name", "/Intent", "/OCGs", "/P", "/VE"}
_LAYERS_SHOWN: Final = {"/BaseState", "/ON", "/OFF"}
_POINTS: Final = {"MP", "DP"}
"""Operators that mark a point and draw nothing."""
_SOUGHT: Final = (b"%", b"BDC", b"BMC", b"MP", b"DP", b"ID")
"""Without any of these there is nothing to be taken out."""
_SAID_INSIDE: Final = {"/DCTDecode", "/DCT", "/JPXDecode"}
_MARK = Name("/Span")


def clean_drawing(stream: Any) -> bytes | None:
    """The operators of a content stream, or of all those of a page; None where they can stay as they are. Raises NotCleanError for a
    picture among them that may say something of camera and place, and pikepdf's errors for what cannot be read."""
    written = stream.read_bytes() if isinstance(stream, Stream) else _contents(stream)
    if not any(one in written for one in _SOUGHT):
        return None
    return pikepdf.unparse_content_stream(
        [kept for one in pikepdf.parse_content_stream(stream) if (kept := _kept(one)) is not None]
    )


def _contents(page: Any) -> bytes:
    parts = page.obj.get(Name.Contents, [])
    return b"\n".join(one.read_bytes() for one in ([parts] if isinstance(parts, Stream) else parts))


def _kept(one: Any) -> Any:
    """An instruction as it stays; None if it goes."""
    if isinstance(one, pikepdf.ContentStreamInlineImage):
        if _SAID_INSIDE & {str(name) for name in one.iimage.filters}:
            raise NotCleanError(Reason.KIND)
        return one
    operator = str(one.operator)
    if operator in _POINTS:
        return None
    if operator in {"BDC", "BMC"} and not _is_of_layer(one):
        return pikepdf.ContentStreamInstruction([_MARK], pikepdf.Operator("BMC"))
    return one


def _is_of_layer(one: Any) -> bool:
    """Whether a mark shows or hides what it is around, by the name of a layer."""
    return len(one.operands) == 2 and one.operands[0] == Name.OC and isinstance(one.operands[1], Name)


def strip_resources(resources: Dictionary) -> None:
    """Leave what operators can name; of marks' data the layers alone."""
    for key in set(resources.keys()) - _RESOURCES:
        del resources[key]
    properties = resources.get(Name.Properties)
    if isinstance(properties, Dictionary):
        for key in set(properties.keys()):
            if not _is_layer(properties[key]):
                del properties[key]


def _is_layer(one: Object) -> bool:
    return isinstance(one, Dictionary) and one.get(Name.Type) in {Name.OCG, Name.OCMD}


def strip_layer(one: Dictionary) -> None:
    """Leave a layer nothing but its being one: its name is somebody's words, and it must have one."""
    if not _is_layer(one):
        return
    for key in set(one.keys()) - _LAYER_KEYS:
        del one[key]
    if Name.Name in one:
        one.Name = String("-")


def shown_layers(layers: Dictionary) -> Dictionary:
    """Which layers there are and which of them are hidden, without anybody's words for them."""
    default = layers.get(Name.D)
    shown = {key: default[key] for key in _LAYERS_SHOWN if isinstance(default, Dictionary) and key in default}
    return Dictionary(OCGs=layers.get(Name.OCGs, pikepdf.Array()), D=Dictionary(shown))
