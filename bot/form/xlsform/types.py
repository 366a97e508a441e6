"""The question types of XLSForm: those a chat can ask, those it passes over, those it cannot ask yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.form.model import Kind

QUESTIONS: Mapping[str, Kind] = {
    "text": Kind.TEXT,
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "int": Kind.INTEGER,
    "date": Kind.DATE,
    "note": Kind.NOTE,
    "image": Kind.IMAGE,
    "photo": Kind.IMAGE,
    "audio": Kind.AUDIO,
    "video": Kind.VIDEO,
    "file": Kind.FILE,
    "geopoint": Kind.GEOPOINT,
    "calculate": Kind.CALCULATE,
    "hidden": Kind.HIDDEN,
}
SELECTS: Mapping[str, Kind] = {
    "select_one": Kind.SELECT_ONE,
    "select one": Kind.SELECT_ONE,
    "select one from": Kind.SELECT_ONE,
    "select1": Kind.SELECT_ONE,
    "select_multiple": Kind.SELECT_MULTIPLE,
    "select multiple": Kind.SELECT_MULTIPLE,
    "select all that apply": Kind.SELECT_MULTIPLE,
    "select all that apply from": Kind.SELECT_MULTIPLE,
    "select_one_from_file": Kind.SELECT_ONE,
    "select one from file": Kind.SELECT_ONE,
    "select_multiple_from_file": Kind.SELECT_MULTIPLE,
    "select multiple from file": Kind.SELECT_MULTIPLE,
}
METADATA = frozenset(
    {
        "start",
        "end",
        "today",
        "deviceid",
        "device id",
        "username",
        "phonenumber",
        "phone number",
        "simserial",
        "subscriberid",
        "email",
        "audit",
        "start-geopoint",
        "background-audio",
    }
)
"""Types that would record the phone, its owner or the moment: they are passed over and never kept."""

LATER = frozenset(
    {
        "decimal",
        "range",
        "rank",
        "time",
        "datetime",
        "geotrace",
        "geoshape",
        "barcode",
        "acknowledge",
        "xml-external",
        "csv-external",
        "select_one_external",
        "osm",
    }
)
"""Types of XLSForm that a chat cannot ask yet."""

_BEGIN = re.compile(r"(begin|end)[ _](group|repeat)")
_SELECT = re.compile(
    rf"({'|'.join(sorted(map(re.escape, SELECTS), key=len, reverse=True))})\s+(\S+)(\s+or[ _]other)?"
)


@dataclass(frozen=True, slots=True)
class Type:
    """A type cell understood: `begin`, `end` or `question` (with its kind), `metadata`, or nothing usable,
    with the reason."""

    what: str
    kind: Kind | None = None
    repeat: bool = False
    list_name: str = ""
    reason: str = ""
    fix: str = ""


def understand(cell: str) -> Type:
    """What a cell of the column `type` means."""
    text = " ".join(cell.split())
    lower = text.lower()
    if found := _BEGIN.fullmatch(lower):
        return Type(found[1], repeat=found[2] == "repeat")
    if found := _SELECT.fullmatch(text):
        return _select(found[1], found[2], bool(found[3]))
    if lower in QUESTIONS:
        return Type("question", QUESTIONS[lower])
    if lower in METADATA:
        return Type("metadata")
    word = lower.split(" ")[0]
    if word in SELECTS:
        return Type("", reason=f"`{text}` names no list.", fix=f"Write `{word} list_name`.")
    if lower in LATER or word in LATER:
        return Type("", reason=f"A chat cannot ask a `{word}` yet.", fix="Ask it as text, or leave it out.")
    return Type(
        "", reason=f"The type `{text}` is not known.", fix="See docs/forms.md for the types there are."
    )


def _select(name: str, list_name: str, or_other: bool) -> Type:
    if or_other:
        fix = "Add a choice `other` in every language, and a text question relevant when it is selected."
        return Type("", reason="`or_other` gives a choice that cannot be translated.", fix=fix)
    return Type("question", SELECTS[name], list_name=list_name)


def from_file(list_name: str) -> bool:
    """Whether a list stands in a file of its own."""
    return "." in list_name
