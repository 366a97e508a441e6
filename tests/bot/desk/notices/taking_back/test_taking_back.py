"""What moderators are shown leaves their chats: when, what of it, and what is said, on both databases and without a network."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.app import retention
from bot.chat.buttons import Act, Tap, encode
from bot.desk.people import service as people_service
from bot.form.answers import FileKind, FileRef, Files
from bot.form.events import Back, Cancel, Event, Show, Submit
from bot.reports import claims
from bot.safety.cleaning import cleaner
from bot.store import drafting, sent_messages
from bot.store.sent_messages import Stay
from bot.transport.call import Call, Delivered, DeliverySnapshot
from db.models import OutboxRow, SentMessage, ShownChat, TakeBack
from tests.bench import count
from tests.bot.chat.chats import TEXTS, words
from tests.bot.chat.moderating import STORY, add_file, confirmation, enrol, report
from tests.bot.desk.notices.taking_back.desks import ADMIN, ME, OTHER, PUT_AWAY, Desk, hash_of, held, opened
from tests.bot.safety.cleaning import planted

ANALYST = 8


async def test_what_was_shown_goes_ten_minutes_after_the_last_act(desk: Desk) -> None:
    """Both sides' messages, one that names no report too; one line is left, which has nothing of them."""
    ref = await opened(desk)
    await desk.say(ME, "/queue")
    await desk.say(ME, "hello")
    before = desk.shows(ME)
    assert len(before) >= 6
    await desk.put_away(10)
    assert desk.shows(ME) == before
    await desk.put_away(1)
    assert desk.shows(ME) == [held(ref)]
    assert await desk.put_away(5) == []


async def test_the_line_that_is_left_takes_the_place_of_the_one_before(desk: Desk) -> None:
    """Lines do not pile up; and nobody is sent to a list that their role does not have."""
    await enrol(desk.chats, ANALYST, "Analyst", "analyst")
    theirs = TEXTS.text("en", "moderator.put_away.menu", {"commands": "/export, /stats"})
    for chat, line in ((OTHER, PUT_AWAY), (ANALYST, theirs)):
        for _ in range(2):
            await desk.say(chat, "/stats")
            await desk.put_away(11)
        assert desk.shows(chat) == [line]


async def test_an_act_postpones_it(desk: Desk) -> None:
    """A tap too, and one on a form: nothing goes that is worked with."""
    ref = await opened(desk)
    card = desk.shows(ME)
    await desk.put_away(9)
    await desk.say(ME, f"/edit {ref}")
    await desk.put_away(9)
    await press_event(desk, Show())
    await desk.put_away(9)
    assert set(card) <= set(desk.shows(ME))


async def press_event(desk: Desk, event: Event) -> list[Call]:
    """A moderator taps a button of the open form."""
    return await desk.arrive(await desk.chats.tap_data(ME, await data_of(desk, event)))


async def data_of(desk: Desk, event: Event) -> str:
    """Data of a button of the open form."""
    hashed = desk.chats.bench.safe.pseudonyms.chat(ME)
    async with desk.chats.bench.read() as unit:
        form = (await drafting.load(unit, [hashed]))[hashed]
    return encode(Tap(form.row.id[:4], form.draft.step, event))


async def test_it_goes_sixty_minutes_after_it_was_shown_however_busy_the_moderator_is(desk: Desk) -> None:
    """What was shown since stays."""
    ref = await opened(desk)
    card = desk.shows(ME)
    for _ in range(6):
        await desk.put_away(9)
        await desk.say(ME, f"/reject {ref}")
    await desk.put_away(5)
    assert set(card) <= set(desk.shows(ME))
    await desk.put_away(1)
    assert set(card) & set(desk.shows(ME)) == set()
    assert f"/reject {ref}" in desk.shows(ME)
    assert held(ref) not in desk.shows(ME)


async def test_whoever_is_left_without_what_they_work_with_is_told_though_they_were_busy(desk: Desk) -> None:
    """What was shown while the clock was hours ahead goes once it is right again, and so does the last of what was shown."""
    desk.chats.bench.later(3)
    ref = await opened(desk)
    desk.chats.bench.later(-3)
    async with desk.chats.bench.write() as unit:
        await sent_messages.touch(unit, [hash_of(desk, ME)])
    await desk.put_away()
    assert desk.shows(ME) == [held(ref)]


async def _release(desk: Desk, ref: str) -> None:
    await desk.say(ME, f"/release {ref}")


async def _release_by_admin(desk: Desk, ref: str) -> None:
    await desk.say(ADMIN, f"/release {ref}")


async def _reject(desk: Desk, ref: str) -> None:
    await desk.say(ME, f"/reject {ref}")
    await desk.tap(ME, Act("mrejectyes", ref, "spam"))


async def _approve(desk: Desk, ref: str) -> None:
    bench = desk.chats.bench
    async with bench.write() as unit:
        moderator = (await people_service.of_chats(unit, [bench.safe.pseudonyms.chat(ME)])).popitem()[1]
        await bench.propose(unit, moderator, await claims.find(unit, ref))
    calls = await desk.say(ME, f"/approve {ref}")
    await desk.arrive(await desk.chats.tap_data(ME, confirmation(calls, ref)))


@pytest.mark.parametrize("end", [_release, _release_by_admin, _reject, _approve])
async def test_at_the_end_of_a_claim_all_of_its_report_goes_at_once(desk: Desk, end: Any) -> None:
    """Of both sides, the file that was shown and what was typed in an edit too; another report that is held stays, and so
    does what says how it ended."""
    picture = FileRef("a" * 32, FileKind.PHOTO, "Aidar.jpg", "on the square")
    ref = await report(desk.chats, evidence=Files((picture,)))
    async with desk.chats.bench.write() as unit:
        await add_file(unit, await claims.find(unit, ref), picture, cleaner.clean(planted.jpeg()))
    await desk.say(ME, f"/open {ref}")
    await desk.tap(ME, Act("mfile", ref, "1"))
    await desk.tap(ME, Act("mfileshow", ref, "1"))
    assert "on the square" in "".join(desk.shows(ME))
    await desk.say(ME, f"/edit {ref}")
    await desk.say(ME, "words for the public")
    await press_event(desk, Cancel(sure=True))
    other = await opened(desk)
    await end(desk, ref)
    of_report = [shown for shown in desk.shows(ME) if ref in shown or "public" in shown or "square" in shown]
    assert len(of_report) <= 1, of_report  # that it is released, rejected, approved
    assert STORY in "".join(desk.shows(ME))
    assert f"/open {other}" in desk.shows(ME)


async def test_a_claim_that_expires_ends_what_was_shown(desk: Desk) -> None:
    """At once, though its minutes are not over."""
    bench = desk.chats.bench
    bench.settings = bench.settings.model_copy(update={"claim_hours": 1, "idle_minutes": 60})
    ref = await opened(desk)
    await desk.put_away(39)
    assert STORY in "".join(desk.shows(ME))
    await desk.put_away(1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["claims"] == 1
    await desk.put_away()
    assert [shown for shown in desk.shows(ME) if ref in shown] == []


async def test_a_report_that_another_takes_over_leaves_the_first_chat(desk: Desk) -> None:
    """The claim was over, and nobody had noticed yet. The other sees all of it."""
    bench = desk.chats.bench
    bench.settings = bench.settings.model_copy(update={"claim_hours": 1, "idle_minutes": 60})
    ref = await opened(desk)
    bench.later(1)
    await desk.say(OTHER, f"/open {ref}")
    assert [shown for shown in desk.shows(ME) if ref in shown] == []
    assert STORY in "".join(desk.shows(OTHER))
    assert f"/open {ref}" in desk.shows(OTHER)


@pytest.mark.parametrize("decided", [False, True])
async def test_a_notice_stays_until_it_was_seen_or_somebody_decided(desk: Desk, decided: bool) -> None:
    """Nobody misses a report since the bot has tidied up: it says nothing of what was told."""
    ref = await report(desk.chats)
    await desk.arrive(await desk.chats.announce())
    notice = TEXTS.text("en", "moderator.notice.new", {"ref": ref})
    await desk.put_away(300)
    assert desk.shows(ME) == [notice]
    if decided:
        await desk.say(OTHER, f"/open {ref}")
        await desk.say(OTHER, f"/reject {ref}")
        await desk.tap(OTHER, Act("mrejectyes", ref, "spam"))
    else:
        await desk.say(ME, "/help")
        await desk.put_away(11)
    assert notice not in desk.shows(ME)


async def test_a_notice_that_comes_after_the_last_act_is_not_put_away_with_the_rest(desk: Desk) -> None:
    """It was not seen."""
    await desk.say(ME, "/help")
    ref = await report(desk.chats)
    await desk.arrive(await desk.chats.announce())
    await desk.put_away(11)
    assert desk.shows(ME) == [PUT_AWAY, TEXTS.text("en", "moderator.notice.new", {"ref": ref})][::-1]


async def test_a_notice_that_nobody_sees_goes_before_it_could_no_longer_be_deleted(desk: Desk) -> None:
    """Else a phone that is never looked at would keep a list of all that came, and when."""
    await report(desk.chats)
    await desk.arrive(await desk.chats.announce())
    for hours in (46, 1):
        assert desk.shows(ME)
        desk.chats.bench.later(hours)
        async with desk.chats.bench.write() as unit:
            await retention.sweep(unit)
        await desk.put_away()
    assert desk.shows(ME) == []


async def test_who_claims_anew_what_has_just_expired_goes_on_with_it(desk: Desk) -> None:
    """Though the bot had not yet come to take back what was shown before."""
    bench = desk.chats.bench
    bench.settings = bench.settings.model_copy(update={"claim_hours": 1, "idle_minutes": 60})
    ref = await opened(desk)
    bench.later(40 / 60)
    async with bench.write() as unit:
        await retention.sweep(unit)
    await desk.say(ME, f"/open {ref}")
    await desk.put_away()
    assert STORY in "".join(desk.shows(ME))


async def test_of_the_lines_that_tell_of_it_only_the_last_ones_stay(desk: Desk) -> None:
    """Those of earlier hours go with what is put away later."""
    for _ in range(3):
        await desk.say(ME, "/help")
        await desk.put_away(11)
        await desk.put_away(60)
    assert desk.shows(ME) == [PUT_AWAY]


async def test_what_was_typed_in_an_edit_is_not_lost(desk: Desk) -> None:
    """Words that come after all was put away answer the question they were typed for, and /edit goes on."""
    ref = await opened(desk)
    await desk.say(ME, f"/edit {ref}")
    await press_event(desk, Submit())
    await desk.put_away(30)
    assert desk.shows(ME) == [held(ref)]
    await desk.say(ME, "People held in Almaty")
    await desk.put_away(30)
    calls = await desk.say(ME, f"/edit {ref}")
    assert "Public summary" in words(calls)
    await press_event(desk, Back())
    assert "People held in Almaty" in "".join(desk.shows(ME))


async def test_a_report_of_the_moderators_own_stays_as_it_does_for_anybody(desk: Desk) -> None:
    """Its questions, its answers and its code; what the desk shows meanwhile goes."""
    await desk.tap(ME, Act("begin", "en"))
    own = desk.shows(ME)
    await opened(desk)
    await desk.say(ME, "/queue")
    await desk.put_away(30)
    shown = "".join(desk.shows(ME))
    assert set(own) <= set(desk.shows(ME))
    assert (STORY in shown, "/queue" in desk.shows(ME), "Detained" in shown) == (False, False, False)


async def test_what_is_under_way_when_a_claim_ends_is_deleted_as_it_arrives(desk: Desk) -> None:
    """What was never tried is not sent; of what may have been shown the moderator is told."""
    ref = await report(desk.chats)
    await desk.chats.say(ME, f"/open {ref}")
    (card,) = desk.chats.rows
    await desk.chats.say(ME, f"/open {ref}")
    (then,) = desk.chats.rows
    known = DeliverySnapshot(tried=frozenset({card.id}))
    update = desk.chats.written(ME, f"/release {ref}")
    calls = await desk.chats.batch(update, drained=known)
    assert TEXTS.text("en", "moderator.may_remain", {"ref": ref}) in words(calls)
    async with desk.chats.bench.read() as unit:
        assert await unit.session.get(OutboxRow, then.id) is None
    late = await desk.chats.batch(drained=DeliverySnapshot([Delivered(card, (4001,))]))
    assert [list(call.doomed) for call in late] == [[4001]]


async def test_a_question_of_a_form_whose_id_a_tap_alone_tells_goes_with_its_report(desk: Desk) -> None:
    """Telegram's answer to it was lost. What a tap elsewhere names is not taken for the report's."""
    ref = await opened(desk)
    await desk.say(ME, f"/edit {ref}")
    await desk.chats.tap_data(ME, await data_of(desk, Show()))
    tapped = desk.chats.last_id
    await desk.tap(ME, Act("menu", "help"))
    other = desk.chats.last_id
    calls = await desk.say(ME, f"/release {ref}")
    gone = [one for call in calls for one in call.doomed]
    assert (tapped in gone, other in gone) == (True, False)


async def test_a_moderator_is_told_of_what_may_remain_and_of_what_cannot_be_deleted(desk: Desk) -> None:
    """Once, and in words that nobody can read a report from."""
    ref = await opened(desk)
    async with desk.chats.bench.write() as unit:
        sent_messages.note_doubt(unit, hash_of(desk, ME), stay=Stay.MINUTES)
    calls = await desk.due_after(11)
    assert TEXTS.text("en", "reporter.may_remain") in words(calls)
    (row,) = [row for row in desk.chats.rows if row.stay == Stay.NOTHING]
    replies = await desk.chats.batch(drained=DeliverySnapshot([Delivered(row, left=(3,))]))
    assert words(replies) == TEXTS.text("en", "reporter.left")
    assert ref not in words(replies)
    assert await desk.put_away(60) == []


async def test_what_was_shown_longer_ago_than_telegram_deletes_is_tried_and_told(desk: Desk) -> None:
    """The bot was not running for days: nothing is forgotten before somebody knows."""
    await opened(desk)
    desk.chats.bench.later(72)
    async with desk.chats.bench.write() as unit:
        await retention.sweep(unit)
    (call,) = [call for call in await desk.put_away() if call.is_deletion]
    assert len(call.doomed) == 2, "the command and the card"
    assert call.if_left is not None


async def test_a_clock_that_was_put_back_leaves_nothing_standing(desk: Desk) -> None:
    """What was shown under a clock that was days ahead would stay for days."""
    desk.chats.bench.later(50)
    await opened(desk)
    desk.chats.bench.later(-50)
    await desk.put_away()
    assert STORY not in "".join(desk.shows(ME))


async def test_only_what_moderators_are_shown_has_a_minute(desk: Desk) -> None:
    """No time about a reporter is finer than an hour; and nothing of it is left once all is put away."""
    await desk.tap(9, Act("begin", "en"))
    await desk.say(9, "/help")
    await opened(desk)
    await desk.arrive(await desk.chats.announce())
    async with desk.chats.bench.read() as unit:
        rows = await unit.session.scalars(
            select(SentMessage).where(SentMessage.minute > SentMessage.UNTIL_SEEN)
        )
        assert {row.chat_hash for row in rows} == {hash_of(desk, ME)}
    await desk.put_away(11)
    async with desk.chats.bench.read() as unit:
        minutes = await unit.session.scalars(select(SentMessage.minute).distinct())
        assert set(minutes) == {SentMessage.NO_MINUTE, SentMessage.UNTIL_SEEN}
        assert (await count(unit, ShownChat), await count(unit, TakeBack)) == (0, 0)


async def test_an_update_that_was_set_aside_leaves_a_moderators_chat_too(desk: Desk) -> None:
    """And what was said of it."""
    update: dict[str, Any] = {"update_id": 7, **desk.chats.written(ME, "secret")}
    number = update["message"]["message_id"]
    async with desk.chats.bench.write() as unit:
        desk.chats.rows = (await desk.chats.processor.set_aside(unit, update, "0A1B")).rows
    await desk.arrive([Call.load(desk.chats.bench.safe.ring, row) for row in desk.chats.rows])
    calls = await desk.put_away(11)
    assert number in {one for call in calls for one in call.doomed}
    assert desk.shows(ME) == [PUT_AWAY]


async def test_what_was_written_after_the_end_of_a_claim_goes_when_another_claims_the_report(
    desk: Desk,
) -> None:
    """The edit stays open until then, and is destroyed; so nothing of it stays in the chat."""
    ref = await opened(desk)
    await desk.say(ME, f"/edit {ref}")
    desk.chats.bench.later(desk.chats.bench.settings.claim_hours + 1)
    async with desk.chats.bench.write() as unit:
        await retention.sweep(unit)
    await desk.put_away()
    await desk.say(ME, "A title")
    assert "A title" in desk.shows(ME)
    await desk.say(OTHER, f"/open {ref}")
    assert not [said for said in desk.shows(ME) if "title" in said.lower()]
