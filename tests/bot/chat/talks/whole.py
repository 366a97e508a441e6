"""Talks from their beginning to their end, judged after each act: who was shown what, and whether the bot's state is the model's."""

import json
from collections.abc import Mapping

from sqlalchemy import select

from bot.desk.people import service as people_service
from bot.reports.talk import messages, ways
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from db.models import DraftRow, Report
from tests.bench import text as written
from tests.bot.chat.talks.jobs import Jobs
from tests.bot.chat.talks.model import ALIASES, DAYS, WORD, Told

_PHONES = ((9001, 9101), (9001, 9101), (9002, 9102), (9003, 9103))
"""Of each report: the first reporter has sent two."""
_SILENT = 9003
"""Who agrees to nothing."""


class Talks(Jobs):
    """The bot and the model of it. Acts are coroutines that take two numbers: who, and which report."""

    async def begin(self) -> None:
        """Two moderators enrol, and three people report, one of them twice."""
        await self.tick()
        async with self.bench.write() as unit:
            for alias in ALIASES:
                moderator = await self.bench.moderator(unit, alias)
                self.moderators.append(moderator.id)
                self.desks.append(people_service.address(unit, moderator) or 0)
            for phones in _PHONES:
                agrees, story = phones[0] != _SILENT, self.word()
                receipt = await self.bench.submit(unit, phones[0] if agrees else None, story=written(story))
                way = (phones[0], unit.day + DAYS["talk_days"]) if agrees else None
                self.reports.append(Told(receipt, phones, story, unit.hour, way=way))

    async def act(self, name: str, who: int, which: int) -> None:
        """Let somebody do something, and compare all that came of it with the model."""
        before = self.readers()
        self.meanwhile.clear()
        try:
            await getattr(self, name)(who, which)
            after = self.readers()
            calls, self.calls = self.calls, []
            for chat, call in calls:
                self._check(chat, call, before, after)
            await self._compare()
        except AssertionError as error:
            error.add_note(f"in {name} {who} {which}")
            raise

    def _check(
        self, acting: int, call: Call, before: Mapping[str, set[int]], after: Mapping[str, set[int]]
    ) -> None:
        """No word reaches anybody whom it is not for, no alias and no reference a reporter, and nothing at all whoever was revoked,
        but for what answers them."""
        chat = call.params.get("chat_id", acting)
        shown = json.dumps([call.params, call.otherwise, call.if_left], ensure_ascii=False)
        for word in WORD.findall(shown):
            between = {self.meanwhile[word]} if word in self.meanwhile else set()
            assert chat in before.get(word, set()) | after.get(word, set()) | between, (word, chat, shown)
        desks = {desk for who, desk in enumerate(self.desks) if self.is_active(who)}
        if chat not in desks:
            names = (*ALIASES, *(report.ref for report in self.reports))
            assert not [one for one in names if one in shown], shown
        if chat in self.desks and chat not in desks:
            assert call.is_silent or chat == acting, shown

    async def _compare(self) -> None:
        async with self.bench.read() as unit:
            for report in self.reports:
                await self._compare_report(unit, report)
            drafts = {row.chat_hash for row in await unit.session.scalars(select(DraftRow))}
        hashed = self.bench.safe.pseudonyms.chat
        for chat in [chat for chat, form in self.forms.items() if form.lost and hashed(chat) not in drafts]:
            del self.forms[chat]
        assert drafts == {hashed(chat) for chat in self.forms}, self.forms

    async def _compare_report(self, unit: UnitOfWork, report: Told) -> None:
        row = await unit.session.get_one(Report, report.receipt.report.id)
        holder = None if report.holder is None else self.moderators[report.holder]
        assert (row.status, row.data_key_id is None) == (report.status, report.gone), report
        assert row.moderator_id == holder, report
        assert (row.waits, row.untold) == (bool(report.open), report.untold), report
        assert row.unread == report.unread, report
        way = await ways.of_report(unit, row)
        assert (None if way is None else (way.chat_id, way.row.until_day)) == report.way, report
        talk = await messages.said(unit, row)
        found = [
            (one.from_reporter, one.words.text or one.words.ready or one.words.sign, one.open) for one in talk
        ]
        assert [one[:2] for one in found] == [
            (one.by_reporter, one.says) for one in report.said if not one.moved
        ], report
        ours = [one[2] for one in found if not one[0]]
        assert ours == [one.open for one in report.said if not one.by_reporter], report

    async def finish(self, seed: int) -> None:
        """Every open form can be ended in each way, no report waits for ever, and all that was told stands on the card of whoever takes
        the report."""
        await self.act("take_back", 0, 0)
        for number, chat in enumerate([*self.forms], seed):
            await self._finish_form(chat, ("drop_answer", "write_answer", "skip")[number % 3])
        assert self.forms == {}
        for which, report in enumerate(self.reports):
            if report.shown and not report.gone:
                await self.act("read_by_code", 1, which)
                await self.act("skip", 1, which)
            assert not report.open
        await self.act("pass_hours", 0, 2)
        for which in range(len(self.reports)):
            for name in ("reopen", "release", "open"):
                await self.act(name, 0, which)

    async def _finish_form(self, chat: int, end: str) -> None:
        at_desk = chat in self.desks
        who, which = next(
            (place, number)
            for number, report in enumerate(self.reports)
            for place in range(2)
            if chat == (self.desks if at_desk else report.chats)[place]
        )
        end = "drop_question" if at_desk else end
        if end == "skip" and not self.forms[chat].asked:
            end = "drop_answer"
        while chat in self.forms and not self.forms[chat].lost:
            await self.act(end, who, which)
        if chat in self.forms:
            await self.act("drop_answer", who, which)
