"""Approvals: which moderators approve the version of a report that waits, where one of them is not enough.

Each stands for the version exactly as it was shown. Whoever changes it voids them."""

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, or_, select

from bot.safety.pseudonym import Purpose
from bot.services.unit import REVIEW_FORM, Unit
from db.bulk import evened
from db.models import Approval, Moderator, PublicVersion, Report

_PROOF_DIGITS = 16


def needed(unit: Unit, *, named: bool) -> int:
    """How many moderators have to approve a version: never fewer where the reporter named somebody than elsewhere."""
    settings = unit.settings
    return max(settings.approvals, settings.approvals_named) if named else settings.approvals


def proof_of(unit: Unit, report: Report, version: PublicVersion, *, named: bool) -> str:
    """A keyed hash of the version as it stands, which changes with each confirmation, of the consent that it was shown
    with, of the form that it was found complete by, of whether somebody is named, and of how many have to approve it."""
    content = hashlib.sha256(version.content or b"").hexdigest()
    terms = f"{unit.forms[REVIEW_FORM].digest}:{named}:{needed(unit, named=named)}"
    return keyed(unit, f"{version.id}:{content}:{report.consent_use}:{terms}")


def keyed(unit: Unit, shown: str) -> str:
    """What only the bot can make of what was shown, so that a button can prove it."""
    return unit.safe.pseudonyms.of(Purpose.PROPOSAL, shown).hex()[:_PROOF_DIGITS]


def needed_by(unit: Unit, report: Report, version: PublicVersion, proof: str) -> int | None:
    """How many have to approve a version by its proof; None for that of another version, or one from before the form, the consent or the
    number was changed. Nothing is decrypted."""
    for named in (False, True):
        expected = proof_of(unit, report, version, named=named)
        if hmac.compare_digest(expected.encode(), proof.encode()):
            return needed(unit, named=named)
    return None


async def given(unit: Unit, version: PublicVersion, proof: str) -> Sequence[Moderator]:
    """The moderators, by alias, who approve a version as this proof has it."""
    query = (
        select(Moderator, Approval)
        .join(Approval, Approval.moderator_id == Moderator.id)
        .where(Approval.version_id == version.id, Approval.proof == proof, Moderator.active)
        .order_by(Moderator.alias)
    )
    return [one for one, _ in await unit.session.execute(query)]


async def standing(unit: Unit, reports: Collection[Report]) -> Mapping[str, Sequence[Moderator]]:
    """The moderators, by alias, who approve what waits of each of these reports as it stands, by the ids of the reports: what was
    approved under other terms counts no more. One query, or none."""
    ids = [report.id for report in reports if report.approvals]
    if not ids:
        return {}
    found: dict[str, list[Moderator]] = {}
    for report, moderator, is_good in await _judged(unit, Approval.report_id.in_(evened(ids))):
        found.setdefault(report.id, []).extend([moderator] if is_good else [])
    return found


async def stale_of(unit: Unit, moderator: Moderator) -> Sequence[str]:
    """The ids of reports that a moderator has approved under other terms, and may approve again."""
    rows = await _judged(unit, Approval.moderator_id == moderator.id)
    return [report.id for report, _, is_good in rows if not is_good]


async def _judged(unit: Unit, which: ColumnElement[bool]) -> Sequence[tuple[Report, Moderator, bool]]:
    """Approvals: of which report, whose, and whether they are good."""
    query = (
        select(Approval, Moderator, PublicVersion, Report)
        .join(Moderator, Moderator.id == Approval.moderator_id)
        .join(PublicVersion, PublicVersion.id == Approval.version_id)
        .join(Report, Report.id == Approval.report_id)
        .where(which, Moderator.active)
        .order_by(Moderator.alias)
    )
    rows = await unit.session.execute(query)
    return [
        (report, moderator, needed_by(unit, report, version, approval.proof) is not None)
        for approval, moderator, version, report in rows
    ]


async def add(
    unit: Unit, moderator: Moderator, report: Report, version: PublicVersion, proof: str, others: int
) -> None:
    """Keep that a moderator approves a version as this proof has it, as so many others do. Approvals by another proof were of something
    else."""
    earlier = or_(Approval.proof != proof, Approval.moderator_id == moderator.id)  # of theirs none counts
    await unit.session.execute(delete(Approval).where(Approval.version_id == version.id, earlier))
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
