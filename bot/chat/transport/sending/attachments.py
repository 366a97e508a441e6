"""Attachments of queued calls, opened when they are sent."""

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
"""Further parameters, such as text with buttons."""
Opened = Attachment | str | Parameters
Opener = Callable[[str], Awaitable[Opened]]
"""Opens an attachment by the rest of its name: a file, or text that takes long to make."""


class GoneError(Exception):
    """The file or its key is gone, so nothing is sent."""


class UnmadeError(Exception):
    """The attachment is not made. Its message, or else the call's own text, is sent instead."""


class LostError(Exception):
    """The file is lost, or the attachment cannot be made. The message is a line for the log."""


class Attachments:
    """Opens attachments such as `copy:<id>:<name>`. `openers` are found by the first word, and raise
    GoneError, UnmadeError or LostError."""

    def __init__(self, openers: Mapping[str, Opener]) -> None:
        self._openers = openers

    async def load(self, attach: Mapping[str, str]) -> dict[str, Opened]:
        found: dict[str, Opened] = {}
        for parameter, name in attach.items():
            kind, _, rest = name.partition(":")
            found[parameter] = await self._openers[kind](rest)
        return found


def attachments_of(
    read: MakeUnit, store: FileStore, others: Mapping[str, Opener] | None = None
) -> Attachments:
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
