"""The sheets of a workbook that tell of the others: what each column is, and what each code means."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from bot.languages import exported_codes, name_of
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.contract import Provenance, provenances
from bot.services.export.formats.xlsx.sheets import OF_WORKBOOK, Head, Sheet
from bot.services.export.formats.xlsx.workbook import Plain
from bot.services.export.rows.row_cells import labels_in
from bot.services.export.rows.table import ExportTable
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
    """A row for each column of these sheets, and for those of its labels."""
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
    """A row for each code of each list."""
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
    """Read once, in a fifth of a second."""
    return Texts(exported_codes())
