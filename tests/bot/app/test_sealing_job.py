"""Decided reports are sealed in the background, a few at a time."""

from sqlalchemy import update

from bot.app.jobs import SEAL_REST, Sealing
from bot.app.work import Work
from bot.reports import archive as archive_service
from bot.reports.archive import Progress
from db.models import Report
from tests.bench import Bench
from tests.bot.reports.archive.sealed import prepare, reject
from tests.bot.reports.talking import begun


async def test_what_was_decided_before_there_were_recipients_is_sealed_with_rests_between(
    bench: Bench,
) -> None:
    """Nothing until they have answered. A pass ends without a pause of its own, and the next one begins anew."""
    for _ in range(archive_service.AT_ONCE + 1):
        await reject(await begun(bench))
    before = Sealing(Work(bench.settings, bench.database, lambda: bench.now, safe=bench.safe))
    assert await before.once() is None
    await prepare(bench)
    sealing = Sealing(Work(bench.settings, bench.database, lambda: bench.now, safe=bench.safe))
    for left, is_end in ((1, False), (0, True), (0, True)):
        pause = await sealing.once()
        assert (pause is None) is is_end
        assert is_end or (pause or 0) >= SEAL_REST
        async with bench.read() as unit:
            assert await archive_service.progress(unit) == Progress(
                archive_service.AT_ONCE + 1 - left, left, 0
            )
    assert sealing.work.erasing.is_set()  # the log still holds the keys
    await reject(await begun(bench))
    assert await sealing.once() is None
    async with bench.read() as unit:
        assert (await archive_service.progress(unit)).left == 0


async def test_a_row_that_the_bot_did_not_write_is_told_once_an_hour(bench: Bench) -> None:
    """It is not sealed: who changed its consent would choose what stays open. Others are."""
    await prepare(bench)
    talk = await begun(bench)
    await reject(talk)
    async with bench.write() as unit:
        await unit.session.execute(update(Report).values(consent_use="statistics_only"))
    await reject(await begun(bench))
    sealing = Sealing(Work(bench.settings, bench.database, lambda: bench.now, safe=bench.safe))
    await sealing.once()
    assert bench.safe.foreign == {"reports"}
    bench.safe.foreign.clear()
    await sealing.once()
    assert bench.safe.foreign == set()
    bench.later(1)
    await sealing.once()
    assert bench.safe.foreign == {"reports"}
    async with bench.read() as unit:
        assert await archive_service.progress(unit) == Progress(1, 1, 0)
