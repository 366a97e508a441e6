"""Differences for a recipient who has an earlier export: records that are gone, and those that a version replaces."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select, text

from bot.publish.export import exports, register
from bot.publish.export.request import NEVER, ExportRequest
from bot.publish.export.selection import VERSIONS_A_QUERY, ExportScope
from bot.store.unit import UnitOfWork
from db.models import IS_PUBLIC, Export, ExportRow, PublicVersion, Report


@dataclass(frozen=True, slots=True)
class Differences:
    """References. `gone`: delete them. `replaced`: their rows in this export, by id and version, replace older
    ones."""

    gone: Sequence[str]
    replaced: Sequence[dict[str, str | int]]


async def since(unit: UnitOfWork, row: Export) -> Differences | None:
    """Differences of an export of changes from the exports that it names, or None of a whole one."""
    request, scope = ExportRequest.read_spec(row.spec), ExportScope(row.scope)
    changed = request.filters.changed
    if not changed or changed == NEVER:
        return None
    until = int(changed)
    chain = register.of_chain(until)
    first = await unit.session.scalar(select(func.max(Export.number)).where(*chain[1:], _IS_WHOLE)) or 0
    # A whole export holds all that a recipient had to keep.
    rows = select(ExportRow.report_id).join(Export, chain[0]).where(*chain[1:], Export.number >= first)
    held = select(Report.id, Report.ref).where(Report.id.in_(rows))
    mine = exists().where(ExportRow.export_number == row.number, ExportRow.report_id == Report.id)
    kept = exists().where(
        PublicVersion.report_id == Report.id, text(IS_PUBLIC), Report.consent_use.in_(scope.consents),
        register.is_unchanged(until),
    )  # fmt: skip
    missing = {one.id: one.ref for one in await unit.session.execute(held.where(~mine, ~kept))}
    back = await _passing(unit, request, scope, [*missing])
    older = select(ExportRow.report_id, func.max(ExportRow.version).label("version")).join(Export, chain[0])
    before = older.where(*chain[1:]).group_by(ExportRow.report_id).subquery()
    newer = (
        select(Report.ref, ExportRow.version)
        .join(Report, Report.id == ExportRow.report_id)
        .join(before, before.c.report_id == ExportRow.report_id)
        .where(ExportRow.export_number == row.number, before.c.version < ExportRow.version)
        .order_by(Report.ref)
    )
    replaced = [{"id": one.ref, "version": one.version} for one in await unit.session.execute(newer)]
    return Differences(sorted(ref for id_, ref in missing.items() if id_ not in back), replaced)


_IS_WHOLE = or_(Export.spec.not_like("%changed=%"), Export.spec.like(f"%changed={NEVER}"))


async def _passing(
    unit: UnitOfWork, request: ExportRequest, scope: ExportScope, report_ids: Sequence[str]
) -> Collection[str]:
    """Reports that the request finds now. Their new rows are for the next export."""
    found = set[str]()
    for start in range(0, len(report_ids), VERSIONS_A_QUERY):
        where = [PublicVersion.report_id.in_(report_ids[start : start + VERSIONS_A_QUERY])]
        found |= await exports.passing(unit, request, scope, where)
    return found
