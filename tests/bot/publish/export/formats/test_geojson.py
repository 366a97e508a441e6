"""GeoJSON as RFC 7946 has it, read by its rules and by nothing of the program."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.form.model import Form
from bot.publish.export.formats.lines import GEOJSON
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

_ONLY_ELSEWHERE = {"coordinates", "geometries", "geometry", "properties", "features"}
"""Members that have one place each: section 7.1."""


def faults(content: bytes) -> list[str]:
    """What RFC 7946 forbids in a collection of points, and what it advises against."""
    collection = json.loads(content.decode(), parse_constant=lambda name: f"not JSON: {name}")
    found = []
    if content.startswith(b"\xef\xbb\xbf"):
        found.append("a byte order mark (RFC 8259, 8.1)")
    if collection.get("type") != "FeatureCollection" or not isinstance(collection.get("features"), list):
        found.append("no FeatureCollection with features (3.3)")
    if "crs" in collection:
        found.append("crs (4)")
    if collection.keys() & (_ONLY_ELSEWHERE - {"features"}):
        found.append("members of another type (7.1)")
    for feature in collection["features"]:
        found += [f"{feature.get('id')}: {fault}" for fault in _faults_of(feature)]
    ids = [feature.get("id") for feature in collection["features"]]
    return found + ["an id twice"] * (len(set(ids)) != len(ids))


def _faults_of(feature: Mapping[str, Any]) -> list[str]:
    found = []
    if feature.get("type") != "Feature" or not {"geometry", "properties"} <= feature.keys():
        found.append("no Feature with geometry and properties (3.2)")
    if type(feature.get("id")) not in {str, int, float}:
        found.append("an id that is no string or number (3.2)")
    if feature.keys() & {"coordinates", "geometries", "features"}:
        found.append("members of another type (7.1)")
    if not isinstance(feature["properties"], dict):
        found.append("properties that are no object (3.2)")
    point = feature["geometry"]
    if point is None:
        return found
    if point.keys() != {"type", "coordinates"} or point["type"] != "Point":
        found.append("no Point (3.1.2)")
    longitude, latitude = point["coordinates"]
    if not -180 <= longitude <= 180 or not -90 <= latitude <= 90:
        found.append("no position, longitude before latitude (3.1.1, 4)")
    if max(len(repr(number).partition(".")[2]) for number in point["coordinates"]) > 7:
        found.append("more digits than are known (11.2)")
    return found


def features(content: bytes) -> list[dict[str, Any]]:
    """The features, once there is no fault."""
    assert faults(content) == []
    found: list[dict[str, Any]] = json.loads(content)["features"]
    return found


def test_a_full_record_is_a_feature_of_columns(forms: Mapping[str, Form]) -> None:
    """Flat and typed: numbers and truth values where there is one, lists and repeats as CSV joins them, labels beside codes."""
    (feature,) = features(
        written(GEOJSON, our_table(forms), [version("R7K3QV", {**FULL, **PLACED}, incident="E2M9XA")])
    )
    assert feature["id"] == "R7K3QV"
    assert feature["geometry"] == {"type": "Point", "coordinates": [76.9, 43.2]}
    found = feature["properties"]
    assert not [name for name, value in found.items() if isinstance(value, list | dict) or value == ""]
    wanted = {
        "id": "R7K3QV",
        "version": 1,
        "approved_on": "2027-01-15",
        "kind": "pattern",
        "title": "=Journalists held",
        "summary": "Two were held.\nOne; the other | later.",
        "freedoms": "assembly",
        "rights": "liberty; assembly",
        "violations": "detention.mass; detention",
        "violation_primary": "detention.mass",
        "date_start": "2024-03",
        "date_end": "2024-04",
        "date_precision": "range",
        "date_ongoing": False,
        "date_meaning": "event",
        "underlying_event": "2022-01",
        "region": "KZ-75",
        "region_label_en": "Almaty",
        "region_label_ru": "г. Алматы",
        "region_label_kk": "Алматы қаласы",
        "locality": "Almaty",
        "affected_role": r"journalists\; two | an outlet",
        "affected_groups": "journalist; activist | organisation",
        "affected_number_min": "2 | ",
        "affected_number_max": "3 | ",
        "affected_organisation": r" | Dala \| Press",
        "perpetrators_type": "police",
        "perpetrators_detail": "city police",
        "legal_basis": "KZ-AOC-488; KZ-AOC-667",
        "outcomes_status": "fined | toughened",
        "outcomes_date": "2024-04-02 | ",
        "outcomes_party": "affected | officials",
        "outcomes_persons": "2 | ",
        "outcomes_prison_years": " | 3.5",
        "outcomes_restriction_years": " | 2",
        "outcomes_arrest_days": " | 15",
        "outcomes_fine_mrp": "50 | ",
        "outcomes_fine_tenge": "184600 | ",
        "sources_kind": "ngo | court",
        "sources_publisher": r"Dala \| Rights | ",
        "sources_date": "2024-06 | ",
        "sources_link": " | https://example.org/ruling",
        "consent": "publish_no_names",
        "language": "en",
        "latitude": 43.2,
        "longitude": 76.9,
        "within_km": 10,
        "links": "https://example.org/a; https://example.org/b",
        "incident": "E2M9XA",
        "people_counted": True,
        "related": None,
        "title_en": None,
        "assertion": "confirmed",
        "tags": "floods_2024; january_2022",
        "source_reliability": "R2",
        "information_credibility": "C1",
        "evidence_origin": "from_person",
    }
    assert {name: found[name] for name in wanted} == wanted


def test_a_record_without_an_allowed_point_is_nowhere(forms: Mapping[str, Form]) -> None:
    """Not in the middle of its region, which a property names; nor is the exact place anywhere, which nobody allowed."""
    hidden = {**FULL, "place_public": PLACED["place_public"]}
    content = written(GEOJSON, our_table(forms), [version("R1"), version("R2", hidden)])
    for feature in features(content):
        assert feature["geometry"] is None
        assert feature["properties"]["region"] == "KZ-75"
        assert feature["properties"]["latitude"] is None
    assert not re.search(rb"43\.2|76\.9", content)


def test_a_whole_degree_is_still_a_decimal(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """A reader that guesses types takes no column of decimals for one of integers by its first rows."""
    content = written(GEOJSON, own_table(forms, tmp_path), [version("R1", OWN_ANSWERS, "own")])
    assert b'"hours": 2.0,' in content


def test_hostile_texts_come_out_as_they_went_in(forms: Mapping[str, Form]) -> None:
    """One line a feature, whatever is in it; what few can hold is another character."""
    table = our_table(forms)
    content = written(GEOJSON, table, titled(table, [*HOSTILE, *CUT_SHORT]))
    titles = [feature["properties"]["title"] for feature in features(content)]
    assert titles == [*HOSTILE, *CUT_SHORT.values()]
    assert content.count(b"\n") == len(titles) + 2


def test_an_export_of_nothing_is_an_empty_collection(forms: Mapping[str, Form]) -> None:
    """And no error."""
    assert features(written(GEOJSON, our_table(forms), [])) == []


def test_a_form_of_ones_own_has_its_columns(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """Typed as its questions are; what is not public is not there."""
    content = written(GEOJSON, own_table(forms, tmp_path), [version("R1", OWN_ANSWERS, "own")])
    (feature,) = features(content)
    wanted = {
        "title": "Held",
        "reports": "=none",
        "tools": "water; smoke",
        "tools_label_en": "Water; Smoke",
        "tools_label_ru": "Вода; Дым",
        "incidents": "smoke; no_longer_listed",
        "hours": 2.0,
        "seen_on": "2024-03-08",
        "number": "one | ",
        "age": "40 | ",
        "saw": " | smoke",
    }
    assert {name: feature["properties"][name] for name in wanted} == wanted
    assert b"Aigerim" not in content
