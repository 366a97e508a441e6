"""What others read by opens what the bot exports: frictionless and the JSON Schema of the standard take Data Packages for valid, GDAL
(by which QGIS and most other maps read) finds points and typed columns, and libhxl, the standard's own library, finds HXL.

In one file, so that their environment is made once.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.form.model import Form
from bot.publish.export.formats.data_package import DATA_PACKAGE
from bot.publish.export.formats.lines import GEOJSON, HXL
from bot.publish.export.formats.writing import ExportFacts
from tests.bot.publish.export.formats.records import (
    HOSTILE,
    OWN_ANSWERS,
    PLACED,
    our_table,
    own_table,
    titled,
    version,
    written,
)
from tests.bot.publish.export.published import FULL
from tests.readers.conftest import Reading

pytestmark = pytest.mark.outside

VALIDATED = """
import pathlib, zipfile
import check_datapackage
from frictionless import Package
found = {}
for package in sorted(pathlib.Path(path).glob("*.zip")):
    report = Package(str(package)).validate()
    descriptor = json.loads(zipfile.ZipFile(package).read("datapackage.json"))
    found[package.stem] = [
        [[error.type, error.note] for error in (*report.errors, *(one for task in report.tasks for one in task.errors))],
        [[issue.jsonpath, issue.message] for issue in check_datapackage.check(descriptor)],
        len(report.tasks) - len(descriptor["resources"]),
    ]
"""
"""By the packages of a folder, what is wrong with the rows, and with the descriptor; and how many tables were not looked at."""
WRONG: Mapping[str, tuple[str, str, str, str]] = {
    "record": ("affected.csv", "R00001,1", "R99999,1", "foreign-key"),
    "instance": ("affected_groups.csv", "R00001,2,1", "R00001,7,1", "foreign-key"),
    "code": ("reports.csv", ",KZ-75,", ",KZ-99,", "foreign-key"),
    "date": ("outcomes.csv", "2024-04-02", "2 April", "constraint-error"),
    "number": ("perpetrators.csv", "R00001,1", "R00001,one", "type-error"),
}
"""What is changed in a table, and the error that it is."""


def ours(forms: Mapping[str, Form]) -> bytes:
    """A full package."""
    table = our_table(forms)
    full = version("R7K3QV", {**FULL, **PLACED}, incident="E2M9XA", related=("R00009",))
    about = ExportFacts("Human Rights Bureau", "CC-BY-4.0")
    return written(DATA_PACKAGE, table, [full, *titled(table, HOSTILE)], about)


def test_packages_are_valid(forms: Mapping[str, Form], tmp_path: Path, reading: Reading) -> None:
    """Full, empty, and of a form of one's own: every cell, key and reference, and the descriptor."""
    own = written(DATA_PACKAGE, own_table(forms, tmp_path), [version("R1", OWN_ANSWERS, "own")])
    packages = {"full": ours(forms), "empty": written(DATA_PACKAGE, our_table(forms), []), "own": own}
    for name, content in packages.items():
        (tmp_path / f"{name}.zip").write_bytes(content)
    assert reading(VALIDATED, tmp_path) == {name: [[], [], 0] for name in packages}


def test_packages_that_are_wrong_are_found_out(
    forms: Mapping[str, Form], tmp_path: Path, reading: Reading
) -> None:
    """So the judge looks at what it says nothing of."""
    content = io.BytesIO(ours(forms))
    for case, (name, old, new, _) in WRONG.items():
        with zipfile.ZipFile(content) as good, zipfile.ZipFile(tmp_path / f"{case}.zip", "w") as wrong:
            for entry in good.infolist():
                text = good.read(entry).decode()
                wrong.writestr(entry.filename, text.replace(old, new) if entry.filename == name else text)
    found = reading(VALIDATED, tmp_path)
    kinds = {case: {kind for kind, _ in errors} for case, (errors, _, _) in found.items()}
    assert {case: error for case, (*_, error) in WRONG.items() if error in kinds[case]} == {
        case: error for case, (*_, error) in WRONG.items()
    }


MAP = """
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
    found = reading(MAP, file)
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


HASHTAGS = """
import hxl
def data():
    return hxl.data(path, hxl.InputOptions(allow_local=True))
problems = []
data().validate(callback=lambda error: problems.append([error.rule.severity, error.message]))
def seen(rows, *tags):
    return [[row.get(tag) for tag in tags] for row in rows]
found = {
    "problems": [problem for problem in problems if problem[0] == "error"],
    "rows": len(list(data())),
    "people": seen(data().count("#adm1+code", "sum(#affected) as #affected+sum"), "#adm1+code", "#affected+sum"),
    "types": seen(data().expand_lists("#event+type+code").count("#event+type+code"), "#event+type+code", "#meta+count"),
    "groups": seen(
        data().expand_lists("#group+affected", correlate=True), "#group+affected+code", "#group+affected+description"
    ),
}
"""


def test_people_are_counted_by_region_and_lists_fall_apart(
    forms: Mapping[str, Form], tmp_path: Path, reading: Reading
) -> None:
    """By its own filters; no rule of its schema is broken."""
    file = tmp_path / "records.hxl.csv"
    records = [version("R1"), version("R2", counts=False), version("R3")]
    file.write_bytes(written(HXL, our_table(forms), records))
    assert reading(HASHTAGS, file) == {
        "problems": [],
        "rows": 3,
        "people": [["KZ-75", 4]],
        "types": [["detention", 3], ["detention.mass", 3]],
        "groups": [["journalist; activist", "journalists; two"], ["organisation", "an outlet"]] * 3,
    }


def test_a_form_of_ones_own_is_hxl_too(forms: Mapping[str, Form], tmp_path: Path, reading: Reading) -> None:
    """By the names of its questions."""
    file = tmp_path / "own.hxl.csv"
    file.write_bytes(written(HXL, own_table(forms, tmp_path), [version("R1", OWN_ANSWERS, "own")]))
    lines = """
import hxl
rows = hxl.data(path, hxl.InputOptions(allow_local=True)).expand_lists("#meta+tools+code")
found = [[row.get("#meta+tools+code"), row.get("#event+name")] for row in rows]
"""
    assert reading(lines, file) == [["water", "Held"], ["smoke", "Held"]]
