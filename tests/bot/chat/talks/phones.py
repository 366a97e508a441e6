"""What reporters do. The first number of an act is which of their two phones, the second which report."""

from collections.abc import Mapping, Sequence

from bot.chat.buttons import Act
from bot.reports.states import Status
from bot.store import drafting
from bot.transport.call import Call
from tests.bot.chat.talks.desk import Desk
from tests.bot.chat.talks.model import DAYS, Form, Told
from tests.bot.reports.talking import buttons, said, text


class Phones(Desk):
    """Three reporters, one of whom has sent two reports from one phone."""

    async def open_question(self, _who: int, which: int) -> None:
        """The button of a notice, and the last part of the code: on the phone that reported."""
        await self._open_question(self.reports[which], self.reports[which].chats[0])

    async def open_elsewhere(self, _who: int, which: int) -> None:
        """The same on the reporter's other phone."""
        await self._open_question(self.reports[which], self.reports[which].chats[1])

    async def _open_question(self, report: Told, chat: int) -> None:
        form = self.forms.get(chat)
        self.widen(chat)
        calls = await self.tap(chat, Act("qopen"))
        if form is not None and not form.lost:
            assert form.report.gone or self.shows(calls, form.report, form.asked)
            return
        if said(calls) == text("reporter.talk.part"):
            calls = await self.reply(chat, report.receipt.code[-4:], said(calls))
        if self.leads(report) == chat and report.shown:
            self._begin(report, chat, calls)

    def _begin(self, report: Told, chat: int, calls: Sequence[Call]) -> None:
        self.forms[chat] = Form(report, set(report.shown), self.hour)
        self.meanwhile |= {report.said[number - 1].says: chat for number in report.shown}
        assert self.shows(calls, report, report.shown)

    async def _status(self, report: Told, chat: int) -> Mapping[str, str]:
        """/status with the code; the buttons by their labels."""
        self.move(report, chat)
        return buttons(await self.say(chat, f"/status {report.receipt.code}"))

    async def read_by_code(self, who: int, which: int) -> None:
        """/status with the code, and its button."""
        report = self.reports[which]
        chat = report.chats[who]
        shown = await self._status(report, chat)
        label = next((one for one in shown if shown[one].startswith("acread.")), None)
        expected = bool(report.shown) and not report.gone
        assert (label is not None) == expected, (label, report)
        if label is None:
            return
        form = self.forms.get(chat)
        if form is not None and form.report is report:
            self.widen(chat)
        calls = await self.tap_data(chat, shown[label])
        if form is None:
            self._begin(report, chat, calls)

    async def add(self, who: int, which: int) -> None:
        """Something unasked, by the code."""
        report = self.reports[which]
        chat = report.chats[who]
        shown = await self._status(report, chat)
        data = next((one for one in shown.values() if one.startswith("acadd.")), None)
        assert (data is not None) == (report.is_open and not report.gone)
        if data is not None:
            await self.tap_data(chat, data)
            if chat not in self.forms:
                self.forms[chat] = Form(report, set(), self.hour)

    async def write_answer(self, who: int, which: int) -> None:
        """A word of the open reply, once; then it is sent."""
        chat = self.reports[which].chats[who]
        form = self.forms.get(chat)
        if form is None:
            return
        form.touched = self.hour
        if not form.word:
            form.word = self.word()
            self.meanwhile[form.word] = chat  # shown there, also where the same act sends it
            await self.say(chat, form.word)
            return
        self.widen(chat)
        self.meanwhile |= {
            form.report.said[number - 1].says: chat for number in form.asked if not form.report.gone
        }
        await self.say(chat, "/report")
        await self.send(chat, text("reporter.reply.flow.send"))
        del self.forms[chat]
        if not form.report.gone:
            self.tell(form.report, form.word, form.asked)

    async def skip(self, who: int, which: int) -> None:
        """The button of the open reply."""
        chat = self.reports[which].chats[who]
        await self.tap(chat, await self._named(chat, "qskip"))
        self.end_by(chat, "skipped")

    async def never(self, who: int, which: int) -> None:
        """The other one, surely."""
        chat = self.reports[which].chats[who]
        await self.tap(chat, await self._named(chat, "qstop"))
        self.end_by(chat, "no_more")

    async def _named(self, chat: int, verb: str) -> Act:
        """A button of the open reply with all that it answers."""
        form = self.forms.get(chat)
        async with self.bench.read() as unit:
            rows = await drafting.rows_of(unit, [unit.safe.pseudonyms.chat(chat)])
            return Act(
                verb, rows[0].id[:4] if rows else "", str(len(form.asked)) if form is not None else "0"
            )

    async def drop_answer(self, who: int, which: int) -> None:
        """/cancel, and Yes."""
        await self.cancel(self.reports[which].chats[who], "reporter.reply.flow.cancel.sure")

    async def panic(self, who: int, which: int) -> None:
        """/panic: of all reports that were sent from there."""
        chat = self.reports[which].chats[who]
        await self.say(chat, "/panic")
        self.forms.pop(chat, None)
        for report in self.reports:
            if report.way is not None and report.way[0] == chat:
                report.way = None

    async def lose_phone(self, _who: int, which: int) -> None:
        """What was opened on one phone, whoever has it now goes on with, after the code was used on the other."""
        report = self.reports[which]
        await self.ask_ready(0, which)
        await self.open_question(0, which)
        await self._status(report, report.chats[1])
        for _ in range(2):
            await self.write_answer(0, which)

    async def by_code(self, who: int, which: int) -> None:
        """In danger, safe, let ask, no more: the buttons of /status, each in its turn."""
        report = self.reports[which]
        chat = report.chats[who]
        shown = {one.split(".")[0]: one for one in (await self._status(report, chat)).values()}
        self.tapped += 1
        verb = ("acurgent", "acsafe", "aclet", "acnever")[self.tapped % 4]
        if verb not in shown:
            return
        data = shown[verb]
        if verb == "aclet":
            (data,) = (one for one in buttons(await self.tap_data(chat, data)).values() if "cletyes" in one)
            if self.is_often(report, "no_more"):
                await self.tap_data(chat, data)
                return
            report.way = (chat, self.day + DAYS["talk_days"])
            report.due = False  # a new way: what is open was to be read where it was given
            await self.tap_data(chat, data)
            return
        await self.tap_data(chat, data)
        sign = {"acurgent": "urgent", "acsafe": "safe", "acnever": "no_more"}[verb]
        self.sign(report, sign, report.open if verb == "acnever" else set())
        if verb == "acnever":
            self.forget_chat(chat)

    tapped = 0

    async def withdraw(self, who: int, which: int) -> None:
        """By the code, surely."""
        report = self.reports[which]
        chat = report.chats[who]
        shown = await self._status(report, chat)
        data = next((one for one in shown.values() if one.startswith("acwithdraw.")), None)
        if data is None:
            return
        asked = buttons(await self.tap_data(chat, data))
        await self.tap_data(chat, asked[text("reporter.withdraw.yes")])
        self.destroy(report, Status.WITHDRAWN)
        form = self.forms.get(chat)
        if form is not None and form.report is report:
            del self.forms[chat]
