"""An export: streamed in pieces, whole as a document, or the preview of a single row."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

from bot.languages import exported_codes
from bot.services.desk.publishing.versions import VersionContent
from bot.services.export.belonging import belonging
from bot.services.export.formats.writer import About
from bot.services.export.request import ExportRequest
from bot.services.export.scope import Scope
from bot.services.export.selection import ApprovedVersion, approved_versions
from bot.services.export.table import ExportTable
from bot.services.unit import REPORT_FORM, REVIEW_FORM, Unit
from bot.settings import worded
from db.models import Report


async def stream(unit: Unit, request: ExportRequest, scope: Scope = Scope.PUBLIC) -> AsyncIterator[bytes]:
    """The export in pieces of at most one row each, but for what a format writes at its end. What is not public is to be sealed
    before it goes anywhere (`shared`)."""
    table = _table(unit, scope)
    writer = request.format.writer(table, _about(unit, scope))
    yield writer.begin()
    async for version in approved_versions(unit, request.period, scope.consents, told=scope.tells):
        yield writer.row(table.record(version))
    with closing(writer.end()) as pieces:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece


async def document(unit: Unit, request: ExportRequest) -> tuple[str, bytes, str]:
    """The file name, the content and the MIME type of an export, to be sent as a document."""
    content = b"".join([piece async for piece in stream(unit, request)])
    return request.file_name(), content, request.format.mime


async def preview(
    unit: Unit, report: Report, number: int, content: VersionContent, language: str
) -> list[tuple[str, str]]:
    """The row of a version as it would be exported if it were approved now (`ExportTable.preview`)."""
    found = await belonging(unit, [report.id], Scope.PUBLIC.consents)
    version = ApprovedVersion(
        report.ref, number, unit.hour, report.consent_use or "", content, belonging=found[report.id]
    )
    table = _table(unit)
    return table.preview(table.record(version), language)


def _about(unit: Unit, scope: Scope) -> About:
    """A licence is for everybody, so what only its recipients may see has none."""
    is_public, settings = scope is Scope.PUBLIC, unit.settings
    publisher = worded(settings.organisation, exported_codes()[0])
    return About(publisher, settings.export_licence if is_public else "", is_public)


def _table(unit: Unit, scope: Scope = Scope.PUBLIC) -> ExportTable:
    review, report = unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM]
    return ExportTable(review, report, unit.settings.zone, scope.questions(report))
