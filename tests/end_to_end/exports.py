"""Reading an export back as an analyst would, by what the documentation says of the format alone.

Nothing of the program is used here: the bytes of a CSV and of a JSON Lines file become the same facts.
"""

import csv
import io
import json
import re
from typing import Any

Facts = dict[str, Any]
"""The facts of a row under the names of the acceptance cases."""

_REPEATS = {
    "affected": ("role", "groups", "number_min", "number_max", "organisation"),
    "perpetrators": ("type", "detail"),
    "outcomes": ("status", "date"),
}
_LISTS = ("violations", "freedoms", "rights", "legal_basis", "links")
_NUMBERS = {"latitude": float, "longitude": float, "within_km": int}
_PLAIN = ("kind", "violation_primary", "date_meaning", "underlying_event", "title", "summary", "consent")


def read_csv(content: bytes) -> list[Facts]:
    """The rows of a CSV: UTF-8 with a BOM, CRLF, every cell quoted, formulas guarded by an apostrophe."""
    assert content.startswith(b"\xef\xbb\xbf")
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    return [_from_cells({name: _unguarded(cell) for name, cell in row.items()}) for row in rows]


def _unguarded(cell: str) -> str:
    return cell[1:] if re.match(r"'[\s']*[=+\-@\t\r＝＋－＠]", cell) else cell


def _from_cells(row: dict[str, str]) -> Facts:
    facts: Facts = {name: row[name] or None for name in (*_PLAIN, "region", "locality")}
    facts |= {name: _values(row[name]) for name in _LISTS}
    facts |= {name: kind(row[name]) if row[name] else None for name, kind in _NUMBERS.items()}
    facts["date"] = (row["date_start"] or None, row["date_end"] or None, row["date_precision"])
    facts["ongoing"] = row["date_ongoing"] == "yes"
    for repeat, fields in _REPEATS.items():
        columns = {field: _parts(row[f"{repeat}_{field}"]) for field in fields}
        count = max(len(parts) for parts in columns.values())
        assert all(len(parts) == count for parts in columns.values()), columns
        # The first field is never blank in an instance: it tells whether there is one at all.
        count = count if row[f"{repeat}_{fields[0]}"] else 0
        facts[repeat] = [
            {field: _cell(field, columns[field][place]) for field in fields} for place in range(count)
        ]
    return facts


def _cell(field: str, part: str) -> Any:
    if field == "groups":
        return _values(part)
    plain = _plain(part) or None
    return int(plain) if plain and field.startswith("number") else plain


def _parts(cell: str) -> list[str]:
    """The instances in a cell, whose bars are not escaped."""
    return _split(cell, " | ")


def _values(cell: str) -> list[str]:
    """The values of a list in a cell."""
    return [_plain(value) for value in _split(cell, "; ")] if cell else []


def _split(cell: str, separator: str) -> list[str]:
    pieces, start, place = [], 0, 0
    while place < len(cell):
        if cell[place] == "\\":
            place += 2
        elif cell.startswith(separator, place):
            pieces.append(cell[start:place])
            start = place = place + len(separator)
        else:
            place += 1
    return [*pieces, cell[start:]]


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)


def read_jsonl(content: bytes) -> list[Facts]:
    """The documents of a JSON Lines file."""
    return [_from_document(json.loads(line)) for line in content.decode().splitlines()]


def _from_document(document: dict[str, Any]) -> Facts:
    facts: Facts = {name: document[name] for name in (*_PLAIN, *_LISTS)}
    facts |= document["place"]
    date = document["date"]
    facts["date"], facts["ongoing"] = (date["start"], date["end"], date["precision"]), date["ongoing"]
    for repeat, fields in _REPEATS.items():
        facts[repeat] = [{field: instance[field] for field in fields} for instance in document[repeat]]
    return facts
