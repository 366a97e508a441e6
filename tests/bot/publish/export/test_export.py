"""Exports: which versions become rows, what the rows say, and that nothing else leaves."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.desk.decisions import service as decisions_service
from bot.desk.publishing import service as publishing_service
from bot.form.answers import Answer, Chosen, Precision, When
from bot.form.typed.intervals import interval
from bot.languages import exported_codes
from bot.publish import versions
from bot.publish.export import cells, columns, exports
from bot.publish.export.formats import FORMATS
from bot.publish.export.formats.writing import Format
from bot.publish.export.request import ExportRequest
from bot.reports import claims
from bot.store import drafting
from tests.bench import Bench, approve_proposal, reads_in, text
from tests.bot.publish.export.published import COUNTS, CSV, FULL, JSONL, approve, exported, read_csv


async def test_csv_has_bom_crlf_quotes_and_the_documented_columns(bench: Bench) -> None:
    """The header is there even when nothing else is."""
    async with bench.read() as unit:
        content = await exported(unit, CSV)
    assert content.startswith(b'\xef\xbb\xbf"id","version","approved_on","kind","kind_label_en"')
    assert content.endswith(
        b'"iccpr","civicus","sdg_16_10_1","acled","huridocs","affected_number_more_than"\r\n'
    )
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
                "number_more_than": None,
                "organisation": None,
            },
            {
                "role": "an outlet",
                "groups": ["organisation"],
                "number_min": None,
                "number_max": None,
                "number_more_than": None,
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
        "civicus": ["HRD detained", "journalist detained"],
        "sdg_16_10_1": ["arbitrary_detention"],
        "acled": ["Strategic developments/Arrests"],
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
        edit = await publishing_service.begin(unit, moderator, report, None)
        assert edit.draft.answers["/review/reliability"] == Chosen(("R5",))
        drafting.save(unit, edit)
        await publishing_service.save_edit(unit, edit)
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


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_what_is_shown_before_approval_is_what_is_exported(bench: Bench, language: str) -> None:
    """Every fact that is not blank, cell by cell, with the labels that the export has in the moderator's language."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        report = (await bench.submit(unit)).report
        given: dict[str, Any] = dict(FULL)
        await bench.propose(unit, moderator, report, COUNTS, **given)
        proposal = await decisions_service.proposal(unit, report)
        shown = await exports.preview(unit, report, proposal.version.version, proposal.content, language)
        await approve_proposal(unit, moderator, report)
        content = await exported(unit, CSV)
    (row_,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    facts = {name: cell for name, cell in row_.items() if cell and "_label_" not in name}
    labels = {name: row_.get(f"{name}_label_{language}") for name in facts}
    assert sum(label is not None for label in labels.values()) > 8
    assert {column.name: cell for column, _, cell in shown} == {
        name: cell for name, cell in facts.items() if cell.strip(" |")
    }
    assert {column.name: words for column, words, _ in shown if column.codes} == {
        name: label for name, label in labels.items() if label is not None
    }


@pytest.mark.parametrize(
    "format_", [one for one in FORMATS.values() if not one.of_reporters], ids=lambda one: one.name
)
async def test_every_format_writes_all_that_was_approved_piece_by_piece(
    bench: Bench, format_: Format
) -> None:
    """Joined they are the same each time."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        refs = [(await approve(bench, unit, moderator, written=FULL)).ref for _ in range(3)]
    request = ExportRequest(format_)
    async with bench.read() as unit:
        pieces = [piece async for piece in exports.stream(reads_in(unit), request)]
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
