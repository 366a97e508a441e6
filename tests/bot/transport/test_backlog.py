"""The backlog: updates that wait their turn, on both databases, without any timing."""

import json
from typing import Any

import pytest
from sqlalchemy import insert, select
from telegram import Bot

from bot.store import allowances, sent_messages
from bot.transport.backlog import MOST_OF_BLOCKED, MOST_URGENT, Backlog
from bot.transport.batch import BatchProcessor
from bot.transport.call import DeliverySnapshot
from bot.transport.reservation import HeldUpdates
from db.models import OutboxRow, SeenUpdate, WaitingUpdate
from tests.bench import Bench, count, statements
from tests.bot.transport.test_batch import Echo

FLOODER, OTHER = 7, 8


@pytest.fixture
def echo() -> Echo:
    """A handler that answers by the words it was told."""
    return Echo()


@pytest.fixture
def processor(echo: Echo) -> BatchProcessor:
    """The core with that handler."""
    return BatchProcessor(Bot("1:made-up"), echo)


def written(update_id: int, chat: int = FLOODER) -> dict[str, Any]:
    """An update with a message that says which it is."""
    place = {"id": chat, "type": "private"}
    return {
        "update_id": update_id,
        "message": {"message_id": update_id, "date": 1, "chat": place, "text": f"{chat}.{update_id}"},
    }


async def flood(
    bench: Bench, processor: BatchProcessor, first: int, number: int, *, other: bool = False
) -> None:
    """So many updates of one chat in a batch."""
    chat = OTHER if other else FLOODER
    async with bench.write() as unit:
        await processor.process(
            unit, [written(first + place, chat) for place in range(number)], DeliverySnapshot()
        )


async def newcomer_waits(bench: Bench, processor: BatchProcessor, update_id: int, chat: int = OTHER) -> None:
    """An update of somebody who has nothing open waits, since no more are taken in now."""
    async with bench.write() as unit:
        await processor.process(unit, [written(update_id, chat)], DeliverySnapshot(), newcomers=0)


async def take(bench: Bench, processor: BatchProcessor, others: int = 50, resting: int = 50) -> None:
    """Process what is next in the backlog."""
    turn = await Backlog(bench.read).next(50, others, of_reports=resting)
    async with bench.write() as unit:
        await processor.process_waiting(unit, turn, DeliverySnapshot())


async def test_what_is_too_much_at_once_waits_and_nothing_of_it_is_lost(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """A hundred updates of one chat: each is seen, so that it never comes again, and answered once, in order; somebody
    else's is answered before most of them."""
    await flood(bench, processor, 1, 100)
    async with bench.write() as unit:
        result = await processor.process(unit, [written(101), written(200, OTHER)], DeliverySnapshot())
    assert result.waiting
    for _ in range(3):
        await take(bench, processor)
    mine = [words for words in echo.handled if words.startswith("7.")]
    assert mine == [f"7.{number}" for number in range(1, 102)]
    async with bench.read() as unit:
        assert await count(unit, SeenUpdate) == 102
        assert await count(unit, OutboxRow) == 102
        assert await count(unit, WaitingUpdate) == 0


async def test_updates_that_wait_are_taken_once_though_telegram_repeats_them(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """The same hundred again while they wait, and after."""
    await flood(bench, processor, 1, 100)
    await flood(bench, processor, 1, 100)
    await take(bench, processor)
    await take(bench, processor)
    await flood(bench, processor, 1, 100)
    assert len(echo.handled) == 100


async def test_what_was_taken_is_not_taken_again_though_nobody_heard_of_its_commit(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """The same turn comes again then."""
    await flood(bench, processor, 1, 12)
    turn = await Backlog(bench.read).next(50, 50)
    for _ in range(2):
        async with bench.write() as unit:
            await processor.process_waiting(unit, turn, DeliverySnapshot())
    assert echo.handled == [f"7.{number}" for number in range(1, 13)]


async def test_whoever_wrote_least_today_is_the_next(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """Not whoever came first: a flood that came earlier does not hold up one message that came later."""
    await flood(bench, processor, 1, 100)
    await newcomer_waits(bench, processor, 200)
    echo.handled.clear()
    await take(bench, processor, others=1, resting=1)
    assert echo.handled == ["8.200", "7.11"]


async def test_an_update_that_waits_is_sealed_and_leaves_with_its_turn(
    bench: Bench, processor: BatchProcessor
) -> None:
    """No words, no id of a chat, and not its stable hash either."""
    await flood(bench, processor, 1, 100)
    async with bench.read() as unit:
        rows = list(await unit.session.scalars(select(WaitingUpdate)))
        assert all(row.sender != unit.safe.pseudonyms.chat(FLOODER) for row in rows)
        assert not any(b"message" in row.raw for row in rows)
        opened = json.loads(unit.safe.ring.unseal(rows[0].raw, f"waiting_updates.raw:{rows[0].id}"))
        assert opened["update_id"] == rows[0].id


async def test_an_update_that_fails_when_its_turn_comes_is_set_aside_alone(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """It is out of the backlog then, and seen only once."""
    await flood(bench, processor, 1, 100)
    turn = (await Backlog(bench.read).next(50, 1))[0]
    async with bench.write() as unit:
        await processor.set_aside(unit, turn.raw, "0A1B", waited=True)
    for _ in range(3):
        await take(bench, processor)
    assert turn.raw["message"]["text"] not in echo.handled
    assert len(echo.handled) == 99


async def test_of_somebody_who_has_nothing_open_no_more_is_kept_than_is_answered(
    bench: Bench, processor: BatchProcessor
) -> None:
    """But for the one that is told so: a flood does not fill the disk."""
    limit = bench.settings.updates_a_day
    for batch in range(limit // 100 + 2):
        await flood(bench, processor, 1 + 100 * batch, 100)
    async with bench.read() as unit:
        numbers = list(await unit.session.scalars(select(WaitingUpdate.number)))
        assert max(numbers) == limit + 1
        crowd = await allowances.of(unit, [FLOODER])
    assert crowd.by_chat[FLOODER].updates == 100 * (limit // 100 + 2)


async def test_of_a_flood_the_last_few_urgent_updates_alone_are_kept(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """However many there are, in one batch or in several: a flooder gains five rows by it."""
    limit = bench.settings.updates_a_day
    batches = limit // 100 + 3
    echo.urgent = frozenset(range(limit + 2, 100 * batches - 20))
    for batch in range(batches):
        await flood(bench, processor, 1 + 100 * batch, 100)
    async with bench.read() as unit:
        waiting = set(await unit.session.scalars(select(WaitingUpdate.id)))
    last = 100 * batches - 20
    assert {one for one in waiting if one > limit + 1} == set(range(last - MOST_URGENT, last))


async def test_the_next_urgent_update_takes_the_place_of_the_oldest_alone(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """What waits of others, and what is within the day's limit, stays."""
    limit = bench.settings.updates_a_day
    for batch in range(limit // 100 + 1):
        await flood(bench, processor, 1 + 100 * batch, 100)
    echo.urgent = frozenset(range(1000, 1010))
    for urgent in range(1000, 1000 + MOST_URGENT + 2):
        await flood(bench, processor, urgent, 1)
    async with bench.read() as unit:
        waiting = set(await unit.session.scalars(select(WaitingUpdate.id)))
    assert {one for one in waiting if one > limit + 1} == set(range(1002, 1002 + MOST_URGENT))
    assert {one for one in waiting if one <= limit + 1} == set(range(11, limit + 2))


async def flood_beyond_the_limit(bench: Bench, processor: BatchProcessor) -> None:
    """A sender for whom little is allowed has reached the limit, and what is told waits."""
    bench.settings = bench.settings.model_copy(update={"updates_a_day": 20})
    await flood(bench, processor, 1, 21)


async def wait_beyond_the_limit(bench: Bench) -> list[int]:
    """What waits of that sender and is urgent."""
    async with bench.read() as unit:
        query = select(WaitingUpdate.id).where(WaitingUpdate.id > 21).order_by(WaitingUpdate.id)
        return list(await unit.session.scalars(query))


async def test_repetitions_of_an_urgent_update_take_one_place_together(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """In one batch or in several: whoever taps the same button often displaces nothing else."""
    await flood_beyond_the_limit(bench, processor)
    echo.urgent, echo.same = frozenset(range(100, 200)), dict.fromkeys(range(101, 200), "/panic")
    await flood(bench, processor, 100, 8)
    for again in range(110, 118):
        await flood(bench, processor, again, 1)
    assert await wait_beyond_the_limit(bench) == [100, 117]


async def test_what_loses_its_place_is_dropped_like_the_rest(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """Its message is known for when the chat is cleared, and what may endanger somebody leaves the chat."""
    await flood_beyond_the_limit(bench, processor)
    echo.urgent = frozenset({100, 101, 102, 103, 104, 105, 106})
    await flood(bench, processor, 100, 5)
    assert echo.dropped == []
    await flood(bench, processor, 105, 2)
    assert (await wait_beyond_the_limit(bench), echo.dropped) == ([102, 103, 104, 105, 106], [100, 101])
    async with bench.write() as unit:
        taken = await sent_messages.take(unit, unit.safe.pseudonyms.chat(FLOODER))
    assert (taken.ids, taken.doubtful) == ([100, 101], False)


async def test_an_urgent_update_finds_its_place_however_much_waits(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """Also where a form was open over night, and more waits than a statement can be told of."""
    await flood_beyond_the_limit(bench, processor)
    async with bench.write() as unit:
        sender = await unit.session.scalar(select(WaitingUpdate.sender).limit(1))
        row = {"sender": sender, "in_report": False, "raw": b"does not open"}
        rows = [{**row, "id": number, "number": number} for number in range(1000, 41_000)]
        await unit.session.execute(insert(WaitingUpdate), rows)
    echo.urgent = frozenset({100})
    await flood(bench, processor, 100, 1)
    assert await wait_beyond_the_limit(bench) == [100]


async def test_of_somebody_who_was_not_told_one_update_waits_to_be(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """The first that may be refused, though the first beyond the limit is not; only one at a time, and none once it was told."""
    await flood_beyond_the_limit(bench, processor)
    await take(bench, processor)
    await newcomer_waits(bench, processor, 300)
    await flood(bench, processor, 400, 5)
    await flood(bench, processor, 405, 5)
    async with bench.read() as unit:
        waiting = set(await unit.session.scalars(select(WaitingUpdate.id).where(WaitingUpdate.id >= 400)))
    assert waiting == {400}
    await take(bench, processor)
    async with bench.write() as unit:
        crowd = await allowances.of(unit, [FLOODER])
        crowd.by_chat[FLOODER].told_enough = True
        allowances.note(unit, crowd.by_chat[FLOODER])
    await newcomer_waits(bench, processor, 500)
    await flood(bench, processor, 600, 5)
    async with bench.read() as unit:
        assert await unit.session.scalar(select(WaitingUpdate.id).where(WaitingUpdate.id >= 600)) is None


async def test_of_a_blocked_sender_whose_form_is_open_a_bounded_number_waits(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """The first of them, in order, and the last few urgent ones."""
    bench.settings = bench.settings.model_copy(update={"updates_a_day": 20})
    echo.open_chats = echo.blocked_chats = frozenset({FLOODER})
    echo.urgent = frozenset({295, 298})
    for first in (1, 101, 201):
        await flood(bench, processor, first, 100)
    async with bench.read() as unit:
        waiting = sorted(await unit.session.scalars(select(WaitingUpdate.id)))
    assert waiting == [*range(11, 21 + MOST_OF_BLOCKED), 295, 298]


async def test_what_came_inside_a_report_makes_nothing_of_the_rest_too_much(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """Neither what has to wait afterwards, nor what is kept of messages that nobody reads."""
    bench.settings = bench.settings.model_copy(update={"updates_a_day": 20})
    await tell(bench, processor, 90)
    await flood(bench, processor, 1000, 70)
    async with bench.read() as unit:
        waiting = set(await unit.session.scalars(select(WaitingUpdate.id)))
    assert waiting == set(range(1010, 1020))  # the one that opened the report counts
    async with bench.write() as unit:
        taken = await sent_messages.take(unit, unit.safe.pseudonyms.chat(FLOODER))
    assert (taken.ids, taken.doubtful) == (list(range(1020, 1039)), True)


async def tell(bench: Bench, processor: BatchProcessor, number: int, *, ends: bool = True) -> None:
    """So many updates of a chat inside a report, which is over then if it `ends`."""
    for is_open in (True, False) if ends else (True,):
        async with bench.write() as unit:
            crowd = await allowances.count(unit, {FLOODER: 1 if is_open else number})
            crowd.by_chat[FLOODER].open_now = is_open
            await allowances.note_reports_open(unit, crowd)


async def test_of_somebody_whose_form_is_open_nothing_is_dropped(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """Though the day is new and their count does not say so yet."""
    bench.settings = bench.settings.model_copy(update={"updates_a_day": 20})
    echo.open_chats = frozenset({FLOODER})
    await flood(bench, processor, 1, 100)
    for _ in range(3):
        await take(bench, processor)
    assert echo.handled == [f"7.{number}" for number in range(1, 101)]
    async with bench.write() as unit:
        assert not (await sent_messages.take(unit, unit.safe.pseudonyms.chat(FLOODER))).doubtful


async def test_what_is_dropped_can_be_deleted_and_of_a_flood_it_is_known_that_more_remains(
    bench: Bench, processor: BatchProcessor
) -> None:
    """A message that nobody read stands in the chat all the same."""
    bench.settings = bench.settings.model_copy(update={"updates_a_day": 20})
    for _ in range(2):
        await flood(bench, processor, 1, 35)
    async with bench.write() as unit:
        taken = await sent_messages.take(unit, unit.safe.pseudonyms.chat(FLOODER))
        assert (taken.ids, taken.doubtful) == (list(range(22, 36)), False)
    await flood(bench, processor, 36, 65)
    async with bench.write() as unit:
        taken = await sent_messages.take(unit, unit.safe.pseudonyms.chat(FLOODER))
        assert (taken.ids, taken.doubtful) == (list(range(36, 41)), True)


async def test_an_update_whose_key_has_left_the_ring_is_dropped_and_said(
    bench: Bench, processor: BatchProcessor, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody knows whose it was; it holds up nothing."""
    await flood(bench, processor, 1, 11)
    bench.change_ring()
    turn = await Backlog(bench.read).next(50, 50)
    assert [set(one.raw) for one in turn] == [{"update_id"}]
    assert "does not open and is dropped" in caplog.text


async def test_a_batch_costs_two_statements_more_whoever_writes(
    bench: Bench, processor: BatchProcessor
) -> None:
    """Once the day has its key: all are looked up together, and counted together."""
    for first in (1, 1000):
        await flood(bench, processor, first, 1)
    async with bench.write() as unit, statements(unit) as seen:
        await processor.process(
            unit, [written(2000 + chat, chat) for chat in range(1, 40)], DeliverySnapshot()
        )
        await allowances.write(unit)
    again = 0 if bench.database.is_sqlite else 1  # another copy of the bot may have written meanwhile
    assert len([statement for statement in seen if "sender_buckets" in statement]) == 2 + again
    assert not [statement for statement in seen if "day_keys" in statement]
    async with bench.read() as unit:
        crowd = await allowances.of(unit, [FLOODER])
    assert crowd.by_chat[FLOODER].updates == 3


async def test_a_newcomer_who_waits_in_a_crowd_is_told_so_once(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """Neither without a crowd, nor for a tap, nor where there is room; and not again by the next batch."""
    tap = {"update_id": 3, "callback_query": {"id": "1", "from": {"id": OTHER}, "data": "x"}}
    for raws, newcomers, crowded in (
        ([written(1)], 0, False),
        ([written(2), tap], 0, True),
        ([written(4)], 0, True),
        ([written(5, OTHER)], 0, True),
    ):
        async with bench.write() as unit:
            snapshot = DeliverySnapshot()
            await processor.process(unit, raws, snapshot, newcomers=newcomers, crowded=crowded)
            await allowances.write(unit)
    assert echo.told_waiting == [2, 5]
    assert echo.handled == []


async def test_newcomers_do_not_rest_with_people_in_the_middle_of_a_report(
    bench: Bench, processor: BatchProcessor
) -> None:
    """Else one who floods the bot from an open form would hold them up."""
    async with bench.write() as unit:
        crowd = await allowances.count(unit, {FLOODER: 1})
        crowd.by_chat[FLOODER].open_now = True
        await allowances.note_reports_open(unit, crowd)
    async with bench.write() as unit:
        raws = [*(written(one) for one in range(1, 30)), written(30, OTHER), written(31, 31)]
        await processor.process(unit, raws, DeliverySnapshot(), newcomers=0)
    for of_reports, chats in ((0, [OTHER, 31]), (2, [OTHER, 31, FLOODER, FLOODER])):
        turn = await Backlog(bench.read).next(1, 5, of_reports=of_reports)
        assert [one.chat_id for one in turn] == chats


async def test_who_wrote_much_with_nothing_open_rests_and_no_newcomer_waits_behind_them(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """At most `each` of theirs are taken in a turn, after those of newcomers. A newcomer who comes meanwhile is answered
    at once, unless another newcomer waits."""
    await flood(bench, processor, 1, 30)
    await flood(bench, processor, 100, 1, other=True)
    assert echo.handled[-1] == "8.100"
    await newcomer_waits(bench, processor, 200, 31)
    for of_reports, chats in ((0, [31]), (10, [31, FLOODER, FLOODER, FLOODER])):
        turn = await Backlog(bench.read).next(3, 5, of_reports=of_reports)
        assert [one.chat_id for one in turn] == chats
        assert [one.rests for one in turn] == [False, *[True] * (len(chats) - 1)]
    await flood(bench, processor, 101, 1, other=True)
    assert echo.handled[-1] == "8.100"


async def test_newcomers_wait_behind_nobody_who_floods_from_an_open_form(
    bench: Bench, processor: BatchProcessor, echo: Echo
) -> None:
    """They come first in the backlog anyway, and there they would wait for its next turn. Another newcomer who waits is a
    reason to wait, and the flooder's next messages stay behind the earlier ones."""
    await tell(bench, processor, 1, ends=False)
    for update_id, chat, waits in ((100, OTHER, False), (101, 31, True)):
        async with bench.write() as unit:
            raws = [*(written(update_id * 100 + one) for one in range(20)), written(update_id, chat)]
            await processor.process(unit, raws, DeliverySnapshot(), newcomers=0 if waits else 5)
            await allowances.write(unit)
        assert (f"{chat}.{update_id}" in echo.handled) is not waits
    async with bench.write() as unit:
        await processor.process(unit, [written(102, 32)], DeliverySnapshot())
    assert echo.handled == [*(f"{FLOODER}.{10_000 + one}" for one in range(10)), f"{OTHER}.100"]


async def test_a_batch_says_how_many_newcomers_it_took_in(bench: Bench, processor: BatchProcessor) -> None:
    """Each once, however much they wrote. People in the middle of a report are none, nor are those who wait."""
    async with bench.write() as unit:
        crowd = await allowances.count(unit, {FLOODER: 1})
        crowd.by_chat[FLOODER].open_now = True
        await allowances.note_reports_open(unit, crowd)
    raws = [written(1), written(2, OTHER), written(3, OTHER), written(4, 30), written(5, 31)]
    async with bench.write() as unit:
        result = await processor.process(unit, raws, DeliverySnapshot(), newcomers=3)
        await allowances.write(unit)
    assert (result.newcomers, result.waiting) == (2, True)
    turn = await Backlog(bench.read).next(3, 5)
    async with bench.write() as unit:
        result = await processor.process_waiting(unit, turn, DeliverySnapshot())
    assert result.newcomers == len({one.chat_id for one in turn}) == 1


async def test_whose_chat_another_copy_has_in_hand_holds_up_nobody_behind(
    bench: Bench, processor: BatchProcessor
) -> None:
    """Nothing of them is taken for a moment, so that their order stays; when they have waited long it is no reason any more."""
    async with bench.write() as unit:
        raws = [written(100 * chat + place, chat) for chat in (FLOODER, OTHER) for place in range(30)]
        await processor.process(unit, raws, DeliverySnapshot())
    held = HeldUpdates(lambda chat: str(chat).encode(), lambda _chat: True, lambda _chat: False)
    backlog = Backlog(bench.read)
    turn = await backlog.next(50, 2)
    first = {one.chat_id for one in turn[:1]}
    held.add([one.raw for one in turn], until=15.0)
    assert held.take_ready(10.0) == [one.raw for one in turn]
    held.put_back([one.raw for one in turn if one.chat_id in first], 10.0, 0.2)
    behind = await backlog.next(50, 50, held.ids)
    assert behind
    assert first.isdisjoint({one.chat_id for one in behind})
    assert held.take_ready(10.1) == []
    again = held.take_ready(10.3)
    assert (again, held.overdue) == ([one.raw for one in turn if one.chat_id in first], set())
    held.put_back(again, 14.7, 0.1)
    assert held.take_ready(14.8) == []
    assert (held.take_ready(15.0), held.overdue) == (again, first)
    assert (held.take_ready(20.0), held.overdue) == ([], set())


def test_a_chat_with_a_call_under_way_waits_its_time_and_is_passed_meanwhile() -> None:
    """It is taken once the call is over, or after its time; then it waits anew. Another chat of the turn does not wait."""
    busy = {b"1"}
    held = HeldUpdates(lambda chat: str(chat).encode(), lambda chat: chat not in busy, lambda _chat: False)
    slow, other = written(7, 1), written(8, 2)
    held.add([slow, other], until=5.0)
    assert (held.take_ready(0.0), held.ids) == ([other], {7})
    assert (held.take_ready(4.9), held.ids) == ([], {7})
    assert (held.take_ready(5.0), held.ids) == ([slow], set())
    held.add([slow], until=11.0)
    assert held.take_ready(6.0) == []
    busy.clear()
    assert (held.take_ready(6.0), held.ids) == ([slow], set())
