"""Private chats with the bot in the language that nobody speaks, without a network: all that the real handlers say."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from telegram import Bot, User

from bot.chat.callback import Act, Tap, encode
from bot.chat.conversations import Conversations
from bot.chat.handlers import MENU, make_table
from bot.chat.renderer import Renderer
from bot.chat.transport.batch import BatchProcessor
from bot.chat.transport.outbox import Call, Delivered, Drained
from bot.demo.walk.answering import Acts, Manner, leading_on
from bot.form import events
from bot.form.answers import FileKind
from bot.form.draft import REVIEW
from bot.form.events import Event
from bot.form.flow.advance import advance
from bot.local_api.text.html import parse_html
from bot.services.reports import drafting
from bot.services.reports.drafting import OpenDraft
from tests.bench import Bench
from tests.screens.pseudo import LANGUAGE, PseudoTexts, plain_words

FILE: Mapping[str, Any] = {"file_id": "f", "file_unique_id": "u", "file_size": 10}
GIVEN: Mapping[FileKind, Mapping[str, Any]] = {
    FileKind.PHOTO: {"photo": [{**FILE, "width": 1, "height": 1}]},
    FileKind.VIDEO: {"video": {**FILE, "width": 1, "height": 1, "duration": 1}},
    FileKind.AUDIO: {"audio": {**FILE, "duration": 1}},
    FileKind.VOICE: {"voice": {**FILE, "duration": 1}},
    FileKind.DOCUMENT: {"document": FILE},
}
_REFERENCE = re.compile(r"\b(?:R[0-9A-Z]{5}|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b")
"""A report's reference or a receipt's code."""


@dataclass
class Chats:
    """The chats of a bot whose forms and catalogues have this language alone. `said` is all that was said, with
    what was done before it; `delivered` is told to the bot with the next update."""

    bench: Bench
    said: list[tuple[str, str]] = field(default_factory=list)
    menus: list[Mapping[str, Any]] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)
    numbers: int = 0

    def __post_init__(self) -> None:
        bot = Bot("1:made-up")
        bot._bot_user = User(1, "Kuager", is_bot=True, username="kuager_bot")
        self.texts = PseudoTexts(("en",))
        self.texts.languages = (LANGUAGE,)
        conversations = Conversations(Renderer(self.texts), MENU, make_table().dispatch)
        self.processor = BatchProcessor(bot, conversations)

    # --- what people do

    async def say(self, chat: int, words: str, **more: Any) -> list[Call]:
        """Write a text or a command."""
        entities = [{"type": "bot_command", "offset": 0, "length": len(words.split(maxsplit=1)[0])}]
        extra = {"entities": entities} if words.startswith("/") else {}
        return await self.send(chat, words, text=words, **extra, **more)

    async def send(self, chat: int, done: str, **content: Any) -> list[Call]:
        """Send a message of any kind."""
        return await self._process(f"{chat}: {done}", {"message": self._message(chat) | content})

    async def edit(self, chat: int, number: int, words: str) -> list[Call]:
        """Edit a message."""
        message = self._message(chat) | {"message_id": number, "edit_date": 1, "text": words}
        return await self._process(f"{chat}: edited {words}", {"edited_message": message})

    async def tap(self, chat: int, data: Act | Tap | str) -> list[Call]:
        """Tap a button."""
        coded = data if isinstance(data, str) else encode(data)
        query = {"id": "1", "from": _person(chat), "chat_instance": "1", "data": coded}
        message = self._message(chat) | {"text": "…"}
        return await self._process(f"{chat}: {coded}", {"callback_query": query | {"message": message}})

    async def join_group(self) -> list[Call]:
        """Add the bot to a group."""
        me = {"id": 1, "is_bot": True, "first_name": "Kuager"}
        was, now = ({"user": me, "status": status} for status in ("left", "member"))
        place = {"id": -5, "type": "group", "title": "…"}
        change = {
            "chat": place,
            "from": _person(1),
            "date": 1,
            "old_chat_member": was,
            "new_chat_member": now,
        }
        return await self._process("a group", {"my_chat_member": change})

    # --- how they fill a form

    async def filling(self, chat: int) -> OpenDraft | None:
        """The chat's draft, if there is one."""
        async with self.bench.read() as unit:
            hashed = self.bench.safe.pseudonyms.chat(chat)
            found = (await drafting.load(unit, [hashed])).get(hashed)
            if found is not None:
                found.draft = found.draft.at(self.bench.now, 7)
            return found

    async def fill(self, chat: int, manner: Manner) -> None:
        """Answer all that is asked until the review."""
        for _ in range(300):
            filling = await self.filling(chat)
            assert filling is not None
            if filling.draft.position == REVIEW:
                return
            for event in _acts(filling, manner):
                await self.do(chat, event)
        raise AssertionError("no end")

    async def fill_until_consent(self, chat: int) -> None:
        """Answer until the bot may keep files."""
        for _ in range(20):
            filling = await self.filling(chat)
            assert filling is not None
            if filling.row.data_key_id is not None:
                return
            for event in _acts(filling, Manner()):
                await self.do(chat, event)

    async def do(self, chat: int, event: Event) -> list[Call]:
        """Let an event of a form happen as a person does it."""
        match event:
            case events.Wrote():
                return await self.say(chat, event.text)
            case events.Gave():
                return await self.send(
                    chat, event.file.kind, caption=event.file.caption, **GIVEN[event.file.kind]
                )
            case events.Located():
                location = {"latitude": event.latitude, "longitude": event.longitude}
                return await self.send(chat, "place", location=location)
        filling = await self.filling(chat)
        assert filling is not None
        return await self.tap(chat, Tap(filling.row.id[:4], filling.draft.step, event))

    # --- what the bot says

    def plain(self) -> dict[str, str]:
        """The words that were not translated, each with what was done before it. What a form puts into a text
        question by itself is a word of the published data, which the question's hint explains."""
        found: dict[str, str] = {}
        own = [asked.default for form in self.bench.forms.values() for asked in form.questions]
        for done, text in self.said:
            for word in plain_words(_REFERENCE.sub("", text), own):
                found.setdefault(word, f"{done} → {text[:200]}")
        return found

    def _message(self, chat: int) -> dict[str, Any]:
        self.numbers += 1
        date = int(datetime(2026, 11, 25, tzinfo=UTC).timestamp())
        place = {"id": chat, "type": "private"}
        return {"message_id": self.numbers, "date": date, "chat": place, "from": _person(chat)}

    async def _process(self, done: str, update: dict[str, Any]) -> list[Call]:
        self.numbers += 1
        async with self.bench.write() as unit:
            result = await self.processor.process(
                unit, [{"update_id": self.numbers, **update}], Drained(self.delivered)
            )
        calls = [Call.load(self.bench.safe.ring, row.payload) for row in result.rows]
        self.delivered = [
            Delivered(row, self._ids(call)) for row, call in zip(result.rows, calls, strict=True)
        ]
        for call in calls:
            self.said += [(done, text) for text in _texts(call.params)]
            if call.method == "setMyCommands":
                self.menus.append(call.params)
        return calls

    def _ids(self, call: Call) -> tuple[int, ...]:
        if not call.method.startswith("send"):
            return ()
        self.numbers += 1
        return (self.numbers,)


def _acts(filling: OpenDraft, manner: Manner) -> Acts:
    """What answers the question at hand."""
    for acts in leading_on(filling.form, filling.draft, manner):
        draft = filling.draft
        for event in acts:
            draft, _ = advance(filling.form, draft.at(filling.draft.now, 7), event)
        if draft.position != filling.draft.position:
            return acts
    raise AssertionError("nothing leads on from", filling.draft.position)


def _texts(params: Mapping[str, Any]) -> Iterator[str]:
    text = str(params.get("text") or params.get("caption") or "")
    yield parse_html(text)[0] if params.get("parse_mode") == "HTML" else text
    for row in params.get("reply_markup", {}).get("inline_keyboard", ()):
        yield from (button["text"] for button in row)
    yield from (command["description"] for command in params.get("commands", ()))


def data_of(calls: Iterable[Call]) -> list[str]:
    """The data of all buttons of these messages."""
    rows = (row for call in calls for row in call.params.get("reply_markup", {}).get("inline_keyboard", ()))
    return [button["callback_data"] for row in rows for button in row]


def _person(chat: int) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "A", "language_code": "en"}
