"""Columns of an XLSForm (https://xlsform.org/en/ref-table/). To support another, list it here and read it in
`questions`."""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.form.xlsform.own_columns import OWN_COLUMNS, is_own
from bot.form.xlsform.sheets import ANY, FormSheet, Problem, SheetRow, language_code

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
class ColumnHeading:
    """A header: the column's name, and its language or its name after `bot:`."""

    header: str
    name: str
    language: str = ANY
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: plain cells, translated texts, and the header of each."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    bot: Mapping[str, str]
    others: Mapping[str, str]
    headers: Mapping[str, str]

    def problem(self, column: str, what: str, fix: str) -> Problem:
        """A problem at a column (`label`, `label:kk`, `bot:privacy`), named by the form's own header."""
        plain = column if column.startswith("bot:") else column.partition(":")[0]
        header = self.headers.get(column) or self.headers.get(plain) or plain
        return Problem(self.sheet, self.number, header, what, fix)


def understand(sheet: FormSheet, problems: list[Problem]) -> list[ColumnHeading]:
    """Interpret the headers of a sheet. Adds a problem for each unknown one."""
    columns = []
    for header in dict.fromkeys(filter(None, sheet.header)):
        found = _column(sheet.name, header)
        if isinstance(found, ColumnHeading):
            columns.append(found)
        else:
            problems.append(Problem(sheet.name, sheet.header_row, header, *found))
    return columns


def line_of(sheet: str, row: SheetRow, columns: Collection[ColumnHeading]) -> Line:
    cells: dict[str, str] = {}
    texts: dict[str, dict[str, str]] = {}
    bot: dict[str, str] = {}
    others: dict[str, str] = {}
    headers: dict[str, str] = {}
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
    return Line(sheet, row.number, cells, texts, bot, others, headers)


def _column(sheet: str, header: str) -> ColumnHeading | _Fault:
    known = COLUMNS[sheet]
    parts = [part.strip() for part in header.split("::")]
    plain = "::".join(parts).lower().replace(" ", "_")
    if plain in known:
        return ColumnHeading(header, known[plain])
    first = parts[0].lower().replace(" ", "_")
    if parts[0].lower() == "bind" and parts[-1].startswith("bot:"):
        return _bot_column(header, parts[-1].removeprefix("bot:"))
    if parts[0].lower() in {"media", "bind"} and len(parts) > 2:
        first = known.get(plain.rpartition("::")[0], parts[1].lower())
    if len(parts) > 1 and known.get(first) in TRANSLATED:
        if code := language_code(parts[-1]):
            return ColumnHeading(header, known[first], code)
        fix = "Write the language with its code, e.g. `label::English (en)`."
        return f"`{parts[-1]}` has no language code.", fix
    near = _near(first, known)
    if plain.startswith(_PASSED_OVER) or (sheet == "choices" and not near):
        return ColumnHeading(header, "")
    fix = f"Did you mean `{near}`?" if near else "Remove it, or see docs/forms.md for the columns there are."
    return _UNKNOWN, fix


def _near(name: str, known: Mapping[str, str]) -> str:
    return next(iter(difflib.get_close_matches(name, [key for key in known if known[key]], 1, 0.8)), "")


def _bot_column(header: str, name: str) -> ColumnHeading | _Fault:
    if is_own(name):
        return ColumnHeading(header, "bot", bot=name)
    return _UNKNOWN, f"There are: {', '.join(f'bind::bot:{known}' for known in OWN_COLUMNS)}."
