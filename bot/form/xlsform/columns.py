"""Columns and types of an XLSForm, as pyxform spells them (https://xlsform.org/en/ref-table/). To support another
column, list it here and read it in `questions`."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pyxform import aliases  # type: ignore[import-untyped]
from pyxform.parsing.sheet_headers import process_header  # type: ignore[import-untyped]
from pyxform.question import MultipleChoiceQuestion, Option  # type: ignore[import-untyped]
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT  # type: ignore[import-untyped]
from pyxform.survey import Survey  # type: ignore[import-untyped]
from pyxform.xls2json import RE_BEGIN_CONTROL, RE_END_CONTROL, RE_SELECT  # type: ignore[import-untyped]
from rapidfuzz.distance import OSA

from bot.form.kinds import KINDS
from bot.form.xlsform.own_columns import OWN_COLUMNS, is_own
from bot.form.xlsform.sheets import ANY, Findings, FormSheet, Problem, SheetRow

MEDIA = ("image", "big-image", "audio", "video")
_MEDIA = {f"media::{name}": name for name in MEDIA}

TRANSLATED = frozenset({"label", "hint", "guidance_hint", "constraint_message", "required_message", *MEDIA})

_SURVEY: Mapping[str, str] = {
    **{name: name for name in ("type", "name", "label", "hint", "guidance_hint", "default", "choice_filter")},
    **{name: name for name in ("parameters", "trigger", "disabled")},
    **{f"bind::{name}": name for name in ("relevant", "required", "constraint")},
    "bind::calculate": "calculation",
    "bind::readonly": "read_only",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message",
    "control::appearance": "appearance",
    "control::jr:count": "repeat_count",
    **_MEDIA,
}
_CHOICES: Mapping[str, str] = {"list name": "list_name", "name": "name", "label": "label", **_MEDIA}
_SETTINGS: Mapping[str, str] = {
    "id_string": "form_id",
    "title": "form_title",
    **{
        name: name
        for name in ("version", "default_language", "name", "namespaces", "allow_choice_duplicates")
    },
}
_PYXFORM = {
    "survey": (_SURVEY, aliases.survey_header, frozenset(MultipleChoiceQuestion.get_slot_names())),
    "choices": (_CHOICES, aliases.list_header, frozenset(Option.get_slot_names())),
    "settings": (_SETTINGS, aliases.settings_header, frozenset(Survey.get_slot_names())),
}
"""By sheet: columns by pyxform's own names (`::` between their parts), its aliases, its columns."""

_WRITTEN: Mapping[str, Collection[str]] = {
    "survey": {
        *(
            "type",
            "name",
            "label",
            "hint",
            "guidance_hint",
            "required",
            "required_message",
            "relevant",
            "relevance",
        ),
        *(
            "constraint",
            "constraint_message",
            "calculation",
            "choice_filter",
            "default",
            "appearance",
            "read_only",
        ),
        *("parameters", "repeat_count", "trigger", "image", "audio", "video"),
    },
    "choices": {"list_name", "name", "label", "image", "audio", "video"},
    "settings": {"form_id", "form_title", "version", "default_language", "namespaces"},
}
"""Names that a misspelt header may mean."""

_PASSED_OVER = re.compile(r"bind|control|instance|media|hxl|\$.*|kobo--.*|sms_.*|autoplay|intent|save_to|#.*")


@dataclass(frozen=True, slots=True)
class Heading:
    """A header: the column's name if it is read, the language as written, and the name after `bot:`.
    `is_pyxforms`: pyxform knows it."""

    header: str
    name: str
    language: str = ANY
    bot: str = ""
    is_pyxforms: bool = True


@dataclass(slots=True)
class Line:
    """A row: plain cells, translated texts by language, other cells, and the header of each. `mended` are cells
    as pyxform gets them, where they differ."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    bot: Mapping[str, str]
    others: Mapping[str, str]
    headers: Mapping[str, str]
    findings: Findings
    written: Mapping[str, str]
    mended: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    """Headers of refused cells, which need no second message."""

    def header(self, column: str) -> str:
        """The form's own header of a column (`label`, `label:kk`, `bot:privacy`)."""
        plain = column if column.startswith("bot:") else column.partition(":")[0]
        return self.headers.get(column) or self.headers.get(plain) or plain

    def report(self, column: str, what: str, fix: str) -> None:
        """Refuse the cell of a column, once."""
        self.refuse(self.header(column), what, fix)

    def refuse(self, header: str, what: str, fix: str) -> None:
        if header not in self.wrong:
            self.wrong.add(header)
            self.findings.problems.append(Problem(self.sheet, self.number, header, what, fix))

    def warn(self, column: str, what: str, fix: str) -> None:
        self.findings.warnings.append(Problem(self.sheet, self.number, self.header(column), what, fix))

    def mend(self, column: str, cell: str) -> None:
        self.mended[self.header(column)] = cell


def understand(sheet: FormSheet, findings: Findings) -> list[Heading]:
    """Interpret the headers of a sheet. An unknown one is ignored with a warning, unless it is misspelt."""
    headings: dict[tuple[str, str, str], Heading] = {}
    for header in dict.fromkeys(filter(None, sheet.header)):
        found = _heading(sheet, header, findings)
        key = (found.name, found.language, found.bot)
        if any(key) and key in headings and found.name:
            what = f"It is the same column as `{headings[key].header}`."
            findings.problems.append(Problem(sheet.name, sheet.header_row, header, what, "Keep one of them."))
        else:
            headings[key if any(key) else (header, "", ":")] = found
    return list(headings.values())


def _heading(sheet: FormSheet, header: str, findings: Findings) -> Heading:
    names, known, slots = _PYXFORM[sheet.name]
    double = any("::" in one for one in sheet.header)
    _, tokens = process_header(header, double, known, slots)
    if tokens[0] == "bind" and tokens[-1].startswith("bot:"):
        own = tokens[-1].removeprefix("bot:")
        if is_own(own):
            return Heading(header, "", bot=own)
        fix = f"There are: {', '.join(f'bind::bot:{known}' for known in OWN_COLUMNS)}."
        findings.problems.append(
            Problem(sheet.name, sheet.header_row, header, "The column is not known.", fix)
        )
        return Heading(header, "", is_pyxforms=False)
    for length in (2, 1):
        name = names.get("::".join(tokens[:length]).lower())
        if name and len(tokens) <= length + (name in TRANSLATED):
            return Heading(header, name, "::".join(tokens[length:]))
    if _PASSED_OVER.fullmatch(tokens[0].lower()) or (sheet.name == "settings" and tokens[0] in slots):
        return Heading(header, "", is_pyxforms=not header.startswith(("$", "kobo--", "#")))
    _unknown(sheet, header, tokens[0], findings)
    return Heading(header, "", is_pyxforms=False)


def _unknown(sheet: FormSheet, header: str, word: str, findings: Findings) -> None:
    near = _meant(word.lower().replace(" ", "_"), _WRITTEN[sheet.name])
    if near:
        what, fix = "The column is not known.", f"Did you mean `{near}`?"
        findings.problems.append(Problem(sheet.name, sheet.header_row, header, what, fix))
    elif sheet.name != "choices":  # there any column may serve a filter
        what, fix = (
            "The column is not known, so it is ignored.",
            "See docs/forms.md for the columns there are.",
        )
        findings.warnings.append(Problem(sheet.name, sheet.header_row, header, what, fix))


def _meant(word: str, names: Collection[str]) -> str:
    """The name that a word misses by a letter, a long one by two."""
    if not word.replace("_", "").isalpha():
        return ""
    near = ((OSA.distance(word, name), name) for name in names if name not in {word, f"{word}s"})
    return min((name for far, name in near if far <= 1 + (min(len(word), len(name)) > 5)), default="")


def line_of(sheet: str, row: SheetRow, headings: Collection[Heading], findings: Findings) -> Line:
    texts: dict[str, dict[str, str]] = {}
    cells, bot, others, headers = dict[str, str](), dict[str, str](), dict[str, str](), dict[str, str]()
    for heading in headings:
        if heading.bot:
            headers[f"bot:{heading.bot}"] = heading.header
        elif heading.name:
            headers.setdefault(heading.name, heading.header)
            headers[f"{heading.name}:{heading.language}"] = heading.header
        cell = row.cells.get(heading.header, "")
        if not cell:
            continue
        if heading.bot:
            bot[heading.bot] = cell
        elif heading.name in TRANSLATED:
            # A Markdown cell cannot hold line breaks.
            text = re.sub(r"\s*<br\s*/?>\s*", "\n", cell)
            texts.setdefault(heading.name, {})[heading.language] = text
        elif heading.name:
            cells[heading.name] = cell
        else:
            others[heading.header] = cell
    written = {
        one.header: row.cells[one.header] for one in headings if one.is_pyxforms and one.header in row.cells
    }
    return Line(sheet, row.number, cells, texts, bot, others, headers, findings, written)


# Types

_KINDS: Mapping[str, str] = {
    word.lower(): kind.name for kind in reversed([*KINDS.values()]) for word in (*kind.spellings, kind.name)
}
_TYPES: Mapping[str, str] = {name.lower(): name for name in reversed(QUESTION_TYPE_DICT)}
_UNASKED = frozenset({
    "audit", "start-geopoint", "background-audio", "background-geopoint", "xml-external", "csv-external",
})  # fmt: skip
_SELECTS = tuple(sorted(aliases.select, key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class Type:
    """An interpreted type. `what` is `begin`, `end`, `question` (with its kind), `ignored` or `refused`.

    `constraint` belongs to types such as `percentage`. `spelling` is pyxform's.
    """

    what: str
    kind: str = ""
    spelling: str = ""
    list_name: str = ""
    has_other: bool = False
    constraint: str = ""
    why: tuple[str, str] = ("", "")


def type_of(cell: str) -> Type:
    text = " ".join(cell.split())
    lower = text.lower()
    if found := RE_BEGIN_CONTROL.match(lower) or RE_END_CONTROL.match(lower):
        what = "begin" if lower.startswith("begin") else "end"
        if aliases.control[found["type"]] != "loop":
            return Type(what, spelling=lower)
        fix = "Use a group, or a repeat."
        return Type(what, spelling=f"{what} group", why=("A chat cannot ask a `loop`.", fix))
    command = next((one for one in _SELECTS if lower == one or lower.startswith(f"{one} ")), "")
    if command:
        return _select(command, command + text[len(command) :])
    spelling = _TYPES.get(lower, "")
    kind = _KINDS.get(lower) or _kind_like(spelling)
    if kind:
        return Type("question", kind, spelling or "text", constraint=_bind(spelling).get("constraint", ""))
    if "jr:preload" in _bind(spelling) or spelling in _UNASKED:
        return Type("ignored", spelling=spelling)
    if spelling or lower.split(" ")[0] == "osm":
        why = (f"A chat cannot ask a `{text}` yet.", "Ask it as text, or leave it out.")
    else:
        near = _meant(
            lower.replace(" ", "_"), [*_KINDS, "begin_group", "end_group", "begin_repeat", "end_repeat"]
        )
        fix = f"Did you mean `{near}`?" if near else "See docs/forms.md for the types there are."
        why = (f"The type `{text}` is not known.", fix)
    return Type("refused", spelling=spelling or "text", why=why)


def _select(command: str, text: str) -> Type:
    found = RE_SELECT.match(text)
    if not found:
        fix = f"Write `{command} list_name`."
        return Type("refused", spelling="text", why=(f"`{text}` names no list.", fix))
    kind = _KINDS.get(command) or _KINDS.get(aliases.select[command])
    list_name, has_other = found["list_name"], found["specify_other"] is not None
    if kind is None:
        why = (f"A chat cannot ask a `{command}` yet.", "Ask it as text, or leave it out.")
        return Type("refused", "", text, list_name, why=why)
    return Type("question", kind, text, list_name, has_other)


def _bind(spelling: str) -> Mapping[str, str]:
    return QUESTION_TYPE_DICT[spelling].get("bind", {}) if spelling else {}


def _kind_like(spelling: str) -> str:
    """The kind with the bind and control of a type in pyxform's dictionary: `gps` is a `geopoint`."""
    if not spelling:
        return ""
    alike = (kind for kind in _KINDS if kind in QUESTION_TYPE_DICT and _nature(kind) == _nature(spelling))
    order = {kind: place for place, kind in enumerate(KINDS)}
    return min((_KINDS[kind] for kind in alike), key=order.__getitem__, default="")


def _nature(spelling: str) -> tuple[str, ...]:
    control, bind = QUESTION_TYPE_DICT[spelling].get("control", {}), _bind(spelling)
    found = (bind.get("type"), bind.get("readonly"), bind.get("jr:preloadParams"), *sorted(control.values()))
    return tuple(str(part) for part in found)


# The tree of rows


@dataclass(slots=True)
class Branch:
    """A row of the survey, and the rows inside it."""

    line: Line
    type: Type
    name: str
    path: str
    is_repeat: bool = False
    children: "list[Branch]" = field(default_factory=list)

    def walk(self) -> "Iterator[Branch]":
        yield self
        for child in self.children:
            yield from child.walk()
