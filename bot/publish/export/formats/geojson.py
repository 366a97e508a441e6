"""GeoJSON (RFC 7946) and JSON Lines (https://jsonlines.org)."""

import json
from collections.abc import Generator
from functools import cache
from typing import Any

from bot.form.kinds.kind import FactType
from bot.form.xlsform.sheets import ANY
from bot.json_text import dumped
from bot.languages import exported_codes
from bot.publish.export.cells import ExportTable, Record
from bot.publish.export.column_values import LABELS
from bot.publish.export.formats.writing import ExportFacts, Format, Writer, sayable


class GeoJsonWriter(Writer):
    """FeatureCollection with one feature a line. Properties are the flat columns of CSV. Single numbers and
    booleans are typed, blanks are null."""

    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._table = table
        self._between = "\n"

    def begin(self) -> bytes:
        return b'{"type": "FeatureCollection", "features": ['

    def row(self, record: Record) -> bytes:
        point = [record["longitude"], record["latitude"]]
        # Never the middle of a region, which would look like the place of the event.
        geometry = None if None in point else {"type": "Point", "coordinates": point}
        properties = self._properties(record)
        feature = {"type": "Feature", "id": record["id"], "geometry": geometry, "properties": properties}
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
            value = record[column.name]
            if column.repeat or column.several:
                continue
            if value is None or column.type in {FactType.INTEGER, FactType.BOOLEAN}:
                properties[column.name] = value
            elif (
                column.type is FactType.DECIMAL
            ):  # never an integer, or readers could take the column for integers
                properties[column.name] = float(value)
        return properties


GEOJSON = Format("geojson", "application/geo+json", "geojson", GeoJsonWriter)


_ESCAPED = [(one.encode(), f"\\u{ord(one):04x}".encode()) for one in ("\x85", "\u2028", "\u2029")]
"""Characters that JSON strings may hold, but some readers take for line breaks."""


class JsonLinesWriter(Writer):
    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._table = table

        @cache  # bounded by the codes of a form
        def labels(name: str, code: str) -> bytes:
            if code not in table.labels[name]:
                table.unlisted.setdefault(name, []).append(code)
            label = table.labels[name].get(code, {})
            said = {language: label.get(language) or label.get(ANY, "") for language in exported_codes()}
            return b"%b:%b" % (dumped(code), dumped(said))

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
