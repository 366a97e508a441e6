"""People, chats and messages as plain values."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypedDict

from bot.local_api.access import JSON
from bot.local_api.state.files import StoredFile

_MESSAGES_KEPT = 1000


@dataclass(slots=True)
class Person:
    id: int
    first_name: str
    language_code: str | None = None
    username: str | None = None

    def as_user(self) -> JSON:
        user: JSON = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            user["username"] = self.username
        if self.language_code:
            user["language_code"] = self.language_code
        return user


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
        result: JSON = {
            "message_id": self.id,
            "from": self.sender,
            "chat": self.chat.as_json(),
            "date": self.date,
        }
        if self.edited is not None:
            result["edit_date"] = self.edited
        if quotes and self.quoted is not None:
            result["reply_to_message"] = self.quoted.as_json(quotes=False)
        result.update(self.body)
        if self.protected:
            result["has_protected_content"] = True
        if self.inline is not None:
            result["reply_markup"] = self.inline
        return result

    def on_phone(self) -> JSON:
        """The message for a phone, with `outgoing`, `reply_keyboard` and `files` added."""
        result = self.as_json()
        result["outgoing"] = self.outgoing
        if self.markup is not None and self.inline is None:
            result["reply_keyboard"] = self.markup
        if self.files:
            result["files"] = [
                {"kind": file.kind, "name": file.name, "mime_type": file.mime, **file.as_json()}
                for file in self.files
            ]
        return result


@dataclass(slots=True, eq=False)
class StoredChat:
    """A private chat, with the person's id, or a group, with a negative id.

    `status` is the bot's: new (no message yet), member, kicked (blocked or removed) or left. `creator` is the
    person who created the group.
    """

    id: int
    kind: str
    title: str
    members: set[int]
    person: Person | None = None
    status: str = "new"
    creator: int | None = None
    messages: OrderedDict[int, StoredMessage] = field(default_factory=OrderedDict)

    def as_json(self) -> JSON:
        result: JSON = {"id": self.id, "type": self.kind}
        if self.person is None:
            result["title"] = self.title
            return result
        result["first_name"] = self.person.first_name
        if self.person.username:
            result["username"] = self.person.username
        return result

    def files(self) -> Iterator[StoredFile]:
        return (file for message in self.messages.values() for file in message.files)

    def keep(self, message: StoredMessage) -> list[StoredMessage]:
        """Add a message. Drops and returns the oldest beyond a thousand."""
        self.messages[message.id] = message
        beyond = max(len(self.messages) - _MESSAGES_KEPT, 0)
        return [self.messages.popitem(last=False)[1] for _ in range(beyond)]
