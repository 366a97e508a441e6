"""Moderators' chats as their phones show them, without a network."""

from collections.abc import Sequence

from bot.chat.buttons import Act
from bot.desk.notices import chat as notices_chat
from bot.transport.call import Call, Delivered, DeliverySnapshot, QueuedRow
from bot.transport.outbox import Outbox
from tests.bot.chat.chats import TEXTS, Chats, words
from tests.bot.chat.moderating import report

ME, OTHER, ADMIN = 5, 6, 7


class Desk:
    """Moderators' chats, as their phones show them: by chat the messages that stand there, with their words."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats
        self.standing: dict[int, dict[int, str]] = {}

    async def say(self, chat: int, said: str) -> list[Call]:
        """A moderator writes, and what is owed arrives."""
        update = self.chats.written(chat, said)
        self._stand(chat, update["message"]["message_id"], said)
        return await self.arrive(await self.chats.batch(update))

    async def tap(self, chat: int, act: Act) -> list[Call]:
        """A moderator taps a button, and what is owed arrives."""
        return await self.arrive(await self.chats.tap(chat, act))

    async def put_away(self, minutes: int = 0) -> list[Call]:
        """So many minutes later the bot looks for what is due, and deletes it."""
        return await self.arrive(await self.due_after(minutes))

    async def due_after(self, minutes: int) -> list[Call]:
        """What the bot owes so many minutes later."""
        self.chats.bench.later(minutes / 60)
        async with self.chats.bench.write() as unit:
            outbox = Outbox(unit)
            await notices_chat.put_away(notices_chat.Post(self.chats.renderer, unit, outbox))
            await outbox.write()
            self.chats.rows = outbox.rows
        return [Call.load(self.chats.bench.safe.ring, row) for row in self.chats.rows]

    async def arrive(self, calls: list[Call]) -> list[Call]:
        """Telegram does what is owed, and it is recorded."""
        delivered = [self._deliver(row, call) for row, call in zip(self.chats.rows, calls, strict=True)]
        if delivered:
            await self.arrive(await self.chats.batch(drained=DeliverySnapshot(delivered)))
        return calls

    def _deliver(self, row: QueuedRow, call: Call) -> Delivered:
        chat, ids = call.params.get("chat_id", 0), tuple[int, ...]()
        for one in call.doomed:
            self.standing.get(chat, {}).pop(one, None)
        if call.method == "editMessageText" and call.params["message_id"] in self.standing[chat]:
            ids = (call.params["message_id"],)
        elif call.shows:
            ids = (self.chats.number(),)
        for one in ids:
            self._stand(chat, one, words([call]))
        return Delivered(row, ids)

    def shows(self, chat: int) -> Sequence[str]:
        """What stands in a chat."""
        return list(self.standing.get(chat, {}).values())

    def _stand(self, chat: int, message_id: int, said: str) -> None:
        self.standing.setdefault(chat, {})[message_id] = said


PUT_AWAY = TEXTS.text("en", "moderator.put_away")


def held(*refs: str) -> str:
    """What is said where all was put away."""
    return TEXTS.text("en", "moderator.put_away.held", {"refs": ", ".join(f"/open_{ref}" for ref in refs)})


async def opened(desk: Desk, chat: int = ME) -> str:
    """The reference of a report that a moderator has opened."""
    ref = await report(desk.chats)
    await desk.say(chat, f"/open {ref}")
    return ref


def hash_of(desk: Desk, chat: int) -> bytes:
    """The hash of a chat."""
    return desk.chats.bench.safe.pseudonyms.chat(chat)
