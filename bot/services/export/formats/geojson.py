"""GeoJSON (RFC 7946): a feature for each version, with a point only where a moderator allowed one."""

import json
from collections.abc import Generator
from typing import Any

from bot.form.kinds.kind import FactType
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.public_answers import ExportValue
from bot.services.export.formats.archive import sayable
from bot.services.export.formats.writer import About, Format
from bot.services.export.rows.table import ExportTable, Record

_AS_IT_IS = {FactType.INTEGER, FactType.BOOLEAN}


class GeoJsonWriter:
    """FeatureCollection with one feature a line. Properties are the flat columns of CSV. Single numbers and
    booleans are typed, blanks are null."""

    def __init__(self, table: ExportTable, _about: About) -> None:
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
