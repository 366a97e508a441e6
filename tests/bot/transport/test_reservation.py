"""What a batch may take in while another copy of the bot is at work on the same PostgreSQL."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from bot.form.model import Form
from bot.store import allowances
from bot.store.unit import UnitOfWork
from bot.transport.call import Call, Delivered, QueuedRow
from bot.transport.outbox import Outbox, leave_rows, take_over
from bot.transport.reservation import reserve, wait_for
from db.engine import Database
from db.models import OutboxRow
from tests.bench import Bench

ONE, OTHER = 11, 22
"""Two copies."""
ME, SOMEBODY = 1001, 1002


class Copy(Bench):
    """The units of work of one copy of the bot."""

    number = 0

    def unit(self, session: Any) -> UnitOfWork:
        """A unit of this copy's."""
        made = super().unit(session)
        made.copy = self.number
        return made


@pytest.fixture
async def copies(empty_url: str, forms: Mapping[str, Form]) -> AsyncIterator[Sequence[Copy]]:
    """Two copies on one empty database."""
    made = [Copy(Database(empty_url), forms) for _ in (ONE, OTHER)]
    made[0].number, made[1].number = ONE, OTHER
    yield made
    for one in made:
        await one.database.close()


def written(update_id: int, chat: int | None = ME) -> dict[str, Any]:
    """An update with a message, or with nothing that has a chat."""
    return {"update_id": update_id} | ({} if chat is None else {"message": {"chat": {"id": chat}}})


def chat_hash(unit: UnitOfWork, chat: int = ME) -> bytes:
    """The hash of a chat."""
    return unit.safe.pseudonyms.chat(chat)


async def enqueue(copy: Copy, *words: str, chat: int = ME) -> Sequence[QueuedRow]:
    """Let a copy owe a chat messages."""
    async with copy.write() as unit:
        outbox = Outbox(unit)
        for one in words:
            outbox.add(chat_hash(unit, chat), Call("sendMessage", {"chat_id": chat, "text": one}))
        await outbox.write()
    return outbox.rows


@asynccontextmanager
async def both(copies: Sequence[Copy]) -> AsyncIterator[tuple[UnitOfWork, UnitOfWork]]:
    """A unit of each, at the same time."""
    async with copies[0].write() as one, copies[1].write() as other:
        yield one, other


async def test_a_chat_that_one_copy_has_in_hand_the_other_leaves(copies: Sequence[Copy]) -> None:
    """Without waiting, and it takes what comes of other chats meanwhile. Afterwards what came twice was seen."""
    async with both(copies) as (one, other):
        mine = await reserve(one, [written(1), written(2)], [])
        theirs = await reserve(other, [written(1), written(3, SOMEBODY), written(4, None)], [])
    assert mine.new == [written(1), written(2)]
    assert (theirs.new, theirs.held) == ([written(3, SOMEBODY), written(4, None)], [written(1)])
    async with copies[1].write() as unit:
        again = await reserve(unit, [written(5), written(1)], [])
    assert (again.new, again.held) == ([written(5)], [])


async def test_an_update_waits_for_what_another_copy_owes_its_chat(copies: Sequence[Copy]) -> None:
    """Until that was delivered and recorded, or has waited long enough; who owes it is known."""
    rows = await enqueue(copies[0], "a question")
    for overdue, held in (((), [written(1)]), ((ME,), [])):
        async with copies[1].write() as unit:
            found = await reserve(unit, [written(1)], [], overdue)
            assert (found.held, found.owners) == (held, {ONE} if held else set())
            await unit.session.rollback()
    async with copies[0].write() as unit:
        done = await reserve(unit, [], [Delivered(rows[0], (41,))])
        assert set(done.owed) == {rows[0].id}
    async with copies[1].write() as unit:
        assert (await reserve(unit, [written(1)], [])).new == [written(1)]


async def test_whoever_owes_a_chat_something_records_it_while_another_waits_for_that(
    copies: Sequence[Copy],
) -> None:
    """The other copy, whose batch holds an update of the same chat, locks no chat that it cannot serve."""
    rows = await enqueue(copies[0], "a question")
    async with both(copies) as (one, other):
        waiting = await reserve(other, [written(1), written(2, SOMEBODY)], [])
        assert (waiting.new, waiting.held) == ([written(2, SOMEBODY)], [written(1)])
        assert waiting.owners == {ONE}
        found = await reserve(one, [], [Delivered(rows[0], (41,))])
    assert (len(found.recorded), found.owed, found.unrecorded) == (1, {rows[0].id}, [])
    async with copies[1].write() as unit:
        assert (await reserve(unit, [written(1)], [])).new == [written(1)]


async def test_deliveries_to_a_chat_in_another_copys_hands_are_recorded_later(
    copies: Sequence[Copy],
) -> None:
    """Those to others at once."""
    rows = [*await enqueue(copies[0], "a"), *await enqueue(copies[0], "b", chat=SOMEBODY)]
    delivered = [Delivered(row, (41,)) for row in rows]
    async with both(copies) as (one, other):
        await wait_for(other, chat_hash(other))
        found = await reserve(one, [], delivered)
    assert (found.recorded, found.unrecorded) == (delivered[1:], delivered[:1])


async def test_what_a_chat_is_owed_has_one_sender_and_an_order(copies: Sequence[Copy]) -> None:
    """Whichever copy owes it: it goes behind what is there, to the same sender; of a chat that is owed nothing a copy is the sender of
    its own. What a command owes, or whatever follows it, waits for somebody to take charge."""
    await enqueue(copies[0], "1", "2")
    added = await enqueue(copies[1], "3", "4")
    assert {row.owner for row in added} == {ONE}
    assert [row.number for row in added] == [3, 4]
    assert {row.owner for row in await enqueue(copies[1], "1", chat=SOMEBODY)} == {OTHER}
    async with copies[0].write() as unit:
        await leave_rows(unit, [])
    assert {row.owner for row in await enqueue(copies[1], "5")} == {None}
    async with copies[1].write() as unit:
        new, left = await take_over(unit, lambda _number: False)
    assert [Call.load(copies[1].safe.ring, row).params["text"] for row in new] == ["1", "2", "3", "4", "5"]
    assert {row.owner for row in new} == {OTHER}
    assert not left


async def test_what_a_copy_leaves_that_is_gone_may_have_been_shown(copies: Sequence[Copy]) -> None:
    """What of it certainly was not is left to whoever comes first; nothing of a living copy is touched."""
    await enqueue(copies[0], "tried")
    await enqueue(copies[0], "new", chat=SOMEBODY)
    async with copies[0].write() as unit:
        await leave_rows(unit, [chat_hash(unit)])
    async with copies[1].write() as unit:
        new, left = await take_over(unit, lambda _number: False)
    assert ([row.chat_hash for row in new], left) == ([chat_hash(unit, SOMEBODY)], [])
    async with copies[1].write() as unit:
        new, left = await take_over(unit, lambda number: number == ONE)
        assert ([row.chat_hash for row in left], new) == ([chat_hash(unit)], [])
        assert set(await unit.session.scalars(select(OutboxRow.owner))) == {OTHER}


async def test_senders_that_two_copies_count_at_once_are_all_counted(copies: Sequence[Copy]) -> None:
    """However many of them stand in one bucket, and though each copy had read it before the other wrote."""
    many = range(5000, 5600)
    for copy in copies:  # the day has its key, which both know
        async with copy.write() as unit:
            await allowances.count(unit, {ME: 1})
    async with copies[0].write() as one:
        await allowances.count(one, dict.fromkeys(many[::2], 1))
        async with copies[1].write() as other:
            await allowances.count(other, dict.fromkeys(many[1::2], 1))
    async with copies[0].read() as unit:
        crowd = await allowances.of(unit, many)
    assert {one.updates for one in crowd.by_chat.values()} == {1}
