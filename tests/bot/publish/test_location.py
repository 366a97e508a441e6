"""A reporter's point becomes public only rounded, and only where a moderator says how much."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.answers import Answer, Chosen, GeoPoint
from bot.publish import versions
from bot.publish.export import exports
from bot.publish.location import rounded
from bot.reports import claims, withdrawal
from bot.store.unit import UnitOfWork
from db.models import DataKey, Report
from tests.bench import Bench, approve_proposal, text

EXACT = GeoPoint(43.238567, 76.945123)


@given(st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 2))
def test_a_rounded_point_is_as_far_off_as_its_decimals_say(
    latitude: float, longitude: float, decimals: int
) -> None:
    """Never more than half a unit off, and it has no further digits."""
    point = rounded(GeoPoint(latitude, longitude), decimals)
    for exact, coarse in ((latitude, point.latitude), (longitude, point.longitude)):
        assert abs(exact - coarse) <= 0.5 * 10**-decimals + 1e-9
        assert round(coarse, decimals) == coarse


async def proposed(
    bench: Bench, unit: UnitOfWork, report: Report, **written: Answer | None
) -> Mapping[str, str]:
    """The cells of the proposed version."""
    moderator = await bench.moderator(unit, alias=f"M{bench.chats}")
    version = await bench.propose(unit, moderator, report, None, **written)
    said = await versions.content(unit, version)
    assert said is not None
    await claims.release(unit, moderator, report)
    return {
        column.name: cell
        for column, _, cell in await exports.preview(unit, report, version.version, said, "ru")
    }


async def filed(bench: Bench, unit: UnitOfWork) -> Report:
    """A full report with a point."""
    return (await bench.submit(unit, depth=Chosen(("full",)), place=EXACT)).report


@pytest.mark.parametrize(
    ("code", "cells"),
    [
        ("10km", {"latitude": "43.2", "longitude": "76.9", "within_km": "10"}),
        ("1km", {"latitude": "43.24", "longitude": "76.95", "within_km": "1"}),
        ("none", {}),
    ],
)
async def test_a_moderator_decides_how_exact_the_public_place_is(
    bench: Bench, code: str, cells: Mapping[str, str]
) -> None:
    """The row has the rounded point and how far off it may be, or nothing of it."""
    async with bench.write() as unit:
        row = await proposed(bench, unit, await filed(bench, unit), place_share=Chosen((code,)))
    names = ("latitude", "longitude", "within_km")
    assert {name: row[name] for name in names if name in row} == cells


async def test_nobody_s_decision_publishes_nothing(bench: Bench) -> None:
    """An edit that does not speak of the place leaves it sealed."""
    async with bench.write() as unit:
        row = await proposed(bench, unit, await filed(bench, unit))
    assert "latitude" not in row


async def test_a_later_version_can_only_be_coarser_once_the_report_is_gone(bench: Bench) -> None:
    """The exact point goes with the raw report; what was public can still be coarsened."""
    async with bench.write() as unit:
        report = await filed(bench, unit)
        moderator = await bench.moderator(unit)
        await bench.propose(unit, moderator, report, None, place_share=Chosen(("10km",)))
        await approve_proposal(unit, moderator, report)
        await withdrawal.erase(unit, [report], public_too=False)
        await claims.correct(unit, moderator, report)
        await bench.propose(unit, moderator, report)
        await claims.release(unit, moderator, report)
        finer = await proposed(bench, unit, report, place_share=Chosen(("1km",)))
        assert (finer["latitude"], finer["longitude"], finer["within_km"]) == ("43.2", "76.9", "10")
        coarser = await proposed(bench, unit, report, place_share=Chosen(("100km",)))
        assert (coarser["latitude"], coarser["longitude"], coarser["within_km"]) == ("43.0", "77.0", "100")
        again = await proposed(bench, unit, report, place_share=Chosen(("10km",)))
        assert (again["latitude"], again["within_km"]) == ("43.0", "100")


async def test_a_report_whose_key_left_the_ring_can_still_be_corrected(bench: Bench) -> None:
    """Its public version is sealed under another key; the place stays as it was."""
    async with bench.write() as unit:
        report = await filed(bench, unit)
        moderator = await bench.moderator(unit)
        await bench.propose(unit, moderator, report, None, place_share=Chosen(("10km",)))
        await claims.release(unit, moderator, report)
        assert report.data_key_id is not None
        key = await unit.session.get(DataKey, report.data_key_id)
        assert key is not None
        key.wrapped = unwrappable(key.wrapped)
        unit.keys.clear()
        row = await proposed(bench, unit, report, title=text("Corrected"))
    assert (row["title"], row["latitude"], row["within_km"]) == ("Corrected", "43.2", "10")


def unwrappable(wrapped: bytes) -> bytes:
    """As wrapped by a key that nobody has."""
    return wrapped.replace(b"k1", b"k0", 1)


async def test_a_place_that_was_not_published_can_be_later(bench: Bench) -> None:
    """That the report has a point is looked up at each edit."""
    async with bench.write() as unit:
        report = await filed(bench, unit)
        assert "latitude" not in await proposed(bench, unit, report)
        row = await proposed(bench, unit, report, place_share=Chosen(("1km",)))
    assert row["latitude"] == "43.24"


async def test_a_report_without_a_point_has_no_public_place(bench: Bench) -> None:
    """Whatever a moderator's draft says."""
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        row = await proposed(bench, unit, report, place_share=Chosen(("1km",)))
    assert "latitude" not in row
