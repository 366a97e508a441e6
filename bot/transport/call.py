"""A call of the Bot API sealed in a row of the outbox, one attempt to deliver it, and the outcome."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from telegram.error import BadRequest

from bot import json_text
from bot.errors import StoreAwayError
from bot.safety.sealing import RingSeal, UnsealError
from bot.store import files
from bot.store.faults import UnsentError
from bot.store.file_store import FileStore
from bot.store.files import LocatedFile
from bot.store.unit import MakeUnit, UnitOfWork
from bot.store.vault import RingSealed
from bot.transport.api import Api
from db.models import OutboxRow

log = logging.getLogger(__name__)

MOST_DELETED = 100
"""Limit of deleteMessages (Bot API)."""
_DELETIONS = frozenset({"deleteMessage", "deleteMessages"})
_PADDED_TO = 256
"""Padding in bytes, so that lengths reveal little."""
_PASSING_PADDED_TO = 8192
"""Padding of questions of moderators and the like, whose length would reveal their report."""
_FIELDS = (
    "method params attach essential otherwise protect deletes if_left guarded passing way receipt decides"
)
_STORED = dict(zip("mpaeocdlgswrk", _FIELDS.split(), strict=True))
"""Fields of a call by their names in a row."""
COLUMNS = [column.name for column in OutboxRow.__table__.columns]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Bot API.

    - `attach`: names of attachments by parameter (see `opened_by`)
    - `essential`: false for calls that may be lost, such as the answer to a tap
    - `protect`: use `protect_content` if an edit is sent anew
    - `otherwise`: text in place of a refused file. Without a file: text while destroyed data still stands in
      the database's log
    - `deletes`: messages of the chat to delete first
    - `if_left`: parameters used if a deletion failed, or of a reply that says so (`tell_remains`)
    - `guarded`: for a moderator, so sent only while its row exists
    - `passing`: its message leaves the chat with the current question
    - `way`: id of the reply channel whose reporter it tells of a question
    - `receipt`: check of its receipt code (`receipts.service.check_of`). No one can look that code up, so a cleared
      chat gets it again
    - `decides`: group that the bot stays in or leaves by its result
    """

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
        return self.method in _DELETIONS

    @property
    def may_wait(self) -> bool:
        """Whether it only tidies up, such as the edit of an answered prompt, so that answers go first."""
        return not self.essential and self.method.startswith("editMessage")

    @property
    def is_silent(self) -> bool:
        """Whether it shows nothing new, and may go to people who must not read any more."""
        is_bare_answer = self.method == "answerCallbackQuery" and not self.params.get("text")
        return self.is_deletion or self.method == "editMessageReplyMarkup" or is_bare_answer

    @property
    def shows(self) -> bool:
        """Whether it puts a message into the chat."""
        return self.method.startswith("send")

    @property
    def doomed(self) -> Sequence[int]:
        if not self.is_deletion:
            return self.deletes
        single = self.params.get("message_id")
        return self.params["message_ids"] if single is None else (single,)

    def instead(self) -> "Call | None":
        """Call to try when this one is refused: media become documents, then text."""
        return self._as_document() or self.in_words() if self.attach and self.otherwise else None

    def anew(self) -> "Call | None":
        """New message in place of an edit that is refused."""
        if not self.essential or self.method != "editMessageText":
            return None
        params = {name: value for name, value in self.params.items() if name != "message_id"}
        params |= {"protect_content": True} if self.protect else {}
        return replace(self, method="sendMessage", params=params)

    def _as_document(self) -> "Call | None":
        if self.method == "sendDocument":
            return None
        if self.method == "sendMediaGroup":
            media = [{**one, "type": "document"} for one in self.params["media"]]
            is_other = media != self.params["media"]
            return replace(self, params={**self.params, "media": media}) if is_other else None
        (name,) = self.attach.values()
        return replace(self, method="sendDocument", attach={"document": name})

    def in_words(self, why: str = "") -> "Call":
        """Text in place of a file."""
        params = {"chat_id": self.params["chat_id"], "text": why or self.otherwise, "protect_content": True}
        return replace(self, method="sendMessage", params=params, attach={})

    def dump(self, ring: RingSeal, row: "QueuedRow") -> bytes:
        """Seal the call for this row only."""
        written = json_text.dumped({key: getattr(self, name) for key, name in _STORED.items()})
        padded_to = _PASSING_PADDED_TO if self.passing else _PADDED_TO
        return ring.seal(written + b" " * (-len(written) % padded_to), _place(row))

    @classmethod
    def of(cls, ring: RingSeal, row: "QueuedRow") -> "Call":
        """Call of a row. Raises UnsealError."""
        return cls.load(ring, row) if row.call is None else row.call

    @classmethod
    def load(cls, ring: RingSeal, row: "QueuedRow | OutboxRow") -> "Call":
        """Unseal the call of a row. Raises UnsealError."""
        plain = json_text.loaded(ring.unseal(row.payload, _place(row)))
        return cls(**{_STORED[key]: value for key, value in plain.items() if key in _STORED})


@dataclass(slots=True, eq=False)
class QueuedRow:
    """A row of the outbox as a plain value. `call` is set if this process made it, and `since` by the lane, in
    seconds of the event loop."""

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
    since: float = 0.0

    @property
    def may_wait(self) -> bool:
        return self.call is not None and self.call.may_wait


def _place(row: QueuedRow | OutboxRow) -> str:
    return f"outbox.payload:{row.id}:{row.chat_hash.hex()}:{row.report_id or ''}"


def queued_row(found: Any) -> QueuedRow:
    return QueuedRow(**{name: getattr(found, name) for name in COLUMNS})


RING_SEALED = RingSealed(OutboxRow.payload, _place)


def deletions(
    chat_id: int, message_ids: Sequence[int], if_left: Mapping[str, Any] | None = None
) -> Iterator[Call]:
    if len(message_ids) == 1:
        params: dict[str, Any] = {"chat_id": chat_id, "message_id": message_ids[0]}
        yield Call("deleteMessage", params, if_left=if_left)
        return
    for start in range(0, len(message_ids), MOST_DELETED):
        params = {"chat_id": chat_id, "message_ids": list(message_ids[start : start + MOST_DELETED])}
        yield Call("deleteMessages", params, if_left=if_left)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A finished row.

    - `doubtful`: it may have been shown under unknown ids
    - `left`: messages that it could not delete
    - `unbuilt`: no request can be made of it, so the person has to be told
    - `unreachable`: the chat takes nothing any more
    - `moved_to`: new id of a group, to which nothing was sent yet
    - `edited_at`: Telegram's time of the edit, in seconds, where a message was edited. 0 if an earlier try may
      have been carried out too, or may still be
    """

    row: QueuedRow
    message_ids: tuple[int, ...] = ()
    doubtful: bool = False
    left: tuple[int, ...] = ()
    unbuilt: bool = False
    unreachable: bool = False
    moved_to: int | None = None
    edited_at: int | None = None


@dataclass(frozen=True, slots=True)
class DeliverySnapshot:
    """Snapshot of the sender.

    - `unseen_prompts`: untried prompts by chat and step. Messages that came until now answer none of them
    - `numbers`: last row number of each chat
    - `tried`: ids of rows that may have been shown
    """

    delivered: Sequence[Delivered] = ()
    unseen_prompts: frozenset[tuple[bytes, int]] = frozenset()
    numbers: Mapping[bytes, int] = field(default_factory=dict)
    tried: frozenset[int] = frozenset()


Attachment = tuple[str, bytes, str]
"""File name, bytes, MIME type."""
Opened = Attachment | str | Mapping[str, Any]
"""A file, text, or further parameters, such as text with buttons."""
Opener = Callable[[str], Awaitable[Opened]]
"""Opens an attachment by the rest of its name, or makes it."""


class GoneError(Exception):
    """The file or its key is gone, so nothing is sent."""


class UnmadeError(Exception):
    """The attachment is not made. Its message, or else the call's own text, is sent instead."""


class LostError(Exception):
    """The file is lost, or the attachment cannot be made. The message is a line for the log."""


async def opened_by(openers: Mapping[str, Opener], attach: Mapping[str, str]) -> dict[str, Opened]:
    """Open attachments such as `copy:<id>:<name>`, each by the opener of its first word, which raises
    GoneError, UnmadeError or LostError."""
    found: dict[str, Opened] = {}
    for parameter, name in attach.items():
        kind, _, rest = name.partition(":")
        found[parameter] = await openers[kind](rest)
    return found


def file_openers(read: MakeUnit, store: FileStore) -> Mapping[str, Opener]:
    def of_files(locate: Callable[[UnitOfWork, str, str], Awaitable[LocatedFile | None]]) -> Opener:
        async def opened(spec: str) -> Attachment:
            file_id, _, name = spec.partition(":")
            async with read() as unit:
                located = await locate(unit, file_id, name)
            if located is None:
                raise GoneError
            try:
                return await located.read(store)
            except (FileNotFoundError, UnsealError):
                raise LostError from None
            except StoreAwayError as error:
                raise UnsentError("the store of files is away") from error

        return opened

    return {"copy": of_files(files.locate_copy), "original": of_files(files.locate_original)}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver a call. Raises PTB's errors and those of attachments."""

    api: Api
    openers: Mapping[str, Opener]

    async def send(self, call: Call, deleted: set[int]) -> tuple[object, tuple[int, ...]]:
        """Send a call. Returns Telegram's answer, and the messages that could not be deleted. Deleted ones
        join `deleted`, for a later try. A prompt that cannot be deleted loses its buttons."""
        call, files = await self._open(call)
        left: tuple[int, ...] = ()
        if call.doomed:
            left = await self._delete(call, [one for one in call.doomed if one not in deleted], deleted)
        if call.is_deletion:
            if left and not call.essential:
                params = {"chat_id": call.params["chat_id"], "message_id": left[-1]}
                without = {**params, "reply_markup": {"inline_keyboard": []}}
                await self.api.call("editMessageReplyMarkup", without, once=True)
            return True, left
        if left and call.if_left is not None:
            call = replace(call, params=call.if_left)
        return await self._ask(call, files), left

    async def _open(self, call: Call) -> tuple[Call, Mapping[str, Attachment]]:
        try:
            opened = await opened_by(self.openers, call.attach)
        except UnmadeError as unmade:
            return call.in_words(str(unmade)), {}
        except LostError as lost:
            log.error("%s", lost.args[0] if lost.args else "a file is missing in the store")  # noqa: TRY400 - no trace helps
            return call.in_words(), {}
        return with_words(call, opened), {name: one for name, one in opened.items() if isinstance(one, tuple)}

    async def _ask(self, call: Call, files: Mapping[str, Attachment]) -> object:
        """Send each form of a call once, so that each try is known."""
        once = call.essential
        while True:
            try:
                return await self.api.call(call.method, call.params, files, once=once)
            except BadRequest as refused:
                other = call.instead()
                if other is None or is_unmodified(refused):
                    raise
            (call, files), once = await self._open(other), True

    async def _delete(self, call: Call, ids: Sequence[int], deleted: set[int]) -> tuple[int, ...]:
        """Delete messages. Returns those left. One undeletable message makes Telegram refuse all: then each
        is tried alone."""
        left: list[int] = []
        for start in range(0, len(ids), MOST_DELETED):
            chunk = ids[start : start + MOST_DELETED]
            if len(chunk) > 1 and await self._deleted(call, {"message_ids": list(chunk)}):
                deleted.update(chunk)
                continue
            for one in chunk:
                if await self._deleted(call, {"message_id": one}):
                    deleted.add(one)
                else:
                    left.append(one)
        return tuple(left)

    async def _deleted(self, call: Call, named: dict[str, object]) -> bool:
        method = "deleteMessages" if "message_ids" in named else "deleteMessage"
        try:
            await self.api.call(method, {"chat_id": call.params["chat_id"], **named}, once=call.essential)
        except BadRequest as refused:
            return method == "deleteMessage" and "message to delete not found" in refused.message.lower()
        return True


def with_words(call: Call, opened: Mapping[str, Opened]) -> Call:
    words: dict[str, object] = {}
    for name, one in opened.items():
        if isinstance(one, str):
            words[name] = one
        elif not isinstance(one, tuple):
            words |= one
    return replace(call, params={**call.params, **words}) if words else call


def is_unmodified(error: Exception) -> bool:
    """Whether an edit was refused because it changes nothing."""
    return isinstance(error, BadRequest) and "not modified" in error.message
