"""The tree of a form's rows, before expressions are parsed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.form.kinds import KINDS
from bot.form.xlsform.columns import Line
from bot.form.xlsform.sheets import Problem

_SPELLINGS: Mapping[str, str] = {word: kind.name for kind in KINDS.values() for word in kind.spellings}
_WITH_LIST = {word: name for word, name in _SPELLINGS.items() if KINDS[name].has_list}
_METADATA = frozenset({
    "start", "end", "today", "deviceid", "device id", "username", "phonenumber", "phone number", "simserial",
    "subscriberid", "email", "audit", "start-geopoint", "background-audio",
})  # fmt: skip
"""Types that would record the phone, its owner or the moment. Ignored, so that nothing of them is kept."""

_OTHERS = frozenset({
    "range", "rank", "time", "datetime", "geotrace", "geoshape", "barcode", "acknowledge", "xml-external",
    "csv-external", "select_one_external", "osm",
})  # fmt: skip
"""XLSForm types without a kind."""

_BEGIN = re.compile(r"(begin|end)[ _](group|repeat)")
_SELECT = re.compile(
    rf"({'|'.join(sorted(map(re.escape, _WITH_LIST), key=len, reverse=True))})\s+(\S+)(\s+or[ _]other)?"
)

_NAME = re.compile(r"[^\W\d][\w.-]*")


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
    if (found := _SELECT.fullmatch(text)) and found[3]:
        fix = "Add a choice `other` in every language, and a text question relevant when it is selected."
        return Type("", reason="`or_other` gives a choice that cannot be translated.", fix=fix)
    if found:
        return Type("question", _WITH_LIST[found[1]], list_name=found[2])
    if lower in _SPELLINGS and lower not in _WITH_LIST:
        return Type("question", _SPELLINGS[lower])
    if lower in _METADATA:
        return Type("metadata")
    word = lower.split(" ")[0]
    if word in _WITH_LIST:
        return Type("", reason=f"`{text}` names no list.", fix=f"Write `{word} list_name`.")
    if lower in _OTHERS or word in _OTHERS:
        return Type("", reason=f"A chat cannot ask a `{word}` yet.", fix="Ask it as text, or leave it out.")
    fix = "See docs/forms.md for the types there are."
    return Type("", reason=f"The type `{text}` is not known.", fix=fix)


@dataclass(slots=True)
class Branch:
    """A row of the survey, and the rows inside it."""

    line: Line
    type: Type
    name: str
    path: str
    children: "list[Branch]" = field(default_factory=list)

    def walk(self) -> "Iterator[Branch]":
        yield self
        for child in self.children:
            yield from child.walk()


def grow(root: str, rows: list[Line], problems: list[Problem]) -> list[Branch]:
    """Build the branches of the form. Adds problems for invalid types and names, and for groups that do not
    close."""
    trunk: list[Branch] = []
    open_groups: list[Branch] = []
    for line in rows:
        kind = _type(line, problems)
        if kind is None:
            continue
        if kind.what == "end":
            _close(line, kind, open_groups, problems)
            continue
        siblings = open_groups[-1].children if open_groups else trunk
        above = open_groups[-1].path if open_groups else f"/{root}"
        branch = _branch(line, kind, above, siblings, problems)
        siblings.append(branch)
        if kind.what == "begin":
            open_groups.append(branch)
    for branch in open_groups:
        word = "repeat" if branch.type.repeat else "group"
        what = f"The {word} `{branch.name}` does not end."
        problems.append(branch.line.problem("type", what, f"Add a row `end_{word}`."))
    return trunk


def _type(line: Line, problems: list[Problem]) -> Type | None:
    cell = line.cells.get("type", "")
    if not cell:
        if line.cells or line.texts:
            problems.append(line.problem("type", "The row has no type.", "Write one, or empty the row."))
        return None
    kind = understand(cell)
    if not kind.what:
        problems.append(line.problem("type", kind.reason, kind.fix))
        return None
    return None if kind.what == "metadata" else kind


def _close(line: Line, kind: Type, open_groups: list[Branch], problems: list[Problem]) -> None:
    if not open_groups or open_groups[-1].type.repeat is not kind.repeat:
        fix = "Let every begin have its own end, the last opened first."
        problems.append(line.problem("type", "It closes something that is not open.", fix))
    else:
        open_groups.pop()


def _branch(line: Line, kind: Type, above: str, siblings: list[Branch], problems: list[Problem]) -> Branch:
    name = line.cells.get("name", "")
    if not _NAME.fullmatch(name):
        fix = "Use letters, digits, `_`, `-` and `.`, with a letter first."
        problems.append(line.problem("name", f"`{name}` is not a valid name.", fix))
    for other in siblings:
        if other.name.lower() == name.lower():
            what = f"`{name}` is already in row {other.line.number}."
            problems.append(line.problem("name", what, "Give each question its own name."))
    return Branch(line, kind, name, f"{above}/{name}")
