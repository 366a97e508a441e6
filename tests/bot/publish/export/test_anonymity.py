"""Rows of which none can be told from fewer than k others by region, month, violation and groups."""

import io
import zipfile
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WrongArgument
from bot.form.answers import Chosen
from bot.publish.export import exports
from bot.publish.export.columns import fixed_columns
from bot.publish.export.exports import PartLimit
from bot.publish.export.formats import FORMATS
from bot.publish.export.records import AnonymityPlan, AnonymousRows
from bot.publish.export.request import ExportRequest
from tests.bench import Bench, reads_in
from tests.bot.publish.export.formats.made import CASES
from tests.bot.publish.export.published import FULL, approve

WITH_LISTS = {"xlsx", "datapackage", "openrosa"}
"""Formats that bring all codes along with their labels."""
REGIONS = st.sampled_from(["KZ-75", "KZ-71", "KZ-10", None])
MONTHS = st.sampled_from(["2024-03-08", "2024-03", "2024-04", "2024", None])
VIOLATIONS = st.sampled_from(["detention.mass", "detention.short_term", "detention", "assembly.dispersed"])
GROUPS = st.lists(st.sampled_from([["journalist"], ["activist", "journalist"], ["public"]]), max_size=2)

COLUMNS = frozenset(
    [
        "region",
        "date_start",
        "date_end",
        "date_precision",
        "violation_primary",
        "violations",
        "affected_groups",
        "kind",
        "perpetrators_type",
        "outcomes_status",
        "outcomes_party",
        "assertion",
        "people_counted",
        "id",
        "version",
    ]
)
"""Filled columns of an anonymous file, without free text."""


def record(
    region: str | None = "KZ-75",
    date: str | None = "2024-03-08",
    violation: str = "detention.mass",
    groups: list[list[str]] | None = None,
) -> dict[str, Any]:
    """A record as a table makes it, with words that must not leave."""
    return {
        "id": "R2QW6H",
        "title": "Held at the akimat",
        "kind": "incident",
        "region": region,
        "locality": "Almaty",
        "date_start": date,
        "date_end": date,
        "date_precision": "day",
        "violation_primary": violation,
        "affected_groups": [["journalist"]] if groups is None else groups,
        "affected_role": ["a blogger"],
        "perpetrators_type": ["police"],
        "outcomes_status": ["fined"],
        "outcomes_party": ["affected"],
        "assertion": "alleged",
        "people_counted": True,
    }


def made(*records: dict[str, Any], least: int = 3) -> tuple[AnonymityPlan, list[dict[str, Any]]]:
    """How these records are told, without what stands in no such file."""
    rows = AnonymousRows(least)
    for one in records:
        rows.add(one)
    planned = rows.plan()
    told = list(rows.records(planned, fixed_columns()))
    assert len({one["id"] for one in told}) == len(told)
    told_of = {
        name
        for one in told
        for name, value in one.items()
        if value not in (None, []) and any(value if isinstance(value, list) else [value])
    }
    assert told_of <= COLUMNS
    return planned, [{name: one[name] for name in COLUMNS - {"id", "version"}} for one in told]


def traits(row: dict[str, Any]) -> str:
    """What a row could be recognised by."""
    return repr(
        [row[name] for name in ("region", "date_start", "date_end", "violation_primary", "affected_groups")]
    )


def test_rows_that_are_enough_stay_as_they_are_but_for_the_day() -> None:
    """And have no reference, words or place beside the region."""
    planned, rows = made(*[record()] * 3)
    assert (planned.told, planned.generalised, planned.left_out) == (3, 0, 0)
    assert (
        rows
        == [
            {
                "region": "KZ-75",
                "date_start": "2024-03",
                "date_end": None,
                "date_precision": "month",
                "violation_primary": "detention.mass",
                "violations": ["detention.mass"],
                "affected_groups": [["journalist"]],
                "kind": "incident",
                "perpetrators_type": ["police"],
                "outcomes_status": ["fined"],
                "outcomes_party": ["affected"],
                "assertion": "alleged",
                "people_counted": True,
            }
        ]
        * 3
    )


def test_rows_that_are_too_few_become_general_together_and_no_others_with_them() -> None:
    """Only in that by which they differ: the type of the violation, the month, the groups, the region, the year."""
    types = [record(violation=one) for one in ("detention.mass", "detention.short_term", "detention")]
    planned, rows = made(*[record(region="KZ-71")] * 3, *types)
    assert (planned.told, planned.generalised, planned.left_out) == (3, 3, 0)
    assert Counter(row["violation_primary"] for row in rows) == {"detention.mass": 3, "detention": 3}
    _, rows = made(record(), record(date="2024-04"), record(date="2024-11-30"))
    assert {(row["date_start"], row["date_precision"]) for row in rows} == {("2024", "year")}
    _, rows = made(record(date="2024-01"), record(date="2024-02"), record())
    assert {(row["date_start"], row["date_end"], row["date_precision"]) for row in rows} == {
        ("2024-01", "2024-03", "range")
    }
    assert {(row["violation_primary"], row["region"]) for row in rows} == {("detention.mass", "KZ-75")}
    _, rows = made(record(), record(groups=[["public"]]), record(groups=[]))
    assert {(row["violation_primary"], row["date_start"]) for row in rows} == {("detention.mass", "2024-03")}
    assert [row["affected_groups"] for row in rows] == [[]] * 3
    _, rows = made(record(), record(region="KZ-71"), record(region=None))
    assert [row["region"] for row in rows] == [None] * 3
    _, rows = made(record(), record(date="2023-01"), record(date=None))
    assert {(row["date_start"], row["date_precision"]) for row in rows} == {(None, "unknown")}
    _, rows = made(record(), record(violation="assembly.dispersed"), record(violation="return.deported"))
    assert [row["violation_primary"] for row in rows] == [None] * 3


def test_the_order_that_leaves_most_is_kept_and_told() -> None:
    """Here the region stays and the date goes: six rows in each of two regions, and all in years of their own."""
    rows = AnonymousRows(3)
    for region in ("KZ-75", "KZ-71"):
        for year in range(2018, 2024):
            rows.add(record(region, str(year), groups=[]))
    planned = rows.plan()
    assert (planned.told, planned.generalised, planned.left_out) == (0, 12, 0)
    told = list(rows.records(planned, fixed_columns()))
    assert Counter(row["region"] for row in told) == {"KZ-75": 6, "KZ-71": 6}
    kept = rows.kept(planned)
    assert kept["percent"] == {
        "region": {"region": 100},
        "date": {"blank": 100},
        "category": {"type": 100},
        "groups": {"blank": 100},
    }
    assert kept["order"][-1] == "date"


def test_known_cases_do_not_lose_their_region_in_every_row() -> None:
    """The acceptance cases, nearly all unlike each other."""
    rows = AnonymousRows(5)
    for case in CASES:
        groups = [one["groups"] for one in case["affected"]]
        rows.add(record(case["place"]["region"], case["date"]["start"], case["violation_primary"], groups))
    planned = rows.plan()
    told = [one for one in planned.shown.values() if one is not None]
    shown = rows.kept(planned)["percent"]
    assert planned.told + planned.generalised + planned.left_out == len(CASES)
    assert any(one.region for one in told), shown


def test_what_is_too_few_in_the_end_has_no_row() -> None:
    """It is only counted."""
    planned, rows = made(*[record()] * 2)
    assert (planned.told, planned.generalised, planned.left_out, rows) == (0, 0, 2, [])


@given(
    st.lists(st.builds(record, REGIONS, MONTHS, VIOLATIONS, GROUPS), max_size=40),
    st.integers(3, 6),
    st.randoms(use_true_random=False),
)
def test_no_row_is_alone_whatever_is_told(records: list[dict[str, Any]], least: int, chance: Any) -> None:
    """Each row has at least k like it, all are accounted for, and the order in which they came is not told."""
    planned, rows = made(*records, least=least)
    assert all(number >= least for number in Counter(map(traits, rows)).values())
    assert planned.told + planned.generalised == len(rows)
    assert len(rows) + planned.left_out == len(records)
    assert planned.left_out < least or not records
    chance.shuffle(records)
    assert made(*records, least=least) == (planned, rows)


@pytest.mark.parametrize("format_", [name for name, one in FORMATS.items() if not one.of_reporters])
async def test_every_format_tells_anonymous_rows_without_words_and_references(
    bench: Bench, format_: str
) -> None:
    """Whatever it unpacks to; a report that has nothing like it is not there."""
    request, extent = ExportRequest.read(format_, filters="anonymous=3"), PartLimit()
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        alike = [await approve(bench, unit, moderator, written=FULL) for _ in range(3)]
        other = await approve(bench, unit, moderator, written={**FULL, "region": Chosen(("KZ-10",))})
        content = b"".join([piece async for piece in exports.stream(reads_in(unit), request, extent=extent)])
    assert (extent.rows, extent.generalised, extent.left_out) == (3, 0, 1)
    written = unpacked(content)
    assert b"detention.mass" in written or b"Mass detentions" in written
    for word in (*(one.ref for one in (*alike, other)), "Journalists held", "Two were held", "Dala", "KZ-10"):
        assert (word.encode() in written) is (word == "KZ-10" and format_ in WITH_LISTS), word


def unpacked(content: bytes) -> bytes:
    """The bytes of a file, and of what is packed in it."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join(unpacked(archive.read(name)) for name in archive.namelist())


def test_an_anonymous_export_of_what_has_changed_is_refused() -> None:
    """What two files do not share is few."""
    with pytest.raises(WrongArgument):
        ExportRequest.read("csv", filters="anonymous=5;changed=last")
    for few in ("2", "x", "", "101", "0050000"):
        with pytest.raises(WrongArgument):
            ExportRequest.read("csv", filters=f"anonymous={few}")
