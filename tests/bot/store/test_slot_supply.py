"""Free slots: there come more of them before they get scarce, one shelf at a time, and nothing that stands in them is lost."""

import asyncio
import secrets

import pytest
from sqlalchemy import event, func, select

from bot.store import message_slots, sent_messages
from bot.store import message_slots as shelves
from bot.store.message_slots import SHELF
from bot.store.sent_messages import BUCKET, DeletableMessages
from bot.store.unit import UnitOfWork
from db.models import SentMessage
from tests.bench import Bench, count
from tests.bot.store.test_rotation import put_first

ME = b"1" * 32
NUMBERS = range(1, BUCKET + 1)


async def note(unit: UnitOfWork, chats: list[bytes]) -> None:
    """As many messages in each of these chats as a report leaves."""
    for chat in chats:
        for number in NUMBERS:
            sent_messages.note(unit, chat, number)
    await sent_messages.write(unit)


async def test_slots_come_by_the_shelf_and_every_chats_messages_are_found(bench: Bench) -> None:
    """Of all that many chats have left, while the shelves part one after the other."""
    chats = [secrets.token_bytes(32) for _ in range(60)]
    sizes = set()
    for at in range(0, len(chats), 4):
        async with bench.write() as unit:
            await note(unit, chats[at : at + 4])
            sizes.add(await count(unit, SentMessage))
    assert any(size & size - 1 for size in sizes), "they were doubled at once"
    assert max(sizes) > 4 * SHELF
    async with bench.write() as unit:
        size = await shelves.size(unit)
        rows = (await unit.session.execute(select(SentMessage.id, SentMessage.chat_hash))).all()
        taken = [(slot, chat) for slot, chat in rows if chat != SentMessage.FREE_CHAT]
        assert all(slot in shelves.shelf_of(chat, size) for slot, chat in taken)
        for chat in chats:
            assert await sent_messages.take(unit, chat) == DeletableMessages(list(NUMBERS))


async def test_however_many_there_are_a_shelf_is_dealt_out_anew_at_a_time(bench: Bench) -> None:
    """So nobody waits for long, and no more than a shelf is held in memory."""
    chats = [secrets.token_bytes(32) for _ in range(40)]
    async with bench.write() as unit:
        await note(unit, chats)
        while await shelves.size(unit) < 8 * SHELF:
            await message_slots.grow(unit)
    written: list[int] = []
    engine = bench.database.writer.sync_engine

    def see(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        if statement.startswith("UPDATE sent_messages") and isinstance(parameters, list):
            written.append(len(parameters))

    event.listen(engine, "before_cursor_execute", see)
    async with bench.write() as unit:
        before = await shelves.size(unit)
        await message_slots.grow(unit)
        assert await shelves.size(unit) == before + SHELF
    event.remove(engine, "before_cursor_execute", see)
    assert sum(written) < len(chats) * BUCKET // 2


async def test_shelves_of_a_crowd_go_once_its_messages_are_forgotten(bench: Bench) -> None:
    """Messages that others still have to delete are found in their new place, and one shelf stays."""
    crowd, others = [secrets.token_bytes(32) for _ in range(40)], [secrets.token_bytes(32) for _ in range(3)]
    async with bench.write() as unit:
        await note(unit, [*crowd, *others])
        while await shelves.size(unit) < 8 * SHELF:
            await message_slots.grow(unit)
    async with bench.write() as unit:
        assert not await message_slots.spare(unit, 100), "they are taken"
        await message_slots.taken(unit, crowd)
    async with bench.write() as unit:
        found = await message_slots.spare(unit, 100)
        await message_slots.shrink(unit, found)
        size = await shelves.size(unit)
        assert size == 8 * SHELF - len(found) * SHELF < 8 * SHELF
        assert await count(unit, SentMessage) == size
        for chat in others:
            assert await sent_messages.take(unit, chat) == DeletableMessages(list(NUMBERS))
    async with bench.write() as unit:
        await message_slots.shrink(unit, range(100))
        assert await shelves.size(unit) == SHELF


async def test_of_many_slots_that_are_free_no_more_are_made(bench: Bench) -> None:
    """However often somebody writes."""
    async with bench.write() as unit:
        while await shelves.size(unit) < 2 * SHELF:
            await message_slots.grow(unit)
    for number in range(1, 60):
        async with bench.write() as unit:
            sent_messages.note(unit, ME, number)
    async with bench.read() as unit:
        assert await count(unit, SentMessage) == 2 * SHELF


async def test_a_shelf_with_slots_of_another_length_is_dealt_out_anew(bench: Bench) -> None:
    """When the ring's key has a longer name: the rows of this shelf become longer, and no more slots are made."""
    async with bench.write() as unit:
        await note(unit, [ME])
        while await shelves.size(unit) < 4 * SHELF:
            await message_slots.grow(unit)
    put_first(bench, "k2027-longer")
    async with bench.write() as unit:
        sent_messages.note(unit, ME, 1000)
        await sent_messages.write(unit)
        shelf = shelves.shelf_of(ME, 4 * SHELF)
        lengths = select(func.length(SentMessage.message)).where(message_slots.stands_on(shelf)).distinct()
        assert list(await unit.session.scalars(lengths)) == [len(message_slots.free_slot(unit).message)]
        assert await count(unit, SentMessage) == 4 * SHELF
        assert await sent_messages.take(unit, ME) == DeletableMessages([*NUMBERS, 1000])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("grows_first", [True, False])
async def test_whoever_takes_rows_and_whoever_deals_them_out_anew_wait_for_each_other(
    bench: Bench, *, grows_first: bool
) -> None:
    """Else the one would empty slots in which the other has put something else."""
    async with bench.write() as unit:
        while await shelves.size(unit) < SHELF:
            await message_slots.grow(unit)
        await note(unit, [ME])
    found: list[DeletableMessages] = []

    async def take(unit: UnitOfWork) -> None:
        found.append(await sent_messages.take(unit, ME))

    first, second = (message_slots.grow, take) if grows_first else (take, message_slots.grow)
    async with bench.write() as unit:
        await first(unit)
        other = asyncio.create_task(bench.beside(second))
        async with asyncio.timeout(30):
            while not await bench.waiting():  # noqa: ASYNC110 - a lock has no event
                await asyncio.sleep(0.01)
    await other
    assert found == [DeletableMessages(list(NUMBERS))]
    async with bench.write() as unit:
        assert await count(unit, SentMessage) == 2 * SHELF
        assert await sent_messages.take(unit, ME) == DeletableMessages()
