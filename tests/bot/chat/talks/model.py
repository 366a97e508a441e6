"""The model: what stands where, and what comes of each act, whatever else happened."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.desk.asking import service as asking_service
from bot.reports.receipts.service import Receipt
from bot.reports.states import Status
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.store.unit import HOURS_A_DAY

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
"""The settings under which all happens."""
ALIASES = ("Aspan", "Teniz")
WORD = re.compile(r"слово\d+я")


@dataclass
class Spoken:
    """A message of a talk: whose, what it says (a word, a ready question or a sign), and whether a question has no answer, or nobody has
    read what a reporter said (`new`). `times`: how often a sign was said in its place; `moved`: it gave that to a later one."""

    by_reporter: bool
    says: str
    hour: int
    open: bool = False
    new: bool = False
    times: int = 1
    moved: bool = False


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
    unread: bool = False
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
    """A reply or a question that is being written: of which report, what it answers, the word in it. `lost`: it is on a phone that may
    not be its reporter's any more, and leaves it with whatever is done there."""

    report: Told
    asked: set[int]
    touched: int
    word: str = ""
    lost: bool = False


class Model:
    """Who holds which report, what was said of it, what is being written in which chat, and what is to be told to whom."""

    def __init__(self) -> None:
        self.reports: list[Told] = []
        self.desks: list[int] = []
        self.revoked: set[int] = set()
        self.forms: dict[int, Form] = {}
        self.hour = self.day = 0
        self.written = 0

    def word(self) -> str:
        """A word that nobody has said."""
        self.written += 1
        return f"слово{self.written}я"

    # --- moderators and reports

    def is_active(self, who: int) -> bool:
        """Whether a moderator was not revoked."""
        return who not in self.revoked

    def takes(self, who: int, report: Told) -> bool:
        """Whether a moderator who wants to hold a report now gets it."""
        free = report.status is Status.NEW or report.holder == who or report.until <= self.hour
        return self.is_active(who) and report.is_open and free and not report.gone

    def hold(self, who: int, report: Told) -> None:
        """A moderator holds a report."""
        had = report.status is Status.CLAIMED and report.holder == who and report.until > self.hour
        report.status, report.holder = Status.CLAIMED, who
        report.until = self.hour + DAYS["claim_hours"]
        if not had:
            self._drop_questions(report, but=self.desks[who])

    def holder(self, report: Told) -> int | None:
        """Who holds a report now."""
        held = report.status is Status.CLAIMED and report.until > self.hour
        return report.holder if held and report.holder is not None and self.is_active(report.holder) else None

    def hearers(self, report: Told) -> Iterable[int]:
        """Who hears of what was told of a report."""
        holder = self.holder(report)
        return [who for who in range(len(self.desks)) if self.is_active(who)] if holder is None else [holder]

    def free(self, report: Told, to: Status) -> None:
        """Nobody holds a report any more."""
        report.status, report.holder = to, None
        self._drop_questions(report)

    def stands(self, report: Told) -> Status:
        """Where a report is once it is given back: what was approved is, unless there are words to be read."""
        return Status.APPROVED if report.public and not report.unread else Status.NEW

    def close(self, report: Told, to: Status) -> None:
        """A report is decided."""
        report.closed = self.hour
        self.prolong(report)
        self.free(report, to)

    def destroy(self, report: Told, to: Status) -> None:
        """All that was told of a report is gone."""
        self._drop_questions(report)
        report.gone, report.status, report.holder, report.way, report.said = True, to, None, None, []
        report.untold = report.unread = report.due = False

    def _drop_questions(self, report: Told, but: int | None = None) -> None:
        for desk in self.desks:
            form = self.forms.get(desk)
            if form is not None and form.report is report and desk != but:
                del self.forms[desk]

    # --- what is asked and told

    def may_ask(self, report: Told) -> bool:
        """Whether its reporter may be asked one thing more."""
        today = [one for one in report.said if not one.by_reporter and one.hour > self.hour - HOURS_A_DAY]
        return len(report.open) < asking_service.MOST_OPEN and len(today) < asking_service.MOST_A_DAY

    def ask(self, report: Told, says: str) -> bool:
        """Something is asked, unless too much was, or that waits already; whether it is."""
        if not self.may_ask(report) or any(one.open and one.says == says for one in report.said):
            return False
        report.said.append(Spoken(by_reporter=False, says=says, hour=self.hour, open=True))
        report.due = self.leads(report) is not None
        self.prolong(report)
        return True

    def sign(self, report: Told, sign: str, asked: set[int]) -> None:
        """A reporter says something by a button."""
        forgets = sign == "no_more" and report.way is not None
        if forgets:
            report.way = None
        before = next((one for one in reversed(report.said) if self._is_about(one, sign)), None)
        unread = before if before is not None and before.new else None
        last = report.said[-1] if report.said else None
        again = any(one.by_reporter and one.says == sign for one in (last, unread) if one is not None)
        if again and not forgets and not report.open & asked:
            return
        if sign == "safe" and not again and self.is_often(report, sign):
            return
        untold = report.untold
        self.tell(report, sign, asked)
        if unread is not None:
            unread.moved, unread.new = True, False
            is_of_today = unread.hour // HOURS_A_DAY == self.day
            report.said[-1].times, unread.times = (unread.times + 1 if is_of_today else 1), 0
            report.untold = untold or (sign == "urgent" and not again)

    def is_often(self, report: Told, sign: str) -> bool:
        """Whether this was said so often today that it cannot be changed any more."""
        of_today = [one for one in report.said if one.hour // HOURS_A_DAY == self.day]
        return (
            sum(one.times for one in of_today if self._is_about(one, sign)) >= talk_service.MOST_SIGNS_A_DAY
        )

    def _is_about(self, one: Spoken, sign: str) -> bool:
        about = next((about for about in (messages.SAFETY, messages.ASKING) if sign in about), frozenset())
        return one.by_reporter and one.says in about

    def read(self, report: Told) -> None:
        """A moderator has read all that was told."""
        report.untold = report.unread = False
        for one in report.said:
            one.new = False

    def forget_chat(self, chat: int) -> None:
        """Nobody asks there any more, of no report."""
        for report in self.reports:
            if self.leads(report) == chat:
                self.sign(report, "no_more", report.open)

    def tell(self, report: Told, says: str, asked: set[int]) -> None:
        """A reporter says something, which answers these questions."""
        for number in asked:
            report.said[number - 1].open = False
        report.said.append(Spoken(by_reporter=True, says=says, hour=self.hour, new=True))
        report.untold = report.unread = True
        self.prolong(report)

    # --- ways back and replies

    def prolong(self, report: Told) -> None:
        """The time of the way begins anew."""
        if report.way is not None:
            report.way = (report.way[0], self.day + DAYS["talk_days"])

    def leads(self, report: Told) -> int | None:
        """The chat of the way back."""
        return report.way[0] if report.way is not None and report.way[1] >= self.day else None

    def widen(self, chat: int) -> None:
        """A reply to questions that is shown again answers what was asked since too."""
        form = self.forms.get(chat)
        if form is not None and form.asked and not form.lost and not form.report.gone:
            form.asked |= form.report.shown
            form.touched = self.hour

    def end_by(self, chat: int, sign: str) -> None:
        """An open reply ends with a button."""
        form = self.forms.pop(chat, None)
        if form is not None and not form.report.gone:
            self.sign(form.report, sign, form.asked)
        if form is not None and sign == "no_more":
            self.forget_chat(chat)

    def move(self, report: Told, chat: int) -> None:
        """The code was used in a chat: any other that was kept is forgotten, and what is open there is nobody's."""
        for other, left in self.forms.items():
            if left.report is report and other not in {chat, *self.desks} and not report.gone:
                left.lost, left.asked, left.word = True, set(), ""
        if report.way is not None and report.way[0] != chat:
            report.way = None

    def drop_gone(self) -> None:
        """Replies to reports that are gone are taken out of their chats."""
        for chat in [chat for chat, form in self.forms.items() if form.report.gone and not form.lost]:
            del self.forms[chat]

    # --- time

    def expire(self) -> None:
        """What the sweep does, in its order."""
        for chat, form in list(self.forms.items()):
            over = DAYS["draft_hours"] if chat in self.desks else DAYS["reply_hours"]
            if form.touched < self.hour - over and not form.lost:
                del self.forms[chat]
        for report in self.reports:
            if report.gone:
                continue
            if report.status is Status.CLAIMED and report.until <= self.hour:
                is_open = any(
                    form.report is report for chat, form in self.forms.items() if chat in self.desks
                )
                report.status, report.holder = Status.NEW if is_open else self.stands(report), None
            if self._is_over(report):
                undecided = Status.APPROVED if report.public else Status.EXPIRED
                self.destroy(report, undecided if report.is_open else report.status)
            if report.way is not None and report.way[1] < self.day:
                report.way = None

    def _is_over(self, report: Told) -> bool:
        days = {Status.REJECTED: DAYS["rejected_days"], Status.APPROVED: DAYS["approved_days"]}
        closed = days.get(report.status)
        oldest = self.hour - DAYS["report_days"] * HOURS_A_DAY
        latest = oldest - DAYS["talk_days"] * HOURS_A_DAY
        old = report.sent < oldest and (not report.open or report.sent < latest)
        return (closed is not None and report.closed < self.hour - closed * HOURS_A_DAY) or old

    # --- who may see what

    def readers(self) -> dict[str, set[int]]:
        """The chats that may show each word as things stand. A word that is not among them may be shown to nobody."""
        found: dict[str, set[int]] = {}
        for report in self.reports:
            holder = self.holder(report)
            desks = set() if holder is None or report.gone else {self.desks[holder]}
            found[report.story] = desks
            for number, one in enumerate(report.said, 1):
                forms = self.forms.items()
                asked = {chat for chat, form in forms if form.report is report and number in form.asked}
                found[one.says] = found.get(one.says, set()) | desks | (set() if one.by_reporter else asked)
        for chat, form in self.forms.items():
            if form.word:
                found[form.word] = {chat}
        return found
