"""Becoming a member of the team, by a link and an alias."""

import pytest

from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from db.models import DraftRow
from tests.bench import count
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol

UNKNOWN, WELCOME = TEXTS.text("en", "moderator.invite.unknown"), TEXTS.text("en", "reporter.welcome")
RESUMED = TEXTS.text("en", "reporter.resumed")
NOBODYS = "A" * 32
"""As long as a token, and of nobody."""


async def test_a_link_and_an_alias_make_a_moderator(chats: Chats) -> None:
    """A bad alias is asked for again; the commands are shown in the chat's own menu."""
    async with chats.bench.write() as unit:
        token = await people_service.invite(unit, "admin")
    assert "alias" in words(await chats.say(5, f"/start {token}"))
    assert "will not do" in words(await chats.say(5, "@aspan"))
    calls = await chats.say(5, "Aspan")
    assert "Your alias: Aspan" in words(calls)
    (menu,) = [call.params for call in calls if call.method == "setMyCommands"]
    assert menu["scope"] == {"type": "chat", "chat_id": 5}
    assert {"queue", "approve", "report"} <= {entry["command"] for entry in menu["commands"]}
    assert "administrator" in words(await chats.say(5, "/moderators"))


@pytest.mark.parametrize("alias", ["Ainur", "aіnur", "Sadykova Ainur", "ainur_s"])
async def test_an_alias_like_ones_name_in_telegram_is_refused(chats: Chats, alias: str) -> None:
    """The log keeps it for good, and it leads to its person; the name itself is not kept."""
    async with chats.bench.write() as unit:
        token = await people_service.invite(unit, "moderator")
    await chats.say(5, f"/start {token}")
    update = chats.written(5, alias)
    update["message"]["from"] |= {"first_name": "Ainur", "last_name": "Sadykova", "username": "Ainur_S"}
    assert "like your name in Telegram" in words(await chats.batch(update))
    assert "Your alias: Aspan" in words(await chats.say(5, "Aspan"))


@pytest.mark.parametrize("payload", ["insta", "A" * 31, "A" * 33, "два слова"])
async def test_a_link_of_any_other_kind_is_a_plain_start(chats: Chats, payload: str) -> None:
    """A newcomer who follows a link with a payload is greeted, and told of no invitation."""
    calls = await chats.say(5, f"/start {payload}")
    assert UNKNOWN not in words(calls)
    assert WELCOME in words(calls)


async def test_whoever_comes_by_an_invitation_that_is_not_good_is_greeted_after_that_is_said(
    chats: Chats,
) -> None:
    """It may be a reporter whom an old link was passed on to."""
    calls = await chats.say(5, f"/start {NOBODYS}")
    said = words(calls)
    assert said.index(UNKNOWN) < said.index(WELCOME)
    assert "abegin.kk." in buttons(calls)


@pytest.mark.parametrize("payload", ["insta", NOBODYS])
async def test_a_reporter_who_comes_back_by_a_link_goes_on_with_the_report(
    chats: Chats, payload: str
) -> None:
    """Nobody is told to send or delete what is open because of a link that invites nobody."""
    await chats.tap(5, Act("begin", "en"))
    said = words(await chats.say(5, f"/start {payload}"))
    assert RESUMED in said
    assert (UNKNOWN in said) is (payload == NOBODYS)


async def test_an_invitation_waits_for_the_end_of_an_open_report(chats: Chats) -> None:
    """One that is good; it is not used up, and is opened once the report is deleted."""
    async with chats.bench.write() as unit:
        token = await people_service.invite(unit, "moderator")
    await chats.say(5, "They took my brother")
    assert words(await chats.say(5, f"/start {token}")) == TEXTS.text("en", "moderator.invite.draft_open")
    await chats.say(5, "/panic")
    assert "alias" in words(await chats.say(5, f"/start {token}"))
    assert UNKNOWN in words(await chats.say(6, f"/start {token}"))


async def test_an_invitation_takes_the_place_of_a_report_of_which_nothing_is_told(chats: Chats) -> None:
    """Telegram's own button sends /start, which asks the first question."""
    async with chats.bench.write() as unit:
        token = await people_service.invite(unit, "moderator")
    await chats.say(5, "/start")
    assert "alias" in words(await chats.say(5, f"/start {token}"))
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0


async def test_a_member_who_opens_an_invitation_is_told_that_they_are_one(chats: Chats) -> None:
    """Whatever link it is."""
    await enrol(chats, 5, "Aspan", "admin")
    assert words(await chats.say(5, f"/start {NOBODYS}")) == TEXTS.text("en", "moderator.invite.already")
