"""One attempt to deliver a call, with the attachments it opens only then."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegram.error import BadRequest

from bot.errors import StoreAwayError
from bot.safety.sealing import UnsealError
from bot.store import files
from bot.store.faults import UnsentError
from bot.store.file_store import FileStore
from bot.store.files import LocatedFile
from bot.store.unit import MakeUnit, UnitOfWork
from bot.transport.api import Api
from bot.transport.call import MOST_DELETED, Call

log = logging.getLogger(__name__)

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
    """Sends calls. Raises PTB's errors and those of attachments."""

    api: Api
    openers: Mapping[str, Opener]

    async def send(self, call: Call, deleted: set[int]) -> tuple[object, tuple[int, ...]]:
        """Send a call. Returns Telegram's answer, and the messages that could not be deleted.

        Deleted ones are added to `deleted`, for a later try. A prompt that cannot be deleted loses its
        buttons.
        """
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
        """Delete messages. Returns those left.

        One undeletable message makes Telegram refuse all, so then each is tried alone.
        """
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
