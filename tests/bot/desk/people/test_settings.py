"""What a member of the team wishes to be told, chosen by buttons in one message, and what they hear then."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.notices import chat as notices_chat
from bot.desk.notices import jobs as notices_jobs
from bot.desk.notices import service as notices_service
from bot.desk.notices.service import Preferences
from bot.form.answers import Chosen
from bot.store.unit import Role
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import AuditEntry, Moderator, Report
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, report

AWAKE, ASLEEP = 5, 6


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases; it is 10:20."""
    return Chats(bench)


def text(key: str, **args: Any) -> str:
    """A text of the bot."""
    return TEXTS.text("en", key, args)


def heard(calls: list[Call]) -> list[tuple[int, bool]]:
    """Who is told something, and whether with a sound."""
    said = [call.params for call in calls if call.method == "sendMessage"]
    return sorted((one["chat_id"], "disable_notification" not in one) for one in said)


async def summaries(chats: Chats) -> list[Call]:
    """What the watch owes at this hour."""
    async with chats.bench.write() as unit:
        outbox = Outbox(unit)
        await notices_jobs.enqueue_reminders(
            notices_chat.Post(chats.renderer, unit, outbox), await notices_service.members_due(unit)
        )
        await outbox.write()
        return [Call.load(chats.bench.safe.ring, row) for row in outbox.rows]


async def sleep(chats: Chats, chat: int, begin: int, end: int) -> None:
    """A member is not to be disturbed."""
    await chats.tap(chat, Act("mquiet", str(begin), str(end)))


async def test_all_is_chosen_by_buttons_in_one_message_and_stands_sealed(chats: Chats) -> None:
    """Each tap edits it. An hour that no day has is no button; somebody who reads no reports is asked for the language alone."""
    await enrol(chats, AWAKE)
    first = await chats.say(AWAKE, "/settings")
    assert "Quiet hours: none" in words(first)
    begins = await chats.tap_data(AWAKE, next(one for one in buttons(first) if "mquiet" in one))
    assert {call.method for call in begins} == {"editMessageText", "answerCallbackQuery"}
    ends = await chats.tap_data(AWAKE, "amquiet.23.")
    assert "amquiet.23." in buttons(begins)
    assert "amquiet.23.7" in buttons(ends)
    assert "Quiet hours: 23:00 – 7:00" in words(await chats.tap_data(AWAKE, "amquiet.23.7"))
    assert "amdigest.9." in buttons(await chats.tap(AWAKE, Act("mdigest")))
    assert "Summary of each day: 9:00" in words(await chats.tap(AWAKE, Act("mdigest", "9")))
    off = await chats.tap(AWAKE, Act("mnews", "new"))
    assert "☐ Tell me of new reports" in str(off[-1].params) + str(off[0].params)
    for forged in (Act("mquiet", "24", "7"), Act("mdigest", "²"), Act("mdigest", "99"), Act("mnews", "all")):
        assert words(await chats.tap(AWAKE, forged)) == text("reporter.tap.stale")
    async with chats.bench.read() as unit:
        member = (await unit.session.scalars(select(Moderator))).one()
        assert notices_service.preferences_of(unit, member) == Preferences(
            (23, 7), 9, frozenset({notices_service.NoticeKind.NEW})
        )
        sizes = {
            len(unit.safe.ring.seal(one.packed(), ""))
            for one in (Preferences(), notices_service.preferences_of(unit, member))
        }
        assert sizes == {len(member.preferences or b"")}
        kept = await unit.session.scalars(
            select(AuditEntry.detail).order_by(AuditEntry.id).where(AuditEntry.act == "settings")
        )
        assert kept.all() == ["", "", ""]
    assert "none" in words(await chats.tap(AWAKE, Act("mquiet", "never")))
    await enrol(chats, ASLEEP, "Bota", Role.TRANSLATOR)
    assert buttons(await chats.say(ASLEEP, "/settings")) == ["amlanguage.."]
    assert "alanguage.kk." in buttons(await chats.tap(ASLEEP, Act("mlanguage")))


@pytest.mark.parametrize(
    ("quiet", "hours"),
    [
        (None, []),
        ((23, 2), [0, 1, 23]),
        ((0, 3), [0, 1, 2]),
        ((5, 5), []),
        ((8, 7), [*range(7), *range(8, 24)]),
    ],
)
def test_quiet_hours_go_over_midnight(quiet: tuple[int, int] | None, hours: list[int]) -> None:
    """The first hour is one of them, the last one is not."""
    assert [hour for hour in range(24) if Preferences(quiet).is_quiet(hour)] == hours


async def test_who_is_asleep_is_told_afterwards_together_and_urgent_things_wait_for_nobody(
    chats: Chats,
) -> None:
    """Of two, the one who may be disturbed hears at once; what is urgent goes to all, with a sound, when everybody sleeps."""
    for chat, alias in ((AWAKE, "Aspan"), (ASLEEP, "Bota")):
        await enrol(chats, chat, alias)
    await sleep(chats, ASLEEP, 10, 12)
    urgent = Chosen(("yes",))
    await report(chats)
    await report(chats, urgent=urgent)
    assert heard(await chats.announce()) == [(AWAKE, True)] * 2
    assert heard(await summaries(chats)) == []
    await sleep(chats, AWAKE, 10, 12)
    await report(chats)
    assert heard(await chats.announce()) == []
    await report(chats, urgent=urgent)
    assert heard(await chats.announce()) == [(AWAKE, True), (ASLEEP, True)]
    chats.bench.later(2)
    told = await summaries(chats)
    assert heard(told) == [(AWAKE, True), (ASLEEP, True)]
    assert words(told, ASLEEP) == "\n\n".join(
        (text("moderator.waiting.quiet"), text("moderator.waiting", number="4", urgent="2"))
    )
    assert STORY not in words(told)
    assert set(buttons(told)) == {"amqueue.start."}
    assert await summaries(chats) == []


async def test_what_a_member_does_not_wish_is_not_told(chats: Chats) -> None:
    """New reports, and what was added to those that nobody holds; whoever holds one hears of it all the same, and softly at night."""
    for chat, alias in ((AWAKE, "Aspan"), (ASLEEP, "Bota")):
        await enrol(chats, chat, alias)
    for news in ("new", "added"):
        await chats.tap(ASLEEP, Act("mnews", news))
    ref = await report(chats)
    assert heard(await chats.announce()) == [(AWAKE, True)]
    assert heard(await added(chats, ref)) == [(AWAKE, True)]
    await chats.say(ASLEEP, f"/open {ref}")
    await sleep(chats, ASLEEP, 10, 12)
    assert heard(await added(chats, ref)) == [(ASLEEP, False)]
    chats.bench.later(2)
    assert await summaries(chats) == []


@pytest.mark.parametrize("decided", [True, False])
async def test_what_is_told_of_a_decided_report_waits_for_nobody_to_wake_up(
    chats: Chats, *, decided: bool
) -> None:
    """No summary counts it later: while everybody sleeps all hear of it, softly. One that waits is counted, and told then."""
    for chat, alias in ((AWAKE, "Aspan"), (ASLEEP, "Bota")):
        await enrol(chats, chat, alias)
    ref = await report(chats)
    if decided:
        await chats.tap(AWAKE, Act("mopen", ref))
        await chats.tap(AWAKE, Act("mrejectyes", ref, "spam"))
    await sleep(chats, ASLEEP, 10, 12)
    assert heard(await added(chats, ref)) == [(AWAKE, True)]
    await sleep(chats, AWAKE, 10, 12)
    assert heard(await added(chats, ref)) == ([(AWAKE, False), (ASLEEP, False)] if decided else [])
    chats.bench.later(2)
    assert heard(await summaries(chats)) == ([] if decided else [(AWAKE, True), (ASLEEP, True)])


async def added(chats: Chats, ref: str) -> list[Call]:
    """What is owed when a report's reporter has told more."""
    async with chats.bench.write() as unit:
        outbox = Outbox(unit)
        found = await unit.session.scalars(select(Report).where(Report.ref == ref))
        await notices_chat.notify_told(notices_chat.Post(chats.renderer, unit, outbox), found.all())
        await outbox.write()
        return [Call.load(chats.bench.safe.ring, row) for row in outbox.rows]


async def test_a_reminder_is_for_who_has_not_seen(chats: Chats) -> None:
    """Not before a day, once a day, of what came since they were there: whoever has been there in the meantime hears nothing."""
    for chat, alias in ((AWAKE, "Aspan"), (ASLEEP, "Bota")):
        await enrol(chats, chat, alias)
    before = await report(chats)
    chats.bench.later(1)
    await chats.say(ASLEEP, f"/open {before}")
    await chats.say(ASLEEP, f"/release {before}")
    chats.bench.later(22)
    assert await summaries(chats) == []
    chats.bench.later(1)
    told = await summaries(chats)
    assert (heard(told), text("moderator.waiting", number="1", urgent="0") in words(told)) == (
        [(AWAKE, True)],
        True,
    )
    assert await summaries(chats) == []
    chats.bench.later(24)
    assert heard(await summaries(chats)) == [(AWAKE, True)]  # Bota has seen all that waits
    await chats.say(AWAKE, "/queue")
    chats.bench.later(30)
    assert await summaries(chats) == []
    await report(chats)
    chats.bench.later(24)
    assert heard(await summaries(chats)) == [(AWAKE, True), (ASLEEP, True)]


async def test_the_summary_comes_at_its_hour_each_day_if_anything_waits(chats: Chats) -> None:
    """Not on the day on which it was chosen when its hour is over; a bot that was off at the hour tells it later."""
    await enrol(chats, AWAKE)
    await chats.tap(AWAKE, Act("mdigest", "9"))
    await report(chats)
    assert await summaries(chats) == []
    chats.bench.later(22)
    assert await summaries(chats) == []
    chats.bench.later(3)
    assert text("moderator.waiting.digest") in words(await summaries(chats))
    assert await summaries(chats) == []
    await chats.say(AWAKE, "/next")
    chats.bench.later(21)
    assert await summaries(chats) == []  # 8:20
    async with chats.bench.read() as unit:
        assert await notices_service.waiting(unit) == (1, 0)  # the claim is over
