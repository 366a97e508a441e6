"""The code lists beside the forms."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.form.lists import read_list
from bot.form.model import Choice

ROOT = Path(__file__).parents[3]
FORMS = ROOT / "bot" / "forms"
LISTS = sorted(path.stem for path in FORMS.glob("*.csv"))
LANGUAGES = ("kk", "ru", "en")
TYPE_UNKNOWN = {"kk": " (түрі?)", "ru": " (вид?)", "en": " (type?)"}
UNSAFE_ON_A_BUTTON = re.compile(r"\||::|[\n\r\t]|\s\s|^\s|\s$")
FREEDOMS = {"expression", "association", "assembly"}

CASES: list[dict[str, Any]] = json.loads((ROOT / "tests/data/incidents.json").read_text("utf-8"))["incidents"]


def choices(name: str) -> Mapping[str, Choice]:
    """The list by code."""
    return {choice.name: choice for choice in read_list(FORMS / f"{name}.csv")}


def cells_with_codes(name: str, column: str) -> Iterator[tuple[str, str]]:
    """Each code standing in a column of several codes, with the choice it belongs to."""
    for choice in choices(name).values():
        for code in choice.columns[column].split():
            yield choice.name, code


@pytest.mark.parametrize("name", LISTS)
def test_every_label_stands_in_three_languages_and_fits_a_button(name: str) -> None:
    """Labels exist in kk, ru and en, have at most 40 characters and none that breaks a button or a cell."""
    for choice in choices(name).values():
        assert set(choice.label) == set(LANGUAGES)
        for text in choice.label.values():
            assert 0 < len(text) <= 40, (choice.name, text)
            assert not UNSAFE_ON_A_BUTTON.search(text), (choice.name, text)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_choices_of_a_list_look_the_same(name: str, language: str) -> None:
    """A person can tell any two choices of a list apart by their labels."""
    counts = Counter(choice.label[language].casefold() for choice in choices(name).values())
    assert [label for label, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", LISTS)
def test_the_plain_label_is_the_russian_one(name: str) -> None:
    """ODK reads the column `label` of a list in a file, in one language for all: Russian."""
    with (FORMS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["label"] == row["label::Русский (ru)"]


def test_every_type_belongs_to_a_group_and_is_named_after_it() -> None:
    """The code of a type starts with its group's, and no group has more types than fit one screen."""
    groups = choices("groups")
    counts = Counter(choice.columns["group"] for choice in choices("types").values())
    assert set(counts) == set(groups)
    assert max(counts.values()) <= 8
    for choice in choices("types").values():
        assert choice.name.startswith(f"{choice.columns['group']}.")


def test_violations_are_the_groups_each_followed_by_its_types() -> None:
    """The moderators' combined list repeats groups.csv and types.csv and adds nothing of its own."""
    expected = []
    for group in choices("groups").values():
        label = {code: text + TYPE_UNKNOWN[code] for code, text in group.label.items()}
        expected.append(Choice(group.name, label, {"group": group.name, "rights": group.columns["rights"]}))
        for kind in choices("types").values():
            if kind.columns["group"] == group.name:
                kept = {column: kind.columns[column] for column in ("group", "rights")}
                expected.append(Choice(kind.name, kind.label, kept))
    assert list(choices("violations").values()) == expected


@pytest.mark.parametrize("name", ["groups", "types", "violations"])
def test_codes_of_violations_touch_known_rights(name: str) -> None:
    """The rights derived from a violation are rights of the list."""
    known = set(choices("rights"))
    assert {code for _, code in cells_with_codes(name, "rights")} <= known


def test_articles_of_law_point_to_known_types() -> None:
    """The usual violation of an article is a type of the list; two codes are no articles."""
    types = set(choices("types"))
    without = {name for name, choice in choices("legal_basis").items() if not choice.columns["usual_type"]}
    assert without == {"NONE", "UNKNOWN"}
    assert {code for _, code in cells_with_codes("legal_basis", "usual_type")} <= types


def test_regions_are_those_of_iso_3166_2_and_four_answers_without_a_place() -> None:
    """17 regions and 3 cities with a seat on the map; a city knows its own name; the rest have none."""
    regions = choices("regions").values()
    assert Counter(choice.columns["type"] for choice in regions) == {
        "region": 17,
        "city": 3,
        "country": 1,
        "special": 3,
    }
    for choice in regions:
        on_the_map = choice.columns["type"] in {"region", "city"}
        assert bool(choice.columns["locality"]) == (choice.columns["type"] == "city")
        assert bool(choice.columns["seat"]) == on_the_map
        if on_the_map:
            assert re.fullmatch(r"KZ-\d\d", choice.name)
            assert 40 < float(choice.columns["seat_lat"]) < 56
            assert 46 < float(choice.columns["seat_lon"]) < 88


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_code_of_a_real_case_is_in_the_lists(case: dict[str, Any]) -> None:
    """Each fact of a real case can be chosen by its code."""
    assert case["kind"] in choices("kinds")
    assert {*case["violations"], case["violation_primary"]} <= set(choices("violations"))
    assert set(case["rights"]) <= set(choices("rights"))
    assert case["place"]["region"] in choices("regions")
    assert case["date"]["precision"] in choices("date_precision")
    assert {group for person in case["affected"] for group in person["groups"]} <= set(
        choices("affected_groups")
    )
    assert {who["type"] for who in case["perpetrators"]} <= set(choices("perpetrator_types"))
    assert {law["code"] for law in case["legal_basis"]} <= set(choices("legal_basis"))
    assert {outcome["status"] for outcome in case["outcome"]} <= set(choices("statuses"))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_freedoms_of_a_real_case_are_among_its_rights(case: dict[str, Any]) -> None:
    """The three freedoms are those rights that bear their names; they need no list of their own."""
    assert set(case["freedoms"]) == FREEDOMS & set(case["rights"])


def test_rights_follow_from_the_violations_in_nearly_every_real_case() -> None:
    """The rights of the codes are those of the case; a moderator changes them where they are not."""
    rights = dict.fromkeys(choices("violations"), frozenset[str]())
    for name, code in cells_with_codes("violations", "rights"):
        rights[name] |= {code}
    differing = {
        case["id"]
        for case in CASES
        if set(case["rights"]) != {code for name in case["violations"] for code in rights[name]}
    }
    assert differing == {"case-011"}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_city_of_a_real_case_is_the_locality_of_its_region(case: dict[str, Any]) -> None:
    """For a region that is a city the locality is that city and need not be asked."""
    region = choices("regions")[case["place"]["region"]]
    match region.columns["type"]:
        case "city":
            assert case["place"]["locality"] == region.columns["locality"]
        case "country":
            assert case["place"]["locality"] is None
