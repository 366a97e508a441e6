"""A world in which everybody agreed to be asked, moderators ask most of them, and each talk has come as far as it has."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.chat.buttons import Act, encode
from bot.desk.asking import service as asking_service
from bot.form.answers import FileKind, FileRef
from bot.reports.talk import chat as talk_chat
from bot.reports.talk import ways
from bot.reports.talk.messages import MessageContent
from bot.store import files, vault
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import File, Report
from tests.bot.chat.chats import TEXTS
from tests.linking.world import Sent, World

STAGES = ("unasked", "unseen", "opened", "half", "file", "answered", "skipped", "stopped")
"""How far a talk goes: nothing was asked; a notice stands in the chat; the questions do too; a part of the answer was told, or a
file; it was answered; the reporter did not want to; or wants no more questions."""
OPEN = ("opened", "half", "file")
"""Those in which a reply is open."""
LANGUAGES = ("kk", "ru", "en")


@dataclass
class TalkWorld(World):
    """`asks` tells, by report, how many questions are asked and with how many files."""

    asks: dict[str, tuple[int, int]] = field(default_factory=dict)

    def sender(self, chat: int, length: int, end: str, *, clears: bool) -> Sent:
        """Somebody who agrees to be asked."""
        plain = super().sender(chat, length, end, clears=clears)
        talk = STAGES[chat % len(STAGES)]
        return replace(plain, talk=talk, language=random.choice(LANGUAGES))

    async def ask(self) -> None:
        """Moderators ask in an order of their own, differently much; reporters hear of it, in two parts."""
        asked = [one for one in _shuffled(self.sent) if one.talk != "unasked"]
        for part in (asked[::2], asked[1::2]):
            for at, one in enumerate(part):
                self.asks[one.report_id] = asks = 1 + at % 3, at % 5
                async with self.bench.write() as unit:
                    await self._ask(unit, one, *asks)
            while await self.tell():
                pass
            await self.batch()

    async def _ask(self, unit: UnitOfWork, one: Sent, number: int, with_files: int) -> None:
        assert self.moderator is not None
        report = await unit.session.get_one(Report, one.report_id)
        for at in range(number):
            key_id, refs = None, list[FileRef]()
            if with_files and not at:
                key_id = vault.make_key(unit)
                kinds = [FileKind.PHOTO] * with_files
                noted = [files.Incoming(kind, f"{one.chat}", "", "image/jpeg", 9000) for kind in kinds]
                refs = [files.take_note(unit, key_id, incoming) for incoming in noted]
                await unit.session.flush()
                for ref in refs:
                    (await unit.session.get_one(File, ref.id)).status = files.CLEANED
            told = MessageContent(
                "?" * 900 * (at + 1), tuple(refs), alias=self.moderator.alias, hour=unit.hour
            )
            await asking_service._ask(unit, self.moderator, report, told, key_id)

    async def tell(self) -> int:
        """The announcer tells of what is due; of how many."""
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            await talk_chat.enqueue_question(self.chats.renderer, unit, outbox, await ways.due(unit))
            await outbox.write()
        self.chats.rows = outbox.rows
        self.reached([Call.load(self.bench.safe.ring, row) for row in outbox.rows])
        return len(outbox.rows)

    async def open(self) -> None:
        """Reporters open what was asked, and do of it what they do, in an order of their own."""
        for one in _shuffled(self.sent):
            if one.talk not in {"unasked", "unseen"}:
                await self._open(one)
        await self.batch()

    async def _open(self, one: Sent) -> None:
        chats, chat = self.chats, one.chat
        shown = await self.batch(chats.tapped(chat, encode(Act("qopen"))))
        *_, question = (str(call.params["text"]) for call in shown if call.method == "sendMessage")
        shown = await self.batch(chats.replied(chat, one.code[-4:], question))
        if one.talk in {"half", "answered"}:
            shown = await self.batch(chats.written(chat, "!" * (200 + chat % 900)))
        if one.talk == "file":
            await self.batch(_photo(chats.written(chat, "…")))
        if one.talk == "answered":
            await self.finish(one, shown)
        elif one.talk == "skipped":
            await self._press(one, shown, "reporter.question.skip")
        elif one.talk == "stopped":
            shown = await self._press(one, shown, "reporter.question.never")
            await self._press(one, shown, "reporter.talk.never.yes")

    async def finish(self, one: Sent, shown: Sequence[Call]) -> None:
        """The words are told: send them."""
        for key in ("flow.done", "reporter.reply.flow.skip", "reporter.reply.flow.send"):
            shown = await self._press(one, shown, key)

    async def close(self) -> None:
        """What is open is answered, or put away since nobody touches it."""
        for one in _shuffled(self.sent):
            if one.talk in {"opened", "half"}:
                await self.finish(one, await self.batch(self.chats.written(one.chat, "!")))
        await self.batch()
        kept = self.bench.now
        self.bench.later(self.bench.settings.reply_hours + 1)
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            await talk_chat.put_away(self.chats.renderer, unit, outbox)
            await outbox.write()
        self.bench.now = kept  # else the hour would tell
        self.chats.rows = outbox.rows
        self.reached([Call.load(self.bench.safe.ring, row) for row in outbox.rows])
        await self.batch()
        while await self.tell():
            await self.batch()

    async def _press(self, one: Sent, shown: Sequence[Call], key: str) -> list[Call]:
        label = TEXTS.text(one.language, key, {})
        keyboards = [call.params.get("reply_markup", {}).get("inline_keyboard", ()) for call in shown]
        found = {
            button["text"]: button["callback_data"] for rows in keyboards for row in rows for button in row
        }
        return await self.batch(self.chats.tapped(one.chat, found[label]))


def _shuffled(sent: Iterable[Sent]) -> list[Sent]:
    whole = list(sent)
    return random.sample(whole, len(whole))


def _photo(update: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    del update["message"]["text"]
    size = {"file_id": "p1", "file_unique_id": "u1", "width": 9, "height": 9, "file_size": 7000}
    update["message"]["photo"] = [size]
    return update
