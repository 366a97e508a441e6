"""An urgent report that nobody opens is told on, and whoever is to hear what waits hears it, by a job that looks again and again."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from bot.chat.notices.team.watch import Watch
from bot.chat.screens.callback import Act
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox
from bot.form.answers import Chosen
from bot.services.desk import claims
from bot.services.desk.people.alarms import Alarm
from bot.services.reports import withdrawal
from bot.services.unit import Unit
from db.models import AuditEntry, Report
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats, words
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
        self.watch = Watch(chats.bench.read, self._owe, chats.renderer)

    async def _owe(self, act: Callable[[Unit, Outbox], Awaitable[object]]) -> None:
        async with self.chats.bench.write() as unit:
            outbox = Outbox(unit)
            await act(unit, outbox)
            await outbox.write()
            self.calls = [Call.load(self.chats.bench.safe.ring, row) for row in outbox.rows]

    async def look(self, minutes: float = 0) -> list[tuple[int, bool]]:
        """After so many minutes: who is told something, and whether with a sound."""
        self.chats.bench.later(minutes / 60)
        self.calls = []
        await self.watch.once()
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


async def test_an_alarm_ends_when_the_report_is_opened_or_gone(chats: Chats) -> None:
    """Also when it is given back: somebody has seen it. More of its reporter raises it anew."""
    await gather(chats)
    opened, gone = [await report(chats, urgent=URGENT) for _ in range(2)]
    await chats.announce()
    watched = Watched(chats)
    await watched.look()
    await chats.say(AWAKE, f"/open {opened}")
    await chats.say(AWAKE, f"/release {opened}")
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

    watched.watch._owe, owe = fail, watched.watch._owe
    assert await watched.look(20) == []
    assert "was not told" in caplog.text
    watched.watch._owe = owe
    assert len(await watched.look()) == 3
