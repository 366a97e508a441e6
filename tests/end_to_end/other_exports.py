"""Reading back the exports for maps, databases and humanitarian tools, by what the documentation says of them alone, and judging them by
the cases as the others are."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from tests.end_to_end.exports import OUTCOME, STANDARDS, Facts, _from_cells, _unguarded, facts_of_document
from tests.end_to_end.trial import Trial

Document = dict[str, Any]
_LISTS = ("violations", "freedoms", "rights", "legal_basis", "links", "tags", *STANDARDS)
_REPEATS = {
    "affected": ("role", "number_min", "number_max", "organisation", "number_more_than"),
    "perpetrators": ("type", "detail"),
    "outcomes": ("status", "date", *OUTCOME),
    "sources": ("kind", "publisher", "date", "link"),
}
"""The fields of each repeat but for lists, of which there is one: the groups of those who are affected."""


def read_geojson(content: bytes) -> list[Facts]:
    """Properties are the cells of the CSV, or a number or truth value; the point is that of the columns."""
    found = []
    for feature in json.loads(content)["features"]:
        properties = feature["properties"]
        point = feature["geometry"] and feature["geometry"]["coordinates"]
        assert (point or [None, None]) == [properties["longitude"], properties["latitude"]]
        assert feature["id"] == properties["id"]
        found.append(_from_cells({name: _cell(value) for name, value in properties.items()}))
    return found


def _cell(value: str | float | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def read_data_package(content: bytes) -> list[Facts]:
    """Rows of the tables, put together by their keys."""
    tables: dict[str, list[Document]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for one in json.loads(archive.read("datapackage.json"))["resources"]:
            types = {field["name"]: field["type"] for field in one["schema"]["fields"]}
            rows = csv.DictReader(io.StringIO(archive.read(one["path"]).decode(), newline=""), strict=True)
            tables[one["name"]] = [
                {name: _typed(cell, types[name]) for name, cell in row.items()} for row in rows
            ]
    return [facts_of_document(_put_together(record, tables)) for record in tables["reports"]]


def _typed(cell: str, type_: str) -> Any:
    if not cell:
        return None
    read: Mapping[str, Callable[[str], Any]] = {
        "integer": int,
        "number": float,
        "boolean": lambda text: {"true": True, "false": False}[text],
    }
    return read.get(type_, str)(cell)


def _put_together(record: Document, tables: Mapping[str, list[Document]]) -> Document:
    """The record as JSON Lines have it, without labels."""

    def of(table: str) -> list[Document]:
        return [row for row in tables[table] if row["report"] == record["id"]]

    made = {**record, **_nested(record), **{name: [row["value"] for row in of(name)] for name in _LISTS}}
    primary = [row["value"] for row in of("violations") if row["primary"]]
    assert primary == [record["violation_primary"]]
    made |= {repeat: of(repeat) for repeat in _REPEATS}
    for instance in made["affected"]:
        groups = (row for row in of("affected_groups") if row["instance"] == instance["number"])
        instance["groups"] = [row["value"] for row in groups]
    return made


def _nested(flat: Document) -> Document:
    parts = ("region", "locality", "latitude", "longitude", "within_km")
    dates = ("start", "end", "precision", "ongoing")
    return {
        "place": {part: flat[part] for part in parts},
        "date": {part: flat[f"date_{part}"] for part in dates},
    }


def read_hxl(content: bytes) -> list[Facts]:
    """Rows below the hashtags, by the headings above them; `|` parts lists and instances."""
    head, tags, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    assert all(tag.startswith("#") for tag in tags)
    return [_from_row(dict(zip(head, map(_unguarded, row), strict=True))) for row in rows]


def _from_row(row: Mapping[str, str]) -> Facts:
    made: Document = {name: cell or None for name, cell in row.items()}
    made |= {name: float(row[name]) if row[name] else None for name in ("latitude", "longitude")}
    made |= {"within_km": int(row["within_km"]) if row["within_km"] else None}
    made |= {name: row[name].split("|") if row[name] else [] for name in _LISTS}
    made |= {"date_ongoing": row["date_ongoing"] == "yes"}
    for repeat, fields in _REPEATS.items():
        made[repeat] = _instances({name: row[f"{repeat}_{name}"].split("|") for name in fields}, fields[0])
    for instance, groups in zip(made["affected"], row["affected_groups"].split("|"), strict=False):
        instance["groups"] = groups.split("; ")
    return facts_of_document({**made, **_nested(made)})


def _instances(columns: Mapping[str, list[str]], never_blank: str) -> list[Document]:
    whole = {"number_min", "number_max", "number_more_than", "persons", "arrest_days", "fine_tenge"}
    fractions = {"prison_years", "restriction_years", "fine_mrp"}

    def read(name: str, part: str) -> Any:
        if not part:
            return None
        return int(part) if name in whole else float(part) if name in fractions else part

    parts = zip(*columns.values(), strict=True)
    found = [{name: read(name, part) for name, part in zip(columns, one, strict=True)} for one in parts]
    return [one for one in found if one[never_blank] is not None or len(found) > 1]


def read_openrosa(content: bytes) -> list[Facts]:
    """Submissions: fields by their names, repeats as elements again and again, codes with spaces and other lists with lines between."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sent = [archive.read(name) for name in archive.namelist() if name.startswith("submissions/")]
    return [_from_submission(ElementTree.fromstring(one)) for one in sent]  # noqa: S314 - it is the program's own


def _from_submission(root: ElementTree.Element) -> Facts:
    record = root.find("record")
    assert record is not None
    made: Document = {one.tag: one.text for one in (*record, *root) if not len(one)}
    codes = ("violations", "freedoms", "rights", "legal_basis")
    made |= {name: (made[name] or "").split("\n" if name not in codes else None) for name in _LISTS}
    made |= {name: [one for one in made[name] if one] for name in _LISTS}
    latitude, longitude, *_ = (made["place"] or " ").split(" ")
    place = {
        "latitude": (latitude and float(latitude)) or None,
        "longitude": (longitude and float(longitude)) or None,
    }
    made["within_km"] = int(made["within_km"]) if made["within_km"] else None
    made |= {"source_reliability": made["reliability"], "information_credibility": made["credibility"]}
    start, bar, end = made["when"].partition("/")
    precision = "range" if bar else {10: "day", 7: "month", 4: "year"}[len(start)]
    made |= {
        "date_start": None if start == ".." else start,
        "date_end": start if precision == "day" else end.removeprefix("..") or None,
        "date_precision": precision,
        "date_ongoing": end == "..",
    }
    for repeat, fields in _REPEATS.items():
        told = [{field.tag.partition("_")[2]: field.text for field in one} for one in root.findall(repeat)]
        made[repeat] = [
            {name: _of_field(name, one.get(name)) for name in (*fields, "groups")} for one in told
        ]
    return facts_of_document({**made, **_nested({**made, **place})})


def _of_field(name: str, said: str | None) -> Any:
    if name == "groups":
        return (said or "").split()
    if (
        name in {"number_min", "number_max", "number_more_than", "persons", "arrest_days", "fine_tenge"}
        and said
    ):
        return int(said)
    return float(said) if name in {"prison_years", "restriction_years", "fine_mrp"} and said else said


READERS: Mapping[str, Callable[[bytes], list[Facts]]] = {
    "geojson": read_geojson,
    "datapackage": read_data_package,
    "hxl": read_hxl,
    "openrosa": read_openrosa,
}


async def differences(held: Trial) -> list[str]:
    """How these exports of a trial differ from its cases, each fact by its name, as `geojson.outcomes`."""
    published = [one.row("") for one in held.filed if one.told.consent == "publish_no_names"]
    wanted = {row.facts["title"]: row.facts for row in published}
    different = []
    for format_, read in READERS.items():
        found = {facts["title"]: facts for facts in read(await held.moderators[0].export(format_))}
        if found.keys() != wanted.keys():
            different.append(f"{format_}.rows: {sorted(found.keys() ^ wanted.keys())}")
        for title in found.keys() & wanted.keys():
            different += [f"{format_}.{one}" for one in _facts_that_differ(found[title], wanted[title])]
    return different


def _facts_that_differ(found: Facts, wanted: Facts) -> Iterable[str]:
    assert found.keys() == wanted.keys()
    for name, fact in wanted.items():
        mine = found[name]
        if (sorted(mine) != sorted(fact)) if name in {"rights", *STANDARDS} else mine != fact:
            yield f"{name}: {mine!r}, not {fact!r} ({wanted['title']})"
