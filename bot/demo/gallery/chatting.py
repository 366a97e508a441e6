"""Chats with the real handlers, without a network: updates as Telegram sends them, calls as the bot owes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot, User

from bot.chat.callback import Act, Tap, encode
from bot.chat.conversations import Conversations
from bot.chat.handlers import MENU, make_table
from bot.chat.renderer import Renderer
from bot.chat.transport.batch import BatchProcessor
from bot.chat.transport.outbox import Call, Delivered, Drained
from bot.demo.gallery.exchanges import Exchange, by_chat
from bot.demo.gallery.heard import Heard
from bot.demo.home import TOKEN, USERNAME
from bot.demo.walk.answering import Acts, Manner, leading_on
from bot.demo.walk.steps import LONGEST_WAY, StuckError
from bot.form import events
from bot.form.answers import FileKind
from bot.form.draft import REVIEW
from bot.form.events import Event
from bot.form.flow.advance import advance
from bot.services.reports import drafting
from bot.services.reports.drafting import OpenDraft
from bot.work import Work
from db.models import OutboxRow

FILE: Mapping[str, Any] = {"file_id": "f", "file_unique_id": "u", "file_size": 10}
_PICTURE = {**FILE, "width": 1, "height": 1}
GIVEN: Mapping[FileKind, Mapping[str, Any]] = {
    FileKind.PHOTO: {"photo": [_PICTURE]},
    FileKind.VIDEO: {"video": {**_PICTURE, "duration": 1}},
    FileKind.AUDIO: {"audio": {**FILE, "duration": 1}},
    FileKind.VOICE: {"voice": {**FILE, "duration": 1}},
    FileKind.DOCUMENT: {"document": FILE},
}


class _Named(Bot):
    """A bot that knows who it is without asking."""

    @property
    def bot(self) -> User:
        return User(int(TOKEN.partition(":")[0]), "Kuager", is_bot=True, username=USERNAME)


@dataclass
class Chats:
    """Private chats of people who speak one language. `exchanges` is all that was said to what was sent; `labels`
    are those of the buttons by their data; `delivered` is told to the bot with the next update; `aside`: what happens
    fills in a form, whose screens are shown elsewhere."""

    work: Work
    texts: Heard
    language: str
    exchanges: list[Exchange] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    delivered: list[Delivered] = field(default_factory=list)
    numbers: int = 0
    aside: bool = False

    def __post_init__(self) -> None:
        conversations = Conversations(Renderer(self.texts), MENU, make_table().dispatch)
        self.processor = BatchProcessor(_Named(TOKEN), conversations)

    # --- what people do

    async def say(self, chat: int, *words: str) -> None:
        """Write texts and commands, one after the other."""
        for one in words:
            length = len(one.split(maxsplit=1)[0])
            entities = [{"type": "bot_command", "offset": 0, "length": length}]
            await self.send(chat, one, text=one, **({"entities": entities} if one.startswith("/") else {}))

    async def send(self, chat: int, shown: str, **content: Any) -> None:
        """Send a message of any kind; `shown` is what the gallery shows of it."""
        await self._process(chat, shown, {"message": self._message(chat) | content})

    async def edit(self, chat: int, words: str) -> None:
        """Edit a message."""
        message = self._message(chat) | {"edit_date": 1, "text": words}
        await self._process(chat, words, {"edited_message": message})

    async def tap(self, chat: int, *acts: Act | Tap | str, label: str = "…") -> None:
        """Tap buttons, one after the other; `label` is that of one that was never shown."""
        for act in acts:
            data = act if isinstance(act, str) else encode(act)
            message = self._message(chat) | {"text": "…"}
            query = {"id": "1", "from": message["from"], "chat_instance": "1", "data": data}
            update = {"callback_query": query | {"message": message}}
            await self._process(chat, self.labels.get(data, label), update, tapped=True)

    async def join_group(self) -> None:
        """Add the bot to a group."""
        me = {"id": 1, "is_bot": True, "first_name": "Kuager"}
        was, now = ({"user": me, "status": status} for status in ("left", "member"))
        place = {"id": -1, "type": "group", "title": "…"}
        change = {"date": 1, "old_chat_member": was, "new_chat_member": now}
        await self._process(
            -1, "+ Kuager", {"my_chat_member": change | {"chat": place, "from": self._person(1)}}
        )

    # --- how they fill in a form

    async def filling(self, chat: int) -> OpenDraft | None:
        """The chat's draft, if there is one."""
        async with self.work.read() as unit:
            hashed = unit.safe.pseudonyms.chat(chat)
            found = (await drafting.load(unit, [hashed])).get(hashed)
            if found is not None:
                found.draft = found.draft.at(unit.now, 7)
            return found

    async def fill(self, chat: int, manner: Manner, *, until_consent: bool = False) -> None:
        """Answer all that is asked until the review, or until there is a draft that may hold files. Raises
        StuckError when nothing leads on, LookupError when no form is open."""
        for _ in range(LONGEST_WAY):
            filling = await self._open(chat)
            if filling.draft.position == REVIEW or (until_consent and filling.row.data_key_id is not None):
                return
            self.aside = True
            await self.do(chat, *_acts(filling, manner))
            self.aside = False
        raise StuckError(REVIEW)

    async def do(self, chat: int, *given: Event) -> None:
        """Let events of a form happen as a person does it. Raises LookupError when no form is open."""
        for event in given:
            match event:
                case events.Wrote():
                    await self.say(chat, event.text)
                case events.Gave():
                    shown = event.file.caption or event.file.kind
                    await self.send(chat, shown, caption=event.file.caption, **GIVEN[event.file.kind])
                case events.Located():
                    place = {"latitude": event.latitude, "longitude": event.longitude}
                    await self.send(chat, f"{event.latitude}, {event.longitude}", location=place)
                case _:
                    filling = await self._open(chat)
                    await self.tap(chat, Tap(filling.row.id[:4], filling.draft.step, event))

    async def _open(self, chat: int) -> OpenDraft:
        found = await self.filling(chat)
        if found is None:
            raise LookupError(chat)
        return found

    # --- what the bot says

    def _message(self, chat: int) -> dict[str, Any]:
        self.numbers += 1
        date = int(self.work.clock().timestamp())
        place = {"id": chat, "type": "private"}
        return {"message_id": self.numbers, "date": date, "chat": place, "from": self._person(chat)}

    def _person(self, chat: int) -> dict[str, Any]:
        return {"id": chat, "is_bot": False, "first_name": "A", "language_code": self.language}

    async def _process(self, chat: int, sent: str, update: dict[str, Any], *, tapped: bool = False) -> None:
        self.numbers += 1
        self.texts.take()
        async with self.work.write() as unit:
            result = await self.processor.process(
                unit, [{"update_id": self.numbers, **update}], Drained(self.delivered)
            )
            calls = [Call.load(unit.safe.ring, row.payload) for row in result.rows]
        self._keep(chat, sent, calls, tapped=tapped)
        self.delivered = [self._delivered(row, call) for row, call in zip(result.rows, calls, strict=True)]

    def _keep(self, chat: int, sent: str, calls: Iterable[Call], *, tapped: bool) -> None:
        keys = self.texts.take()
        for place, said in by_chat(calls, chat).items():
            exchange = Exchange(self.numbers, place, sent, tapped, place != chat, self.aside, said, keys)
            self.exchanges.append(exchange)
            rows = (row for one in said for row in one.message.keyboard)
            self.labels |= {button["callback_data"]: button["text"] for row in rows for button in row}

    def _delivered(self, row: OutboxRow, call: Call) -> Delivered:
        if not call.method.startswith("send"):
            return Delivered(row)
        self.numbers += 1
        return Delivered(row, (self.numbers,))


def _acts(filling: OpenDraft, manner: Manner) -> Acts:
    """What answers the question at hand."""
    for acts in leading_on(filling.form, filling.draft, manner):
        draft = filling.draft
        for event in acts:
            draft, _ = advance(filling.form, draft.at(filling.draft.now, 7), event)
        if draft.position != filling.draft.position:
            return acts
    raise StuckError(filling.draft.position)
