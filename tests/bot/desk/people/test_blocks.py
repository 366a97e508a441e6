"""Blocks: of whoever floods today, for some days, by hashes that lead nowhere else."""

import pytest
from sqlalchemy import select

from bot.app import retention
from bot.desk.people import service as people_service
from bot.errors import Refusal
from bot.safety.pseudonym import Purpose
from bot.store import allowances
from bot.store.unit import UnitOfWork
from db.models import AuditEntry, Block, Moderator
from tests.bench import Bench, count, statements

THEM, OTHER = 7_000_000_501, 7_000_000_502
A_DAY = 24


async def admin(bench: Bench, unit: UnitOfWork) -> Moderator:
    """Somebody who may block."""
    return await bench.moderator(unit, "Aspan", people_service.ADMIN)


async def noted(unit: UnitOfWork, chat_id: int = THEM) -> str:
    """The number of a flooding sender."""
    found = await people_service.note_flood(unit, chat_id)
    assert found is not None
    return found[0]


async def test_who_floods_is_blocked_by_a_number(bench: Bench) -> None:
    """For `block_days`, and nobody else; it ends by itself."""
    async with bench.write() as unit:
        number = await noted(unit)
        assert await people_service.blocked(unit, [THEM, OTHER]) == frozenset()
        await people_service.block(unit, await admin(bench, unit), number)
    async with bench.read() as unit:
        assert await people_service.blocked(unit, [THEM, OTHER]) == {THEM}
        (row,) = await people_service.list_blocks(unit)
        assert (row.id, row.expires_hour % A_DAY) == (number, 0)
        assert await people_service.list_blocks(unit, flooding=True) == []
    bench.later(bench.settings.block_days * A_DAY)
    async with bench.read() as unit:
        assert await people_service.blocked(unit, [THEM]) == {THEM}
    bench.later(A_DAY)
    async with bench.write() as unit:
        assert await people_service.blocked(unit, [THEM]) == frozenset()
        assert (await retention.sweep(unit))["blocks"] == 1
        assert await count(unit, Block) == 0


async def test_a_flood_can_be_blocked_on_its_day_alone(bench: Bench) -> None:
    """Then nobody can open what was noted, swept or not; the number of a block blocks nobody again."""
    async with bench.write() as unit:
        boss, number, late = await admin(bench, unit), await noted(unit), await noted(unit, OTHER)
        await people_service.block(unit, boss, number)
        for wrong in (number, "00000000"):
            with pytest.raises(Refusal, match="gone"):
                await people_service.block(unit, boss, wrong)
        (sealed,) = [row.flooding for row in await people_service.list_blocks(unit, flooding=True)]
        assert unit.safe.pseudonyms.of(Purpose.BLOCK, str(OTHER)) not in (sealed or b"")
    bench.later(A_DAY)
    bench.safe.day_keys.clear()
    async with bench.write() as unit:
        with pytest.raises(Refusal, match="gone"):
            await people_service.block(unit, boss, late)
        row = await unit.session.get_one(Block, late)
        row.expires_hour += A_DAY  # what somebody does who can write to the database
        await allowances.forget(unit)
        with pytest.raises(Refusal, match="gone"):
            await people_service.block(unit, boss, late)


async def test_blocks_are_ended_one_by_one_or_all(bench: Bench) -> None:
    """Floods that wait for a decision stay."""
    async with bench.write() as unit:
        boss = await admin(bench, unit)
        numbers = [await noted(unit, THEM + place) for place in range(4)]
        for number in numbers[:3]:
            await people_service.block(unit, boss, number)
        await people_service.unblock(unit, f" {numbers[0].upper()} ", boss.alias)
        for wrong in (numbers[0], numbers[3], "none"):
            with pytest.raises(Refusal, match="unknown"):
                await people_service.unblock(unit, wrong)
        assert await people_service.blocked(unit, [THEM, THEM + 1, THEM + 2]) == {THEM + 1, THEM + 2}
        assert (await people_service.unblock_all(unit), await people_service.unblock_all(unit)) == (2, 0)
        assert [row.id for row in await people_service.list_blocks(unit, flooding=True)] == [numbers[3]]


async def test_a_block_is_joined_to_nothing(bench: Bench) -> None:
    """Its hash is none of the chat's or the day's, a second block of the same sender replaces the first, and the audit log says who
    acted and no number."""
    async with bench.write() as unit:
        boss = await admin(bench, unit)
        crowd = await allowances.count(unit, {THEM: 1})
        await people_service.block(unit, boss, await noted(unit))
        await people_service.unblock_all(unit)
        await people_service.block(unit, boss, await noted(unit))
        (sender,) = (await unit.session.scalars(select(Block.sender))).all()
        today = crowd.by_chat[THEM].sender
        assert len({sender, unit.safe.pseudonyms.chat(THEM), today}) == 3
        entries = (await unit.session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
        acts = [(one.act, one.actor, one.subject, one.detail) for one in entries if "block" in one.act]
        assert acts == [
            ("block", "Aspan", "", ""),
            ("unblock", "system", "", "all"),
            ("block", "Aspan", "", ""),
        ]
        assert await people_service.note_flood(unit, THEM) is None


async def test_a_flood_is_noted_once_a_day(bench: Bench) -> None:
    """Somebody may reach two limits, and go on; anew once their block was ended, and on the next day."""
    async with bench.write() as unit:
        boss, first = await admin(bench, unit), await noted(unit)
        assert await people_service.note_flood(unit, THEM) is None
        await noted(unit, OTHER)
        await people_service.block(unit, boss, first)
        await people_service.unblock(unit, first)
        assert await noted(unit) != first
        assert await people_service.note_flood(unit, THEM) is None
    bench.later(A_DAY)
    async with bench.write() as unit:
        await noted(unit)


async def test_so_many_floods_of_a_day_are_noted(bench: Bench) -> None:
    """Nobody's flood of accounts fills the table."""
    async with bench.write() as unit:
        found = [
            await people_service.note_flood(unit, THEM + place)
            for place in range(people_service.MOST_FLOODS + 2)
        ]
        assert [one[1] for one in found if one] == list(range(1, people_service.MOST_FLOODS + 1))
        assert found[-2:] == [None, None]


async def test_a_flood_that_found_no_room_is_noted_once_another_is_blocked(bench: Bench) -> None:
    """Whoever has many accounts cannot keep the last of them out of reach; and no number that was shown is taken back."""
    async with bench.write() as unit:
        boss = await admin(bench, unit)
        numbers = [await noted(unit, OTHER + place) for place in range(people_service.MOST_FLOODS)]
        assert await people_service.note_flood(unit, THEM) is None
        await people_service.block(unit, boss, numbers[0])
        number = await noted(unit)
        assert {row.id for row in await people_service.list_blocks(unit, flooding=True)} == {
            *numbers[1:],
            number,
        }


async def test_it_costs_one_query_a_batch(bench: Bench) -> None:
    """However many chats and blocks there are."""
    async with bench.write() as unit:
        boss = await admin(bench, unit)
        for place in range(5):
            await people_service.block(unit, boss, await noted(unit, THEM + place))
    async with bench.read() as unit, statements(unit) as seen:
        assert len(await people_service.blocked(unit, range(THEM, THEM + 50))) == 5
    assert len(seen) == 1
