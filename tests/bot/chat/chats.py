"""Private chats with the bot without a network: updates as Telegram sends them, calls as the bot owes them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from telegram import Bot, User

from bot.app.conversations import Conversations
from bot.chat.buttons import Act, encode
from bot.chat.renderer import Renderer
from bot.desk.notices import chat as notices_chat
from bot.reports import approvals
from bot.texts import Texts
from bot.transport.batch import BatchProcessor
from bot.transport.call import Call, Delivered, DeliverySnapshot, QueuedRow
from bot.transport.outbox import Outbox
from tests.bench import Bench

TEXTS = Texts(("kk", "ru", "en"))
BOT = Bot("1:made-up")
BOT._bot_user = User(1, "Kuager", is_bot=True, username="kuager_bot")
"""Made once: each reads the certificates of the whole world anew."""


@dataclass
class Chats:
    """`rows` are what the last batch owed anybody, `last_id` is that of the last message written or tapped."""

    bench: Bench
    renderer: Renderer = field(default_factory=lambda: Renderer(TEXTS))
    numbers: int = 0
    last_id: int = 0
    rows: Sequence[QueuedRow] = ()
    _asked: DeliverySnapshot = field(default_factory=DeliverySnapshot)

    def __post_init__(self) -> None:
        conversations = Conversations(self.renderer)
        self.processor = BatchProcessor(BOT, conversations)

    async def say(self, chat: int, words: str) -> list[Call]:
        """A person writes; what the bot owes anybody for it."""
        return await self.batch(self.written(chat, words))

    async def reply(self, chat: int, words: str, to: str, *, by_bot: bool = True) -> list[Call]:
        """A person replies to a message with the text `to`, of the bot or of their own."""
        return await self.batch(self.replied(chat, words, to, by_bot=by_bot))

    async def tap(self, chat: int, act: Act) -> list[Call]:
        """A person taps a button of an act."""
        return await self.tap_data(chat, encode(act))

    async def tap_data(self, chat: int, data: str) -> list[Call]:
        """A person taps a button with this data."""
        return await self.batch(self.tapped(chat, data))

    async def batch(self, *updates: dict[str, Any], drained: DeliverySnapshot | None = None) -> list[Call]:
        """Updates of one batch; what the bot owes anybody for them."""
        raws = [{"update_id": self.number(), **update} for update in updates]
        async with self.bench.write() as unit:
            self.rows = (await self.processor.process(unit, raws, drained or self._asked)).rows
        # By the next batch its questions have been seen.
        asked = [row for row in self.rows if row.prompt_step is not None]
        self._asked = DeliverySnapshot([Delivered(row, (self.number(),)) for row in asked])
        return [Call.load(self.bench.safe.ring, row) for row in self.rows]

    async def announce(self) -> list[Call]:
        """What the announcer owes the moderators for the reports that came."""
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            reports = await approvals.take(unit, await approvals.waiting(unit))
            await notices_chat.notify_new(notices_chat.Post(self.renderer, unit, outbox), reports)
            await outbox.write()
            self.rows = outbox.rows
        return [Call.load(self.bench.safe.ring, row) for row in self.rows]

    def written(self, chat: int, words: str) -> dict[str, Any]:
        """An update with a text or a command."""
        entities = [{"type": "bot_command", "offset": 0, "length": len(words.split(maxsplit=1)[0])}]
        message = self._message(chat, words)
        self.last_id = message["message_id"]
        return {"message": message | ({"entities": entities} if words[0] == "/" else {})}

    def replied(self, chat: int, words: str, to: str, *, by_bot: bool = True) -> dict[str, Any]:
        """An update with a reply."""
        update = self.written(chat, words)
        author = {"id": 1, "is_bot": True, "first_name": "Kuager"} if by_bot else person(chat)
        update["message"]["reply_to_message"] = self._message(chat, to) | {"from": author}
        return update

    def shared(self, chat: int, kind: str, **what: Any) -> dict[str, Any]:
        """An update with a contact, a place or another thing of this kind in place of words."""
        update = self.written(chat, "…")
        del update["message"]["text"]
        update["message"][kind] = what
        return update

    def tapped(self, chat: int, data: str) -> dict[str, Any]:
        """An update with a tap on a button with this data."""
        query = {"id": "1", "from": person(chat), "chat_instance": "1", "data": data}
        message = self._message(chat, "…")
        self.last_id = message["message_id"]
        return {"callback_query": query | {"message": message}}

    def number(self) -> int:
        """The next id of a message or an update."""
        self.numbers += 1
        return self.numbers

    def _message(self, chat: int, words: str) -> dict[str, Any]:
        date = int(datetime(2026, 11, 25, tzinfo=UTC).timestamp())
        place = {"id": chat, "type": "private"}
        return {
            "message_id": self.number(), "date": date, "chat": place, "from": person(chat), "text": words,
        }  # fmt: skip


def person(chat: int) -> dict[str, Any]:
    """The person of a private chat."""
    return {"id": chat, "is_bot": False, "first_name": "A", "language_code": "en"}


def words(calls: list[Call], chat: int | None = None) -> str:
    """All that is said, to one chat or to anybody."""
    wanted = [call.params for call in calls if chat is None or call.params.get("chat_id") == chat]
    return "\n".join(str(params.get("text") or params.get("caption") or "") for params in wanted)


def buttons(calls: Sequence[Call]) -> list[str]:
    """The data of all buttons."""
    found = json.dumps([call.params.get("reply_markup", {}) for call in calls])
    return [part.split('"')[0] for part in found.split('"callback_data": "')[1:]]
