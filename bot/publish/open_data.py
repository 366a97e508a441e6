"""Open data of a year by month, region and category, with small numbers merged until they identify no one."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.form.model import Form
from bot.languages import exported_codes
from bot.publish.export.cells import ExportTable, Record, by_language
from bot.publish.export.selection import Period, approved_versions, archived
from bot.publish.statistics import choices_of
from bot.reports.states import Consent
from bot.store.unit import REPORT_FORM, REVIEW_FORM, UnitOfWork
from bot.texts import Texts

_COUNTED_KINDS = frozenset({None, "incident", "pattern"})
"""Kinds of records that are events. Laws, proceedings against officials and good news are not."""
UNDATED = "-"

OTHERS = "others"
SMALLEST = 3
"""Smallest allowed threshold. With 2, a sum of two would reveal both."""
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    names: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells large enough to stand alone, and the sum of all others, None if these are all empty."""

    alone: tuple[Cell, ...]
    rest: int | None


def merged(numbers: Mapping[str, int], least: int) -> Merged:
    """Merge unordered cells, such as regions, in the given order. The smallest that could stand alone join the rest until it
    identifies no one. Equal ones join together, since their order would reveal which did. The names in the rest are not
    published, so that small and empty cells stay unknown."""
    rest = {name for name, number in numbers.items() if 0 < number < least}
    hidden = len(rest) + sum(not number for number in numbers.values())
    # A sum that is the largest possible for hidden cells reveals each of them, so one more must join.
    told = hidden * (least - 1)
    for size in sorted({number for number in numbers.values() if number >= least}):
        total = sum(numbers[one] for one in rest)
        if not rest or (total >= least and total != told):
            break
        rest |= {name for name, number in numbers.items() if number == size}
        told = 0
    shown = ((name, number) for name, number in numbers.items() if number >= least and name not in rest)
    alone = tuple(Cell((name,), number) for name, number in shown)
    return Merged(alone, sum(numbers[name] for name in rest) if rest else None)


def periods(months: Sequence[int], least: int) -> tuple[Cell, ...]:
    """Merge twelve months into quarters, halves or the year, which is split only if all its parts can be shown. Names are
    `01` to `12`, `Q1` to `Q4`, `H1`, `H2`, and '' for the year."""
    cells = [(Cell((f"{month:02}",), number),) for month, number in enumerate(months, 1)]
    quarters = [_whole_or_parts(f"Q{one + 1}", cells[3 * one : 3 * one + 3], least) for one in range(4)]
    halves = [_whole_or_parts(f"H{one + 1}", quarters[2 * one : 2 * one + 2], least) for one in range(2)]
    return _whole_or_parts("", halves, least)


def _whole_or_parts(name: str, parts: Sequence[tuple[Cell, ...]], least: int) -> tuple[Cell, ...]:
    totals = [sum(cell.number for cell in part) for part in parts]
    if any(0 < total < least for total in totals):
        return (Cell((name,), sum(totals)),)
    return tuple(cell for part in parts for cell in part)


def with_undated(cells: Sequence[Cell], undated: int, least: int) -> tuple[Cell, ...]:
    """Add the events of no known month, named `-`. If they are too few, they are merged with the first periods, or with the
    year. Each of these is known to have at least `least`, so the sum must exceed that by `least`. Merging the smallest
    periods instead would reveal how large they can be."""
    if not undated:
        return tuple(cells)
    taken, total = list[Cell](), undated
    for cell in cells:
        if total >= (len(taken) + 1) * least:
            break
        if cell.number:
            taken.append(cell)
            total += cell.number
    if total < (len(taken) + 1) * least:
        return (Cell(("",), total),)
    kept = [cell for cell in cells if cell not in taken]
    return (*kept, Cell((*(name for cell in taken for name in cell.names), "-"), total))


@dataclass(slots=True)
class YearlyCounts:
    """Numbers of a year's events by month (`01` to `12` or UNDATED), region, and group of the main violation, or blank."""

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


async def tally(unit: UnitOfWork, year: int) -> YearlyCounts:
    """Count the events that began in a year, each once: by every approved version, or by reporters' codes in the archive."""
    table = ExportTable(unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM], unit.settings.zone)
    found = YearlyCounts()
    async for version in approved_versions(unit, Period(), frozenset(Consent)):
        if not version.belonging.counts:
            continue
        record = table.record(version)
        begun = month_of(record)
        if record["kind"] in _COUNTED_KINDS and begun is not None and begun[0] == f"{year:04}":
            found.add(record, begun[1])
    for row in await archived(unit, frozenset(Consent)):
        codes: Record = {"region": row.region, "violation_primary": row.category}
        begun = month_of({"date_start": row.date_start, "date_end": row.date_end})
        if begun is not None and begun[0] == f"{year:04}":
            found.add(codes, begun[1])
    return found


def month_of(record: Record) -> tuple[str, str] | None:
    """Year and month in which an event began, else ended. The month may be UNDATED. None for an unknown year."""
    date = record["date_start"] or record["date_end"]
    return (date[:4], date[5:7] or UNDATED) if date else None


def as_csv(year: int, found: YearlyCounts, forms: Mapping[str, Form], texts: Texts, least: int) -> bytes:
    """File in UTF-8 with a byte order mark: `year, by, code, label_…, events`. Only its head below a total of `least`."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("year", "by", "code", *(f"label_{language}" for language in exported_codes()), "events"))
    if found.total >= least:
        writer.writerows((str(year), *row) for row in _rows(year, found, forms, texts, least))
    return written.getvalue().encode("utf-8-sig")


def _rows(
    year: int, found: YearlyCounts, forms: Mapping[str, Form], texts: Texts, least: int
) -> Iterator[Sequence[str | int]]:
    yield ("all", "", *_said(texts, "export.open.all"), found.total)
    for cell in _months(found, least):
        code = "; ".join(_period_code(year, name) for name in cell.names)
        yield ("month", code, *_periods_said(texts, year, cell), cell.number)
    lists = (("region", REVIEW_FORM, found.regions), ("category", REPORT_FORM, found.categories))
    for role, form, numbers in lists:
        choices = choices_of(forms[form], role)
        told = merged({**dict.fromkeys(choices, 0), **numbers}, least)
        for cell in told.alone:
            (code,) = cell.names
            said = by_language(choices[code].label if code in choices else {}).values()
            yield (role, code, *(label or code for label in said), cell.number)
        if told.rest is not None:
            yield (role, OTHERS, *_said(texts, "export.open.others"), told.rest)


def _months(found: YearlyCounts, least: int) -> tuple[Cell, ...]:
    dated = [found.months[f"{month:02}"] for month in range(1, 13)]
    whole = periods(dated, least)
    if whole[0].names == ("",) and 0 < whole[0].number < least:
        return (Cell(("",), found.total),)
    return with_undated(whole, found.months[UNDATED], least)


def _period_code(year: int, name: str) -> str:
    return f"{year}" if not name else f"{year}-XX" if name == UNDATED else f"{year}-{name}"


def _periods_said(texts: Texts, year: int, cell: Cell) -> Row:
    undated = _said(texts, "export.open.undated", {"year": year})
    codes = [None if name == UNDATED else _period_code(year, name) for name in cell.names]
    return tuple("; ".join(code or words for code in codes) for words in undated)


def _said(texts: Texts, key: str, args: Mapping[str, int] | None = None) -> Row:
    return tuple(texts.text(language, key, args) for language in exported_codes())
