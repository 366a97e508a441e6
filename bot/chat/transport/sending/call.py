"""A call of the Bot API that is owed, and the row of the outbox in which it is sealed. Payloads are sealed under the key ring
and live until they are delivered: minutes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot import json_bytes
from bot.safety.sealing import RingSeal
from bot.services.vault import RingSealed
from db.models import OutboxRow

MOST_DELETED = 100
"""Messages of one deleteMessages (Bot API)."""
_DELETIONS = frozenset({"deleteMessage", "deleteMessages"})
_PADDED_TO = 256
"""Payloads are filled up to multiples of so many bytes: their lengths tell less of what they say."""
_PASSING_PADDED_TO = 8192
"""The same of what leaves the chat surely, questions of moderators among it: the length of one would tell which report it is of."""
COLUMNS = [column.name for column in OutboxRow.__table__.columns]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Bot API. `attach` names what is sent with it, files or words, by the parameter that it fills (see `attachments`);
    `essential` is false for what may be lost without harm (the answer to a tap, an edit of an old message).
    `protect`: an edit that must be sent anew is sent with `protect_content`, which an edit cannot carry. `otherwise` are words
    that are sent when a file is not taken in any way; of a message without a file, which says that something is destroyed, when that
    still stands in the database's log.

    `deletes` are messages of the chat that are deleted before, so that a message can say that it is done; where one of
    them, or of those that a deletion is for, could not be deleted, `if_left` is said instead, or after the deletion.
    `guarded`: it is for a moderator, so it is sent only while the outbox still owes it. `passing`: what it shows leaves the
    chat with the question at hand, and surely. `way` is the id of the way back whose reporter is told by it that a question
    waits. `receipt` is the check of the code that it shows (`intake.check_of`): nobody can look that code up, so it is owed
    anew where others are dropped with a chat that is cleared. `decides` is a group: whether the bot stays in that is told by what becomes
    of the call."""

    method: str
    params: Mapping[str, Any]
    attach: Mapping[str, str] = field(default_factory=dict)
    essential: bool = True
    protect: bool = False
    otherwise: str = ""
    deletes: Sequence[int] = ()
    if_left: Mapping[str, Any] | None = None
    guarded: bool = False
    passing: bool = False
    way: int | None = None
    receipt: str = ""
    decides: int | None = None

    @property
    def is_deletion(self) -> bool:
        """Whether it does nothing but delete messages."""
        return self.method in _DELETIONS

    @property
    def is_silent(self) -> bool:
        """Whether nobody reads anything new by it, so that it may be sent to somebody who must not read any more."""
        return self.is_deletion or self.method == "editMessageReplyMarkup" or self._is_bare_answer

    @property
    def _is_bare_answer(self) -> bool:
        return self.method == "answerCallbackQuery" and not self.params.get("text")

    @property
    def shows(self) -> bool:
        """Whether it puts a message into the chat."""
        return self.method.startswith("send")

    @property
    def doomed(self) -> Sequence[int]:
        """The messages that it deletes."""
        if not self.is_deletion:
            return self.deletes
        single = self.params.get("message_id")
        return self.params["message_ids"] if single is None else (single,)

    def instead(self) -> "Call | None":
        """What is tried when Telegram refuses this one. An edit that matters and whose message is gone is sent anew. A photo,
        video or sound that Telegram does not take for one is sent as a document, an album of them as one of documents; where that is
        refused too, it is said."""
        if self.attach and self.otherwise:
            return self._as_document() or self.in_words()
        if self.essential and self.method == "editMessageText":
            params = {name: value for name, value in self.params.items() if name != "message_id"}
            return Call("sendMessage", params | ({"protect_content": True} if self.protect else {}))
        return None

    def _as_document(self) -> "Call | None":
        if self.method == "sendDocument":
            return None
        if self.method == "sendMediaGroup":
            return self._as_documents()
        (name,) = self.attach.values()
        return replace(self, method="sendDocument", attach={"document": name})

    def _as_documents(self) -> "Call | None":
        """An album of documents."""
        media = [{**one, "type": "document"} for one in self.params["media"]]
        if media == self.params["media"]:
            return None
        return replace(self, params={**self.params, "media": media})

    def in_words(self, why: str = "") -> "Call":
        """What is said in place of a file that cannot be sent; with `why` that."""
        params = {"chat_id": self.params["chat_id"], "text": why or self.otherwise, "protect_content": True}
        return replace(self, method="sendMessage", params=params, attach={})

    def dump(self, ring: RingSeal, row: "OwedRow") -> bytes:
        """Sealed for a row of the outbox, in which alone it opens."""
        plain = {
            "m": self.method,
            "p": self.params,
            "a": self.attach,
            "e": self.essential,
            "o": self.otherwise,
        }
        plain |= {"c": self.protect, "d": self.deletes, "l": self.if_left, "g": self.guarded}
        plain |= {"s": self.passing, "w": self.way, "r": self.receipt, "k": self.decides}
        written = json_bytes.dumped(plain)
        padded_to = _PASSING_PADDED_TO if self.passing else _PADDED_TO
        return ring.seal(written + b" " * (-len(written) % padded_to), _place(row))

    @classmethod
    def of(cls, ring: RingSeal, row: "OwedRow") -> "Call":
        """What a row owes; raises UnsealError for one that was read and does not open."""
        return cls.load(ring, row) if row.call is None else row.call

    @classmethod
    def load(cls, ring: RingSeal, row: "OwedRow | OutboxRow") -> "Call":
        """The same by what is sealed in the row."""
        plain = json_bytes.loaded(ring.unseal(row.payload, _place(row)))
        call = cls(plain["m"], plain["p"], plain["a"], plain["e"], plain["c"], plain.get("o", ""))
        call = replace(call, deletes=plain["d"], if_left=plain["l"], guarded=plain["g"])
        call = replace(call, passing=plain.get("s", False), way=plain.get("w"), receipt=plain.get("r", ""))
        return replace(call, decides=plain.get("k"))


@dataclass(slots=True, eq=False)
class OwedRow:
    """A row of the outbox as a plain value, which many are made of. `call` is what it owes, where it was made by this process and
    need not be opened."""

    id: int
    chat_hash: bytes
    number: int
    payload: bytes
    prompt_step: int | None
    report_id: str | None
    hour: int
    stay: int
    owner: int | None = None
    call: Call | None = None


def _place(row: OwedRow | OutboxRow) -> str:
    return f"outbox.payload:{row.id}:{row.chat_hash.hex()}:{row.report_id or ''}"


def owed_row(found: Any) -> OwedRow:
    """The same of what was read."""
    return OwedRow(**{name: getattr(found, name) for name in COLUMNS})


RING_SEALED = RingSealed(OutboxRow.payload, _place)


def deletions(
    chat_id: int, message_ids: Sequence[int], if_left: Mapping[str, Any] | None = None
) -> Iterator[Call]:
    """The calls that delete messages of a chat."""
    if len(message_ids) == 1:
        params: dict[str, Any] = {"chat_id": chat_id, "message_id": message_ids[0]}
        yield Call("deleteMessage", params, if_left=if_left)
        return
    for start in range(0, len(message_ids), MOST_DELETED):
        params = {"chat_id": chat_id, "message_ids": list(message_ids[start : start + MOST_DELETED])}
        yield Call("deleteMessages", params, if_left=if_left)
