"""The endless jobs."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.app import jobs, machine
from bot.app.jobs import Job
from bot.app.wiring import open_work
from bot.app.work import Swept, Work
from bot.chat.renderer import Renderer
from bot.demo import TOKEN, USERNAME, enrol, running, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.reports.talk import chat as talk_chat
from bot.reports.talk import service as talk_service
from bot.store import clocks, drafting, sent_messages, vault
from bot.store.clocks import ClockCheck
from bot.store.unit import REPORT_FORM
from bot.texts import Texts
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from bot.transport.replicas import Alone
from db.engine import Database
from db.models import DataKey, DraftRow, Erasure, Report
from tests.bench import Bench, count


async def nobody() -> None:
    """Nobody wants to be reminded."""


def sweep_job(work: Work, look: Callable[[], Awaitable[ClockCheck]]) -> Job:
    """The row of the sweep, without reminders."""
    sweep = partial(jobs.sweep_once, work, look, nobody, nobody)
    return Job("a sweep failed", sweep, partial(jobs.until_next_sweep, work), leader_only=True)


async def test_the_sweeper_outlives_whatever_a_sweep_fails_of(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged by its kind and place, and the next sweep is done."""
    swept = asyncio.Event()

    async def sweep(_work: Work) -> Swept:
        if not caplog.messages:
            raise RuntimeError("words")
        swept.set()
        return Swept()

    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(Work, "destroy_due", sweep)
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    sweeping = asyncio.create_task(sweep_job(work, look_at(work)).run())
    async with asyncio.timeout(20):
        await swept.wait()
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    assert caplog.messages[0].startswith("a sweep failed: RuntimeError in sweep:")
    assert "words" not in caplog.text
    await work.database.close()


def look_at(work: Work) -> Callable[[], Awaitable[ClockCheck]]:
    """Nobody is told."""

    async def look() -> ClockCheck:
        async with work.write() as unit:
            return await work.look_at_clock(unit)

    return look


@pytest.mark.parametrize("known", [True, False], ids=["Telegram tells the time", "Telegram is silent"])
@pytest.mark.parametrize("begins", [0, 400], ids=["in the middle", "at the start"])
@pytest.mark.parametrize("days", [4, 400])
async def test_drafts_and_reports_outlive_a_clock_that_is_wrong(
    file_url: str, tmp_path: Path, days: int, begins: int, *, known: bool
) -> None:
    """Ten of each, ahead by days or by a year, from the start or after a sweep that was right; then the clock is set right,
    or goes back too far, and they are still there. Once their time is really over, they go."""
    settings = settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url)
    work = await open_work(settings)
    bench = Bench(work.database, work.forms, settings)
    bench.now = datetime.now(settings.zone)
    async with bench.write() as unit:
        for _ in range(10):
            await bench.submit(unit)
            draft = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
            drafting.save(unit, draft)
    assert work.telegram is not None
    real = 0
    seen = [] if begins else [0]
    for off in (*seen, days, days, 0, -4, 0):
        work.clock = lambda off=off: bench.now + timedelta(days=off + real)  # type: ignore[misc]
        if known:
            work.telegram.note_answer((bench.now + timedelta(days=real)).timestamp())
        await jobs.sweep_once(work, look_at(work), nobody, nobody)
        async with work.read() as unit:
            assert (await count(unit, Report), await count(unit, DraftRow), await count(unit, DataKey)) == (
                10,
                10,
                10,
            )
    for real in (4, 400):
        work.telegram.note_answer((bench.now + timedelta(days=real)).timestamp())
        await jobs.sweep_once(work, look_at(work), nobody, nobody)
    async with work.read() as unit:
        assert (await count(unit, DraftRow), await count(unit, DataKey)) == (0, 0)
    await work.database.close()


async def test_what_is_due_is_destroyed_though_nobody_can_be_reminded(file_url: str, tmp_path: Path) -> None:
    """Whatever reminding fails of."""
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    bench = Bench(work.database, work.forms, work.settings)
    bench.now = datetime.now(work.settings.zone)
    async with bench.write() as unit:
        drafting.save(unit, await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru"))
    work.clock = lambda: bench.now + timedelta(hours=work.settings.draft_hours + 1)
    assert work.telegram is not None
    work.telegram.note_answer(work.clock().timestamp())

    async def remind() -> None:
        raise ValueError

    await jobs.sweep_once(work, look_at(work), nobody, remind)
    async with work.read() as unit:
        assert await count(unit, DraftRow) == 0
    await work.database.close()


async def test_a_reply_that_nobody_touches_leaves_its_chat_though_the_clock_is_wrong(
    file_url: str, tmp_path: Path
) -> None:
    """It stands on a phone: its hours are counted by Telegram's time, no sooner and with all that stands there. Where that is not known
    nothing could be deleted. What else is due waits, and nobody is reminded."""
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    bench = Bench(work.database, work.forms, work.settings)
    bench.safe, bench.now = work.safe, datetime.now(work.settings.zone)
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        chat_id, chat_hash = bench.new_chat()
        reply = await talk_service.begin(unit, chat_hash, report, "ru", ())
        sent_messages.note(unit, chat_hash, 5)
        for one in (reply, await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")):
            drafting.save(unit, one)
            drafting.keep_address(unit, one, chat_id)
    gone, called = set[int](), list[str]()

    async def put_away() -> None:
        called.append("put away")
        async with work.write() as unit:
            outbox = Outbox(unit)
            await talk_chat.put_away(Renderer(Texts(("ru",))), unit, outbox)
            await outbox.write()
            gone.update(number for row in outbox.rows for number in Call.load(work.safe.ring, row).doomed)

    async def remind() -> None:
        called.append("reminded")

    async def sweep(hours: float | None) -> set[int]:
        """By a clock that is ahead by more than a year; Telegram says that so many hours have passed, or nothing."""
        work.clock = lambda: bench.now + timedelta(days=400)
        if hours is not None:
            assert work.telegram is not None
            work.telegram.note_answer((bench.now + timedelta(hours=hours)).timestamp())
        await jobs.sweep_once(work, look_at(work), put_away, remind)
        return gone

    hours = work.settings.reply_hours
    assert (await sweep(None), called) == (set(), [])
    assert {*await sweep(hours - 0.1)} == set()
    assert await sweep(hours + 1) == {5}
    assert called == ["put away", "put away"]
    async with work.read() as unit:
        assert [row.kind for row in await unit.session.scalars(select(DraftRow))] == [REPORT_FORM]
        assert await count(unit, Report) == 1
    await work.database.close()


async def test_administrators_are_told_of_a_wrong_clock_and_that_it_is_right_again(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in a message, over HTTP; what the bot stores meanwhile has Telegram's hours. Other moderators are not told."""
    monkeypatch.setattr(jobs, "WRONG_CLOCK_SECONDS", 0.05)
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    settings = settings_in(tmp_path, api.url, poll_seconds=1, database_url=file_url)
    ahead = timedelta()
    async with (
        running(settings, lambda: datetime.now(settings.zone) + ahead) as bot,
        Phone(api.url, 2001, "ru", patience=30) as admin,
        Phone(api.url, 2002, "ru", patience=30) as other,
    ):
        await enrol(bot.work, api.url, 2001, "Dana", "ru", "admin")
        await enrol(bot.work, api.url, 2002, "Aida", "ru", "moderator")
        ahead = timedelta(days=400)
        again = asyncio.create_task(bot.schedule[0].run())
        await admin.wait("Часы сервера, похоже, идут неверно")
        async with bot.work.write() as unit:
            assert abs(unit.now.timestamp() - time.time()) < 60
        ahead = timedelta()
        await admin.wait("Часы сервера снова верны")
        again.cancel()
        assert not [bubble for bubble in other.messages if "Часы" in bubble.text]
    await api.stop()


async def test_a_job_that_is_cancelled_finishes_its_round(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was begun in the database is done before the bot ends."""
    began, may_go_on = asyncio.Event(), asyncio.Event()
    empty = Database.truncate_log

    async def slow(self: Database) -> bool:
        began.set()
        await may_go_on.wait()
        return await empty(self)

    monkeypatch.setattr(Database, "truncate_log", slow)
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    async with work.write() as unit:
        vault.note_erasure(unit)
    emptying = asyncio.create_task(Job("", partial(jobs.empty_log_once, work)).run())
    async with asyncio.timeout(20):
        await began.wait()
    emptying.cancel()
    await asyncio.sleep(0)
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await emptying
    async with work.read() as unit:
        assert not (await unit.session.scalars(select(Erasure))).all()
    await work.database.close()


async def test_claims_end_with_their_hour(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep that ends them, and with them what moderators are shown, comes right after each full hour."""
    swept = asyncio.Event()

    async def sweep(work: Work) -> Swept:
        if work.now().minute == 0:
            swept.set()
        return Swept()

    monkeypatch.setattr(jobs, "AFTER_HOUR_SECONDS", 0.01)
    monkeypatch.setattr(Work, "destroy_due", sweep)
    settings = settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url)
    begun = time.monotonic()
    just_before = datetime(2026, 11, 26, 10, 59, 59, 900_000, tzinfo=settings.zone)
    work = await open_work(settings, lambda: just_before + timedelta(seconds=time.monotonic() - begun))
    sweeping = asyncio.create_task(sweep_job(work, look_at(work)).run())
    async with asyncio.timeout(20):
        await swept.wait()
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    await work.database.close()


async def test_what_was_not_taken_back_is_tried_again(
    file_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure is logged without its words; as long as nothing is due nobody is asked."""
    done = asyncio.Event()

    async def take_back() -> None:
        if not caplog.messages:
            raise RuntimeError("words")
        done.set()

    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    await jobs.put_away_once(work, take_back)
    assert caplog.messages == []
    async with work.write() as unit:
        sent_messages.end(unit, None, b"c" * 32, whole=True)
    failed = "what moderators were shown was not taken back"
    putting = asyncio.create_task(Job(failed, partial(jobs.put_away_once, work, take_back), 0.01).run())
    async with asyncio.timeout(20):
        await done.wait()
    putting.cancel()
    await asyncio.gather(putting, return_exceptions=True)
    assert caplog.messages[0].startswith(f"{failed}: RuntimeError")
    assert "words" not in caplog.text
    await work.database.close()


async def test_only_the_copy_that_keeps_house_sweeps(
    tmp_path: Path, file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others know what it, or the operator, says of the clock."""
    monkeypatch.setattr(jobs, "ELSEWHERE_SECONDS", 0.005)
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    async with work.write() as unit:
        await clocks.confirm(unit, work.clock().timestamp())
    house, looked = Alone(), asyncio.Event()
    house.is_leader = False

    async def look() -> ClockCheck:
        looked.set()
        raise RuntimeError

    sweeping = asyncio.create_task(sweep_job(work, look).run(house))
    async with asyncio.timeout(20):
        await jobs.learn_clock_once(work, house)
        assert work._is_confirmed
        await asyncio.sleep(0.05)
        assert not looked.is_set()
        house.is_leader = True
        await looked.wait()
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    await work.database.close()


def overwrite_end(file: Path) -> None:
    """Damage the last pages of a database."""
    with file.open("r+b") as damaged:
        damaged.seek(-4096 * 8, os.SEEK_END)
        damaged.write(b"\xa5" * 4096 * 8)


async def test_what_is_wrong_with_the_server_is_found_by_its_name(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old backup, a narrow disk, another revision and overwritten pages; none on a server that is well, and none
    without a known backup."""
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    told = list[Sequence[str]]()

    async def tell(ills: Sequence[str]) -> None:
        told.append(ills)

    look = partial(jobs.look_at_server_once, work, tell)
    await look()
    machine.note_backup(work.settings, time.time())
    await look()
    assert told == []
    machine.note_backup(work.settings, time.time() - 9 * 24 * 3600)
    await look()
    assert told[-1] == ["backup"]
    async with work.database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0008'"))
    monkeypatch.setattr(machine, "ROOM", 1 << 60)
    await look()
    assert told[-1] == ["revision", "backup", "space"]
    await work.database.truncate_log()
    overwrite_end(Path(file_url.removeprefix("sqlite+aiosqlite:///")))
    await look()
    assert "damaged" in told[-1]
    await work.database.close()
