"""What moderators do. The first number of an act is which of the two, the second which report."""

import pytest

from bot.chat.buttons import Act
from bot.desk.asking import service as asking_service
from bot.desk.people import service as people_service
from bot.errors import Refusal
from bot.reports.states import Status
from db.models import Moderator, Report
from tests.bench import approve_proposal
from tests.bot.chat.talks.acting import Acting
from tests.bot.chat.talks.model import ALIASES, DAYS, WORD, Form, Told
from tests.bot.reports.talking import said, text


class Desk(Acting):
    """Two moderators."""

    async def open(self, who: int, which: int) -> None:
        """/open: the card shows all that was told, in order."""
        report = self.reports[which]
        takes = self.takes(who, report)
        calls = await self.tap(self.desks[who], Act("mopen", report.ref))
        if takes:
            self.hold(who, report)
            self.read(report)
            shown = said(calls)
            wanted = [report.story, *(one.says for one in report.said if WORD.fullmatch(one.says))]
            places = [shown.find(word) for word in wanted]
            assert -1 not in places, (wanted, shown)
            assert places == sorted(places), shown

    async def look_at_ready(self, who: int, which: int) -> None:
        """A ready question is looked at, and not sent."""
        report = self.reports[which]
        takes = self.takes(who, report)
        await self.tap(self.desks[who], Act("maskr", report.ref, self._ready()))
        if takes:
            self.hold(who, report)

    async def ask_ready(self, who: int, which: int) -> None:
        """A ready question is sent."""
        report, name = self.reports[which], self._ready()
        takes = self.takes(who, report)
        await self.tap(self.desks[who], Act("masks", report.ref, name))
        if takes:
            self.hold(who, report)
            self.ask(report, name)

    def _ready(self) -> str:
        return asking_service.READY[self.written % len(asking_service.READY)]

    async def write_question(self, who: int, which: int) -> None:
        """A question in own words is begun, or gone on with, written, or sent, whichever comes next."""
        desk, report = self.desks[who], self.reports[which]
        form = self.forms.get(desk)
        if form is None:
            takes = self.takes(who, report)
            await self.tap(desk, Act("masko", report.ref))
            if takes:
                self.hold(who, report)
                if self.may_ask(report):
                    self.forms[desk] = Form(report, set(), self.hour)
        elif not form.word:
            form.word, form.touched = self.word(), self.hour
            await self.say(desk, form.word)
        else:
            takes, form.touched = self.takes(who, form.report), self.hour
            await self.tap(desk, Act("masko", form.report.ref))
            await self.send(desk, text("moderator.ask.flow.send"))
            if takes:
                self.hold(who, form.report)
                if self.ask(form.report, form.word):
                    del self.forms[desk]

    async def drop_question(self, who: int, _which: int) -> None:
        """/cancel, and Yes."""
        await self.cancel(self.desks[who], "moderator.ask.flow.cancel.sure")

    async def release(self, who: int, which: int) -> None:
        """/release."""
        report = self.reports[which]
        held = self.is_active(who) and report.status is Status.CLAIMED and report.holder == who
        await self.tap(self.desks[who], Act("mrelease", report.ref))
        if held:
            self.free(report, self.stands(report))

    async def approve(self, who: int, which: int) -> None:
        """A version is proposed and approved, where that can be; never before what the reporter told was read."""
        report = self.reports[which]
        if not self.takes(who, report) or self.desks[who] in self.forms:
            return
        if report.unread:
            with pytest.raises(Refusal, match="unread"):
                await self._approve(who, report)
            return
        self.hold(who, report)
        await self._approve(who, report)
        report.public = True
        self.close(report, Status.APPROVED)

    async def _approve(self, who: int, report: Told) -> None:
        async with self.bench.write() as unit:
            moderator = await unit.session.get_one(Moderator, self.moderators[who])
            row = await unit.session.get_one(Report, report.receipt.report.id)
            await self.bench.propose(unit, moderator, row)
            await approve_proposal(unit, moderator, row)

    async def reject(self, who: int, which: int) -> None:
        """/reject, for spam; what the reporter told is read first."""
        report = self.reports[which]
        takes = self.takes(who, report)
        await self.tap(self.desks[who], Act("mrejectyes", report.ref, "spam"))
        if takes and report.unread:
            self.hold(who, report)
        elif takes:
            report.public = False
            self.close(report, Status.REJECTED)

    async def reopen(self, who: int, which: int) -> None:
        """The button of a closed report."""
        report = self.reports[which]
        closed = report.status in {Status.APPROVED, Status.REJECTED} and not report.gone
        if report.gone:
            return
        await self.tap(self.desks[who], Act("mreopen", report.ref))
        was_approved = report.status is Status.APPROVED
        if closed and self.is_active(who):
            report.status, report.holder = Status.CLAIMED, who
            report.until = self.hour + DAYS["claim_hours"]
            self.read(report)
            report.closed = report.closed if was_approved else 0

    async def send_contacts(self, who: int, which: int) -> None:
        """The button of an urgent notice: nobody has set contacts here, so it says and sends nothing."""
        await self.tap(self.desks[who], Act("mcontacts", self.reports[which].ref))

    async def revoke(self, who: int, _which: int) -> None:
        """The second moderator is revoked, once."""
        if who == 0 or who in self.revoked:
            return
        async with self.bench.write() as unit:
            await people_service.revoke(unit, ALIASES[who])
        self.revoked.add(who)
        for report in self.reports:
            if report.holder == who and report.status is Status.CLAIMED:
                self.free(report, self.stands(report))
        self.forms.pop(self.desks[who], None)
