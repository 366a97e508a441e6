"""A script for a reporter and a team of three that elicits every text outside the forms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import select

from bot.app.commands import MENU
from bot.app.work import Work
from bot.chat.buttons import Act
from bot.demo.backfill import backfill
from bot.demo.gallery import common_scenes, seldom_scenes
from bot.demo.gallery.common_scenes import DeskScene, TalkScene
from bot.demo.gallery.exchanges import Exchange
from bot.demo.gallery.seldom_scenes import UNKNOWN_CODE
from bot.demo.people import COLLEAGUE, MODERATOR, REPORTER, TEAM
from bot.demo.walk.answering import ALMATY, Respondent, SampleTexts
from bot.demo.walk.chats import DOCUMENT, Chats, Newest, said_last
from bot.desk.decisions.service import REJECTION_REASONS
from bot.desk.forms import chat as forms_chat
from bot.desk.forms import service as forms_service
from bot.desk.people import service as people_service
from bot.desk.queue.service import QUEUE
from bot.form import events
from bot.form.answers import Chosen, TextPart, Written
from bot.form.model import Form, Privacy
from bot.publish.own_texts import MOST_LETTERS, OwnPart
from bot.reports.states import Status
from bot.store import drafting
from bot.store.unit import REPORT_FORM
from bot.texts import Texts
from db.models import Moderator, PublicVersion, Report

BACKFILLED = 40
_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_REQUEST = re.compile(r"\b[0-9a-f]{8}\b")
_REFERENCE = re.compile(r"\bR[0-9A-Z]{5}\b")
_LOCATION = {"latitude": ALMATY[0], "longitude": ALMATY[1]}
_SUMMARY = "/review/summary"
_STALE = "fabcd.1.ne"
"""Button data of a deleted form."""


@dataclass
class Script:
    chats: Chats
    exchanges: Sequence[Exchange]
    work: Work
    texts: Texts
    words: SampleTexts
    unfinished: str = ""

    async def play(self) -> None:
        """Play all scenes, in order: later ones depend on earlier ones."""
        await self.enrol()
        await self.keep_team()
        await self.choose()
        await self.look_around()
        await self.answer_out_of_place()
        await self.change_and_cancel()
        await self.write_first()
        code = await self.report(urgent=True)
        ref = self.last(_REFERENCE)
        await TalkScene(self.chats, self.work, self.words, ref, code).play()
        await self.leave_nothing()
        await seldom_scenes.break_off(self.chats, code, await self._invite(people_service.MODERATOR))
        other_code = await self.report(urgent=False)
        await backfill(self.work, BACKFILLED, language=self.chats.language)
        await seldom_scenes.tell_apart(self.work)
        await self.moderate(ref, code)
        await DeskScene(self.chats, self.work, self.words, await self._ref(Status.NEW)).play()
        await self.look_at_others()
        await self.withdraw(code)
        await seldom_scenes.block(self.chats, self.work)
        await seldom_scenes.meet_limits(self.chats, self.work)
        await seldom_scenes.tell_unasked(self.chats, self.work)
        await common_scenes.translate(self.chats, self.work)
        await common_scenes.link_persons(self.chats, self.work)
        await self.end(other_code)
        await self.bring_forms()
        await self.share()
        await self.bring_forms()
        await common_scenes.decide(self.chats, self.work)
        await common_scenes.export(self.chats)
        await seldom_scenes.look_into_archive(self.chats, self.work)
        await self.say_the_rest()

    # --- the reporter

    async def look_around(self) -> None:
        chats = self.chats
        await chats.act(REPORTER, "/help", "/privacy", Act("privacy"), "/cancel", "/status", "/withdraw")
        await chats.act(REPORTER, "/nonsense", "/status 1", f"/status {UNKNOWN_CODE}")
        await chats.edit(REPORTER, self.words.short)
        await chats.tap(REPORTER, _STALE, "?", label=self.label("flow.next"))
        # In a bot of one language, an invalid invitation leads to the first question.
        await chats.act(
            REPORTER, f"/start {'1' * 32}", "/panic", "/language", Act("language", chats.language)
        )
        await chats.join_group()

    async def begin(self) -> None:
        await self.chats.say(REPORTER, "/start")

    async def answer_out_of_place(self) -> None:
        chats, big = self.chats, {**DOCUMENT, "file_size": 30_000_000}
        await self.begin()
        await chats.send(REPORTER, "👤", contact={"phone_number": "1", "first_name": "A"})
        await chats.send(REPORTER, "📍", location=_LOCATION)
        await chats.send(REPORTER, "📍 …", location=_LOCATION | {"live_period": 60})
        await chats.send(REPORTER, "🎲", dice={"emoji": "🎲", "value": 1})
        await chats.fill(REPORTER, Respondent(), until_consent=True)
        await chats.send(REPORTER, f"📄 {self.words.file}.pdf, 30 MB", document=big)
        await chats.say(REPORTER, "/nonsense", "/report")

    async def write_first(self) -> None:
        """Write and send before consent, more than is held and for longer, and agree."""
        chats, words = self.chats, self.words
        await chats.say(REPORTER, words.short)
        await chats.send(REPORTER, f"📄 {words.file}.pdf", document=DOCUMENT)
        await seldom_scenes.forget_held(self.work)
        await chats.say(REPORTER, "/report", *[words.short] * (drafting.MOST_HELD + 1))
        await chats.fill(REPORTER, Respondent(), until_consent=True)
        await chats.do(REPORTER, events.Cancel(sure=True))

    async def change_and_cancel(self) -> None:
        chats = self.chats
        await chats.act(REPORTER, "/language", Act("language", chats.language))
        await chats.act(REPORTER, "/cancel", events.Cancel(sure=True))
        await self.begin()
        await chats.say(REPORTER, "/panic")
        await self.begin()
        await chats.do(REPORTER, events.Next(), events.Pick(1))

    async def leave_nothing(self) -> None:
        chats, respondent = self.chats, self.respondent(urgent=True)
        for until in ("", "when"):
            await self.begin()
            await chats.fill(REPORTER, respondent, until_consent=True)
            await chats.do(REPORTER, events.LeaveNothing(on=True))
            await chats.fill(REPORTER, respondent, until=until)
            shown = (events.Reveal(on=True), events.Reveal(on=False)) if not until else ()
            await chats.do(REPORTER, *shown, events.Cancel(), events.Remind(on=True))
            await seldom_scenes.be_silent(self.work)
            await chats.remind(REPORTER, "⏰")
            await chats.act(REPORTER, Newest("resume"))
            await chats.tap(
                REPORTER, *[Newest("sendnow")] if until else [chats.shown(Newest("panicnow"))] * 2
            )
        await chats.tap(REPORTER, Act("clear"))
        self.unfinished = self.last(_REFERENCE)
        await seldom_scenes.make_older(self.work, self.unfinished)

    async def report(self, *, urgent: bool) -> str:
        """Submit a report and return its receipt code. An urgent one uses the longer form."""
        chats, respondent = self.chats, self.respondent(urgent=urgent)
        await self.begin()
        await chats.fill(REPORTER, respondent)
        for attempt in ((events.Extend(),), (events.Edit(), events.Goto(0))) if urgent else ():
            await chats.do(REPORTER, *attempt)
            await chats.fill(REPORTER, respondent)
        await chats.act(REPORTER, self.words.short, events.Submit())
        code = self.last(_CODE)
        await seldom_scenes.prove_code(chats, self.work)
        if not urgent:
            await self.add_something(code)
            await chats.act(REPORTER, Newest("nocode"))
        await chats.act(REPORTER, Act("clear"), code, f"/status {code}")
        return code

    async def add_something(self, code: str) -> None:
        shown = f"📄 {self.words.file}.pdf"
        await self.chats.act(REPORTER, f"/status {code}", Newest("cadd"))
        await self.chats.put_file(REPORTER, shown)
        await self.chats.say(REPORTER, self.words.short)
        await self.chats.put_file(REPORTER, shown, self.words.short)
        await self.chats.do(REPORTER, events.Next(), events.Skip(), events.Submit())

    def respondent(self, *, urgent: bool) -> Respondent:
        asked = self.work.forms["report"].by_role["urgent"]
        return Respondent({asked.path: Chosen(("yes" if urgent else "no",))}, words=self.words)

    async def withdraw(self, code: str) -> None:
        ask, status = f"/withdraw {code}", f"/status {code}"
        await self.chats.act(REPORTER, Newest("cadd"), ask, Act("keep"), ask, Newest("withdraw"), status)

    # --- the moderators

    async def enrol(self) -> None:
        (alias, role), (other, other_role) = TEAM[MODERATOR], TEAM[COLLEAGUE]
        await self.chats.say(MODERATOR, f"/start {await self._invite(role)}", "@", "Ayan", alias)
        await common_scenes.spend_first_hour(self.chats, self.work)
        await self.chats.say(MODERATOR, "/queue", "/next", "/export csv")
        token = await self._invite(other_role)
        await self.chats.say(COLLEAGUE, f"/start {token}", alias, other, f"/start {token}", "/team")

    async def keep_team(self) -> None:
        act, alias = partial(self.chats.act, MODERATOR), TEAM[COLLEAGUE][0]
        await act("/team", "/invite", "/invite ?", "/invite analyst 1000", Act("minvite"))
        await act(Act("minvite", "analyst"), Act("minvite", "analyst", "1"), "/invite translator 72")
        await self.chats.say(REPORTER, f"/start {await self._invite(people_service.MODERATOR)}")
        voided = self.chats.shown(Newest("mvoid"))
        await self.chats.tap(MODERATOR, Act("minvites"), voided, voided)
        await act("/revoke", "/revoke ?", f"/revoke {alias}")
        await self.chats.tap(MODERATOR, self.chats.shown(Newest("mrevokeyes")).replace("yes", "", 1))
        await act(Act("mkeep"), Act("minvites"), Act("mvoidall"), Act("minvites"), Act("mteam"))
        await act(Newest("mmember"), Newest("mrevoke"), Newest("mrevokeyes"), Act("mmember", "?"))

    async def choose(self) -> None:
        own, news, quiet = Act("mmenu", "own"), Act("mnews", "new"), Act("mquiet", "22")
        act = partial(self.chats.act, MODERATOR)
        await act("/menu", own, Act("mmenu"), Act("mdo", "settings"), Act("mlanguage"), Act("mquiet"), quiet)
        await act(Act("mquiet", "22", "8"), Act("mdigest"), Act("mdigest", "9"), news, news, Act("msettings"))
        await act(Act("mquiet", "never"), Act("mdigest", "never"))

    async def say_the_rest(self) -> None:
        """Write the team's commands that no scene has written and that need no argument."""
        said = {one.sent.words.split()[0] for one in self.exchanges if one.sent.words.startswith("/")}
        names = [name for name in MENU.moderators if name not in MENU.arguments]
        await self.chats.say(MODERATOR, *(f"/{name}" for name in names if f"/{name}" not in said))

    async def _invite(self, role: str) -> str:
        async with self.work.write() as unit:
            return await people_service.invite(unit, role)

    async def moderate(self, ref: str, code: str) -> None:
        chats, opened, status = self.chats, f"/open {ref}", f"/status {code}"
        act = partial(chats.act, MODERATOR)
        await act("/queue", Act("mlist", str(QUEUE), "n8"))
        await common_scenes.look_at_lists(chats, self.work, MODERATOR)
        await act("/help", "/help open", "/help 1", "/team", "/open 1")
        chats.loses_answers = True
        await act(Act("mopen", ref))
        await seldom_scenes.look_at_files(chats, self.work, ref)
        chats.loses_answers = False
        await chats.say(REPORTER, status)
        await chats.say(COLLEAGUE, opened, f"/release {ref}", f"/open {await self._ref(Status.NEW)}")
        await self.write_version(ref)
        await act(Act("mpreview", ref))
        await chats.tap(MODERATOR, Act("mwords", ref, "0-9"), label=self.label("moderator.words.confirm"))
        await self.leave_words_out(MODERATOR, ref)
        await act(Newest("mnames", ref), Act("mprose", ref))
        await chats.tap(MODERATOR, Act("mapprove", ref, "9"), label=self.label("moderator.approve.confirm"))
        await chats.tap(MODERATOR, Act("mapprove", ref, "1"), chats.shown(Newest("mapprove", ref)))
        await chats.say(REPORTER, status)
        await act(opened, Act("mkeep"), Act("mreopen", ref), Act("mreopen", ref), Act("mrelease", ref))
        reason = REJECTION_REASONS[0]
        await act(f"/release {ref}", opened, Act("mreopen", ref), Act("mask", ref), Act("mreject", ref, "?"))
        await act(Act("mreject", ref, reason), Act("mrejectyes", ref, reason))
        await chats.say(REPORTER, status)
        await act(opened)
        await self.look_back(ref)

    async def look_back(self, ref: str) -> None:
        """Look at exports, statistics, the audit log and country updates."""
        act, language, half = partial(self.chats.act, MODERATOR), self.chats.language, "2026-01_2026-06"
        await act("/export", "/export ?", "/export csv ?", "/export csv 1991-12-16 1991-12-16")
        await act(Act("mexport", "csv", "all"), Act("mnext"), "/stats", "/stats ?")
        await act("/audit", f"/audit {ref}", "/audit ?", "/audit verify", Act("mauditby"))
        await act(Act("maudit", "all", "b40"), Act("maudit", "all", "a1"), Act("mverify"))
        await act(f"/audit {TEAM[MODERATOR][0]}", Act("mstats", "months"), Act("mpicture", "weeks", "all"))
        await act("/country_update", "/country_update ?", Act("mupdate", "2026-01", "2026-06"))
        await act(Act("mupdatein", half, language), Act("mupdateas", f"{half}_{language}", "md"))
        await act(Act("mupdatemake", f"{half.replace('_', ':')}:{language}:md"))
        await self.write_for_updates(half, language)

    async def write_for_updates(self, half: str, language: str) -> None:
        """Write the organisation's own texts of country updates, replace one and leave it out."""
        chats, own = self.chats, f"{half}_{language}"
        await chats.act(MODERATOR, Act("mupdatein", half, f"{language}_full"))
        for part in OwnPart:
            asked = said_last(await chats.tap(MODERATOR, Act("mupdateown", own, part)))
            for words in ("Askhat Nurlanuly Bekov", "a" * (MOST_LETTERS + 1)):
                await chats.reply(MODERATOR, words, asked)
        await chats.act(MODERATOR, Act("mupdateown", own, "context"), Act("mupdateno", own, "context"))

    async def leave_words_out(self, holder: int, ref: str) -> None:
        await self.chats.tap(holder, Act("mleave", ref, "99"), label=self.label("moderator.words.leave_out"))

    async def write_version(self, ref: str) -> None:
        chats, other = self.chats, await self._ref(Status.NEW)
        await chats.act(
            MODERATOR, Act("mpreview", ref), Act("medit", ref), f"/approve {ref}", f"/edit {other}"
        )
        await chats.act(MODERATOR, f"/start {await self._invite('admin')}")
        told = Written((TextPart(self.label("gallery.sample.giveaways")),))
        while await chats.filling(MODERATOR):
            await chats.fill(MODERATOR, Respondent({_SUMMARY: told}, words=self.words))
            await chats.do(MODERATOR, events.Submit())
        await chats.act(MODERATOR, Act("medit", ref), "R1, C1", "24.1.2", "2 адам, ?", "/report", "/cancel")
        await chats.do(MODERATOR, events.Cancel(sure=True))
        await chats.tap(MODERATOR, _STALE, label=self.label("flow.next"))

    async def look_at_others(self) -> None:
        act, language = partial(self.chats.act, COLLEAGUE), self.chats.language
        for use in ("share_trusted", "statistics_only", "publish_no_names"):
            for ref, holder in await proposed(self.work, use):
                await self.chats.say(holder, f"/approve {ref}")
                await self.leave_words_out(holder, ref)
        await act(f"/open {self.unfinished}", "/next", "/next", "/open", "/language")
        await act(Act("language", language), Act("begin", language))
        await act(f"/edit {await self._ref(Status.NEW)}", events.Cancel(sure=True))

    async def end(self, code: str) -> None:
        ((ref, holder),) = await proposed(self.work, "share_trusted")
        await seldom_scenes.meet_changed_consents(self.chats, self.work, ref, holder)
        await seldom_scenes.meet_damage(self.chats, self.work, ref, holder)
        await seldom_scenes.outlive(self.chats, self.work, code)
        for command in ("/open", "/search"):
            await self.chats.say(MODERATOR, f"{command} {await self._ref(Status.WITHDRAWN)}")
        await self.chats.act(MODERATOR, f"/revoke {TEAM[COLLEAGUE][0]}", Newest("mrevokeyes"))
        alone = await self._ref(Status.NEW)
        await self.chats.act(MODERATOR, Act("mhand", alone), Act("mrelease", alone), "/team")
        await self.chats.say(COLLEAGUE, "/queue")

    async def share(self) -> None:
        act, why = self.chats.act, f"{self.words.short} {self.words.short}"
        await act(MODERATOR, "/share")
        await act(COLLEAGUE, f"/start {await self._invite(people_service.ADMIN)}", TEAM[COLLEAGUE][0])
        await act(MODERATOR, "/share", "/share ?", "/share names csv 1991-12-16 1991-12-16")
        await act(MODERATOR, Act("mshare", "stories"), Act("mshareof", "stories", "csv-all"))
        number = await self._ask_for("1", why)
        await act(COLLEAGUE, "/share")
        await act(MODERATOR, Act("mconfirm", number))
        await act(COLLEAGUE, Act("mlook", number), Act("mconfirm", number))
        pin = self.chats.shown(Newest("mconfirm", number)).rpartition(".")[2]
        await act(COLLEAGUE, Act("mconfirm", number, pin), Act("mmake", number))
        await act(MODERATOR, Act("mlook", number), Act("mmake", number), Act("mmake", number))
        for scope, decider in (("names", COLLEAGUE), ("trusted", MODERATOR)):
            await act(MODERATOR, f"/share {scope} jsonl 2020-01-01")
            number = await self._ask_for(why)
            await act(decider, Act("mlook", number), Act("mdecline", number))

    async def bring_forms(self) -> None:
        """Bring forms: as the only administrator, then with a colleague who declines one and puts another into force."""
        await self.chats.act(MODERATOR, "/forms")
        for name, size in (("form.pdf", 1), ("form.xlsx", 60_000_000), ("form.xlsx", 1)):
            await self._send_form(name, size)
        async with self.work.read() as unit:
            if not await forms_service.uploads(unit):
                return
        await self._read_form(None, "survey, row 7, column type: The type `txt` is not known.")
        own = self.work.forms[REPORT_FORM]
        first, last = own.children[0], next(one for one in own.questions if one.privacy is Privacy.SEALED)
        new = replace(last, name="another", path=f"/{own.name}/another", label=dict.fromkeys(last.label, "…"))
        changed = replace(first, appearance="changed")
        await self._bring(replace(own, children=(changed, *own.children[2:], new)), "mformend")
        row = await self._bring(replace(own, id="another"), "mformyes")
        before = self.work.forms
        await self.work.read_forms()
        act, attempt, cancel = (
            partial(self.chats.act, MODERATOR),
            Act("mformtry", row),
            events.Cancel(sure=True),
        )
        await act("/forms", Act("mform", row), attempt, cancel, attempt)
        await self.chats.fill(MODERATOR, Respondent())
        await act(events.Submit(), "/report", Newest("form"), attempt, cancel)
        await act(Act("mformend", row), Act("mform", row))
        self.work.forms = before

    async def _send_form(self, name: str, size: int) -> None:
        file = {**DOCUMENT, "file_name": name, "file_size": size}
        await self.chats.reply(MODERATOR, "", self.label("moderator.forms.ask"), f"📄 {name}", document=file)

    async def _bring(self, form: Form, decision: str) -> str:
        """Bring a form, and decide on it as a colleague. Returns the id of its row."""
        await self._send_form("form.xlsx", 1)
        await self._read_form(form)
        row = self.chats.shown(Newest("mform")).split(".")[1]
        for one in ("mform", "mformask", "mformyes"):
            await self.chats.act(MODERATOR, Act(one, row))
        await self.chats.act(COLLEAGUE, "/forms", Act("mform", row), Act(decision, row, form.digest))
        return row

    async def _read_form(self, form: Form | None, *said: str) -> None:
        async with self.work.read() as unit:
            ((row_id, *_),) = await forms_service.uploads(unit)

        read = partial(forms_chat.tell_read, row_id=row_id, form=form, problems=said)
        await seldom_scenes.tell(self.chats, "📄", read)

    async def _ask_for(self, *reasons: str) -> str:
        """Give reasons for sharing, and return the number of the request."""
        for why in reasons:
            await self.chats.reply(MODERATOR, why, self.label("moderator.sharing.why"))
        return self.last(_REQUEST)

    # --- lookups

    def label(self, key: str) -> str:
        return self.texts.text(self.chats.language, key)

    def last(self, pattern: re.Pattern[str]) -> str:
        """Last match in the bot's messages. Raises LookupError if there is none."""
        for exchange in reversed(self.exchanges):
            for said in exchange.said:
                if match := pattern.search(said.html):
                    return match.group()
        raise LookupError(pattern.pattern)

    async def _ref(self, status: Status) -> str:
        async with self.work.read() as unit:
            query = select(Report.ref).where(Report.status == status).order_by(Report.submitted_hour)
            return (await unit.session.scalars(query)).first() or ""


async def proposed(work: Work, use: str) -> Sequence[tuple[str, int]]:
    """The oldest claimed report of this consent with a public version, if any, and its holder's chat."""
    chats = {alias: chat for chat, (alias, _) in TEAM.items()}
    async with work.read() as unit:
        query = (
            select(Report.ref, Moderator.alias)
            .join(Moderator, Moderator.id == Report.moderator_id)
            .join(PublicVersion, PublicVersion.report_id == Report.id)
            .where(Report.status == Status.CLAIMED, Report.consent_use == use)
            .order_by(Report.submitted_hour)  # ids are random
        )
        found = (await unit.session.execute(query)).first()
    return [] if found is None else [(found[0], chats[found[1]])]
