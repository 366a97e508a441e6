"""Streaming of an export, preview of a row, and expiry of the register."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing, closing, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, tuple_

from bot.languages import exported_codes
from bot.publish import versions
from bot.publish.export import register
from bot.publish.export.cells import ExportTable, PreviewCell, Record
from bot.publish.export.formats.writing import ExportFacts
from bot.publish.export.records import AnonymousRows
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import (
    VERSIONS_A_QUERY,
    ApprovedVersion,
    ExportScope,
    approved_versions,
    belonging,
    untold,
)
from bot.publish.versions import VersionContent
from bot.settings import worded
from bot.store.unit import HOURS_A_DAY, REPORT_FORM, REVIEW_FORM, MakeUnit, UnitOfWork
from db.engine import end_when_idle
from db.models import Export, ExportRow, PublicVersion, Report

KEPT_DAYS = 730
"""Time for which an export's rows are known, so that a withdrawal names it. Reports of two years are still in use."""
_KEY = ExportRow.export_number, ExportRow.report_id


@dataclass(frozen=True, slots=True)
class ExportedRow:
    """Record with its report and version. `tells`: it holds the reporter's own words."""

    report_id: str
    version: int
    tells: bool
    record: Record
    marks: int = 0


@dataclass(slots=True)
class PartLimit:
    """Limits of one file, and its counts once it is written. `bytes` excludes the end of the file. `is_last`: no rows are left.
    `generalised` and `left_out` count rows made less exact, or dropped, for anonymity, `taken` rows that were read, `marks`
    invisible marks taken out of texts. `unlisted` are codes that lists no longer have, `kept` is what is left of each trait."""

    most_rows: int | None = None
    most_bytes: int | None = None
    rows: int = 0
    bytes: int = 0
    is_last: bool = False
    generalised: int = 0
    left_out: int = 0
    taken: int = 0
    marks: int = 0
    unlisted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return self.most_bytes is not None and self.bytes >= self.most_bytes


@dataclass(frozen=True, slots=True)
class Noting:
    """Notes of a part in the register. `noted` gets the number of rows added."""

    write: MakeUnit
    number: int
    part: int
    noted: Callable[[int], None]

    async def keep(self, rows: Sequence[ExportedRow]) -> Sequence[ExportedRow]:
        """Note rows. Returns those that may leave."""
        held = {row.report_id: row.version for row in rows}
        told = [row.report_id for row in rows if row.tells]
        async with self.write() as unit:
            still = set(await register.note(unit, self.number, self.part, held)) - await untold(unit, told)
        self.noted(len(still))
        return [row for row in rows if row.report_id in still]

    async def release(self, report_ids: Collection[str]) -> None:
        async with self.write() as unit:
            await register.release(unit, self.number, self.part, report_ids)


async def stream(
    read: MakeUnit,
    request: ExportRequest,
    scope: ExportScope = ExportScope.PUBLIC,
    *,
    noting: Noting | None = None,
    where: Sequence[ColumnElement[bool]] = (),
    extent: PartLimit | None = None,
) -> AsyncGenerator[bytes]:
    """Stream an export in pieces of at most one row, except at its end, which is written without a transaction.

    Rows of one state of the database are noted before they are written. Refused rows are read again in a later state.
    Encrypt scopes that are not public before they go anywhere (`shared`).
    """
    extent = extent or PartLimit()
    async with read() as unit:
        table, settings = table_of(unit, scope), unit.settings
    # Only a public export has a licence.
    licence = settings.export_licence if scope is ExportScope.PUBLIC else ""
    about = ExportFacts(worded(settings.organisation, exported_codes()[0]), licence)
    writer = request.format.writer(table, about)
    yield (piece := writer.begin())
    extent.bytes = len(piece)
    reading = _Reading(read, request, scope, table, where, extent, noting)
    found = reading.anonymous() if request.filters.anonymous else reading.kept()
    async with aclosing(found):
        async for records in found:
            for record in records:
                extent.rows += 1
                before = table.records.marks_removed
                yield (piece := writer.row(record))
                extent.marks += table.records.marks_removed - before  # those of answers
                extent.bytes += len(piece)
    extent.unlisted = table.unlisted
    with closing(writer.end()) as pieces:
        while (last := await asyncio.to_thread(next, pieces, None)) is not None:
            yield last


@dataclass(frozen=True, slots=True)
class _Reading:
    read: MakeUnit
    request: ExportRequest
    scope: ExportScope
    table: ExportTable
    where: Sequence[ColumnElement[bool]]
    extent: PartLimit
    noting: Noting | None

    async def kept(self) -> AsyncGenerator[Iterator[Record]]:
        async with aclosing(self._rows()) as found:
            async for rows in found:
                self.extent.marks += sum(row.marks for row in rows)
                yield (row.record for row in rows)

    async def anonymous(self) -> AsyncGenerator[Iterator[Record]]:
        rows = AnonymousRows(self.request.filters.anonymous)
        async with aclosing(self._rows()) as found:
            async for some in found:
                for row in some:
                    rows.add(row.record, row.report_id)
        planned = await asyncio.to_thread(rows.plan)
        self.extent.kept = rows.kept(planned)
        self.extent.generalised, self.extent.left_out = planned.generalised, planned.left_out
        if self.noting is not None:
            await self.noting.release(rows.left_out(planned))
        yield rows.records(planned, self.table.columns)

    async def _rows(self) -> AsyncGenerator[Sequence[ExportedRow]]:
        """Groups of rows that may leave: of one state of the database, then the refused ones as they are later."""
        wheres: Sequence[Sequence[ColumnElement[bool]]] = [self.where]
        for _ in range(3):  # a report corrected each time in between is in no file
            refused: list[str] = []
            async with self.read() as unit:
                await end_when_idle(unit.session)
                for where in wheres:
                    async for rows in self._some(unit, where):
                        # Before they are noted, since a noted report is in no further file.
                        if self.extent.is_full:
                            self.extent.is_last = False
                            return
                        kept = rows if self.noting is None else await self.noting.keep(rows)
                        still = {row.report_id for row in kept}
                        refused += [row.report_id for row in rows if row.report_id not in still]
                        self.extent.taken -= len(rows) - len(kept)
                        yield kept
            if not (refused and self.extent.is_last):  # a further file reads them otherwise
                return
            wheres = [
                (*self.where, PublicVersion.report_id.in_(refused[start : start + VERSIONS_A_QUERY]))
                for start in range(0, len(refused), VERSIONS_A_QUERY)
            ]

    async def _some(
        self, unit: UnitOfWork, where: Sequence[ColumnElement[bool]]
    ) -> AsyncIterator[Sequence[ExportedRow]]:
        extent, some = self.extent, list[ExportedRow]()
        extent.is_last = False
        async for row in self.passing(unit, where):
            if extent.taken == extent.most_rows:
                break
            some.append(row)
            extent.taken += 1
            if len(some) == VERSIONS_A_QUERY:
                yield some
                some = []
        else:
            extent.is_last = True
        if some:
            yield some

    async def passing(
        self, unit: UnitOfWork, where: Sequence[ColumnElement[bool]]
    ) -> AsyncIterator[ExportedRow]:
        filters, scope = self.request.filters, self.scope
        passes = filters.passing(self.table.review)
        found = approved_versions(unit, self.request.period, scope.consents, told=scope.tells, where=where)
        async for version in found:
            told = version.content.reported
            if self.request.format.of_reporters and (told is None or told.form not in self.table.reports):
                continue
            whole, belongs = version, version.belonging
            if filters.rows:
                related = tuple(sorted({*belongs.related, *belongs.same_event}))
                whole = replace(version, belonging=replace(belongs, related=related))
            before = self.table.records.marks_removed
            record = self.table.record(whole)
            if passes(record):
                marks = self.table.records.marks_removed - before
                yield ExportedRow(version.report_id, version.number, bool(version.told), record, marks)


async def passing(
    unit: UnitOfWork, request: ExportRequest, scope: ExportScope, report_ids: Sequence[str]
) -> set[str]:
    """Those of these reports that a request finds, whatever their rows."""
    table, found = table_of(unit, scope), set[str]()
    reading = _Reading(lambda: nullcontext(unit), request, scope, table, (), PartLimit(), None)
    for start in range(0, len(report_ids), VERSIONS_A_QUERY):
        where = PublicVersion.report_id.in_(report_ids[start : start + VERSIONS_A_QUERY])
        found |= {row.report_id async for row in reading.passing(unit, [where])}
    return found


async def preview(
    unit: UnitOfWork, report: Report, number: int, content: VersionContent, language: str
) -> list[PreviewCell]:
    """Row of a version as it would be exported if it were approved now (`ExportTable.preview`)."""
    found = await belonging(unit, {report.id: report.incident_id}, ExportScope.PUBLIC.consents, [report.id])
    about = report.ref, number, unit.hour, report.consent_use or ""
    version = ApprovedVersion(*about, content, belonging=found[report.id])
    table = table_of(unit)
    return table.preview(table.record(version), language)


def table_of(unit: UnitOfWork, scope: ExportScope = ExportScope.PUBLIC) -> ExportTable:
    review, report = unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM]
    reports = versions.answered_forms(unit.forms)
    return ExportTable(review, report, unit.settings.zone, scope.questions(report), reports)


def _oldest(unit: UnitOfWork) -> int:
    return unit.hour - KEPT_DAYS * HOURS_A_DAY


async def rows_over(unit: UnitOfWork, limit: int) -> Sequence[tuple[int, str]]:
    """Rows of expired exports, as pairs of export number and report id."""
    numbers = (await unit.session.scalars(select(Export.number).where(Export.hour < _oldest(unit)))).all()
    if not numbers:
        return ()
    of_exports = select(*_KEY).where(ExportRow.export_number.in_(numbers)).limit(limit)
    return [(number, report_id) for number, report_id in await unit.session.execute(of_exports)]


async def expire_rows(unit: UnitOfWork, keys: Collection[tuple[int, str]]) -> int:
    over = select(Export.number).where(Export.hour < _oldest(unit))
    gone = delete(ExportRow).where(tuple_(*_KEY).in_(keys), ExportRow.export_number.in_(over))
    done = await unit.session.execute(gone.execution_options(synchronize_session=False))
    return int(getattr(done, "rowcount", 0))


def is_over(unit: UnitOfWork) -> ColumnElement[bool]:
    """SQL condition for expired exports without rows. The newest export stays, so that its number is not reused."""
    newest = select(func.max(Export.number)).scalar_subquery()
    held = exists().where(ExportRow.export_number == Export.number)
    return (Export.hour < _oldest(unit)) & (Export.number < newest) & ~held
