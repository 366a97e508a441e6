"""Scenes that every moderator and reporter meets: cards, decisions, exports, publishing and talks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select, text

from bot.app.work import Work
from bot.chat.buttons import Act
from bot.demo.gallery.seldom_scenes import tell, under
from bot.demo.people import ANALYST, COLLEAGUE, MODERATOR, REPORTER, TEAM
from bot.demo.walk.answering import Respondent, SampleTexts
from bot.demo.walk.chats import DOCUMENT, Chats, Newest, said_last
from bot.desk.asking.service import MOST_A_DAY, READY
from bot.desk.card import service as card_service
from bot.desk.card.service import LONGEST, MOST_NOTES
from bot.desk.exports import PURPOSES, TAGS, ExportSelection
from bot.desk.notices import chat as notices_chat
from bot.desk.notices import service as notices_service
from bot.desk.notices.chat import Post
from bot.desk.people import service as people_service
from bot.desk.people.chat import CARDS
from bot.desk.queue.found import FACETS, MOST_NAME, MOST_SAVED
from bot.desk.queue.service import ASKED, VOTED, Filter, ReportScope
from bot.desk.references import PRACTICE
from bot.form import events
from bot.languages import exported_codes
from bot.publish import persons
from bot.reports import claims, links
from bot.reports.states import UNDECIDED, Consent, Status
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import Sign
from bot.store import audit
from bot.store.unit import Role, UnitOfWork
from bot.texts import Texts
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
        act, ref = partial(self.chats.act, MODERATOR), self.ref
        await act(f"/open {ref}", Act("mcard", ref, "c1"), Act("mcard", ref, "c0"))
        await self.chats.tap(MODERATOR, Act("mplace", ref), label=self.chats.text("moderator.place.show"))
        await act(Act("mcard", ref, "s0"), Act("mcard", ref, "n0"), Act("mcheck", ref, "date"))
        await self.note()
        await act(Act("mcard", ref, "h0"), Act("mrelease", ref))

    async def note(self) -> None:
        asked = said_last(await self.chats.tap(MODERATOR, Act("mnote", self.ref)))
        await self.chats.reply(MODERATOR, self.words.short, asked)
        await self.chats.tap(MODERATOR, *[self.chats.shown(Newest("mnoteback"))] * 2)
        async with self.work.write() as unit:
            report = await claims.find(unit, self.ref)
            moderator, *_ = await people_service.list_moderators(unit)
            for _ in range(MOST_NOTES):
                await card_service.add_note(unit, moderator, report, self.words.short)
                await card_service.toggle(unit, moderator, report, "place")
            await audit.record(unit, audit.SYSTEM, "originals", report.ref)
            await audit.record(unit, audit.SYSTEM, "adopt", report.ref)
            for why in ("changed", "cut", "headless"):
                await audit.record(unit, audit.SYSTEM, audit.RESTART, report.ref, why)
        for words in (self.words.short, self.words.story(LONGEST + 1)):
            await self.chats.reply(MODERATOR, words, asked)


_NEEDED = 4


async def decide(chats: Chats, work: Work) -> None:
    aside, repeated, original, other = await _free(work)
    act, ready = partial(chats.act, MODERATOR), READY[0]
    await act("/incidents", f"/open {aside}", Act("mmore", aside), Act("maside", aside))
    await act(
        Act("maskr", aside, ready), Act("masks", aside, ready), Act("mmore", aside), Act("maside", aside)
    )
    await act(Act("mlist", str(Filter(ReportScope.ASIDE))), f"/open {aside}", f"/release {aside}")
    await chats.say(COLLEAGUE, f"/open {other}")
    await act(f"/release {other}", f"/open {other}")
    await _sign(work, repeated, Sign.URGENT)
    await act(Act("mdup", repeated), Act("mdupof", repeated, original), f"/open {repeated}")
    await act(Act("mdupof", repeated, repeated), Act("mdupof", repeated, original), Act("mjoin", other))
    await _link(chats, work, other, original, repeated)
    await act(f"/open {original}")
    for ref in (other, original, aside, repeated):  # the last is one too many
        await act(Act("mwithdraw", ref), Act("mtakeback", ref, "asked"))
    await act(f"/release {repeated}")
    await chats.tap(COLLEAGUE, Act("mdup", repeated))
    await _approve_by_two(chats, work)
    await undo(chats, work)
    await hand_over(chats, work)
    await reject_spam(chats, work)


async def _sign(work: Work, ref: str, *signs: Sign) -> None:
    async with work.write() as unit:
        report = await claims.find(unit, ref)
        for sign in signs:
            await talk_service.sign(unit, report, sign)


async def undo(chats: Chats, work: Work) -> None:
    with under(work, {"undo_minutes": 10}):
        ref = (await _free(work, 1))[0]
        reject, undoing = Act("mrejectyes", ref, "spam"), Act("mundo", ref)
        await chats.tap(MODERATOR, Act("mreject", ref, "spam"), reject)
        await chats.say(COLLEAGUE, f"/open {ref}")
        await chats.tap(MODERATOR, undoing, undoing, reject)
        await _sign(work, ref, Sign.URGENT)
        await chats.enqueue("↩️", partial(notices_chat.take_effect, chats.renderer, ref))
        await chats.say(MODERATOR, f"/audit {ref}", f"/release {ref}")


async def hand_over(chats: Chats, work: Work) -> None:
    ref = (await _free(work, 1))[0]
    await chats.act(MODERATOR, f"/open {ref}", Act("mhand", ref))
    asked = said_last(await chats.tap(MODERATOR, Newest("mhandto", ref)))
    await chats.reply(MODERATOR, chats.text("gallery.sample.words"), asked)
    await chats.act(COLLEAGUE, f"/open_{ref}", Act("mcard", ref, "n0"), f"/audit {ref}", f"/release_{ref}")


async def reject_spam(chats: Chats, work: Work) -> None:
    ref = (await _free(work, 1))[0]
    await chats.tap(COLLEAGUE, Act("mspam"))
    await chats.say(MODERATOR, f"/open {ref}", "/mine")
    with under(work, {"undo_minutes": 10}):
        verbs = ("mspam", "mspam", "mspamask", "mspamyes", "mundolot", "mundolot")
        await chats.tap(MODERATOR, *map(Newest, verbs))
    await chats.tap(MODERATOR, Act("mspam", "1", "?"), Act("mrelease", ref))


async def _tell_back(ref: str, post: Post) -> None:
    """Tell of a report that waits for a second vote, and of one that waits again."""
    voted = await claims.find(post.unit, ref)
    other = await claims.find(post.unit, (await _free_in(post.unit, 1))[0])
    for voted.urgent in (True, False):
        await notices_chat.notify_back(post, [voted, other])


async def _link(chats: Chats, work: Work, report: str, other: str, closed: str) -> None:
    wrong = (report, closed, "E00000")
    await chats.tap(MODERATOR, *(Act("mjoinwith", report, one) for one in (*wrong, other, other)))
    related = Act("mrelateto", report, other)
    await chats.act(MODERATOR, Act("mrelate", report), related, f"/open {report}", "/incidents")
    async with work.read() as unit:
        found = await unit.session.scalar(select(Report).where(Report.ref == report))
        incident = await links.incident_of(unit, found) if found is not None else None
    if incident is not None:
        await chats.tap(MODERATOR, Act("mincident", incident.ref))
    unjoin, unrelate = Act("munjoin", report), Act("munrelate", report, other)
    await chats.tap(MODERATOR, Act("mmore", report), unjoin, unjoin, Act("mrelate", report), unrelate)


async def _approve_by_two(chats: Chats, work: Work) -> None:
    with under(work, {"approvals": 2, "approvals_named": 2}):
        ref = await _let_go(work)
        for moderator in (MODERATOR, MODERATOR, COLLEAGUE):
            await chats.act(moderator, f"/open {ref}", f"/approve {ref}", Act("mleave", ref, "99"))
            if moderator == MODERATOR:
                await chats.tap(moderator, Newest("mapprove", ref))
                await tell(chats, "☑️", partial(_tell_back, ref))
            await chats.say(moderator, "/queue", f"/release {ref}")


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
    order = edited, Report.urgent, Report.submitted_hour.desc(), Report.ref
    found = (await unit.session.scalars(select(Report.ref).where(*free).order_by(*order).limit(needed))).all()
    if len(found) < needed:
        raise ValueError(f"{len(found)} reports are free, {needed} are needed")
    return found


_EXPORTING_LONG = ",".join(f"{'x' * 60}{number}" for number in range(4))


async def spend_first_hour(chats: Chats, work: Work) -> None:
    await chats.tap(MODERATOR, *(Act("msafety", str(card)) for card in range(2, CARDS + 1)))
    with under(work, {"undo_minutes": 10}):
        await chats.tap(MODERATOR, Act("msafety", str(CARDS)))
    asked = (Act("masks", PRACTICE, name) for name in READY)
    await chats.tap(MODERATOR, Act("mpractice"), Act("maskq", PRACTICE), *asked)
    await chats.tap(MODERATOR, Act("mmore", PRACTICE), Act("mreject", PRACTICE, "spam"), Act("mpractend"))
    with under(work, {"notice_chat": -100, "export_recipients": ("age1",)}):
        await chats.tap(MODERATOR, Act("msetup"), Act("mtrygroup"), Act("mmenu"))


async def export(chats: Chats) -> None:
    await chats.tap(MODERATOR, *(Act("mexfor", purpose) for purpose in PURPOSES))
    await chats.tap(MODERATOR, Act("mexset", "csv~"), Act("mexset", "csv~all"))
    await chats.tap(MODERATOR, *(Act("mexset", "csv~all", tag) for tag in TAGS.values()))
    one = ExportSelection("csv", "all", by_incident=True)
    none = ExportSelection("csv", "pastyear", changed=True)
    await chats.tap(MODERATOR, Act("mexset", f"csv~{one.code()}"))
    await chats.tap(MODERATOR, *(Act("mexport", "csv", chosen.code()) for chosen in (one, none)))
    await chats.say(MODERATOR, "/export jsonl changed=last event=1991-12-16", "/export csv ?=?")
    await chats.say(MODERATOR, "/export csv event=?", "/export csv region=XX-9")
    await chats.say(MODERATOR, f"/export csv category={_EXPORTING_LONG}", "/export history")


async def look_at_lists(chats: Chats, work: Work, moderator: int) -> None:
    searches = (f"/search {words}".rstrip() for words in ("", "?", "1991", "QQQ", "#QQQ"))
    await chats.act(moderator, "/mine", "/approved", *searches, Act("mwordsof"), Act("mgrades"))
    wanted = str(Filter(ReportScope.ALL, urgent=True, asked=True, older=1))
    facets = (Act("mfilt", str(Filter(older=1)), facet) for facet in FACETS)
    await chats.tap(moderator, Act("mgrade", "R1"), *facets, Act("mfilt", wanted), Act("mlist", wanted))
    await chats.tap(moderator, Act("msaved"), Act("mlist", str(VOTED)))
    asked = said_last(await chats.tap(moderator, Act("msave", wanted)))
    for name in ("x" * (MOST_NAME + 1), asked[:MOST_NAME]):
        await chats.reply(moderator, name, asked)
    async with work.write() as unit:
        member = await people_service.find(unit, TEAM[moderator][0])
        await notices_service.keep_filters(unit, member, {f"wO{older}": "…" for older in range(MOST_SAVED)})
    await chats.act(moderator, "/search", Act("msave", wanted), Act("mdrop", "wO0"))


_TOO_LONG = 10


async def translate(chats: Chats, work: Work) -> None:
    own, target, third = [chats.language, *(one for one in exported_codes() if one != chats.language)][:3]
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
    update = f"2020-01:2029-12:{target}:md"
    for page in ("0", "1"):
        await chats.tap(MODERATOR, Act("mupdatelist", update, page))


async def link_persons(chats: Chats, work: Work) -> None:
    """Link a person of two records, and undo it. A pair and a number in a button may be out of date."""
    async with work.read() as unit:
        found = await persons.public_persons(unit, await persons.newest_ids(unit))
    told = {one.report.ref: [person.role for person in one.persons.values()] for one in found if one.persons}
    if len(told) < 2:
        raise ValueError("no two approved records tell of one person")
    one, other = sorted(told, key=lambda ref: str(told[ref]))[:2]  # ids and references are random
    _, waiting = await _approved(work)
    ask = Act("msamewith", one, other)
    await chats.act(MODERATOR, Act("mmore", one), Act("msame", one), ask)
    *_, pair = chats.shown(Newest("msameas")).split(".")
    yes = Act("msameyes", one, pair)
    await chats.act(MODERATOR, Newest("msameas"), yes, ask, Newest("munsame"), Act("munsame", one, "1-9999"))
    await chats.act(MODERATOR, f"/open {waiting}", Act("msame", waiting), f"/release {waiting}")


def _attempts(chats: Chats, target: str) -> Sequence[str]:
    own, others = chats.text("gallery.sample.story"), Texts((target,))
    title, story, giveaways = (
        others.text(target, f"gallery.sample.{name}") for name in ("words", "story", "giveaways")
    )
    texts = (title, own), (title,), (title * _TOO_LONG, story), (title, giveaways), (title, story)
    return ["\n".join(lines) for lines in texts]


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
        ref, ready = self.ref, READY[0]
        act, own, cancel = partial(self.chats.act, MODERATOR), Act("masko", ref), events.Cancel(sure=True)
        await act(Act("mlist", str(ASKED)), "/report", f"/ask {ref}", Act("maskr", ref, ready))
        await act(Act("masks", ref, ready), Act("masks", ref, ready), own, cancel)
        await act(own, "t.me/kuager", events.Next(), events.Skip(), events.Submit())
        await act(f"/edit {ref}", events.Cancel(), cancel, own)
        await self.write(MODERATOR)
        await act(events.Submit(), Act("mqueue", "start"), Act("mlist", str(ASKED)))

    async def write(self, who: int) -> None:
        act = partial(self.chats.act, who)
        await act(events.Skip(), events.Skip(), events.Submit(), events.Edit(), events.Goto(0))
        await self.chats.fill(who, Respondent(words=self.words))
        await act(self.words.short, events.Edit(), events.Goto(1))
        await self.send_file(who)
        await act(events.Next())

    async def send_file(self, who: int, **caption: str) -> None:
        await self.chats.send(who, f"📄 {self.words.file}.pdf", document=DOCUMENT, **caption)

    async def open(self, part: str) -> None:
        asked = said_last(await self.chats.tap(REPORTER, Act("qopen")))
        await self.chats.reply(REPORTER, part, asked, _HIDDEN)

    async def answer(self) -> None:
        act, part, cancel = partial(self.chats.act, REPORTER), self.code[-4:], events.Cancel(sure=True)
        await act(self.words.short)
        await self.send_file(REPORTER)
        await act("/report", Act("qopen"), cancel)
        for typed in (self.words.short, "0000" if part != "0000" else "1111", part):
            await self.open(typed)
        await act(events.Cancel(), cancel)
        await self.open(part)
        await self.write(REPORTER)
        await act(events.Submit(), Act("qopen"))

    async def look(self) -> None:
        let_go = f"/release {self.ref}"
        await self.chats.say(MODERATOR, let_go, "/queue", f"/open {self.ref}", let_go)

    async def use_the_code(self) -> None:
        act, status = partial(self.chats.act, REPORTER), f"/status {self.code}"
        await act(status, Newest("cadd"))
        await self.write(REPORTER)
        await act(events.Submit())
        for verb in ("csafe", "curgent", "cnever", "clet", "cstay", "clet", "cletyes"):
            await act(status, Newest(verb))
        signs = (Sign.SAFE, Sign.URGENT) * (talk_service.MOST_SIGNS_A_DAY // 2 - 1)
        await _sign(self.work, self.ref, *signs)
        await act(status, Newest("csafe"), Act("cadd", "of last week"))
        await self.send_file(REPORTER, caption=self.code)
        await self.chats.say(_OTHER, status)
        await act(status)
        await self.chats.tap(REPORTER, *[self.chats.shown(Newest(verb)) for verb in ("clet", "cletyes")])

    async def send_contacts(self) -> None:
        contacts = Act("mcontacts", self.ref)
        await self.chats.act(MODERATOR, contacts, f"/open {self.ref}", f"/release {self.ref}")
        await self.open(self.code[-4:])
        await self.chats.tap(REPORTER, Newest("qskip"))
        await self.chats.tap(MODERATOR, contacts)

    async def refuse(self) -> None:
        for name, last in ((READY[1], ["qskip"]), (READY[2], ["qnever", "qstay", "qnever", "qstop"])):
            await self.chats.tap(MODERATOR, Act("masks", self.ref, name))
            await self.open(self.code[-4:])
            await self.chats.tap(REPORTER, *map(Newest, last))
        await self.chats.tap(MODERATOR, Act("mcontacts", self.ref))

    async def come_by_code(self) -> None:
        """Ask a reporter without a reply channel, who reads the questions by receipt code."""
        chats, ref = self.chats, self.ref
        await chats.tap(MODERATOR, *(Act("masks", ref, name) for name in (*READY[3:], READY[0])))
        await chats.act(REPORTER, f"/status {self.code}", Newest("cread"), events.Cancel(sure=True))
        await _sign(self.work, ref, Sign.LOST)
        await chats.say(MODERATOR, f"/open {ref}")

    async def meet_bounds(self) -> None:
        chats, ref = self.chats, self.ref
        for _ in range(MOST_A_DAY):
            await chats.say(REPORTER, f"/status {self.code}")
            if any(data.startswith(Newest("cread").start) for data in chats.labels):
                await chats.tap(REPORTER, Newest("cread"), Newest("qskip"))
            await chats.tap(MODERATOR, Act("masks", ref, READY[0]))
        await chats.say(MODERATOR, f"/release {ref}")
