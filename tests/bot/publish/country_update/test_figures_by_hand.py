"""The key figures of the acceptance cases equal those that a person counted (`tests/data/figures_by_hand.json`)."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.desk.decisions import incidents
from bot.publish.country_update.document import Document, Paragraph, Table
from bot.publish.country_update.request import UpdateRequest
from bot.publish.country_update.service import composed
from tests.bench import Bench
from tests.bot.publish.country_update.casework import approve_cases
from tests.end_to_end import domain
from tests.end_to_end.people import ROOT

HAND: Mapping[str, Any] = json.loads((ROOT / "tests/data/figures_by_hand.json").read_text("utf-8"))
PERIOD = UpdateRequest.read("2023-01", "2024-04", "en", "md", "full")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_figures_equal_a_count_by_hand(bench: Bench) -> None:
    """Records, events, people, kinds, freedoms, themes, regions and outcomes; then with related cases and an incident of two records."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        reports = await approve_cases(bench, unit, moderator)
        apart = await composed(unit, PERIOD)
        for one, other in HAND["linked"]["related"]:
            await incidents.relate(unit, moderator, reports[one], reports[other].ref)
        first, second = HAND["linked"]["one_incident"]
        await incidents.join(unit, moderator, reports[second], reports[first].ref)
        await unit.session.flush()
        linked = await composed(unit, PERIOD)
    assert HAND["people_sum"] == sum(HAND["people"].values())
    assert sentences(apart) == (HAND["records"], HAND["events"], HAND["people_sum"], len(HAND["alleged"]))
    assert sentences(linked) == (
        HAND["records"],
        HAND["linked"]["events"],
        HAND["linked"]["people_sum"],
        len(HAND["alleged"]),
    )
    assert [rows(apart)[name] for name in ("Records", "People affected, at least")] == [
        HAND["records"],
        HAND["people_sum"],
    ]
    assert rows(linked)["People affected, at least"] == HAND["linked"]["people_sum"]
    for document in (apart, linked):
        told = {
            name: number
            for name, number in rows(document).items()
            if name not in {"Records", "People affected, at least"}
        }
        assert told == by_hand()
        labels = domain.LABELS["affected_groups"]
        assert groups(document) == {labels[code]["en"]: number for code, number in HAND["groups"].items()}


def by_hand() -> dict[str, int]:
    """Numbers by the label of a row."""
    lists = {
        "kinds": "kinds",
        "freedoms": "rights",
        "themes": "groups",
        "regions": "regions",
        "outcomes": "statuses",
    }
    found = {"Other rights": HAND["no_freedom"]}
    for name, labels in lists.items():
        found |= {domain.LABELS[labels][code]["en"]: number for code, number in HAND[name].items() if number}
    return found


def rows(document: Document) -> dict[str, int]:
    """The rows of the tables of key figures, without that of groups."""
    tables = _tables(document)
    listed = [
        (row[0].words, int(row[1].words)) for table in tables if table.look != "groups" for row in table.rows
    ]
    assert len(dict(listed)) == len(listed)
    return dict(listed)


def groups(document: Document) -> dict[str, int]:
    """Records by group of people."""
    return {
        row[0].words: int(row[1].words)
        for table in _tables(document)
        if table.look == "groups"
        for row in table.rows
    }


def _tables(document: Document) -> Sequence[Table]:
    (section,) = [one for one in document.sections if one.key == "tables"]
    return [block for block in section.blocks if isinstance(block, Table)]


def sentences(document: Document) -> tuple[int, int, int, int]:
    """Records, events, people and allegations, as the sentences say. As many events as records are not mentioned."""
    (section,) = [one for one in document.sections if one.key == "figures"]
    said = " ".join(
        one.words for block in section.blocks if isinstance(block, Paragraph) for one in block.statements
    )

    def number(before: str, after: str = "") -> int:
        found = re.search(rf"{before}(\d+){after}", said)
        return int(found[1]) if found else -1

    records, events = number("Records in this update: "), number("Events they tell of: ")
    people = number("At least ", " people were affected")
    return records, records if events < 0 else events, people, number("not confirmed: ")
