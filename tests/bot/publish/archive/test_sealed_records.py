"""Exports of sealed reports: public versions as before, of the others numbers alone."""

import re
from collections.abc import Mapping

import pytest

from bot.publish import open_data
from bot.publish.country_update import service as country_update_service
from bot.publish.country_update.request import UpdateRequest
from bot.publish.export import exports
from bot.publish.export.formats import FORMATS
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ExportScope, Faulty, Period, faulty, statistics
from bot.publish.statistics import PeriodLength, figures
from bot.reports.states import Consent
from bot.store import archive_keys, vault
from bot.store.unit import UnitOfWork
from db.models import Report
from tests.bench import Bench, reads_in, text
from tests.bot.publish.export import registered
from tests.bot.publish.export.published import FULL, approve
from tests.bot.reports.archive.sealed import prepare, sealed_now

STORY = "Three people unrolled a poster at the akimat"


async def publish(bench: Bench) -> Mapping[str, Report]:
    """An approved report of each consent, with all that a version can say."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        return {one: await approve(bench, unit, moderator, one, FULL, story=text(STORY)) for one in Consent}


async def exported(unit: UnitOfWork, scope: ExportScope = ExportScope.PUBLIC) -> Mapping[str, bytes]:
    """The export of each format."""
    found = {}
    for name in FORMATS:
        pieces = exports.stream(reads_in(unit), ExportRequest.read(name), scope)
        content = b"".join([piece async for piece in pieces])
        found[name] = re.sub(rb"uuid:[0-9a-f-]{36}", b"", content)
    return found


async def counted(unit: UnitOfWork) -> list[object]:
    """All numbers that leave, and a country update."""
    update = await country_update_service.composed(
        unit, UpdateRequest.read("2024-01", "2024-12", "ru", "docx")
    )
    told = [await figures(unit, PeriodLength.WEEKS), await statistics(unit, Period())]
    return [*told, await open_data.tally(unit, 2024), str(update)]


async def test_what_is_public_leaves_as_before_the_sealing(bench: Bench) -> None:
    """In each format byte for byte, in a country update, and in every number."""
    await prepare(bench)
    await publish(bench)
    async with bench.read() as unit:
        before, numbers = await exported(unit), await counted(unit)
    assert await sealed_now(bench) == 3
    async with bench.read() as unit:
        assert await exported(unit) == before
        assert await counted(unit) == numbers
        assert await faulty(unit, Period(), told=True) == Faulty([], [])


async def test_what_may_not_be_public_leaves_no_row(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Of what is shared only rows that may be public are left, and none counts as damaged."""
    await prepare(bench)
    found = await publish(bench)
    await sealed_now(bench)
    async with bench.read() as unit:
        trusted = (await exported(unit, ExportScope.TRUSTED))["jsonl"].decode()
        stories = (await exported(unit, ExportScope.STORIES))["jsonl"].decode()
    assert [found[one].ref in trusted for one in Consent] == [True, False, False]
    assert stories == ""
    assert caplog.messages == []


async def test_a_record_whose_story_alone_is_sealed_leaves_without_error(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """One whose words were sealed while a correction of its public version is still open."""
    await prepare(bench)
    found = await publish(bench)
    async with bench.write() as unit:
        report = await unit.session.get_one(Report, found[Consent.SHARE].id)
        to = await archive_keys.ready_recipients(unit)
        await vault.open_keys(unit, [report.data_key_id])
        await archive_keys.seal_keys(unit, report.ref, [str(report.data_key_id)], to)
    async with bench.read() as unit:
        assert (await exported(unit, ExportScope.STORIES))["jsonl"] == b""
        assert await faulty(unit, Period(), told=True) == Faulty([], [])
    assert caplog.messages == []


async def test_an_export_of_changes_takes_no_sealing_for_one(bench: Bench) -> None:
    """No recipient is told to delete a record, or to replace it."""
    await prepare(bench)
    reports = await registered.reports(bench, 2)
    assert len(await registered.made(bench, "jsonl")) == 2
    assert await sealed_now(bench) == 2
    assert await registered.made(bench, "jsonl", "changed=1") == []
    await registered.withdraw(bench, reports[0])
    order = await registered.begin(bench, "jsonl", "changed=1")
    await registered.part(bench, order)
    assert (await registered.manifest(bench, order.number))["gone"] == [reports[0].ref]
