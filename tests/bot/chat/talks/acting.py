"""The bot beside the model: how people tap and write there, and what it shows them."""

from collections.abc import Sequence

from bot.chat.buttons import Act
from bot.transport.call import Call
from tests.bench import Bench
from tests.bot.chat.chats import Chats
from tests.bot.chat.talks.model import DAYS, WORD, Model, Told
from tests.bot.reports.talking import buttons, onward, said, text


class Acting(Model):
    """A bot and its chats. `calls` are what it has owed since they were last judged, with the chat of whoever had acted; `meanwhile`
    tells in which chat a word was written, or stood, between two taps of an act."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        bench.settings = bench.settings.model_copy(update=DAYS)
        self.bench, self.chats = bench, Chats(bench)
        self.moderators: list[str] = []
        self.screens: dict[int, list[Call]] = {}
        self.calls: list[tuple[int, Call]] = []
        self.meanwhile: dict[str, int] = {}

    async def tick(self) -> None:
        """Note what time it is."""
        async with self.bench.read() as unit:
            self.hour, self.day = unit.hour, unit.day

    async def tap(self, chat: int, act: Act) -> list[Call]:
        """A button that may be stale."""
        return self._heard(chat, await self.chats.tap(chat, act))

    async def tap_data(self, chat: int, data: str) -> list[Call]:
        """A button that was shown."""
        return self._heard(chat, await self.chats.tap_data(chat, data))

    async def say(self, chat: int, words: str) -> list[Call]:
        """A message."""
        return self._heard(chat, await self.chats.say(chat, words))

    async def reply(self, chat: int, words: str, to: str) -> list[Call]:
        """An answer to a message of the bot's."""
        return self._heard(chat, await self.chats.reply(chat, words, to))

    def _heard(self, chat: int, calls: list[Call]) -> list[Call]:
        if chat in self.forms and self.forms[chat].lost:
            del self.forms[chat]
        own = [call for call in calls if call.params.get("chat_id") == chat and "reply_markup" in call.params]
        if any(buttons([call]) for call in own):
            self.screens[chat] = own
        self.calls += [(chat, call) for call in calls]
        return calls

    async def send(self, chat: int, send: str) -> None:
        """On from the words of a form to its end, by whichever of these buttons is there; what is asked again is shown first."""
        for _ in range(4):
            screen = self.screens.get(chat, [])
            data = onward(screen, send)
            if data is None:
                return
            await self.tap_data(chat, data)
            if data == buttons(screen).get(send):
                return

    async def cancel(self, chat: int, sure: str) -> None:
        """/cancel, and Yes."""
        if chat in self.forms:
            await self.say(chat, "/cancel")
        if chat in self.forms:
            await self.tap_data(chat, buttons(self.screens[chat])[text(sure)])
            del self.forms[chat]

    @staticmethod
    def shows(calls: Sequence[Call], report: Told, numbers: set[int]) -> bool:
        """Whether these calls show what was asked by these numbers."""
        shown = said(calls)
        own = [one.says for number, one in enumerate(report.said, 1) if number in numbers]
        return all((word if WORD.fullmatch(word) else text(f"talk.ready.{word}")) in shown for word in own)
