"""What happens by itself: notices come, time passes, and what is over its time or its report goes."""

import re

from bot.app import retention
from bot.desk.notices import chat as notices_chat
from bot.reports import approvals
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from tests.bot.chat.talks.phones import Phones
from tests.bot.reports.talking import Talk, text

_HOURS = (1, 3, 13, 30, 50, 80, 2, 20)


class Jobs(Phones):
    """Acts of nobody's."""

    @property
    def _talk(self) -> Talk:
        return Talk(self.chats, self.reports[0].receipt, self.moderators[0])

    async def tell_reporters(self, _who: int, _which: int) -> None:
        """Notices come: one into each chat of whose reports one was asked, and into no other, without a word."""
        calls = await self._talk.notices()
        heard = {call.params["chat_id"] for call in calls}
        led = [(self.leads(report), report) for report in self.reports]
        wanted = {chat for chat, report in led if chat is not None and report.due}
        assert wanted <= heard <= {chat for chat, _ in led}, (wanted, heard, led)
        assert {call.params["text"] for call in calls} <= {text("reporter.talk.notice")}
        assert len(heard) == len(calls)
        for report in self.reports:
            report.due = False
        self.calls += [(0, call) for call in calls]

    async def tell_moderators(self, _who: int, _which: int) -> None:
        """Notices of what was told: to whoever holds it, else to all who are active."""
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            reports = await approvals.take_told(unit, await approvals.told(unit))
            await notices_chat.notify_told(notices_chat.Post(self.chats.renderer, unit, outbox), reports)
            await outbox.write()
        calls = [Call.load(self.bench.safe.ring, row) for row in outbox.rows]
        self.calls += [(0, call) for call in calls]
        told = [report for report in self.reports if report.untold and not report.gone]
        wanted = {(report.ref, self.desks[one]) for report in told for one in self.hearers(report)}
        refs = {report.ref for report in self.reports}
        said = [(set(re.findall(r"R[0-9A-Z]{5}", call.params["text"])) & refs, call) for call in calls]
        assert {(ref, call.params["chat_id"]) for found, call in said for ref in found} == wanted
        for report in self.reports:
            report.untold = False

    async def take_back(self, _who: int, _which: int) -> None:
        """Replies to reports that are gone leave their chats, and nothing else does."""
        gone = {chat for chat, form in self.forms.items() if form.report.gone or form.lost}
        calls = await self._talk.take_back()
        self.drop_gone()
        assert {call.params["chat_id"] for call in calls} <= gone
        self.calls += [(0, call) for call in calls]

    async def pass_hours(self, who: int, which: int) -> None:
        """An hour, half a day, or days pass; what is over its time is destroyed."""
        await self.take_back(who, which)
        self.bench.later(_HOURS[who * 4 + which])
        await self.tick()
        self.expire()
        self.calls += [(0, call) for call in await self._talk.sweep()]
        async with self.bench.write() as unit:
            await retention.sweep(unit)
