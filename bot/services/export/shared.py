"""What two administrators share: an export of a wider scope, encrypted to the operator's recipients while it is made.

Nothing of it is ever in the clear but in memory: rows go through a pipe into the encryption, and what comes out is the file."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from bot.errors import Refusal
from bot.safety import offline
from bot.services.desk.people import sharing
from bot.services.desk.people.sharing import SharingState
from bot.services.export import exports
from bot.services.export.formats import FORMATS
from bot.services.export.request import ExportRequest
from bot.services.export.scope import SHARED, Scope
from bot.services.export.statistics import Statistics
from bot.services.unit import Unit

MIME = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class SharedExport:
    """A scope, and the format and period of the export."""

    scope: Scope
    request: ExportRequest

    @classmethod
    def read(cls, scope: str, format_: str, since: str = "", until: str = "") -> "SharedExport":
        """From words; raises Refusal."""
        known = {"scopes": ", ".join(SHARED), "formats": ", ".join(FORMATS)}
        if scope not in SHARED:
            raise Refusal("moderator.sharing.how", known)
        try:
            return cls(Scope(scope), ExportRequest.read(format_, since, until))
        except Refusal:
            raise Refusal("moderator.sharing.how", known) from None

    @classmethod
    def read_spec(cls, spec: str) -> "SharedExport":
        """The inverse of `spec`; raises Refusal."""
        return cls.read(*spec.split(":"))

    def spec(self) -> str:
        """It in one word, for the request and the audit log: `names:csv:2024-01-01:`."""
        return f"{self.scope}:{self.request.spec()}"

    def file_name(self) -> str:
        """A file name that tells the period and not the scope."""
        return f"{self.request.file_name()}.age"

    def rows(self, found: Statistics) -> int:
        """How many rows it has by these statistics of its period."""
        return found.shared + (found.rows if self.scope is Scope.TRUSTED else 0)


async def write(unit: Unit, shared: SharedExport, file: BinaryIO) -> None:
    """Write it, encrypted to `export_recipients`. Raises Refusal without recipients, OSError when the file cannot be
    written."""
    recipients = unit.settings.export_recipients
    if not recipients:
        raise Refusal("moderator.sharing.no_recipients")
    await _seal(recipients, exports.stream(unit, shared.request, shared.scope), file)


async def document(unit: Unit, request_id: str, spec: str) -> tuple[str, bytes, str]:
    """The file name, the encrypted content and the MIME type of what a request that was just used asked for: of `spec`, as it was
    then, whatever its row says by now. Raises Refusal when the request is void by now."""
    await sharing.find(unit, request_id, SharingState.MADE)
    shared, file = SharedExport.read_spec(spec), io.BytesIO()
    await write(unit, shared, file)
    return shared.file_name(), file.getvalue(), MIME


async def _seal(recipients: Sequence[str], pieces: AsyncIterator[bytes], file: BinaryIO) -> None:
    """Let the pieces through a pipe, at whose other end a thread encrypts them."""
    read_end, write_end = os.pipe()
    source, sink = os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb")

    def encrypt() -> None:
        with source:
            offline.seal_stream(recipients, source, file)

    sealing = asyncio.create_task(asyncio.to_thread(encrypt))
    try:
        # A broken pipe is only how the writer hears of it: the thread says what was wrong.
        with suppress(BrokenPipeError), sink:
            async for piece in pieces:
                await asyncio.to_thread(sink.write, piece)
    finally:
        await sealing
