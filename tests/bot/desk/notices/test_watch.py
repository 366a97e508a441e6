"""An urgent report that nobody opens is told on, and whoever is to hear what waits hears it, by a job that looks again and again."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, update

from bot.app import retention
from bot.app.jobs import Job
from bot.chat.buttons import Act, decode
from bot.desk.notices.jobs import NEWS, Watch
from bot.desk.notices.service import Alarm
from bot.desk.people import service as people_service
from bot.form.answers import Chosen
from bot.reports import claims, withdrawal
from bot.reports.states import Status
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import Sign
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import AuditEntry, Moderator, Report
from tests.bench import Bench, as_written
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, report
from tests.plans import growing, planned

ADMIN, AWAKE, ASLEEP, ANALYST = 5, 6, 7, 8
URGENT = Chosen(("yes",))


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases; it is 10:20."""
    return Chats(bench)


class Watched:
    """A watch, and what it owed with its last look."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats
        self.calls: list[Call] = []
        self.watch = Watch(chats.bench.read, self._enqueue, chats.renderer)

    async def _enqueue(self, act: Callable[[UnitOfWork, Outbox], Awaitable[object]]) -> None:
        async with self.chats.bench.write() as unit:
            outbox = Outbox(unit)
            await act(unit, outbox)
            await outbox.write()
            self.calls = [Call.load(self.chats.bench.safe.ring, row) for row in outbox.rows]

    async def look(self, minutes: float = 0) -> list[tuple[int, bool]]:
        """After so many minutes: who is told something, and whether with a sound."""
        self.chats.bench.later(minutes / 60)
        self.calls = []
        await Job("the team was not told", self.watch.once).round()
        found = [one.params for one in self.calls if one.method == "sendMessage"]
        return sorted((one["chat_id"], "disable_notification" not in one) for one in found)


async def gather(chats: Chats) -> None:
    """An administrator, two moderators, one of them asleep and without wishes, and an analyst."""
    for chat, alias, role in (
        (ADMIN, "Aspan", "admin"),
        (AWAKE, "Bota", "moderator"),
        (ASLEEP, "Ceda", "moderator"),
        (ANALYST, "Dana", "analyst"),
    ):
        await enrol(chats, chat, alias, role)
    await chats.tap(ASLEEP, Act("mquiet", "9", "18"))
    await chats.tap(ASLEEP, Act("mnews", "new"))


async def test_an_urgent_report_that_nobody_opens_goes_to_all_then_to_administrators(chats: Chats) -> None:
    """After the minutes of the setting, and as many again, each once; with a sound for who sleeps too, and nothing of its content."""
    await gather(chats)
    ref = await report(chats, urgent=URGENT)
    await report(chats)
    assert {call.params["chat_id"] for call in await chats.announce()} == {ADMIN, AWAKE}
    watched = Watched(chats)
    assert await watched.look() == await watched.look(14) == []
    assert await watched.look(1) == [(ADMIN, True), (AWAKE, True), (ASLEEP, True)]
    assert words(watched.calls, ASLEEP) == TEXTS.text(
        "en", "moderator.notice.unopened", {"ref": ref, "minutes": 15}
    )
    assert await watched.look() == await watched.look(14) == []
    assert await watched.look(2) == [(ADMIN, True)]
    assert ref in words(watched.calls)
    assert STORY not in words(watched.calls)
    assert await watched.look(60) == []
    async with chats.bench.read() as unit:
        acts = select(AuditEntry.actor, AuditEntry.subject, AuditEntry.detail).where(
            AuditEntry.act == "alarm"
        )
        found = [tuple(row) for row in await unit.session.execute(acts.order_by(AuditEntry.id))]
        assert found == [("system", ref, "all"), ("system", ref, "admins")]


async def tell(chats: Chats, ref: str, sign: Sign) -> None:
    """The reporter says something by a button."""
    async with chats.bench.write() as unit:
        await talk_service.sign(unit, await claims.find(unit, ref), sign)


async def news(chats: Chats) -> list[tuple[str, int]]:
    """What the announcer owes of what was told and of what came back: each text, and to whom."""
    found = []
    for kind in NEWS:
        async with chats.bench.write() as unit:
            outbox = Outbox(unit)
            await kind.notify(chats.renderer, unit, outbox, await kind.find(unit))
            await outbox.write()
        calls = [Call.load(chats.bench.safe.ring, row) for row in outbox.rows]
        found += [(one.params["text"], one.params["chat_id"]) for one in calls if one.method == "sendMessage"]
    return sorted(found)


def back(ref: str, *hearers: int, key: str = "moderator.notice.back_urgent") -> list[tuple[str, int]]:
    """What these are told of a report that came back."""
    return [(TEXTS.text("en", key, {"ref": ref}), one) for one in hearers]


async def test_what_presses_and_its_holder_does_not_read_goes_to_all_then_to_administrators(
    chats: Chats,
) -> None:
    """Who holds it is asleep. Only the holder can open it, and only administrators can take it from them."""
    await gather(chats)
    ref = await report(chats)
    await chats.announce()
    await chats.say(ASLEEP, f"/open {ref}")
    await tell(chats, ref, Sign.URGENT)
    told = TEXTS.text("en", "moderator.notice.told_urgent", {"ref": ref})
    assert await news(chats) == [(told, ASLEEP)]
    watched = Watched(chats)
    assert await watched.look() == await watched.look(14) == []
    assert await watched.look(1) == [(ADMIN, True), (AWAKE, True), (ASLEEP, True)]
    said: dict[str, str | int] = {"ref": ref, "minutes": 15, "alias": "Ceda"}
    assert words(watched.calls, AWAKE) == TEXTS.text("en", "moderator.notice.unread", said)
    by_chat = {one.params["chat_id"]: buttons([one]) for one in watched.calls}
    ((release,), of_others) = by_chat[ADMIN], {AWAKE: by_chat[AWAKE], ASLEEP: by_chat[ASLEEP]}
    assert (release.startswith(f"amrelease.{ref}."), of_others) == (
        True,
        {AWAKE: [], ASLEEP: [f"amopen.{ref}."]},
    )
    await watched.look()
    assert await watched.look(15) == [(ADMIN, True)]
    said["minutes"] = 30
    assert words(watched.calls) == TEXTS.text("en", "moderator.notice.still_unread", said)
    assert await watched.look(60) == []


@pytest.mark.parametrize("how", ["opened", "safe"])
async def test_an_alarm_of_what_a_holder_has_not_read_ends_when_the_card_is_opened(
    chats: Chats, how: str
) -> None:
    """That somebody is safe now presses nobody. What is told later raises it anew."""
    await gather(chats)
    ref = await report(chats, urgent=URGENT)
    await chats.announce()
    await chats.say(AWAKE, f"/open {ref}")
    await tell(chats, ref, Sign.SAFE if how == "safe" else Sign.URGENT)
    assert len(await news(chats)) == 1
    watched = Watched(chats)
    await watched.look()
    if how == "opened":
        await chats.tap(AWAKE, Act("mopen", ref))
    assert await watched.look(60) == []
    await chats.tap(AWAKE, Act("mopen", ref))
    await tell(chats, ref, Sign.SAFE if how == "opened" else Sign.URGENT)
    await tell(chats, ref, Sign.URGENT)
    await news(chats)
    await watched.look()
    assert len(await watched.look(15)) == 3


async def pressed(chats: Chats, holder: int) -> tuple[str, Watched]:
    """A report that somebody holds and whose reporter is in danger since, which was told and is watched from now on."""
    await gather(chats)
    ref = await report(chats)
    await chats.announce()
    await chats.say(holder, f"/open {ref}")
    await tell(chats, ref, Sign.URGENT)
    await news(chats)
    watched = Watched(chats)
    await watched.look()
    return ref, watched


async def test_to_work_on_a_report_ends_no_alarm_of_what_is_not_read(chats: Chats) -> None:
    """Whoever saves an edit or writes a note has seen nothing of what was told."""
    ref, watched = await pressed(chats, AWAKE)
    async with chats.bench.write() as unit:
        holder = (await unit.session.scalars(select(Moderator).where(Moderator.alias == "Bota"))).one()
        await claims.claim(unit, holder, await claims.find(unit, ref))
    assert await watched.look(15) == [(ADMIN, True), (AWAKE, True), (ASLEEP, True)]


async def test_whoever_is_safe_again_before_anybody_read_it_ends_the_alarm(chats: Chats) -> None:
    """Nobody is woken for what presses no more."""
    ref, watched = await pressed(chats, AWAKE)
    await tell(chats, ref, Sign.SAFE)
    assert await watched.look(60) == []


@pytest.mark.parametrize("is_read", [False, True])
async def test_the_button_of_an_alarm_takes_a_report_away_only_while_it_is_unread(
    chats: Chats, is_read: bool
) -> None:
    """Else an old notice would destroy what its holder has written since."""
    ref, watched = await pressed(chats, ASLEEP)
    await watched.look(15)
    (release,) = buttons([one for one in watched.calls if one.params["chat_id"] == ADMIN])
    if is_read:
        await chats.tap(ASLEEP, Act("mopen", ref))
    act = decode(release)
    assert isinstance(act, Act)
    said = [call.params.get("text") for call in await chats.tap(ADMIN, act)]
    key = "moderator.released.read" if is_read else "moderator.released"
    assert TEXTS.text("en", key, {"ref": ref}) in said
    async with chats.bench.read() as unit:
        status = await unit.session.scalar(select(Report.status).where(Report.ref == ref))
        assert status == (Status.CLAIMED if is_read else Status.NEW)


async def test_whoever_gives_an_urgent_report_back_is_not_told_of_it(chats: Chats) -> None:
    """If they are the only one awake, all others are woken."""
    await gather(chats)
    await chats.tap(ADMIN, Act("mquiet", "9", "18"))
    ref = await report(chats, urgent=URGENT)
    await chats.announce()
    await chats.say(AWAKE, f"/open {ref}")
    await chats.say(AWAKE, f"/release {ref}")
    assert await news(chats) == back(ref, ADMIN, ASLEEP)


async def test_more_of_its_reporter_does_not_delay_an_alarm_that_stands(chats: Chats) -> None:
    """Administrators are told when they would have been."""
    await gather(chats)
    ref = await report(chats, urgent=URGENT)
    await chats.announce()
    watched = Watched(chats)
    await watched.look()
    assert len(await watched.look(15)) == 3
    await watched.look()
    await tell(chats, ref, Sign.SAFE)
    await tell(chats, ref, Sign.URGENT)
    await news(chats)
    assert await watched.look(15) == [(ADMIN, True)]


@pytest.mark.parametrize("how", ["released", "over", "revoked"])
async def test_an_urgent_report_that_falls_back_into_the_queue_is_told_of_as_a_new_one(
    chats: Chats, how: str
) -> None:
    """Whoever may be disturbed hears of it at once, all when nobody opens it, then administrators."""
    await gather(chats)
    ref = await report(chats, urgent=URGENT)
    await chats.announce()
    await chats.say(ASLEEP, f"/open {ref}")
    await fall_back(chats, ref, how)
    assert await news(chats) == back(ref, ADMIN, AWAKE)
    watched = Watched(chats)
    assert await watched.look() == await watched.look(14) == []
    everybody = [(ADMIN, True), (AWAKE, True), (ASLEEP, True)]
    assert await watched.look(1) == (everybody if how != "revoked" else everybody[:2])
    await chats.say(AWAKE, f"/open {ref}")
    assert await watched.look(60) == []


@pytest.mark.parametrize("how", ["released", "over", "revoked"])
async def test_another_report_that_falls_back_is_told_of_unless_somebody_gave_it_back(
    chats: Chats, how: str
) -> None:
    """Once, to whoever wishes it; no alarm is raised. What was taken again meanwhile is not told of."""
    await gather(chats)
    ref, taken = await report(chats), await report(chats)
    await chats.announce()
    for one in (ref, taken):
        await chats.say(ASLEEP, f"/open {one}")
    for one in (ref, taken):
        await fall_back(chats, one, how)
    await chats.say(AWAKE, f"/open {taken}")
    told = back(ref, ADMIN, AWAKE, key="moderator.notice.back")
    assert (await news(chats), await news(chats)) == ([] if how == "released" else told, [])
    async with chats.bench.read() as unit:
        assert set(await unit.session.scalars(select(Report.alarm))) == {Alarm.NONE}


async def fall_back(chats: Chats, ref: str, how: str) -> None:
    """Whoever sleeps holds a report no more."""
    if how == "released":
        await chats.say(ASLEEP, f"/release {ref}")
        return
    async with chats.bench.write() as unit:
        if how == "revoked" and "Ceda" in {
            one.alias for one in await people_service.list_moderators(unit, active=True)
        }:
            await people_service.revoke(unit, "Ceda")
        elif how == "over":
            await unit.session.execute(update(Report).values(claimed_until_hour=unit.hour))
            await as_written(unit)
            await retention.sweep(unit)


async def test_an_alarm_ends_when_the_report_is_opened_or_gone(chats: Chats) -> None:
    """More of its reporter raises it anew."""
    await gather(chats)
    opened, gone = [await report(chats, urgent=URGENT) for _ in range(2)]
    await chats.announce()
    watched = Watched(chats)
    await watched.look()
    await chats.say(AWAKE, f"/open {opened}")
    async with chats.bench.write() as unit:
        await withdrawal.withdraw(
            unit, (await unit.session.scalars(select(Report).where(Report.ref == gone))).one()
        )
    assert await watched.look(60) == []
    async with chats.bench.read() as unit:
        assert set(await unit.session.scalars(select(Report.alarm))) == {Alarm.NONE}


async def test_a_new_start_counts_anew_and_a_clock_put_back_delays_nothing(chats: Chats) -> None:
    """Since when a report waits is in memory alone: the database holds no minute of it."""
    await gather(chats)
    await report(chats, urgent=URGENT)
    await chats.announce()
    first = Watched(chats)
    await first.look()
    assert await first.look(-60) == []
    again = Watched(chats)
    assert await again.look(14) == []
    assert len(await first.look(1)) == 3
    assert await again.look() == []


async def test_what_the_watch_and_the_team_ask_is_answered_by_indexes(chats: Chats) -> None:
    """However many reports there are: nothing reads or sorts them all."""
    await gather(chats)
    await report(chats, urgent=URGENT)
    await chats.announce()
    watched = Watched(chats)
    await watched.look()
    async with planned(chats.bench.database) as plans:
        assert len(await watched.look(15)) == 3
        chats.bench.later(24)
        assert len(await watched.look()) == 2  # of reminders
        async with chats.bench.read() as unit:
            assert await claims.held_counts(unit) == {}
    assert growing(plans) == []
    assert any("ix_reports_alarm" in plan for _, plan in plans)


async def test_a_look_that_fails_is_told_and_the_next_one_tries_again(
    chats: Chats, caplog: pytest.LogCaptureFixture
) -> None:
    """The watch goes on."""
    await gather(chats)
    await report(chats, urgent=URGENT)
    await chats.announce()
    watched = Watched(chats)
    await watched.look()

    async def fail(_act: object) -> None:
        raise OSError("away")

    watched.watch._enqueue, enqueue = fail, watched.watch._enqueue
    assert await watched.look(20) == []
    assert "was not told" in caplog.text
    watched.watch._enqueue = enqueue
    assert len(await watched.look()) == 3
