"""What a reporter and two moderators do so that the bot says what it says beside its forms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import select

from bot.chat.callback import Act
from bot.demo.filling import fill
from bot.demo.gallery.chatting import FILE, Chats
from bot.demo.people import COLLEAGUE, MODERATOR, MODERATORS, REPORTER
from bot.demo.walk.answering import Manner
from bot.demo.walk.words import PLACE, Words
from bot.form import events
from bot.form.answers import Chosen
from bot.safety.receipt import read_code
from bot.services.desk import team
from bot.services.desk.decisions import REASONS
from bot.services.reports.states import Status
from bot.work import Work
from db.models import Moderator, PublicVersion, Report

FILLED = 40
"""Reports in the database beside the reporter's own; so many give the queue a second page."""
UNKNOWN_CODE = "7K3Q-V9XM-20TB"
_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_REFERENCE = re.compile(r"\bR[0-9A-Z]{5}\b")
_PLACE = {"latitude": PLACE[0], "longitude": PLACE[1]}
_STALE = "fabcd.1.ne"
"""The data of a button of a form that is no longer there."""


@dataclass
class Script:
    """The script in one language. `words` are what its people write."""

    chats: Chats
    words: Words

    async def play(self) -> None:
        """All of it, in order: later scenes need what earlier ones left."""
        await self.enrol()
        await self.look_around()
        await self.answer_out_of_place()
        await self.change_and_cancel()
        code = await self.report(urgent=True)
        ref = self.found(_REFERENCE)
        await self.report(urgent=False)
        await fill(self.chats.work, FILLED, language=self.chats.language)
        await self.moderate(ref, code)
        await self.look_at_others()
        await self.withdraw(code)
        await self.end()

    # --- the reporter

    async def look_around(self) -> None:
        """Commands without a report, and what is none."""
        chats, short = self.chats, self.words.short
        await chats.say(REPORTER, short, "/help", "/privacy", "/cancel", "/status", "/withdraw", "/nonsense")
        await chats.say(REPORTER, "/status 1", f"/status {UNKNOWN_CODE}", "/start 1")
        await chats.send(REPORTER, f"📄 {self.words.file}.pdf", document=FILE)
        await chats.edit(REPORTER, short)
        await chats.tap(REPORTER, _STALE, "?", label=self.label("flow.next"))
        await chats.join_group()

    async def begin(self) -> None:
        """To the first question."""
        await self.chats.say(REPORTER, "/start")
        await self.chats.tap(REPORTER, Act("begin", self.chats.language))

    async def answer_out_of_place(self) -> None:
        """What cannot be taken at a question."""
        chats, big = self.chats, {**FILE, "file_size": 30_000_000}
        await self.begin()
        await chats.send(REPORTER, "👤", contact={"phone_number": "1", "first_name": "A"})
        await chats.send(REPORTER, "📍", location=_PLACE)
        await chats.send(REPORTER, "📍 …", location=_PLACE | {"live_period": 60})
        await chats.send(REPORTER, "🎲", dice={"emoji": "🎲", "value": 1})
        await chats.send(REPORTER, f"📄 {self.words.file}.pdf", document=FILE)
        await chats.fill(REPORTER, Manner(), until_consent=True)
        await chats.send(REPORTER, f"📄 {self.words.file}.pdf, 30 MB", document=big)
        await chats.say(REPORTER, "/nonsense", "/report")

    async def change_and_cancel(self) -> None:
        """Another language, the end of a report, and one that may not be kept."""
        chats = self.chats
        await chats.say(REPORTER, "/language")
        await chats.tap(REPORTER, Act("language", chats.language))
        await chats.say(REPORTER, "/cancel")
        await chats.do(REPORTER, events.Cancel(sure=True))
        await self.begin()
        await chats.do(REPORTER, events.Next(), events.Pick(1))

    async def report(self, *, urgent: bool) -> str:
        """A whole report and its code; an urgent one with the longer form and one answer corrected."""
        chats, told = self.chats, self.manner(urgent=urgent)
        await self.begin()
        await chats.fill(REPORTER, told)
        for acts in ((events.Extend(),), (events.Edit(), events.Goto(0))) if urgent else ():
            await chats.do(REPORTER, *acts)
            await chats.fill(REPORTER, told)
        await chats.do(REPORTER, events.Submit())
        code = self.found(_CODE)
        await chats.tap(REPORTER, Act("clear"))
        await chats.say(REPORTER, code, f"/status {code}")
        return code

    def manner(self, *, urgent: bool) -> Manner:
        """How a report is told in which somebody is in danger, or nobody."""
        asked = self.chats.work.forms["report"].by_role["urgent"]
        return Manner({asked.path: Chosen(("yes" if urgent else "no",))}, words=self.words)

    async def withdraw(self, code: str) -> None:
        """Thought better of, then done."""
        await self.chats.say(REPORTER, f"/withdraw {code}")
        await self.chats.tap(REPORTER, Act("keep"))
        await self.chats.say(REPORTER, f"/withdraw {code}")
        await self.chats.tap(REPORTER, Act("withdraw", read_code(code) or ""))
        await self.chats.say(REPORTER, f"/status {code}")

    # --- the moderators

    async def enrol(self) -> None:
        """By link and alias, after aliases that will not do; an empty queue."""
        (alias, role), (other, other_role) = MODERATORS[MODERATOR], MODERATORS[COLLEAGUE]
        await self.chats.say(MODERATOR, f"/start {await self._invite(role)}", "@", alias)
        await self.chats.say(MODERATOR, "/queue", "/next", "/export csv")
        token = await self._invite(other_role)
        await self.chats.say(COLLEAGUE, f"/start {token}", alias, other, f"/start {token}", "/moderators")

    async def _invite(self, role: str) -> str:
        async with self.chats.work.write() as unit:
            return await team.invite(unit, role)

    async def moderate(self, ref: str, code: str) -> None:
        """The reporter's report from the queue over its public version to its approval, then its rejection."""
        chats = self.chats
        await chats.say(MODERATOR, "/queue")
        await chats.tap(MODERATOR, Act("mqueue", "8"))
        await chats.say(MODERATOR, "/help", "/moderators", "/open 1")
        await chats.tap(MODERATOR, Act("mopen", ref))
        await chats.say(REPORTER, f"/status {code}")
        await chats.say(COLLEAGUE, f"/open {ref}", f"/release {ref}", f"/open {await self._ref(Status.NEW)}")
        await self.write_version(ref)
        await chats.tap(MODERATOR, Act("mpreview", ref))
        await chats.tap(MODERATOR, Act("mapprove", ref, "9"), label=self.label("moderator.approve.confirm"))
        await chats.tap(
            MODERATOR, next(data for data in chats.labels if data.startswith(f"amapprove.{ref}."))
        )
        await chats.say(REPORTER, f"/status {code}")
        await chats.say(MODERATOR, f"/open {ref}")
        await chats.tap(MODERATOR, Act("mkeep"), Act("mreopen", ref), Act("mrelease", ref))
        await chats.say(MODERATOR, f"/release {ref}", f"/open {ref}")
        await chats.tap(
            MODERATOR, Act("mask", ref), Act("mreject", ref, "?"), Act("mreject", ref, REASONS[0])
        )
        await chats.say(REPORTER, f"/status {code}")
        await chats.say(MODERATOR, f"/open {ref}")
        await chats.say(
            MODERATOR, "/export", "/export ?", "/export csv ?", "/export csv 1991-12-16 1991-12-16"
        )
        await chats.tap(MODERATOR, Act("mexport", "csv", "all"), Act("mnext"))

    async def write_version(self, ref: str) -> None:
        """The public version, with what stands in its way."""
        chats, refused = self.chats, await self._ref(Status.NEW)
        await chats.tap(MODERATOR, Act("mpreview", ref), Act("medit", ref))
        await chats.say(
            MODERATOR, f"/approve {ref}", f"/edit {refused}", f"/start {await self._invite('admin')}"
        )
        while await chats.filling(MODERATOR):
            await chats.fill(MODERATOR, Manner(words=self.words))
            await chats.do(MODERATOR, events.Submit())
        await chats.tap(MODERATOR, Act("medit", ref))
        await chats.say(MODERATOR, "/cancel")
        await chats.do(MODERATOR, events.Cancel(sure=True))
        await chats.tap(MODERATOR, _STALE, label=self.label("flow.next"))

    async def look_at_others(self) -> None:
        """Reports of other consents, a form of one's own, what takes a name when several are held."""
        chats = self.chats
        for use in ("share_trusted", "statistics_only", "publish_no_names"):
            for ref, holder in await proposed(chats.work, use):
                await chats.say(holder, f"/approve {ref}")
        await chats.say(COLLEAGUE, "/next", "/next", "/open", "/language")
        await chats.tap(COLLEAGUE, Act("language", chats.language), Act("begin", chats.language))
        await chats.say(COLLEAGUE, f"/edit {await self._ref(Status.NEW)}")
        await chats.do(COLLEAGUE, events.Cancel(sure=True))

    async def end(self) -> None:
        """What is left of a withdrawn report, and of a moderator whose access was closed."""
        await self.chats.say(MODERATOR, f"/open {await self._ref(Status.WITHDRAWN)}")
        async with self.chats.work.write() as unit:
            await team.revoke(unit, MODERATORS[COLLEAGUE][0])
        await self.chats.say(MODERATOR, "/moderators")
        await self.chats.say(COLLEAGUE, "/queue")

    # --- what is there

    def label(self, key: str) -> str:
        """The label of a button that is no longer there."""
        return self.chats.texts.text(self.chats.language, key)

    def found(self, pattern: re.Pattern[str]) -> str:
        """The last code or reference that was said. Raises LookupError when there was none."""
        said = chain.from_iterable(exchange.said for exchange in reversed(self.chats.exchanges))
        for one in said:
            if match := pattern.search(one.message.html):
                return match.group()
        raise LookupError(pattern.pattern)

    async def _ref(self, status: Status) -> str:
        """The reference of a report that stands so."""
        async with self.chats.work.read() as unit:
            query = select(Report.ref).where(Report.status == status).order_by(Report.submitted_hour)
            return (await unit.session.scalars(query)).first() or ""


async def proposed(work: Work, use: str) -> Sequence[tuple[str, int]]:
    """At most one report of this consent that has a version to be approved, and the chat of who holds it."""
    chats = {alias: chat for chat, (alias, _) in MODERATORS.items()}
    async with work.read() as unit:
        query = (
            select(Report.ref, Moderator.alias)
            .join(Moderator, Moderator.id == Report.moderator_id)
            .join(PublicVersion, PublicVersion.report_id == Report.id)
            .where(Report.status == Status.CLAIMED, Report.consent_use == use)
        )
        found = (await unit.session.execute(query)).first()
    return [] if found is None else [(found[0], chats[found[1]])]
