"""Which report a command is about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Engine, event, select

from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from db.models import Incident, Report
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


async def test_a_reference_behind_a_command_is_linked_whole_and_means_the_same(chats: Chats) -> None:
    """Telegram makes one link of `/open_R7K3QV`: on the card, in refusals and in what is left in the chat."""
    await enrol(chats, 5)
    first, second = [await report(chats) for _ in range(2)]
    card = words(await chats.say(5, f"/open_{first}"))
    assert STORY in card
    assert f"/open_{first}" in card
    assert STORY in words(await chats.say(5, f"/open_{second.lower()}@kuager_bot"))
    assert f"Again: /open_{second}" in words(await chats.say(5, f"/open {second}"))
    assert f"/edit_{first}" in words(await chats.say(5, f"/approve_{first}"))
    assert "back in the queue" in words(await chats.say(5, f"/release_{first}"))
    assert f"/open_{second}" in words(await chats.say(5, "/queue"))


async def test_a_bare_code_opens_a_report_or_an_incident_of_a_moderator_alone(chats: Chats) -> None:
    """The menu is for words that are no code; a code of nothing is said to be unknown, and a form keeps what is typed."""
    await enrol(chats, 5)
    await enrol(chats, 6, "Tau", "analyst")
    ref, other = [await report(chats) for _ in range(2)]
    assert STORY in words(await chats.say(5, f" {ref.lower()} "))
    await chats.tap(5, Act("mjoinwith", ref, other))
    async with chats.bench.read() as unit:
        incident = (await unit.session.scalars(select(Incident.ref))).one()
    for typed in (incident, f"/open {incident}", f"/open_{incident}"):
        shown = words(await chats.say(5, typed))
        assert TEXTS.text("en", "moderator.incident", {"incident": incident, "n": 2}) in shown
        assert f"/open_{ref} · Detained or arrested · Almaty · 08.03.2024" in shown
    assert f"🔗 Incident /open_{incident}, with: /open_{other}" in words(await chats.say(5, f"/open_{ref}"))
    assert "no report" in words(await chats.say(5, "R00000"))
    assert TEXTS.text("en", "menu.ask") in words(await chats.say(5, "hello"))
    for stranger in (6, 7):
        assert STORY not in words(await chats.say(stranger, ref))
    await chats.say(5, f"/edit_{ref}")
    assert other not in words(await chats.say(5, other))
    assert f"<b>Public title</b>\n{other}" in words(await chats.say(5, "hello"))
