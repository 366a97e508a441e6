"""The audit log's head in the administrators' chats."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bot.app import operator_keys
from bot.chat.renderer import Renderer
from bot.desk.notices import chat as notices_chat
from bot.desk.notices.jobs import HOURS_BETWEEN, enqueue_head, tell_head_once
from bot.desk.people import service as people_service
from bot.reports.states import Consent
from bot.store import audit
from bot.store.file_store import FolderStore
from bot.store.files import STORED
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import AuditEntry, File, Moderator
from tests.bench import Bench, approve_proposal
from tests.bot.chat.chats import TEXTS
from tests.conftest import sqlite_url


@pytest.fixture(autouse=True)
def _head(bench: Bench, tmp_path: Path) -> None:
    bench.settings = bench.settings.model_copy(
        update={"audit_head": tmp_path / "audit.head", "database_url": bench.database.url}
    )


async def told(bench: Bench) -> list[Call]:
    """What is owed at this hour."""
    async with bench.write() as unit:
        outbox = Outbox(unit)
        await enqueue_head(notices_chat.Post(Renderer(TEXTS), unit, outbox))
        return [Call.load(unit.safe.ring, row) for row in outbox.rows]


async def test_administrators_are_told_the_head_once_a_day(bench: Bench) -> None:
    """Silently, in one short line that names nothing; moderators are not."""
    async with bench.write() as unit:
        await bench.moderator(unit, "Aspan", people_service.ADMIN)
        await bench.moderator(unit, "Teniz")
        head = await audit.head(unit)
    assert await told(bench) == []
    bench.later(HOURS_BETWEEN)
    (call,) = await told(bench)
    assert call.params["text"] == TEXTS.text("ru", "moderator.audit.head", {"head": head.short()})
    assert call.params["disable_notification"] is True
    assert await told(bench) == []
    bench.later(HOURS_BETWEEN)
    (again,) = await told(bench)
    assert again.params["text"] != call.params["text"]


async def test_a_cut_is_told_with_it(bench: Bench) -> None:
    """How many entries are missing since the head was written down."""
    async with bench.write() as unit:
        await bench.moderator(unit, "Aspan", people_service.ADMIN)
        await bench.moderator(unit, "Teniz")
        await audit.update_head(unit)
    async with bench.write() as unit:
        await unit.session.execute(delete(AuditEntry).where(AuditEntry.id > 2))
    bench.later(HOURS_BETWEEN)
    (call,) = await told(bench)
    assert TEXTS.text("ru", "moderator.audit.cut", {"n": 2}) in call.params["text"]


async def test_nobody_is_told_without_administrators_or_entries(bench: Bench) -> None:
    """And nothing is noted then."""
    bench.later(HOURS_BETWEEN)
    assert await told(bench) == []
    async with bench.write() as unit:
        await bench.moderator(unit)
    bench.later(HOURS_BETWEEN)
    assert await told(bench) == []


async def test_a_changed_consent_is_told_with_it(bench: Bench, tmp_path: Path) -> None:
    """Of all that is public, once a day, outside any transaction that others wait for; a lost key keeps back no head."""
    owed: list[str] = []

    async def enqueue(act: Callable[[UnitOfWork, Outbox], Awaitable[None]]) -> None:
        async with bench.write() as unit:
            outbox = Outbox(unit)
            await act(unit, outbox)
            owed.extend(Call.load(unit.safe.ring, row).params["text"] for row in outbox.rows)

    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Aspan", people_service.ADMIN)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        report.consent_use = Consent.SHARE
    store = FolderStore(tmp_path / "files")
    notice = partial(tell_head_once, bench.read, enqueue, Renderer(TEXTS), store)
    for _ in range(2):
        bench.later(HOURS_BETWEEN)
        await notice()
        await notice()
    assert len(owed) == 2
    assert all(report.ref in text for text in owed)
    bench.change_ring()
    async with bench.write() as unit:
        (await unit.session.get_one(Moderator, moderator.id)).address = unit.safe.ring.seal(
            b"7", f"moderators.address:{moderator.id}"
        )
    bench.later(HOURS_BETWEEN)
    await notice()
    assert (len(owed), report.ref in owed[-1]) == (3, False)


async def test_a_changed_log_is_told_with_rows_that_the_bot_did_not_write(
    bench: Bench, tmp_path: Path
) -> None:
    """Once a day."""

    async def enqueue(act: Callable[[UnitOfWork, Outbox], Awaitable[None]]) -> None:
        async with bench.write() as unit:
            await act(unit, Outbox(unit))

    async with bench.write() as unit:
        await bench.moderator(unit, "Aspan", people_service.ADMIN)
        await unit.session.execute(update(AuditEntry).where(AuditEntry.id == 1).values(actor="x"))
    bench.later(HOURS_BETWEEN)
    await tell_head_once(bench.read, enqueue, Renderer(TEXTS), FolderStore(tmp_path / "files"))
    assert bench.safe.foreign == {"audit_log"}


async def test_what_is_lost_is_told_with_it(
    bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Files that the store lacks, damage of the database, and the file of the head: each in a line, and what helps in the log."""
    owed: list[str] = []

    async def enqueue(act: Callable[[UnitOfWork, Outbox], Awaitable[None]]) -> None:
        async with bench.write() as unit:
            outbox = Outbox(unit)
            await act(unit, outbox)
            owed.extend(Call.load(unit.safe.ring, row).params["text"] for row in outbox.rows)

    async with bench.write() as unit:
        await bench.moderator(unit, "Aspan", people_service.ADMIN)
        report = (await bench.submit(unit)).report
        row = File(
            id="a" * 32,
            data_key_id=report.data_key_id,
            status=STORED,
            kind="photo",
            attempts=1,
            meta=b"",
            hour=0,
        )
        unit.session.add(row)
        await operator_keys.require_ours(unit)
    store = FolderStore(tmp_path / "files")
    await store.put("a" * 32, bytes(40))
    notice = partial(tell_head_once, bench.read, enqueue, Renderer(TEXTS), store)
    lines = [
        TEXTS.text("ru", f"moderator.audit.{one}", {"n": 1}) for one in ("files_lost", "head_gone", "damaged")
    ]
    bench.later(HOURS_BETWEEN)
    await notice()
    assert [one in owed[-1] for one in lines] == [False, False, False]
    await store.remove("a" * 32)
    (tmp_path / "audit.head").unlink()
    bench.later(HOURS_BETWEEN)
    await notice()
    assert [one in owed[-1] for one in lines] == [True, True, False]
    assert "1 files that the database knows are lost. Run: python -m bot check" in caplog.text
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database at all" * 99)
    bench.settings = bench.settings.model_copy(update={"database_url": sqlite_url(damaged)})
    bench.later(HOURS_BETWEEN)
    await notice()
    assert [one in owed[-1] for one in lines] == [True, True, True]
    assert "python -m bot restore BACKUP" in caplog.text
