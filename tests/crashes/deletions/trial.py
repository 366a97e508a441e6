"""One run: a Telegram that fails, a bot that is killed, people, and what is left of it all on disk."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.demo import TOKEN, USERNAME
from bot.form.answers import Chosen, FileKind
from bot.local_api.client import ShownMessage, picture
from bot.local_api.server import LocalBotApi
from bot.settings import Settings
from tests.crashes.asked import AskedPhone
from tests.crashes.deletions.opening import Disk
from tests.crashes.deletions.others import THEIRS
from tests.crashes.deletions.people import Desk, Quitter
from tests.crashes.deletions.standing import Standing, standing
from tests.crashes.line import Doom, Line
from tests.crashes.lives import KilledBot, Lives
from tests.crashes.reporters import Sent, Told, told

FASTER = float(os.environ.get("KUAGER_TEST_FASTER", "25"))
"""How many times faster time goes for whatever the bot waits for."""
MINUTE = 60 / FASTER
"""Seconds of the outage that takes a minute of the bot's time."""
PATIENCE = 30.0
MODERATOR, REPORTER, ELSEWHERE = 7_000_000_001, 5001, 5002
OTHERS = "Three people were held for an hour at the akimat."
"""What a report says that nobody deletes."""
_HOUR = 3600.0
REPORT_DAYS, IDLE_MINUTES, REPLY_HOURS = 2, 240, 1
SETTINGS: Mapping[str, object] = {
    "poll_seconds": 10,
    "report_days": REPORT_DAYS,
    "rejected_days": 1,
    "idle_minutes": IDLE_MINUTES,
    "shown_minutes": IDLE_MINUTES,
    "reply_hours": REPLY_HOURS,
    "talk_days": 1,
}


class Trial:
    """One run. `destroys`: the report is to be destroyed in it."""

    def __init__(self, seed: int, settings: Settings, folder: Path, begin: Lives, *, destroys: bool) -> None:
        self.chance = random.Random(seed)
        self.destroys = destroys
        self.secret = f"құпия{seed}сөз"
        self.ahead = 0.0
        self.api = LocalBotApi({TOKEN: USERNAME}, lambda: time.time() + self.ahead)
        self.bot = KilledBot(begin, settings, folder / "bot.log", FASTER)
        self.line = Line(self.api, settings.poll_seconds / FASTER, self.bot.kill)
        self.bot.before_death = self.line.note_death
        self.disk = Disk(settings, folder)
        self.settings, self.folder = settings, folder
        self._others_keys = self._data_keys()
        self._others = self._ids()
        self.disk.note_before()
        self._reports = self.disk.number("SELECT count(*) FROM reports")
        self._doomed: set[object] = set()
        self._known: set[int] = set()
        self._watching: asyncio.Task[None] | None = None
        self._killing: list[asyncio.Task[None]] = []
        self._wrapped: list[bytes] = []
        self.refused: set[int] = set()
        self.stood: list[Standing] = []

    # --- who takes part

    async def start(self) -> None:
        """Everything begins to run."""
        await self.api.start()
        await self.line.start()
        self.bot.start(self.line.url)
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """All of it ends."""
        tasks = [*self._killing, *([self._watching] if self._watching else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self.bot.stop()
        finally:
            await self.line.stop()
            await self.api.stop()

    @asynccontextmanager
    async def reporter(
        self, after: int | None = None, user_id: int = REPORTER, *, asks: bool = False
    ) -> AsyncIterator[Quitter]:
        """Somebody who tells the secret, and stops after so many acts. `asks`: agrees to be asked in any case."""
        tells = self._tells()
        if asks:
            tells.chosen["consent_ask"] = Chosen(("yes",))
        async with AskedPhone(self.api.url, user_id, tells.language, patience=PATIENCE) as phone:
            yield Quitter(phone, tells, after)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """The moderator, whom the bot may write to."""
        async with AskedPhone(self.api.url, MODERATOR, Desk.LANGUAGE, patience=PATIENCE) as phone:
            await phone.say("/help")
            await phone.wait()
            yield Desk(phone)

    def _tells(self) -> Told:
        tells = replace(told(self.chance.randrange(1000)), files=(), voice=None)
        tells.parts = (f"{tells.parts[0]} {self.secret}", *tells.parts[1:])
        if self.chance.random() < 0.1:
            tells.files = (Sent(FileKind.PHOTO, picture(self.secret), "photo.png", "image/png"),)
        return tells

    def ref(self) -> str:
        """The reference of the report that was sent."""
        others = "SELECT ref FROM reports ORDER BY submitted_hour LIMIT 1"
        return str(self.disk.query(others)[0][0])

    # --- what fails

    def disturb(self) -> None:
        """Let some things fail while somebody reports, as they do on any day."""
        if self.chance.random() < 0.5:
            self._fail("sendMessage", drop="after", count=2, chance=0.3)
        if self.chance.random() < 0.3:
            self.line.dooms.append(Doom(self.chance.randint(5, 30), before=self.chance.random() < 0.5))

    def arm(self, *chats: int) -> None:
        """Let Telegram fail and the bot die from now on, while it deletes what stands in these chats."""
        self._note_keys()
        self.line.dooms.clear()
        self.api.control.failures.clear()
        chance = self.chance
        if chance.random() < 0.35:
            method = chance.choice(["*", "*", "deleteMessages", "sendMessage"])
            self._fail(method, code=502, seconds=MINUTE)
        for method in ("sendMessage", "deleteMessage", "deleteMessages", "editMessageText", "*"):
            if chance.random() < 0.3:
                lost = chance.choice(["before", "after", "after"])
                self._fail(method, drop=lost, count=chance.randint(1, 3), chance=chance.choice([0.5, 1.0]))
        if chance.random() < 0.2:
            self._fail("*", retry_after=1)
        for chat_id in chats:
            self._refuse_some(chat_id)
        for _ in range(chance.randint(1, 3)):
            self.line.dooms.append(Doom(chance.randint(1, 12), before=chance.random() < 0.4))
        for _ in range(chance.randint(0, 2)):
            self._later(chance.uniform(0, 0.4), self._kill)
        if chance.random() < 0.3:
            gone = chance.uniform(0.02, MINUTE / 4)
            self._later(chance.uniform(0, 0.3), lambda: self.line.be_gone(gone))

    def _refuse_some(self, chat_id: int) -> None:
        """One or two messages of a chat are not deleted: for a moment, or as long as it takes."""
        chat = self.api.accounts[TOKEN].chats[chat_id]
        if self.chance.random() < 0.35:
            for number in self.chance.sample(sorted(chat.messages), min(2, len(chat.messages))):
                lasts: dict[str, object] = self.chance.choice([{"count": 1}, {"seconds": 60.0}])
                self.refused.add(number)
                words = "Bad Request: message can't be deleted"
                for method in ("deleteMessage", "deleteMessages"):
                    self._fail(method, code=400, description=words, message_id=number, **lasts)

    def _fail(self, method: str, **how: object) -> None:
        self.api.control.failures.add({"method": method, **how})

    async def _kill(self) -> None:
        self.bot.kill()

    def _later(self, seconds: float, do: Callable[[], Any]) -> None:
        async def act() -> None:
            await asyncio.sleep(seconds)
            await do()

        self._killing.append(asyncio.create_task(act()))

    async def pass_hours(self, hours: float) -> None:
        """So many hours pass in Telegram and here; the bot is killed at their end."""
        self.ahead += hours * _HOUR
        self.bot.ahead = self.ahead
        self.bot.kill()

    # --- what is left

    async def _watch(self) -> None:
        """Learn which messages the bot knows of; what it knew for less than a moment it may not have known."""
        while True:
            self._known |= self.disk.known_messages()
            await asyncio.sleep(0.04)

    async def settle(self, *, destroyed: bool = True) -> None:
        """Wait until the bot owes nothing, and has destroyed what it is to destroy. What was to fail by then has failed."""
        await asyncio.gather(*self._killing)
        self._killing.clear()
        deadline = time.monotonic() + PATIENCE
        quiet = 0
        while quiet < 3:
            quiet = 0 if (owed := self._owed(destroyed=destroyed)) else quiet + 1
            assert time.monotonic() < deadline, f"owed: {owed}; the bot:\n{self.bot.log}"
            await asyncio.sleep(0.02)
        self.line.dooms.clear()

    def _owed(self, *, destroyed: bool) -> dict[str, int]:
        asked = {
            "answers": "SELECT count(*) FROM outbox",
            "updates": "SELECT count(*) FROM waiting_updates",
            "reminders": "SELECT count(*) FROM take_backs",
            "erasures": "SELECT count(*) FROM erasures",
            "files": "SELECT count(*) FROM files WHERE status IN ('doomed', 'pending')",
            "notices": "SELECT count(*) FROM reports WHERE NOT announced AND status = 'new'",
            "notices of what was told": "SELECT count(*) FROM reports WHERE untold",
            "notices of what came back": "SELECT count(*) FROM reports WHERE returned",
            "notices to reporters": "SELECT count(*) FROM ways_back WHERE asked",
        }
        found = {name: self.disk.number(question) for name, question in asked.items()}
        idle = (time.time() + self.ahead) // 60 - IDLE_MINUTES
        found["shown"] = self.disk.number("SELECT count(*) FROM shown_chats WHERE touched < ?", idle)
        silent = "SELECT count(*) FROM drafts WHERE kind = 'reply' AND touched_hour < ?"
        found["replies"] = self.disk.number(silent, (time.time() + self.ahead) // _HOUR - REPLY_HOURS)
        found["unread"] = len(self.api.accounts[TOKEN].updates)
        found["keys"] = len(self._data_keys() & self._doomed) if destroyed else 0
        return {name: number for name, number in found.items() if number}

    def _data_keys(self) -> set[object]:
        """The ids of the data keys of reports, drafts and ways back."""
        tables = ("reports", "drafts", "ways_back")
        held = " UNION ".join(f"SELECT data_key_id FROM {table}" for table in tables)  # noqa: S608 - names of ours
        return {row[0] for row in self.disk.query(held)} - {None}

    def _ids(self) -> dict[str, set[object]]:
        """The ids of what belongs to the talks."""
        return {name: {row[0] for row in self.disk.query(asked)} for name, asked in THEIRS.items()}

    def _note_keys(self) -> None:
        """Remember the keys that are to be destroyed, and that the report opens as long as they are there."""
        if self.destroys:
            self._doomed = self._data_keys() - self._others_keys
            self._wrapped = self.disk.wrapped_keys(*self._doomed)
        if self.disk.number("SELECT count(*) FROM reports") > self._reports:
            assert self.disk.reads(self.secret, new=True)

    def judge(
        self,
        chat_id: int,
        texts: Mapping[str, str],
        is_harmless: Callable[[ShownMessage], bool] = lambda _: False,
        *,
        is_told: bool = True,
    ) -> None:
        """Nothing stands in a chat but what may."""
        assert self._watching is not None
        assert not self._watching.done()
        chat = self.api.accounts[TOKEN].chats[chat_id]
        shown = [
            ShownMessage(one.id, chat_id, not one.outgoing, one.on_phone(), 0)
            for one in chat.messages.values()
        ]
        unknown = set(self.line.unheard) - self._known
        found = standing(shown, unknown, self.refused, texts, is_harmless, is_told=is_told)
        told = (
            f"the database has known {sorted(self._known)}; refused {sorted(self.refused)}; there stand "
            + "; ".join(
                f"{one.id} {one.text[:40]!r} to {one.raw.get('reply_to_message', {}).get('message_id')}"
                for one in shown
            )
        )
        assert not found.wrong, f"{found}\n{told}\n{self.bot.log}\n{self._calls(chat_id)}"
        self.stood.append(found)

    def _calls(self, chat_id: int) -> str:
        """The calls that concerned a chat, and the deaths, in their order."""
        lines = [f"{at:.2f} the bot died" for at in self.line.deaths]
        for call in self.api.control.calls.calls(0):
            if str(call["chat_id"]) == str(chat_id):
                result = call["result"]
                got = result.get("message_id") if isinstance(result, dict) else result
                named = {k: v for k, v in call["params"].items() if k.startswith("message_id")}
                lines.append(f"{call['at'] - self.ahead:.2f} {call['method']} {named} {call['code']} {got}")
        return "\n".join(sorted(lines))

    def die_when_said(self) -> None:
        """Kill the bot at the moment at which a phone reads that all is deleted: no key of it is left by then."""
        self.bot.kill()
        assert not self.disk.holds_piece_of(self._wrapped)

    async def finish(self) -> None:
        """What was destroyed does not open; what was not does."""
        await self.settle()
        await self.bot.stop()
        assert self.disk.reads(OTHERS)
        left = self._ids()
        assert {name: len(ids - left[name]) for name, ids in self._others.items()} == dict.fromkeys(left, 0)
        if self.destroys:
            assert not self.disk.reads(self.secret, new=True)
            assert not self.disk.holds_piece_of(self._wrapped)

    def told_of(self) -> str:
        """The run in a line: of what stands in each chat, how much is neutral, refused, and unknown."""
        parts = [f"{one.neutral}/{one.refused}/{one.unknown}" for one in self.stood]
        return f"{self.bot.deaths} deaths, {self.line.calls} calls, stood {' '.join(parts)}"
