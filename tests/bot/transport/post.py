"""A sender at work, against the Bot API over HTTP, and what it delivered."""

import asyncio
from dataclasses import dataclass, field

from bot.local_api.client import Phone
from bot.safety.sealing import RingSeal
from bot.transport.call import Attachment, Call, Delivered, GoneError, LostError, QueuedRow
from bot.transport.sender import Sender
from tests.bench import settings

A, B = 1001, 1002
RING = RingSeal(settings().ring)


async def file_named(name: str) -> Attachment:
    """A file by its name, which says what the store has of it."""
    if name == "gone":
        raise GoneError(name)
    if name == "lost":
        raise LostError
    if name == "unreadable":
        raise FileNotFoundError(name)
    return name, b"content", "text/plain"


async def owes(_row: QueuedRow) -> bool:
    """Everything is still owed."""
    return True


def hash_of(chat: int) -> bytes:
    """By which hash a chat is known."""
    return str(chat).encode()


@dataclass
class Post:
    """A sender and what it delivered so far; rows are numbered as the database would."""

    sender: Sender
    done: list[Delivered] = field(default_factory=list)
    rows: int = 0

    def row(self, chat: int, text: str, *, step: int | None = None, report: str | None = None) -> QueuedRow:
        """A message that is owed."""
        return self.owed(chat, Call("sendMessage", {"chat_id": chat, "text": text}), step, report)

    def owed(self, chat: int, call: Call, step: int | None = None, report: str | None = None) -> QueuedRow:
        """A call that is owed."""
        self.rows += 1
        row = QueuedRow(self.rows, hash_of(chat), self.rows, b"", step, report, hour=1, stay=0)
        row.payload = call.dump(RING, row)
        return row

    async def until(self, count: int) -> list[Delivered]:
        """Wait until so many rows are done with in all."""
        async with asyncio.timeout(20):
            while True:
                self.sender.news.clear()
                self.done += self.sender.drain().delivered
                if len(self.done) >= count:
                    return self.done
                await self.sender.news.wait()


def texts_of(phone: Phone) -> list[str]:
    """What the bot said, in its order."""
    return [bubble.text for bubble in phone.messages if not bubble.mine]


async def heard(phone: Phone, count: int) -> list[str]:
    """What the bot said, once it has said so much."""
    await phone.until(lambda: len(texts_of(phone)) >= count)
    return texts_of(phone)


def photo(name: str) -> Call:
    """A file that is owed as a photo."""
    params = {"chat_id": A, "caption": "R1", "protect_content": True}
    return Call("sendPhoto", params, {"photo": f"file:{name}"}, otherwise="R1: not taken")
