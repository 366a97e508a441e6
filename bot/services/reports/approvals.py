"""Approvals: which moderators approve the version of a report that waits, where one of them is not enough.

Each stands for the version exactly as it was shown. Whoever changes it voids them."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select

from bot.services.unit import Unit
from db.models import Approval, Moderator, PublicVersion, Report


def needed(unit: Unit, *, named: bool) -> int:
    """How many moderators have to approve a version: never fewer where the reporter named somebody than elsewhere."""
    settings = unit.settings
    return max(settings.approvals, settings.approvals_named) if named else settings.approvals


async def given(unit: Unit, version: PublicVersion, proof: str) -> Sequence[Moderator]:
    """The moderators, by alias, who approve a version as this proof has it."""
    query = (
        select(Moderator)
        .join(Approval, Approval.moderator_id == Moderator.id)
        .where(Approval.version_id == version.id, Approval.proof == proof, Moderator.active)
        .order_by(Moderator.alias)
    )
    return (await unit.session.scalars(query)).all()


async def of_report(unit: Unit, report: Report) -> Sequence[str]:
    """The aliases of those who approve what waits of a report."""
    query = select(Moderator.alias).join(Approval, Approval.moderator_id == Moderator.id)
    found = query.where(Approval.report_id == report.id, Moderator.active).order_by(Moderator.alias)
    return (await unit.session.scalars(found)).all()


async def by_report(unit: Unit, reports: Collection[Report]) -> Mapping[str, Collection[str]]:
    """The ids of those who approve what waits of these reports, by the ids of the reports; one query, or none."""
    ids = [report.id for report in reports if report.approvals]
    found: dict[str, set[str]] = {report.id: set() for report in reports}
    if ids:
        query = select(Approval.report_id, Approval.moderator_id).where(Approval.report_id.in_(ids))
        for report_id, moderator_id in await unit.session.execute(query):
            found[report_id].add(moderator_id)
    return found


async def add(
    unit: Unit, moderator: Moderator, report: Report, version: PublicVersion, proof: str, others: int
) -> None:
    """Keep that a moderator approves a version as this proof has it, as so many others do. An earlier approval of theirs was of
    something else."""
    own = Approval.version_id == version.id, Approval.moderator_id == moderator.id
    await unit.session.execute(delete(Approval).where(*own))
    row = Approval(version_id=version.id, moderator_id=moderator.id, report_id=report.id, proof=proof)
    unit.session.add(row)
    await unit.session.flush()
    report.approvals = others + 1


async def forget_of(unit: Unit, moderator: Moderator) -> None:
    """Whoever is revoked approves nothing any more, also once they come back."""
    own = Approval.moderator_id == moderator.id
    query = select(Report).join(Approval, Approval.report_id == Report.id).where(own)
    for report in await unit.session.scalars(query):
        report.approvals = max(0, report.approvals - 1)
    await unit.session.execute(delete(Approval).where(own).execution_options(synchronize_session=False))


async def void(unit: Unit, report: Report) -> None:
    """What waits of a report was changed, decided or is gone: nobody approves it."""
    await void_all(unit, [report])


async def void_all(unit: Unit, reports: Collection[Report]) -> None:
    """The same of several reports, with one statement; with none where nobody approved anything."""
    ids = [report.id for report in reports if report.approvals]
    if not ids:
        return
    statement = delete(Approval).where(Approval.report_id.in_(ids))
    await unit.session.execute(statement.execution_options(synchronize_session=False))
    for report in reports:
        report.approvals = 0
