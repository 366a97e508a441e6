"""GeoJSON (RFC 7946) and JSON Lines (https://jsonlines.org)."""

import json
from collections.abc import Generator
from functools import cache
from typing import Any

from bot.form.kinds.kind import FactType
from bot.json_text import dumped
from bot.publish.export.cells import ExportTable, Record
from bot.publish.export.column_values import LABELS, ExportColumn, ExportValue
from bot.publish.export.formats.writing import ExportFacts, Format, Writer, sayable

_AS_IT_IS = {FactType.INTEGER, FactType.BOOLEAN}


class GeoJsonWriter(Writer):
    """FeatureCollection with one feature a line. Properties are the flat columns of CSV. Single numbers and
    booleans are typed, blanks are null."""

    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._table = table
        self._between = "\n"

    def begin(self) -> bytes:
        return b'{"type": "FeatureCollection", "features": ['

    def row(self, record: Record) -> bytes:
        feature = {
            "type": "Feature",
            "id": record["id"],
            "geometry": _geometry(record),
            "properties": self._properties(record),
        }
        between, self._between = self._between, ",\n"
        return f"{between}{json.dumps(feature, ensure_ascii=False)}".encode()

    def end(self) -> Generator[bytes, None, None]:
        yield b"\n]}\n"

    def _properties(self, record: Record) -> dict[str, Any]:
        cells = map(sayable, self._table.cells(record))
        properties: dict[str, Any] = {
            name: cell or None for name, cell in zip(self._table.header, cells, strict=True)
        }
        for column in self._table.columns:
            if not (column.repeat or column.several):
                properties[column.name] = _typed(column, record[column.name], properties[column.name])
        return properties


def _typed(column: ExportColumn, value: ExportValue, text: str | None) -> Any:
    """Typed value. Decimals are never integers, or readers could take the column for integers."""
    if value is None or column.type in _AS_IT_IS:
        return value
    return float(value) if column.type is FactType.DECIMAL else text


def _geometry(record: Record) -> dict[str, Any] | None:
    """Public location, longitude first. Never the middle of a region, which would look like the place of the
    event."""
    longitude, latitude = record["longitude"], record["latitude"]
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


GEOJSON = Format("geojson", "application/geo+json", "geojson", GeoJsonWriter)


_LINE_BREAKS = ("\x85", "\u2028", "\u2029")
"""Characters that JSON strings may hold, but some readers take for line breaks."""
_ESCAPED = [(one.encode(), f"\\u{ord(one):04x}".encode()) for one in _LINE_BREAKS]


class JsonLinesWriter(Writer):
    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._table = table

        @cache  # bounded by the codes of a form
        def labels(name: str, code: str) -> bytes:
            return b"%b:%b" % (dumped(code), dumped(table.json_labels(name, code)))

        self._labels = labels

    def row(self, record: Record) -> bytes:
        used = b",".join(
            b"%b:{%b}" % (dumped(name), b",".join([self._labels(name, code) for code in codes]))
            for name, codes in self._table.used_codes(record).items()
        )
        # Labels are half of a line and repeat in most lines, so each is serialised once.
        line = b'%b,"%b":{%b}}\n' % (dumped(self._table.json_facts(record))[:-1], LABELS.encode(), used)
        for plain, escaped in _ESCAPED:
            line = line.replace(plain, escaped)
        return line


JSON_LINES = Format("jsonl", "application/x-ndjson", "jsonl", JsonLinesWriter)
