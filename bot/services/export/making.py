"""Making of the files of an export.

Rows are read from one state of the database and noted in short transactions before they leave. So other
writers never wait long, and no withdrawn report is in a file.
"""

import hashlib
import io
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from bot.errors import Refusal
from bot.services.export import encryption, exports, manifest, register
from bot.services.export.encryption import EXTENSION, Seal
from bot.services.export.exports import Extent, Noting, Row
from bot.services.export.register import MadeFile
from bot.services.export.request import ExportRequest
from bot.services.export.versions.scope import Scope
from bot.services.export.versions.selection import untold
from bot.services.unit import MakeUnit

MOST_ROWS_IN_CHAT = 5_000
MOST_BYTES_IN_CHAT = 45_000_000
"""Limit of a file in a chat, below the Bot API's 50 MB. Further rows go into another file."""
_MOST_ALREADY_WRITTEN = MOST_BYTES_IN_CHAT - 5_000_000
"""Bytes after which no row is taken, with a margin for the rows at hand."""

Document = tuple[str, bytes, str]


@dataclass(frozen=True, slots=True)
class Asked:
    number: int
    request: ExportRequest
    scope: Scope

    def file_name(self, part: int = 0) -> str:
        """File name with the period and the part. It does not reveal the scope."""
        name = self.request.file_name(part)
        return name if self.scope is Scope.PUBLIC else f"{name}.{EXTENSION}"


async def part_in_chat(
    read: MakeUnit, write: MakeUnit, asked: Asked, part: int, parts: int
) -> Document | None:
    """Make file `part`, from 0, of at most `parts`. None where no rows are left. Raises Refusal where the
    file is too large or the last one cannot hold all rows."""
    async with read() as unit:
        seal = encryption.required(unit, asked.scope)
    file, extent = io.BytesIO(), Extent(MOST_ROWS_IN_CHAT, _MOST_ALREADY_WRITTEN)
    await encryption.write(pieces(read, write, asked, part, extent), file, seal)
    content = file.getvalue()
    if not extent.rows:
        await _end(write, asked.number, is_made=extent.is_last)
        return None
    if len(content) > MOST_BYTES_IN_CHAT or (part == parts - 1 and not extent.is_last):
        async with write() as unit:
            await register.drop_part(unit, asked.number, part)
        raise Refusal("moderator.export.too_large")
    name = asked.file_name(part + 1 if part or not extent.is_last else 0)
    made = _made(name, len(content), _digest(content), extent, seal)
    async with write() as unit:
        await register.complete(unit, asked.number, part, made, is_last=extent.is_last)
    return made.name, content, asked.request.format.mime if seal is None else encryption.MIME


async def _end(write: MakeUnit, number: int, *, is_made: bool) -> None:
    if is_made:
        async with write() as unit:
            await register.end(unit, number)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def to_file(
    read: MakeUnit,
    write: MakeUnit,
    asked: Asked,
    file: BinaryIO,
    name: str,
    *,
    seal: Seal | None = None,
    noted: Callable[[int], None] = lambda _rows: None,
) -> MadeFile:
    """Write a whole export to a file, encrypted with `seal` or as its scope requires. `noted` gets the
    number of rows added. Raises OSError and Refusal."""
    async with read() as unit:
        seal = encryption.required(unit, asked.scope) or seal
    counting, extent = _Counting(file), Extent()
    made = pieces(read, write, asked, 0, extent, is_encrypted=seal is not None, noted=noted)
    await encryption.write(made, cast("BinaryIO", counting), seal)
    return _made(name, counting.bytes, counting.digest.hexdigest(), extent, seal)


def _made(name: str, size: int, digest: str, extent: Extent, seal: Seal | None) -> MadeFile:
    return MadeFile(name, size, digest, extent.rows, seal is not None, extent.generalised, extent.left_out)


class _Counting:
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
    asked: Asked,
    part: int,
    extent: Extent,
    *,
    is_encrypted: bool = False,
    noted: Callable[[int], None] = lambda _rows: None,
) -> AsyncGenerator[bytes]:
    """Stream a part of an export. The register notes each row first."""

    async def keep(rows: Sequence[Row]) -> Sequence[Row]:
        held = {row.report_id: row.version for row in rows}
        told = [row.report_id for row in rows if row.tells]
        async with write() as unit:
            still = set(await register.note(unit, asked.number, part, held)) - await untold(unit, told)
        noted(len(still))
        return [row for row in rows if row.report_id in still]

    async def release(report_ids: Collection[str]) -> None:
        async with write() as unit:
            await register.release(unit, asked.number, part, report_ids)

    return exports.stream(
        read,
        asked.request,
        asked.scope,
        noting=Noting(keep, release),
        where=register.conditions(asked.request, asked.number, part),
        extent=extent,
        is_encrypted=is_encrypted,
    )


async def manifest_of(read: MakeUnit, number: int) -> Document:
    async with read() as unit:
        row = await register.find(unit, number)
        content = await manifest.written(unit, row)
        of = register.files_of(row)[0].name
    return manifest.file_name(of), content, manifest.MIME
