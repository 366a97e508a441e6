"""Exports: which versions become rows, what the rows say, and that nothing else leaves."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Refusal
from bot.form.answers import Answer, Chosen, Number, Precision, When
from bot.form.model import Form, Privacy
from bot.form.typed.dates.intervals import interval
from bot.form.xlsform.reader import load
from bot.languages import exported_codes
from bot.services import vault
from bot.services.desk import claims
from bot.services.desk.decisions import proposals, rejection
from bot.services.desk.publishing import editing, versions
from bot.services.export import columns, exports
from bot.services.export.formats import FORMATS
from bot.services.export.formats.writer import Format
from bot.services.export.request import ExportRequest
from bot.services.export.rows import cells
from bot.services.export.rows.table import ExportTable
from bot.services.export.versions import selection
from bot.services.export.versions.selection import ApprovedVersion, Period
from bot.services.export.versions.statistics import Statistics, statistics
from bot.services.reports import drafting, withdrawal
from bot.services.reports.states import VersionState
from bot.services.unit import Unit
from db.models import Moderator, PublicVersion, Report
from tests.bench import FORMS, Bench, approve_proposal, statements, text, typed

CSV, JSONL = ExportRequest.read("csv"), ExportRequest.read("jsonl")
SECRET = "Aigerim Bekova"
FULL: Mapping[str, Answer] = {
    "title": text("=Journalists held"),
    "summary": text("Two were held.\nOne; the other | later."),
    "kind": Chosen(("pattern",)),
    "violations": Chosen(("detention.mass", "detention")),
    "violation_primary": Chosen(("detention.mass",)),
    "when": When(Precision.RANGE, "2024-03", "2024-04"),
    "date_meaning": text("event"),
    "underlying_event": When(Precision.MONTH, "2022-01"),
    "region": Chosen(("KZ-75",)),
    "affected[1]/affected_role": text("journalists; two"),
    "affected[1]/affected_groups": Chosen(("journalist", "activist")),
    "affected[1]/affected_number_min": Number(2),
    "affected[1]/affected_number_max": Number(3),
    "affected[2]/affected_role": text("an outlet"),
    "affected[2]/affected_groups": Chosen(("organisation",)),
    "affected[2]/affected_organisation": text("Dala | Press"),
    "perpetrators[1]/perpetrator_type": Chosen(("police",)),
    "perpetrators[1]/perpetrator_detail": text("city police"),
    "legal_basis": Chosen(("KZ-AOC-488", "KZ-AOC-667")),
    "outcomes[1]/outcome_status": Chosen(("fined",)),
    "outcomes[1]/outcome_date": When(Precision.DAY, "2024-04-02", "2024-04-02"),
    "outcomes[1]/outcome_party": Chosen(("affected",)),
    "outcomes[1]/outcome_persons": Number(2),
    "outcomes[1]/outcome_fine_mrp": Number(50),
    "outcomes[1]/outcome_fine_tenge": Number(184600),
    "outcomes[2]/outcome_status": Chosen(("toughened",)),
    "outcomes[2]/outcome_party": Chosen(("officials",)),
    "outcomes[2]/outcome_prison_years": Number(3.5),
    "outcomes[2]/outcome_restriction_years": Number(2),
    "outcomes[2]/outcome_arrest_days": Number(15),
    "links": text("https://example.org/a\nhttps://example.org/b"),
    "assertion": Chosen(("confirmed",)),
    "sources[1]/source_kind": Chosen(("ngo",)),
    "sources[1]/source_publisher": text("Dala | Rights"),
    "sources[1]/source_date": When(Precision.MONTH, "2024-06"),
    "sources[2]/source_kind": Chosen(("court",)),
    "sources[2]/source_link": text("https://example.org/ruling"),
    "tags": text("Floods 2024, #january_2022; floods 2024"),
    "reliability": Chosen(("R2",)),
    "credibility": Chosen(("C1",)),
    "evidence_origin": Chosen(("from_person",)),
}
COUNTS = {"/review/affected": 2, "/review/perpetrators": 1, "/review/outcomes": 2, "/review/sources": 2}


async def approve(
    bench: Bench,
    unit: Unit,
    moderator: Moderator,
    consent: str = "publish_no_names",
    written: Mapping[str, Answer] | None = None,
    **told: Answer | None,
) -> Report:
    """A report that went all the way."""
    report = (await bench.submit(unit, consent_use=Chosen((consent,)), **told)).report
    given: dict[str, Any] = dict(written or {})
    await bench.propose(unit, moderator, report, COUNTS if written else None, **given)
    await approve_proposal(unit, moderator, report)
    return report


async def exported(unit: Unit, request: ExportRequest) -> bytes:
    """The whole export."""
    return b"".join([piece async for piece in exports.stream(unit, request)])


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV export, guards taken away."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [{name: cells.unguard(cell) for name, cell in row.items()} for row in rows]


async def test_csv_has_bom_crlf_quotes_and_the_documented_columns(bench: Bench) -> None:
    """The header is there even when nothing else is."""
    async with bench.read() as unit:
        content = await exported(unit, CSV)
    assert content.startswith(b'\xef\xbb\xbf"id","version","approved_on","kind","kind_label_en"')
    assert content.endswith(b'"iccpr","civicus","sdg_16_10_1","acled","huridocs"\r\n')
    documented = (Path(__file__).parents[4] / "docs" / "export.md").read_text("utf-8")
    for column in columns.fixed_columns():
        assert f"`{column.name}`" in documented, column.name


async def test_a_full_version_comes_out_of_csv_as_it_went_in(bench: Bench) -> None:
    """Codes, repeats by their place, free text with separators in it, derived facts."""
    async with bench.write() as unit:
        report = await approve(bench, unit, await bench.moderator(unit, language="en"), written=FULL)
        content = await exported(unit, CSV)
    (row,) = read_csv(content)
    assert b'"\'=Journalists held"' in content
    split = {name: cells.split(cell) for name, cell in row.items()}
    assert (row["id"], row["version"], row["approved_on"]) == (report.ref, "1", "2026-11-25")
    assert (row["title"], row["summary"]) == ("=Journalists held", "Two were held.\nOne; the other | later.")
    assert split["violations"] == [["detention.mass", "detention"]]
    assert split["rights"] == [["liberty", "assembly"]]
    assert split["freedoms"] == [["assembly"]]
    assert (split["iccpr"], split["sdg_16_10_1"]) == ([["9", "21"]], [["arbitrary_detention"]])
    assert (row["date_start"], row["date_end"], row["date_precision"]) == ("2024-03", "2024-04", "range")
    assert (row["date_ongoing"], row["underlying_event"]) == ("no", "2022-01")
    assert (row["region"], row["locality"]) == ("KZ-75", "Almaty")
    assert split["affected_role"] == [["journalists; two"], ["an outlet"]]
    assert split["affected_groups"] == [["journalist", "activist"], ["organisation"]]
    assert split["affected_number_min"] == [["2"], []]
    assert split["affected_organisation"] == [[], ["Dala | Press"]]
    assert (row["perpetrators_type"], row["perpetrators_detail"]) == ("police", "city police")
    assert split["legal_basis"] == [["KZ-AOC-488", "KZ-AOC-667"]]
    assert split["outcomes_status"] == [["fined"], ["toughened"]]
    assert split["outcomes_date"] == [["2024-04-02"], []]
    assert split["outcomes_party"] == [["affected"], ["officials"]]
    assert split["outcomes_persons"] == [["2"], []]
    assert (split["outcomes_fine_mrp"], split["outcomes_fine_tenge"]) == ([["50"], []], [["184600"], []])
    assert (split["outcomes_prison_years"], split["outcomes_restriction_years"]) == (
        [[], ["3.5"]],
        [[], ["2"]],
    )
    assert split["outcomes_arrest_days"] == [[], ["15"]]
    assert (split["sources_kind"], split["sources_publisher"]) == (
        [["ngo"], ["court"]],
        [["Dala | Rights"], []],
    )
    assert (split["sources_date"], split["sources_link"]) == (
        [["2024-06"], []],
        [[], ["https://example.org/ruling"]],
    )
    assert split["tags"] == [["floods_2024", "january_2022"]]
    assert (row["assertion"], row["source_reliability"], row["information_credibility"]) == (
        "confirmed",
        "R2",
        "C1",
    )
    assert (row["evidence_origin"], row["title_en"], row["summary_ru"]) == ("from_person", "", "")
    assert split["links"] == [["https://example.org/a", "https://example.org/b"]]
    assert (row["consent"], row["language"]) == ("publish_no_names", "en")


async def test_every_code_has_a_label_in_three_languages(bench: Bench) -> None:
    """Beside it in CSV, under `labels` in JSON; no label is blank."""
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"), written=FULL)
        (row,) = read_csv(await exported(unit, CSV))
        document = json.loads(await exported(unit, JSONL))
    coded = [column for column in columns.fixed_columns() if column.codes]
    for column in coded:
        for language in exported_codes():
            label = row[f"{column.name}_label_{language}"]
            assert [len(part) for part in cells.split(label)] == [
                len(part) for part in cells.split(row[column.name])
            ]
            assert all(all(part) for part in cells.split(label))
    assert row["region_label_kk"] == "Алматы қаласы"
    assert document["labels"]["region"]["KZ-75"] == {"en": "Almaty", "ru": "г. Алматы", "kk": "Алматы қаласы"}
    assert set(document["labels"]) == {column.codes for column in coded}


async def test_a_line_of_json_is_one_line_to_every_reader(bench: Bench) -> None:
    """Whatever separates lines elsewhere is told by its number, and is what it was when it is read."""
    title = "one\u2028two\u2029three\x85four"
    async with bench.write() as unit:
        await approve(
            bench, unit, await bench.moderator(unit, language="en"), written={**FULL, "title": text(title)}
        )
        content = (await exported(unit, JSONL)).decode()
    (line,) = content.splitlines()
    assert json.loads(line)["title"] == title


async def test_json_lines_say_the_same_in_a_nested_shape(bench: Bench) -> None:
    """One object a line, with numbers as numbers and what is not known as null."""
    async with bench.write() as unit:
        report = await approve(bench, unit, await bench.moderator(unit, language="en"), written=FULL)
        document = json.loads(await exported(unit, JSONL))
    del document["labels"]
    assert document == {
        "id": report.ref,
        "version": 1,
        "approved_on": "2026-11-25",
        "kind": "pattern",
        "title": "=Journalists held",
        "summary": "Two were held.\nOne; the other | later.",
        "freedoms": ["assembly"],
        "rights": ["liberty", "assembly"],
        "violations": ["detention.mass", "detention"],
        "violation_primary": "detention.mass",
        "date": {"start": "2024-03", "end": "2024-04", "precision": "range", "ongoing": False},
        "date_meaning": "event",
        "underlying_event": "2022-01",
        "place": {
            "region": "KZ-75",
            "locality": "Almaty",
            "latitude": None,
            "longitude": None,
            "within_km": None,
        },
        "affected": [
            {
                "role": "journalists; two",
                "groups": ["journalist", "activist"],
                "number_min": 2,
                "number_max": 3,
                "organisation": None,
            },
            {
                "role": "an outlet",
                "groups": ["organisation"],
                "number_min": None,
                "number_max": None,
                "organisation": "Dala | Press",
            },
        ],
        "perpetrators": [{"type": "police", "detail": "city police"}],
        "legal_basis": ["KZ-AOC-488", "KZ-AOC-667"],
        "outcomes": [
            outcome("fined", date="2024-04-02", party="affected", persons=2, fine_mrp=50, fine_tenge=184600),
            outcome("toughened", party="officials", prison_years=3.5, restriction_years=2, arrest_days=15),
        ],
        "consent": "publish_no_names",
        "language": "en",
        "links": ["https://example.org/a", "https://example.org/b"],
        "incident": None,
        "people_counted": True,
        "related": [],
        **{f"{text_}_{language}": None for text_ in ("title", "summary") for language in ("en", "ru", "kk")},
        "assertion": "confirmed",
        "sources": [
            {"kind": "ngo", "publisher": "Dala | Rights", "date": "2024-06", "link": None},
            {"kind": "court", "publisher": None, "date": None, "link": "https://example.org/ruling"},
        ],
        "tags": ["floods_2024", "january_2022"],
        "source_reliability": "R2",
        "information_credibility": "C1",
        "evidence_origin": "from_person",
        "iccpr": ["9", "21"],
        "civicus": ["protestor(s) detained"],
        "sdg_16_10_1": ["arbitrary_detention"],
        "acled": ["Protests/Protest with intervention"],
        "huridocs": ["030107000000"],
    }


def outcome(status: str, **known: Any) -> dict[str, Any]:
    """An outcome as JSON has it, of which no more is known."""
    fields = (
        "date",
        "party",
        "persons",
        "prison_years",
        "restriction_years",
        "arrest_days",
        "fine_mrp",
        "fine_tenge",
    )
    return {"status": status, **dict.fromkeys(fields), **known}


async def test_an_assessment_made_when_it_was_in_no_export_leaves_once_it_was_seen_again(
    bench: Bench,
) -> None:
    """It stands at another path in versions of then; an edit finds it where it is said to be exported."""
    then: dict[str, Answer] = {
        "source_reliability": Chosen(("R5",)),
        "information_credibility": Chosen(("C4",)),
    }
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        report = (await bench.submit(unit)).report
        version = await bench.propose(unit, moderator, report)
        content = await versions.content(unit, version)
        assert content is not None
        old = {**content.answers, **{f"/review/{name}": answer for name, answer in then.items()}}
        versions.write(unit, version, replace(content, form_version="2", answers=old, checked=False))
        await approve_proposal(unit, moderator, report)
        before = json.loads(await exported(unit, JSONL))
        await claims.correct(unit, moderator, report)
        edit = await editing.begin(unit, moderator, report, None)
        assert edit.draft.answers["/review/reliability"] == Chosen(("R5",))
        drafting.save(unit, edit)
        await editing.save_edit(unit, edit)
        await approve_proposal(unit, moderator, report)
        after = json.loads(await exported(unit, JSONL))
    assert (before["source_reliability"], before["information_credibility"], before["assertion"]) == (
        None,
        None,
        "alleged",
    )
    assert (after["source_reliability"], after["information_credibility"]) == ("R5", "C4")


async def test_a_moderators_rights_win_over_derived_ones(bench: Bench) -> None:
    """And the freedoms follow them, in their own order."""
    rights = Chosen(("remedy", "assembly", "expression"))
    async with bench.write() as unit:
        await approve(
            bench, unit, await bench.moderator(unit, language="en"), written={**FULL, "rights": rights}
        )
        document = json.loads(await exported(unit, JSONL))
    assert document["rights"] == ["remedy", "assembly", "expression"]
    assert document["freedoms"] == ["expression", "assembly"]


@pytest.mark.parametrize(
    ("when", "row", "date"),
    [
        (
            When(Precision.RANGE, end="2024-04"),
            ("", "2024-04", "range", "no"),
            {"start": None, "end": "2024-04", "precision": "range", "ongoing": False},
        ),
        (
            When(Precision.RANGE, "2024-04"),
            ("2024-04", "", "range", "no"),
            {"start": "2024-04", "end": None, "precision": "range", "ongoing": False},
        ),
        (
            When(Precision.RANGE, "2024-04", ongoing=True),
            ("2024-04", "", "range", "yes"),
            {"start": "2024-04", "end": None, "precision": "range", "ongoing": True},
        ),
    ],
)
async def test_a_period_leaves_with_the_ends_that_are_known(
    bench: Bench, when: When, row: tuple[str, ...], date: Mapping[str, Any]
) -> None:
    """The other end is blank, and whether it still goes on is told beside it."""
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"), written={**FULL, "when": when})
        (found,) = read_csv(await exported(unit, CSV))
        line = json.loads(await exported(unit, JSONL))
    names = ("date_start", "date_end", "date_precision", "date_ongoing")
    assert tuple(found[name] for name in names) == row
    assert line["date"] == date


@pytest.mark.parametrize("request_", [CSV, JSONL], ids=["csv", "jsonl"])
async def test_only_published_approved_versions_leave_and_nothing_else_of_them(
    bench: Bench, request_: ExportRequest
) -> None:
    """No other consent, no proposal, no withdrawn or rejected report; no story, no name, no original date."""
    told: dict[str, Any] = {
        "story": text(f"{SECRET} told me"),
        "when": When(Precision.DAY, "2024-03-08", "2024-03-08"),
    }
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        public = await approve(bench, unit, moderator, written=FULL, **told)
        hidden = [
            await approve(bench, unit, moderator, consent, FULL, **told)
            for consent in ("share_trusted", "statistics_only")
        ]
        proposed = (await bench.submit(unit, **told)).report
        await bench.propose(unit, moderator, proposed)
        gone = await approve(bench, unit, moderator, written=FULL, **told)
        await withdrawal.withdraw(unit, gone)
        rejected = await approve(bench, unit, moderator, written=FULL, **told)
        await claims.correct(unit, moderator, rejected)
        await rejection.reject(unit, moderator, rejected, "false")
        content = (await exported(unit, request_)).decode()
    assert content.count(public.ref) == 1
    for report in (*hidden, proposed, gone, rejected):
        assert report.ref not in content
    for word in (SECRET, "told me", "2024-03-08", moderator.alias):
        assert word not in content


async def test_an_answer_that_is_not_public_never_leaves(bench: Bench) -> None:
    """Even where the column is one of the fixed ones."""
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"), written=FULL)
        unit.forms = {
            **unit.forms,
            "review": shown_to(Privacy.MODERATORS, unit.forms["review"], "date_meaning", "affected_role"),
        }
        (row,) = read_csv(await exported(unit, CSV))
    assert (row["date_meaning"], row["affected_role"], row["kind"]) == ("", " | ", "pattern")


def shown_to(privacy: Privacy, form: Form, *names: str) -> Form:
    """The form with this privacy of these questions."""

    def changed(node: Any) -> Any:
        if hasattr(node, "children"):
            return replace(node, children=tuple(changed(child) for child in node.children))
        return replace(node, privacy=privacy) if node.name in names else node

    return replace(form, children=tuple(changed(node) for node in form.children))


async def test_a_public_question_of_ones_own_gets_columns_after_the_fixed_ones(
    bench: Bench, tmp_path: Path
) -> None:
    """By its name, with labels for codes, its place in a repeat; one for moderators gets none."""
    review = (FORMS / "review.md").read_text("utf-8")
    for found in FORMS.glob("*.csv"):
        (tmp_path / found.name).write_bytes(found.read_bytes())
    names = [cell.strip() for cell in review.splitlines()[1].split("|")[2:-1]]
    added = "".join(
        row(names, **cells_)
        for cells_ in (
            {"type": "select_one_from_file kinds.csv", "name": "sort", "bind::bot:privacy": "public"},
            {"type": "text", "name": "note", "bind::bot:privacy": "moderators"},
            {"type": "text", "name": "title_label_en", "bind::bot:privacy": "public"},
            {"type": "text", "name": "language", "bind::bot:privacy": "public"},
        )
    )
    head, settings = review.split("\n\n| settings |")
    (tmp_path / "review.md").write_text(f"{head}\n{added}\n| settings |{settings}", "utf-8")
    written = {**FULL, "sort": Chosen(("positive",)), "note": text(SECRET), "language": text("kk")}
    bench.forms = {**bench.forms, "review": load(tmp_path / "review.md")}
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"), written=written)
        (table_row,) = read_csv(await exported(unit, CSV))
        document = json.loads(await exported(unit, JSONL))
    own = list(table_row)[list(table_row).index("huridocs") + 1 :]
    assert own == [
        "sort",
        "sort_label_en",
        "sort_label_ru",
        "sort_label_kk",
        "title_label_en",
        "extra_language",
    ]
    assert (table_row["sort"], table_row["language"], table_row["extra_language"]) == ("positive", "en", "kk")
    assert (document["sort"], document["language"]) == ("positive", "en")
    assert SECRET not in json.dumps(document)


def test_how_exactly_a_place_is_shown_may_be_public_too(forms: Mapping[str, Form]) -> None:
    """The location itself has its columns already; this is the choice behind them."""
    shown = shown_to(Privacy.PUBLIC, forms["review"], "place_share")
    names = [name for column in columns.columns_of(shown) for name in column.names]
    assert names[-4:] == [
        "place_share",
        *(f"place_share_label_{language}" for language in ("en", "ru", "kk")),
    ]
    assert "place_share" not in [column.name for column in columns.columns_of(forms["review"])]


OWN = """
| survey |
| | type | name | label | bind::bot:privacy | bind::bot:role |
| | text | headline | Title | public | title |
| | text | sort_label_en | A name to come | public | |
| | select_one kinds | sort | Sort | public | |
| | select_one kinds | outcome_status | Status | public | |
| | begin_repeat | links | Links | | |
| | text | href | Where? | public | |
| | end_repeat | | | | |
| | begin_repeat | region | Regions | | |
| | text | part | Which? | public | |
| | text | href | Where? | public | |
| | end_repeat | | | | |
| | begin_repeat | affected | Affected | | |
| | text | who | Who? | public | affected_role |
| | text | age | How old? | public | |
| | end_repeat | | | | |
| | begin_repeat | outcomes | Outcomes | | |
| | text | end | What came of it? | public | |
| | end_repeat | | | | |
| | text | extra_links | A name that is taken too | public | |

| choices |
| | list_name | name | label |
| | kinds | good | Good |

| settings |
| | form_title | form_id | name | version | namespaces |
| | Own | own | own | 1 | bot="https://kuager.org/xforms" |
"""


def test_no_name_of_ones_own_takes_the_place_of_a_fact(bench: Bench, tmp_path: Path) -> None:
    """A repeat or question that is called like something in an export already stands beside it."""
    (tmp_path / "own.md").write_text(OWN, "utf-8")
    said: dict[str, Answer] = {
        "headline": typed("Held"),
        "sort_label_en": typed("a name"),
        "sort": Chosen(("good",)),
        "outcome_status": Chosen(("good",)),
        "links[1]/href": typed("here"),
        "region[1]/part": typed("north"),
        "region[1]/href": typed("there"),
        "affected[1]/who": typed("drivers"),
        "affected[1]/age": typed("40"),
        "outcomes[1]/end": typed("a fine"),
        "extra_links": typed("more"),
    }
    written = versions.VersionContent(
        "own", "1", "ru", {f"/own/{name}": answer for name, answer in said.items()}, {}
    )
    table = ExportTable(load(tmp_path / "own.md"), bench.forms["report"], bench.settings.zone)
    version = ApprovedVersion("R00001", 1, 500_000, "publish_no_names", written)
    document = table.json_object(table.record(version))
    own = {name: value for name, value in document.items() if name.startswith("extra_")}
    assert own == {
        "extra_sort": "good",
        "extra_outcome_status": "good",
        "extra_links": [{"href": "here"}],
        "extra_region": [{"part": "north", "extra_href": "there"}],
        "extra_outcomes": [{"end": "a fine"}],
        "extra_extra_links": "more",
    }
    assert (document["title"], document["links"], document["outcomes"]) == ("Held", [], [])
    assert document["place"] == {"region": None, "locality": None} | dict.fromkeys(
        ("latitude", "longitude", "within_km")
    )
    assert [person["age"] for person in document["affected"]] == ["40"]
    assert document["labels"].keys() == {"consent_use", "extra_sort", "extra_outcome_status"}
    assert len(set(table.header)) == len(table.header) == len(table.cells(table.record(version)))


def row(names: list[str], **given: str) -> str:
    """A row of the survey in Markdown, with labels."""
    labels = {name: given["name"] for name in names if name.startswith("label")}
    return "| | " + " | ".join((labels | given).get(name, "") for name in names) + " |\n"


async def test_days_of_approval_are_those_of_the_configured_zone_and_inclusive(bench: Bench) -> None:
    """02:00 in Almaty is the evening before in UTC."""
    bench.now = bench.now.replace(hour=2)
    day = bench.now.date()
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"))
        found = {
            days: len(read_csv(await exported(unit, replace(CSV, period=Period(*days)))))
            for days in (
                (day, day),
                (day, None),
                (None, day),
                (date(2026, 11, 26), None),
                (None, date(2026, 11, 24)),
            )
        }
    assert list(found.values()) == [1, 1, 1, 0, 0]


async def test_a_thousand_rows_come_in_a_bounded_number_of_queries(bench: Bench) -> None:
    """Four for each two hundred, each row once, in the order of approval, with few keys open at a time."""
    async with bench.write() as unit:
        refs = await many(unit, 1000)
    async with bench.read() as unit, statements(unit) as seen:
        found, most = [], 0
        async for source in selection.approved_versions(unit, Period()):
            found.append(source.ref)
            most = max(most, len(unit.keys))
    assert found == refs
    assert len(seen) <= 4 * (1000 // selection.VERSIONS_A_QUERY + 1)
    assert most <= selection.VERSIONS_A_QUERY


async def many(unit: Unit, number: int) -> list[str]:
    """So many approved reports; their references in the order of approval."""
    form = unit.forms["review"]
    written = versions.VersionContent(
        form.id, form.version, "ru", {"/review/title": text("Title")}, {}, consent="publish_no_names"
    )
    reports, public = [], []
    for place in range(number):
        report = Report(
            id=vault.new_id(),
            ref=f"R{place:05}",
            status="approved",
            form="incident",
            form_version="1",
            language="ru",
            urgent=False,
            consent_use="publish_no_names",
            submitted_hour=1,
        )
        version = PublicVersion(
            id=vault.new_id(),
            report_id=report.id,
            version=1,
            current=True,
            state=VersionState.APPROVED,
            data_key_id=vault.make_key(unit),
            approved_hour=1000 + place // 7,
        )
        versions.write(unit, version, written)
        reports.append(report)
        public.append(version)
    unit.session.add_all(reports)
    await unit.session.flush()
    unit.session.add_all(public)
    await unit.session.flush()
    unit.keys.clear()
    names = {report.id: report.ref for report in reports}
    ordered = sorted(public, key=lambda version: (version.approved_hour or 0, version.id))
    return [names[version.report_id] for version in ordered]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_what_is_shown_before_approval_is_what_is_exported(bench: Bench, language: str) -> None:
    """Every fact that is not blank, cell by cell, with the labels that the export has in the moderator's language."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        report = (await bench.submit(unit)).report
        given: dict[str, Any] = dict(FULL)
        await bench.propose(unit, moderator, report, COUNTS, **given)
        proposal = await proposals.proposal(unit, report)
        shown = await exports.preview(unit, report, proposal.version.version, proposal.content, language)
        await approve_proposal(unit, moderator, report)
        content = await exported(unit, CSV)
    (row_,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    facts = {name: cell for name, cell in row_.items() if cell and "_label_" not in name}
    labels = {name: row_.get(f"{name}_label_{language}") for name in facts}
    assert sum(label is not None for label in labels.values()) > 8
    assert dict(shown) == {
        name: cell if labels[name] is None else f"{labels[name]} · {cell}" for name, cell in facts.items()
    }


async def test_statistics_count_every_consent_without_loading_the_reports(bench: Bench) -> None:
    """One query that gives a row for each consent, however many reports there are."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        for consent in ("publish_no_names", "share_trusted", "statistics_only"):
            await approve(bench, unit, moderator, consent)
        await approve(bench, unit, moderator, region=Chosen(("KZ-10",)))
        async with statements(unit) as seen:
            assert await statistics(unit, Period()) == Statistics(rows=2, shared=1, counted=1, events=2)
    assert len(seen) == 1
    assert "GROUP BY reports.consent_use" in seen[0]


@pytest.mark.parametrize("words", [("csv", "yesterday"), ("csv", "2026-02-01", "2026-01-01")])
def test_an_export_of_no_sensible_period_is_refused(words: tuple[str, ...]) -> None:
    """A day that is none, the last before the first."""
    with pytest.raises(Refusal, match=r"export\.how"):
        ExportRequest.read(*words)


def test_an_unknown_format_is_refused_by_its_name() -> None:
    """Nothing else is written in its place; what there is is told, and a long word is said back only in part."""
    with pytest.raises(Refusal, match=r"export\.unknown_format") as refused:
        ExportRequest.read("xml" * 10)
    assert refused.value.arguments["format"] == "xmlxmlxmlxmlxmlx"
    named = str(refused.value.arguments["formats"]).split(", ")
    assert {"csv", "jsonl", "geojson", "datapackage", "hxl"} <= set(named)


@pytest.mark.parametrize("format_", FORMATS.values(), ids=FORMATS)
async def test_every_format_writes_all_that_was_approved_piece_by_piece(
    bench: Bench, format_: Format
) -> None:
    """Joined they are the same each time."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        refs = [(await approve(bench, unit, moderator, written=FULL)).ref for _ in range(3)]
    request = ExportRequest(format_)
    async with bench.read() as unit:
        pieces = [piece async for piece in exports.stream(unit, request)]
        again = await exported(unit, request)
    assert len(pieces) >= 1 + len(refs)
    assert again == b"".join(pieces)


@pytest.mark.parametrize(
    ("when", "written"),
    [
        (When(Precision.DAY, "2024-04-02", "2024-04-02"), "2024-04-02"),
        (When(Precision.YEAR, "2024"), "2024"),
        (When(Precision.RANGE, "2024-04", "2024-05"), "2024-04/2024-05"),
        (When(Precision.RANGE, "2024-04", ongoing=True), "2024-04/.."),
        (When(Precision.RANGE, end="2024-04"), "../2024-04"),
        (When(Precision.RANGE, "2024-04"), "2024-04/"),
        (When(Precision.RANGE, ongoing=True), None),
        (When(Precision.UNKNOWN), None),
    ],
)
def test_a_date_in_one_text_follows_iso_8601_2(when: When, written: str | None) -> None:
    """As exact as it is known."""
    assert interval(when) == written
