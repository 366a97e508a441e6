"""The bot beside the model: updates go through its batches, what it owes is sent as its sender sends it, and what stands in each chat is
kept, as Telegram would."""

import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app.wiring import made_when_sent
from bot.desk.notices import chat as notices_chat
from bot.store.file_store import FolderStore
from bot.store.unit import UnitOfWork
from bot.transport.call import (
    Call,
    Delivered,
    DeliverySnapshot,
    GoneError,
    QueuedRow,
    file_openers,
    opened_by,
)
from bot.transport.outbox import Outbox
from db.models import OutboxRow
from tests.bench import Bench
from tests.bot.chat.chats import Chats
from tests.bot.chat.desk.model import WORD, Refused
from tests.bot.chat.desk.sweep import Sweep
from tests.bot.chat.desk.values import SETTINGS, Person

_ACT = re.compile(r"a(\w+)\.(.*)\.(.*)")


@dataclass(frozen=True)
class Sent:
    """A call that reached Telegram: in which chat, and all that it shows there. `late`: it was owed by an act before the last. Whether its
    person `reads` reports then, and is `active`."""

    chat: int
    call: Call
    shown: str
    late: bool
    reads: bool
    active: bool


@dataclass(frozen=True)
class Intent:
    """What somebody does by one update, and what comes of it in the model."""

    chat: int
    update: dict[str, Any]
    move: Callable[[], None]


def _words(content: bytes) -> str:
    """A file as text; of a zip, all that is in it."""
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        return "\n".join(files.read(name).decode() for name in files.namelist())


class BotBeside(Sweep):
    """The bot, its chats and what they show. With `gathering`, two intents come in one batch; while `slow`, what is owed is sent only
    after the act that follows."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        bench.settings = bench.settings.model_copy(update=dict(SETTINGS))
        self.bench, self.chats = bench, Chats(bench)
        made = made_when_sent(bench.read, bench.write, self.chats.renderer)
        self.openers = {**file_openers(bench.read, FolderStore(Path())), **made}
        self.pending: list[tuple[QueuedRow, int]] = []
        self.standing: dict[int, dict[int, set[str]]] = defaultdict(dict)
        self.buttons: dict[int, list[tuple[str, int]]] = defaultdict(list)
        self.save: dict[int, str] = {}
        self.sent: list[Sent] = []
        self.owed: list[Call] = []
        self.seen: list[Mapping[str, set[int]]] = []
        self.gathered: list[Intent] | None = None
        self.number, self.slow, self.crowded = 0, False, False
        self.trail: list[tuple[str, int]] = []

    # --- updates

    async def do(self, intent: Intent) -> None:
        """At once, or with another one in the same batch."""
        if self.gathered is None:
            await self.together([intent])
            return
        self.gathered.append(intent)
        if len(self.gathered) == 2:
            await self.flush()

    async def flush(self) -> None:
        """What was gathered is done."""
        intents, self.gathered = self.gathered or [], None
        if intents:
            await self.together(intents)

    async def together(self, intents: Sequence[Intent]) -> None:
        """These, in one batch."""
        self.crowded = len(intents) > 1
        for intent in intents:
            self._typed(intent)
        calls = await self.chats.batch(*(intent.update for intent in intents))
        self.owed += calls
        self.pending += [(row, self.number) for row in self.chats.rows]
        for intent in intents:
            with suppress(Refused):
                intent.move()
            self.learn([call for call in calls if call.params.get("chat_id") == intent.chat])
            self.seen.append(self.readers())
        await self.settle()

    def _typed(self, intent: Intent) -> None:
        message = intent.update.get("message")
        if message is not None:
            words = set(WORD.findall(message.get("text") or ""))
            self.standing[intent.chat][message["message_id"]] = words

    def learn(self, calls: Sequence[Call]) -> None:
        """What later acts need of what is said to somebody who acts."""

    async def reporter(self, chat: int, update: dict[str, Any]) -> Sequence[Call]:
        """An update of a reporter, in the middle of an act; what is said to them."""
        calls = await self.chats.batch(update)
        self.owed += calls
        self.pending += [(row, self.number) for row in self.chats.rows]
        await self.settle()
        return [call for call in calls if call.params.get("chat_id") == chat]

    # --- what is owed by itself

    async def enqueue(self, act: Callable[[UnitOfWork, Outbox], Awaitable[None]]) -> None:
        """Calls that answer nobody."""
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            await act(unit, outbox)
            await outbox.write()
        self.pending += [(row, self.number) for row in outbox.rows]

    async def put_away(self) -> None:
        """What has stood long enough, or was ended by no update, leaves the chats."""
        await self.enqueue(
            lambda unit, outbox: notices_chat.put_away(notices_chat.Post(self.chats.renderer, unit, outbox))
        )

    # --- what is sent

    async def settle(self) -> None:
        """Send what is owed: while it is slow only what an earlier act owes."""
        due = [one for one in self.pending if not self.slow or one[1] < self.number]
        self.pending = [one for one in self.pending if one not in due]
        while due:
            async with self.bench.read() as unit:
                left = set(await unit.session.scalars(select(OutboxRow.id)))
            done = [await self._send(row, number) for row, number in due if row.id in left]
            await self.chats.batch(drained=DeliverySnapshot(done))
            due = [(row, self.number) for row in self.chats.rows]

    async def _send(self, row: QueuedRow, number: int) -> Delivered:
        call = Call.load(self.bench.safe.ring, row)
        chat = call.params.get("chat_id", 0)
        try:
            opened = await opened_by(self.openers, call.attach)
        except GoneError:  # there is nothing to send
            return Delivered(row)
        made = [_words(one[1]) if isinstance(one, tuple) else one for one in opened.values()]
        shown = json.dumps([call.params, call.otherwise, call.if_left, made], ensure_ascii=False)
        who = next((one for one in self.people if one.chat == chat), Person(chat))
        late = number < self.number
        self.sent.append(Sent(chat, call, shown, late=late, reads=who.reads, active=who.active))
        for message_id in call.doomed:
            self.standing[chat].pop(message_id, None)
        ids = self._stands(chat, call, shown)
        texts = [one for one in opened.values() if isinstance(one, Mapping)]
        for data in data_of([call.params, *texts]):
            self.buttons[chat] += [(data, ids[0])] if ids and _ACT.fullmatch(data) else []
            if data.endswith(".su"):
                self.save[chat] = data
        return Delivered(row, ids if call.method != "editMessageText" or call.essential else ())

    def _stands(self, chat: int, call: Call, shown: str) -> tuple[int, ...]:
        words = set() if call.method == "sendDocument" else set(WORD.findall(shown))
        if call.shows:
            number = self.chats.number()
        elif call.method == "editMessageText":
            asked = call.params["message_id"]
            number = asked if asked in self.standing[chat] else self.chats.number()
        else:
            return ()
        self.standing[chat][number] = words
        return (number,)

    @property
    def shows_public(self) -> Collection[str]:
        """The words that an export must have: what is public by the consent too."""
        versions = [case.of_state("approved") for case in self.cases if case.public]
        return {word for one in versions if one is not None for word in one.texts.values()}


def data_of(messages: Iterable[Mapping[str, Any]]) -> list[str]:
    """The data of all buttons, of those with the same label too."""
    rows = [row for one in messages for row in one.get("reply_markup", {}).get("inline_keyboard", ())]
    return [one["callback_data"] for row in rows for one in row]
