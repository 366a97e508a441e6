"""What is wrong in a folder of code lists, measured by its own descriptor `datapackage.json`
(https://datapackage.org, Table Schema) and by what a button can bear."""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

LABELS = ("label", "label::Қазақша (kk)", "label::Русский (ru)", "label::English (en)")
LONGEST = 40
_CODE = re.compile(r"[A-Za-z0-9_.+-]+")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_UNSAFE = re.compile(r"\||::|[\n\r\t]|\s\s")
_READ: Mapping[str, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "date": date.fromisoformat,
    "string": str,
    "list": str.split,
}

Row = Mapping[str, str]
Table = tuple[tuple[str, ...], list[Row]]


def problems(folder: Path) -> list[str]:
    """Everything wrong with the lists in this folder, each as `file: what`; empty if they are sound."""
    descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
    resources = {resource["name"]: resource for resource in descriptor["resources"]}
    found = list(_package(folder, descriptor))
    tables = {name: _table(folder / resource["path"]) for name, resource in resources.items()}
    for name, resource in resources.items():
        wrong = [*_columns(resource["schema"], tables[name], tables), *_buttons(tables[name][1])]
        found += [f"{resource['path']}: {what}" for what in wrong]
    return found


def _package(folder: Path, descriptor: Mapping[str, Any]) -> Iterator[str]:
    if not _VERSION.fullmatch(descriptor.get("version", "")):
        yield "datapackage.json: no version"
    paths = [resource["path"] for resource in descriptor["resources"]]
    for name in {path.name for path in folder.glob("*.csv")} ^ set(paths):
        yield f"{name}: a list without a description or a description without a list"
    for resource in descriptor["resources"]:
        if resource["path"] != f"{resource['name']}.csv" or not resource.get("title"):
            yield f"{resource['path']}: not named like its file, or without a title"


def _table(path: Path) -> Table:
    if not path.exists():
        return (), []
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    return tuple(header), [dict(zip(header, line, strict=True)) for line in lines]


def _columns(schema: Mapping[str, Any], table: Table, tables: Mapping[str, Table]) -> Iterator[str]:
    header, rows = table
    if header != tuple(field["name"] for field in schema["fields"]):
        yield f"its header is {header}"
        return
    if schema["primaryKey"] != ["name"]:
        yield "its key is not the code"
    for field in schema["fields"]:
        if not field.get("description"):
            yield f"{field['name']} is not described"
        yield from _cells(field, [row[field["name"]] for row in rows])
        if "each" in field:
            cells = (code for row in rows for code in row[field["name"]].split(" ") if code)
            yield from _strangers(cells, field["each"], tables)
    for key in schema.get("foreignKeys", []):
        (column,) = key["fields"]
        yield from _strangers((row[column] for row in rows if row[column]), key["reference"], tables)


def _cells(field: Mapping[str, Any], cells: list[str]) -> Iterator[str]:
    rules, name = field.get("constraints", {}), field["name"]
    if rules.get("unique"):
        yield from (f"{cell!r} appears twice" for cell, count in Counter(cells).items() if count > 1)
    for cell in cells:
        if cell != cell.strip():
            yield f"{name} {cell!r} begins or ends with a blank"
        if not cell:
            if rules.get("required"):
                yield f"{name} is empty"
            continue
        try:
            value = _READ[field["type"]](cell)
        except ValueError:
            yield f"{name} {cell!r} is no {field['type']}"
            continue
        if not _allowed(rules, cell, value):
            yield f"{name} {cell!r} is against the rules of its column"


def _allowed(rules: Mapping[str, Any], cell: str, value: Any) -> bool:
    """Whether the constraints of Table Schema hold for a cell that is not empty."""
    return (
        bool(re.fullmatch(rules.get("pattern", ".*"), cell))
        and cell in rules.get("enum", [cell])
        and len(cell) <= rules.get("maxLength", len(cell))
        and rules.get("minimum", value) <= value <= rules.get("maximum", value)
    )


def _strangers(
    cells: Iterable[str], reference: Mapping[str, Any], tables: Mapping[str, Table]
) -> Iterator[str]:
    (column,) = reference["fields"]
    known = {row[column] for row in tables[reference["resource"]][1]}
    yield from (f"{cell!r} is no code of {reference['resource']}" for cell in cells if cell not in known)


def _buttons(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if not _CODE.fullmatch(row.get("name", "")):
            yield f"{row.get('name')!r} is no code"
        for column in LABELS:
            text = row.get(column, "")
            if not 0 < len(text) <= LONGEST:
                yield f"{row.get('name')}: {column} has {len(text)} characters"
            if _UNSAFE.search(text):
                yield f"{row.get('name')}: {column} would break a button or a cell"
        if row.get(LABELS[0]) != row.get(LABELS[2]):
            yield f"{row.get('name')}: the plain label is not the Russian one"
    for column in LABELS:
        counts = Counter(row.get(column, "").casefold() for row in rows)
        yield from (f"{column} {text!r} appears twice" for text, count in counts.items() if count > 1)
