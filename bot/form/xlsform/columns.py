"""Columns and rows of an XLSForm (https://xlsform.org/en/ref-table/). To support another column, list it here
and read it in `questions`."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bot.form.kinds import KINDS
from bot.form.xlsform.own_columns import OWN_COLUMNS, is_own
from bot.form.xlsform.sheets import ANY, FormSheet, Problem, SheetRow, language_code
from bot.languages import codes

UNNAMED = "und"
"""Language code (BCP 47: undetermined) of a form whose labels name no language."""

TRANSLATED = frozenset(
    {"label", "hint", "guidance_hint", "constraint_message", "required_message", "image", "audio", "video"}
)

_SURVEY: Mapping[str, str] = {
    **{name: name for name in TRANSLATED},
    **{name: name for name in ("type", "name", "required", "relevant", "constraint", "choice_filter")},
    **{name: name for name in ("default", "calculation", "appearance", "parameters", "repeat_count")},
    **{name: name for name in ("read_only", "trigger")},
    "command": "type",
    "tag": "name",
    "value": "name",
    "caption": "label",
    "requiredmsg": "required_message",
    "relevance": "relevant",
    "constraining_message": "constraint_message",
    "calculate": "calculation",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "readonly": "read_only",
    "bind::relevant": "relevant",
    "bind::constraint": "constraint",
    "bind::required": "required",
    "bind::calculate": "calculation",
    "bind::readonly": "read_only",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message",
    "control::appearance": "appearance",
    "big-image": "image",
    **dict.fromkeys(("autoplay", "rows", "hxl"), ""),
}
_CHOICES: Mapping[str, str] = {
    **{name: name for name in ("list_name", "name", "label", "image", "audio", "video")},
    "value": "name",
    "caption": "label",
    "big-image": "image",
}
_SETTINGS: Mapping[str, str] = {
    **{name: name for name in ("form_id", "form_title", "version", "default_language", "name", "namespaces")},
    **{f"bot:title_{code}": f"title_{code}" for code in codes()},
    "id_string": "form_id",
    "title": "form_title",
    # The rest matters only to ODK and Kobo.
    **dict.fromkeys(("style", "instance_name", "public_key", "submission_url", "auto_send"), ""),
    **dict.fromkeys(("auto_delete", "allow_choice_duplicates", "clean_text_values"), ""),
    **dict.fromkeys(("omit_instanceid", "sms_keyword"), ""),
}
COLUMNS: Mapping[str, Mapping[str, str]] = {"survey": _SURVEY, "choices": _CHOICES, "settings": _SETTINGS}
"""Columns by accepted header, for each sheet. A blank column is ignored."""

_UNKNOWN = "The column is not known."
_Fault = tuple[str, str]
_PASSED_OVER = ("bind::", "body::", "control::", "instance::", "media::", "hxl::", "$", "kobo--")


@dataclass(frozen=True, slots=True)
class Heading:
    """A header: the column's name, and its language or its name after `bot:`."""

    header: str
    name: str
    language: str = ANY
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: plain cells, translated texts, and the header of each. Its faults go to `problems`."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    bot: Mapping[str, str]
    others: Mapping[str, str]
    headers: Mapping[str, str]
    problems: list[Problem]

    def report(self, column: str, what: str, fix: str) -> None:
        """Add a problem at a column (`label`, `label:kk`, `bot:privacy`), named by the form's own header."""
        plain = column if column.startswith("bot:") else column.partition(":")[0]
        header = self.headers.get(column) or self.headers.get(plain) or plain
        self.problems.append(Problem(self.sheet, self.number, header, what, fix))


def understand(sheet: FormSheet, problems: list[Problem]) -> list[Heading]:
    """Interpret the headers of a sheet. Adds a problem for each unknown one."""
    columns = []
    for header in dict.fromkeys(filter(None, sheet.header)):
        found = _column(sheet.name, header)
        if isinstance(found, Heading):
            columns.append(found)
        else:
            problems.append(Problem(sheet.name, sheet.header_row, header, *found))
    return columns


def line_of(sheet: str, row: SheetRow, columns: Collection[Heading], problems: list[Problem]) -> Line:
    texts: dict[str, dict[str, str]] = {}
    cells, bot = dict[str, str](), dict[str, str]()
    others, headers = dict[str, str](), dict[str, str]()
    for column in columns:
        cell = row.cells.get(column.header, "")
        if column.bot:
            headers[f"bot:{column.bot}"] = column.header
        else:
            headers.setdefault(column.name, column.header)
            headers[f"{column.name}:{column.language}"] = column.header
        if not cell:
            continue
        if column.bot:
            bot[column.bot] = cell
        elif column.name in TRANSLATED:
            # A Markdown cell cannot hold line breaks.
            text = re.sub(r"\s*<br\s*/?>\s*", "\n", cell)
            texts.setdefault(column.name, {})[column.language] = text
        elif column.name:
            cells[column.name] = cell
        else:
            others[column.header] = cell
    return Line(sheet, row.number, cells, texts, bot, others, headers, problems)


def _column(sheet: str, header: str) -> Heading | _Fault:
    known = COLUMNS[sheet]
    parts = [part.strip() for part in header.split("::")]
    plain = "::".join(parts).lower().replace(" ", "_")
    if plain in known:
        return Heading(header, known[plain])
    first = parts[0].lower().replace(" ", "_")
    if parts[0].lower() == "bind" and parts[-1].startswith("bot:"):
        return _bot_column(header, parts[-1].removeprefix("bot:"))
    if parts[0].lower() in {"media", "bind"} and len(parts) > 2:
        first = known.get(plain.rpartition("::")[0], parts[1].lower())
    if len(parts) > 1 and known.get(first) in TRANSLATED:
        if code := language_code(parts[-1]):
            return Heading(header, known[first], code)
        fix = "Write the language with its code, e.g. `label::English (en)`."
        return f"`{parts[-1]}` has no language code.", fix
    near = next(iter(difflib.get_close_matches(first, [key for key in known if known[key]], 1, 0.8)), "")
    if plain.startswith(_PASSED_OVER) or (sheet == "choices" and not near):
        return Heading(header, "")
    fix = f"Did you mean `{near}`?" if near else "Remove it, or see docs/forms.md for the columns there are."
    return _UNKNOWN, fix


def _bot_column(header: str, name: str) -> Heading | _Fault:
    if is_own(name):
        return Heading(header, "bot", bot=name)
    return _UNKNOWN, f"There are: {', '.join(f'bind::bot:{known}' for known in OWN_COLUMNS)}."


# The tree of rows, before expressions are parsed

_SPELLINGS: Mapping[str, str] = {
    word: kind.name for kind in KINDS.values() for word in (kind.name, *kind.spellings)
}
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
    """An interpreted type. `what` is `begin`, `end`, `question` (with its kind) or `metadata`."""

    what: str
    kind: str = ""
    repeat: bool = False
    list_name: str = ""


def _type_of(cell: str) -> Type | _Fault:
    text = " ".join(cell.split())
    lower = text.lower()
    if found := _BEGIN.fullmatch(lower):
        return Type(found[1], repeat=found[2] == "repeat")
    if (found := _SELECT.fullmatch(text)) and found[3]:
        fix = "Add a choice `other` in every language, and a text question relevant when it is selected."
        return "`or_other` gives a choice that cannot be translated.", fix
    if found:
        return Type("question", _WITH_LIST[found[1]], list_name=found[2])
    if lower in _SPELLINGS and lower not in _WITH_LIST:
        return Type("question", _SPELLINGS[lower])
    if lower in _METADATA:
        return Type("metadata")
    word = lower.split(" ")[0]
    if word in _WITH_LIST:
        return f"`{text}` names no list.", f"Write `{word} list_name`."
    if lower in _OTHERS or word in _OTHERS:
        return f"A chat cannot ask a `{word}` yet.", "Ask it as text, or leave it out."
    return f"The type `{text}` is not known.", "See docs/forms.md for the types there are."


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


def grow(root: str, rows: list[Line]) -> list[Branch]:
    """Build the branches of the form. Reports invalid types and names, and groups that do not close."""
    trunk: list[Branch] = []
    open_groups: list[Branch] = []
    for line in rows:
        kind = _type(line)
        if kind is None:
            continue
        if kind.what == "end":
            _close(line, kind, open_groups)
            continue
        siblings = open_groups[-1].children if open_groups else trunk
        above = open_groups[-1].path if open_groups else f"/{root}"
        branch = _branch(line, kind, above, siblings)
        siblings.append(branch)
        if kind.what == "begin":
            open_groups.append(branch)
    for branch in open_groups:
        word = "repeat" if branch.type.repeat else "group"
        branch.line.report("type", f"The {word} `{branch.name}` does not end.", f"Add a row `end_{word}`.")
    return trunk


def _type(line: Line) -> Type | None:
    cell = line.cells.get("type", "")
    if not cell:
        if line.cells or line.texts:
            line.report("type", "The row has no type.", "Write one, or empty the row.")
        return None
    kind = _type_of(cell)
    if not isinstance(kind, Type):
        line.report("type", *kind)
        return None
    return None if kind.what == "metadata" else kind


def _close(line: Line, kind: Type, open_groups: list[Branch]) -> None:
    if not open_groups or open_groups[-1].type.repeat is not kind.repeat:
        fix = "Let every begin have its own end, the last opened first."
        line.report("type", "It closes something that is not open.", fix)
    else:
        open_groups.pop()


def _branch(line: Line, kind: Type, above: str, siblings: list[Branch]) -> Branch:
    name = line.cells.get("name", "")
    if not _NAME.fullmatch(name):
        fix = "Use letters, digits, `_`, `-` and `.`, with a letter first."
        line.report("name", f"`{name}` is not a valid name.", fix)
    for other in siblings:
        if other.name.lower() == name.lower():
            what = f"`{name}` is already in row {other.line.number}."
            line.report("name", what, "Give each question its own name.")
    return Branch(line, kind, name, f"{above}/{name}")
