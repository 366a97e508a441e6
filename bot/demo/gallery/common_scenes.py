"""Scenes that every moderator and reporter meets: cards, decisions, exports, publishing and talks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select, text

from bot.app.work import Work
from bot.chat.buttons import Act, encode
from bot.chat.renderer import Renderer
from bot.demo.gallery.seldom_scenes import under
from bot.demo.people import ANALYST, COLLEAGUE, MODERATOR, REPORTER, TEAM
from bot.demo.walk.answering import Respondent, SampleTexts
from bot.demo.walk.chats import DOCUMENT, Chats, said_last
from bot.desk.asking.service import MOST_A_DAY, READY
from bot.desk.card import service as card_service
from bot.desk.card.service import LONGEST, MOST_NOTES
from bot.desk.exports.chat import PURPOSES, TAGS, ExportSelection
from bot.desk.notices import chat as notices_chat
from bot.desk.notices import service as notices_service
from bot.desk.notices import taking_back
from bot.desk.people import service as people_service
from bot.desk.people.chat import CARDS
from bot.desk.queue.filters import ASKED, VOTED, Filter, ReportScope
from bot.desk.queue.found import FACETS, MOST_NAME, MOST_SAVED
from bot.desk.references import PRACTICE
from bot.form import events
from bot.languages import exported_codes
from bot.reports import claims, links
from bot.reports.states import UNDECIDED, Consent, Status
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import Sign
from bot.store import audit
from bot.store.roles import Role
from bot.store.unit import UnitOfWork
from bot.texts import Texts
from bot.transport.outbox import Outbox
from db.models import IS_PROPOSED, Moderator, PublicVersion, Report

_LONG = 4500
"""Characters, more than a message can hold."""


@dataclass(frozen=True, slots=True)
class DeskScene:
    chats: Chats
    work: Work
    words: SampleTexts
    ref: str

    async def play(self) -> None:
        async with self.work.write() as unit:
            report = await claims.find(unit, self.ref)
            told = messages.MessageContent(self.words.story(_LONG), hour=unit.hour)
            await messages.add(unit, report, told, from_reporter=True)
        await self.chats.say(MODERATOR, f"/open {self.ref}")
        await self.turn("c1", "c0")
        await self.chats.tap(MODERATOR, Act("mplace", self.ref), label=self.label("moderator.place.show"))
        await self.turn("s0")
        await self.note()
        await self.turn("h0")
        await self.chats.tap(MODERATOR, Act("mrelease", self.ref))

    async def note(self) -> None:
        await self.turn("n0")
        await self.chats.tap(MODERATOR, Act("mcheck", self.ref, "date"))
        calls = await self.chats.tap(MODERATOR, Act("mnote", self.ref))
        asked = next(call.params["text"] for call in calls if call.method == "sendMessage")
        await self._reply(self.words.short, asked)
        taking_back = next(data for data in self.chats.labels if data.startswith("amnoteback."))
        await self.chats.tap(MODERATOR, taking_back, taking_back)
        async with self.work.write() as unit:
            report, (moderator, *_) = (
                await claims.find(unit, self.ref),
                await people_service.list_moderators(unit),
            )
            for _ in range(MOST_NOTES):
                await card_service.add_note(unit, moderator, report, self.words.short)
                await card_service.toggle(unit, moderator, report, "place")
            await audit.record(unit, audit.SYSTEM, "originals", report.ref)
            await audit.record(unit, audit.SYSTEM, "adopt", report.ref)
            for why in ("changed", "cut", "headless"):
                await audit.record(unit, audit.SYSTEM, audit.RESTART, report.ref, why)
        for words in (self.words.short, self.words.story(LONGEST + 1)):
            await self._reply(words, asked)

    async def _reply(self, words: str, asked: str) -> None:
        await self.chats.reply(MODERATOR, words, asked)

    def label(self, key: str) -> str:
        return self.chats.texts.text(self.chats.language, key)

    async def turn(self, *places: str) -> None:
        await self.chats.tap(MODERATOR, *(Act("mcard", self.ref, place) for place in places))


_NEEDED = 4


async def decide(chats: Chats, work: Work) -> None:
    aside, repeated, original, other = await _free(work)
    await chats.say(MODERATOR, "/incidents", f"/open {aside}")
    await chats.tap(MODERATOR, Act("mmore", aside), Act("maside", aside), Act("maskr", aside, READY[0]))
    await chats.tap(MODERATOR, Act("masks", aside, READY[0]), Act("mmore", aside), Act("maside", aside))
    await chats.tap(MODERATOR, Act("mlist", str(Filter(ReportScope.ASIDE))))
    await chats.say(MODERATOR, f"/open {aside}", f"/release {aside}")
    await chats.say(COLLEAGUE, f"/open {other}")
    await chats.say(MODERATOR, f"/release {other}", f"/open {other}")
    async with work.write() as unit:
        await talk_service.sign(unit, await claims.find(unit, repeated), Sign.URGENT)
    await chats.tap(MODERATOR, Act("mdup", repeated), Act("mdupof", repeated, original))
    await chats.say(MODERATOR, f"/open {repeated}")
    await chats.tap(MODERATOR, Act("mdupof", repeated, repeated), Act("mdupof", repeated, original))
    await chats.tap(MODERATOR, Act("mjoin", other))
    await _link(chats, work, other, original, repeated)
    await chats.say(MODERATOR, f"/open {original}")
    for ref in (other, original, aside, repeated):  # the last is one too many
        await chats.tap(MODERATOR, Act("mwithdraw", ref), Act("mtakeback", ref, "asked"))
    await chats.say(MODERATOR, f"/release {repeated}")
    await chats.tap(COLLEAGUE, Act("mdup", repeated))
    await _approve_by_two(chats, work)
    await undo(chats, work)
    await hand_over(chats, work)
    await reject_spam(chats, work)


async def undo(chats: Chats, work: Work) -> None:
    with under(work, {"undo_minutes": 10}):
        ref = (await _free(work, 1))[0]
        await chats.tap(MODERATOR, Act("mreject", ref, "spam"), Act("mrejectyes", ref, "spam"))
        await chats.say(COLLEAGUE, f"/open {ref}")
        await chats.tap(MODERATOR, Act("mundo", ref), Act("mundo", ref), Act("mrejectyes", ref, "spam"))
        async with work.write() as unit:
            await talk_service.sign(unit, await claims.find(unit, ref), Sign.URGENT)
        await chats.enqueue("↩️", partial(notices_chat.take_effect, Renderer(chats.texts), ref))
        await chats.say(MODERATOR, f"/audit {ref}", f"/release {ref}")


async def hand_over(chats: Chats, work: Work) -> None:
    ref = (await _free(work, 1))[0]
    await chats.say(MODERATOR, f"/open {ref}")
    await chats.tap(MODERATOR, Act("mhand", ref))
    to = next(one for one in reversed(chats.labels) if one.startswith(f"amhandto.{ref}."))
    asked = said_last(await chats.tap(MODERATOR, to))
    await chats.reply(MODERATOR, chats.texts.text(chats.language, "gallery.sample.words"), asked)
    await chats.say(COLLEAGUE, f"/open_{ref}")
    await chats.tap(COLLEAGUE, Act("mcard", ref, "n0"))
    await chats.say(COLLEAGUE, f"/audit {ref}", f"/release_{ref}")


async def reject_spam(chats: Chats, work: Work) -> None:
    ref = (await _free(work, 1))[0]
    await chats.tap(COLLEAGUE, Act("mspam"))
    await chats.say(MODERATOR, f"/open {ref}", "/mine")
    with under(work, {"undo_minutes": 10}):
        for verb in ("mspam", "mspam", "mspamask", "mspamyes", "mundolot", "mundolot"):
            starts = encode(Act(verb)).rstrip(".") + "."
            await chats.tap(MODERATOR, next(one for one in reversed(chats.labels) if one.startswith(starts)))
    await chats.tap(MODERATOR, Act("mspam", "1", "?"), Act("mrelease", ref))


async def _tell_back(chats: Chats, ref: str, unit: UnitOfWork, outbox: Outbox) -> None:
    """Tell of a report that waits for a second vote, and of one that waits again."""
    voted, other = await claims.find(unit, ref), await claims.find(unit, (await _free_in(unit, 1))[0])
    for voted.urgent in (True, False):
        await notices_chat.notify_back(taking_back.Post(Renderer(chats.texts), unit, outbox), [voted, other])


async def _link(chats: Chats, work: Work, report: str, other: str, closed: str) -> None:
    wrong = (report, closed, "E00000")
    await chats.tap(MODERATOR, *(Act("mjoinwith", report, one) for one in (*wrong, other, other)))
    await chats.tap(MODERATOR, Act("mrelate", report), Act("mrelateto", report, other))
    await chats.say(MODERATOR, f"/open {report}", "/incidents")
    async with work.read() as unit:
        found = await unit.session.scalar(select(Report).where(Report.ref == report))
        incident = await links.incident_of(unit, found) if found is not None else None
    if incident is not None:
        await chats.tap(MODERATOR, Act("mincident", incident.ref))
    await chats.tap(MODERATOR, Act("mmore", report), Act("munjoin", report), Act("munjoin", report))
    await chats.tap(MODERATOR, Act("mrelate", report), Act("munrelate", report, other))


async def _approve_by_two(chats: Chats, work: Work) -> None:
    before = work.settings
    work.settings = before.model_copy(update={"approvals": 2, "approvals_named": 2})
    ref = await _let_go(work)
    for moderator in (MODERATOR, MODERATOR, COLLEAGUE):
        await chats.say(moderator, f"/open {ref}", f"/approve {ref}")
        await chats.tap(moderator, Act("mleave", ref, "99"))
        confirm = encode(Act("mapprove", ref))
        if moderator == MODERATOR:
            await chats.tap(moderator, *[data for data in chats.labels if data.startswith(confirm)][-1:])
            await chats.enqueue("☑️", partial(_tell_back, chats, ref))
        await chats.say(moderator, "/queue", f"/release {ref}")
    work.settings = before


async def _let_go(work: Work) -> str:
    async with work.write() as unit:
        waiting = select(Report).join(PublicVersion, PublicVersion.report_id == Report.id)
        waiting = waiting.where(text(f"public_versions.{IS_PROPOSED}"), Report.status.in_(UNDECIDED))
        report = (await unit.session.scalars(waiting.order_by(Report.submitted_hour).limit(1))).one()
        if report.moderator_id is not None:
            holder = await unit.session.get_one(Moderator, report.moderator_id)
            await claims.release(unit, holder, report)
        return report.ref


async def _free(work: Work, needed: int = _NEEDED) -> Sequence[str]:
    async with work.read() as unit:
        return await _free_in(unit, needed)


async def _free_in(unit: UnitOfWork, needed: int) -> Sequence[str]:
    free = Report.status.in_((Status.NEW, Status.NEEDS_INFO)), Report.data_key_id.is_not(None)
    edited = Report.id.in_(select(PublicVersion.report_id))
    newest = (
        select(Report.ref)
        .where(*free)
        .order_by(edited, Report.urgent, Report.submitted_hour.desc(), Report.ref)
    )
    found = (await unit.session.scalars(newest.limit(needed))).all()
    if len(found) < needed:
        raise ValueError(f"{len(found)} reports are free, {needed} are needed")
    return found


_EXPORTING_LONG = ",".join(f"{'x' * 60}{number}" for number in range(4))


async def spend_first_hour(chats: Chats, work: Work) -> None:
    await chats.tap(MODERATOR, *(Act("msafety", str(card)) for card in range(2, CARDS + 1)))
    with under(work, {"undo_minutes": 10}):
        await chats.tap(MODERATOR, Act("msafety", str(CARDS)))
    await chats.tap(MODERATOR, Act("mpractice"))
    await chats.tap(MODERATOR, Act("maskq", PRACTICE), *(Act("masks", PRACTICE, name) for name in READY))
    await chats.tap(MODERATOR, Act("mmore", PRACTICE), Act("mreject", PRACTICE, "spam"), Act("mpractend"))
    with under(work, {"notice_chat": -100, "export_recipients": ("age1",)}):
        await chats.tap(MODERATOR, Act("msetup"), Act("mtrygroup"), Act("mmenu"))


async def export(chats: Chats) -> None:
    await chats.tap(MODERATOR, *(Act("mexfor", purpose) for purpose in PURPOSES))
    await chats.tap(MODERATOR, Act("mexset", "csv~"), Act("mexset", "csv~all"))
    await chats.tap(MODERATOR, *(Act("mexset", "csv~all", tag) for tag in TAGS.values()))
    one, none = (
        ExportSelection("csv", "all", by_incident=True),
        ExportSelection("csv", "pastyear", changed=True),
    )
    await chats.tap(MODERATOR, Act("mexset", f"csv~{one.code()}"), Act("mexport", "csv", one.code()))
    await chats.tap(MODERATOR, Act("mexport", "csv", none.code()))
    await chats.say(MODERATOR, "/export jsonl changed=last event=1991-12-16", "/export csv ?=?")
    await chats.say(MODERATOR, "/export csv event=?", "/export csv region=XX-9")
    await chats.say(MODERATOR, f"/export csv category={_EXPORTING_LONG}")
    await chats.say(MODERATOR, "/export history")


async def look_at_lists(chats: Chats, work: Work, moderator: int) -> None:
    await chats.say(moderator, "/mine", "/approved", "/search", "/search ?", "/search 1991", "/search QQQ")
    await chats.say(moderator, "/search #QQQ")
    await chats.tap(moderator, Act("mwordsof"), Act("mgrades"), Act("mgrade", "R1"))
    for facet in FACETS:
        await chats.tap(moderator, Act("mfilt", str(Filter(older=1)), facet))
    wanted = Filter(ReportScope.ALL, urgent=True, asked=True, older=1)
    await chats.tap(moderator, Act("mfilt", str(wanted)), Act("mlist", str(wanted)))
    await chats.tap(moderator, Act("msaved"), Act("mlist", str(VOTED)))
    asked = said_last(await chats.tap(moderator, Act("msave", str(wanted))))
    for name in ("x" * (MOST_NAME + 1), asked[:MOST_NAME]):
        await chats.reply(moderator, name, asked)
    async with work.write() as unit:
        member = await people_service.find(unit, TEAM[moderator][0])
        await notices_service.keep_filters(unit, member, {f"wO{older}": "…" for older in range(MOST_SAVED)})
    await chats.say(moderator, "/search")
    await chats.tap(moderator, Act("msave", str(wanted)), Act("mdrop", "wO0"))


_TOO_LONG = 10


async def translate(chats: Chats, work: Work) -> None:
    own, target, third = _languages(chats)
    async with work.write() as unit:
        token = await people_service.invite(unit, Role.TRANSLATOR)
    await chats.say(ANALYST, f"/start {token}", TEAM[ANALYST][0], "/queue", "/translate")
    with under(work, {"published_languages": (own,)}):
        await chats.say(ANALYST, "/translate")
    approved, other = await _approved(work)
    with under(work, {"published_languages": (own, target)}):
        await chats.say(ANALYST, "/translate", "/menu")
        asked = said_last(await chats.tap(ANALYST, Act("mtranslate", approved, target)))
        for words in _attempts(chats, target):
            await chats.reply(ANALYST, words, asked)
        await chats.tap(ANALYST, Act("mtranslate", other, target))
    two = {"published_languages": (own, third), "approvals": 2, "approvals_named": 2}
    with under(work, two):
        await chats.tap(ANALYST, Act("mtranslate", approved, third))


def _languages(chats: Chats) -> Sequence[str]:
    return [chats.language, *(one for one in exported_codes() if one != chats.language)][:3]


def _attempts(chats: Chats, target: str) -> Sequence[str]:
    own, others = chats.texts.text(chats.language, "gallery.sample.story"), Texts((target,))
    title = others.text(target, "gallery.sample.words")
    story = others.text(target, "gallery.sample.story")
    giveaways = others.text(target, "gallery.sample.giveaways")
    return (
        f"{title}\n{own}",
        title,
        f"{title * _TOO_LONG}\n{story}",
        f"{title}\n{giveaways}",
        f"{title}\n{story}",
    )


async def _approved(work: Work) -> tuple[str, str]:
    async with work.read() as unit:
        public = select(Report.ref).join(PublicVersion, PublicVersion.report_id == Report.id)
        newest = public.where(PublicVersion.consent == Consent.PUBLISH, Report.status == Status.APPROVED)
        approved = await unit.session.scalar(newest.order_by(PublicVersion.approved_hour.desc(), Report.ref))
        waiting = select(Report.ref).where(Report.status == Status.NEW).order_by(Report.submitted_hour)
        other = await unit.session.scalar(waiting)
    if approved is None or other is None:
        raise ValueError("nothing is approved, or nothing waits")
    return approved, other


_HIDDEN = "••••"
_OTHER = 1004


@dataclass(frozen=True, slots=True)
class TalkScene:
    """The talk about report `ref`. `code` is its receipt code."""

    chats: Chats
    work: Work
    words: SampleTexts
    ref: str
    code: str

    async def play(self) -> None:
        await self.ask()
        await self.answer()
        await self.look()
        await self.use_the_code()
        await self.send_contacts()
        await self.refuse()
        await self.come_by_code()
        await self.meet_bounds()

    async def ask(self) -> None:
        chats, ref = self.chats, self.ref
        await chats.tap(MODERATOR, Act("mlist", str(ASKED)))
        await chats.say(MODERATOR, "/report", f"/ask {ref}")
        await chats.tap(
            MODERATOR, Act("maskr", ref, READY[0]), *[Act("masks", ref, READY[0])] * 2, Act("masko", ref)
        )
        await chats.do(MODERATOR, events.Cancel(sure=True))
        await chats.tap(MODERATOR, Act("masko", ref))
        await chats.say(MODERATOR, "t.me/kuager")
        await chats.do(MODERATOR, events.Next(), events.Skip(), events.Submit())
        await chats.say(MODERATOR, f"/edit {ref}")
        await chats.do(MODERATOR, events.Cancel(), events.Cancel(sure=True))
        await chats.tap(MODERATOR, Act("masko", ref))
        await self.write(MODERATOR)
        await chats.do(MODERATOR, events.Submit())
        await chats.tap(MODERATOR, Act("mqueue", "start"), Act("mlist", str(ASKED)))

    async def write(self, who: int) -> None:
        chats = self.chats
        await chats.do(who, events.Skip(), events.Skip(), events.Submit(), events.Edit(), events.Goto(0))
        await chats.fill(who, Respondent(words=self.words))
        await chats.say(who, self.words.short)
        await chats.do(who, events.Edit(), events.Goto(1))
        await chats.send(who, f"📄 {self.words.file}.pdf", document=DOCUMENT)
        await chats.do(who, events.Next())

    async def open(self, part: str) -> None:
        calls = await self.chats.tap(REPORTER, Act("qopen"))
        asked = next(call.params["text"] for call in calls if call.method == "sendMessage")
        await self.chats.reply(REPORTER, part, asked, _HIDDEN)

    async def answer(self) -> None:
        chats, part = self.chats, self.code[-4:]
        await chats.say(REPORTER, self.words.short)
        await chats.send(REPORTER, f"📄 {self.words.file}.pdf", document=DOCUMENT)
        await chats.say(REPORTER, "/report")
        await chats.tap(REPORTER, Act("qopen"))
        await chats.do(REPORTER, events.Cancel(sure=True))
        for typed in (self.words.short, "0000" if part != "0000" else "1111", part):
            await self.open(typed)
        await chats.do(REPORTER, events.Cancel(), events.Cancel(sure=True))
        await self.open(part)
        await self.write(REPORTER)
        await chats.do(REPORTER, events.Submit())
        await chats.tap(REPORTER, Act("qopen"))

    async def look(self) -> None:
        await self.chats.say(
            MODERATOR, f"/release {self.ref}", "/queue", f"/open {self.ref}", f"/release {self.ref}"
        )

    async def use_the_code(self) -> None:
        chats = self.chats
        await chats.say(REPORTER, f"/status {self.code}")
        await chats.tap(REPORTER, self.shown("cadd"))
        await self.write(REPORTER)
        await chats.do(REPORTER, events.Submit())
        for verb in ("csafe", "curgent", "cnever", "clet", "cstay", "clet", "cletyes"):
            await chats.say(REPORTER, f"/status {self.code}")
            await chats.tap(REPORTER, self.shown(verb))
        async with self.work.write() as unit:
            report = await claims.find(unit, self.ref)
            for sign in (Sign.SAFE, Sign.URGENT) * (talk_service.MOST_SIGNS_A_DAY // 2 - 1):
                await talk_service.sign(unit, report, sign)
        await chats.say(REPORTER, f"/status {self.code}")
        await chats.tap(REPORTER, self.shown("csafe"))
        await chats.tap(REPORTER, Act("cadd", "of last week"))
        await chats.send(REPORTER, f"📄 {self.words.file}.pdf", document=DOCUMENT, caption=self.code)
        await chats.say(_OTHER, f"/status {self.code}")
        await chats.say(REPORTER, f"/status {self.code}")
        await chats.tap(REPORTER, self.shown("clet"), self.shown("cletyes"))

    async def send_contacts(self) -> None:
        contacts = Act("mcontacts", self.ref)
        await self.chats.tap(MODERATOR, contacts)
        await self.chats.say(MODERATOR, f"/open {self.ref}", f"/release {self.ref}")
        await self.open(self.code[-4:])
        await self.chats.tap(REPORTER, self.shown("qskip"))
        await self.chats.tap(MODERATOR, contacts)

    async def refuse(self) -> None:
        chats = self.chats
        for name, last in ((READY[1], ["qskip"]), (READY[2], ["qnever", "qstay", "qnever", "qstop"])):
            await chats.tap(MODERATOR, Act("masks", self.ref, name))
            await self.open(self.code[-4:])
            for verb in last:
                await chats.tap(REPORTER, self.shown(verb))
        await chats.tap(MODERATOR, Act("mcontacts", self.ref))

    async def come_by_code(self) -> None:
        """Ask a reporter without a reply channel, who reads the questions by receipt code."""
        chats, ref = self.chats, self.ref
        await chats.tap(MODERATOR, *(Act("masks", ref, name) for name in (*READY[3:], READY[0])))
        await chats.say(REPORTER, f"/status {self.code}")
        await chats.tap(REPORTER, self.shown("cread"))
        await chats.do(REPORTER, events.Cancel(sure=True))
        async with self.work.write() as unit:
            report = await claims.find(unit, ref)
            await talk_service.sign(unit, report, Sign.LOST)
        await chats.say(MODERATOR, f"/open {ref}")

    async def meet_bounds(self) -> None:
        chats, ref = self.chats, self.ref
        for _ in range(MOST_A_DAY):
            await chats.say(REPORTER, f"/status {self.code}")
            if self.known("cread"):
                await chats.tap(REPORTER, self.shown("cread"))
                await chats.tap(REPORTER, self.shown("qskip"))
            await chats.tap(MODERATOR, Act("masks", ref, READY[0]))
        await chats.say(MODERATOR, f"/release {ref}")

    def known(self, verb: str) -> bool:
        return any(data.startswith(f"a{verb}.") for data in self.chats.labels)

    def shown(self, verb: str) -> str:
        start = encode(Act(verb)).rstrip(".") + "."
        return next(data for data in reversed(self.chats.labels) if data.startswith(start))
