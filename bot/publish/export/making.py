"""Makes a registered export: its rows in one snapshot, its manifest and its encryption."""

import asyncio
import hashlib
import io
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, cast

from bot import __version__
from bot.errors import Refusal
from bot.publish.export import contract, exports, register
from bot.publish.export.columns import TABLE_VERSION
from bot.publish.export.exports import Noting, PartLimit
from bot.publish.export.formats.writing import csv_line, zipped
from bot.publish.export.register import MadeFile
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ExportScope, statistics
from bot.reports.links import ExportState
from bot.safety import offline
from bot.store.unit import REPORT_FORM, REVIEW_FORM, SECONDS_AN_HOUR, MakeUnit, UnitOfWork
from db.models import Export

MANIFEST_VERSION = 1
"""Version of the manifest's own fields. It changes when the meaning of a field does."""
_LEFT_OUT: Mapping[str, str] = {
    "answers and words of reporters": "only what moderators wrote and approved is public",
    "names of people": "no column is for one",
    "files, chats and who reported": "they never leave",
    "places": "left out, or rounded as a moderator decided",
    "fields of the public version": "left out where a moderator took them out of it",
    "own words of reporters in the public version": "left out unless a moderator has confirmed that very text",
}
_LEFT_OUT_OF_ANSWERS: Mapping[str, str] = {
    **_LEFT_OUT,
    "answers and words of reporters": "only those to questions marked public, and texts that a moderator has confirmed",
}
_HELD = {ExportScope.NAMES: "names of people", ExportScope.STORIES: "answers and words of reporters"}
"""The one thing of these that such an export does hold."""

Seal = Callable[[BinaryIO, BinaryIO], None]
"""Encrypts one stream into another. Raises OSError."""
ENCRYPTED_EXTENSION, ENCRYPTED_MIME = "age", "application/octet-stream"

MOST_ROWS_IN_CHAT = 5_000
MOST_BYTES_IN_CHAT = 45_000_000
"""Limit of a file in a chat, below the Bot API's 50 MB. Further rows go into another file."""
_MOST_ALREADY_WRITTEN = MOST_BYTES_IN_CHAT - 5_000_000
"""Bytes after which no row is taken, with a margin for the rows at hand."""

Document = tuple[str, bytes, str]


def manifest_name(of: str) -> str:
    return f"{of}.manifest.json"


async def described(unit: UnitOfWork, row: Export, name: str) -> Mapping[str, bytes]:
    """Files that explain the file `name`, the manifest first. They change only as reports are approved, withdrawn or pruned."""
    scope, request = ExportScope(row.scope), ExportRequest.read_spec(row.spec)
    table, beside = exports.table_of(unit, scope), dict[str, bytes]()
    since = await contract.differences(unit, row)
    if not request.format.has_codebook:
        codebook = contract.codebook_of(table, of_reporters=request.format.of_reporters)
        beside[f"{name}.codebook.csv"] = codebook
    if request.format.name == "jsonl":
        unlisted = [one.unlisted for one in register.files_of(row)]
        merged = {
            codes: [c for one in unlisted for c in one.get(codes, ())] for one in unlisted for codes in one
        }
        beside[f"{name}.schema.json"] = contract.schema_of(table, merged)
    if since is not None:
        beside[f"{name}.gone.csv"] = csv_line(["id"]) + b"".join(csv_line([ref]) for ref in since.gone)
    digests = [
        {"name": file, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for file, content in beside.items()
    ]
    fields = {**await _fields(unit, row), "beside": digests, "lists": contract.digests_of_lists(table)}
    fields |= {} if since is None else asdict(since)
    manifest = f"{json.dumps(fields, ensure_ascii=False, indent=2)}\n".encode()
    return {manifest_name(name): manifest, **beside}


async def _fields(unit: UnitOfWork, row: Export) -> Mapping[str, Any]:
    request, scope = ExportRequest.read_spec(row.spec), ExportScope(row.scope)
    found, held = await statistics(unit, request.period), _HELD.get(scope)
    withheld = {"statistics_only": found.counted}
    if scope is ExportScope.PUBLIC:
        withheld = {"share_trusted": found.shared, **withheld}
    elif scope is not ExportScope.TRUSTED:
        withheld = {"publish_no_names": found.rows, **withheld}
    made = datetime.fromtimestamp(row.hour * SECONDS_AN_HOUR, unit.settings.zone)
    left_out = _LEFT_OUT_OF_ANSWERS if request.format.of_reporters else _LEFT_OUT
    forms = unit.forms[REPORT_FORM], unit.forms[REVIEW_FORM]
    days = {end: day and day.isoformat() for end, day in asdict(request.period).items()}
    return {
        "manifest": MANIFEST_VERSION,
        "table": TABLE_VERSION,
        "export": row.number,
        "made": made.isoformat(timespec="minutes"),
        "by": row.actor,
        "scope": str(scope),
        "format": request.format.name,
        "approved": days,
        "filters": dict(word.split("=", 1) for word in request.filters.words()),
        "rows": row.rows,
        "withheld_in_period": {"by_consent": withheld},
        "redactions": [{"left_out": what, "why": why} for what, why in left_out.items() if what != held],
        "forms": {
            form.name: {"id": form.id, "version": form.version, "digest": form.digest} for form in forms
        },
        "program": {"name": "Kuager", "version": __version__},
        "files": [asdict(one) for one in register.files_of(row)],
    }


def to_recipients(recipients: Sequence[str]) -> Seal:
    return partial(offline.seal_stream, recipients)


def required_seal(unit: UnitOfWork, scope: ExportScope) -> Seal | None:
    """Encryption that a scope requires, None for the public one. Raises Refusal if no recipient is set."""
    if scope is ExportScope.PUBLIC:
        return None
    if not unit.settings.export_recipients:
        raise Refusal("moderator.sharing.no_recipients")
    return to_recipients(unit.settings.export_recipients)


async def write_sealed(pieces: AsyncGenerator[bytes], file: BinaryIO, seal: Seal | None = None) -> None:
    """Write pieces to a file, with `seal` encrypted from memory. Always closes `pieces`. Raises OSError."""
    async with aclosing(pieces):
        if seal is not None:
            await _sealed(pieces, file, seal)
            return
        async for piece in pieces:
            file.write(piece)


async def _sealed(pieces: AsyncIterator[bytes], file: BinaryIO, seal: Seal) -> None:
    read_end, write_end = os.pipe()
    source, sink = os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb")

    def encrypt() -> None:
        with source:
            seal(source, file)

    sealing = asyncio.create_task(asyncio.to_thread(encrypt))
    try:
        # A broken pipe is only the symptom. The thread raises the cause.
        with suppress(BrokenPipeError), sink:
            async for piece in pieces:
                await asyncio.to_thread(sink.write, piece)
    finally:
        await sealing


@dataclass(frozen=True, slots=True)
class ExportOrder:
    number: int
    request: ExportRequest
    scope: ExportScope

    def file_name(self, part: int = 0) -> str:
        """File name with the period and the part. It does not reveal the scope."""
        name = self.request.file_name(part)
        return name if self.scope is ExportScope.PUBLIC else f"{name}.{ENCRYPTED_EXTENSION}"


async def part_in_chat(
    read: MakeUnit, write: MakeUnit, asked: ExportOrder, part: int, parts: int
) -> Document | None:
    """Make file `part`, from 0, of at most `parts`. None where no rows are left. Raises Refusal if they cannot hold all rows."""
    async with read() as unit:
        seal = required_seal(unit, asked.scope)
    file, extent = io.BytesIO(), PartLimit(MOST_ROWS_IN_CHAT, _MOST_ALREADY_WRITTEN)
    await write_sealed(pieces(read, write, asked, part, extent), file, seal)
    content = file.getvalue()
    if not extent.rows and not (part == 0 and extent.is_last and await _names_gone(read, asked.number)):
        if extent.is_last:
            async with write() as unit:
                (await register.find(unit, asked.number)).state = ExportState.MADE
        return None
    if len(content) > MOST_BYTES_IN_CHAT or (part == parts - 1 and not extent.is_last):
        async with write() as unit:
            await register.drop_part(unit, asked.number, part)
        raise Refusal("moderator.export.too_large")
    name = asked.file_name(part + 1 if part or not extent.is_last else 0)
    made = _made(name, len(content), hashlib.sha256(content).hexdigest(), extent, seal)
    async with write() as unit:
        await register.complete(unit, asked.number, part, made, is_last=extent.is_last)
    return made.name, content, asked.request.format.mime if seal is None else ENCRYPTED_MIME


async def _names_gone(read: MakeUnit, number: int) -> bool:
    """Whether an export without rows has to tell its recipients what to delete."""
    async with read() as unit:
        since = await contract.differences(unit, await register.find(unit, number))
    return since is not None and bool(since.gone)


async def to_file(
    read: MakeUnit,
    write: MakeUnit,
    asked: ExportOrder,
    file: BinaryIO,
    name: str,
    *,
    seal: Seal | None = None,
    noted: Callable[[int], None] = lambda _rows: None,
) -> MadeFile:
    """Write a whole export to a file, sealed with `seal` or as its scope requires. `noted` gets numbers of rows. Raises OSError."""
    async with read() as unit:
        seal = required_seal(unit, asked.scope) or seal
    counting, extent = Counting(file), PartLimit()
    made = pieces(read, write, asked, 0, extent, noted=noted)
    await write_sealed(made, cast("BinaryIO", counting), seal)
    return _made(name, counting.bytes, counting.digest.hexdigest(), extent, seal)


def _made(name: str, size: int, digest: str, extent: PartLimit, seal: Seal | None) -> MadeFile:
    counts = extent.generalised, extent.left_out, extent.marks, extent.kept
    unlisted = extent.unlisted if seal is None else {}
    return MadeFile(name, size, digest, extent.rows, seal is not None, *counts, unlisted)


class Counting:
    """File that counts and digests what is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.bytes, self.digest = file, 0, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.bytes += len(content)
        self.digest.update(content)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()


def pieces(
    read: MakeUnit,
    write: MakeUnit,
    asked: ExportOrder,
    part: int,
    extent: PartLimit,
    *,
    noted: Callable[[int], None] = lambda _rows: None,
) -> AsyncGenerator[bytes]:
    """Stream a part of an export. The register notes each row first."""
    noting = Noting(write, asked.number, part, noted)
    where = register.conditions(asked.request, asked.number, part)
    return exports.stream(read, asked.request, asked.scope, noting=noting, where=where, extent=extent)


async def description_of(read: MakeUnit, number: int) -> Document:
    """ZIP of all that explains an export."""
    async with read() as unit:
        row = await register.find(unit, number)
        of = register.files_of(row)[0].name
        files = await described(unit, row, of)
    return f"{of}.about.zip", b"".join(zipped(files.items())), "application/zip"
