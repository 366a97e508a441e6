"""A card that is read through: its pages and what its buttons put in its place."""

from dataclasses import dataclass

from bot.chat.screens.callback import Act
from bot.demo.people import MODERATOR
from bot.demo.walk.chats import Chats
from bot.demo.walk.words import Words
from bot.services.desk import claims
from bot.services.reports.talk import words as talk
from bot.work import Work

_LONG = 4500
"""Characters, more than a message has room for."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A moderator with the card of the report `ref`, whose reporter has told much; `words` are what people write."""

    chats: Chats
    work: Work
    words: Words
    ref: str

    async def play(self) -> None:
        """All of it, in order."""
        async with self.work.write() as unit:
            report = await claims.find(unit, self.ref)
            told = talk.Words(self.words.story(_LONG), hour=unit.hour)
            await talk.add(unit, report, told, from_reporter=True)
        await self.chats.say(MODERATOR, f"/open {self.ref}")
        await self.turn("c1", "c0")
        await self.chats.tap(MODERATOR, Act("mplace", self.ref), label=self.label("moderator.place.show"))
        await self.chats.tap(MODERATOR, Act("mrelease", self.ref))

    def label(self, key: str) -> str:
        """The words of a button, which this report's card may lack."""
        return self.chats.texts.text(self.chats.language, key)

    async def turn(self, *places: str) -> None:
        """Turn the card to these places."""
        await self.chats.tap(MODERATOR, *(Act("mcard", self.ref, place) for place in places))
