"""Rotation: what the ring sealed is sealed anew, on both databases, in batches that can be repeated."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.chat import prompt
from bot.desk.people import service as people_service
from bot.form.model import Form
from bot.reports import reading
from bot.reports.talk import service as talk_service
from bot.safety.sealing import RingSeal, show_key
from bot.store import drafting, message_slots, ring_keys, sent_messages, vault
from bot.store.unit import Safe, UnitOfWork
from db.engine import Database
from db.models import DataKey, KeySlot, Report, SentMessage
from tests.bench import OTHER, RING, Bench
from tests.bot.reports.talking import ME, begun
from tests.plans import growing, planned


def put_first(bench: Bench, name: str = "k2") -> None:
    """A new key at the beginning of the ring."""
    ring = SecretStr(f"{name}:{show_key(OTHER)},k1:{show_key(RING)}")
    bench.settings = bench.settings.model_copy(update={"key_ring": ring})
    bench.safe = Safe(RingSeal(bench.settings.ring), bench.safe.pseudonyms, bench.safe.audit_key)


async def test_of_two_copies_that_start_at_once_on_an_empty_database_both_start(
    database: Database, database_url: str, forms: Mapping[str, Form]
) -> None:
    """Each remembers the ring's key; one of them is the first."""
    bench, other = Bench(database, forms), Bench(Database(database_url), forms)

    async def start_too() -> None:
        async with other.write() as unit:
            await ring_keys.note_ring(unit)

    async with bench.write() as unit:
        await ring_keys.note_ring(unit)
        beside = asyncio.create_task(start_too())
        await asyncio.wait({beside}, timeout=0.2)  # it is done, or waits for this one's end
    await beside
    async with bench.read() as unit:
        assert await ring_keys.ring_of_bot(unit) == "k1"
    await other.database.close()


async def test_batches_go_on_where_the_last_one_was(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each changes no more than its rows; done again, nothing is left to be changed. The log is emptied afterwards."""
    monkeypatch.setattr(ring_keys, "AT_ONCE", 2)
    async with bench.write() as unit:
        await bench.moderator(unit)
        for _ in range(3):
            await bench.submit(unit)
    put_first(bench)
    done, last = [], ring_keys.FIRST
    while True:
        async with bench.write() as unit:
            number, after = await ring_keys.rewrap(unit, last)
            assert unit.erased is (number > 0)
        done.append(number)
        if after is None:
            break
        last = after
    assert done == [2, 1, 0]
    for left in (1, 0):
        async with bench.write() as unit:
            assert (await ring_keys.reseal(unit, people_service.RING_SEALED))[0] == left
    bench.change_ring("k2")
    async with bench.read() as unit:
        assert await ring_keys.left(unit) == 0
        assert set(await unit.session.scalars(select(DataKey.ring))) == {"k2"}
        for report in await unit.session.scalars(select(Report)):
            assert await reading.content_of(unit, report) is not None
        assert [
            people_service.address(unit, one) is not None
            for one in await people_service.list_moderators(unit)
        ] == [True]


async def test_ways_back_and_talks_open_after_the_old_key_is_gone(bench: Bench) -> None:
    """And so does a reply that is open, with what it is about and which messages show it."""
    talk = await begun(bench)
    await talk.ask("when", own="Who saw it?")
    await talk.open()
    await talk.deliver()
    put_first(bench)
    async with bench.write() as unit:
        assert (await ring_keys.rewrap(unit))[1] is not None
        for sealed in (prompt.RING_SEALED, message_slots.RING_SEALED):
            assert (await ring_keys.reseal(unit, sealed))[0] > 0
    bench.change_ring("k2")
    assert await talk.ways() == [ME]
    assert [one.words.text for one in await talk.talk()] == ["", "Who saw it?"]
    async with bench.read() as unit:
        (reply,) = (await drafting.load(unit, [unit.safe.pseudonyms.chat(ME)])).values()
        assert talk_service.is_about(reply, await talk.report())
        assert reply.language == "ru"
        shown = prompt.read_prompt(unit, reply.row)
        assert shown is not None
        assert len(shown.message_ids) == 3


async def test_keys_that_are_wrapped_by_the_current_one_already_are_not_walked_through(bench: Bench) -> None:
    """Neither to find those that are left nor, at a start, to see which keys of the ring are in use: the database goes to
    them by an index, on either side of the current one."""
    async with bench.write() as unit:
        await bench.submit(unit)
    put_first(bench)
    async with bench.write() as unit:
        await bench.submit(unit)
    async with planned(bench.database) as plans:
        async with bench.read() as unit:
            assert await ring_keys.lacking(unit) == []
        for left in (1, 0):
            async with bench.write() as unit:
                assert (await ring_keys.rewrap(unit))[0] == left
    asked = [
        plan
        for statement, plan in plans
        if "FROM data_keys" in statement and "ring" in statement.partition("WHERE")[2]
    ]
    assert len(asked) >= 3
    assert growing(plans) == []
    assert all("ix_data_keys_ring" in plan for plan in asked)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_slot_that_the_bot_empties_meanwhile_stays_empty(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where several write at once: of a key that is destroyed while it is wrapped anew nothing comes back, nor of the id of
    a message."""
    me = b"1" * 32
    monkeypatch.setattr(ring_keys, "AT_ONCE", message_slots.FEWEST_SLOTS)  # one batch has all of them
    async with bench.write() as unit:
        key_id = vault.make_key(unit)
        sent_messages.note(unit, me, 7)
    put_first(bench)
    async with bench.write() as unit:
        await vault.destroy(unit, [key_id])
        await sent_messages.take(unit, me)
        await unit.session.flush()
        steps: list[Callable[[UnitOfWork], Awaitable[object]]] = [
            ring_keys.rewrap,
            lambda other: ring_keys.reseal(other, message_slots.RING_SEALED),
        ]
        rotating = [asyncio.create_task(bench.beside(step)) for step in steps]
        async with asyncio.timeout(30):
            while await bench.waiting() < len(rotating):  # noqa: ASYNC110 - a lock has no event
                await asyncio.sleep(0.01)
    await asyncio.gather(*rotating)
    async with bench.read() as unit:
        slots = await unit.session.scalars(select(KeySlot.content).distinct())
        assert [content.strip(b"\0") for content in slots] == [b""]
        messages = await unit.session.scalars(select(SentMessage.message))
        assert {message.strip(b"\0") for message in messages} == {b""}


async def test_what_the_bot_was_started_with_is_remembered(bench: Bench) -> None:
    """The newest start counts."""
    for expected in (None, "k1", "k2"):
        async with bench.write() as unit:
            assert await ring_keys.ring_of_bot(unit) == expected
            if expected == "k1":
                put_first(bench)
        async with bench.write() as unit:
            await ring_keys.note_ring(unit)


async def test_the_age_of_the_rings_key_is_known(bench: Bench) -> None:
    """From its first use on; a restart does not make it younger, another key does."""
    async with bench.write() as unit:
        assert await ring_keys.days_in_use(unit) == 0
        await ring_keys.note_ring(unit)
    bench.later(40 * 24)
    async with bench.write() as unit:
        await ring_keys.note_ring(unit)
        assert await ring_keys.days_in_use(unit) == 40
    put_first(bench)
    async with bench.write() as unit:
        await ring_keys.note_ring(unit)
        assert await ring_keys.days_in_use(unit) == 0
