"""Which report a command is about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Engine, event, select

from bot.desk.people import service as people_service
from db.models import Report
from tests.bot.chat.chats import TEXTS, Chats, words
from tests.bot.chat.moderating import STORY, enrol, report


async def test_without_a_reference_the_only_held_report_is_meant(chats: Chats) -> None:
    """With none or several the bot asks which."""
    await enrol(chats, 5)
    for _ in range(2):
        await report(chats)
    assert "Which report?" in words(await chats.say(5, "/release"))
    await chats.say(5, "/next")
    assert "back in the queue" in words(await chats.say(5, "/release"))
    for _ in range(2):
        await chats.say(5, "/next")
    assert "Which report?" in words(await chats.say(5, "/release"))
    assert "queue is empty" in words(await chats.say(5, "/next"))


async def test_a_reference_stuck_to_its_command_moves_no_other_report(chats: Chats) -> None:
    """To Telegram `/release,R7K2Q9` is the command alone, which would mean the only held report."""
    await enrol(chats, 5)
    await report(chats)
    await chats.say(5, "/next")
    assert "back in the queue" not in words(await chats.say(5, "/release,R7K2Q9"))
    assert "back in the queue" in words(await chats.say(5, "/release"))


async def test_a_report_that_does_not_open_is_named_and_holds_nobody_up(chats: Chats) -> None:
    """Its key may be missing: whoever takes it is told so, and goes on with the next."""
    await enrol(chats, 5)
    for _ in range(2):
        await report(chats)
    async with chats.bench.write() as unit:
        first = (await unit.session.scalars(select(Report))).all()[0]
        first.content, broken = b"broken", first.ref
    shown = [words(await chats.say(5, "/next")) for _ in range(2)]
    unopened = TEXTS.text("en", "moderator.card.unopened", {"ref": broken})
    assert shown.count(unopened) == 1
    assert sum(STORY in one for one in shown) == 1
    assert words(await chats.say(5, f"/open {broken}")) == unopened


@pytest.mark.parametrize("command", ["/search", "/open", "/link", "/approve", "/audit"])
async def test_words_that_are_no_reference_reach_no_statement(chats: Chats, command: str) -> None:
    """A database may log the parameters of its statements, and a name that is searched for is one of a report."""
    await enrol(chats, 5, role=people_service.ADMIN)
    await report(chats)
    await chats.say(5, "/next")
    async with parameters() as seen:
        await chats.say(5, f"{command} Ахметов Серик")
        await chats.say(5, f"{command} Akhmetov")
    assert seen
    assert not [one for one in seen if "AKHMETOV" in one.upper() or "АХМЕТОВ" in one.upper()]


@asynccontextmanager
async def parameters() -> AsyncIterator[list[str]]:
    """What statements are given meanwhile, on any engine."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, _statement: str, given: object, *_more: object) -> None:
        seen.append(str(given))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
