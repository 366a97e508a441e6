"""The export register: which reports each exported file contains. Its expiry is in `exports`."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from bot.errors import WrongArgument
from bot.publish.export.request import CHANGED, LAST, NEVER, ExportRequest
from bot.publish.export.selection import ExportScope, still_public
from bot.reports.links import ExportState
from bot.store import audit
from bot.store.unit import UnitOfWork
from db.engine import Bulk
from db.models import AuditEntry, Export, ExportRow, PublicVersion, RelatedReport, Report


def _noting(insert: Any) -> Bulk:
    """Upsert, since a part that is made again holds the current versions."""
    added, key = insert(ExportRow), [ExportRow.export_number, ExportRow.report_id]
    upsert = added.on_conflict_do_update(index_elements=key, set_={"version": added.excluded.version})
    return Bulk(upsert, ("export_number", "report_id", "version", "part"))


_NOTE = {"sqlite": _noting(sqlite.insert), "postgresql": _noting(postgresql.insert)}
_EXPORTS = tuple(ExportScope)
_IS_MADE = Export.state == ExportState.MADE
_MOST_DETAIL = 64
_TYING = ("join", "relate")
"""Acts in the audit log that tie a record to others. Ties end without one when another report is withdrawn."""


class OtherDocument(StrEnum):
    """Document in the register that is no export of rows. Its value is the scope, and the act in the audit log."""

    COUNTRY_UPDATE = "country_update"
    OPEN_DATA = "open_data"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class MadeFile:
    """File of an export, with the counts of `exports.PartLimit`."""

    name: str
    bytes: int
    sha256: str
    rows: int
    is_encrypted: bool = False
    generalised: int = 0
    left_out: int = 0
    marks_removed: int = 0
    kept: Mapping[str, Any] = field(default_factory=dict)
    unlisted: Mapping[str, Sequence[str]] = field(default_factory=dict)


async def begin(
    unit: UnitOfWork, actor: str, request: ExportRequest, scope: ExportScope = ExportScope.PUBLIC
) -> Export:
    """Give an export a number and audit it. LAST becomes the last of its basis. Raises WrongArgument for one that was not made."""
    await audit.begin(unit)
    basis = _digest(f"{scope}:{request.basis()}")
    changed = request.filters.changed
    if changed == LAST:
        of_basis = select(func.max(Export.number)).where(Export.basis == basis, _IS_MADE)
        request = request.changed_since(str(await unit.session.scalar(of_basis) or NEVER))
    elif changed and changed != NEVER:
        await _require_made(unit, int(changed))
    row = await _numbered(unit, actor, scope, request.spec(), basis)
    if scope is ExportScope.PUBLIC:  # the act that uses up a shared export records it
        await audit.record(unit, actor, "export", "", _detail(row.number, row.spec))
    return row


async def begin_other(unit: UnitOfWork, actor: str, what: OtherDocument, spec: str) -> Export:
    """Begin a document other than an export. `spec` tells in codes what was asked for."""
    await audit.begin(unit)
    row = await _numbered(unit, actor, what, spec, _digest(f"{what}:{spec}"))
    await audit.record(unit, actor, what, "", _detail(row.number, spec))
    return row


async def _numbered(unit: UnitOfWork, actor: str, scope: str, spec: str, basis: str) -> Export:
    number = (await unit.session.scalar(select(func.max(Export.number))) or 0) + 1
    about = {"actor": actor, "scope": scope, "spec": spec, "basis": basis}
    row = Export(number=number, hour=unit.hour, state=ExportState.BEGUN, rows=0, files="[]", **about)
    unit.session.add(row)
    await unit.session.flush()
    return row


def _detail(number: int, spec: str) -> str:
    """Detail for the audit log, cut after a whole code. The register keeps all of it."""
    told = f"{number} {spec}"
    if len(told) <= _MOST_DETAIL:
        return told
    kept = told[: _MOST_DETAIL - 1]
    return f"{kept[: max(map(kept.rfind, ',;=:')) + 1]}…"


def _digest(told: str) -> str:
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


async def _require_made(unit: UnitOfWork, number: int) -> None:
    row = await unit.session.get(Export, number)
    if row is None or row.state != ExportState.MADE or row.scope not in _EXPORTS:
        newest = select(func.max(Export.number)).where(_IS_MADE, Export.scope.in_(_EXPORTS))
        example = f"{CHANGED}={await unit.session.scalar(newest) or LAST}"
        raise WrongArgument("moderator.export.unknown_value", {"value": str(number), "example": example})


@dataclass(frozen=True, slots=True)
class EarlierUpdates:
    """Country updates of periods that ended before another: months of the last (`2023-01:2023-12`, blank if there is
    none), its report ids, and the newest version of each report in any of them."""

    months: str
    last: Collection[str]
    versions: Mapping[str, int]


async def updates_before(unit: UnitOfWork, last_month: str) -> EarlierUpdates:
    ended = func.substr(Export.spec, len("YYYY-MM:") + 1, len("YYYY-MM"))
    before = Export.scope == OtherDocument.COUNTRY_UPDATE, _IS_MADE, ended < last_month
    newest = select(Export.number, Export.spec).where(*before).order_by(ended.desc(), Export.number.desc())
    last = (await unit.session.execute(newest.limit(1))).first()
    if last is None:
        return EarlierUpdates("", (), {})
    held = select(ExportRow.report_id, func.max(ExportRow.version)).join(Export).where(*before)
    rows = await unit.session.execute(held.group_by(ExportRow.report_id))
    versions = {row[0]: row[1] for row in rows}
    mine = await unit.session.scalars(
        select(ExportRow.report_id).where(ExportRow.export_number == last.number)
    )
    return EarlierUpdates(last.spec[: len("YYYY-MM:YYYY-MM")], set(mine), versions)


async def find(unit: UnitOfWork, number: int) -> Export:
    return await unit.session.get_one(Export, number)


def conditions(request: ExportRequest, number: int, part: int) -> Sequence[ColumnElement[bool]]:
    """SQL conditions for the versions of a part. They exclude reports of earlier parts and, in an export of
    changes, versions that the given export or an earlier one of its basis held."""
    mine = ExportRow.export_number == number, ExportRow.part < part
    where = [~exists().where(*mine, ExportRow.report_id == PublicVersion.report_id)] if part else []
    changed = request.filters.changed
    if changed and changed != NEVER:
        where.append(~is_unchanged(int(changed)))
    return where


def of_chain(until: int) -> Sequence[ColumnElement[bool]]:
    """SQL conditions for the rows of made exports of a basis, up to one of them."""
    basis = select(Export.basis).where(Export.number == until).scalar_subquery()
    return ExportRow.export_number == Export.number, Export.basis == basis, Export.number <= until, _IS_MADE


def is_unchanged(until: int) -> ColumnElement[bool]:
    """SQL condition for public versions whose row a recipient of a chain has. A record that is or was tied to
    others never counts: what happens to these changes its row, and it keeps its version."""
    held = ExportRow.report_id == PublicVersion.report_id, ExportRow.version == PublicVersion.version
    own = aliased(Report)
    untied = exists().where(
        own.id == PublicVersion.report_id,
        own.incident_id.is_(None),
        ~exists().where(RelatedReport.report_id == own.id),
        ~exists().where(AuditEntry.subject == own.ref, AuditEntry.act.in_(_TYING)),
    )
    return exists().where(*held, *of_chain(until)) & untied


async def note(unit: UnitOfWork, number: int, part: int, rows: Mapping[str, int]) -> Collection[str]:
    """Note the versions of a part, by report id. Returns the ids that may leave: others were withdrawn or replaced.
    Pass few at a time, since other writers wait until the commit."""
    await audit.begin(unit)  # serialises with withdrawals: one is over, or finds these rows
    still = await still_public(unit, rows)
    await _note(unit, number, part, {one: version for one, version in rows.items() if one in still})
    return still


async def note_copies(unit: UnitOfWork, number: int, report_ids: Collection[str]) -> None:
    """Note reports that a bundle of the archive is about to hold, so that a later withdrawal names it."""
    await audit.begin(unit)  # as in `note`
    await _note(unit, number, 0, dict.fromkeys(report_ids, 0))


async def _note(unit: UnitOfWork, number: int, part: int, versions: Mapping[str, int]) -> None:
    about = {"export_number": number, "part": part}
    rows = [{**about, "report_id": report_id, "version": version} for report_id, version in versions.items()]
    connection = await unit.session.connection()
    await _NOTE[connection.dialect.name].run(connection, rows)


async def note_whole(unit: UnitOfWork, number: int, versions: Mapping[str, int], made: MadeFile) -> bool:
    """Note a document and its versions, by report id. False if one is not public any more: the file must not leave."""
    await audit.begin(unit)  # as in `note`
    if await still_public(unit, versions) != versions.keys():
        return False
    await note(unit, number, 0, versions)
    await complete(unit, number, 0, made, is_last=True)
    return True


async def newest(unit: UnitOfWork, limit: int, below: int | None = None) -> Sequence[Export]:
    older = [] if below is None else [Export.number < below]
    query = select(Export).where(*older).order_by(Export.number.desc()).limit(limit)
    return (await unit.session.scalars(query)).all()


async def release(unit: UnitOfWork, number: int, part: int, report_ids: Collection[str]) -> None:
    """Remove reports from a part that does not contain them after all."""
    mine = ExportRow.export_number == number, ExportRow.part == part, ExportRow.report_id.in_(report_ids)
    await unit.session.execute(delete(ExportRow).where(*mine).execution_options(synchronize_session=False))


async def complete(unit: UnitOfWork, number: int, part: int, made: MadeFile, *, is_last: bool) -> Export:
    """Note a finished file. A part that is made again replaces its earlier file."""
    await audit.begin(unit)
    row = await find(unit, number)
    files = [*files_of(row)[:part], made]
    row.files = json.dumps([asdict(one) for one in files], ensure_ascii=False)
    row.rows = sum(one.rows for one in files)
    if is_last:
        row.state = ExportState.MADE
    await unit.session.flush()
    return row


async def break_off(unit: UnitOfWork, number: int) -> None:
    (await find(unit, number)).state = ExportState.BROKEN
    await unit.session.flush()


async def drop_part(unit: UnitOfWork, number: int, part: int) -> None:
    """Forget the reports of a part that does not leave, unless it is complete. Without its first part an export is broken."""
    await audit.begin(unit)  # as in `note`
    if len(files_of(await find(unit, number))) > part:
        return
    mine = ExportRow.export_number == number, ExportRow.part == part
    await unit.session.execute(delete(ExportRow).where(*mine))
    if not part:
        await break_off(unit, number)


def files_of(row: Export) -> list[MadeFile]:
    return [MadeFile(**one) for one in json.loads(row.files)]
