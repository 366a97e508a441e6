"""The team's group is told that there is something new, and nothing of it."""

import pytest
from sqlalchemy import select

from bot.chat.notices import announcer
from bot.chat.notices.team import alarms
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox
from bot.form.answers import Chosen
from bot.services.reports import announcements
from db.models import Report
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats, person
from tests.bot.chat.moderating import enrol, report

GROUP, OTHER = -1001, -1002


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases, with a group."""
    bench.settings = bench.settings.model_copy(update={"notice_chat": GROUP})
    return Chats(bench)


async def in_group(chats: Chats) -> list[dict[str, object]]:
    """What the group is told when what is new is announced, and an hour later."""
    async with chats.bench.write() as unit:
        outbox = Outbox(unit)
        for find, notify in (
            (announcements.waiting, announcer._notify_new),
            (announcements.told, announcer._notify_told),
        ):
            await notify(chats.renderer, unit, outbox, await find(unit))
        await alarms.owe(chats.renderer, unit, outbox, list(await unit.session.scalars(select(Report.id))))
        await outbox.write()
        calls = [Call.load(chats.bench.safe.ring, row) for row in outbox.rows]
    return [dict(call.params) for call in calls if call.params["chat_id"] == GROUP]


async def test_one_line_tells_the_group_of_several_reports(chats: Chats) -> None:
    """In the first language, the same whatever they are, but that one is urgent; nothing where nothing is new."""
    await enrol(chats, 5)
    for _ in range(2):
        await report(chats)
    (told,) = await in_group(chats)
    assert told["text"] == TEXTS.text("kk", "moderator.group.new")
    assert told["reply_markup"] == {"inline_keyboard": []}
    await report(chats)
    await report(chats, urgent=Chosen(("yes",)))
    assert {one["text"] for one in await in_group(chats)} == {TEXTS.text("kk", "moderator.group.urgent")}
    for _ in range(2):
        await in_group(chats)
    assert await in_group(chats) == []


async def test_the_bot_stays_in_this_group_alone_and_says_nothing_to_anybody_there(chats: Chats) -> None:
    """Neither when it is added, nor to commands."""
    await enrol(chats, 5)
    for group, methods in ((GROUP, []), (OTHER, ["sendMessage", "leaveChat"])):
        place = {"id": group, "type": "supergroup", "title": "…"}
        bot = {"id": 1, "is_bot": True, "first_name": "Kuager"}
        states = {
            "old_chat_member": {"user": bot, "status": "left"},
            "new_chat_member": {"user": bot, "status": "member"},
        }
        added = {"my_chat_member": {"chat": place, "from": person(5), "date": 1, **states}}
        assert [call.method for call in await chats.batch(added)] == methods
        said = chats.written(5, "/queue")
        said["message"]["chat"] = place
        assert await chats.batch(said) == []
