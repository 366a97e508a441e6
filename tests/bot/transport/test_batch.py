"""The batch core, with a handler that is no conversation of Kuager's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from telegram import Bot

from bot.store import sent_messages
from bot.store.unit import UnitOfWork
from bot.transport.batch import Batch, BatchProcessor
from bot.transport.call import Call, Delivered, DeliverySnapshot
from bot.transport.outbox import Outbox
from bot.transport.outbox import forget_rows as outbox_forget
from bot.transport.updates import RawUpdate
from db.models import FailedUpdate, OutboxRow, SeenUpdate
from tests.bench import Bench, count

CHAT, HASH = 7, b"a hash of a chat"


@dataclass
class Echo:
    """Answers each message by its own text, and whoever's update was set aside by the reference alone."""

    handled: list[str] = field(default_factory=list)
    unseen: frozenset[tuple[bytes, int]] = frozenset()
    open_chats: frozenset[int] = frozenset()
    urgent: frozenset[int] = frozenset()
    """The ids of updates that are."""
    blocked_chats: frozenset[int] = frozenset()
    same: Mapping[int, str] = field(default_factory=dict)
    """What updates repeat, by their ids."""
    dropped: list[int] = field(default_factory=list)
    told_waiting: list[int] = field(default_factory=list)

    async def handle(self, batch: Batch) -> None:
        self.unseen = batch.drained.unseen_prompts
        for update in batch.updates:
            assert update.message is not None
            words = update.message.text or ""
            self.handled.append(words)
            batch.outbox.add(HASH, Call("sendMessage", {"chat_id": CHAT, "text": words}))

    async def with_open_forms(self, unit: UnitOfWork, chat_ids: Collection[int]) -> Collection[int]:
        return self.open_chats & set(chat_ids)

    def is_urgent(self, raw: RawUpdate) -> bool:
        return raw["update_id"] in self.urgent

    async def blocked(self, unit: UnitOfWork, chat_ids: Collection[int]) -> Collection[int]:
        return self.blocked_chats & set(chat_ids)

    def repeated(self, raw: RawUpdate) -> str | None:
        return self.same.get(raw["update_id"])

    def pass_over(self, unit: UnitOfWork, outbox: Outbox, raws: Sequence[RawUpdate]) -> None:
        self.dropped += [raw["update_id"] for raw in raws]

    def tell_waiting(self, unit: UnitOfWork, outbox: Outbox, raw: RawUpdate) -> None:
        self.told_waiting.append(raw["update_id"])

    async def apologize(self, unit: UnitOfWork, outbox: Outbox, raw: RawUpdate, reference: str) -> None:
        outbox.add(HASH, Call("sendMessage", {"chat_id": CHAT, "text": reference}))


@pytest.fixture
def echo() -> Echo:
    """The handler."""
    return Echo()


@pytest.fixture
def processor(echo: Echo) -> BatchProcessor:
    """The core with that handler."""
    return BatchProcessor(Bot("1:made-up"), echo)


def written(update_id: int, text: str) -> dict[str, Any]:
    """An update with a message."""
    message = {"message_id": update_id, "date": 1, "chat": {"id": CHAT, "type": "private"}, "text": text}
    return {"update_id": update_id, "message": message}


async def test_each_update_is_handled_once_and_in_order(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """Whether it comes twice in one batch or again in a later one; its answer is a row of the same transaction."""
    async with bench.write() as unit:
        result = await processor.process(
            unit, [written(2, "b"), written(1, "a"), written(2, "b")], DeliverySnapshot()
        )
        assert [row.id is not None for row in result.rows] == [True, True]
    async with bench.write() as unit:
        await processor.process(unit, [written(1, "a"), written(3, "c")], DeliverySnapshot())
    assert echo.handled == ["b", "a", "c"]
    async with bench.read() as unit:
        assert await count(unit, SeenUpdate) == 3
        assert await count(unit, OutboxRow) == 3


async def test_what_was_delivered_leaves_the_outbox_and_its_messages_are_known(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """With the next batch; what the sender knew when it began is handed on as it was."""
    async with bench.write() as unit:
        result = await processor.process(unit, [written(1, "a")], DeliverySnapshot())
    drained = DeliverySnapshot([Delivered(result.rows[0], (41, 42))], frozenset({(HASH, 3)}))
    async with bench.write() as unit:
        await processor.process(unit, [], drained)
    assert echo.unseen == drained.unseen_prompts
    async with bench.write() as unit:
        assert await count(unit, OutboxRow) == 0
        assert (await sent_messages.take(unit, HASH)).ids == [41, 42]


async def test_an_update_that_cannot_be_read_is_set_aside_with_its_batch(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """The others are handled. It counts as seen, its person is told the reference, and of it only its shape is kept."""
    bad = written(1, "a") | {"message": {"text": ["words"]}}
    async with bench.write() as unit:
        result = await processor.process(unit, [written(2, "b"), bad, written(3, "c")], DeliverySnapshot())
        ((reference, why),) = result.aside
        said = [Call.load(unit.safe.ring, row).params["text"] for row in result.rows]
    assert said == ["b", "c", reference]
    assert "message.message_id" in why
    async with bench.write() as unit:
        assert not (await processor.process(unit, [bad], DeliverySnapshot())).aside
    async with bench.read() as unit:
        assert sorted(await unit.session.scalars(select(SeenUpdate.id))) == [1, 2, 3]
        (failed,) = await unit.session.scalars(select(FailedUpdate))
        kept = unit.safe.ring.unseal(failed.raw, f"failed_updates.raw:{reference}")
        assert b"text of 5" in kept
        assert b"words" not in kept


async def test_an_update_that_fails_can_be_set_aside_alone(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """It counts as seen, and its person is told the reference."""
    async with bench.write() as unit:
        (row,) = (await processor.set_aside(unit, written(1, "a"), "0A1B")).rows
        assert Call.load(unit.safe.ring, row).params["text"] == "0A1B"
    async with bench.write() as unit:
        await processor.process(unit, [written(1, "a")], DeliverySnapshot())
    assert echo.handled == []


async def _process(bench: Bench, processor: BatchProcessor, raws: list[RawUpdate]) -> None:
    async with bench.write() as unit:
        await processor.process(unit, raws, DeliverySnapshot())


async def test_what_is_not_owed_any_more_is_taken_back_unless_it_was_recorded(
    bench: Bench, processor: BatchProcessor
) -> None:
    """One row was dropped while it was under way: its messages leave the chat. The other was recorded by a transaction of whose commit nobody
    heard, or by another copy of the bot: its messages stay, and are known once."""
    async with bench.write() as unit:
        outbox = Outbox(unit)
        dropped, recorded = (
            outbox.add(HASH, Call("sendMessage", {"chat_id": CHAT, "text": text})) for text in ("a", "b")
        )
        await outbox.write()
    async with bench.write() as unit:
        await processor.process(unit, [], DeliverySnapshot([Delivered(recorded, (21, 22))]))
        await outbox_forget(unit, [dropped.id])
    async with bench.write() as unit:
        again = [Delivered(dropped, (11,)), Delivered(recorded, (21, 22))]
        result = await processor.process(unit, [], DeliverySnapshot(again))
        (deleting,) = (Call.of(unit.safe.ring, row) for row in result.rows)
        assert (deleting.method, deleting.params["message_id"]) == ("deleteMessage", 11)
    async with bench.write() as unit:
        assert set(await sent_messages.known(unit, HASH)) == {11, 21, 22}
