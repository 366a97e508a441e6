"""Units of work: what is due is destroyed a little at a time."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import retention
from bot.app.work import Work
from bot.store import message_slots, sent_messages, vault
from bot.store import message_slots as shelves
from bot.store.unit import UnitOfWork
from db.models import Erasure, Report, SeenUpdate, SentMessage
from tests.bench import Bench, count


class Watch:
    """How many reports with content and ids of updates are left after each transaction that writes."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self._write, self._read = bench.database.write, bench.database.read
        self.left: list[tuple[int, int]] = []
        monkeypatch.setattr(bench.database, "write", self.write)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """As `Database.write`."""
        async with self._write() as session:
            yield session
        async with self._read() as session:
            kept = select(func.count()).where(Report.data_key_id.is_not(None))
            seen = select(func.count()).select_from(SeenUpdate)
            self.left.append((await session.scalar(kept) or 0, await session.scalar(seen) or 0))


async def test_no_transaction_of_a_sweep_destroys_more_than_a_few_rows(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for an answer waits for one of them at most; where nothing is due nothing is written at all."""
    reports, updates = 2 * retention.REPORTS_AT_ONCE + 3, 2 * retention.ROWS_AT_ONCE + 3
    async with bench.write() as unit:
        for _ in range(reports):
            await bench.submit(unit)
        unit.session.add_all(SeenUpdate(id=number, hour=unit.hour) for number in range(updates))
    bench.later(24 * bench.settings.report_days + 1)
    work = Work(bench.settings, bench.database, lambda: bench.now, safe=bench.safe)
    watch = Watch(bench, monkeypatch)
    swept = await work.destroy_due()
    assert (swept.numbers["reports"], swept.numbers["seen_updates"]) == (reports, updates)
    assert watch.left[-1] == (0, 0)
    numbers = zip([(reports, updates), *watch.left], watch.left, strict=False)
    gone = [(before[0] - after[0], before[1] - after[1]) for before, after in numbers]
    assert max(reports for reports, _ in gone) <= retention.REPORTS_AT_ONCE
    assert max(updates for _, updates in gone) <= retention.ROWS_AT_ONCE
    watch.left.clear()
    assert set((await work.destroy_due()).numbers.values()) == {0}
    assert watch.left == []


async def test_what_cannot_be_destroyed_keeps_back_nothing_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a kind that is not found those behind it, nor a report that fails the others of its kind."""

    async def fail(_unit: UnitOfWork, _limit: int) -> list[str]:
        raise ValueError("a word of somebody's")

    async def fail_of_one(unit: UnitOfWork, ids: Sequence[str]) -> int:
        if stubborn in ids:
            raise LookupError("another")
        return await whole.act(unit, ids)

    async with bench.write() as unit:
        reports = [(await bench.submit(unit)).report for _ in range(12)]
        stubborn = sorted(report.id for report in reports)[5]
    bench.later(24 * bench.settings.report_days + 1)
    whole = retention.STEPS["reports"]
    broken = {
        "claims": replace(retention.STEPS["claims"], find=fail),
        "reports": replace(whole, act=fail_of_one),
    }
    monkeypatch.setattr(retention, "STEPS", {**retention.STEPS, **broken})
    work = Work(bench.settings, bench.database, lambda: bench.now, safe=bench.safe)
    swept = await work.destroy_due()
    async with bench.read() as unit:
        left = (await unit.session.scalars(select(Report.id).where(Report.data_key_id.is_not(None)))).all()
    assert (left, swept.numbers["reports"], swept.is_done) == ([stubborn], 11, True)
    assert [type(error) for error in swept.failures] == [ValueError, LookupError]
    assert "what is due of claims was not destroyed: ValueError in fail" in caplog.text
    assert "a word" not in caplog.text


async def test_what_is_destroyed_while_the_log_is_emptied_twice_is_remembered(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep and the job that waits for it can both be at it: whoever is late takes nothing away that it did not see gone."""
    work = Work(bench.settings, bench.database, lambda: bench.now, safe=bench.safe)
    empty = bench.database.truncate_log

    async def late() -> bool:
        monkeypatch.setattr(bench.database, "truncate_log", empty)
        emptied = await empty()
        assert await work.finish_erasures()
        async with bench.write() as unit:
            vault.note_erasure(unit)
        return emptied

    async with bench.write() as unit:
        vault.note_erasure(unit)
    monkeypatch.setattr(bench.database, "truncate_log", late)
    assert await work.finish_erasures()
    async with bench.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Erasure)) == 1


async def held(bench: Bench) -> int:
    """Bytes of SQLite's whole file, or of PostgreSQL's for the ids of messages."""
    query = "SELECT pg_table_size('sent_messages')"
    if bench.database.is_sqlite:
        query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    async with bench.read() as unit:
        return int(await unit.session.scalar(text(query)) or 0)


async def test_the_space_of_a_crowd_is_given_back_a_few_pages_at_a_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once its messages are forgotten, nearly all of it goes; what others still have to delete is found."""
    crowd, late = [secrets.token_bytes(32) for _ in range(20)], b"1" * 32
    async with bench.write() as unit:
        for number in range(1, 21):
            for chat in crowd:
                sent_messages.note(unit, chat, number)
        await sent_messages.write(unit)
        while await shelves.size(unit) < 10 * shelves.SHELF:
            await message_slots.grow(unit)
    full = await held(bench)
    bench.later(sent_messages.MESSAGE_HOURS + 1)
    async with bench.write() as unit:
        sent_messages.note(unit, late, 7)
    given: list[int] = []
    pages = retention.STEPS["pages"]

    async def note(unit: UnitOfWork, found: Sequence[int]) -> int:
        given.append(len(found))
        return await pages.act(unit, found)

    monkeypatch.setattr(retention, "STEPS", {**retention.STEPS, "pages": replace(pages, act=note)})
    work = Work(bench.settings, bench.database, lambda: bench.now, safe=bench.safe)
    while not (await work.destroy_due()).is_done:
        assert await work.finish_erasures()
    assert await held(bench) < full / 2
    assert max(given, default=0) <= retention.ROWS_AT_ONCE
    async with bench.write() as unit:
        assert await shelves.size(unit) == shelves.SHELF == await count(unit, SentMessage)
        assert (await sent_messages.take(unit, late)).ids == [7]
