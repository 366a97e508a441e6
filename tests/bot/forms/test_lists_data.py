"""The code lists beside the forms."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.form.model import Choice
from bot.form.typed.labels import SearchIndex, matching
from bot.form.typed.phrases import words
from bot.form.xlsform.sheets import read_list

ROOT = Path(__file__).parents[3]
FORMS = ROOT / "bot" / "forms"
LISTS = sorted(path.stem for path in FORMS.glob("*.csv"))
LANGUAGES = ("kk", "ru", "en")
LONGEST_MARKED = 40 - len("☐ ")
"""Characters of a label on the button of a multiple choice, beside its mark."""
TYPE_UNKNOWN = {"kk": " (түрі?)", "ru": " (вид?)", "en": " (type?)"}
STANDARDS = ("iccpr", "huridocs", "civicus", "acled", "sdg_16_10_1")
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
    """The moderators' combined list repeats groups.csv and types.csv and adds nothing of its own; the label
    of a group says that the type is not known, in shorter words where both do not fit a button."""
    expected = []
    combined = choices("violations")
    for group in choices("groups").values():
        codes = {**dict.fromkeys(STANDARDS, ""), **group.columns, "group": group.name}
        label = {code: text + TYPE_UNKNOWN[code] for code, text in group.label.items()}
        for code, text in combined[group.name].label.items():
            if len(label[code]) > LONGEST_MARKED and text.endswith(TYPE_UNKNOWN[code]):
                label[code] = text
        expected.append(Choice(group.name, label, codes))
        expected += [kind for kind in choices("types").values() if kind.columns["group"] == group.name]
    assert list(combined.values()) == expected


@pytest.mark.parametrize("standard", ["acled", "sdg_16_10_1"])
def test_a_group_has_the_code_of_a_standard_that_all_of_its_types_have(standard: str) -> None:
    """Where they differ it has none; but a detention of which no more is known is an arrest, neither a disappearance nor an
    intervention in a protest."""
    codes: dict[str, set[str]] = {}
    for kind in choices("types").values():
        codes.setdefault(kind.columns["group"], set()).add(kind.columns[standard])
    codes["detention"] -= {choices("types")["detention.incommunicado"].columns[standard]}
    codes["detention"] -= {choices("types")["detention.mass"].columns["acled"]}
    expected = {name: next(iter(found)) if len(found) == 1 else "" for name, found in codes.items()}
    assert {group.name: group.columns[standard] for group in choices("groups").values()} == expected


@pytest.mark.parametrize("name", ["groups", "types", "violations"])
def test_codes_of_violations_touch_known_rights(name: str) -> None:
    """The rights derived from a violation are rights of the list."""
    known = set(choices("rights"))
    assert {code for _, code in cells_with_codes(name, "rights")} <= known


@pytest.mark.parametrize("name", ["types", "violations"])
@pytest.mark.parametrize("standard", ["civicus", "acled"])
def test_a_standard_speaks_of_people_that_a_group_counts_as(name: str, standard: str) -> None:
    """A misspelt one would be said of no record at all."""
    known = {
        word for choice in choices("affected_groups").values() for word in choice.columns["counts_as"].split()
    }
    cells = " ".join(choice.columns[standard] for choice in choices(name).values())
    spoken_of = set(re.findall(r"@(\w*)", cells))
    assert spoken_of
    assert spoken_of <= known


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


@pytest.mark.parametrize("name", ["legal_basis", "statuses"])
def test_every_code_is_in_a_shortlist_and_no_shortlist_is_long(name: str) -> None:
    """Each code can be reached from some group, and the outcomes of a group are three pages at most."""
    counts = Counter(group for _, group in cells_with_codes(name, "groups"))
    assert {code for code, _ in cells_with_codes(name, "groups")} == set(choices(name))
    assert set(counts) == set(choices("groups"))
    if name == "statuses":
        assert max(counts.values()) <= 17


@pytest.mark.parametrize(
    ("name", "code"),
    [("statuses", "unknown"), ("statuses", "ongoing"), ("legal_basis", "NONE"), ("legal_basis", "UNKNOWN")],
)
def test_not_knowing_can_be_said_in_every_group(name: str, code: str) -> None:
    """Whatever happened, a reporter can say that they do not know, or that it is not over."""
    assert choices(name)[code].columns["groups"].split() == list(choices("groups"))


def test_an_article_is_offered_for_the_violation_it_stands_for() -> None:
    """The group of the usual violation is among the groups of an article."""
    for law in choices("legal_basis").values():
        usual = law.columns["usual_type"].partition(".")[0]
        assert not usual or usual in law.columns["groups"].split(), law.name


def test_an_article_ends_after_it_began_and_says_how_that_is_known() -> None:
    """Days in force are in order; each stands with its source; answers that are no law have none."""
    for law in choices("legal_basis").values():
        first, last, source = (law.columns[f"valid_{part}"] for part in ("from", "until", "source"))
        assert not (first and last) or first < last, law.name
        assert bool(source) == bool(law.columns["instrument"]), law.name
        assert source.startswith(("read: ", "memory: ") if first or last else "open") or not source, law.name


def test_slander_was_never_a_crime_and_an_offence_on_one_day() -> None:
    """The article of one code ends on the day before that of the other begins."""
    crime, offence = choices("legal_basis")["KZ-CC-130"], choices("legal_basis")["KZ-AOC-73-3"]
    ended = date.fromisoformat(crime.columns["valid_until"])
    assert ended + timedelta(days=1) == date.fromisoformat(offence.columns["valid_from"])


def test_bands_of_numbers_follow_each_other() -> None:
    """Every number from 1 falls into a band; four answers are no bands."""
    bands = {
        choice.name: (choice.columns["min"], choice.columns["max"])
        for choice in choices("number_bands").values()
    }
    assert {name for name, ends in bands.items() if ends == ("", "")} == {
        "exact",
        "at_least",
        "range",
        "unknown",
    }
    ends = [(int(low), int(high) if high else None) for low, high in bands.values() if low]
    assert ends[0][0] == 1
    assert ends[-1] == (100, None)
    for (_, high), (low, _) in pairwise(ends):
        assert high is not None
        assert low in {high, high + 1}


def test_a_published_place_loses_what_its_precision_says() -> None:
    """Fewer decimals are more kilometres, and the first answer publishes nothing."""
    hidden, *shown = choices("coarseness").values()
    assert (hidden.name, hidden.columns["km"], hidden.columns["decimals"]) == ("none", "", "")
    for choice in shown:
        assert int(choice.columns["km"]) == 100 // 10 ** int(choice.columns["decimals"])


@pytest.mark.parametrize(
    ("typed", "regions"),
    [
        ("Жаңаөзен", ["KZ-47"]),
        ("жанаозенде", ["KZ-47"]),
        ("Талдықорған", ["KZ-33"]),
        ("в Риддере", ["KZ-63"]),
        ("Риддер қаласы", ["KZ-63"]),
        ("Усть-Каменогорск", ["KZ-63"]),
        ("Өскемен", ["KZ-63"]),
        ("Zhanaozen", ["KZ-47"]),
        ("алматы", ["KZ-75", "KZ-19"]),
        ("Абай", ["KZ-10", "KZ-35"]),
        ("Марс", []),
    ],
)
def test_a_town_finds_its_region(typed: str, regions: list[str]) -> None:
    """In each language, without Kazakh letters, with endings; where several have the name all are found."""
    found = matching(SearchIndex(tuple(choices("regions").values())), typed)
    assert [choice.name for _, choice in found] == regions


def test_no_larger_town_is_sought_in_two_regions_by_mistake() -> None:
    """Two towns have the same name as another place; a word that appears twice in a row helps nobody."""
    towns: dict[str, list[str]] = {}
    for region in choices("regions").values():
        sought = [words(word) for word in f"{region.columns['search']} {region.columns['within']}".split()]
        assert len(sought) == len(set(sought)), region.name
        for word in sought:
            towns.setdefault(" ".join(word), []).append(region.name)
    assert {town for town, regions in towns.items() if len(regions) > 1} == set()


def test_an_article_is_found_by_its_number() -> None:
    """Alone, with the word for it before or after, with its code; no other number finds it."""
    laws = SearchIndex(tuple(choices("legal_basis").values()))
    for law in laws.listed.values():
        number = law.columns["article"].partition(" ")[0]
        if law.columns["instrument"] not in {"AOC", "CC"}:
            continue
        for typed in (number, f"ст. {number}", f"{number}-бап", f"по статье {number}", f"article {number}"):
            assert law.name in [found.name for _, found in matching(laws, typed)], typed
    for typed, codes in {
        "488": ["KZ-AOC-488"],
        "ст. 274 УК": ["KZ-CC-274"],
        "400": ["KZ-CC-400"],
        "ч. 2 ст. 488 КоАП": ["KZ-AOC-488", "KZ-AOC-456-2"],
        "ст. 999": [],
        "4": [],
    }.items():
        assert [law.name for _, law in matching(laws, typed)] == codes, typed


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


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_real_case_can_be_told_from_the_shortlists_of_its_group(case: dict[str, Any]) -> None:
    """Its outcomes and articles are offered where its main violation belongs."""
    group = case["violation_primary"].partition(".")[0]
    told = {
        "statuses": {outcome["status"] for outcome in case["outcome"]},
        "legal_basis": {law["code"] for law in case["legal_basis"]},
    }
    for name, codes in told.items():
        assert codes <= {code for code, of in cells_with_codes(name, "groups") if of == group}, name


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_articles_of_a_real_case_were_in_force(case: dict[str, Any]) -> None:
    """No day in force hides an article that was applied, or a law whose draft was the matter."""
    begin, end = case["date"]["start"], case["date"]["end"] or case["date"]["start"]
    for law in case["legal_basis"]:
        columns = choices("legal_basis")[law["code"]].columns
        assert not columns["valid_from"] or end is None or columns["valid_from"][: len(end)] <= end
        assert not columns["valid_until"] or begin is None or begin <= columns["valid_until"][: len(begin)]
