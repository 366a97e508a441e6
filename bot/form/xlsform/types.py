"""The column `type`: types that a chat can ask, ignores, or cannot ask yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.form.kinds import KINDS

_SPELLINGS: Mapping[str, str] = {word: kind.name for kind in KINDS.values() for word in kind.spellings}
_WITH_LIST = {word: name for word, name in _SPELLINGS.items() if KINDS[name].has_list}
_METADATA = frozenset(
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
"""Types that would record the phone, its owner or the moment. Ignored, so that nothing of them is kept."""

_OTHERS = frozenset(
    {
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
"""XLSForm types without a kind."""

_BEGIN = re.compile(r"(begin|end)[ _](group|repeat)")
_SELECT = re.compile(
    rf"({'|'.join(sorted(map(re.escape, _WITH_LIST), key=len, reverse=True))})\s+(\S+)(\s+or[ _]other)?"
)


@dataclass(frozen=True, slots=True)
class Type:
    """An interpreted type. `what` is `begin`, `end`, `question` (with its kind) or `metadata`, or blank if
    unusable."""

    what: str
    kind: str = ""
    repeat: bool = False
    list_name: str = ""
    reason: str = ""
    fix: str = ""


def understand(cell: str) -> Type:
    text = " ".join(cell.split())
    lower = text.lower()
    if found := _BEGIN.fullmatch(lower):
        return Type(found[1], repeat=found[2] == "repeat")
    if found := _SELECT.fullmatch(text):
        return _select(found[1], found[2], bool(found[3]))
    if lower in _SPELLINGS and lower not in _WITH_LIST:
        return Type("question", _SPELLINGS[lower])
    if lower in _METADATA:
        return Type("metadata")
    word = lower.split(" ")[0]
    if word in _WITH_LIST:
        return Type("", reason=f"`{text}` names no list.", fix=f"Write `{word} list_name`.")
    if lower in _OTHERS or word in _OTHERS:
        return Type("", reason=f"A chat cannot ask a `{word}` yet.", fix="Ask it as text, or leave it out.")
    return Type(
        "", reason=f"The type `{text}` is not known.", fix="See docs/forms.md for the types there are."
    )


def _select(name: str, list_name: str, or_other: bool) -> Type:
    if or_other:
        fix = "Add a choice `other` in every language, and a text question relevant when it is selected."
        return Type("", reason="`or_other` gives a choice that cannot be translated.", fix=fix)
    return Type("question", _WITH_LIST[name], list_name=list_name)


def from_file(list_name: str) -> bool:
    return "." in list_name
