"""Columns for the public questions of an organisation's own, and none for what is not public."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.form.answers import Answer, Chosen
from bot.form.model import Form, Privacy
from bot.form.xlsform.reader import load
from bot.publish import versions
from bot.publish.export import columns
from bot.publish.export.cells import ExportTable
from bot.publish.export.formats.lines import JSON_LINES
from bot.publish.export.formats.writing import ExportFacts
from bot.publish.export.selection import ApprovedVersion
from tests.bench import FORMS, Bench, text, typed
from tests.bot.publish.export.published import CSV, FULL, JSONL, OWN, SECRET, approve, exported, read_csv

HIDDEN = ("date_kind", "date_meaning", "affected_role")


async def test_an_answer_that_is_not_public_never_leaves(bench: Bench) -> None:
    """Even where the column is one of the fixed ones."""
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"), written=FULL)
        unit.forms = {
            **unit.forms,
            "review": shown_to(Privacy.MODERATORS, unit.forms["review"], *HIDDEN),
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
    own = list(table_row)[list(table_row).index("affected_number_more_than") + 1 :]
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
    document = json.loads(JSON_LINES.writer(table, ExportFacts()).row(table.record(version)))
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
