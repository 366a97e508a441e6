"""Talks of two moderators and three reporters, and a model of them that knows who may see which word.

Each act is one that a person can do at any time, by a button that may be stale or a command; `Model` says what comes of it, whatever
else happened, and what no call of the bot may show to whom. A word is unique: it is said once, by one person, of one report."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.chat.notices import to_moderators
from bot.chat.screens.callback import Act
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox
from bot.services.desk.card import asking
from bot.services.desk.people import team
from bot.services.keeping import retention
from bot.services.reports import announcements
from bot.services.reports.intake import Receipt
from bot.services.reports.states import Status
from bot.services.reports.talk import ways, words
from bot.services.unit import HOURS_A_DAY
from db.models import DraftRow, Moderator, Report
from tests.bench import Bench, approve_proposal
from tests.bench import text as told
from tests.bot.chat.chats import Chats
from tests.bot.chat.reporter.talking import Talk, buttons, said, text

DAYS: Mapping[str, int] = {
    "report_days": 6,
    "talk_days": 3,
    "rejected_days": 2,
    "approved_days": 2,
    "claim_hours": 12,
    "reply_hours": 2,
    "draft_hours": 48,
    "reports_a_day": 10_000,
    "updates_a_day": 100_000,
    "guesses_a_day": 100_000,
}
ALIASES = ("Aspan", "Teniz")
_WORD = re.compile(r"слово\d+я")


@dataclass
class Spoken:
    """A message of a talk: whose, what it says (a word, a ready question or a sign), and whether a question has no answer."""

    by_reporter: bool
    says: str
    hour: int
    open: bool = False


@dataclass
class Told:
    """A report. `chats` are the reporter's phone and another of theirs; `story` is the word in it, `way` the chat of the way back with
    the day on which it ends."""

    receipt: Receipt
    chats: tuple[int, int]
    story: str
    sent: int
    status: Status = Status.NEW
    holder: int | None = None
    until: int = 0
    closed: int = 0
    way: tuple[int, int] | None = None
    said: list[Spoken] = field(default_factory=list)
    gone: bool = False
    untold: bool = False
    due: bool = False
    public: bool = False

    @property
    def ref(self) -> str:
        """Its reference."""
        return self.receipt.report.ref

    @property
    def open(self) -> set[int]:
        """The numbers of the questions that wait."""
        return {number for number, one in enumerate(self.said, 1) if one.open}

    @property
    def shown(self) -> set[int]:
        """The numbers of what its reporter would be shown now."""
        last = max((number for number, one in enumerate(self.said, 1) if one.by_reporter), default=0)
        ours = (number for number, one in enumerate(self.said, 1) if not one.by_reporter)
        return {number for number in ours if number > last} | self.open

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided it."""
        return self.status in {Status.NEW, Status.CLAIMED}


@dataclass
class Form:
    """A reply or a question that is being written: of which report, what it answers, the word in it. `lost`: it is on a phone that is
    not its reporter's any more."""

    report: Told
    asked: set[int]
    touched: int
    word: str = ""
    lost: bool = False


class Talks:
    """The bot and the model of it. Acts are coroutines that take numbers: which person, which report."""

    def __init__(self, bench: Bench) -> None:
        bench.settings = bench.settings.model_copy(update=DAYS)
        self.bench, self.chats = bench, Chats(bench)
        self.reports: list[Told] = []
        self.desks: list[int] = []
        self.moderators: list[str] = []
        self.revoked: set[int] = set()
        self.forms: dict[int, Form] = {}
        self.written = 0
        self.screens: dict[int, list[Call]] = {}
        self.tapped = 0
        self._hour = self._day = 0
        self._pending: list[tuple[int, Call]] = []
        self._typed: dict[str, int] = {}

    async def begin(self) -> None:
        """Two moderators enrol, and three people report, one of whom agrees to nothing."""
        await self._tick()
        async with self.bench.write() as unit:
            for alias in ALIASES:
                moderator = await self.bench.moderator(unit, alias)
                self.moderators.append(moderator.id)
                self.desks.append(team.address(unit, moderator) or 0)
            for number, agrees in enumerate((True, True, False)):
                phones = (9001 + number, 9101 + number)
                story = self._word()
                receipt = await self.bench.submit(unit, phones[0] if agrees else None, story=told(story))
                way = (phones[0], unit.day + DAYS["talk_days"]) if agrees else None
                self.reports.append(Told(receipt, phones, story, unit.hour, way=way))

    async def act(self, name: str, who: int, which: int) -> None:
        """Let somebody do something, and compare all that came of it with the model."""
        before = self._readers()
        self._typed.clear()
        await getattr(self, name)(who, which)
        after = self._readers()
        calls, self._pending = self._pending, []
        for chat, call in calls:
            self._check(chat, call, before, after)
        try:
            await self.compare()
        except AssertionError as error:
            error.add_note(f"after {name} {who} {which}")
            raise

    async def _tick(self) -> None:
        async with self.bench.read() as unit:
            self._hour, self._day = unit.hour, unit.day

    # --- what moderators do

    async def open(self, who: int, which: int) -> None:
        """/open."""
        report, takes = self.reports[which], self._takes(who, which)
        calls = await self._tap(self.desks[who], Act("mopen", report.ref))
        if takes:
            self._hold(who, report)
            report.untold = False
            shown = said(calls)
            wanted = [report.story, *(one.says for one in report.said if _WORD.fullmatch(one.says))]
            places = [shown.find(word) for word in wanted]
            assert -1 not in places, (wanted, shown)
            assert places == sorted(places), shown

    async def ask_ready(self, who: int, which: int) -> None:
        """A ready question is tapped."""
        report, name = self.reports[which], asking.READY[self.written % len(asking.READY)]
        takes = self._takes(who, which)
        await self._tap(self.desks[who], Act("masks", report.ref, name))
        if takes:
            self._hold(who, report)
            self._ask(report, name)

    async def write_question(self, who: int, which: int) -> None:
        """A question in own words is begun, or gone on with, written, or sent, whichever comes next."""
        desk, report = self.desks[who], self.reports[which]
        form = self.forms.get(desk)
        if form is None:
            takes = self._takes(who, which)
            await self._tap(desk, Act("masko", report.ref))
            if takes:
                self._hold(who, report)
                if self._may_ask(report):
                    self.forms[desk] = Form(report, set(), self._hour)
        elif not form.word:
            form.word, form.touched = self._word(), self._hour
            await self._say(desk, form.word)
        else:
            takes, form.touched = self._takes(who, self.reports.index(form.report)), self._hour
            await self._tap(desk, Act("masko", form.report.ref))
            await self._send(desk, text("moderator.ask.flow.send"))
            if takes:
                self._hold(who, form.report)
                if self._ask(form.report, form.word):
                    del self.forms[desk]

    async def drop_question(self, who: int, _which: int) -> None:
        """/cancel, and Yes."""
        await self._cancel(self.desks[who], "moderator.ask.flow.cancel.sure")

    async def release(self, who: int, which: int) -> None:
        """/release."""
        report = self.reports[which]
        held = self._is_active(who) and report.status is Status.CLAIMED and report.holder == who
        await self._tap(self.desks[who], Act("mrelease", report.ref))
        if held:
            self._free(report, Status.NEW)

    async def approve(self, who: int, which: int) -> None:
        """A version is proposed and approved, where that can be."""
        report = self.reports[which]
        if not self._takes(who, which) or self.desks[who] in self.forms:
            return
        self._hold(who, report)
        async with self.bench.write() as unit:
            moderator = await unit.session.get_one(Moderator, self.moderators[who])
            row = await unit.session.get_one(Report, report.receipt.report.id)
            await self.bench.propose(unit, moderator, row)
            await approve_proposal(unit, moderator, row)
        report.public = True
        self._close(report, Status.APPROVED)

    async def reject(self, who: int, which: int) -> None:
        """/reject, for spam."""
        report = self.reports[which]
        takes = self._takes(who, which)
        await self._tap(self.desks[who], Act("mreject", report.ref, "spam"))
        if takes:
            report.public = False
            self._close(report, Status.REJECTED)

    async def reopen(self, who: int, which: int) -> None:
        """The button of a closed report."""
        report = self.reports[which]
        closed = report.status in {Status.APPROVED, Status.REJECTED} and not report.gone
        if report.gone:
            return
        await self._tap(self.desks[who], Act("mreopen", report.ref))
        if closed and self._is_active(who):
            report.status, report.holder = Status.CLAIMED, who
            report.until, report.untold = self._hour + DAYS["claim_hours"], False
            report.closed = 0

    async def send_contacts(self, who: int, which: int) -> None:
        """The button of an urgent notice: nobody has set contacts here, so it says and sends nothing."""
        await self._tap(self.desks[who], Act("mcontacts", self.reports[which].ref))

    async def revoke(self, who: int, _which: int) -> None:
        """The second moderator is revoked, once."""
        if who == 0 or who in self.revoked:
            return
        async with self.bench.write() as unit:
            await team.revoke(unit, ALIASES[who])
        self.revoked.add(who)
        for report in self.reports:
            if report.holder == who and report.status is Status.CLAIMED:
                self._free(report, Status.NEW)
        self.forms.pop(self.desks[who], None)

    # --- what reporters do

    async def open_question(self, _who: int, which: int) -> None:
        """The button of a notice, and the last part of the code: on the phone that reported."""
        await self._open_question(self.reports[which], self.reports[which].chats[0])

    async def open_elsewhere(self, _who: int, which: int) -> None:
        """The same on the reporter's other phone."""
        await self._open_question(self.reports[which], self.reports[which].chats[1])

    async def _open_question(self, report: Told, chat: int) -> None:
        form = self.forms.get(chat)
        self._widen(chat)
        calls = await self._tap(chat, Act("qopen"))
        if form is not None:
            assert form.lost or form.report.gone or self._shows(calls, report, form.asked)
            return
        if said(calls) == text("reporter.talk.part"):
            calls = await self._reply(chat, report.receipt.code[-4:], said(calls))
        if self._leads(report) == chat and report.shown:
            self._begin(report, chat, calls)

    def _widen(self, chat: int) -> None:
        """A reply to questions that is shown again answers what was asked since too."""
        form = self.forms.get(chat)
        if form is not None and form.asked and not form.lost and not form.report.gone:
            form.asked |= form.report.shown
            form.touched = self._hour

    async def read_by_code(self, who: int, which: int) -> None:
        """/status with the code, and its button, on one of the reporter's phones."""
        report = self.reports[which]
        chat = report.chats[who]
        shown = await self._status(report, chat)
        label = next((one for one in shown if shown[one].startswith("acread.")), None)
        expected = bool(report.shown) and not report.gone
        assert (label is not None) == expected, (label, report)
        if label is None:
            return
        form = self.forms.get(chat)
        self._widen(chat)
        calls = await self._tap_data(chat, shown[label])
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
            await self._tap_data(chat, data)
            if chat not in self.forms:
                self.forms[chat] = Form(report, set(), self._hour)

    async def write_answer(self, who: int, which: int) -> None:
        """A word of the open reply, once; then it is sent."""
        chat = self.reports[which].chats[who]
        form = self.forms.get(chat)
        if form is None:
            return
        form.touched = self._hour
        if not form.word:
            form.word = self._word()
            self._typed[form.word] = chat  # shown there, also where the same act sends it
            await self._say(chat, form.word)
            return
        self._widen(chat)
        await self._say(chat, "/report")
        await self._send(chat, text("reporter.reply.flow.send"))
        if not form.lost:
            del self.forms[chat]
            if not form.report.gone:
                self._tell(form.report, form.word, form.asked)

    async def skip(self, who: int, which: int) -> None:
        """The button of the open reply."""
        chat = self.reports[which].chats[who]
        await self._tap(chat, Act("qskip"))
        self._end_by(chat, "skipped")

    async def never(self, who: int, which: int) -> None:
        """The other one, surely."""
        chat = self.reports[which].chats[who]
        await self._tap(chat, Act("qstop"))
        self._end_by(chat, "no_more")

    def _end_by(self, chat: int, sign: str) -> None:
        form = self.forms.pop(chat, None)
        if form is not None and not form.lost and not form.report.gone:
            self._sign(form.report, sign, form.asked)

    async def drop_answer(self, who: int, which: int) -> None:
        """/cancel, and Yes."""
        await self._cancel(self.reports[which].chats[who], "reporter.reply.flow.cancel.sure")

    async def panic(self, who: int, which: int) -> None:
        """/panic."""
        chat = self.reports[which].chats[who]
        await self._say(chat, "/panic")
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
        """In danger, safe, let ask, no more: the buttons of /status, one after the other of what was tapped before."""
        report = self.reports[which]
        chat = report.chats[who]
        shown = {one.split(".")[0]: one for one in (await self._status(report, chat)).values()}
        self.tapped += 1
        verb = ("acurgent", "acsafe", "aclet", "acnever")[self.tapped % 4]
        if verb not in shown:
            return
        data = shown[verb]
        if verb == "aclet":
            (data,) = (one for one in buttons(await self._tap_data(chat, data)).values() if "cletyes" in one)
            report.way = (chat, self._day + DAYS["talk_days"])
            await self._tap_data(chat, data)
            return
        await self._tap_data(chat, data)
        sign = {"acurgent": "urgent", "acsafe": "safe", "acnever": "no_more"}[verb]
        self._sign(report, sign, report.open if verb == "acnever" else set())

    async def withdraw(self, who: int, which: int) -> None:
        """By the code, surely."""
        report = self.reports[which]
        chat = report.chats[who]
        shown = await self._status(report, chat)
        data = next((one for one in shown.values() if one.startswith("acwithdraw.")), None)
        if data is None:
            return
        asked = buttons(await self._tap_data(chat, data))
        await self._tap_data(chat, asked[text("reporter.withdraw.yes")])
        self._destroy(report, Status.WITHDRAWN)
        form = self.forms.get(chat)
        if form is not None and form.report is report:
            del self.forms[chat]

    # --- what happens by itself

    async def tell_reporters(self, _who: int, _which: int) -> None:
        """Notices come: into all chats whose reports were asked, and no other, without a word."""
        calls = await self._talk.notices()
        heard = {call.params["chat_id"] for call in calls}
        ways_ = {self._leads(report): report for report in self.reports if self._leads(report) is not None}
        wanted = {chat for chat, report in ways_.items() if report.due}
        assert wanted <= heard <= set(ways_), (wanted, heard, ways_)
        assert {call.params["text"] for call in calls} <= {text("reporter.talk.notice")}
        assert len(heard) == len(calls)
        for report in self.reports:
            report.due = False
        self._pending += [(0, call) for call in calls]

    @property
    def _talk(self) -> Talk:
        return Talk(self.chats, self.reports[0].receipt, self.moderators[0])

    async def tell_moderators(self, _who: int, _which: int) -> None:
        """Notices of what was told: to whoever holds it, else to all who are active."""
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            reports = await announcements.take_told(unit, await announcements.told(unit))
            await to_moderators.notify_told(self.chats.renderer, unit, outbox, reports)
            await outbox.write()
        calls = [Call.load(self.bench.safe.ring, row) for row in outbox.rows]
        self._pending += [(0, call) for call in calls]
        told_ = [report for report in self.reports if report.untold and not report.gone]
        wanted = {(report.ref, self.desks[one]) for report in told_ for one in self._hearers(report)}
        refs = {report.ref for report in self.reports}
        said_ = [(set(re.findall(r"R[0-9A-Z]{5}", call.params["text"])) & refs, call) for call in calls]
        assert {(ref, call.params["chat_id"]) for found, call in said_ for ref in found} == wanted
        for report in self.reports:
            report.untold = False

    def _hearers(self, report: Told) -> Iterable[int]:
        holder = self._holder(report)
        return [who for who in range(2) if self._is_active(who)] if holder is None else [holder]

    async def pass_hours(self, who: int, which: int) -> None:
        """An hour, half a day, or days pass; what is over its time is destroyed."""
        self.bench.later((1, 3, 13, 30, 50, 80)[who * 3 + which])
        await self._tick()
        self._expire()
        self._pending += [(0, call) for call in await self._talk.sweep()]
        async with self.bench.write() as unit:
            await retention.sweep(unit)

    def _expire(self) -> None:
        """What the sweep does, in its order."""
        hour, day = self._hour, self._day
        for chat, form in list(self.forms.items()):
            over = DAYS["draft_hours"] if chat in self.desks else DAYS["reply_hours"]
            if form.touched < hour - over and not form.lost:
                del self.forms[chat]
        for report in self.reports:
            if report.gone:
                continue
            if report.status is Status.CLAIMED and report.until <= hour:
                report.status, report.holder = Status.NEW, None
            days = {Status.REJECTED: DAYS["rejected_days"], Status.APPROVED: DAYS["approved_days"]}
            closed = days.get(report.status)
            oldest = hour - DAYS["report_days"] * HOURS_A_DAY
            latest = oldest - DAYS["talk_days"] * HOURS_A_DAY
            old = report.sent < oldest and (not report.open or report.sent < latest)
            if (closed is not None and report.closed < hour - closed * HOURS_A_DAY) or old:
                undecided = Status.APPROVED if report.public else Status.EXPIRED
                self._destroy(report, undecided if report.is_open else report.status)
            if report.way is not None and report.way[1] < day:
                report.way = None

    # --- the model's moves

    def _word(self) -> str:
        self.written += 1
        return f"слово{self.written}я"

    def _is_active(self, who: int) -> bool:
        return who not in self.revoked

    def _takes(self, who: int, which: int) -> bool:
        """Whether a moderator who wants to hold a report now gets it."""
        report = self.reports[which]
        free = report.status is Status.NEW or report.holder == who or report.until <= self._hour
        return self._is_active(who) and report.is_open and free and not report.gone

    def _hold(self, who: int, report: Told) -> None:
        had = report.status is Status.CLAIMED and report.holder == who and report.until > self._hour
        report.status, report.holder = Status.CLAIMED, who
        report.until = self._hour + DAYS["claim_hours"]
        if not had:
            self._drop_questions(report, but=self.desks[who])

    def _drop_questions(self, report: Told, but: int | None = None) -> None:
        for desk in self.desks:
            form = self.forms.get(desk)
            if form is not None and form.report is report and desk != but:
                del self.forms[desk]

    def _free(self, report: Told, to: Status) -> None:
        report.status, report.holder = to, None
        self._drop_questions(report)

    def _close(self, report: Told, to: Status) -> None:
        report.closed = self._hour
        self._prolong(report)
        self._free(report, to)

    def _destroy(self, report: Told, to: Status) -> None:
        self._drop_questions(report)
        report.gone, report.status, report.holder, report.way, report.said = True, to, None, None, []
        report.untold = report.due = False

    def _may_ask(self, report: Told) -> bool:
        today = [one for one in report.said if not one.by_reporter and one.hour > self._hour - HOURS_A_DAY]
        return len(report.open) < asking.MOST_OPEN and len(today) < asking.MOST_A_DAY

    def _ask(self, report: Told, says: str) -> bool:
        if not self._may_ask(report):
            return False
        report.said.append(Spoken(by_reporter=False, says=says, hour=self._hour, open=True))
        report.due = self._leads(report) is not None
        self._prolong(report)
        return True

    def _prolong(self, report: Told) -> None:
        if report.way is not None:
            report.way = (report.way[0], self._day + DAYS["talk_days"])

    def _leads(self, report: Told) -> int | None:
        return report.way[0] if report.way is not None and report.way[1] >= self._day else None

    def _begin(self, report: Told, chat: int, calls: Sequence[Call]) -> None:
        self.forms[chat] = Form(report, set(report.shown), self._hour)
        assert self._shows(calls, report, report.shown)

    @staticmethod
    def _shows(calls: Sequence[Call], report: Told, numbers: set[int]) -> bool:
        shown = said(calls)
        own = [one.says for number, one in enumerate(report.said, 1) if number in numbers]
        return all(
            word in shown if _WORD.fullmatch(word) else text(f"talk.ready.{word}") in shown for word in own
        )

    def _sign(self, report: Told, sign: str, asked: set[int]) -> None:
        forgets = sign == "no_more" and report.way is not None
        if forgets:
            report.way = None
        again = bool(report.said) and report.said[-1].by_reporter and report.said[-1].says == sign
        if not again or forgets or report.open & asked:
            self._tell(report, sign, asked)

    def _tell(self, report: Told, says: str, asked: set[int]) -> None:
        for number in asked:
            report.said[number - 1].open = False
        report.said.append(Spoken(by_reporter=True, says=says, hour=self._hour))
        report.untold = True
        self._prolong(report)

    def _move(self, report: Told, chat: int) -> None:
        """The code was used in a chat: any other that was kept is forgotten, and what is open there is nobody's."""
        if report.way is None or report.way[0] == chat:
            return
        left = self.forms.get(report.way[0])
        if left is not None and left.report is report:
            left.lost, left.asked, left.word = True, set(), ""
        report.way = None

    async def _status(self, report: Told, chat: int) -> Mapping[str, str]:
        self._move(report, chat)
        return buttons(await self._say(chat, f"/status {report.receipt.code}"))

    async def _send(self, chat: int, send: str) -> None:
        """On from the words to the end, by whichever of these buttons is there; what is asked again is shown first."""
        labels = (send, *(text(key) for key in ("flow.done", "reporter.reply.flow.skip", "flow.skip")))
        for _ in range(4):
            found = buttons(self.screens.get(chat, []))
            label = next((one for one in labels if one in found), None)
            if label is None:
                return
            await self._tap_data(chat, found[label])
            if label == send:
                return

    async def _cancel(self, chat: int, sure: str) -> None:
        if chat in self.forms:
            await self._say(chat, "/cancel")
            await self._tap_data(chat, buttons(self.screens[chat])[text(sure)])
            del self.forms[chat]

    # --- what is compared

    def _holder(self, report: Told) -> int | None:
        """Who holds a report now."""
        held = report.status is Status.CLAIMED and report.until > self._hour
        return (
            report.holder if held and report.holder is not None and self._is_active(report.holder) else None
        )

    def _readers(self) -> dict[str, set[int]]:
        """The chats that may show each word as things stand. A word that is not among them may be shown to nobody."""
        found: dict[str, set[int]] = {}
        for report in self.reports:
            holder = self._holder(report)
            desks = set() if holder is None or report.gone else {self.desks[holder]}
            found[report.story] = desks
            for number, one in enumerate(report.said, 1):
                shown = [
                    chat
                    for chat, form in self.forms.items()
                    if form.report is report and number in form.asked
                ]
                found[one.says] = (
                    found.get(one.says, set()) | desks | (set() if one.by_reporter else {*shown})
                )
        for chat, form in self.forms.items():
            if form.word:
                found[form.word] = {chat}
        return found

    def _check(
        self, acting: int, call: Call, before: Mapping[str, set[int]], after: Mapping[str, set[int]]
    ) -> None:
        """No word reaches anybody whom it is not for, no alias and no reference a reporter, and nothing at all whoever was revoked,
        but for what answers them."""
        chat = call.params.get("chat_id", acting)
        shown = json.dumps([call.params, call.otherwise, call.if_left], ensure_ascii=False)
        for word in _WORD.findall(shown):
            typed = {self._typed[word]} if word in self._typed else set()
            assert chat in before.get(word, set()) | after.get(word, set()) | typed, (word, chat, shown)
        desks = {desk for who, desk in enumerate(self.desks) if self._is_active(who)}
        if chat not in desks:
            assert not [
                one for one in (*ALIASES, *(report.ref for report in self.reports)) if one in shown
            ], shown
        if chat in self.desks and chat not in desks:
            assert call.is_silent or chat == acting, shown

    async def compare(self) -> None:
        """The bot's state is the model's."""
        async with self.bench.read() as unit:
            for report in self.reports:
                row = await unit.session.get_one(Report, report.receipt.report.id)
                holder = None if report.holder is None else self.moderators[report.holder]
                assert (row.status, row.data_key_id is None) == (report.status, report.gone), report
                assert row.moderator_id == holder, report
                assert row.waits == bool(report.open), report
                assert row.untold == report.untold, report
                way = await ways.of_report(unit, row)
                kept = None if way is None else (way.chat_id, way.row.until_day)
                assert kept == report.way, report
                found = [
                    (one.from_reporter, one.words.text or one.words.ready or one.words.sign, one.open)
                    for one in await words.said(unit, row)
                ]
                assert [one[:2] for one in found] == [(one.by_reporter, one.says) for one in report.said], (
                    found,
                    report,
                )
                ours = [one[2] for one in found if not one[0]]
                assert ours == [one.open for one in report.said if not one.by_reporter], report
            drafts = {row.chat_hash for row in await unit.session.scalars(select(DraftRow))}
        hashed = self.bench.safe.pseudonyms.chat
        for chat in [chat for chat, form in self.forms.items() if form.lost and hashed(chat) not in drafts]:
            del self.forms[chat]
        assert drafts == {hashed(chat) for chat in self.forms}, self.forms

    async def finish(self, seed: int) -> None:
        """Every open form can be ended in each way, no report waits for ever, and all that was told stands on the card of whoever takes
        the report."""
        for number, chat in enumerate([*self.forms], seed):
            at_desk = chat in self.desks
            who, which = next(
                (place, number_)
                for number_, report in enumerate(self.reports)
                for place in range(2)
                if chat == (self.desks if at_desk else report.chats)[place]
            )
            end = "drop_question" if at_desk else ("drop_answer", "write_answer", "skip")[number % 3]
            if end == "skip" and not self.forms[chat].asked:
                end = "drop_answer"
            while chat in self.forms and not self.forms[chat].lost:
                await self.act(end, who, which)
            if chat in self.forms:
                await self.act("drop_answer", who, which)
        assert self.forms == {}
        for which, report in enumerate(self.reports):
            if report.shown and not report.gone:
                await self.act("read_by_code", 1, which)
                await self.act("skip", 1, which)
            assert not report.open
        await self.act("pass_hours", 0, 2)
        for which in range(3):
            await self.act("reopen", 0, which)
            await self.act("release", 0, which)
            await self.act("open", 0, which)

    # --- how they do it

    async def _tap(self, chat: int, act: Act) -> list[Call]:
        return self._heard(chat, await self.chats.tap(chat, act))

    async def _tap_data(self, chat: int, data: str) -> list[Call]:
        return self._heard(chat, await self.chats.tap_data(chat, data))

    async def _say(self, chat: int, words_: str) -> list[Call]:
        return self._heard(chat, await self.chats.say(chat, words_))

    async def _reply(self, chat: int, words_: str, to: str) -> list[Call]:
        return self._heard(chat, await self.chats.reply(chat, words_, to))

    def _heard(self, chat: int, calls: list[Call]) -> list[Call]:
        own = [call for call in calls if call.params.get("chat_id") == chat and "reply_markup" in call.params]
        if any(buttons([call]) for call in own):
            self.screens[chat] = own
        self._pending += [(chat, call) for call in calls]
        return calls
