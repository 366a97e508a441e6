"""A Data Package read by the words of its standard: what `datapackage.json` says of the tables is true of every cell."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.form.answers import Answer
from bot.form.model import Form
from bot.publish.export.formats.data_package import CSV_TABLES, DATA_PACKAGE
from bot.publish.export.formats.writing import ExportFacts
from bot.publish.export.selection import ExportScope
from tests.bench import text
from tests.bot.publish.export.formats.records import (
    CUT_SHORT,
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

Cell = str | int | float | bool | date | None


def _read(field: Mapping[str, Any], cell: str) -> Cell:
    """A cell by the type of its field (Table Schema, "Field types"); ValueError where it is none of such."""
    match field["type"]:
        case "string":
            return cell
        case "integer":
            return int(cell)
        case "number":
            return float(cell)
        case "date":
            return date.fromisoformat(cell)
        case "boolean":
            return {"true": True, "false": False}[cell]
    raise ValueError(field["type"])


@dataclass(frozen=True)
class Package:
    """The descriptor, the resources by name, and their rows."""

    descriptor: dict[str, Any]
    resources: dict[str, dict[str, Any]]
    rows: dict[str, list[dict[str, Cell]]]

    def of(self, table: str) -> list[tuple[Cell, ...]]:
        """The rows of a table."""
        return [tuple(row.values()) for row in self.rows[table]]


def package(content: bytes) -> Package:
    """The package, every cell read and every claim of the descriptor checked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        said = json.loads(archive.read("datapackage.json"))
        resources = {one["name"]: one for one in said["resources"]}
        assert len(resources) == len(said["resources"])
        assert archive.namelist() == ["datapackage.json", *(one["path"] for one in said["resources"])]
        rows = {name: _rows(one, archive.read(one["path"])) for name, one in resources.items()}
    for name, one in resources.items():
        _check_keys(name, one["schema"], rows)
    return Package(said, resources, rows)


def _rows(resource: Mapping[str, Any], content: bytes) -> list[dict[str, Cell]]:
    assert (resource["encoding"], resource["format"], resource["type"]) == ("utf-8", "csv", "table")
    header, *lines = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    fields = resource["schema"]["fields"]
    assert header == [field["name"] for field in fields]
    assert len(set(header)) == len(header)
    return [
        {field["name"]: _checked(field, cell) for field, cell in zip(fields, line, strict=True)}
        for line in lines
    ]


def _checked(field: Mapping[str, Any], cell: str) -> Cell:
    """A cell within its constraints. The package says that blank ones are missing."""
    constraints = field.get("constraints", {})
    if not cell:
        assert not constraints.get("required"), field
        return None
    assert re.fullmatch(constraints.get("pattern", "(?s).*"), cell), (field["name"], cell)
    if "categories" in field:
        assert cell in [one["value"] for one in field["categories"]]
    return _read(field, cell)


def _check_keys(name: str, schema: Mapping[str, Any], rows: Mapping[str, list[dict[str, Cell]]]) -> None:
    assert schema["missingValues"] == [""]
    keys = [tuple(row[field] for field in schema["primaryKey"]) for row in rows[name]]
    assert len(set(keys)) == len(keys)
    assert not [key for key in keys if None in key]
    for one in schema.get("foreignKeys", ()):
        theirs = one["reference"]
        there = {tuple(row[field] for field in theirs["fields"]) for row in rows[theirs["resource"]]}
        mine = {tuple(row[field] for field in one["fields"]) for row in rows[name]}
        assert {key for key in mine if None not in key} <= there, (name, one)


def test_a_full_record_is_in_tables_that_belong_together(forms: Mapping[str, Form]) -> None:
    """Every fact, a row each where there may be several."""
    found = package(
        written(
            DATA_PACKAGE,
            our_table(forms),
            [
                version(
                    "R7K3QV",
                    {**FULL, **PLACED},
                    incident="E2M9XA",
                    counts=False,
                    related=("R00002", "R00009"),
                ),
                version("R00002"),
            ],
        )
    )
    assert found.descriptor["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    first, second = found.rows["reports"]
    assert first == {
        "id": "R7K3QV",
        "version": 1,
        "approved_on": date(2027, 1, 15),
        "kind": "pattern",
        "title": "=Journalists held",
        "summary": "Two were held.\nOne; the other | later.",
        "violation_primary": "detention.mass",
        "date_start": "2024-03",
        "date_end": "2024-04",
        "date_precision": "range",
        "date_ongoing": False,
        "date_meaning": "event",
        "underlying_event": "2022-01",
        "region": "KZ-75",
        "locality": "Almaty",
        "consent": "publish_no_names",
        "language": "en",
        "latitude": 43.2,
        "longitude": 76.9,
        "within_km": 10,
        "incident": "E2M9XA",
        "people_counted": False,
        **{f"{text_}_{language}": None for text_ in ("title", "summary") for language in ("en", "ru", "kk")},
        "assertion": "confirmed",
        "source_reliability": "R2",
        "information_credibility": "C1",
        "evidence_origin": "from_person",
    }
    assert (second["id"], second["latitude"], second["incident"]) == ("R00002", None, None)
    assert {name: rows[: len(rows) // 2] for name, rows in tables_of_two(found).items()} == {
        "rights": [("R7K3QV", 1, "liberty"), ("R7K3QV", 2, "assembly")],
        "freedoms": [("R7K3QV", 1, "assembly")],
        "violations": [("R7K3QV", 1, "detention.mass", True), ("R7K3QV", 2, "detention", False)],
        "legal_basis": [("R7K3QV", 1, "KZ-AOC-488"), ("R7K3QV", 2, "KZ-AOC-667")],
        "links": [("R7K3QV", 1, "https://example.org/a"), ("R7K3QV", 2, "https://example.org/b")],
        "tags": [("R7K3QV", 1, "floods_2024"), ("R7K3QV", 2, "january_2022")],
        "iccpr": [("R7K3QV", 1, "9"), ("R7K3QV", 2, "21")],
        "civicus": [("R7K3QV", 1, "HRD detained"), ("R7K3QV", 2, "journalist detained")],
        "sdg_16_10_1": [("R7K3QV", 1, "arbitrary_detention")],
        "acled": [("R7K3QV", 1, "Strategic developments/Arrests")],
        "huridocs": [("R7K3QV", 1, "030107000000")],
        "affected": [
            ("R7K3QV", 1, "journalists; two", 2, 3, None, None),
            ("R7K3QV", 2, "an outlet", None, None, "Dala | Press", None),
        ],
        "affected_groups": [
            ("R7K3QV", 1, 1, "journalist"),
            ("R7K3QV", 1, 2, "activist"),
            ("R7K3QV", 2, 1, "organisation"),
        ],
        "perpetrators": [("R7K3QV", 1, "police", "city police")],
        "outcomes": [
            ("R7K3QV", 1, "fined", "2024-04-02", "affected", 2, None, None, None, 50, 184600),
            ("R7K3QV", 2, "toughened", None, "officials", None, 3.5, 2, 15, None, None),
        ],
        "sources": [
            ("R7K3QV", 1, "ngo", "Dala | Rights", "2024-06", None),
            ("R7K3QV", 2, "court", None, None, "https://example.org/ruling"),
        ],
    }
    assert found.of("related") == [("R7K3QV", 1, "R00002"), ("R7K3QV", 2, "R00009")]
    assert found.of("incidents") == [("E2M9XA", "R7K3QV")]


def tables_of_two(found: Package) -> dict[str, list[tuple[Cell, ...]]]:
    """The tables in which both of two records have the same rows."""
    others = {"reports", "incidents", "related"}
    names = [name for name in found.rows if name not in others and not name.startswith("codes_")]
    return {name: found.of(name) for name in names}


def test_each_column_is_called_what_people_call_it(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """Tables and fields have a title, in each language too; of one's own repeat it is the form's."""
    own = package(written(DATA_PACKAGE, own_table(forms, tmp_path), []))
    for found in (package(written(DATA_PACKAGE, our_table(forms), [])), own):
        for name, one in found.resources.items():
            fields = [] if name.startswith("codes_") else one["schema"]["fields"]
            for said in (one, *fields):
                assert said["title"]
                assert said["title"] in said["titles"].values()
    region = next(one for one in own.resources["reports"]["schema"]["fields"] if one["name"] == "region")
    assert region["titles"] == {"en": "Region or city", "ru": "Область или город", "kk": "Облыс немесе қала"}
    assert own.resources["witnesses"]["titles"] == {"en": "Witnesses", "ru": "Свидетели"}
    assert own.resources["tools"]["title"] == "Tools"


def test_codes_have_their_labels_in_a_table(forms: Mapping[str, Form]) -> None:
    """In each language; a tool for one language finds them with the column."""
    found = package(written(DATA_PACKAGE, our_table(forms), []))
    assert ("KZ-75", "Almaty", "г. Алматы", "Алматы қаласы") in found.of("codes_region")
    region = next(one for one in found.resources["reports"]["schema"]["fields"] if one["name"] == "region")
    assert {"value": "KZ-75", "label": "Almaty"} in region["categories"]
    assert "codes_consent_use" in found.rows


def test_whose_and_under_which_licence_is_told_if_it_is_known(forms: Mapping[str, Form]) -> None:
    """Else nothing is said of it."""
    plain = package(written(DATA_PACKAGE, our_table(forms), [])).descriptor
    assert not plain.keys() & {"contributors", "licenses"}
    about = ExportFacts("Human Rights Bureau", "CC-BY-4.0")
    said = package(written(DATA_PACKAGE, our_table(forms), [], about)).descriptor
    assert said["contributors"] == [{"title": "Human Rights Bureau", "roles": ["publisher"]}]
    assert said["licenses"] == [{"name": "CC-BY-4.0", "path": "https://spdx.org/licenses/CC-BY-4.0.html"}]


def test_hostile_texts_come_out_as_they_went_in(forms: Mapping[str, Form]) -> None:
    """Unguarded, since they are for programs."""
    table = our_table(forms)
    found = package(written(DATA_PACKAGE, table, titled(table, [*HOSTILE, *CUT_SHORT])))
    wanted = [*HOSTILE, *CUT_SHORT.values()]
    assert [row["title"] for row in found.rows["reports"]] == wanted
    assert [row["role"] for row in found.rows["affected"] if row["number"] == 1] == wanted


def test_the_same_records_give_the_same_bytes(forms: Mapping[str, Form]) -> None:
    """Whenever it is made."""
    made = [written(DATA_PACKAGE, our_table(forms), [version("R1"), version("R2")]) for _ in range(2)]
    assert made[0] == made[1]


def test_a_form_of_ones_own_has_its_tables(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """Its lists and repeats, whatever they are called; a code that is listed no more is no broken reference."""
    found = package(written(DATA_PACKAGE, own_table(forms, tmp_path), [version("R1", OWN_ANSWERS, "own")]))
    (record,) = found.rows["reports"]
    assert (record["title"], record["reports"], record["hours"]) == ("Held", "=none", 2.0)
    assert record["seen_on"] == "2024-03-08"
    assert found.of("tools") == [("R1", 1, "water"), ("R1", 2, "smoke")]
    assert found.of("extra_incidents") == [("R1", 1, "smoke"), ("R1", 2, "no_longer_listed")]
    assert found.of("codes_incidents") == [
        ("water", "Water", "Вода", None),
        ("smoke", "Smoke", "Дым", None),
        ("no_longer_listed", None, None, None),
    ]
    assert found.rows["witnesses"] == [
        {"report": "R1", "number": 1, "extra_number": "one", "age": 40},
        {"report": "R1", "number": 2, "extra_number": None, "age": None},
    ]
    assert found.of("saw") == [("R1", 2, 1, "smoke")]
    assert (found.of("incidents"), found.of("affected")) == ([], [])
    assert b"Aigerim" not in json.dumps([found.descriptor, found.rows], default=str).encode()


def test_what_reporters_told_is_a_table_too(forms: Mapping[str, Form]) -> None:
    """In what two administrators share; the public package has none such."""
    table = our_table(forms, ExportScope.STORIES)
    story = forms["report"].by_role["story"]
    told: dict[str, Answer] = {story.path: text("They came at night.")}
    found = package(written(DATA_PACKAGE, table, [version("R1", told=told)]))
    assert found.of("told_story") == [("R1", 1, "They came at night.")]
    assert not [name for name in package(written(DATA_PACKAGE, our_table(forms), [])).rows if "told" in name]


@pytest.mark.parametrize(
    ("cell", "is_date"),
    [
        ("2024", True),
        ("2024-04-02", True),
        ("2024-04/2024-05", True),
        ("2024-04/..", True),
        ("2024-04/", True),
        ("../2024-04", True),
        ("../", False),
        ("2024-4", False),
        ("April", False),
    ],
)
def test_dates_in_one_text_are_told_by_a_pattern(forms: Mapping[str, Form], cell: str, is_date: bool) -> None:
    """Of each way in which docs/export.md says they are written, and of no other."""
    found = package(written(DATA_PACKAGE, our_table(forms), []))
    fields = {one["name"]: one for one in found.resources["reports"]["schema"]["fields"]}
    pattern = fields["underlying_event"]["constraints"]["pattern"]
    assert bool(re.fullmatch(pattern, cell)) is is_date


def test_a_package_says_its_version_and_the_last_day_of_approval(forms: Mapping[str, Form]) -> None:
    """So equal exports have equal bytes; tables alone are those of the package, without what describes them."""
    table, records = our_table(forms), [version("R1"), version("R2")]
    content = written(DATA_PACKAGE, table, records)
    assert written(DATA_PACKAGE, table, records) == content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        told = json.loads(package.read("datapackage.json"))
        assert (told["version"], told["created"]) == ("1.0", "2027-01-15T00:00:00Z")
        with zipfile.ZipFile(io.BytesIO(written(CSV_TABLES, table, records))) as tables:
            names = tables.namelist()
            assert {"reports.csv", "affected.csv", "perpetrators.csv", "outcomes.csv", "sources.csv"} < {
                *names
            }
            assert not [name for name in names if name.startswith("codes_") or not name.endswith(".csv")]
            assert all(tables.read(name) == package.read(name) for name in names)
    with zipfile.ZipFile(io.BytesIO(written(DATA_PACKAGE, table, []))) as package:
        assert "created" not in json.loads(package.read("datapackage.json"))
