"""What an ordinary act asks of the database: each statement costs more than what it does, and they are many a report."""

from typing import Any

import pytest
from sqlalchemy import event

from bot.chat.transport.sending.outbox import Call, Delivered, Drained
from tests.bench import Bench
from tests.bot.chat.chats import Chats

ME, OTHERS = 1001, range(2001, 2006)
MOST = 11
"""Statements of a batch in which somebody answers a question: what was delivered leaves the outbox (1), the update is noted
(1), the buckets of the senders' counts are read (1) and overwritten (1), the drafts with their keys (1), the moderators (1) and
who is blocked (1) are read, what is owed (1) and the draft (1) are written, and for the ids of messages slots are looked for
(1) and filled (1)."""


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """A bot without a network."""
    return Chats(bench)


async def test_an_answer_takes_a_handful_of_statements(bench: Bench, chats: Chats) -> None:
    """Delivery, answer and commit together; more of them are a fault, unless there is a reason that is worth it."""
    calls = await to_first_question(chats, ME)
    for _ in range(2):
        calls, _ = await answered(bench, chats, calls)
    _, seen = await answered(bench, chats, calls)
    assert len(seen) <= MOST, "\n".join(seen)


async def test_a_batch_of_many_takes_no_more_statements_than_one_of_one(bench: Bench, chats: Chats) -> None:
    """However many people answer at once."""
    everybody = [(await to_first_question(chats, chat))[-1] for chat in OTHERS]
    calls, _ = await answered(bench, chats, everybody)
    _, seen = await answered(bench, chats, calls)
    assert len(seen) <= MOST, "\n".join(seen)


async def to_first_question(chats: Chats, chat: int) -> list[Call]:
    """Somebody begins a report; what asks the first question."""
    await chats.say(chat, "/start")
    return await chats.say(chat, "/report")


async def answered(bench: Bench, chats: Chats, calls: list[Call]) -> tuple[list[Call], list[str]]:
    """What was owed is delivered, and everybody taps the first button; what is owed then, and the statements that it took."""
    drained = Drained([Delivered(row, (chats.number(),)) for row in chats.rows])
    taps = [chats.tapped(call.params["chat_id"], _first_button(call)) for call in calls if _has_buttons(call)]
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
    rows: Any = call.params["reply_markup"]["inline_keyboard"]
    return str(rows[0][0]["callback_data"])
