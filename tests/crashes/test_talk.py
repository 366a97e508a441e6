"""Calls fail and the bot is killed at each step of a talk: what is asked and answered is neither lost nor doubled, reaches nobody else,
and leaves the reporter's chat.

`KUAGER_TEST_RUNS=50 uv run pytest -n 0 -m long tests/crashes/test_talk.py` has fifty talks; `KUAGER_TEST_SEED` is the first. A seed
decides what fails, the machine when."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest

from bot.demo import TOKEN, settings_in
from bot.form.model import Form
from bot.local_api.client import Phone, ShownMessage, picture
from bot.local_api.state.chats import StoredMessage
from bot.services.desk.people import team
from bot.services.reports.talk import words
from bot.settings import Settings
from db.engine import Database
from db.models import DraftRow, Report, WayBack
from tests.bench import Bench, count
from tests.conftest import sqlite_url
from tests.crashes.deletions.trial import PATIENCE, SETTINGS, Trial
from tests.crashes.line import Doom
from tests.crashes.lives import Lives, lives
from tests.crashes.reporters import TEXTS

FIRST = int(os.environ.get("KUAGER_TEST_SEED", "0"))
RUNS = int(os.environ.get("KUAGER_TEST_RUNS", "10"))
REPORTER, NEIGHBOUR = 5001, 5002
OWN, TOLD, MORE = "Кто ещё сорока видел?", "Сорока на крыше", "Сорока белобока"
SHARE = 0.3
"""Of all calls."""


@pytest.fixture(scope="module")
def begin() -> Iterator[Lives]:
    """What begins the bot's lives."""
    with lives() as begun:
        yield begun


class Talk(Trial):
    """One run: two moderators, a reporter who agreed to be asked, and another who has nothing to do with it."""

    def __init__(self, seed: int, settings: Settings, folder: Path, begin: Lives) -> None:
        super().__init__(seed, settings, folder, begin, destroys=False)
        self.code = self.ref_ = ""
        self.desks: list[int] = []

    async def fill(self, forms: Mapping[str, Form]) -> None:
        """The reports were sent, by people who can be asked."""
        database = Database(self.settings.database_url)
        bench = Bench(database, forms, self.settings)
        bench.now = datetime.now(self.settings.zone)
        async with bench.write() as unit:
            for alias in ("Aspan", "Teniz"):
                self.desks.append(team.address(unit, await bench.moderator(unit, alias)) or 0)
            receipt = await bench.submit(unit, REPORTER)
            self.code, self.ref_ = receipt.code, receipt.report.ref
            await bench.submit(unit, NEIGHBOUR)
        await database.truncate_log()
        await database.close()

    def hurt(self) -> None:
        """From now on so many calls fail, in three ways, and the bot is killed at one of the next calls, or just now."""
        self.api.control.failures.clear()
        for how in ({"code": 502}, {"drop": "before"}, {"drop": "after"}):
            self._fail("*", chance=SHARE / 3, seconds=600.0, **how)
        self.line.dooms.clear()
        self.line.dooms.append(Doom(self.chance.randint(1, 6), before=self.chance.random() < 0.5))
        if self.chance.random() < 0.3:
            self._later(self.chance.uniform(0, 0.2), self._kill)

    # --- what people do

    async def lead(self) -> None:
        """Two questions cross an answer, the report passes on, one question is refused, and consent is taken back."""
        async with AsyncExitStack() as stack:
            phones = [
                await stack.enter_async_context(Phone(self.api.url, one, "ru", patience=3 * PATIENCE))
                for one in (*self.desks, REPORTER, NEIGHBOUR)
            ]
            for phone in phones:
                await phone.say("/help")
                await phone.wait()
            first, second, reporter, _ = phones
            await self._ask(first, "moderator.ask.when")
            await self._open(reporter, word("talk.ready.when"))
            await self._answer(reporter)
            await self._ask_in_own_words(first)
            await self._send(reporter)
            await self._read(first)
            await self._pass_on(first, second)
            await self._open(reporter, OWN)
            await self._tap(reporter, "reporter.question.skip")
            await reporter.wait(word("reporter.talk.skipped"))
            await self._take_back(reporter)
            self.api.control.failures.clear()
            await self.settle()

    async def _tap(self, phone: Phone, key: str, seen: str = "", **arguments: str | int) -> None:
        """Tap a button in an answer to the last act, at which the bot is hurt."""
        label = word(key, **arguments)

        def has(shown: ShownMessage) -> bool:
            return seen in shown.text and label in {button.label for button in shown.buttons}

        await phone.wait(has)
        self.hurt()
        await phone.tap(label, fresh=True)  # where it stands now: one that came twice is replaced meanwhile

    async def _say(self, phone: Phone, said: str) -> None:
        self.hurt()
        await phone.say(said)

    async def _ask(self, desk: Phone, key: str) -> None:
        await self._say(desk, f"/ask {self.ref_}")
        await self._tap(desk, key)
        await self._tap(desk, "moderator.ask.flow.send")
        await desk.wait(word("moderator.asked", ref=self.ref_))

    async def _ask_in_own_words(self, desk: Phone) -> None:
        await self._say(desk, f"/ask {self.ref_}")
        await self._tap(desk, "moderator.ask.own")
        await desk.wait(lambda shown: word("flow.skip") in {button.label for button in shown.buttons})
        await self._say(desk, OWN)
        await self._tap(desk, "flow.done", OWN)
        await self._tap(desk, "flow.skip")
        await self._tap(desk, "moderator.ask.flow.send")
        await desk.wait(word("moderator.asked", ref=self.ref_))

    async def _open(self, phone: Phone, asked: str) -> None:
        label = word("reporter.talk.open")
        await phone.wait(lambda shown: label in {one.label for one in shown.buttons}, since=0)
        self.hurt()
        await phone.tap(label)
        part = await phone.wait(word("reporter.talk.part"))
        self.hurt()
        await phone.say(self.code[-4:], reply_to=part.id)
        await phone.wait(asked)

    async def _answer(self, phone: Phone) -> None:
        for part in (TOLD, MORE):
            await phone.wait(lambda shown: bool(shown.buttons))
            await self._say(phone, part)
            await phone.wait(part)
        await self._tap(phone, "flow.done")
        await phone.wait(
            lambda shown: word("reporter.reply.flow.skip") in {button.label for button in shown.buttons}
        )
        self.hurt()
        await phone.send_album(
            "photo", [(picture(one), f"{one}.png", "image/png") for one in "ab"], album="1"
        )
        await phone.wait(word("flow.files", n=2))

    async def _send(self, phone: Phone) -> None:
        label = word("flow.done")
        await phone.tap(label)
        await self._tap(phone, "reporter.reply.flow.send")
        await phone.wait(word("reporter.reply.sent"))

    async def _read(self, desk: Phone) -> None:
        await desk.wait(word("moderator.notice.told", ref=self.ref_), since=0)
        await self._say(desk, f"/open {self.ref_}")
        await desk.wait(f"{TOLD}\n{MORE}")

    async def _pass_on(self, first: Phone, second: Phone) -> None:
        await self._say(first, f"/release {self.ref_}")
        await first.wait(word("moderator.released", ref=self.ref_))
        await self._say(second, f"/open {self.ref_}")
        await second.wait(f"{TOLD}\n{MORE}")

    async def _take_back(self, phone: Phone) -> None:
        await self._say(phone, f"/status {self.code}")
        await self._tap(phone, "reporter.code.never")
        await phone.wait(word("reporter.talk.never.done"))

    # --- what came of it

    async def judge_talk(self, forms: Mapping[str, Form]) -> None:
        """All that was said stands in the store once, in its order; elsewhere none of it does."""
        await self.bot.stop()
        database = Database(self.settings.database_url)
        bench = Bench(database, forms, self.settings)
        async with bench.read() as unit:
            report = await unit.session.get_one(Report, self._id())
            said = await words.said(unit, report)
            found = [one.words.text or one.words.ready or one.words.sign for one in said]
            assert found == ["when", OWN, f"{TOLD}\n{MORE}", "skipped", "no_more"]
            assert [len(one.words.files) for one in said if one.words.text.startswith(TOLD)] == [2]
            assert not [one for one in said if one.open and not one.from_reporter]
            assert (await count(unit, DraftRow), await count(unit, WayBack)) == (0, 1)
        await database.close()
        for chat_id in (REPORTER, NEIGHBOUR):
            left = {one.id: str(one.on_phone().get("text", "")) for one in self._chat(chat_id)}
            unheard = set() if chat_id == NEIGHBOUR else self.line.unheard
            wrong = {
                number: said for number, said in left.items() if "орока" in said and number not in unheard
            }
            assert not wrong, f"{wrong}\n{self.bot.log}"

    def _id(self) -> str:
        return str(self.disk.query(f"SELECT id FROM reports WHERE ref = '{self.ref_}'")[0][0])  # noqa: S608 - ours

    def _chat(self, chat_id: int) -> list[StoredMessage]:
        return list(self.api.accounts[TOKEN].chats[chat_id].messages.values())


def word(key: str, **arguments: str | int) -> str:
    """A text of the catalogue."""
    return TEXTS.text("ru", key, arguments)


async def talk(seed: int, begin: Lives, forms: Mapping[str, Form], migrated: Path, folder: Path) -> None:
    """One talk from its beginning to its end."""
    shutil.copy(migrated, folder / "kuager.db")
    settings = settings_in(folder, "http://127.0.0.1:1", **SETTINGS)
    assert settings.database_url == sqlite_url(folder / "kuager.db")
    run = Talk(seed, settings, folder, begin)
    await run.fill(forms)
    await run.start()
    try:
        await run.lead()
        await run.judge_talk(forms)
    finally:
        await run.stop()
    assert run.bot.deaths >= 5


async def test_nothing_of_a_talk_is_lost_or_doubled_whatever_fails_meanwhile(
    begin: Lives, forms: Mapping[str, Form], migrated_file: Path, tmp_path: Path
) -> None:
    """One talk."""
    await talk(FIRST, begin, forms, migrated_file, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(FIRST + 1, FIRST + 1 + RUNS))
async def test_nothing_is_in_many_talks(
    seed: int, begin: Lives, forms: Mapping[str, Form], migrated_file: Path, tmp_path: Path
) -> None:
    """Each fails elsewhere."""
    await talk(seed, begin, forms, migrated_file, tmp_path)
