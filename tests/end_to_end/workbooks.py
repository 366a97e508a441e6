"""Reading a workbook back as an analyst would, by what the documentation says of its sheets alone."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import openpyxl  # type: ignore[import-untyped] # it has no types

from tests.end_to_end.exports import (
    HEADER,
    LIST_OF_COLUMN,
    LISTS,
    REPEATS,
    Facts,
    Labels,
    Row,
    add_labels,
    facts_of_document,
    values_in,
)

Cells = Mapping[str, Any]
_BEFORE = tuple(f"{repeat}_" for repeat in REPEATS)
_LABELS = ("label_en", "label_ru", "label_kk")
SHEETS: Mapping[str, tuple[str, ...]] = {
    "reports": tuple(head for head in HEADER if not head.startswith(_BEFORE)),
    **{
        repeat: ("id", "instance", *(head for head in HEADER if head.startswith(f"{repeat}_")))
        for repeat in REPEATS
    },
    "lists": ("id", "column", "instance", "position", "value", *_LABELS),
}
"""The heads of the sheets that hold records."""
_CODES, _DICTIONARY = ("list", "code", *_LABELS), ("sheet", "name")
_DAYS = ("approved_on", "date_start", "date_end", "underlying_event", "outcomes_date", "sources_date")
_WHOLE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def workbook_rows(content: bytes) -> tuple[list[str], list[Row]]:
    """The records of a workbook, put together by `id` and `instance`, and what its sheets have wrong or contradict each other in:
    heads, rows of no record, the numbers of instances, values in `lists` and labels in `codes` that are not those of the cells,
    columns that the dictionary does not have."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    sheets = {name: list(book[name].iter_rows(values_only=True)) for name in SHEETS}
    wrong = [f"header: {name} has {rows[0]}" for name, rows in sheets.items() if rows[0] != SHEETS[name]]
    cells = {name: [_cells(rows[0], row) for row in rows[1:]] for name, rows in sheets.items()}
    of = {name: _by_id(rows) for name, rows in cells.items() if name != "reports"}
    ids = {record["id"] for record in cells["reports"]}
    wrong += [f"id: {name} has {by_id.keys() - ids}" for name, by_id in of.items() if by_id.keys() - ids]
    rows = []
    for record in cells["reports"]:
        parts = {name: by_id.get(record["id"], []) for name, by_id in of.items()}
        wrong += _contradictions(record, parts)
        rows.append(_row(record, parts))
    return [*wrong, *_undescribed(book, rows)], rows


def _undescribed(book: openpyxl.Workbook, rows: Sequence[Row]) -> Iterator[str]:
    head, *codes = book["codes"].iter_rows(values_only=True)
    if head != _CODES:
        yield f"header: codes has {head}"
    said = {(name, code): dict(zip(("en", "ru", "kk"), labels, strict=True)) for name, code, *labels in codes}
    for name, code, labels in _labels_of(rows):
        if said.get((name, code)) != labels:
            yield f"codes.{name}: {code} is {said.get((name, code))}, not {labels}"
    head, *described = book["dictionary"].iter_rows(values_only=True)
    stand = {(name, column) for name in SHEETS for column in next(book[name].iter_rows(values_only=True))}
    if head[:2] != _DICTIONARY or stand != {row[:2] for row in described}:
        yield f"dictionary: {stand ^ {row[:2] for row in described}}"


def _labels_of(rows: Sequence[Row]) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    for row in rows:
        for name, codes in row.labels.items():
            yield from ((name, code, labels) for code, labels in codes.items())


def _cells(heads: Sequence[Any], row: Sequence[Any]) -> Cells:
    return {
        name: _day(cell) if name in _DAYS else cell for name, cell in zip(map(str, heads), row, strict=True)
    }


def _day(cell: Any) -> Any:
    """A whole day as the cases have it. One that is a mere text says so, as no pivot table could group it."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return f"the text {cell}" if cell and _WHOLE_DAY.fullmatch(cell) else cell


def _by_id(rows: Sequence[Cells]) -> dict[str, list[Cells]]:
    found: dict[str, list[Cells]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append(row)
    return found


def _row(record: Cells, parts: Mapping[str, Sequence[Cells]]) -> Row:
    labels: Labels = {}
    for cells in (record, *(one for repeat in REPEATS for one in parts[repeat])):
        for column in LIST_OF_COLUMN.keys() & cells.keys():
            beside = (f"{column}_{label}" for label in _LABELS)
            add_labels(labels, column, {name: cells[name] or "" for name in (column, *beside)})
    facts = _facts(record, parts)
    return Row(facts, record["id"], record["version"], record["approved_on"], record["language"], labels)


def _facts(record: Cells, parts: Mapping[str, Sequence[Cells]]) -> Facts:
    document = {**record, **{name: values_in(record[name] or "") for name in LISTS}}
    document["place"] = {name: record[name] for name in _PLACE}
    document["date"] = {name: record[f"date_{name}"] for name in ("start", "end", "precision", "ongoing")}
    for repeat, fields in REPEATS.items():
        document[repeat] = [
            {field: _of_instance(field, one.get(f"{repeat}_{field}")) for field in fields}
            for one in parts[repeat]
        ]
    return facts_of_document(document)


def _of_instance(field: str, cell: Any) -> Any:
    return values_in(cell or "") if field == "groups" else cell


_PLACE = ("region", "locality", "latitude", "longitude", "within_km")


def _contradictions(record: Cells, parts: Mapping[str, Sequence[Cells]]) -> Iterator[str]:
    for repeat in REPEATS:
        numbers = [one["instance"] for one in parts[repeat]]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"instance: {numbers} in {repeat}"
    listed: dict[tuple[str, int | None], list[Cells]] = {}
    for one in parts["lists"]:
        listed.setdefault((one["column"], one["instance"]), []).append(one)
    shown = {(name, None): record for name in (*LISTS, "related")}
    shown |= {("affected_groups", one["instance"]): one for one in parts["affected"]}
    for (column, instance), cells in shown.items():
        found = listed.pop((column, instance), [])
        rows = [(one["position"], one["value"], *(one[label] for label in _LABELS)) for one in found]
        if rows != _as_listed(column, cells):
            yield f"lists.{column}: {rows}, not {cells[column]!r}"
    if listed:
        yield f"lists.more: {sorted(map(str, listed))}"


def _as_listed(column: str, cells: Cells) -> list[tuple[Any, ...]]:
    """The rows of `lists` that a cell and those of its labels must have."""
    values = values_in(cells[column] or "")
    blank: list[str | None] = [None] * len(values)
    beside = [values_in(cells.get(f"{column}_{label}") or "") or blank for label in _LABELS]
    return list(zip(range(1, len(values) + 1), values, *beside, strict=True))
