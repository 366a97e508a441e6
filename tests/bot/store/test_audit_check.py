"""Whether the audit log is whole, also at its end."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from bot.store import audit
from bot.store.audit import AuditCheck, AuditHead, Cut
from db.models import AuditEntry
from tests.bench import Bench


@pytest.fixture
def bench(bench: Bench, tmp_path: Path) -> Bench:
    """A bench whose head stands in a file of its own."""
    bench.settings = bench.settings.model_copy(update={"audit_head": tmp_path / "audit.head"})
    return bench


async def fill(bench: Bench, number: int) -> AuditHead:
    """So many entries, whose head is kept; it."""
    async with bench.write() as unit:
        await audit.record_all(unit, "Aspan", "claim", [("R00001", str(place)) for place in range(number)])
    async with bench.read() as unit:
        await audit.update_head(unit)
        return await audit.head(unit)


async def cut(bench: Bench, after: int) -> None:
    """Take away what follows an entry."""
    async with bench.write() as unit:
        await unit.session.execute(delete(AuditEntry).where(AuditEntry.id > after))


async def check(bench: Bench, told: AuditHead | None = None) -> AuditCheck:
    """What a check finds."""
    async with bench.read() as unit:
        return await audit.check_log(unit, told)


async def test_a_whole_log_is_told_by_its_head(bench: Bench) -> None:
    """Across the pieces in which it is read; and an empty one is whole."""
    assert await check(bench) == AuditCheck(AuditHead(0, ""), None, [])
    head = await fill(bench, 403)
    found = await check(bench, head)
    assert (found, found.is_whole) == (AuditCheck(head, None, []), True)


async def test_a_cut_tail_is_noticed_by_what_stands_outside_the_database(bench: Bench) -> None:
    """By the file; where that is gone too, by what an administrator was told; the chain itself is whole."""
    head = await fill(bench, 9)
    await cut(bench, 6)
    found = await check(bench, head)
    assert (found.broken_at, found.cuts, found.is_whole) == (
        None,
        [Cut(3, head, False), Cut(3, head, True)],
        False,
    )
    bench.settings.audit_head_file.unlink()
    assert (await check(bench, head)).cuts == [Cut(3, head, True)]
    assert (await check(bench)).is_whole


@pytest.mark.parametrize("place", [1, 200, 201, 400, 402])
async def test_a_change_is_found_in_whatever_piece_it_is(bench: Bench, place: int) -> None:
    """At the ends of pieces too."""
    await fill(bench, 402)
    async with bench.write() as unit:
        await unit.session.execute(update(AuditEntry).where(AuditEntry.id == place).values(detail="other"))
    assert (await check(bench)).broken_at == place


async def test_a_file_that_is_none_is_told(bench: Bench) -> None:
    """Whoever has made it unreadable may have cut the log."""
    await fill(bench, 2)
    bench.settings.audit_head_file.write_text("nonsense")
    found = await check(bench)
    assert (found.unread, found.is_whole, found.broken_at) == (True, False, None)


async def test_others_have_their_turn_while_a_long_log_is_checked(bench: Bench) -> None:
    """Between any two pieces."""
    await fill(bench, 1_100)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await check(bench)
    task.cancel()
    assert turns >= 5
