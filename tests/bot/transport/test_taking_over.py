"""What a copy of the bot has left is taken over by another."""

import asyncio

import pytest
from sqlalchemy import delete

from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox, take_over
from db.models import OutboxRow
from tests.bench import Bench

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
GONE, HERE = 7, 8


async def test_what_a_host_that_is_gone_has_locked_holds_up_nothing_else(bench: Bench) -> None:
    """Its transaction lasts until the server gives it up; the rest of what it owed is sent meanwhile."""
    locked, free = bench.new_chat(), bench.new_chat()
    async with bench.write() as unit:
        unit.copy = GONE
        outbox = Outbox(unit)
        for chat_id, hashed in (locked, free):
            outbox.add(hashed, Call("sendMessage", {"chat_id": chat_id, "text": "one"}))
        await outbox.write()

    async def take(unit: UnitOfWork) -> None:
        unit.copy = HERE
        _, left = await take_over(unit, lambda number: number == GONE)
        taken.append([row.chat_hash for row in left])

    taken: list[list[bytes]] = []
    async with bench.write() as zombie:
        await zombie.session.execute(delete(OutboxRow).where(OutboxRow.chat_hash == locked[1]))
        async with asyncio.timeout(10):
            await bench.beside(take)
        await zombie.session.rollback()
    await bench.beside(take)
    assert taken == [[free[1]], [locked[1]]]
