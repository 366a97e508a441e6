"""What reporters do: they send reports, add to them, answer and withdraw, each from the first message to the last."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select

from bot.chat.buttons import Tap, encode
from bot.form.answers import Answer, Chosen
from bot.form.draft import REVIEW
from bot.form.events import Submit
from bot.store import drafting
from bot.store.unit import REPORT_FORM
from bot.transport.call import Call
from db.models import Report
from tests.bench import TOLD
from tests.bench import text as written
from tests.bot.chat.desk.team import Team
from tests.bot.chat.desk.values import ASIDE, NEW, UNDECIDED, Case, Person
from tests.bot.reports.talking import buttons, onward, text

CHATS = (9_000_001, 9_000_002)
MOST = 6
_CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){2,}[0-9A-Z]{4}\b")


_AFFECTED = "/incident/report/affected"


def _somebody(name: str) -> Mapping[str, Answer]:
    """A person who agrees that they are named."""
    return {
        "affected_groups": Chosen(("journalist",)),
        "affected_number": Chosen(("1",)),
        "affected_name_ok": Chosen(("agreed",)),
        "affected_name": written(name),
    }


class Reporters(Team):
    """Two of them."""

    async def report(self, _who: Person, which: int) -> None:
        """One is sent: for the public or for trusted ones, urgent or not, with a name or without."""
        if len(self.cases) < MOST:
            await self.flush()
            await self.file(which)

    async def file(self, which: int) -> Case:
        """Send a report, by its last button."""
        chat, story, name = CHATS[which % 2], self.word(), self.word() if which // 8 % 2 else ""
        is_urgent, is_public = bool(which // 2 % 2), which // 4 % 2 == 0
        told: dict[str, Answer] = {
            **TOLD,
            "story": written(story),
            "urgent": Chosen(("yes" if is_urgent else "no",)),
            "consent_use": Chosen(("publish_no_names" if is_public else "share_trusted",)),
            "depth": Chosen(("full" if name else "short",)),
        }
        async with self.bench.write() as unit:
            before = set(await unit.session.scalars(select(Report.ref)))
            filling = await drafting.start(unit, unit.safe.pseudonyms.chat(chat), REPORT_FORM, "ru")
            roles = filling.form.by_role
            answers = {roles[role].path: answer for role, answer in told.items()}
            if name:
                answers |= {f"{_AFFECTED}[1]/{one}": answer for one, answer in _somebody(name).items()}
            counts = {_AFFECTED: 1} if name else {}
            filling.draft = replace(filling.draft, answers=answers, counts=counts, position=REVIEW)
            drafting.save(unit, filling)
            submit = encode(Tap(filling.row.id[:4], filling.draft.step, Submit()))
        calls = await self.reporter(chat, self.chats.tapped(chat, submit))
        (code,) = {found for call in calls for found in _CODE.findall(str(call.params.get("text", "")))}
        async with self.bench.read() as unit:
            (ref,) = set(await unit.session.scalars(select(Report.ref))) - before
        case = Case(ref, code, chat, story, name, is_urgent, is_public, self.hour)
        self.cases.append(case)
        self.log.append(("reporter", "submit", ref))
        return case

    async def _by_code(self, case: Case, verb: str) -> Sequence[Call]:
        """/status with the code, and a button there; nothing where there is none."""
        await self.flush()
        calls = await self.reporter(case.chat, self.chats.written(case.chat, f"/status {case.code}"))
        data = next((one for one in buttons(calls).values() if one.startswith(f"a{verb}.")), None)
        if data is None:
            return ()
        return await self.reporter(case.chat, self.chats.tapped(case.chat, data))

    async def add(self, _who: Person, which: int) -> None:
        """Something unasked."""
        case = self.case(which)
        calls = await self._by_code(case, "cadd")
        assert bool(calls) == (case.status in UNDECIDED and not case.gone), case
        if calls:
            await self._tell(case, calls, "add")

    async def answer(self, _who: Person, which: int) -> None:
        """What was asked."""
        case = self.case(which)
        calls = await self._by_code(case, "cread")
        assert bool(calls) == (bool(case.open) and not case.gone), case
        if calls:
            await self._tell(case, calls, "answer")
            case.open = set()

    async def _tell(self, case: Case, calls: Sequence[Call], act: str) -> None:
        word = self.word()
        self.meanwhile[word] = case.chat
        calls = await self.reporter(case.chat, self.chats.written(case.chat, word))
        send = text("reporter.reply.flow.send")
        while (data := onward(calls, send)) is not None:
            calls = await self.reporter(case.chat, self.chats.tapped(case.chat, data))
        case.added.append(word)
        case.unread = True
        if case.status == ASIDE:
            self.move(case, NEW)
            case.until = 0
        self.log.append(("reporter", act, case.ref))

    async def withdraw_by_code(self, _who: Person, which: int) -> None:
        """Surely."""
        case = self.case(which)
        calls = await self._by_code(case, "cwithdraw")
        assert bool(calls) == (case.status not in {"withdrawn", "expired"}), case
        if not calls:
            return
        yes = buttons(calls)[text("reporter.withdraw.yes")]
        await self.reporter(case.chat, self.chats.tapped(case.chat, yes))
        self.withdraw(case, "reporter")
        for one in self.active:
            if one.reads:
                self.must_hear(one, "moderator.notice.withdrawn", case.ref)
        self.seen.append(self.readers())
