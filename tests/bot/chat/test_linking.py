"""What the database file alone tells of who sent which report, to whoever looks at order, ids, numbers and sizes."""

import asyncio
import math
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.chat.screens.callback import Tap, encode
from bot.chat.transport.sending.outbox import Call, Delivered, Drained
from bot.form.answers import Answer, Chosen
from bot.form.draft import REVIEW
from bot.form.events import Submit
from bot.form.model import Form
from bot.services import sent_messages
from bot.services.reports import drafting
from bot.services.unit import REPORT_FORM
from db.engine import Database
from db.models import OutboxRow, Report, SentMessage
from tests.bench import TOLD, Bench
from tests.bench import text as words
from tests.bot.chat.chats import Chats
from tests.conftest import sqlite_url

REPORTS = 60
FIRST = 5_000


@pytest.fixture
async def chats(migrated_file: Path, tmp_path: Path, forms: Mapping[str, Form]) -> AsyncIterator[Chats]:
    """Chats on SQLite, whose file is looked into."""
    await asyncio.to_thread(shutil.copy, migrated_file, tmp_path / "kuager.db")
    database = Database(sqlite_url(tmp_path / "kuager.db"))
    yield Chats(Bench(database, forms))
    await database.close()


async def report(chats: Chats, chat: int, length: int) -> None:
    """Somebody sends a report, told in so many messages, and gets the receipt; then the moderators are told."""
    async with chats.bench.write() as unit:
        hashed = unit.safe.pseudonyms.chat(chat)
        for _ in range(length):
            sent_messages.note(unit, hashed, chats.number())
        filling = await drafting.start(unit, hashed, REPORT_FORM, "en")
        answers = {**TOLD, "story": words("x" * 50 * length)}
        by_role = filling.form.by_role
        given: dict[str, Answer] = {by_role[role].path: answer for role, answer in answers.items()}
        short = Chosen(("short",))
        given |= {question.path: short for question in filling.form.questions if question.name == "depth"}
        filling.draft = replace(filling.draft, answers=given, position=REVIEW)
        drafting.save(unit, filling)
        data = encode(Tap(filling.row.id[:4], filling.draft.step, Submit()))
    receipts = await chats.tap_data(chat, data)
    assert {call.params.get("chat_id", chat) for call in receipts} == {chat}
    await deliver(chats, receipts)
    await deliver(chats, await chats.announce())


async def deliver(chats: Chats, calls: Sequence[Call]) -> None:
    """Whatever is owed reaches its chat, and is recorded."""
    done = [
        Delivered(row, (chats.number(),) if call.shows else ())
        for row, call in zip(chats.rows, calls, strict=True)
    ]
    await chats.batch(drained=Drained(done))


def correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Spearman's, of the ranks."""

    def ranks(values: Sequence[float]) -> list[int]:
        order = sorted(range(len(values)), key=values.__getitem__)
        return sorted(range(len(values)), key=order.__getitem__)

    n, pairs = len(one), zip(ranks(one), ranks(other), strict=True)
    return 1 - 6 * sum((a - b) ** 2 for a, b in pairs) / (n * (n * n - 1))


async def test_neither_order_nor_number_nor_size_joins_a_chat_to_a_report(
    chats: Chats, tmp_path: Path
) -> None:
    """Reports lie in the file in the order in which they came; the rows of their chats do not, by any of their marks."""
    async with chats.bench.write() as unit:
        await chats.bench.moderator(unit)
    lengths = [5 + at % 41 for at in range(REPORTS)]
    for at in range(REPORTS):
        await report(chats, FIRST + at, lengths[at])
    hashes = [chats.bench.safe.pseudonyms.chat(FIRST + at) for at in range(REPORTS)]
    async with chats.bench.read() as unit:
        assert (await unit.session.scalars(select(OutboxRow))).all() == []
        order = (await unit.session.scalars(select(Report.id).order_by(text("rowid")))).all()
        rows = (await unit.session.scalars(select(SentMessage))).all()
    shown = {row.report_id: row.id for row in rows if row.report_id in order}
    of_chat = [[row.id for row in rows if row.chat_hash == hashed] for hashed in hashes]
    assert await chats.bench.database.truncate_log()
    content = await asyncio.to_thread((tmp_path / "kuager.db").read_bytes)
    assert len(order) == len(shown) == REPORTS
    came = list(range(REPORTS))
    marks: dict[str, Sequence[float]] = {
        "first id": [min(ids) for ids in of_chat],
        "last id": [max(ids) for ids in of_chat],
        "first place": [content.find(hashed) for hashed in hashes],
        "last place": [content.rfind(hashed) for hashed in hashes],
        "notice's id": [shown[one] for one in order],
    }
    bound = 5 / math.sqrt(REPORTS - 1)
    assert {
        name: found for name, mark in marks.items() if abs(found := correlation(came, mark)) > bound
    } == {}
    nearest = [
        min(range(REPORTS), key=lambda at: min(abs(row - shown[one]) for row in of_chat[at])) for one in order
    ]
    # One is expected; more than eight come about once in a million times.
    assert sum(chosen == at for at, chosen in enumerate(nearest)) <= 8
    assert len({len(ids) for ids in of_chat}) == 1
    assert len({len(row.message) for row in rows}) == 1
