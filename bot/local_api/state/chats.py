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
    """A person with a Telegram account."""

    id: int
    first_name: str
    language_code: str | None = None
    username: str | None = None

    def as_user(self) -> JSON:
        """User of the Bot API."""
        user: JSON = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            user["username"] = self.username
        if self.language_code:
            user["language_code"] = self.language_code
        return user


def member(status: str, user: JSON) -> JSON:
    """ChatMember of the Bot API, with the fields that its status requires."""
    more: dict[str, JSON] = {"kicked": {"until_date": 0}, "creator": {"is_anonymous": False}}
    return {"user": user, "status": status, **more.get(status, {})}


class MessageDetails(TypedDict, total=False):
    """What a message may have beside its sender and body; see StoredMessage."""

    markup: JSON | None
    files: list[StoredFile]
    protected: bool
    quoted: "StoredMessage | None"


@dataclass(slots=True, eq=False)
class StoredMessage:
    """A message as it is now. `body` holds fields of the Bot API's Message: text, entities, photo, caption."""

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
        """The inline keyboard, if that is what the message carries."""
        return self.markup if self.markup is not None and "inline_keyboard" in self.markup else None

    def as_json(self, quotes: bool = True) -> JSON:
        """Message of the Bot API."""
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
        """The message as a phone shows it: also whether the bot sent it, its reply keyboard and its files."""
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
    """A private chat (its id is the person's) or a group (a negative id).

    `status` is that of the bot: new (nobody has written yet), member, kicked (blocked or removed) or left; `creator`
    is the person who made a group.
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
        """Chat of the Bot API."""
        result: JSON = {"id": self.id, "type": self.kind}
        if self.person is None:
            result["title"] = self.title
            return result
        result["first_name"] = self.person.first_name
        if self.person.username:
            result["username"] = self.person.username
        return result

    def files(self) -> Iterator[StoredFile]:
        """The files of its messages."""
        return (file for message in self.messages.values() for file in message.files)

    def keep(self, message: StoredMessage) -> list[StoredMessage]:
        """Add a message; returns the oldest beyond a thousand, which are forgotten as if they were deleted."""
        self.messages[message.id] = message
        beyond = max(len(self.messages) - _MESSAGES_KEPT, 0)
        return [self.messages.popitem(last=False)[1] for _ in range(beyond)]
