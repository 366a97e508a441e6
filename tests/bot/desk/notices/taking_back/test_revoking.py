"""Of somebody who was revoked nothing is left in the chat, and nothing more is sent there; on both databases and without a network."""

from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.notices import chat as notices_chat
from bot.desk.people import service as people_service
from bot.reports import claims
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import OutboxRow
from tests.bot.chat.moderating import enrol, report
from tests.bot.desk.notices.taking_back.desks import ME, Desk, hash_of, opened


async def revoke(desk: Desk, alias: str = "Aspan") -> list[Call]:
    """The operator revokes a moderator, and the bot comes to hear of it."""
    async with desk.chats.bench.write() as unit:
        await people_service.revoke(unit, alias)
    return await desk.put_away()


async def test_nothing_is_left_in_the_chat_of_somebody_who_was_revoked(desk: Desk) -> None:
    """Nor its menu of commands, and nothing is said there; a notice, a line and a report of their own go too."""
    await report(desk.chats)
    await desk.arrive(await desk.chats.announce())
    await desk.say(ME, "/help")
    await desk.put_away(11)
    await desk.tap(ME, Act("begin", "en"))
    await opened(desk)
    assert len(desk.shows(ME)) > 4
    calls = await revoke(desk)
    assert desk.shows(ME) == []
    assert [call.params for call in calls if not call.doomed] == [{"scope": {"type": "chat", "chat_id": ME}}]
    assert {call.method for call in calls if not call.doomed} == {"deleteMyCommands"}


async def test_what_is_owed_is_not_sent_after_a_revocation_but_for_deletions(desk: Desk) -> None:
    """Telegram was out of reach: what was to be deleted by then still is."""
    ref = await opened(desk)
    async with desk.chats.bench.write() as unit:
        await claims.release(
            unit, (await people_service.list_moderators(unit))[0], await claims.find(unit, ref)
        )
        outbox = Outbox(unit)
        await notices_chat.put_away(notices_chat.Post(desk.chats.renderer, unit, outbox))
        await outbox.write()
    owed = {number for row in outbox.rows for number in Call.load(unit.safe.ring, row).doomed}
    await desk.chats.say(ME, "/queue")
    async with desk.chats.bench.write() as unit:
        await people_service.revoke(unit, "Aspan")
    async with desk.chats.bench.read() as unit:
        rows = (await unit.session.scalars(select(OutboxRow))).all()
        kept = [Call.load(unit.safe.ring, row) for row in rows if row.chat_hash == hash_of(desk, ME)]
    assert {number for call in kept for number in call.doomed} == owed
    assert [call.method for call in kept if not call.is_deletion] == []


async def test_who_was_revoked_and_invited_anew_keeps_the_menu(desk: Desk) -> None:
    """The bot was not running in between."""
    async with desk.chats.bench.write() as unit:
        await people_service.revoke(unit, "Aspan")
    await enrol(desk.chats, ME)
    assert "deleteMyCommands" not in {call.method for call in await desk.put_away()}
