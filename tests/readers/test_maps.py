"""GeoJSON opens in GDAL, by which QGIS and most other maps read, as typed columns and points."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.form.model import Form
from bot.services.export.formats.geojson import GEOJSON
from tests.bot.services.export.formats.records import HOSTILE, PLACED, our_table, titled, version, written
from tests.bot.services.export.test_export import FULL
from tests.readers.conftest import Reading

pytestmark = pytest.mark.outside

READ = """
import struct
import pyogrio
info = pyogrio.read_info(path)
_, _, geometries, columns = pyogrio.raw.read(path)
columns = dict(zip(info["fields"], columns))
found = {
    "kind": [info["geometry_type"], info["crs"], info["features"]],
    "types": dict(zip(info["fields"], zip(info["ogr_types"], info["ogr_subtypes"]))),
    "points": [one and struct.unpack("<dd", one[5:]) for one in geometries],
    "titles": columns["title"].tolist(),
    "ids": columns["id"].tolist(),
}
"""


def test_maps_see_points_and_columns(forms: Mapping[str, Form], tmp_path: Path, reading: Reading) -> None:
    """Numbers, truth values and days are such, all else is text; whatever is in a title is there."""
    table, file = our_table(forms), tmp_path / "records.geojson"
    records: list[Any] = [version("RAAAAA"), version("RBBBBB", {**FULL, **PLACED}), *titled(table, HOSTILE)]
    file.write_bytes(written(GEOJSON, table, records))
    found = reading(READ, file)
    assert found["kind"] == ["Point", "EPSG:4326", len(records)]
    assert found["points"] == [None, [76.9, 43.2], *[None] * len(HOSTILE)]
    assert found["titles"] == ["=Journalists held"] * 2 + list(HOSTILE)
    assert found["ids"] == ["RAAAAA", "RBBBBB", *(f"R{place:05}" for place in range(len(HOSTILE)))]
    others = {
        "version": ["OFTInteger", "OFSTNone"],
        "within_km": ["OFTInteger", "OFSTNone"],
        "approved_on": ["OFTDate", "OFSTNone"],
        "date_ongoing": ["OFTInteger", "OFSTBoolean"],
        "people_counted": ["OFTInteger", "OFSTBoolean"],
        "latitude": ["OFTReal", "OFSTNone"],
        "longitude": ["OFTReal", "OFSTNone"],
    }
    assert found["types"] == {name: ["OFTString", "OFSTNone"] for name in table.header} | others
