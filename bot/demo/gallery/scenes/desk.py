"""A report's card: its pages and the screens of its buttons."""

from dataclasses import dataclass

from bot.chat.screens.callback import Act
from bot.demo.people import MODERATOR
from bot.demo.walk.chats import Chats
from bot.demo.walk.words import Words
from bot.services import audit
from bot.services.desk import claims
from bot.services.desk.card import notes
from bot.services.desk.card.notes import LONGEST, MOST_NOTES
from bot.services.desk.people import team
from bot.services.reports.talk import words as talk
from bot.work import Work

_LONG = 4500
"""Characters, more than a message can hold."""


@dataclass(frozen=True, slots=True)
class Desk:
    chats: Chats
    work: Work
    words: Words
    ref: str

    async def play(self) -> None:
        async with self.work.write() as unit:
            report = await claims.find(unit, self.ref)
            told = talk.Words(self.words.story(_LONG), hour=unit.hour)
            await talk.add(unit, report, told, from_reporter=True)
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
            report, (moderator, *_) = await claims.find(unit, self.ref), await team.list_moderators(unit)
            for _ in range(MOST_NOTES):
                await notes.add(unit, moderator, report, self.words.short)
                await notes.toggle(unit, moderator, report, "place")
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
