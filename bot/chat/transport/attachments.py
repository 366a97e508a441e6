"""Attachments: what a call of the outbox carries beside its words, opened only when it is sent."""

from collections.abc import Awaitable, Callable, Mapping

from bot.services.export import exports
from bot.services.export.request import ExportRequest
from bot.services.reports import files
from bot.services.reports.store import FileStore
from bot.services.unit import MakeUnit

Attachment = tuple[str, bytes, str]
"""File name, bytes, MIME type."""
Opener = Callable[[str], Awaitable[Attachment]]


class GoneError(Exception):
    """The file or its key no longer exists (withdrawn, expired): there is nothing left to send."""


class Attachments:
    """Opens attachments by name. `openers` are known by the word before a name's colon (`file:<id>`,
    `export:<format>:…`), and take what follows it; they raise GoneError."""

    def __init__(self, openers: Mapping[str, Opener]) -> None:
        self._openers = openers

    async def load(self, attach: Mapping[str, str]) -> dict[str, Attachment]:
        """The content of each parameter's attachment."""
        found = {}
        for parameter, name in attach.items():
            kind, _, rest = name.partition(":")
            found[parameter] = await self._openers[kind](rest)
        return found


def attachments_of(read: MakeUnit, store: FileStore) -> Attachments:
    """What answers may carry: files of reports, and exports, which are made when they are sent."""

    async def open_file(file_id: str) -> Attachment:
        async with read() as unit:
            found = await files.open_file(unit, store, file_id)
        if found is None:
            raise GoneError(file_id)
        return found

    async def open_export(spec: str) -> Attachment:
        async with read() as unit:
            return await exports.document(unit, ExportRequest.read_spec(spec))

    return Attachments({"file": open_file, "export": open_export})
