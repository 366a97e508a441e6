"""Talk about a submitted report: questions, answers, additions and refusals."""

from dataclasses import dataclass

from bot.chat.screens.callback import Act, encode
from bot.demo.people import MODERATOR, REPORTER
from bot.demo.walk.answering import Respondent
from bot.demo.walk.chats import DOCUMENT, Chats
from bot.demo.walk.words import Words
from bot.form import events
from bot.services.desk import claims
from bot.services.desk.card.asking import MOST_A_DAY, READY
from bot.services.reports.talk import answering
from bot.services.reports.talk.words import Sign
from bot.work import Work

_HIDDEN = "••••"
_OTHER = 1004


@dataclass(frozen=True, slots=True)
class Talk:
    """The talk about report `ref`. `code` is its receipt code."""

    chats: Chats
    work: Work
    words: Words
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
        await chats.tap(MODERATOR, Act("mwaits", "start"))
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
        await chats.tap(MODERATOR, Act("mqueue", "start"), Act("mwaits", "start"))

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
            for sign in (Sign.SAFE, Sign.URGENT) * (answering.MOST_SIGNS_A_DAY // 2 - 1):
                await answering.sign(unit, report, sign)
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
            await answering.sign(unit, report, Sign.LOST)
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
