"""An export: streamed in pieces, or the preview of a single row."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement

from bot.languages import exported_codes
from bot.services.desk.publishing.versions import VersionContent
from bot.services.export.formats.writer import About
from bot.services.export.request import ExportRequest
from bot.services.export.rows.anonymity import AnonymousRows
from bot.services.export.rows.records import Record
from bot.services.export.rows.table import ExportTable
from bot.services.export.versions.belonging import belonging
from bot.services.export.versions.scope import Scope
from bot.services.export.versions.selection import VERSIONS_A_QUERY, ApprovedVersion, approved_versions
from bot.services.unit import REPORT_FORM, REVIEW_FORM, Unit
from bot.settings import worded
from db.models import Report


@dataclass(frozen=True, slots=True)
class Row:
    """A record, and which version of which report it is of. `tells`: it holds words of the reporter's. What the version says beside is let go."""

    report_id: str
    version: int
    tells: bool
    record: Record


Keep = Callable[[Sequence[Row]], Awaitable[Sequence[Row]]]
"""Takes note of rows that are about to leave, and tells which of them may."""


@dataclass(slots=True)
class Extent:
    """How far one file goes: `most_rows`, and not on after `most_bytes` (None for as far as there are rows). Once it is written,
    `rows` tells how many there are, `bytes` how much of it was written before its end, and `is_last` that none was left. Of rows that were made anonymous, `generalised` of these are less
    exact than they were, and `left_out` are not among them."""

    most_rows: int | None = None
    most_bytes: int | None = None
    rows: int = 0
    bytes: int = 0
    is_last: bool = False
    generalised: int = 0
    left_out: int = 0

    @property
    def is_full(self) -> bool:
        """Whether no more rows are taken."""
        return self.most_bytes is not None and self.bytes >= self.most_bytes


async def _keep_all(rows: Sequence[Row]) -> Sequence[Row]:
    return rows


async def stream(
    unit: Unit,
    request: ExportRequest,
    scope: Scope = Scope.PUBLIC,
    *,
    keep: Keep = _keep_all,
    where: Sequence[ColumnElement[bool]] = (),
    extent: Extent | None = None,
    is_encrypted: bool = False,
) -> AsyncIterator[bytes]:
    """The export in pieces of at most one row each, but for what a format writes at its end. What is not public is to be sealed
    before it goes anywhere (`shared`); what `is_encrypted` afterwards is in no temporary file either.

    Rows are given to `keep` before they are written, some at a time: what it does not give back is in no piece."""
    table, extent, least = _table(unit, scope), extent or Extent(), request.filters.anonymous
    writer = request.format.writer(table, _about(unit, scope, is_encrypted=is_encrypted))
    yield (piece := writer.begin())
    extent.bytes = len(piece)
    found = _some(_rows(unit, request, scope, table, where), extent)
    kept = _anonymous(found, request, table, keep, extent) if least else _kept(found, keep, extent)
    async for records in kept:
        for record in records:
            extent.rows += 1
            yield (piece := writer.row(record))
            extent.bytes += len(piece)
    with closing(writer.end()) as pieces:
        while (last := await asyncio.to_thread(next, pieces, None)) is not None:
            yield last


async def _kept(
    found: AsyncIterator[Sequence[Row]], keep: Keep, extent: Extent
) -> AsyncIterator[Iterable[Record]]:
    async for some in found:
        if extent.is_full:  # before they are noted: what this file is said to hold is in no further one
            extent.is_last = False
            return
        yield [row.record for row in await keep(some)]


async def _anonymous(
    found: AsyncIterator[Sequence[Row]],
    request: ExportRequest,
    table: ExportTable,
    keep: Keep,
    extent: Extent,
) -> AsyncIterator[Iterable[Record]]:
    """All rows, once all are known."""
    rows = AnonymousRows()
    async for records in _kept(found, keep, extent):
        for record in records:
            rows.add(record)
    planned = rows.plan(request.filters.anonymous)
    extent.generalised, extent.left_out = planned.generalised, planned.left_out
    yield rows.records(planned, table.columns)


async def _rows(
    unit: Unit,
    request: ExportRequest,
    scope: Scope,
    table: ExportTable,
    where: Sequence[ColumnElement[bool]],
) -> AsyncIterator[Row]:
    """The rows that the filters leave."""
    passes = request.filters.passing(table.review)
    found = approved_versions(unit, request.period, scope.consents, told=scope.tells, where=where)
    async for version in found:
        whole = _with_incident(version) if request.filters.by_incident else version
        record = table.record(whole)
        if passes(record):
            yield Row(version.report_id, version.number, bool(version.told), record)


def _with_incident(version: ApprovedVersion) -> ApprovedVersion:
    """One that stands for its incident names the other records of it."""
    belongs = version.belonging
    related = tuple(sorted({*belongs.related, *belongs.same_event}))
    return replace(version, belonging=replace(belongs, related=related))


async def _some(rows: AsyncIterator[Row], extent: Extent) -> AsyncIterator[Sequence[Row]]:
    """The rows, some at a time, as many as the extent has room for. It notes whether there are more."""
    some: list[Row] = []
    taken = 0
    async for row in rows:
        if taken == extent.most_rows:
            break
        some.append(row)
        taken += 1
        if len(some) == VERSIONS_A_QUERY:
            yield some
            some = []
    else:
        extent.is_last = True
    if some:
        yield some


async def preview(
    unit: Unit, report: Report, number: int, content: VersionContent, language: str
) -> list[tuple[str, str]]:
    """The row of a version as it would be exported if it were approved now (`ExportTable.preview`)."""
    found = await belonging(unit, {report.id: report.incident_id}, Scope.PUBLIC.consents, [report.id])
    version = ApprovedVersion(
        report.ref, number, unit.hour, report.consent_use or "", content, belonging=found[report.id]
    )
    table = _table(unit)
    return table.preview(table.record(version), language)


def _about(unit: Unit, scope: Scope, *, is_encrypted: bool = False) -> About:
    """A licence is for everybody, so what only its recipients may see has none. What is encrypted afterwards is in no temporary file in
    the clear either."""
    is_public, settings = scope is Scope.PUBLIC, unit.settings
    publisher = worded(settings.organisation, exported_codes()[0])
    return About(publisher, settings.export_licence if is_public else "", is_public and not is_encrypted)


def _table(unit: Unit, scope: Scope = Scope.PUBLIC) -> ExportTable:
    review, report = unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM]
    return ExportTable(review, report, unit.settings.zone, scope.questions(report))
