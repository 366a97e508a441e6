"""The key figures of the acceptance cases equal those that a person counted (`tests/data/figures_by_hand.json`)."""

import json
import re
from collections.abc import Mapping
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
PERIOD = UpdateRequest.read("2023-01", "2024-04", "en", "md")


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
    """The rows of the tables of key figures."""
    (section,) = [one for one in document.sections if one.key == "figures"]
    tables = [block for block in section.blocks if isinstance(block, Table)]
    listed = [(row[0].words, int(row[1].words)) for table in tables for row in table.rows]
    assert len(dict(listed)) == len(listed)
    return dict(listed)


def sentences(document: Document) -> tuple[int, int, int, int]:
    """Records, events, people and allegations, as the sentences say."""
    (section,) = [one for one in document.sections if one.key == "figures"]
    said = " ".join(
        one.words for block in section.blocks if isinstance(block, Paragraph) for one in block.statements
    )
    named = (
        "Records in this update: (\\d+)",
        "Events they tell of: (\\d+)",
        "At least (\\d+) people",
        "not confirmed: (\\d+)",
    )
    found = [re.search(one, said) for one in named]
    assert all(found), said
    numbers = [int(one[1]) for one in found if one]
    return numbers[0], numbers[1], numbers[2], numbers[3]
