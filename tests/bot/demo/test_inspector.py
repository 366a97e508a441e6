"""Behind the chats stand the rows as they are stored, and a clock that makes things expire."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app.wiring import Bot
from bot.app.work import Work
from bot.demo.backfill import backfill
from bot.demo.folder import TOKEN, USERNAME, DemoFolder, MovableClock
from bot.demo.page import ROWS_SHOWN, DemoInspector, cell
from bot.demo.running import running
from bot.form.answers import Answer, Chosen
from bot.local_api.server import LocalBotApi
from bot.reports.states import Status
from bot.store import drafting
from bot.store.unit import REPORT_FORM
from db.models import DataKey, DraftRow, Erasure, Report
from tests.bench import text
from tests.bot.demo.conftest import new_folder, standing_clock, work_in

STORY = "Planted story: the lamp beside the blue gate"
CHAT = 1001


@pytest.fixture(scope="module")
def filled(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's folder with reports and a draft, to be copied: to make them takes longer than most of these tests."""
    made = new_folder(migrated_file, tmp_path_factory.mktemp("filled"))

    async def fill() -> None:
        async with work_in(made, standing_clock()) as work:
            await backfill(work, 30)
            await begin_draft(work)

    asyncio.run(fill())
    return made.path


@pytest.fixture
def filled_folder(filled: Path, tmp_path: Path) -> DemoFolder:
    """A copy of it."""
    shutil.copytree(filled, tmp_path / "filled")
    return DemoFolder(tmp_path / "filled")


@pytest.fixture
async def bot(filled_folder: DemoFolder, clock: MovableClock) -> AsyncIterator[Bot]:
    """The running bot on a database with reports and a draft."""
    api = LocalBotApi({TOKEN: USERNAME}, clock.seconds)
    await api.start()
    settings = filled_folder.settings(api.url)
    async with running(settings, lambda: clock.local(settings.zone)) as made:
        yield made
    await api.stop()


@pytest.fixture
def inspector(bot: Bot, clock: MovableClock) -> DemoInspector:
    """The bot's inspector."""
    made = DemoInspector(clock, bot.settings.zone)
    made.bot = bot
    return made


async def begin_draft(work: Work) -> None:
    """A report that is being told."""
    async with work.write() as unit:
        filling = await drafting.start(unit, unit.safe.pseudonyms.chat(CHAT), REPORT_FORM, "ru")
        roles = filling.form.by_role
        answers: dict[str, Answer] = {
            roles["consent_store"].path: Chosen(("yes",)),
            roles["story"].path: text(STORY),
        }
        filling.draft = replace(filling.draft, answers=answers)
        drafting.save(unit, filling)


async def test_the_rows_are_those_of_the_database_and_the_newest_come_first(
    bot: Bot, inspector: DemoInspector
) -> None:
    """So many at most, with how many there are; a table without rows is left out."""
    tables = {rows.table: rows for rows in await inspector.tables()}
    reports = tables["reports"]
    assert reports.total == 30
    assert len(reports.rows) == ROWS_SHOWN
    assert "failed_updates" not in tables
    async with bot.work.read() as unit:
        newest = (
            await unit.session.scalars(select(Report.id).order_by(Report.submitted_hour.desc()))
        ).first()
    first = dict(zip(reports.columns, reports.rows[0], strict=True))
    assert first["id"] == newest
    assert tables["moderators"].total == 3


async def test_what_is_looked_for_stands_first(inspector: DemoInspector) -> None:
    """The reports before all other tables, and in each what is sealed before the rest; hashes are no content."""
    tables = await inspector.tables()
    assert tables[0].table == "reports"
    assert tables[0].columns[:2] == ("content", "notes")
    columns = {rows.table: rows.columns for rows in tables}
    assert columns["drafts"][:4] == ("state", "prompt", "address", "id")
    assert columns["moderators"][:2] == ("address", "preferences")


async def test_stories_and_names_are_sealed(inspector: DemoInspector) -> None:
    """The draft is there, and its words are not, as text or as digits."""
    tables = {rows.table: rows for rows in await inspector.tables()}
    (draft,) = tables["drafts"].rows
    state = dict(zip(tables["drafts"].columns, draft, strict=True))["state"]
    assert state.endswith(")")
    shown = "\n".join(value for rows in tables.values() for row in rows.rows for value in row)
    for word in STORY.split():
        if len(word) > 5:
            assert word not in shown
            assert word.encode().hex() not in shown
    assert str(CHAT) not in shown.split()


def test_a_cell_is_shown_as_it_stands() -> None:
    """Bytes as digits, long ones cut with their length."""
    assert cell(None) == ""
    assert cell(7) == "7"
    assert cell("new") == "new"
    assert cell(b"\x00\xff") == "00ff"
    assert cell(bytes(32)) == "0" * 24 + "… (32)"


async def test_ninety_days_destroy_drafts_and_rejected_reports(
    bot: Bot, inspector: DemoInspector, clock: MovableClock
) -> None:
    """With their keys, and nothing of them stays in the log; what is approved stays."""
    before = clock.seconds()
    told = await inspector.now()
    async with bot.work.read() as unit:
        (draft,) = (await unit.session.scalars(select(DraftRow))).all()
        rejected = await _rejected(bot)
        held = await unit.session.scalars(select(Report).where(Report.status == Status.CLAIMED))
        claims = len(held.all())
        assert any(rejected.values())
    assert await inspector.advance(90 * 24) > told
    assert clock.seconds() == before + 90 * 24 * 3600
    gone = inspector.expired()
    assert gone["drafts"] == 1
    assert gone["claims"] == claims > 0
    assert gone["contents"] >= sum(rejected.values())
    await inspector.advance(1)
    assert set(inspector.expired().values()) == {0}
    async with bot.work.read() as unit:
        assert (await unit.session.scalars(select(DraftRow))).all() == []
        keys = set(await unit.session.scalars(select(DataKey.id)))
        assert draft.data_key_id not in keys
        assert not any((await _rejected(bot)).values())
        approved = select(Report).where(Report.status == Status.APPROVED, Report.data_key_id.is_not(None))
        assert (await unit.session.scalars(approved)).first() is not None
        assert (await unit.session.scalars(select(Erasure))).all() == []
    assert bot.work.clock().timestamp() == clock.seconds() == before + (90 * 24 + 1) * 3600


async def _rejected(bot: Bot) -> dict[str, bool]:
    """Of each rejected report, whether something of it is left."""
    async with bot.work.read() as unit:
        found = await unit.session.scalars(select(Report).where(Report.status == Status.REJECTED))
        return {report.ref: report.content is not None for report in found}


async def test_the_clock_is_kept_and_a_claim_ends_by_it(
    filled_folder: DemoFolder, bot: Bot, clock: MovableClock
) -> None:
    """After twelve hours nobody holds a report any more."""
    inspector = DemoInspector(clock, bot.settings.zone, filled_folder.keep_hours_ahead)
    inspector.bot = bot
    await inspector.advance(13)
    assert filled_folder.hours_ahead() == 13
    async with bot.work.read() as unit:
        held = await unit.session.scalars(select(Report).where(Report.status == Status.CLAIMED))
        assert held.all() == []


async def test_before_the_bot_runs_there_are_no_rows_but_a_time(
    clock: MovableClock, folder: DemoFolder
) -> None:
    """The page may ask as soon as it is served."""
    inspector = DemoInspector(clock, folder.settings("http://127.0.0.1:1").zone)
    assert list(await inspector.tables()) == []
    assert await inspector.now() == "2025-11-24T21:00:00+05:00"
    assert await inspector.advance(24) == "2025-11-25T21:00:00+05:00"
