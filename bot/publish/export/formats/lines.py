"""Formats of a line for each record: CSV (RFC 4180) for spreadsheets, CSV with HXL 1.1 hashtags
(https://hxlstandard.org/standard/1-1final), GeoJSON (RFC 7946) and JSON Lines (https://jsonlines.org)."""

import codecs
import json
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from bot.form.kinds.kind import FactType
from bot.json_text import dumped
from bot.languages import exported_codes
from bot.publish.export import cells
from bot.publish.export.cells import ExportTable, Record
from bot.publish.export.column_values import LABELS, ExportColumn
from bot.publish.export.formats.writing import ExportFacts, Format, Writer, csv_line, sayable
from bot.publish.published_languages import TEXTS

_BOM = codecs.BOM_UTF8
"""Byte order mark. Without it Excel assumes the code page of its machine."""


class CsvWriter(Writer):
    """Header and a line for each version, guarded against formulas."""

    def __init__(self, separator: str, point: str, table: ExportTable, _about: ExportFacts) -> None:
        self._separator = separator
        self._falls_apart = cells.OF_COMMAS if separator == "," else cells.OF_SEMICOLONS
        self._header = table.header
        self._cells = cells.row_cells(table.columns, table.labels, self._cell, point, separator)

    def begin(self) -> bytes:
        return _BOM + self._line(map(self._cell, self._header))

    def row(self, record: Record) -> bytes:
        return self._line(self._cells(record))

    def _line(self, row: Iterable[str]) -> bytes:
        return f"{self._separator.join(row)}\r\n".encode("utf-8", "replace")

    def _cell(self, text: str) -> str:
        return '"' + cells.guard(text, self._falls_apart).replace('"', '""') + '"'


CSV = Format("csv", "text/csv", "csv", partial(CsvWriter, ",", "."))
EXCEL_CSV = Format("excel-csv", "text/csv", "csv", partial(CsvWriter, ";", ","))


_TAGS: Mapping[str, str] = {
    "id": "#meta+id",
    "approved_on": "#date+approved",
    "kind": "#event+kind",
    "title": "#event+name",
    "summary": "#description",
    "freedoms": "#event+freedom",
    "rights": "#event+right",
    "violations": "#event+type",
    "violation_primary": "#event+type+main",
    "date_start": "#date+start",
    "date_end": "#date+end",
    "region": "#adm1",
    "locality": "#loc+name",
    "affected_role": "#group+affected+description",
    "affected_groups": "#group+affected",
    "affected_organisation": "#org+affected+name",
    "perpetrators_type": "#cause+type",
    "perpetrators_detail": "#cause+description",
    "outcomes_status": "#status+outcome",
    "latitude": "#geo+lat",
    "longitude": "#geo+lon",
    "within_km": "#geo+precision+km",
    "incident": "#event+id",
    "links": "#meta+url",
}
"""Columns covered by the core vocabulary. Others are tagged `#meta` with their name, and so are lists of
dates or numbers, since programs take any `#date` or `#affected` for a single one."""
_BAR = "|"


class HxlWriter(Writer):
    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._table = table
        self._column_of_cell = [column for column in table.columns for _ in column.names]

    def begin(self) -> bytes:
        tags = [tag for column in self._table.columns for tag in _tags(column)]
        return _BOM + csv_line((*self._table.header, "affected")) + csv_line((*tags, "#affected+min"))

    def row(self, record: Record) -> bytes:
        # Blank where another record of the incident counts them, so that numbers can be added up.
        known = [number for number in record["affected_number_min"] if number is not None]
        affected = str(sum(known)) if known and record["people_counted"] else ""
        row = [*map(_cell, self._column_of_cell, self._table.cells(record)), affected]
        return csv_line(cells.guard(sayable(cell)) for cell in row)


def _tags(column: ExportColumn) -> Sequence[str]:
    text, _, language = column.name.rpartition("_")
    letters = re.sub("[^a-z0-9_]+", "_", column.name.lower()).strip("_")
    attribute = letters if letters[:1].isalpha() else f"x_{letters}".rstrip("_")
    tag = _TAGS.get(column.name) or f"#meta+{attribute}"
    if text in TEXTS and language in exported_codes():
        tag = f"{_TAGS[text]}+i_{language}"
    several = "+list" if column.repeat or column.several else ""
    if not column.codes:
        return [f"{tag}{several}"]
    return [f"{tag}+code{several}", *(f"{tag}+name+i_{language}{several}" for language in exported_codes())]


def _cell(column: ExportColumn, cell: str) -> str:
    """Cell for HXL programs, which split at every bar and know no escapes: a bar in a value becomes a broken bar."""
    if not (column.repeat or column.several):
        return cell
    if "\\" not in cell:  # fast path of most cells: no separator is escaped
        return cell.replace(" | " if column.repeat else "; ", _BAR)
    instances = cells.split(cell)
    parts = ["; ".join(values) for values in instances] if column.repeat else instances[0]
    return _BAR.join(part.replace(_BAR, "\N{BROKEN BAR}") for part in parts)


HXL = Format("hxl", "text/csv", "hxl.csv", HxlWriter)


class GeoJsonWriter(Writer):
    """FeatureCollection with a feature a line. Properties are the columns of CSV, with typed single numbers and booleans."""

    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._table = table
        self._between = "\n"

    def begin(self) -> bytes:
        return b'{"type": "FeatureCollection", "features": ['

    def row(self, record: Record) -> bytes:
        point = [record["longitude"], record["latitude"]]
        # Never the middle of a region, which would look like the place of the event.
        geometry = None if None in point else {"type": "Point", "coordinates": point}
        feature = {"type": "Feature", "id": record["id"], "geometry": geometry}
        feature["properties"] = self._properties(record)
        between, self._between = self._between, ",\n"
        return f"{between}{json.dumps(feature, ensure_ascii=False)}".encode()

    def end(self) -> Generator[bytes, None, None]:
        yield b"\n]}\n"

    def _properties(self, record: Record) -> dict[str, Any]:
        row = zip(self._table.header, map(sayable, self._table.cells(record)), strict=True)
        properties: dict[str, Any] = {name: cell or None for name, cell in row}
        for column in self._table.columns:
            value = record[column.name]
            if column.repeat or column.several:
                continue
            if value is None or column.type in {FactType.INTEGER, FactType.BOOLEAN}:
                properties[column.name] = value
            elif column.type is FactType.DECIMAL:
                # Never an integer, or readers could take the column for integers.
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
            return b"%b:%b" % (dumped(code), dumped(cells.by_language(table.labels[name].get(code, {}))))

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
