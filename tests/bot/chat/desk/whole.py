"""A desk from its beginning to its end, judged after each act: what was shown to whom, what stands in the chats, whether the store is what the
model says, and whether the audit log tells just what was done."""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import select

from bot.desk.card import service as card_service
from bot.desk.people import service as people_service
from bot.reports.talk import messages
from bot.store import audit
from bot.store.unit import UnitOfWork
from db.models import Approval, AuditEntry, DraftRow, Moderator, PublicVersion, RelatedReport, Report
from tests.bot.chat.chats import TEXTS
from tests.bot.chat.desk.bot_beside import Sent
from tests.bot.chat.desk.jobs import REF, Jobs
from tests.bot.chat.desk.model import WORD
from tests.bot.chat.desk.values import GROUP, REJECTED_DAYS, TALK_DAYS, Case, Person
from tests.bot.reports.talking import buttons

_BEGIN = ("admin", "moderator", "moderator", "moderator", "translator", "analyst")
_TOLD: Mapping[str, tuple[str, ...]] = {
    "moderator.rejected": ("ref",),
    "moderator.approved": ("ref",),
    "moderator.endorsed": ("ref",),
    "moderator.released": ("ref",),
    "moderator.released.public": ("ref",),
    "moderator.aside.done": ("ref",),
    "moderator.asked.by_code": ("ref",),
    "moderator.duplicate.done": ("ref", "other"),
    "moderator.incident.joined": ("ref",),
    "moderator.incident.left": ("ref",),
    "moderator.related": ("ref", "other"),
    "moderator.parted": ("ref", "other"),
    "moderator.edit.saved": ("ref", "version"),
    "moderator.translate.done": ("ref",),
    "moderator.notice.withdrawn": ("ref",),
    "moderator.notice.released": ("ref",),
    "moderator.revoke.done": ("alias",),
    "moderator.notice.revoked": ("alias",),
}
"""What says that something was done, with what it names that the model knows."""
_NUMBERS = {"days": REJECTED_DAYS, "n": TALK_DAYS, "hours": 47, "given": 1, "needed": 2}
_OTHERS = ("incident", "language", "admin")


def _patterns() -> Mapping[str, list[re.Pattern[str]]]:
    found = {}
    for key, names in _TOLD.items():
        marks = {name: f"\ue000{name}\ue001" for name in (*names, *_OTHERS)}
        texts = [TEXTS.text(code, key, {**marks, **_NUMBERS}) for code in ("ru", "en")]
        found[key] = [_pattern(text, names) for text in texts]
    return found


def _pattern(said: str, names: Collection[str]) -> re.Pattern[str]:
    """A text with a group for each of these names."""
    seen = set[str]()

    def group(match: re.Match[str]) -> str:
        name = match[1]
        known = name in seen
        seen.add(name)
        if name not in names:
            return ".+?"
        return f"(?P={name})" if known else rf"(?P<{name}>[\w-]+)"

    return re.compile(re.sub("\ue000(\\w+)\ue001", group, re.escape(said)))


class Desk(Jobs):
    """The bot and the model of it. Acts are coroutines that take a person and a number."""

    patterns = _patterns()

    async def begin(self) -> None:
        """A team of six, and two reports."""
        await self.tick()
        async with self.bench.write() as unit:
            for number, role in enumerate(_BEGIN):
                member = await self.bench.moderator(unit, f"Qyran{chr(65 + number)}", role)
                chat = people_service.address(unit, member) or 0
                self.people.append(Person(chat, member.alias, role, active=True, member=member.id))
        for which in (0, 13):
            await self.file(which)
        async with self.bench.read() as unit:
            self.audited = len(
                (await unit.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id))).all()
            )
        self.log.clear()
        self.sent.clear()
        self.owed.clear()

    async def act(self, name: str, who: int, which: int) -> None:
        """Let somebody do something, and compare all that came of it with the model."""
        self.number += 1
        self.log, self.told, self.sent, self.owed = [], [], [], []
        self.meanwhile, self.crowded = {}, False
        self.seen = [self.readers()]
        try:
            was_slow = self.slow
            await getattr(self, name)(self.people[who % len(self.people)], which)
            if was_slow:
                self.slow = False
                await self.settle()
            await self._judge()
        except AssertionError as error:
            error.add_note(f"in {name} {who} {which}")
            raise

    async def _judge(self) -> None:
        if self.gathered:
            return  # one of two
        for sent in self.sent:
            self._judge_sent(sent)
        self._judge_standing()
        self._judge_told()
        async with self.bench.read() as unit:
            await self._judge_log(unit)
            await self._judge_store(unit)

    # --- who is shown what

    def _judge_sent(self, sent: Sent) -> None:
        now = self.readers()
        for word in WORD.findall(sent.shown):
            allowed = set().union(
                *(one.get(word, set()) for one in ([now] if sent.late else [*self.seen, now]))
            )
            allowed |= {chat for chat, sought in self.sought.items() if word in sought}
            allowed |= {self.meanwhile[word]} if word in self.meanwhile else set()
            assert sent.chat in allowed, (word, sent)
        if "document" in sent.call.attach:
            assert set(WORD.findall(sent.shown)) <= set(self.shows_public), sent
        self._judge_made(sent, sent.call.attach.get("text", ""))
        if sent.chat == 0:
            return  # the answer to a tap has no chat
        if not sent.reads:
            names = {one.ref for one in self.cases if not sent.active or not one.was_public}
            assert not [one for one in names - self.named.get(sent.chat, set()) if one in sent.shown], sent
        if not sent.active:
            assert not [one.alias for one in self.people if one.alias in sent.shown], sent
        if sent.chat == GROUP:
            assert not buttons([sent.call]), sent

    def _judge_made(self, sent: Sent, name: str) -> None:
        """A search finds just the stories that have the word, whoever holds them; a check finds the log whole."""
        kind, _, spec = name.partition(":")
        if kind == "search":
            word = json.loads(spec)["words"]
            wanted = {one.ref for one in self.cases if one.story == word and not one.gone}
            assert set(REF.findall(sent.shown)) == wanted, sent
        if kind == "verified":
            starts = [
                TEXTS.text(code, "moderator.audit.whole", {"number": "1", "head": "1"})[:9]
                for code in ("ru", "en")
            ]
            assert any(start in sent.shown for start in starts), sent

    def _judge_standing(self) -> None:
        """What stands in a chat of the team is what its person may see; nothing stands where somebody was revoked."""
        now = self.readers()
        earlier = {who: self._earlier_words(who) for who in self.people}
        accepted = self.accepted.union(*([one.story, one.name, *one.added] for one in self.cases))
        for who in self.people:
            there = self.standing[who.chat]
            for number, found in there.items():
                for word in found:
                    own = (
                        word in self.sought.get(who.chat, ()) or word not in accepted or word in earlier[who]
                    )
                    assert own or who.chat in now.get(word, set()), (word, number, who, self.pending)

    def _earlier_words(self, who: Person) -> Collection[str]:
        """What stood in earlier versions of what somebody holds: they saw it when they wrote the next."""
        held = [case for case in self.cases if self.holder(case) is who]
        return {word for case in held for version in case.versions for word in version.texts.values()}

    def _judge_told(self) -> None:
        """What is said to be done is just what was done."""
        said = [(call.params.get("chat_id"), str(call.params.get("text", ""))) for call in self.owed]
        found = {
            (chat, key, *match.groups())
            for chat, text in said
            for key, patterns in self.patterns.items()
            for pattern in patterns
            if (match := pattern.match(text)) is not None
        }
        told = {(chat, key, *arguments) for chat, key, arguments in self.told}
        # What one update says of a report is not sent any more where the next of the batch ends the work on it.
        assert found <= told if self.crowded else found == told, (found, self.told)

    # --- what is kept

    async def _judge_log(self, unit: UnitOfWork) -> None:
        query = select(AuditEntry).where(AuditEntry.id > self.audited).order_by(AuditEntry.id)
        entries = [
            (one.actor, one.act, "" if one.act in {"invite", "enrol"} else one.subject)
            for one in await unit.session.scalars(query)
        ]
        self.audited += len(entries)
        assert Counter(one for one in entries if one[1] != "alarm") == Counter(self.log), (entries, self.log)

    async def _judge_store(self, unit: UnitOfWork) -> None:
        rows = {one.ref: one for one in await unit.session.scalars(select(Report))}
        by_id = {one.id: one.ref for one in rows.values()}
        versions = list(await unit.session.scalars(select(PublicVersion).order_by(PublicVersion.version)))
        approving = select(Approval.report_id, Moderator.alias).join(
            Moderator, Moderator.id == Approval.moderator_id
        )
        approvals = {
            (by_id[one[0]], one[1]) for one in await unit.session.execute(approving.where(Moderator.active))
        }
        related = {
            (by_id[one.report_id], by_id[one.other_id])
            for one in await unit.session.scalars(select(RelatedReport))
        }
        assert set(rows) == {one.ref for one in self.cases}
        for case in self.cases:
            row = rows[case.ref]
            holder = None if case.holder is None else case.holder.member
            assert (row.status, row.moderator_id, row.claimed_until_hour or 0) == (
                case.status,
                holder,
                case.until,
            ), case
            assert (row.data_key_id is None, row.waits, row.closed_hour or 0) == (
                case.gone,
                bool(case.open),
                case.closed,
            ), case
            repeats = None if case.repeats is None else case.repeats.ref
            assert (by_id[row.duplicate_of] if row.duplicate_of else None) == repeats, case
            found = [(one.version, one.state, one.current) for one in versions if one.report_id == row.id]
            assert found == [(one.number, one.state, one.state == "approved") for one in case.versions], case
        self._judge_links(rows, related)
        expected = {
            (case.ref, who.alias)
            for case in self.cases
            for one in case.versions
            if one.state == "proposed"
            for who in one.approvers
        }
        assert approvals == expected, (approvals, expected)
        drafts = {one.chat_hash for one in await unit.session.scalars(select(DraftRow))}
        # A member of once who writes begins a report, as anyone does.
        begun = {unit.safe.pseudonyms.chat(one.chat) for one in self.people if not one.active}
        assert drafts - begun == {unit.safe.pseudonyms.chat(one.chat) for one in self.edits}, self.edits

    def _judge_links(self, rows: Mapping[str, Report], related: Collection[tuple[str, str]]) -> None:
        assert related == {(one.ref, other.ref) for one in self.cases for other in one.related}
        events = {one.incident: rows[one.ref].incident_id for one in self.cases if one.incident is not None}
        assert len(set(events.values())) == len(events)
        for case in self.cases:
            assert rows[case.ref].incident_id == (events[case.incident] if case.incident else None), case

    async def _judge_words(self, unit: UnitOfWork, case: Case) -> None:
        """Nothing that was acknowledged is lost."""
        row = await unit.session.scalar(select(Report).where(Report.ref == case.ref))
        assert row is not None
        talk = [one.words.text for one in await messages.said(unit, row) if one.from_reporter]
        assert talk == case.added, case
        noted = await card_service.notes_of(unit, row)
        assert [(one.alias, one.text) for one in noted.notes] == case.notes
        assert set(noted.checks) == case.checks

    # --- the end

    async def finish(self, seed: int) -> None:
        """All that is kept can be read by whoever may; and the log is whole."""
        await self.act("at_once", 0, 0)
        self.gathered = None
        async with self.bench.read() as unit:
            for case in self.cases:
                await self._judge_words(unit, case)
        await self.act("tell", 0, 0)
        await self.act("pass_hours", 0, 2)
        await self._read_all()
        async with self.bench.read() as unit:
            assert (await audit.check_log(unit)).is_whole

    async def _read_all(self) -> None:
        readers = [number for number, one in enumerate(self.people) if one.reads]
        for which, case in enumerate(self.cases):
            who = self.people[readers[0]] if readers else None
            if (
                who is None
                or case.status not in {"new", "claimed", "needs_info"}
                or self.holder(case) not in {None, who}
            ):
                continue
            await self.act("open_that", readers[0], which)
            shown = "".join(one.shown for one in self.sent if one.chat == who.chat)
            assert case.gone or all(word in shown for word in (case.story, *case.added)), (case, shown)
