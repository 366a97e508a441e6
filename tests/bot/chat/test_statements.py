"""What an ordinary act asks of the database: each statement costs more than what it does, and they are many a report."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bot.chat.buttons import Act, Tap, encode
from bot.desk.people import service as people_service
from bot.form.answers import Chosen
from bot.form.draft import REVIEW
from bot.form.events import Submit
from bot.reports import claims
from bot.store import allowances, drafting, message_slots
from bot.store.unit import REPORT_FORM, UnitOfWork
from bot.transport.call import Call, Delivered, DeliverySnapshot
from db.models import SentMessage
from tests.bench import TOLD, Bench, count
from tests.bot.chat.chats import Chats
from tests.bot.chat.moderating import enrol, report

ME, OTHERS, MODERATOR = 1001, range(2001, 2101), 5
MOST = {"sqlite": 11, "postgresql": 12}
"""Statements of a batch in which somebody answers a question: what was delivered leaves the outbox (1), the update is noted
(1), the buckets of the senders' counts are read (1) and overwritten (1), the drafts with their keys (1), the moderators (1) and
who is blocked (1) are read, what is owed (1) and the draft (1) are written, and for the ids of messages slots are looked for
(1) and filled (1)."""
SENDING, A_REPORT = {"sqlite": 7, "postgresql": 9}, 9
"""What a batch in which reports are sent adds once, to deal out their chats' slots anew, on the shelves where they
stand, to chain the log to its last entry, and to overwrite the slots of their keys' old ids (3) (of these batches none records a
delivery, which spares a statement on SQLite alone); and for each of them: the key gets another slot under another id (4) and its
files follow (1), the draft goes (1), a reference is found (1), the report and its entry in the log are written (2)."""
A_WAY = 6
"""What each report adds whose reporter agrees to be asked: what leads to the chat already is looked for (1), and the row is written
(1) with a key (1) in a slot (3)."""
A_DECISION = 22
"""What a moderator's decision adds; most of it takes what was shown of the report out of moderators' chats; one
lets the way back to its reporter last longer."""


def most(bench: Bench) -> int:
    """How many statements a batch takes there."""
    return MOST[bench.database.writer.dialect.name]


async def test_an_answer_takes_a_handful_of_statements(bench: Bench, chats: Chats) -> None:
    """Delivery, answer and commit together; more of them are a fault, unless there is a reason that is worth it."""
    calls = await to_first_question(chats, ME)
    for _ in range(2):
        calls, _ = await answered(bench, chats, calls)
    _, seen = await answered(bench, chats, calls)
    assert len(seen) <= most(bench), "\n".join(seen)


async def test_a_batch_of_a_hundred_takes_no_more_statements_than_one_of_one(
    bench: Bench, chats: Chats
) -> None:
    """However many people answer at once."""
    everybody = []
    for first in range(0, len(OTHERS), 10):  # so many whom nobody knows yet are answered at once
        for words in ("/start", "/report"):
            calls = await chats.batch(*(chats.written(chat, words) for chat in OTHERS[first : first + 10]))
        everybody += [call for call in calls if _has_buttons(call)]
    assert len(everybody) == len(OTHERS)
    chats.rows = ()
    calls, _ = await answered(bench, chats, everybody)
    await make_room(bench)
    _, seen = await answered(bench, chats, calls)
    assert len(seen) <= most(bench), "\n".join(seen)


async def test_batches_of_three_and_four_ask_by_the_same_statements(bench: Bench, chats: Chats) -> None:
    """A server prepares each once, which costs a round trip: batches come in all sizes."""
    asked, apart = [], await in_buckets_of_their_own(bench, 7)
    for people in (apart[:3], apart[3:]):
        for words in ("/start", "/report"):
            calls = await chats.batch(*(chats.written(chat, words) for chat in people))
        calls, _ = await answered(bench, chats, calls)
        _, seen = await answered(bench, chats, calls)
        asked.append({one for one in seen if " IN (" in one})
    assert asked[0] == asked[1]
    assert len(asked[0]) > 1


async def in_buckets_of_their_own(bench: Bench, number: int) -> list[int]:
    """So many people, of whom no two are counted in one bucket today: that is chance."""
    async with bench.write() as unit:
        crowd = await allowances.of(unit, set(OTHERS))
    apart = {one.sender[0]: chat_id for chat_id, one in crowd.by_chat.items()}
    return list(apart.values())[:number]


@pytest.mark.parametrize("asks", ["no", "yes"])
async def test_each_report_that_is_sent_adds_the_same_number(bench: Bench, chats: Chats, asks: str) -> None:
    """However many are sent at once, and however many messages their chats hold; also where the chat is kept, to ask back."""
    await chats.say(ME - 1, "/help")  # the day's key is made
    for number in (1, 2, 6):
        taps = [chats.tapped(ME + at, await to_review(bench, ME + at, asks)) for at in range(number)]
        await make_room(bench)
        calls, seen = await counted(bench, chats, taps)
        assert sum("Your code" in call.params.get("text", "") for call in calls) == number
        each = A_REPORT + (A_WAY if asks == "yes" else 0)
        assert len(seen) <= most(bench) + SENDING[bench.database.writer.dialect.name] + number * each, (
            "\n".join(seen)
        )


async def test_a_decision_adds_a_number_that_is_known(bench: Bench, chats: Chats) -> None:
    """However much is shown of the report: one question, or all of it again and again."""
    await enrol(chats, MODERATOR)
    for shown in (1, 5):
        ref = await report(chats)
        for _ in range(shown):
            await chats.say(MODERATOR, f"/open {ref}")
        await make_room(bench)
        reject = chats.tapped(MODERATOR, encode(Act("mrejectyes", ref, "spam")))
        _, seen = await counted(bench, chats, [reject])
        assert len(seen) <= most(bench) + A_DECISION, "\n".join(seen)
    for _ in range(2):
        ref = await report(chats)
        async with bench.write() as unit:
            (moderator,) = await people_service.list_moderators(unit)
            await bench.propose(unit, moderator, await claims.find(unit, ref))
        asked = (await chats.say(MODERATOR, f"/approve {ref}"))[-1]
        approve = next(data for data in _buttons(asked) if data.startswith("amapprove"))
        await make_room(bench)
        _, seen = await counted(bench, chats, [chats.tapped(MODERATOR, approve)])
        assert len(seen) <= most(bench) + A_DECISION, "\n".join(seen)


async def make_room(bench: Bench) -> None:
    """More slots for the ids of messages, which else become scarce now and then."""
    async with bench.write() as unit:
        while 20 * await _taken(unit) > await count(unit, SentMessage):
            await message_slots.grow(unit)


async def _taken(unit: UnitOfWork) -> int:
    taken = select(func.count()).select_from(message_slots.TABLE).where(~message_slots.IS_FREE)
    return await unit.session.scalar(taken) or 0


async def to_review(bench: Bench, chat: int, asks: str = "no") -> str:
    """A report of which everything is told; the data of the button that sends it."""
    async with bench.write() as unit:
        filling = await drafting.start(unit, unit.safe.pseudonyms.chat(chat), REPORT_FORM, "en")
        by_role = filling.form.by_role
        told = {**TOLD, "consent_ask": Chosen((asks,))}
        answers = {by_role[role].path: answer for role, answer in told.items()}
        answers |= {one.path: Chosen(("short",)) for one in filling.form.questions if one.name == "depth"}
        filling.draft = replace(filling.draft, answers=answers, position=REVIEW)
        drafting.save(unit, filling)
        return encode(Tap(filling.row.id[:4], filling.draft.step, Submit()))


async def to_first_question(chats: Chats, chat: int) -> list[Call]:
    """Somebody begins a report; what asks the first question."""
    await chats.say(chat, "/start")
    return await chats.say(chat, "/report")


async def answered(bench: Bench, chats: Chats, calls: list[Call]) -> tuple[list[Call], list[str]]:
    """What was owed is delivered, and everybody taps the first button; what is owed then, and the statements that it took."""
    drained = DeliverySnapshot([Delivered(row, (chats.number(),)) for row in chats.rows])
    taps = [chats.tapped(call.params["chat_id"], _first_button(call)) for call in calls if _has_buttons(call)]
    return await counted(bench, chats, taps, drained)


async def counted(
    bench: Bench, chats: Chats, taps: list[dict[str, Any]], drained: DeliverySnapshot | None = None
) -> tuple[list[Call], list[str]]:
    """What a batch of these taps owes, and the statements that it took."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    engine = bench.database.writer.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        return await chats.batch(*taps, drained=drained), seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _has_buttons(call: Call) -> bool:
    return call.method == "sendMessage" and "inline_keyboard" in call.params.get("reply_markup", {})


def _first_button(call: Call) -> str:
    return _buttons(call)[0]


def _buttons(call: Call) -> list[str]:
    rows: Any = call.params["reply_markup"]["inline_keyboard"]
    return [str(button["callback_data"]) for row in rows for button in row]
