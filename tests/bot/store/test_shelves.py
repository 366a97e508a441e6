"""Shelves: a chat's rows are found where they stand, whatever happens to them, and without reading all slots."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.app import retention
from bot.store import message_slots, sent_messages
from bot.store import message_slots as shelves
from bot.store.message_slots import SHELF
from bot.store.sent_messages import DeletableMessages
from bot.store.unit import UnitOfWork
from db.models import Mark, SentMessage
from tests.bench import Bench, count
from tests.plans import LAST, planned

MANY = 4 * SHELF
ME, OTHER = b"\0\0\1".ljust(32, b"m"), b"\0\0\2".ljust(32, b"o")
NEIGHBOUR = b"\0\0\5".ljust(32, b"n")
"""On ME's shelf while there are four."""


@pytest.fixture
def many_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that there are four shelves."""
    monkeypatch.setattr(message_slots, "FEWEST_SLOTS", MANY)


async def slots_of(unit: UnitOfWork, chat: bytes) -> list[int]:
    """Where a chat's rows stand."""
    await sent_messages.write(unit)
    return list(await unit.session.scalars(select(SentMessage.id).where(SentMessage.chat_hash == chat)))


async def spilled(unit: UnitOfWork) -> list[bytes]:
    """Of which chats rows may stand on no shelf of theirs."""
    return list((await shelves.spilled(unit, [ME, NEIGHBOUR, OTHER]))[1])


def note(unit: UnitOfWork, chat: bytes, numbers: range, report_id: str | None = None) -> None:
    """Messages with these ids."""
    for number in numbers:
        sent_messages.note(unit, chat, number, report_id)


few_slots = st.sampled_from([message_slots.FEWEST_SLOTS << times for times in range(3)])
many_slots_there = st.integers(2, 2000).map(lambda number: number * SHELF)
slots_there = few_slots | many_slots_there


@given(st.binary(min_size=32, max_size=32), slots_there)
def test_what_is_drawn_stands_on_the_chats_shelf(chat: bytes, slots: int) -> None:
    """However many slots there are."""
    shelf = shelves.shelf_of(chat, slots)
    assert shelf.start >= 1
    assert shelf.stop <= slots + 1
    (found,) = shelves.draw({chat: 20}, slots).items()
    assert found[0] == shelf
    assert set(found[1]) <= set(shelf)


@given(st.binary(min_size=32, max_size=32), slots_there)
def test_with_one_shelf_more_a_chat_stays_where_it_is_or_comes_from_the_shelf_that_parts(
    chat: bytes, slots: int
) -> None:
    """So no other rows have to be dealt out anew."""
    before, grown = shelves.shelf_of(chat, slots), shelves.after(slots)
    now = shelves.shelf_of(chat, grown)
    assert now == before or (before == shelves.parting(slots) and now == shelves.last(grown))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=30), st.integers(1, 40), slots_there)
def test_rows_of_the_shelf_that_parts_are_dealt_a_slot_of_their_own_on_the_shelf_of_their_chat(
    chats: list[bytes], each: int, slots: int
) -> None:
    """Those that stood there though another is their chat's stay."""
    parting, grown = shelves.parting(slots), shelves.after(slots)
    rows = (chats * each)[: len(parting)]
    dealt = shelves.dealt(rows, grown, [parting, shelves.last(grown)])
    assert len(set(dealt)) == len(dealt)
    for chat, slot in zip(rows, dealt, strict=True):
        shelf = shelves.shelf_of(chat, grown)
        assert slot in (shelf if shelves.shelf_of(chat, slots) == parting else {*parting, *shelf})


@pytest.mark.usefixtures("many_slots")
async def test_a_chats_rows_are_looked_for_on_its_shelf_alone(bench: Bench) -> None:
    """Neither to take what stands in it, nor what showed a report, nor to write it anew are all slots read."""
    async with bench.write() as unit:
        note(unit, ME, range(1, 4))
        note(unit, OTHER, range(4, 9), "r" * 32)
        for chat in (ME, OTHER):
            assert set(await slots_of(unit, chat)) <= set(shelves.shelf_of(chat, MANY))
    async with planned(bench.database) as plans, bench.write() as unit:
        sent_messages.scatter(unit, ME)
        await sent_messages.write(unit)
        found = await sent_messages.take_of_report(unit, "r" * 32, [ME, OTHER])
        assert found == {OTHER: DeletableMessages([4, 5, 6, 7, 8])}
        assert await sent_messages.take(unit, ME) == DeletableMessages([1, 2, 3])
    in_slots = [(asked, plan) for asked, plan in plans if "FROM sent_messages" in asked]
    asked = [plan for asked, plan in in_slots if not LAST.search(asked)]
    assert len(asked) >= 3
    assert not [
        plan for plan in asked if "Seq Scan on sent_messages" in plan or "SCAN sent_messages\n" in f"{plan}\n"
    ]


@pytest.mark.usefixtures("many_slots")
async def test_a_chat_that_its_shelf_has_no_room_for_puts_its_rows_anywhere(bench: Bench) -> None:
    """Nothing is lost of it, nor of its neighbours, and no slots are made until it has room; once its rows are gone shelves are
    kept again."""
    async with bench.write() as unit:
        note(unit, NEIGHBOUR, range(1, 5))
        note(unit, ME, range(10, 10 + SHELF))
        await sent_messages.write(unit)
        note(unit, NEIGHBOUR, range(5, 9))
        assert await spilled(unit) == [ME]
        assert await count(unit, SentMessage) < 2 * MANY
    async with bench.read() as unit:
        assert await sent_messages.tidied(unit, 10) == []
    async with bench.write() as unit:
        assert await sent_messages.take(unit, NEIGHBOUR) == DeletableMessages(list(range(1, 9)))
        assert await sent_messages.take(unit, ME) == DeletableMessages(list(range(10, 10 + SHELF)))
    async with bench.write() as unit:
        marks = len(await shelves.marks(unit))
        assert (await retention.sweep(unit))["spilled"] == marks > 0
        assert await spilled(unit) == []
        assert (await retention.sweep(unit))["spilled"] == 0


async def test_one_shelf_becomes_several_and_nothing_is_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When slots double, each row comes to the shelf of its chat."""
    monkeypatch.setattr(message_slots, "FEWEST_SLOTS", SHELF)
    chats = [secrets.token_bytes(32) for _ in range(20)]
    async with bench.write() as unit:
        for at, chat in enumerate(chats):
            note(unit, chat, range(100 * at + 1, 100 * at + 91))
            await sent_messages.write(unit)
        slots = await count(unit, SentMessage)
        assert slots >= 2 * SHELF
        for at, chat in enumerate(chats):
            assert set(await slots_of(unit, chat)) <= set(shelves.shelf_of(chat, slots))
            assert await sent_messages.take(unit, chat) == DeletableMessages(
                list(range(100 * at + 1, 100 * at + 91))
            )


@pytest.mark.usefixtures("many_slots")
async def test_rows_that_an_earlier_program_put_anywhere_are_found(bench: Bench) -> None:
    """As long as the mark is there that its migration leaves."""
    async with bench.write() as unit:
        note(unit, ME, range(1, 4))
        (slot, *_) = await slots_of(unit, ME)
        row = await unit.session.get_one(SentMessage, slot)
        away = shelves.shelf_of(OTHER, MANY).start
        facts = {name: getattr(row, name) for name in ("chat_hash", "message", "report_id", "hour", "minute")}
        free = {
            "chat_hash": SentMessage.FREE_CHAT,
            "message": bytes(len(row.message)),
            "hour": SentMessage.FREE_HOUR,
        }
        for place, values in ((away, facts), (slot, free)):
            await unit.session.execute(update(SentMessage).where(SentMessage.id == place).values(values))
        unit.session.add(Mark(name=shelves.EVERYBODY, value="0010"))
    async with bench.read() as unit:
        assert await sent_messages.tidied(unit, 10) == []
    async with bench.write() as unit:
        assert await sent_messages.take(unit, ME) == DeletableMessages([1, 2, 3])
