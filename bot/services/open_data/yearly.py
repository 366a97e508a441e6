"""File of a year: the total, and its split by month, by region and by category.

The splits are never crossed, since most numbers would be too small.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.form.model import Choice, Form
from bot.form.xlsform.lists import ANY
from bot.languages import exported_codes
from bot.services.export.rows.table import ExportTable, Record
from bot.services.export.versions.selection import Period, approved_versions
from bot.services.open_data.merging import MONTHS, Cell, merged, periods, with_undated
from bot.services.reports.classification import Consent
from bot.services.unit import REPORT_FORM, REVIEW_FORM, Unit
from bot.texts import Texts

_COUNTED_KINDS = frozenset({None, "incident", "pattern"})
"""Kinds of records that are events. Laws, proceedings against officials and good news are not."""
UNDATED = "-"


@dataclass(slots=True)
class Tally:
    """Numbers of a year's events by month (`01` to `12` or UNDATED), region, and group of the main violation
    (blank for none)."""

    months: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.months.total()

    def add(self, record: Record, month: str) -> None:
        self.months[month] += 1
        self.regions[record["region"] or ""] += 1
        self.categories[(record["violation_primary"] or "").partition(".")[0]] += 1


async def tally(unit: Unit, year: int) -> Tally:
    """Count the events that began in a year, each once. Opens every approved version."""
    table, found = ExportTable(unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM], unit.settings.zone), Tally()
    async for version in approved_versions(unit, Period(), frozenset(Consent)):
        if not version.belonging.counts:
            continue
        record = table.record(version)
        begun = month_of(record)
        if record["kind"] in _COUNTED_KINDS and begun is not None and begun[0] == f"{year:04}":
            found.add(record, begun[1])
    return found


def month_of(record: Record) -> tuple[str, str] | None:
    """Year and month in which an event began, else ended. The month may be UNDATED. None where even the year
    is unknown."""
    date = record["date_start"] or record["date_end"]
    return (date[:4], date[5:7] or UNDATED) if date else None


OTHERS = "others"
SMALLEST = 3
"""Smallest allowed threshold. With 2, a sum of two would reveal both."""
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
Row = tuple[str, ...]


def as_csv(year: int, found: Tally, forms: Mapping[str, Form], texts: Texts, least: int) -> bytes:
    """File in UTF-8 with a byte order mark: `year, by, code, label_…, events`. Only its head if the total is
    below `least`."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("year", "by", "code", *(f"label_{language}" for language in exported_codes()), "events"))
    if found.total >= least:
        writer.writerows((str(year), *row) for row in _rows(year, found, forms, texts, least))
    return (_BOM + written.getvalue()).encode()


def _rows(
    year: int, found: Tally, forms: Mapping[str, Form], texts: Texts, least: int
) -> Iterator[Sequence[str | int]]:
    yield ("all", "", *_said(texts, "export.open.all"), found.total)
    for cell in _months(found, least):
        code = "; ".join(_period_code(year, name) for name in cell.names)
        yield ("month", code, *_periods_said(texts, year, cell), cell.number)
    for by, role, form, numbers in (
        ("region", "region", REVIEW_FORM, found.regions),
        ("category", "category", REPORT_FORM, found.categories),
    ):
        question = forms[form].by_role.get(role)
        yield from _listed(by, question.choices if question else (), numbers, texts, least)


def _months(found: Tally, least: int) -> tuple[Cell, ...]:
    dated = [found.months[f"{month:02}"] for month in range(1, MONTHS + 1)]
    whole = periods(dated, least)
    if whole[0].names == ("",) and 0 < whole[0].number < least:
        return (Cell(("",), found.total),)
    return with_undated(whole, found.months[UNDATED], least)


def _period_code(year: int, name: str) -> str:
    return f"{year}" if not name else f"{year}-XX" if name == UNDATED else f"{year}-{name}"


def _listed(
    by: str, choices: Sequence[Choice], counted: Counter[str], texts: Texts, least: int
) -> Iterator[Sequence[str | int]]:
    labels = {choice.name: choice.label for choice in choices}
    found = merged({**dict.fromkeys(labels, 0), **counted}, least)
    for cell in found.alone:
        (code,) = cell.names
        label = labels.get(code, {})
        told = (label.get(language) or label.get(ANY) or code for language in exported_codes())
        yield (by, code, *told, cell.number)
    if found.rest is not None:
        yield (by, OTHERS, *_said(texts, "export.open.others"), found.rest)


def _periods_said(texts: Texts, year: int, cell: Cell) -> Row:
    def said(name: str, language: str) -> str:
        if name == UNDATED:
            return texts.text(language, "export.open.undated", {"year": year})
        return _period_code(year, name)

    return tuple("; ".join(said(name, language) for name in cell.names) for language in exported_codes())


def _said(texts: Texts, key: str) -> Row:
    return tuple(texts.text(language, key) for language in exported_codes())
