"""An export: streamed in pieces, whole as a document, or the preview of a single row."""

from collections.abc import AsyncIterator

from bot.services.desk.publishing.versions import VersionContent
from bot.services.export.belonging import belonging
from bot.services.export.request import ExportRequest
from bot.services.export.scope import Scope
from bot.services.export.selection import ApprovedVersion, approved_versions
from bot.services.export.table import ExportTable
from bot.services.unit import REPORT_FORM, REVIEW_FORM, Unit
from db.models import Report


async def stream(unit: Unit, request: ExportRequest, scope: Scope = Scope.PUBLIC) -> AsyncIterator[bytes]:
    """The export in pieces of at most one row each. What is not public is to be sealed before it goes anywhere (`shared`)."""
    writer = request.format.writer(_table(unit, scope))
    yield writer.begin()
    async for version in approved_versions(unit, request.period, scope.consents, told=scope.tells):
        yield writer.row(version)
    yield writer.end()


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
    return _table(unit).preview(version, language)


def _table(unit: Unit, scope: Scope = Scope.PUBLIC) -> ExportTable:
    review, report = unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM]
    return ExportTable(review, report, unit.settings.zone, scope.questions(report))
