"""Columns, languages and types of an XLSForm, as pyxform spells them (https://xlsform.org/en/ref-table/). To support
another column, list it here and read it in `questions`."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Self

from babel import Locale
from pyxform import aliases  # type: ignore[import-untyped]
from pyxform.parsing.sheet_headers import process_header  # type: ignore[import-untyped]
from pyxform.question import MultipleChoiceQuestion, Option  # type: ignore[import-untyped]
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT  # type: ignore[import-untyped]
from pyxform.survey import Survey  # type: ignore[import-untyped]
from pyxform.xls2json import RE_BEGIN_CONTROL, RE_END_CONTROL, RE_SELECT  # type: ignore[import-untyped]
from rapidfuzz.distance import OSA

from bot.form.kinds import KINDS
from bot.form.model import NO_TEXT, Text
from bot.form.xlsform.own_columns import OWN_COLUMNS, is_own
from bot.form.xlsform.sheets import ANY, Findings, FormSheet, language_code

TITLE = "bot:title_"
"""Beginning of the settings' columns for the title in a language of the bot, such as `bot:title_kk`."""
OWN = "bind::bot:"
"""Beginning of Kuager's own columns."""
MEDIA = ("image", "big-image", "audio", "video")
TRANSLATED = frozenset({"label", "hint", "guidance_hint", "constraint_message", "required_message", *MEDIA})

_MEDIA = {f"media::{name}": name for name in MEDIA}
_BINDS = "relevant required constraint calculation read_only constraint_message required_message"
_CONTROLS = "appearance repeat_count"
_PLAIN = "type name label hint guidance_hint default choice_filter parameters trigger disabled"
_SETTINGS = "version default_language name namespaces allow_choice_duplicates"
_CHOICES = {"list name": "list_name", "name": "name", "label": "label"} | _MEDIA
_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "survey": {name: name for name in _PLAIN.split()}
    | {"::".join(aliases.survey_header[name]).lower(): name for name in (_BINDS + " " + _CONTROLS).split()}
    | _MEDIA,
    "choices": _CHOICES,
    "external_choices": _CHOICES,
    "settings": {name: name for name in _SETTINGS.split()} | {"id_string": "form_id", "title": "form_title"},
}
"""Columns by sheet and by pyxform's own names, with `::` between their parts."""

_PYXFORM = {
    "survey": (aliases.survey_header, frozenset(MultipleChoiceQuestion.get_slot_names())),
    "choices": (aliases.list_header, frozenset(Option.get_slot_names())),
    "external_choices": (aliases.list_header, frozenset(Option.get_slot_names())),
    "settings": (aliases.settings_header, frozenset(Survey.get_slot_names())),
}
_PYXFORMS_ALONE = re.compile(r"bind|control|instance|media|hxl|sms_.*|autoplay|intent|save_to")
_OF_KOBO = re.compile(r"\$.*|kobo--.*|#.*")

OTHER = "?"
"""Before the header of a column that is not known, e.g. one that a `choice_filter` reads."""


@dataclass(slots=True)
class Line:
    """A row: its cells by pyxform's name of the column (`relevant`, `label::English (en)`, `bind::bot:privacy`) or by
    `?colour`, and the form's own header of each. `mended` are cells that pyxform gets instead."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    headers: Mapping[str, str]
    findings: Findings
    mended: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    """Headers of refused cells, which need no second message."""

    def of(self, start: str) -> dict[str, str]:
        """Cells of columns that begin so, by what follows."""
        return {key.removeprefix(start): cell for key, cell in self.cells.items() if key.startswith(start)}

    def texts(self, column: str) -> dict[str, str]:
        """Cells of a column by language, as written."""
        plain = {ANY: self.cells[column]} if column in self.cells else {}
        return plain | self.of(f"{column}::")

    @property
    def written(self) -> Mapping[str, str]:
        """Cells that pyxform knows."""
        return {key: cell for key, cell in self.cells.items() if not key.startswith(OTHER)}

    def header(self, column: str) -> str:
        like = (header for key, header in self.headers.items() if key.partition("::")[0] == column)
        return self.headers.get(column) or next(like, column)

    def report(self, column: str, what: str, fix: str) -> None:
        """Refuse the cell of a column, once."""
        if (header := self.header(column)) not in self.wrong:
            self.wrong.add(header)
            self.findings.refuse(self.sheet, self.number, header, what, fix)

    def is_spoilt(self, column: str) -> bool:
        """Whether a cell is refused, or would be for a reason that is told elsewhere."""
        return self.header(column) in self.wrong or self.mended.get(column) in {"", "''"}

    def warn(self, column: str, what: str, fix: str) -> None:
        self.findings.warn(self.sheet, self.number, self.header(column), what, fix)


def understand(sheet: FormSheet, findings: Findings) -> dict[str, str]:
    """Headers by pyxform's name of the column. An unknown one is ignored with a warning, unless it is misspelt."""
    headers: dict[str, str] = {}
    for header in dict.fromkeys(filter(None, sheet.header)):
        if header == "id_string" and "form_id" in sheet.header:
            continue  # as in pyxform
        key, is_right = _column(sheet, header, findings)
        if headers.setdefault(key, header) != header and is_right:
            what = f"It is the same column as `{headers[key]}`."
            findings.refuse(sheet.name, sheet.header_row, header, what, "Keep one of them.")
    return headers


def _column(sheet: FormSheet, header: str, findings: Findings) -> tuple[str, bool]:
    """Name of a column, and whether it is spelt right."""
    if sheet.name == "settings" and header.startswith(TITLE):
        return header, True
    names, (known, slots) = _COLUMNS[sheet.name], _PYXFORM[sheet.name]
    _, tokens = process_header(header, any("::" in one for one in sheet.header), known, slots)
    whole, report = "::".join(tokens), partial(findings.refuse, sheet.name, sheet.header_row, header)
    if tokens[0] == "bind" and tokens[-1].startswith("bot:"):
        if not is_own(own := tokens[-1].removeprefix("bot:")):
            fix = f"There are: {', '.join(f'{OWN}{known}' for known in OWN_COLUMNS)}."
            report("The column is not known.", fix)
        return f"{OWN}{own}", True
    for length in (2, 1):
        name = names.get("::".join(tokens[:length]).lower(), "")
        if name and (len(tokens) == length or (name in TRANSLATED and len(tokens) == length + 1)):
            return "::".join((name, *tokens[length:])), True
    if _PYXFORMS_ALONE.fullmatch(tokens[0].lower()) or (sheet.name == "settings" and tokens[0] in slots):
        return whole, True
    if near := _meant(tokens[0].lower().replace(" ", "_"), names.values()):
        report("The column is not known.", f"Did you mean `{near}`?")
        return "::".join((near, *tokens[1:])), False
    if "choices" not in sheet.name and not _OF_KOBO.fullmatch(header):  # there any column may serve a filter
        fix = "See docs/forms.md for the columns there are."
        findings.warn(sheet.name, sheet.header_row, header, "The column is not known, so it is ignored.", fix)
    return f"{OTHER}{header}", True


def _meant(word: str, names: Collection[str]) -> str:
    """The name that a word misses by a letter, a long one by two."""
    if not word.replace("_", "").isalpha():
        return ""
    near = ((OSA.distance(word, name), name) for name in names if word != f"{name}s")
    return min((name for far, name in near if far <= 1 + (min(len(word), len(name)) > 5)), default="")


# Languages

UNNAMED = "und"
"""Language code (BCP 47: undetermined) of labels that name no language."""

REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")

_BREAK = re.compile(r"\s*<br\s*/?>\s*")
_OFTEN = "ar az be bn de el es fa fr ha hi hy id it ka kk ky ne nl pl ps pt ro ru so sw ta tg th tk tr uk ur uz vi zh"
"""Languages whose own names are understood too."""


@cache
def _names() -> Mapping[str, str]:
    own = {Locale(code).get_display_name(code) or "": code for code in _OFTEN.split()}
    names = {**own, **{name: code for code, name in Locale("en").languages.items()}}
    return {name.casefold(): code for name, code in names.items()}


def code_of(name: str) -> str:
    """Code of a language as written: `kk` for `Қазақша (kk)`, `kk` and `Kazakh`. Else one made of its name."""
    plain = name.strip().casefold()
    known = language_code(name) or (plain if plain in Locale("en").languages else _names().get(plain))
    return known or re.sub(r"[\W_]+", "-", plain).strip("-") or UNNAMED


@dataclass(slots=True)
class Translations:
    """Texts of a form in its languages. `codes`: by language as written. `paths`: of the nodes by name."""

    codes: Mapping[str, str]
    default: str
    findings: Findings
    rows: Mapping[str, int]
    """Row of the header by sheet."""
    paths: Mapping[str, Collection[str]] = field(default_factory=dict)
    _warned: set[tuple[str, str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, headers: Mapping[str, Mapping[str, str]], settings: Line, rows: Mapping[str, int]) -> Self:
        """The languages that the headers of labels, hints and the like name, in their order."""
        codes: dict[str, str] = {}
        for sheet in ("survey", "choices"):
            for column, _, language in (key.partition("::") for key in headers[sheet]):
                if column in TRANSLATED and language != ANY and language not in codes:
                    code = code_of(language)
                    if language_code(language) is None and language != code:
                        header = headers[sheet][f"{column}::{language}"]
                        what, fix = f"`{language}` has no language code.", f"It is taken for `{code}`."
                        settings.findings.warn(sheet, rows[sheet], header, what, fix)
                    codes[language] = code
        named = settings.cells.get("default_language", "")
        default = code_of(named) if named else next(iter(codes.values()), UNNAMED)
        plain = any("label" in headers[sheet] for sheet in ("survey", "choices"))
        if not codes or (plain and named):
            codes[ANY] = default
        elif plain:
            codes, default = {ANY: UNNAMED, **codes}, UNNAMED
            what = "A label names no language, others do."
            settings.warn("default_language", what, "Write the language of the plain labels here.")
        elif default not in codes.values():
            what = f"No label is in `{named}`."
            settings.warn("default_language", what, "The first language is the default.")
            default = next(iter(codes.values()))
        return cls(codes, default, settings.findings, rows)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.codes.values()))

    def text(self, line: Line, column: str) -> Text:
        """A text in every language, where it is missing the default's, with one warning for a column."""
        if not (given := line.texts(column)):
            return NO_TEXT
        text = {self.codes.get(name, self.default): words for name, words in given.items() if name != ANY}
        if ANY in given:
            text.setdefault(self.codes.get(ANY, self.default), given[ANY])
        instead = text.get(self.default) or next(iter(text.values()))
        for code in (code for code in self.languages if code not in text):
            text[code] = instead
            if column == "label" or [*given] != [ANY]:
                self._warn(line, column, code)
        # A Markdown cell cannot hold line breaks.
        return {code: self.with_paths(_BREAK.sub("\n", words)) for code, words in text.items()}

    def media(self, line: Line) -> Mapping[str, Text]:
        return {name: text for name in MEDIA if (text := self.text(line, name))}

    def with_paths(self, words: str) -> str:
        """A text with the path of each answer it shows: `${/f/name}` for `${name}`."""
        if "${" not in words:
            return words
        return REFERENCE.sub(lambda found: f"${{{next(iter(self.paths.get(found[1], [''])))}}}", words)

    def _warn(self, line: Line, column: str, code: str) -> None:
        place = (line.sheet, column, code)
        if place not in self._warned:
            self._warned.add(place)
            written = next(name for name, one in self.codes.items() if one == code)
            key = f"{column}::{written}" if written else column
            what = f"Row {line.number} has no {column.replace('_', ' ')} in `{code}`, and perhaps others."
            row, fix = self.rows[line.sheet], "Another language's is shown."
            self.findings.warn(line.sheet, row, line.headers.get(key, f"{column}::{written}"), what, fix)


# Types

_KINDS: Mapping[str, str] = {
    word: kind.name for kind in reversed([*KINDS.values()]) for word in (*kind.spellings, kind.name)
}
_UNASKED = frozenset({"audit", "xml-external", "csv-external"})
_MEANT = (*_KINDS, "begin_group", "end_group", "begin_repeat", "end_repeat")
_SELECTS = tuple(sorted(aliases.select, key=len, reverse=True))


def _nature(spelling: str) -> tuple[str, ...]:
    control, bind = (QUESTION_TYPE_DICT[spelling].get(part, {}) for part in ("control", "bind"))
    found = (bind.get("type"), bind.get("readonly"), bind.get("jr:preloadParams"), *sorted(control.values()))
    return tuple(map(str, found))


_BY_NATURE = {_nature(word): kind for word, kind in _KINDS.items() if word in QUESTION_TYPE_DICT}
"""Kinds by the bind and control of a type in pyxform's dictionary: `gps` is a `geopoint`."""


@dataclass(frozen=True, slots=True)
class Type:
    """An interpreted type. `what` is `begin`, `end`, `question` (with its kind), `ignored` or `refused`. `constraint`
    belongs to types such as `percentage`, `spelling` is pyxform's."""

    what: str
    kind: str = ""
    spelling: str = "text"
    list_name: str = ""
    has_other: bool = False
    is_external: bool = False
    constraint: str = ""
    why: tuple[str, str] = ("", "")


def type_of(cell: str) -> Type:
    text = " ".join(cell.split())
    if found := RE_BEGIN_CONTROL.match(text) or RE_END_CONTROL.match(text):
        what, control = "begin" if text.startswith("begin") else "end", aliases.control[found["type"]]
        if control != "loop":
            return Type(what, spelling=f"{what}_{control}")
        why = ("A chat cannot ask a `loop`.", "Use a group, or a repeat.")
        return Type(what, spelling=f"{what}_group", why=why)
    lower = text.lower()
    command = next((one for one in _SELECTS if lower == one or lower.startswith(f"{one} ")), "")
    small = command + text[len(command) :] if command else text if text in QUESTION_TYPE_DICT else lower
    if small != text and (meant := type_of(small)).what != "refused":
        return replace(meant, why=(f"The type `{text}` is not known.", f"Did you mean `{small}`?"))
    if command:
        return _select(command, small)
    known = QUESTION_TYPE_DICT.get(text)
    if kind := _KINDS.get(text) or (_BY_NATURE.get(_nature(text)) if known else None):
        constraint = known.get("bind", {}).get("constraint", "") if known else ""
        return Type("question", kind, text if known else "text", constraint=constraint)
    if text in _UNASKED:
        return Type("ignored", spelling=text)
    if text.split(" ")[0] == "osm":
        why = (f"A chat cannot ask a `{text}` yet.", "Ask it as text, or leave it out.")
        return Type("refused", why=why)
    word, _, rest = text.partition(" ")
    what = f"The type `{text}` is not known."
    if (near := _meant(word.lower(), _MEANT) if rest else _meant(lower, _MEANT)) not in {"", word}:
        return replace(type_of(f"{near} {rest}"), why=(what, f"Did you mean `{near}`?"))
    return Type("refused", why=(what, "See docs/forms.md for the types there are."))


def _select(command: str, text: str) -> Type:
    if (found := RE_SELECT.match(text)) is None:
        return Type("refused", why=(f"`{text}` names no list.", f"Write `{command} list_name`."))
    kind = _KINDS.get(command) or _KINDS[aliases.select[command]]
    is_external = aliases.select[command] == "select one external"
    has_other = found["specify_other"] is not None
    return Type("question", kind, text, found["list_name"], has_other, is_external)
