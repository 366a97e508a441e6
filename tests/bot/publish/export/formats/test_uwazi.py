"""What Uwazi makes of an export: read back by the rules of its import, written down again here from its documentation and source
(docs.uwazi.io, CSV import; huridocs/uwazi, app/api/csv)."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.form.answers import Answer, Chosen, GeoPoint, Precision, When
from bot.form.model import Form
from bot.form.xlsform.reader import load
from bot.publish.export.formats import FORMATS
from tests.bench import text
from tests.bot.publish.export.formats.made import CASES, answers_of, exported
from tests.bot.publish.export.published import FULL, OWN
from tests.end_to_end import domain

Forms = Mapping[str, Form]
UWAZI = FORMATS["uwazi"]
LANGUAGES = {"en": "English", "ru": "Russian", "kk": "Kazakh"}
MAY_BE_TRANSLATED = {"title", "text", "markdown", "select", "multiselect", "link"}
NO_VALUE = {"null", "NULL", "Null", "undefined", "UNDEFINED", "Undefined", "N/A", "n/a", "N/a"}


@dataclass
class Collection:
    """A collection of Uwazi that was set up as README.txt says, and into which a ZIP was imported. English is its default
    language."""

    types: dict[str, str] = field(default_factory=dict)
    thesaurus_of: dict[str, str] = field(default_factory=dict)
    thesauri: dict[str, set[str]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    entities: list[dict[str, dict[str, Any]]] = field(default_factory=list)

    @classmethod
    def imported(cls, content: bytes) -> "Collection":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            assert not [name for name in archive.namelist() if "/" in name], (
                "Uwazi knows files at the root only"
            )
            files = {name: archive.read(name).decode() for name in archive.namelist()}
        made = cls()
        for row in rows(files["template.csv"]):
            safe = re.sub("[^a-z0-9]", "_", row["property"].strip().lower())
            assert safe == row["property"] == re.sub("^[-_+$]", "", safe), "both rules for names agree"
            assert safe not in made.types
            made.types[safe], made.thesaurus_of[safe] = row["type"], row["thesaurus"]
            assert bool(row["thesaurus"]) == (row["type"] in {"select", "multiselect"})
            assert all(row[f"heading_{code}"] for code in LANGUAGES)
        assert made.types["title"] == "title"
        for name in filter(None, made.thesaurus_of.values()):
            made.thesauri[name], made.groups[name] = set(), set()
            if f"thesaurus_{name}.csv" in files:
                made._read_thesaurus(name, files[f"thesaurus_{name}.csv"])
        made._read_entities(files["import.csv"])
        return made

    def _read_thesaurus(self, name: str, content: str) -> None:
        parent = ""
        for row in rows(content):
            assert list(row) == list(LANGUAGES.values())
            assert all(label.strip("- ") for label in row.values())
            assert len({label.startswith("-") for label in row.values()}) == 1, "all nested, or none"
            label = row["English"].strip()
            if label.startswith("-"):
                self.groups[name].add(parent)
                self.thesauri[name].add(f"{parent}::{label[1:].strip()}")
            else:
                parent = label
                self.thesauri[name].add(label)
        self.thesauri[name] -= self.groups[name]

    def _read_entities(self, content: str) -> None:
        head = next(csv.reader(io.StringIO(content, newline="")))
        assert len(set(head)) == len(head)
        plain = {one for one in head if "__" not in one}
        by_language = {one.split("__")[0]: set[str]() for one in head if "__" in one}
        for one in head:
            assert one.count("__") <= 1
            if "__" in one:
                by_language[one.split("__")[0]].add(one.split("__")[1])
        assert plain | by_language.keys() == self.types.keys()
        assert not plain & by_language.keys(), "a property with and without languages fails"
        assert all(found == set(LANGUAGES) for found in by_language.values())
        assert all(self.types[name] in MAY_BE_TRANSLATED for name in by_language)
        assert not plain & {"id", "file", "files", "attachments", "template", "language"}, "other meanings"
        for row in rows(content):
            self.entities.append({code: dict(self._entity(row, code)) for code in LANGUAGES})

    def _entity(self, row: Mapping[str, str], language: str) -> Iterator[tuple[str, Any]]:
        for name, kind in self.types.items():
            chosen = f"{name}__en" if self.thesaurus_of[name] else f"{name}__{language}"
            cell = row[chosen if chosen in row else name].strip()
            if cell and (value := self._parsed(name, kind, cell)) not in (None, ""):
                yield name, value
            if self.thesaurus_of[name] and kind == "multiselect":
                assert len({row[f"{name}__{one}"].count("|") for one in LANGUAGES}) == 1, (
                    "translated by place"
                )

    def _parsed(self, name: str, kind: str, cell: str) -> Any:
        match kind:
            case "numeric":
                return float(cell)
            case "date":
                return date.fromisoformat(cell)
            case "daterange":
                first, last = cell.split(":")
                return first and date.fromisoformat(first), last and date.fromisoformat(last)
            case "geolocation":
                latitude, longitude = cell.split("|")
                return float(latitude), float(longitude)
            case "select":
                return self._chosen(name, cell)
            case "multiselect":
                return [self._chosen(name, one.strip()) for one in cell.split("|") if one.strip()]
            case "markdown":
                return cell
        return "" if cell in NO_VALUE else re.sub(r"\s+", " ", cell)

    def _chosen(self, name: str, label: str) -> str:
        thesaurus = self.thesaurus_of[name]
        parts = label.split("::")
        assert len(parts) <= 2, label
        assert all(one == one.strip() and one for one in parts), label
        assert label not in self.groups[thesaurus], "a group cannot be chosen: the import would stop"
        assert label not in NO_VALUE
        self.thesauri[thesaurus].add(label)
        return label


def rows(content: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(content, newline=""), strict=True))


def test_a_full_record_is_an_entity_with_every_fact(forms: Forms) -> None:
    """Codes by their labels, a group alone in itself, dates as long as they may be, instances in the lines of a text."""
    collection = Collection.imported(exported(forms, UWAZI, FULL))
    (entity,) = collection.entities
    known = entity["en"]
    assert {name: known[name] for name in known if name not in {"description", "links"}} == {
        "record_id": "R00001",
        "record_version": 1.0,
        "approved_on": date(2027, 1, 15),
        "kind": "Recurring pattern",
        "title": "=Journalists held",
        "freedoms": ["Freedom of peaceful assembly"],
        "rights": ["Liberty and security", "Freedom of peaceful assembly"],
        "violation_type": [
            "Detained or arrested::Mass detentions",
            "Detained or arrested::Detained or arrested (type?)",
        ],
        "violation_primary": "Detained or arrested::Mass detentions",
        "date_of_event": (date(2024, 3, 1), date(2024, 4, 30)),
        "date_start": "2024-03",
        "date_end": "2024-04",
        "date_precision": "range",
        "date_ongoing": "no",
        "date_meaning": "event",
        "underlying_event": (date(2022, 1, 1), date(2022, 1, 31)),
        "underlying_event_text": "2022-01",
        "region": "Almaty",
        "locality": "Almaty",
        "affected_group": ["Journalist, media worker", "Civic activist", "Organisation, outlet"],
        "perpetrators_type": ["Police"],
        "legal_basis": ["Breach of assembly law", "Disobeying a police order"],
        "outcomes_status": ["Fined", "Penalty made harsher"],
        "consent": "Publish without names",
        "record_language": "en",
        "people_counted": "yes",
        "assertion": "Confirmed",
        "outcomes_party": ["Affected people", "Officials"],
        "sources_kind": ["Non-governmental organisation", "Court document"],
        "tags": ["floods_2024", "january_2022"],
        "source_reliability": "Probably reliable",
        "information_credibility": "Independently confirmed",
        "evidence_origin": "Given to the reporter",
        "iccpr": ["9", "21"],
        "civicus": ["HRD detained", "journalist detained"],
        "sdg_16_10_1": ["arbitrary_detention"],
        "acled": ["Strategic developments/Arrests"],
        "huridocs": ["030107000000"],
        "affected": "- Affected: who they are: journalists; two; Affected: groups: Journalist, media worker, Civic activist; "
        "Affected: at least: 2; Affected: at most: 3\n"
        "- Affected: who they are: an outlet; Affected: groups: Organisation, outlet; Affected organisation: Dala | Press",
        "perpetrators": "- Alleged perpetrator: kind: Police; Alleged perpetrator: details: city police",
        "outcomes": "- Outcome: Fined; Date of the outcome: 2024-04-02; Whose outcome it is: Affected people; "
        "Outcome: number of people: 2; Fine, MCI (MRP): 50; Fine, tenge: 184600\n"
        "- Outcome: Penalty made harsher; Whose outcome it is: Officials; Prison term, years: 3.5; "
        "Restriction of freedom, years: 2; Administrative arrest, days: 15",
        "sources": "- Kind of source: Non-governmental organisation; Publisher: Dala | Rights; Date of publication: 2024-06\n"
        "- Kind of source: Court document; Link to the source: https://example.org/ruling",
    }
    assert known["description"] == "Two were held.\nOne; the other | later."
    assert known["links"] == "- https://example.org/a\n- https://example.org/b"
    assert "Пострадавшие: группы: Журналисты, работники СМИ" in entity["ru"]["affected"]


def test_every_acceptance_case_is_imported(forms: Forms) -> None:
    """With the labels that the domain has for its codes, in three languages, and what it is in the terms of others."""
    collection = Collection.imported(exported(forms, UWAZI, *map(answers_of, CASES)))
    for case, entity in zip(CASES, collection.entities, strict=True):
        known = entity["en"]
        assert (known["title"], known["description"]) == (case["title"], case["narrative"])
        groups = [code.partition(".")[0] for code in case["violations"]]
        assert [one.split("::")[0] for one in known["violation_type"]] == [
            label("groups", one) for one in groups
        ]
        types = [
            label("types", one) if "." in one else f"{label('groups', one)} (type?)"
            for one in case["violations"]
        ]
        assert [one.split("::")[1] for one in known["violation_type"]] == types
        assert known["region"] == label("regions", case["place"]["region"])
        affected = dict.fromkeys(
            label("affected_groups", code) for one in case["affected"] for code in one["groups"]
        )
        assert known["affected_group"] == list(affected)
        assert known["outcomes_status"] == list(
            dict.fromkeys(label("statuses", one["status"]) for one in case["outcome"])
        )
        assert [f"who they are: {one['role']}" in known["affected"] for one in case["affected"]] == [
            True
        ] * len(case["affected"])
        assert known["date_precision"] == case["date"]["precision"]
        for standard, codes in case["derived"].items():
            assert sorted(known.get(standard, [])) == sorted(codes)


def label(name: str, code: str) -> str:
    """What the domain calls a code in English."""
    return domain.LABELS[name][code]["en"]


def test_each_language_has_its_own_title_and_the_others_that_of_the_record(forms: Forms) -> None:
    """Uwazi wants one in each; a record without any has its reference."""
    told = {**FULL, "title_kk": text("Журналистер ұсталды"), "summary_ru": text("Двоих задержали.")}
    first, second = Collection.imported(exported(forms, UWAZI, told, {})).entities
    assert [first[code]["title"] for code in LANGUAGES] == [
        "=Journalists held",
        "=Journalists held",
        "Журналистер ұсталды",
    ]
    assert first["ru"]["description"] == "Двоих задержали."
    assert second["en"]["title"] == second["kk"]["title"] == "R00002"


@pytest.mark.parametrize(
    ("when", "days"),
    [
        (When(Precision.DAY, "2024-02-29", "2024-02-29"), ("2024-02-29", "2024-02-29")),
        (When(Precision.MONTH, "2024-02"), ("2024-02-01", "2024-02-29")),
        (When(Precision.YEAR, "2023"), ("2023-01-01", "2023-12-31")),
        (When(Precision.RANGE, "2023-11-30", "2024-02"), ("2023-11-30", "2024-02-29")),
        (When(Precision.RANGE, "2024-04", ongoing=True), ("2024-04-01", "")),
        (When(Precision.RANGE, "2024-04"), ("2024-04-01", "")),
        (When(Precision.RANGE, end="2024-04"), ("", "2024-04-30")),
        (When(Precision.UNKNOWN), None),
    ],
)
def test_a_date_is_a_period_from_its_first_day_to_its_last(
    forms: Forms, when: When, days: tuple[str, str] | None
) -> None:
    """The date of the record and one in one text alike; an end that is not known is open."""
    ((entity),) = Collection.imported(
        exported(forms, UWAZI, {"when": when, "underlying_event": when})
    ).entities
    found = days and tuple(one and date.fromisoformat(one) for one in days)
    assert (entity["en"].get("date_of_event"), entity["en"].get("underlying_event")) == (found, found)


def test_a_published_place_is_on_the_map_and_no_other(forms: Forms) -> None:
    """No seat of a region stands for a place that nobody published."""
    placed: Mapping[str, Answer] = {
        "region": Chosen(("KZ-27",)),
        "place_share": Chosen(("10km",)),
        "place_public": GeoPoint(51.3, 51.3),
    }
    content = exported(forms, UWAZI, placed, {"region": Chosen(("KZ-27",))})
    entities = [one["en"] for one in Collection.imported(content).entities]
    assert [one.get("geolocation_geolocation") for one in entities] == [(51.3, 51.3), None]
    assert entities[0]["within_km"] == 10


HOSTILE = [
    "=1+1",
    "+7 701",
    "-1",
    "@who",
    "\ttab",
    "a;b",
    "a|b",
    "a::b::c",
    ":",
    "\u202eright to left",
    "🕊",
    "nul\0",
    "half \ud800",
    '"quoted"',
    "two\r\nlines",
    "<script>alert(1)</script>",
    "![seen](https://example.org/who.png)",
    "null",
    "N/A",
    "long " * 20_000,
]


def test_no_text_parts_a_cell_or_a_value(forms: Forms) -> None:
    """Nothing can be escaped in Uwazi: within values of a thesaurus other characters stand for what would part them; texts are
    whole, but for what no UTF-8 and no line of text can hold."""
    records = [
        {"title": one, "summary": one, "tags": [one, "second"], "locality": one, "affected_role": [one]}
        for one in HOSTILE
    ]
    content = exported(
        forms, UWAZI, *[{"affected[1]/affected_role": text("x")} for _ in HOSTILE], changes=records
    )
    entities = [one["en"] for one in Collection.imported(content).entities]
    assert len(entities) == len(HOSTILE)
    for given, entity in zip(HOSTILE, entities, strict=True):
        said = given.replace("\0", "\ufffd").replace("\ud800", "?")
        assert entity["description"] == said.strip().replace("<", "&lt;").replace("[", r"\[")
        line = " ".join(said.split())
        assert entity.get("title", "") == ("" if given in NO_VALUE else line)
        assert entity["affected"] == f"- Affected: who they are: {line}".replace("<", "&lt;").replace(
            "[", r"\["
        )
        label = line.replace("|", "¦").replace("::", "∷").strip(":- ")
        label = f"({label})" if given in NO_VALUE else label
        assert entity["tags"] == ([label, "second"] if label else ["second"])


LISTS = """
| survey |
| | type | name | label::English (en) | label::Русский (ru) | bind::bot:privacy | bind::bot:role |
| | text | Заголовок | Title | Заголовок | public | title |
| | select_multiple hard | Choice-1 | A choice | Выбор | public | |
| | select_one hard | choice_1 | The same | То же | public | |
| | select_one grouped | __id__ | With groups | С группами | public | |
| | text | file | A file | Файл | public | |
| | begin_repeat | vehicles | Vehicles | Машины | | |
| | text | plate | Plate | Номер | public | |
| | integer | seats | Seats | Места | public | |
| | select_one hard | state | State | Состояние | public | |
| | end_repeat | | | | | |

| choices |
| | list_name | name | label::English (en) | label::Русский (ru) | group |
| | hard | a | One \\| two | Раз \\| два | |
| | hard | b | A::B | А::Б | |
| | hard | c | - dash | - тире | |
| | grouped | top | Top | Верх | top |
| | grouped | top.one | First | Первый | top |

| settings |
| | form_title | form_id | name | version | default_language | namespaces |
| | Own | own | own | 1 | English (en) | bot="https://kuager.org/xforms" |
"""


def test_a_form_of_ones_own_is_imported_as_well(forms: Forms, tmp_path: Path) -> None:
    """Whatever its names are Uwazi takes them; labels that would part stand as one; its repeats and its groups are there."""
    (tmp_path / "own.md").write_text(LISTS, "utf-8")
    told: Mapping[str, Answer] = {
        "Заголовок": text("Held"),
        "Choice-1": Chosen(("a", "b")),
        "choice_1": Chosen(("c",)),
        "__id__": Chosen(("top",)),
        "file": text("a.pdf|b.pdf"),
        "vehicles[1]/plate": text("123 | ABC"),
        "vehicles[2]/state": Chosen(("b",)),
    }
    collection = Collection.imported(exported(forms, UWAZI, told, form=load(tmp_path / "own.md")))
    (entity,) = collection.entities
    known = entity["en"]
    assert known["title"] == "Held"
    assert (known["choice_1"], known["choice_1_2"]) == (["One ¦ two", "A∷B"], "dash")
    assert known["id_2"] == "Top::Top"
    assert known["file_2"] == "a.pdf|b.pdf"
    assert known["vehicles"] == "- Plate: 123 | ABC\n- State: A∷B"
    assert known["state"] == ["A∷B"]
    assert entity["ru"]["vehicles"] == "- Номер: 123 | ABC\n- Состояние: А∷Б"


def test_names_that_are_taken_are_names_of_others(forms: Forms, tmp_path: Path) -> None:
    """Every question has a property of its own."""
    (tmp_path / "own.md").write_text(OWN, "utf-8")
    found = Collection.imported(exported(forms, UWAZI, form=load(tmp_path / "own.md")))
    assert {
        "extra_links",
        "extra_region",
        "extra_outcomes",
        "extra_extra_links",
        "extra_sort",
    } <= found.types.keys()


def test_an_export_without_records_has_the_collection_all_the_same(forms: Forms) -> None:
    """Template and thesauri can be set up before there is anything to import; the words are in each language."""
    content = exported(forms, UWAZI)
    assert Collection.imported(content).entities == []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        readme = archive.read("README.txt").decode()
    assert [word in readme for word in ("Import into Uwazi", "Импорт в Uwazi", "Uwazi жүйесіне")] == [
        True
    ] * 3
    assert exported(forms, UWAZI, FULL) == exported(forms, UWAZI, FULL)


def test_what_reporters_told_is_rich_text_where_its_recipients_may_have_it(forms: Forms) -> None:
    """A story is no value of a thesaurus, and nothing in it is a tag."""
    told: Mapping[str, Answer] = {
        "story": text("They came | at <six>.\nWe ran."),
        "affected_name": text("Aigerim"),
    }
    (entity,) = Collection.imported(exported(forms, UWAZI, FULL, told=told)).entities
    assert entity["en"]["told_story"] == "- They came | at &lt;six>. We ran."
    assert entity["kk"]["told_affected_name"] == "- Aigerim"
