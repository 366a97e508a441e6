"""Writer of the workbook. Its sheets:

- `reports`: a row for each record.
- one for each repeat: a row for each instance.
- `lists`: a row for each value of a list, so that no cell needs splitting.
- `continued`: the rest of long texts.
- `dictionary` and `codes`: the meaning of columns and codes.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from functools import cache

from bot.languages import exported_codes, name_of
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.contract import Provenance, provenances
from bot.services.export.columns.public_answers import ExportValue
from bot.services.export.formats.archive import zipped
from bot.services.export.formats.writer import About
from bot.services.export.formats.xlsx.sheets import (
    CONTINUED_COLUMNS,
    ID,
    INSTANCE,
    LIST_COLUMNS,
    OF_WORKBOOK,
    Head,
    Sheet,
)
from bot.services.export.formats.xlsx.workbook import Plain, around
from bot.services.export.rows.cells import labels_in, shown
from bot.services.export.rows.table import ExportTable, Record
from bot.texts import Texts

_WIDTHS = {
    "sheet": 14,
    "name": 32,
    "type": 10,
    "several": 9,
    "list": 22,
    "privacy": 12,
    "how": 50,
    "code": 28,
}
_WIDTH = 34


def dictionary(table: ExportTable, sheets: Iterable[Sheet]) -> Plain:
    names = ["sheet", "name", *(f"heading_{code}" for code in exported_codes())]
    names += ["type", "several", "list", "reported_question", "moderators_question", "how", "privacy"]
    found = {one.column.name: one for one in provenances(table.review, table.report)}
    rows = [
        row
        for sheet in sheets
        for column in sheet.columns
        for row in _described(sheet.title, column, found.get(column.name))
    ]
    return _headed(names), rows


def _described(sheet: str, column: ExportColumn, origin: Provenance | None) -> Iterator[Sequence[str]]:
    texts = _texts()
    headings = [_heading(column, texts, language) for language in exported_codes()]
    reported = [question.name for question in origin.reported] if origin else []
    decided = column.question.name if column.question is not None else ""
    how = origin.how if origin else column.how
    several = "yes" if column.several else "no"
    where = [", ".join(reported), decided, how, str(column.privacy)]
    yield [sheet, column.name, *headings, str(column.type), several, column.codes, *where]
    for name, language in zip(column.names[1:], exported_codes(), strict=False):
        said = [f"{heading} ({name_of(language)})" for heading in headings]
        yield [sheet, name, *said, "label", several, column.codes, *where]


def _heading(column: ExportColumn, texts: Texts, language: str) -> str:
    if column.how == OF_WORKBOOK:
        if column.name.startswith("label_"):
            return texts.text(language, "export.workbook.label")
        return texts.text(language, f"export.workbook.{column.name}")
    return column.heading(texts, language)


def codes(table: ExportTable) -> Plain:
    in_languages: Mapping[str, Sequence[Mapping[str, str]]] = {
        name: [labels_in(labels, language) for language in exported_codes()]
        for name, labels in table.labels.items()
    }
    rows = [
        [name, code, *(said[code] for said in in_languages[name])]
        for name, labels in table.labels.items()
        for code in labels
    ]
    return _headed(["list", "code", *(f"label_{language}" for language in exported_codes())]), rows


def _headed(names: Sequence[str]) -> Sequence[Head]:
    return [Head(name, _WIDTHS.get(name, _WIDTH)) for name in names]


@cache
def _texts() -> Texts:
    return Texts(exported_codes())


_MOST_TITLE = 31
OWN = ("reports", "lists", "continued", "dictionary", "codes", "history")
"""Titles that no repeat may have. Excel reserves the last."""
_HEIGHT = 46
_NO_LABELS = [dict[str, str]() for _ in exported_codes()]


class WorkbookWriter:
    def __init__(self, table: ExportTable, _about: About) -> None:
        self._table = table
        labels = table.labels
        of_record = [column for column in table.columns if not column.repeat]
        self._names = [column.name for column in of_record]
        self._reports = Sheet("reports", of_record, labels, _HEIGHT)
        self._taken = set(OWN)
        self._repeats = {
            name: Sheet(_title(name, self._taken), [ID, INSTANCE, *columns], labels)
            for name, columns in table.repeats.items()
        }
        self._several = [column for column in table.columns if column.several]
        self._said = {
            name: [labels_in(labels[name], language) for language in exported_codes()] for name in labels
        }
        self._lists = Sheet("lists", LIST_COLUMNS, labels)
        self._continued = Sheet("continued", CONTINUED_COLUMNS, labels, _HEIGHT)

    def begin(self) -> bytes:
        return b""

    def row(self, record: Record) -> bytes:
        ref = record["id"]
        self._reports.append([record[name] for name in self._names])
        self._continue(self._reports, ref, None)
        for name, sheet in self._repeats.items():
            values = [record[column.name] for column in self._table.repeats[name]]
            for number, instance in enumerate(zip(*values, strict=True), 1):
                sheet.append([ref, number, *instance])
                self._continue(sheet, ref, number)
        for column in self._several:
            self._list(column, ref, record[column.name])
        return b""

    def end(self) -> Generator[bytes, None, None]:
        sheets = [self._reports, *self._repeats.values(), self._lists]
        if self._continued.parts[0].number:
            sheets.append(self._continued)
        grown = {
            sheet.title if number == 0 else _title(sheet.title, self._taken): (sheet.heads, rows)
            for sheet in sheets
            for number, rows in enumerate(sheet.parts)
        }
        plain = {"dictionary": dictionary(self._table, sheets), "codes": codes(self._table)}
        yield from zipped(around(grown, plain))

    def _list(self, column: ExportColumn, ref: str, value: ExportValue) -> None:
        lists = enumerate(value, 1) if column.repeat else [(None, value)]
        said = self._said.get(column.codes, ())
        for instance, values in lists:
            for position, one in enumerate(values or (), 1):
                labels = (labels.get(one, "") for labels in said or _NO_LABELS)
                self._lists.append([ref, column.name, instance, position, shown(one), *labels])
                self._continue(self._lists, ref, instance, position, column.name)

    def _continue(
        self, sheet: Sheet, ref: str, instance: int | None, position: int | None = None, column: str = ""
    ) -> None:
        for name, parts in sheet.over:
            for number, text in enumerate(parts, 2):
                self._continued.append([ref, sheet.title, instance, position, column or name, number, text])
        sheet.over.clear()


def _title(name: str, taken: set[str]) -> str:
    title, number = name[:_MOST_TITLE], 1
    while title.casefold() in taken:
        number += 1
        title = f"{name[: _MOST_TITLE - 4]}_{number}"
    taken.add(title.casefold())
    return title
