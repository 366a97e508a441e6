"""Private chats with the real handlers, without a network."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from telegram import Bot, User

from bot.app.conversations import Conversations
from bot.app.wiring import made_when_sent
from bot.chat.buttons import Act, Tap, encode
from bot.chat.renderer import Renderer
from bot.demo.folder import TOKEN, USERNAME
from bot.demo.walk.answering import Attempt, Respondent, attempts, moved
from bot.demo.walk.steps import MOST_STEPS, StuckError
from bot.desk.notices.jobs import NEWS
from bot.form import events
from bot.form.answers import FileKind
from bot.form.draft import REVIEW
from bot.form.events import Event
from bot.form.flow.advance import advance
from bot.reports.filling import endings
from bot.store import drafting
from bot.store.drafting import OpenDraft
from bot.store.unit import UnitOfWork
from bot.texts import Texts
from bot.transport.batch import BatchProcessor
from bot.transport.call import Call, Delivered, DeliverySnapshot, GoneError, QueuedRow, opened_by, with_words
from bot.transport.outbox import Outbox

_NOBODY = 0
DOCUMENT: Mapping[str, Any] = {"file_id": "f", "file_unique_id": "u", "file_size": 10}
_PICTURE = {**DOCUMENT, "width": 1, "height": 1}
_CONTENT: Mapping[FileKind, Mapping[str, Any]] = {
    FileKind.PHOTO: {"photo": [_PICTURE]},
    FileKind.VIDEO: {"video": {**_PICTURE, "duration": 1}},
    FileKind.AUDIO: {"audio": {**DOCUMENT, "duration": 1}},
    FileKind.VOICE: {"voice": {**DOCUMENT, "duration": 1}},
    FileKind.DOCUMENT: {"document": DOCUMENT},
}


class Units(Protocol):
    def read(self) -> AbstractAsyncContextManager[UnitOfWork]: ...

    def write(self) -> AbstractAsyncContextManager[UnitOfWork]: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A sent update. `words` describe it: for a tap, the button's label."""

    number: int
    chat: int
    words: str
    tapped: bool
    fills_form: bool
    """Whether `Chats.fill` sent it to answer a question."""


_EXPORTS = ("export:", "manifest:", "update:")
Owed = Callable[[UnitOfWork, Outbox], Awaitable[None]]
"""Enqueues calls without an update, as a job does."""
OnSent = Callable[[Sent, Sequence[Call]], None]


class Newest:
    """The button shown last whose act begins with these words."""

    def __init__(self, *act: str) -> None:
        self.start = encode(Act(*act)).rstrip(".") + "."


class _NamedBot(Bot):
    @property
    def bot(self) -> User:
        return User(int(TOKEN.partition(":")[0]), "Kuager", is_bot=True, username=USERNAME)


@dataclass
class Chats:
    """Chats of people who speak one language. Methods return the bot's calls. Every update and its calls go
    to `on_sent`. The next update reports the calls as delivered."""

    units: Units
    texts: Texts
    language: str
    clock: Callable[[], datetime]
    on_sent: OnSent
    labels: dict[str, str] = field(default_factory=dict)
    """Labels of all shown buttons by their data, the newest last."""
    loses_answers: bool = False
    """Whether results of calls are unknown, so that their messages may or may not exist."""
    _delivered: list[Delivered] = field(default_factory=list)
    _numbers: int = 0
    _last_message_id: int = 0
    _fills_form: bool = False

    def __post_init__(self) -> None:
        self.renderer = Renderer(self.texts)
        self._processor = BatchProcessor(_NamedBot(TOKEN), Conversations(self.renderer))
        self._openers = made_when_sent(self.units.read, self.units.write, self.renderer)

    def text(self, key: str) -> str:
        return self.texts.text(self.language, key)

    def shown(self, button: Newest) -> str:
        """Data of a button. Raises LookupError if none was shown."""
        for data in reversed(self.labels):
            if data.startswith(button.start):
                return data
        raise LookupError(button.start)

    # --- actions of people

    async def act(self, chat: int, *acts: str | Act | Newest | Event) -> None:
        """Type words, tap buttons and answer a form, one after the other."""
        for one in acts:
            match one:
                case str():
                    await self.say(chat, one)
                case Act() | Newest():
                    await self.tap(chat, one)
                case _:
                    await self.do(chat, one)

    async def say(self, chat: int, *words: str) -> list[Call]:
        calls = []
        for one in words:
            length = len(one.split(maxsplit=1)[0])
            entities = [{"type": "bot_command", "offset": 0, "length": length}]
            calls += await self.send(
                chat, one, text=one, **({"entities": entities} if one.startswith("/") else {})
            )
        return calls

    async def send(self, chat: int, shown: str, **content: Any) -> list[Call]:
        return await self._process(chat, shown, {"message": self._message(chat) | content})

    async def reply(self, chat: int, words: str, asked: str, shown: str = "", **content: Any) -> list[Call]:
        """Reply to the bot's message `asked`. `shown` describes the words."""
        bot = {"id": 1, "is_bot": True, "first_name": "Kuager"}
        of_chat = {"id": chat, "type": "private"}
        question = {"message_id": 1, "date": 1, "chat": of_chat, "from": bot, "text": asked}
        content = content or {"text": words}
        return await self.send(chat, shown or words, **content, reply_to_message=question)

    async def edit(self, chat: int, words: str) -> list[Call]:
        """Edit a message that the bot has not seen."""
        return await self._edit(chat, words, {"text": words})

    async def put_file(self, chat: int, shown: str, words: str = "") -> list[Call]:
        """Add a file to a message by editing it: an unseen message, or with `words` the last one, which has
        these words."""
        of_last = {"message_id": self._last_message_id, "caption": words} if words else {}
        return await self._edit(chat, shown, {"document": DOCUMENT, **of_last})

    async def _edit(self, chat: int, shown: str, content: Mapping[str, Any]) -> list[Call]:
        message = self._message(chat) | {"edit_date": 1, **content}
        return await self._process(chat, shown, {"edited_message": message})

    async def tap(self, chat: int, *buttons: Act | Tap | Newest | str, label: str = "…") -> list[Call]:
        """Tap buttons, one after the other. `label` describes a button never shown."""
        calls = []
        for button in buttons:
            found = self.shown(button) if isinstance(button, Newest) else button
            data = found if isinstance(found, str) else encode(found)
            message = self._message(chat) | {"text": "…"}
            query = {"id": "1", "from": message["from"], "chat_instance": "1", "data": data}
            update = {"callback_query": query | {"message": message}}
            calls += await self._process(chat, self.labels.get(data, label), update, tapped=True)
        return calls

    async def join_group(self) -> list[Call]:
        me = {"id": 1, "is_bot": True, "first_name": "Kuager"}
        was, now = ({"user": me, "status": status} for status in ("left", "member"))
        group = {"id": -1, "type": "group", "title": "…"}
        change = {"date": 1, "old_chat_member": was, "new_chat_member": now}
        update = {"my_chat_member": change | {"chat": group, "from": self._person(1)}}
        return await self._process(-1, "+ Kuager", update)

    async def enqueue(self, shown: str, owed: Owed, to: int = _NOBODY) -> list[Call]:
        async with self.units.write() as unit:
            outbox = Outbox(unit)
            await owed(unit, outbox)
            await outbox.write()
        sent = Sent(self._numbers, to, shown, tapped=False, fills_form=False)
        return await self._show(sent, outbox.rows, unit)

    async def remind(self, chat: int, shown: str) -> None:
        """Send reminders to people who asked for them and have been silent for long."""
        self._numbers += 1
        await self.enqueue(shown, partial(endings.enqueue_reminders, self.renderer), chat)

    # --- filling in a form

    async def filling(self, chat: int) -> OpenDraft | None:
        async with self.units.read() as unit:
            hashed = unit.safe.pseudonyms.chat(chat)
            found = (await drafting.load(unit, [hashed])).get(hashed)
            if found is not None:
                found.draft = found.draft.at(unit.now)
            return found

    async def fill(
        self, chat: int, respondent: Respondent, *, until_consent: bool = False, until: str = ""
    ) -> None:
        """Answer questions up to the review, to consent (the draft may hold files), or to the question with
        role `until`. Raises StuckError when no answer moves the form on, LookupError without an open form."""
        for _ in range(MOST_STEPS):
            filling = await self._open_filling(chat)
            if filling.draft.position == REVIEW or (until_consent and filling.agrees):
                return
            if until and filling.draft.position == filling.form.by_role[until].path:
                return
            self._fills_form = True
            await self.do(chat, *_attempt(filling, respondent), at=filling)
            self._fills_form = False
        raise StuckError(REVIEW)

    async def do(self, chat: int, *given: Event, at: OpenDraft | None = None) -> list[Call]:
        """Cause events in a form, seen as the draft `at`. Raises LookupError without an open form."""
        calls = []
        for event in given:
            calls += await self._cause(chat, event, at)
            at = None
        return calls

    async def _cause(self, chat: int, event: Event, at: OpenDraft | None) -> list[Call]:
        match event:
            case events.Wrote():
                return await self.say(chat, event.text)
            case events.Gave():
                shown = event.file.caption or event.file.kind
                return await self.send(chat, shown, caption=event.file.caption, **_CONTENT[event.file.kind])
            case events.PointSent():
                location = {"latitude": event.latitude, "longitude": event.longitude}
                return await self.send(chat, f"{event.latitude}, {event.longitude}", location=location)
        filling = at or await self._open_filling(chat)
        return await self.tap(chat, Tap(filling.row.id[:4], filling.draft.step, event))

    async def _open_filling(self, chat: int) -> OpenDraft:
        found = await self.filling(chat)
        if found is None:
            raise LookupError(chat)
        return found

    # --- updates and calls

    def _message(self, chat: int) -> dict[str, Any]:
        self._numbers += 1
        self._last_message_id = self._numbers
        return {
            "message_id": self._numbers,
            "date": int(self.clock().timestamp()),
            "chat": {"id": chat, "type": "private"},
            "from": self._person(chat),
        }

    def _person(self, chat: int) -> dict[str, Any]:
        return {"id": chat, "is_bot": False, "first_name": "Ayan", "language_code": self.language}

    async def _process(
        self, chat: int, shown: str, update: dict[str, Any], *, tapped: bool = False
    ) -> list[Call]:
        self._numbers += 1
        async with self.units.write() as unit:
            raw = {"update_id": self._numbers, **update}
            rows = (await self._processor.process(unit, [raw], DeliverySnapshot(self._delivered))).rows
        if unit.reported:
            rows = [*rows, *await self._announce()]
        return await self._show(Sent(self._numbers, chat, shown, tapped, self._fills_form), rows, unit)

    async def _show(self, sent: Sent, rows: Sequence[QueuedRow], unit: UnitOfWork) -> list[Call]:
        made = [(row, await self._worded(Call.of(unit.safe.ring, row))) for row in rows]
        calls = [call for _, call in made if call is not None]
        self.on_sent(sent, calls)
        # Move a repeated button to the end. Two receipt codes can have equal marks, and so equal data.
        for button in buttons_of(calls):
            self.labels.pop(button["callback_data"], None)
            self.labels[button["callback_data"]] = button["text"]
        self._delivered = [Delivered(row) if call is None else self._deliver(row, call) for row, call in made]
        return calls

    async def _worded(self, call: Call) -> Call | None:
        """A call with words made on sending, and descriptions in place of exports. None if nothing is left."""
        made = {name: what for name, what in call.attach.items() if not what.startswith("picture:")}
        if "text" not in made and not any(one.startswith((*_EXPORTS, "caption:")) for one in made.values()):
            return call
        try:
            opened = await opened_by(self._openers, made)
        except GoneError:
            return None
        files = {name: what for name, what in call.attach.items() if isinstance(opened.get(name, ()), tuple)}
        return replace(with_words(call, opened), attach=files)

    async def _announce(self) -> Sequence[QueuedRow]:
        async with self.units.write() as unit:
            outbox = Outbox(unit)
            for news in NEWS:
                if ids := await news.find(unit):
                    await news.notify(self.renderer, unit, outbox, ids)
            await outbox.write()
        return outbox.rows

    def _deliver(self, row: QueuedRow, call: Call) -> Delivered:
        if not call.method.startswith("send"):
            return Delivered(row)
        if self.loses_answers:
            return Delivered(row, doubtful=True)
        self._numbers += 1
        return Delivered(row, (self._numbers,))


def buttons_of(calls: Iterable[Call]) -> list[Mapping[str, str]]:
    keyboards = (call.params.get("reply_markup", {}).get("inline_keyboard", ()) for call in calls)
    return [button for keyboard in keyboards for row in keyboard for button in row]


def said_last(calls: Iterable[Call]) -> str:
    return [str(call.params["text"]) for call in calls if call.method == "sendMessage"][-1]


def _attempt(filling: OpenDraft, respondent: Respondent) -> Attempt:
    for attempt in attempts(filling.form, filling.draft, respondent):
        draft = filling.draft
        for event in attempt:
            draft, _ = advance(filling.form, draft.at(filling.draft.now), event)
        if moved(filling.draft, draft):
            return attempt
    raise StuckError(filling.draft.position)
