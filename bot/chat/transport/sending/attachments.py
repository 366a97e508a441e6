"""Attachments: what a call of the outbox carries beside its words, opened only when it is sent."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.errors import StoreAwayError
from bot.faults import UnsentError
from bot.file_store.store import FileStore
from bot.safety.sealing import UnsealError
from bot.services.reports import files
from bot.services.reports.files import Located
from bot.services.unit import MakeUnit

Attachment = tuple[str, bytes, str]
"""File name, bytes, MIME type."""
Parameters = Mapping[str, Any]
"""Parameters of the call beside those that it has, such as words with buttons."""
Opened = Attachment | str | Parameters
Opener = Callable[[str], Awaitable[Opened]]
"""Makes what is sent of what stands behind the colon: a file, or words that take too long to be made in the batch, with their buttons
if they have any."""


class GoneError(Exception):
    """The file or its key no longer exists (withdrawn, expired): there is nothing left to send."""


class UnmadeError(Exception):
    """It is not to be made. The message is what is said in its place; without one the words that the call has say why."""


class LostError(Exception):
    """The store lacks a file that it should have, or has other bytes in its place; or what was to be made cannot be, as the message
    says in one line for the log."""


class Attachments:
    """Opens attachments by name. `openers` are known by the word before a name's colon (`copy:<id>:<name>`,
    `original:<id>:<name>`, and those that chats have), and take what follows it; they raise GoneError, and UnmadeError for
    what is told in words in its place."""

    def __init__(self, openers: Mapping[str, Opener]) -> None:
        self._openers = openers

    async def load(self, attach: Mapping[str, str]) -> dict[str, Opened]:
        """The content of each parameter's attachment."""
        found: dict[str, Opened] = {}
        for parameter, name in attach.items():
            kind, _, rest = name.partition(":")
            found[parameter] = await self._openers[kind](rest)
        return found


def attachments_of(
    read: MakeUnit, store: FileStore, others: Mapping[str, Opener] | None = None
) -> Attachments:
    """What answers may carry: clean copies of reports' files, their originals, and what `others` make when it is sent."""

    async def open_copy(spec: str) -> Attachment:
        file_id, _, name = spec.partition(":")
        async with read() as unit:
            located = await files.locate_copy(unit, file_id, name)
        return await _read(store, located)

    async def open_original(spec: str) -> Attachment:
        file_id, _, name = spec.partition(":")
        async with read() as unit:
            located = await files.locate_original(unit, file_id, name)
        return await _read(store, located)

    ours: Mapping[str, Opener] = {
        "copy": open_copy,
        "original": open_original,
    }
    return Attachments({**ours, **(others or {})})


async def _read(store: FileStore, located: Located | None) -> Attachment:
    if located is None:
        raise GoneError
    try:
        return await located.read(store)
    except (FileNotFoundError, UnsealError):
        raise LostError from None
    except StoreAwayError as error:
        raise UnsentError("the store of files is away") from error
