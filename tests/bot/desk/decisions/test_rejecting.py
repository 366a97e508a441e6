"""/reject, after a second look."""

import pytest

from bot.chat.buttons import Act
from bot.reports import claims
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import Sign
from db.models import DraftRow
from tests.bench import count
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, report, status


async def test_a_report_is_rejected_by_a_reason(chats: Chats) -> None:
    """The open edit ends with it; a closed report is opened only by reopening it."""
    name = await report(chats)
    await enrol(chats, 5)
    await chats.say(5, f"/edit {name}")
    calls = await chats.say(5, "/reject")
    assert f"amreject.{name}.harmful" in buttons(calls)
    assert "is rejected" in words(await chats.tap(5, Act("mreject", name, "harmful")))
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0
    calls = await chats.say(5, f"/open {name}")
    assert STORY not in words(calls)
    assert f"amreopen.{name}." in buttons(calls)
    assert STORY in words(await chats.tap(5, Act("mreopen", name)))


@pytest.mark.parametrize("way", ["a reason", "a duplicate", "a reply"])
async def test_what_a_reporter_told_meanwhile_is_read_before_a_report_is_closed(
    chats: Chats, way: str
) -> None:
    """It may be just what was missing; read, the same tap closes the report."""
    name, other = await report(chats), await report(chats)
    await enrol(chats, 5)
    await chats.say(5, f"/open {name}")
    async with chats.bench.write() as unit:
        await talk_service.sign(unit, await claims.find(unit, name), Sign.SAFE)

    async def close() -> str:
        if way == "a reply":
            asked = TEXTS.text("en", "moderator.duplicate.ask.reply", {"ref": name})
            return words(await chats.reply(5, other, asked))
        act = Act("mrejectyes", name, "not_enough") if way == "a reason" else Act("mdupof", name, other)
        return words(await chats.tap(5, act))

    assert (await close()).strip() == TEXTS.text("en", "moderator.decide.unread", {"ref": name})
    async with chats.bench.read() as unit:
        assert await status(unit, name) == "claimed"
    await chats.say(5, f"/open {name}")
    await close()
    async with chats.bench.read() as unit:
        assert await status(unit, name) == "rejected"
