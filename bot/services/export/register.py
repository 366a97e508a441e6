"""The register of what left: exports and other documents, of what they are, and which report is in which, so that a withdrawal can name them.

A row is noted before it leaves, in a transaction that sees whether its report is still public: so whoever withdraws later finds it here,
and what was withdrawn before does not leave. Nothing here names a person; it outlasts a withdrawal, and goes by age (`export_days`).
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import WrongArgument
from bot.services import audit
from bot.services.export.request import ExportRequest
from bot.services.export.rows.filters import CHANGED, LAST, NEVER
from bot.services.export.versions.scope import Scope
from bot.services.export.versions.selection import still_public
from bot.services.unit import SECONDS_AN_HOUR, Unit
from db.bulk import Bulk
from db.models import Export, ExportRow, PublicVersion

_COLUMNS = ("export_number", "report_id", "version", "part")


def _noting(insert: Any) -> Bulk:
    """A row that a part made again writes anew has the version that it has now."""
    added = insert(ExportRow)
    key = [ExportRow.export_number, ExportRow.report_id]
    return Bulk(
        added.on_conflict_do_update(index_elements=key, set_={"version": added.excluded.version}), _COLUMNS
    )


_NOTE = {"sqlite": _noting(sqlite.insert), "postgresql": _noting(postgresql.insert)}
_BASIS_BYTES = 16
_EXPORTS = tuple(Scope)
_MOST_DETAIL = 64
"""Characters of the audit log's detail."""


class ExportState(StrEnum):
    """What became of an export: it is being made, or nobody knows; its file was made; it broke off, and no file of it was kept."""

    BEGUN = "begun"
    MADE = "made"
    BROKEN = "broken"


class OtherDocument(StrEnum):
    """What leaves and is no export of rows: a country update, which tells records, and open data, which only count them. It stands in place
    of a scope; each is named in the audit log as an act."""

    COUNTRY_UPDATE = "country_update"
    OPEN_DATA = "open_data"


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file of an export as it was handed out: its name, how large it is, its SHA-256 in hexadecimal digits, how many rows it has,
    whether it is encrypted, how many of the rows are less exact than they were, to be like others, and how many had none like them and were
    left out."""

    name: str
    bytes: int
    sha256: str
    rows: int
    is_encrypted: bool = False
    generalised: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Holding:
    """The exports that held a report: how many, the hour of the first, and the newest of them."""

    number: int
    since_hour: int
    newest: Sequence[Export]

    def since(self, unit: Unit) -> str:
        """The day of the first."""
        return day_of(unit, self.since_hour)


def day_of(unit: Unit, hour: int) -> str:
    """The day of an hour in the configured time zone."""
    return datetime.fromtimestamp(hour * SECONDS_AN_HOUR, unit.settings.zone).date().isoformat()


async def begin(unit: Unit, actor: str, request: ExportRequest, scope: Scope = Scope.PUBLIC) -> Export:
    """Note that an export is asked for, with a number of its own, in the audit log too. What has changed since the last one of the same
    is turned into what has changed since that number. Raises Refusal for the number of an export that is not there."""
    await audit.begin(unit)
    basis = _basis(request, scope)
    changed = request.filters.changed
    if changed == LAST:
        request = request.changed_since(str(await _last(unit, basis) or NEVER))
    elif changed and changed != NEVER:
        await _require_made(unit, int(changed))
    row = await _numbered(unit, actor, scope, request.spec(), basis)
    if scope is Scope.PUBLIC:  # what two administrators share is noted by the act that uses it up
        await audit.record(unit, actor, "export", "", _detail(row.number, row.spec))
    return row


async def begin_other(unit: Unit, actor: str, what: OtherDocument, spec: str) -> Export:
    """The same of another document, of which `spec` tells in codes what was asked for."""
    await audit.begin(unit)
    row = await _numbered(unit, actor, what, spec, _digest(f"{what}:{spec}"))
    await audit.record(unit, actor, what, "", _detail(row.number, spec))
    return row


async def _numbered(unit: Unit, actor: str, scope: str, spec: str, basis: str) -> Export:
    number = (await unit.session.scalar(select(func.max(Export.number))) or 0) + 1
    row = Export(
        number=number,
        hour=unit.hour,
        actor=actor,
        scope=scope,
        spec=spec,
        basis=basis,
        state=ExportState.BEGUN,
        rows=0,
        files="[]",
    )
    unit.session.add(row)
    await unit.session.flush()
    return row


def _detail(number: int, spec: str) -> str:
    """What the audit log says of an export: where there is no room for all, whole codes, and a mark that there were more. The register has
    all of it under the number."""
    told = f"{number} {spec}"
    if len(told) <= _MOST_DETAIL:
        return told
    kept = told[: _MOST_DETAIL - 1]
    return f"{kept[: max(map(kept.rfind, ',;=:')) + 1]}…"


def _basis(request: ExportRequest, scope: Scope) -> str:
    return _digest(f"{scope}:{request.basis()}")


def _digest(told: str) -> str:
    return hashlib.blake2b(told.encode(), digest_size=_BASIS_BYTES).hexdigest()


async def _last(unit: Unit, basis: str) -> int | None:
    of_it = select(func.max(Export.number)).where(Export.basis == basis, Export.state == ExportState.MADE)
    return await unit.session.scalar(of_it)


async def _require_made(unit: Unit, number: int) -> None:
    row = await unit.session.get(Export, number)
    if row is None or row.state != ExportState.MADE or row.scope not in _EXPORTS:
        made = Export.state == ExportState.MADE, Export.scope.in_(_EXPORTS)
        newest = await unit.session.scalar(select(func.max(Export.number)).where(*made))
        example = f"{CHANGED}={newest or LAST}"
        raise WrongArgument("moderator.export.unknown_value", {"value": str(number), "example": example})


async def find(unit: Unit, number: int) -> Export:
    """The export of this number."""
    return await unit.session.get_one(Export, number)


def conditions(request: ExportRequest, number: int, part: int) -> Sequence[ColumnElement[bool]]:
    """Of which versions the rows of a part of an export are: of none that an earlier part holds, nor, where only what has changed is
    asked for, of one that was in that export or in an earlier one of the same."""
    mine = ExportRow.export_number == number, ExportRow.part < part
    where = [~exists().where(*mine, ExportRow.report_id == PublicVersion.report_id)] if part else []
    changed = request.filters.changed
    if changed and changed != NEVER:
        basis = select(Export.basis).where(Export.number == int(changed)).scalar_subquery()
        where.append(
            ~exists().where(
                ExportRow.report_id == PublicVersion.report_id,
                ExportRow.version == PublicVersion.version,
                ExportRow.export_number == Export.number,
                Export.basis == basis,
                Export.number <= int(changed),
                Export.state == ExportState.MADE,
            )
        )
    return where


async def note(unit: Unit, number: int, part: int, rows: Mapping[str, int]) -> Collection[str]:
    """Note that a part of an export holds these versions by their reports' ids, and tell which of them are still public: the others,
    which were withdrawn or replaced by another version, are not noted, and must not leave. Few at a time: until it is committed nobody else writes."""
    await audit.begin(unit)  # a withdrawal begins so too: it is over, or finds what is noted here
    still = await still_public(unit, rows)
    connection = await unit.session.connection()
    noted = [
        {"export_number": number, "report_id": report_id, "version": rows[report_id], "part": part}
        for report_id in rows
        if report_id in still
    ]
    await _NOTE[connection.dialect.name].run(connection, noted)
    return still


async def note_whole(unit: Unit, number: int, versions: Mapping[str, int], made: MadeFile) -> bool:
    """Note the file of a document that holds these versions by their reports' ids, if all of them are still public; else nothing is noted, and
    it must not leave."""
    await audit.begin(unit)  # as of `note`
    if await still_public(unit, versions) != versions.keys():
        return False
    await note(unit, number, 0, versions)
    await complete(unit, number, 0, made, is_last=True)
    return True


async def newest(unit: Unit, limit: int, below: int | None = None) -> Sequence[Export]:
    """At most so many of the last exports and other documents, those below a number if it is given, the newest first."""
    query = select(Export).order_by(Export.number.desc()).limit(limit)
    query = query if below is None else query.where(Export.number < below)
    return (await unit.session.scalars(query)).all()


async def release(unit: Unit, number: int, part: int, report_ids: Collection[str]) -> None:
    """Forget that a part of an export holds these reports, a few of them: they are not in it."""
    mine = ExportRow.export_number == number, ExportRow.part == part, ExportRow.report_id.in_(report_ids)
    gone = delete(ExportRow).where(*mine)
    await unit.session.execute(gone.execution_options(synchronize_session=False))


async def complete(unit: Unit, number: int, part: int, made: MadeFile, *, is_last: bool) -> Export:
    """Note a file of an export that is whole. A part that is made again takes the place of what it was."""
    await audit.begin(unit)
    row = await unit.session.get_one(Export, number)
    files = [*files_of(row)[:part], made]
    row.files = json.dumps([asdict(one) for one in files], ensure_ascii=False)
    row.rows = sum(one.rows for one in files)
    if is_last:
        row.state = ExportState.MADE
    await unit.session.flush()
    return row


async def end(unit: Unit, number: int) -> None:
    """All files of an export are made, if there are any."""
    row = await unit.session.get_one(Export, number)
    row.state = ExportState.MADE
    await unit.session.flush()


async def break_off(unit: Unit, number: int) -> None:
    """No file came of an export, or none that was kept."""
    row = await unit.session.get_one(Export, number)
    row.state = ExportState.BROKEN
    await unit.session.flush()


async def drop_part(unit: Unit, number: int, part: int) -> None:
    """Forget which reports a part holds that does not leave; without an earlier one the export broke off. What was made once before, and may
    have left, stays."""
    await audit.begin(unit)  # as of `note`
    if len(files_of(await find(unit, number))) > part:
        return
    await unit.session.execute(
        delete(ExportRow).where(ExportRow.export_number == number, ExportRow.part == part)
    )
    if not part:
        await break_off(unit, number)


def files_of(row: Export) -> list[MadeFile]:
    """The files of an export, in their order."""
    return [MadeFile(**one) for one in json.loads(row.files)]


async def holding(unit: Unit, report_id: str, newest: int = 0) -> Holding | None:
    """The exports that held a report, in whatever version, with so many of the newest; None where none did. One that nobody knows the end
    of counts: it may have been read as far as it came."""
    of_it = (
        ExportRow.report_id == report_id,
        Export.number == ExportRow.export_number,
        Export.state != ExportState.BROKEN,
    )
    number, since = (
        await unit.session.execute(select(func.count(), func.min(Export.hour)).where(*of_it))
    ).one()
    if not number:
        return None
    shown = select(Export).where(*of_it).order_by(Export.number.desc()).limit(newest)
    return Holding(number, since, (await unit.session.scalars(shown)).all() if newest else ())
