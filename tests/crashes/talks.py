"""Talks in which calls fail and the bot is killed at each step: the people, what they do, and what came of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from bot.demo import TOKEN
from bot.desk.people import service as people_service
from bot.form.model import Form
from bot.local_api.client import Phone, ShownMessage, picture
from bot.reports.talk import messages
from bot.settings import Settings
from bot.store.unit import UnitOfWork
from db.engine import Database
from db.models import Report
from tests.bench import Bench
from tests.bot.safety.cleaning.planted import pdf
from tests.bot.safety.cleaning.recorded import recording
from tests.crashes.asked import AskedPhone
from tests.crashes.deletions.trial import PATIENCE, Trial
from tests.crashes.line import Doom
from tests.crashes.lives import Lives
from tests.crashes.reporters import TEXTS

REPORTER, NEIGHBOUR, ELSEWHERE = 5001, 5002, 5003
OWN, TOLD, MORE = "Кто ещё сорока видел?", "Сорока на крыше", "Сорока белобока"
SHARE = 0.3
"""Of all calls."""


def word(key: str, **arguments: str | int) -> str:
    """A text of the catalogue."""
    return TEXTS.text("ru", key, arguments)


class Talk(Trial):
    """One run: two moderators, a reporter who agreed to be asked and has another account, and somebody who has nothing to do with it."""

    def __init__(self, seed: int, settings: Settings, folder: Path, begin: Lives) -> None:
        super().__init__(seed, settings, folder, begin, destroys=False)
        self.code = self.ref_ = self.id = ""
        self.desks: list[int] = []
        self.forms: Mapping[str, Form] = {}

    async def fill(self, forms: Mapping[str, Form]) -> None:
        """The reports were sent, by people who can be asked."""
        self.forms = forms
        async with self._bench() as bench, bench.write() as unit:
            for alias in ("Aspan", "Teniz"):
                self.desks.append(people_service.address(unit, await bench.moderator(unit, alias)) or 0)
            receipt = await bench.submit(unit, REPORTER)
            self.code, self.ref_, self.id = receipt.code, receipt.report.ref, receipt.report.id
            await bench.submit(unit, NEIGHBOUR)

    @asynccontextmanager
    async def _bench(self) -> AsyncIterator[Bench]:
        database = Database(self.settings.database_url)
        try:
            bench = Bench(database, self.forms, self.settings)
            bench.now = datetime.now(self.settings.zone)
            yield bench
            await database.truncate_log()
        finally:
            await database.close()

    @asynccontextmanager
    async def store(self) -> AsyncIterator[UnitOfWork]:
        """What is stored, read beside the bot."""
        async with self._bench() as bench, bench.read() as unit:
            yield unit

    @asynccontextmanager
    async def phones(self) -> AsyncIterator[Sequence[Phone]]:
        """The moderators' phones, the reporter's two, and the other's."""
        async with AsyncExitStack() as stack:
            phones = [
                await stack.enter_async_context(AskedPhone(self.api.url, one, "ru", patience=3 * PATIENCE))
                for one in (*self.desks, REPORTER, ELSEWHERE, NEIGHBOUR)
            ]
            for phone in phones:
                await phone.say("/help")
                await phone.wait()
            yield phones
            self.api.control.failures.clear()
            await self.settle()

    def hurt(self) -> None:
        """From now on so many calls fail, in three ways, and the bot is killed at one of the next calls, or just now."""
        self.api.control.failures.clear()
        for how in ({"code": 502}, {"drop": "before"}, {"drop": "after"}):
            self._fail("*", chance=SHARE / 3, seconds=600.0, **how)
        self.line.dooms.clear()
        self.line.dooms.append(Doom(self.chance.randint(1, 6), before=self.chance.random() < 0.5))
        if self.chance.random() < 0.3:
            self._later(self.chance.uniform(0, 0.2), self._kill)

    # --- what anybody does

    async def tap(self, phone: Phone, key: str, seen: str = "", **arguments: str | int) -> None:
        """Tap a button in an answer to the last act, at which the bot is hurt."""
        label = word(key, **arguments)

        def has(shown: ShownMessage) -> bool:
            return seen in shown.text and label in {button.label for button in shown.buttons}

        await phone.wait(has)
        self.hurt()
        await phone.tap(label, fresh=True)  # where it stands now: one that came twice is replaced meanwhile

    async def say(self, phone: Phone, said: str) -> None:
        """Write something, at which the bot is hurt."""
        self.hurt()
        await phone.say(said)

    # --- what moderators do

    async def ask(self, desk: Phone, key: str, said: str = "moderator.asked") -> None:
        """/ask, and a ready question."""
        await self.say(desk, f"/ask {self.ref_}")
        await self.tap(desk, key)
        await self.tap(desk, "moderator.ask.flow.send")
        await desk.wait(word(said, ref=self.ref_))

    async def ask_in_own_words(self, desk: Phone, said: str = "moderator.asked") -> None:
        """The same in words of the moderator's own."""
        await self.say(desk, f"/ask {self.ref_}")
        await self.tap(desk, "moderator.ask.own")
        await desk.wait(lambda shown: word("flow.skip") in {button.label for button in shown.buttons})
        await self.say(desk, OWN)
        await self.tap(desk, "flow.done", OWN)
        await self.tap(desk, "flow.skip")
        await self.tap(desk, "moderator.ask.flow.send")
        await desk.wait(word(said, ref=self.ref_))

    async def read(self, desk: Phone, *told: str) -> None:
        """/open, until this stands on the card."""
        await self.say(desk, f"/open {self.ref_}")
        await desk.wait(lambda shown: all(one in shown.text for one in told))

    # --- what the reporter does

    async def open(self, phone: Phone, *asked: str) -> None:
        """By the notice and a part of the code."""
        label = word("reporter.talk.open")
        await phone.wait(lambda shown: label in {one.label for one in shown.buttons}, since=0)
        self.hurt()
        await phone.tap(label)
        part = await phone.wait(word("reporter.talk.part"))
        self.hurt()
        await phone.say(self.code[-4:], reply_to=part.id)
        for one in asked:
            await phone.wait(one)

    async def write(self, phone: Phone, *told: str) -> None:
        """A part of the answer in each message."""
        for part in told:
            await phone.wait(lambda shown: bool(shown.buttons))
            await self.say(phone, part)
            await phone.wait(part)

    async def speak(self, phone: Phone) -> None:
        """A part of the answer by voice."""
        await phone.wait(lambda shown: bool(shown.buttons))
        self.hurt()
        await phone.send_file("voice", recording("ogg", "", "libopus"), "v.ogg", "audio/ogg")
        await phone.wait(word("flow.voices", n=1))

    async def give(self, phone: Phone, album: int, papers: int = 0) -> None:
        """On to the files: photos at once, then documents."""
        await self.tap(phone, "flow.done")
        skip = word("reporter.reply.flow.skip")
        await phone.wait(lambda shown: skip in {button.label for button in shown.buttons})
        if album:
            self.hurt()
            photos = [(picture(str(one)), f"{one}.png", "image/png") for one in range(album)]
            await phone.send_album("photo", photos, album="1")
            await phone.wait(word("flow.files", n=album))
        for number in range(album + 1, album + papers + 1):
            self.hurt()
            await phone.send_file("document", pdf(), "p.pdf", "application/pdf")
            await phone.wait(word("flow.files", n=number))

    async def send(self, phone: Phone) -> None:
        """To the end."""
        await phone.tap(word("flow.done"))
        await self.tap(phone, "reporter.reply.flow.send")
        await phone.wait(word("reporter.reply.sent"))

    # --- what came of it

    async def stored(self, *expected: str, files: Mapping[str, int], waits: bool = False) -> None:
        """All that was said stands in the store once, in its order, with as many files."""
        async with self.store() as unit:
            report = await unit.session.get_one(Report, self.id)
            said = await messages.said(unit, report)
        found = [one.words.text or str(one.words.ready or one.words.sign) for one in said]
        assert found == list(expected)
        assert {one.words.text: len(one.words.files) for one in said if one.words.files} == files
        assert any(one.waits for one in said) is waits

    def stands_in(self, *chats: int) -> dict[int, dict[int, str]]:
        """What of the talk stands in these chats, but for messages of which the bot may not have heard that they arrived."""
        held = self.api.accounts[TOKEN].chats
        found = {
            chat_id: {one.id: str(one.on_phone().get("text", "")) for one in held[chat_id].messages.values()}
            for chat_id in chats
        }
        return {
            chat_id: {
                number: said
                for number, said in shown.items()
                if "орока" in said and (chat_id == NEIGHBOUR or number not in self.line.unheard)
            }
            for chat_id, shown in found.items()
        }
