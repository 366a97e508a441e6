"""The slots for ids of messages: what is found again, and what the file tells of the order in which they came."""

import asyncio
import shutil
from collections.abc import Mapping
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.form.model import Form
from bot.store import sent_messages
from bot.store.message_slots import FEWEST_SLOTS
from bot.store.sent_messages import BUCKET, DeletableMessages
from bot.store.unit import UnitOfWork
from db.engine import Database
from db.models import SentMessage
from tests.bench import Bench, count
from tests.conftest import sqlite_url

PAGE = 4096
ME, OTHER = b"1" * 32, b"2" * 32


async def used(unit: UnitOfWork, *where: object) -> list[SentMessage]:
    """The slots that are taken."""
    await sent_messages.write(unit)
    query = select(SentMessage).where(SentMessage.chat_hash != SentMessage.FREE_CHAT, *where)  # type: ignore[arg-type] # conditions
    return list(await unit.session.scalars(query.execution_options(populate_existing=True)))


async def test_a_chats_messages_are_taken_once(bench: Bench) -> None:
    """Those noted in this unit too; another chat's stay."""
    async with bench.write() as unit:
        sent_messages.note(unit, ME, 11)
        sent_messages.note(unit, OTHER, 12)
    async with bench.write() as unit:
        sent_messages.note(unit, ME, 13)
        assert await sent_messages.take(unit, ME) == DeletableMessages([11, 13])
        assert unit.erased
        assert await sent_messages.take(unit, ME) == DeletableMessages()
        assert await sent_messages.take(unit, OTHER) == DeletableMessages([12])


async def test_what_showed_a_report_is_taken_from_these_chats(bench: Bench) -> None:
    """By chat, and nothing else."""
    async with bench.write() as unit:
        for chat, number, report in (
            (ME, 1, "r" * 32),
            (OTHER, 2, "r" * 32),
            (ME, 3, "q" * 32),
            (ME, 4, None),
        ):
            sent_messages.note(unit, chat, number, report)
        assert await sent_messages.take_of_report(unit, "r" * 32, [ME]) == {ME: DeletableMessages([1])}
        assert await sent_messages.take(unit, ME) == DeletableMessages([3, 4])


async def test_a_doubt_is_kept_and_taken(bench: Bench) -> None:
    """A message whose id nobody knows; so is a row that does not open any more."""
    async with bench.write() as unit:
        sent_messages.note(unit, ME, 1)
        sent_messages.note_doubt(unit, ME)
        sent_messages.note(unit, OTHER, 2)
    bench.change_ring()
    async with bench.write() as unit:
        assert await sent_messages.take(unit, OTHER) == DeletableMessages([], doubtful=True)
    async with bench.write() as unit:
        sent_messages.note_doubt(unit, ME, "r" * 32)
        taken = await sent_messages.take_of_report(unit, "r" * 32, [ME])
        assert taken == {ME: DeletableMessages([], doubtful=True)}


async def test_an_id_opens_only_in_its_chat_and_for_its_report(bench: Bench) -> None:
    """Somebody who can write to the file cannot let the bot delete another chat's messages."""
    async with bench.write() as unit:
        sent_messages.note(unit, ME, 1)
        sent_messages.note(unit, OTHER, 2, "r" * 32)
        await sent_messages.write(unit)
        await unit.session.execute(
            update(SentMessage).where(SentMessage.chat_hash == ME).values(chat_hash=OTHER)
        )
        await unit.session.execute(
            update(SentMessage).where(SentMessage.report_id == "r" * 32).values(report_id="q" * 32)
        )
        assert await sent_messages.take(unit, OTHER) == DeletableMessages([], doubtful=True)


async def test_messages_that_are_too_old_are_forgotten(bench: Bench) -> None:
    """Younger ones stay, and a free slot is not counted."""
    async with bench.write() as unit:
        sent_messages.note(unit, ME, 1)
    bench.later(1)
    async with bench.write() as unit:
        sent_messages.note(unit, ME, 2)
    bench.later(sent_messages.MESSAGE_HOURS)
    async with bench.write() as unit:
        assert await sent_messages.forget_old(unit, await sent_messages.old(unit, 10)) == 1
        assert unit.erased
    async with bench.write() as unit:
        assert await sent_messages.old(unit, 10) == []
        assert not unit.erased
        assert await sent_messages.take(unit, ME) == DeletableMessages([2])


@pytest.mark.parametrize("noted", [1, BUCKET, BUCKET + 1])
async def test_after_a_submission_the_number_of_rows_tells_little_of_the_report(
    bench: Bench, noted: int
) -> None:
    """A short one has as many as a long one, in other slots; the decoys are no messages."""
    numbers = list(range(1, noted + 1))
    async with bench.write() as unit:
        for number in numbers:
            sent_messages.note(unit, ME, number)
        before = {row.id for row in await used(unit)}
        sent_messages.scatter(unit, ME)
        after = await used(unit)
        assert len(after) == -(-noted // BUCKET) * BUCKET
        assert {row.id for row in after} != before
        assert len({len(row.message) for row in after}) == 1
        assert await sent_messages.take(unit, ME) == DeletableMessages(numbers)


async def test_slots_double_when_they_get_scarce_and_nothing_is_lost(bench: Bench) -> None:
    """Then all rows are dealt out anew: those that came before are not found in the older half."""
    first = FEWEST_SLOTS // 4
    async with bench.write() as unit:
        for number in range(1, first + 1):
            sent_messages.note(unit, ME, number)
        await sent_messages.write(unit)
        assert await count(unit, SentMessage) == FEWEST_SLOTS
        for number in range(1, FEWEST_SLOTS):
            sent_messages.note(unit, OTHER, number)
        await sent_messages.write(unit)
        slots = {row.id for row in await used(unit, SentMessage.chat_hash == ME)}
        assert max(slots) > FEWEST_SLOTS
        assert await sent_messages.take(unit, ME) == DeletableMessages(list(range(1, first + 1)))
        assert await sent_messages.take(unit, OTHER) == DeletableMessages(list(range(1, FEWEST_SLOTS)))


async def test_a_longer_name_of_the_rings_key_changes_the_size_of_all_slots(bench: Bench) -> None:
    """A row that grew would be moved within its page, to where the next one is free: that tells an order."""
    async with bench.write() as unit:
        sent_messages.note(unit, ME, 1)
    bench.change_ring("k2027-longer")
    async with bench.write() as unit:
        sent_messages.note(unit, OTHER, 2)
    async with bench.write() as unit:
        (row,) = await used(unit, SentMessage.chat_hash == OTHER)
        free = select(func.length(SentMessage.message)).where(SentMessage.chat_hash == SentMessage.FREE_CHAT)
        assert set(await unit.session.scalars(free)) == {len(row.message)}
        assert await sent_messages.take(unit, ME) == DeletableMessages([], doubtful=True)
        assert await sent_messages.take(unit, OTHER) == DeletableMessages([2])


async def test_rows_are_overwritten_where_they_are(
    migrated_file: Path, tmp_path: Path, forms: Mapping[str, Form]
) -> None:
    """Within a page of the file rows lie in the order of their slots, not in that in which they came; and slots are drawn
    by lot: of chats that came one after the other as many pairs lie in that order as in the other."""
    path = tmp_path / "kuager.db"
    await asyncio.to_thread(shutil.copy, migrated_file, path)
    database = Database(sqlite_url(path))
    bench, chats = Bench(database, forms), [sha256(bytes([number])).digest() for number in range(200)]
    for at, chat in enumerate(chats):
        async with bench.write() as unit:
            sent_messages.note(unit, chat, 7_000 + at, "r" * 32 if at % 3 else None)
    async with bench.read() as unit:
        slot = {row.chat_hash: row.id for row in await used(unit)}
    assert await database.truncate_log()
    await database.close()
    content = await asyncio.to_thread(path.read_bytes)
    assert [content.count(chat) for chat in chats] == [1] * len(chats)
    in_order = [content.index(chat) for chat in sorted(chats, key=slot.__getitem__)]
    same_page = [(one, two) for one, two in pairwise(in_order) if one // PAGE == two // PAGE]
    assert len(same_page) > len(chats) // 2
    assert [pair for pair in same_page if pair[0] < pair[1]] == []  # SQLite fills a page from its end
    lie = [content.index(chat) for chat in chats]
    rising = sum(lie[one] < lie[two] for one in range(200) for two in range(one))
    # Kendall's tau: of 19,900 pairs half are expected, with a standard deviation of 473.
    assert abs(rising - 9_950) < 6 * 473
