"""Telegram's knowledge of one bot: people, chats, files and updates."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from bot.local_api.access import JSON, bad_request, forbidden
from bot.local_api.delivery import CALLBACK_LIFETIME, NumberedLog, UpdateQueue, WebhookState
from bot.local_api.files import StoredFile, StoredFiles
from bot.local_api.html import canonical_integer

_MESSAGES_KEPT = 1000


@dataclass(slots=True)
class Person:
    id: int
    first_name: str
    language_code: str | None = None
    username: str | None = None

    def as_user(self) -> JSON:
        optional = {"username": self.username, "language_code": self.language_code}
        user = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        return user | {name: value for name, value in optional.items() if value}


def member(status: str, user: JSON) -> JSON:
    """ChatMember object of the Bot API, with the fields required by its status."""
    more: dict[str, JSON] = {"kicked": {"until_date": 0}, "creator": {"is_anonymous": False}}
    return {"user": user, "status": status, **more.get(status, {})}


class MessageDetails(TypedDict, total=False):
    markup: JSON | None
    files: list[StoredFile]
    protected: bool
    quoted: "StoredMessage | None"


@dataclass(slots=True, eq=False)
class StoredMessage:
    """A current message. `body` holds fields of the Bot API's Message: text, entities, photo, caption."""

    id: int
    chat: "StoredChat"
    sender: JSON
    date: int
    body: JSON
    outgoing: bool
    markup: JSON | None = None
    files: list[StoredFile] = field(default_factory=list)
    edited: int | None = None
    protected: bool = False
    quoted: "StoredMessage | None" = None

    @property
    def inline(self) -> JSON | None:
        return self.markup if self.markup is not None and "inline_keyboard" in self.markup else None

    def as_json(self, quotes: bool = True) -> JSON:
        optional = {
            "edit_date": self.edited,
            "reply_to_message": self.quoted.as_json(quotes=False) if quotes and self.quoted else None,
            "has_protected_content": self.protected or None,
            "reply_markup": self.inline,
        }
        own = {"message_id": self.id, "from": self.sender, "chat": self.chat.as_json(), "date": self.date}
        return own | self.body | {name: value for name, value in optional.items() if value is not None}

    def on_phone(self) -> JSON:
        """The message for a phone, with `outgoing`, `reply_keyboard` and `files` added."""
        result = self.as_json()
        result["outgoing"] = self.outgoing
        if self.markup is not None and self.inline is None:
            result["reply_keyboard"] = self.markup
        if self.files:
            result["files"] = [file.on_phone() for file in self.files]
        return result


@dataclass(slots=True, eq=False)
class StoredChat:
    """A private chat, with the person's id, or a group, with a negative id. `status` is the bot's: new (no
    message yet), member, kicked (blocked or removed) or left. `creator` created the group. `edited` is the
    time of the bot's last edit, `latest` that of anything."""

    id: int
    kind: str
    title: str
    members: set[int]
    person: Person | None = None
    status: str = "new"
    creator: int | None = None
    edited: int = 0
    latest: int = 0
    messages: OrderedDict[int, StoredMessage] = field(default_factory=OrderedDict)

    def as_json(self) -> JSON:
        result: JSON = {"id": self.id, "type": self.kind}
        if self.person is None:
            return result | {"title": self.title}
        named = {"username": self.person.username} if self.person.username else {}
        return result | {"first_name": self.person.first_name, **named}

    def files(self) -> Iterator[StoredFile]:
        return (file for message in self.messages.values() for file in message.files)

    def keep(self, message: StoredMessage) -> list[StoredMessage]:
        """Add a message. Drops and returns the oldest beyond a thousand."""
        self.messages[message.id] = message
        beyond = max(len(self.messages) - _MESSAGES_KEPT, 0)
        return [self.messages.popitem(last=False)[1] for _ in range(beyond)]


class EventFeed(NumberedLog):
    """Last events of one phone: new, edited, deleted, answer, action, status, language."""

    kept = 500

    def add(self, kind: str, **fields: object) -> None:
        self.append({"seq": self.number + 1, "kind": kind, **fields})

    def catch_up(self, after: int) -> JSON:
        """`events` after a number. `lost` if some are missing: dropped, or from an earlier server."""
        events = self.since(after)
        return {"events": events, "lost": len(events) != self.number - after}


_GROUP_IDS_BELOW = -1_000_000_000
_QUERIES_KEPT = 10_000


@dataclass(slots=True)
class CallbackQuery:
    person: int
    chat: StoredChat
    expires: float
    answered: bool = False


class BotAccount:
    """State that a bot and its people share. `token` is "<id>:<secret>", `clock` returns wall seconds,
    `first_update` is the first update_id."""

    def __init__(self, token: str, username: str, clock: Callable[[], float], first_update: int) -> None:
        self.token = token
        self.clock = clock
        self.me: JSON = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": username,
            "username": username,
        }
        self.people: dict[int, Person] = {}
        self.chats: dict[int, StoredChat] = {}
        self.feeds: dict[int, EventFeed] = {}
        self.files = StoredFiles()
        self.updates = UpdateQueue(clock, first_update)
        self.webhook: WebhookState
        self.queries: OrderedDict[str, CallbackQuery] = OrderedDict()
        self.commands: dict[tuple[str, int, str], list[JSON]] = {}
        self.profile: dict[tuple[str, str], str] = {}
        self._albums = 0
        self._messages = 0

    def new_album(self) -> str:
        self._albums += 1
        return str(self.me["id"] * 1000 + self._albums)

    def now(self) -> int:
        return int(self.clock())

    def person(self, number: int, details: Mapping[str, Any] | None = None) -> Person:
        """A person, created on first use. `details` set first_name, language_code and username."""
        person = self.people.get(number)
        if person is None:
            person = self.people[number] = Person(number, f"User {number}")
            self.feeds[number] = EventFeed()
            self.chats[number] = StoredChat(number, "private", "", {number}, person)
        for name in ("first_name", "language_code", "username"):
            if details and name in details:
                setattr(person, name, details[name])
        return person

    def user(self, number: int) -> JSON | None:
        if number == self.me["id"]:
            return self.me
        person = self.people.get(number)
        return None if person is None else person.as_user()

    def new_group(self, title: str, creator: int) -> StoredChat:
        number = _GROUP_IDS_BELOW - sum(chat.kind == "group" for chat in self.chats.values()) - 1
        chat = self.chats[number] = StoredChat(
            number, "group", title, {creator}, status="left", creator=creator
        )
        return chat

    def known(self, number: object) -> StoredChat | None:
        """A chat by id, as a number or text. None if the bot cannot know it."""
        found = canonical_integer(str(number).strip())
        return None if found is None else self.chats.get(found)

    def chat(self, number: object) -> StoredChat:
        chat = self.known(number)
        if number is None or number == "":
            raise bad_request("chat_id is empty")
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def open_chat(self, number: object) -> StoredChat:
        """A chat open to the bot's messages. Raises ApiError 403 otherwise."""
        chat = self.chat(number)
        if chat.status == "member":
            return chat
        if chat.kind != "private":
            raise forbidden("bot is not a member of the group chat")
        if chat.status == "kicked":
            raise forbidden("bot was blocked by the user")
        raise forbidden("bot can't initiate conversation with a user")

    def notify(self, chat: StoredChat, kind: str, **fields: object) -> None:
        for member in chat.members:
            self.feeds[member].add(kind, chat_id=chat.id, **fields)

    def post(
        self, chat: StoredChat, sender: JSON, body: JSON, **details: Unpack[MessageDetails]
    ) -> StoredMessage:
        self._messages += 1
        outgoing = sender is self.me
        # People read for a second what an edit asks. Programs that play them do not wait.
        date = chat.latest = max(self.now(), chat.latest, 0 if outgoing else chat.edited + 1)
        message = StoredMessage(self._messages, chat, sender, date, body, outgoing, **details)
        for file in message.files:
            self.files.hold(file.file_id)
        self._let_go(chat.keep(message))
        self.notify(chat, "new", message=message.on_phone())
        return message

    def touch(self, message: StoredMessage, when: int | None) -> None:
        chat = message.chat
        if when is not None:
            message.edited = chat.latest = max(when, chat.latest)
            chat.edited = chat.latest if message.outgoing else chat.edited
        self.notify(chat, "edited", message=message.on_phone())

    def remove(self, messages: list[StoredMessage]) -> None:
        for message in messages:
            message.chat.messages.pop(message.id, None)
        if messages:
            self.notify(messages[0].chat, "deleted", message_ids=[message.id for message in messages])
        self._let_go(messages)

    def _let_go(self, gone: list[StoredMessage]) -> None:
        files = {file.file_id for message in gone for file in message.files}
        if files:
            kept = {file.file_id for chat in self.chats.values() for file in chat.files()}
            for file_id in files - kept:
                self.files.release(file_id)

    def ask(self, person: Person, chat: StoredChat, payload: JSON) -> str:
        now = self.clock()
        while self.queries:
            oldest = next(iter(self.queries.values()))
            if oldest.expires >= now and len(self.queries) < _QUERIES_KEPT:
                break
            self.queries.popitem(last=False)
        number = str(secrets.randbits(63))
        self.queries[number] = CallbackQuery(person.id, chat, now + CALLBACK_LIFETIME)
        # chat_instance is opaque, but equal for all queries of a chat.
        query = {"id": number, "from": person.as_user(), "chat_instance": str(-chat.id * 7919), **payload}
        self.updates.put("callback_query", query, ("user", person.id))
        return number

    def query(self, number: str | None) -> CallbackQuery:
        query = self.queries.get(number or "")
        if query is None or query.expires < self.clock():
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        return query

    def menu(self, person: Person) -> list[JSON]:
        """The person's command menu in the private chat: the narrowest scope wins, then the language."""
        language = person.language_code or ""
        for kind, number in (("chat", person.id), ("all_private_chats", 0), ("default", 0)):
            for code in (language, ""):
                found = self.commands.get((kind, number, code))
                if found:
                    return found
        return []

    def file_for(self, person: int, file_id: str) -> StoredFile | None:
        file = self.files.get(file_id)
        chats = [chat for chat in self.chats.values() if person in chat.members]
        return file if any(file is one for chat in chats for one in chat.files()) else None


def account_named(accounts: Iterable[BotAccount], name: object) -> BotAccount:
    """The account with this username, or the first without a name. Raises ApiError if there is none."""
    for account in accounts:
        if not name or account.me["username"] == name:
            return account
    raise bad_request("there is no such bot")
