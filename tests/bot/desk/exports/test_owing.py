"""Owing an export: what is too much for a chat, and what is said of it at once."""

import pytest

from bot.desk import exports
from bot.desk.people import service as people_service
from bot.reports import claims
from bot.transport.call import DeliverySnapshot
from tests.bench import approve_proposal, statements
from tests.bot.chat.chats import Chats, words
from tests.bot.chat.moderating import confirmation, enrol, report


async def test_a_file_that_telegram_would_not_take_is_not_begun(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moderator is told how to ask for less."""
    monkeypatch.setattr(exports, "MOST_EXPORTED", 0)
    name = await report(chats)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await people_service.list_moderators(unit))[0]
        await chats.bench.propose(unit, me, await claims.find(unit, name))
    calls = await chats.say(5, f"/approve {name}")
    await chats.tap_data(5, confirmation(calls, name))
    calls = await chats.say(5, "/export csv")
    assert "More than 0 approved reports in this period are too many for a chat." in words(calls)
    assert not [call for call in calls if call.attach]


async def test_an_export_of_a_long_period_opens_nothing_while_everybody_waits(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a short one it says at once of which reports the consent was changed; of a long one the daily notice does."""
    name = await report(chats)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me, found = (await people_service.list_moderators(unit))[0], await claims.find(unit, name)
        await chats.bench.propose(unit, me, found)
        await approve_proposal(unit, me, found)
        found.consent_use = "statistics_only"
    assert f"not exported: {name}" in words(await chats.say(5, "/export csv"))
    monkeypatch.setattr(exports, "MOST_LOOKED_AT", 0)
    async with chats.bench.write() as unit, statements(unit) as seen:
        await chats.processor.process(
            unit, [{"update_id": 9_999, **chats.written(5, "/export csv")}], DeliverySnapshot()
        )
    assert not [one for one in seen if "public_versions.content" in one]
