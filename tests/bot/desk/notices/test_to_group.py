"""The team's group is told that there is something new, and nothing of it; also once Telegram has made another of it."""

import logging
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk.notices import chat as notices_chat
from bot.desk.notices import jobs as notices_jobs
from bot.desk.notices import service as notices_service
from bot.form.answers import Chosen
from bot.transport.call import Call, Delivered, DeliverySnapshot
from bot.transport.outbox import Outbox
from db.models import Mark, Report
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats, person
from tests.bot.chat.moderating import enrol, report

GROUP, OTHER = -1001, -1002
GROWN, STRANGE = -1_001_234_567_890, -1_009_876_543_210
"""Supergroups."""


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases, with a group."""
    bench.settings = bench.settings.model_copy(update={"notice_chat": GROUP})
    return Chats(bench)


async def in_group(chats: Chats) -> list[dict[str, object]]:
    """What the group is told when what is new is announced, and an hour later."""
    async with chats.bench.write() as unit:
        outbox = Outbox(unit)
        for news in notices_jobs.NEWS[:2]:
            await news.notify(chats.renderer, unit, outbox, await news.find(unit))
        await notices_jobs.enqueue_alarms(
            notices_chat.Post(chats.renderer, unit, outbox),
            list(await unit.session.scalars(select(Report.id))),
        )
        await outbox.write()
        calls = [Call.load(chats.bench.safe.ring, row) for row in outbox.rows]
    return [dict(call.params) for call in calls if call.params["chat_id"] < 0]


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


def added(chat: int, kind: str = "supergroup") -> dict[str, Any]:
    """An update that says that the bot is in a group now."""
    bot = {"id": 1, "is_bot": True, "first_name": "Kuager"}
    states = {
        "old_chat_member": {"user": bot, "status": "left"},
        "new_chat_member": {"user": bot, "status": "member"},
    }
    place = {"id": chat, "type": kind, "title": "…"}
    return {"my_chat_member": {"chat": place, "from": person(5), "date": 1, **states}}


def served(chats: Chats, chat: int, kind: str, **fields: int) -> dict[str, Any]:
    """An update with a service message of a group."""
    update = chats.written(5, "…")
    del update["message"]["text"]
    update["message"] |= {"chat": {"id": chat, "type": kind, "title": "…"}, **fields}
    return update


def did(calls: list[Call]) -> list[tuple[str, int]]:
    """The calls of groups, by method and chat."""
    return [(call.method, call.params["chat_id"]) for call in calls]


LEFT = [("sendMessage", STRANGE), ("leaveChat", STRANGE)]


async def number_of(chats: Chats) -> int | None:
    """The number of the team's group as it is known."""
    async with chats.bench.read() as unit:
        return await notices_service.group_number(unit)


async def test_the_bot_stays_in_this_group_alone_and_says_nothing_to_anybody_there(chats: Chats) -> None:
    """Neither when it is added, nor to commands."""
    await enrol(chats, 5)
    for chat, methods in ((GROUP, []), (OTHER, ["sendMessage", "leaveChat"])):
        update = added(chat)
        assert [call.method for call in await chats.batch(update)] == methods
        said = chats.written(5, "/queue")
        said["message"]["chat"] = update["my_chat_member"]["chat"]
        assert await chats.batch(said) == []


@pytest.mark.parametrize("where", ["the old group", "the new group"])
async def test_a_group_that_becomes_a_supergroup_is_followed(
    chats: Chats, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Telegram says so in either; the bot stays, tells the new one what is new, and the operator which setting to change, once and
    without a number."""
    caplog.set_level(logging.INFO)
    await enrol(chats, 5)
    for _ in range(2):
        message = (
            served(chats, GROUP, "group", migrate_to_chat_id=GROWN)
            if where == "the old group"
            else served(chats, GROWN, "supergroup", migrate_from_chat_id=GROUP)
        )
        assert await chats.batch(message) == []
    assert await chats.batch(added(GROWN)) == []
    assert did(await chats.batch(added(STRANGE))) == LEFT
    await report(chats)
    (told,) = await in_group(chats)
    assert told["chat_id"] == GROWN
    lines = [one.getMessage() for one in caplog.records if "KUAGER_NOTICE_CHAT" in one.getMessage()]
    assert len(lines) == 1
    assert str(abs(GROWN)) not in caplog.text


async def test_a_notice_that_the_old_group_does_not_take_goes_to_the_new_one(chats: Chats) -> None:
    """Whoever missed the message in the group learns it from the refusal, and nothing is lost."""
    await enrol(chats, 5)
    await report(chats)
    async with chats.bench.write() as unit:
        outbox = Outbox(unit)
        news = notices_jobs.NEWS[0]
        await news.notify(chats.renderer, unit, outbox, await news.find(unit))
        await outbox.write()
    (row,) = [one for one in outbox.rows if one.call and one.call.params["chat_id"] == GROUP]
    (again,) = await chats.batch(drained=DeliverySnapshot([Delivered(row, moved_to=GROWN)]))
    assert again.params == {**Call.of(chats.bench.safe.ring, row).params, "chat_id": GROWN}
    assert again.guarded
    assert await number_of(chats) == GROWN


@pytest.mark.parametrize(
    ("became", "left"), [(None, LEFT), (GROWN, LEFT), (STRANGE, [])], ids=["none", "another", "it"]
)
async def test_a_supergroup_that_may_be_the_teams_is_left_once_it_is_known_not_to_be(
    chats: Chats, became: int | None, left: list[tuple[str, int]]
) -> None:
    """Its message may come later than that the bot is in it: the old group tells which it has become."""
    await enrol(chats, 5)
    assert did(await chats.batch(added(STRANGE))) == [("sendChatAction", GROUP)]
    (row,) = chats.rows
    assert did(await chats.batch(drained=DeliverySnapshot([Delivered(row, moved_to=became)]))) == left
    assert await number_of(chats) == (became or GROUP)


async def test_neither_a_channel_nor_a_group_beside_a_supergroup_is_waited_for(
    bench: Bench, chats: Chats
) -> None:
    """A supergroup becomes nothing else, and no group becomes a channel."""
    assert did(await chats.batch(added(STRANGE, "channel"))) == LEFT
    bench.settings = bench.settings.model_copy(update={"notice_chat": GROWN})
    assert did(await chats.batch(added(STRANGE))) == LEFT


async def test_what_other_groups_become_is_nobodys_business(chats: Chats) -> None:
    """Nothing of it is kept."""
    await chats.batch(served(chats, OTHER, "group", migrate_to_chat_id=STRANGE))
    await chats.batch(served(chats, STRANGE, "supergroup", migrate_from_chat_id=OTHER))
    assert await number_of(chats) == GROUP


async def test_the_new_number_is_sealed_and_forgotten_once_another_is_set(bench: Bench, chats: Chats) -> None:
    """It tells who is in the team to whoever asks Telegram."""
    await chats.batch(served(chats, GROUP, "group", migrate_to_chat_id=GROWN))
    async with bench.read() as unit:
        (mark,) = await unit.session.scalars(select(Mark).where(Mark.name == "notice_chat"))
        assert str(abs(GROWN)) not in mark.value
        assert len(mark.value) <= Mark.value.type.length
    bench.settings = bench.settings.model_copy(update={"notice_chat": OTHER})
    assert await number_of(chats) == OTHER
