"""Writes bundles of the archive: decided reports as they lie, with the envelopes of their data keys, in one age file.

A bundle is a tar: BUNDLE, then for each report REPORTS/<ref>.json and the files that it names, then END.
"""

import json
import tarfile
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import undefer

from bot.errors import ArgumentError
from bot.form.model import form_to_json
from bot.publish.export import register
from bot.publish.export.selection import Period, is_in
from bot.reports import claims
from bot.reports.states import Status
from bot.safety import offline
from bot.store import archive_keys, files, vault
from bot.store.file_store import FileStore
from bot.store.unit import MakeUnit, UnitOfWork
from db.models import DataKey, File, Incident, PublicVersion, RelatedReport, Report, TalkMessage

KIND, FORMAT = "archive", 1
BUNDLE, REPORTS, FILES, END = "bundle.json", "reports", "files", "end.json"
CLEAR = (
    *("id", "ref", "status", "language", "form", "form_version", "category", "region"),
    *("date_start", "date_end", "date_precision", "urgent", "consent_use"),
    *("submitted_hour", "closed_hour", "reject_reason"),
)
"""Columns of a report that are not sealed."""
TALK = "id", "number", "from_reporter", "open", "content"
VERSION = "id", "version", "current", "state", "approved_hour", "consent", "content"
REPORTS_A_PAGE = 50
_left = PublicVersion.report_id == Report.id, PublicVersion.data_key_id.is_not(None)
_sealed = DataKey.id == Report.data_key_id, DataKey.sealed_to.is_not(None)
IS_KEPT = exists().where(*_sealed) | and_(
    Report.status.in_((Status.APPROVED, Status.REJECTED)),
    Report.data_key_id.is_not(None) | exists().where(*_left),
)
"""SQL condition: a report is decided, or sealed while its public version is corrected, and something of it is left."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Reports asked for: decided on these days, or with these references. By default all."""

    period: Period = field(default_factory=Period)
    refs: Sequence[str] = ()

    def where(self, unit: UnitOfWork) -> ColumnElement[bool]:
        """SQL condition for decided reports that are asked for and not destroyed."""
        named = [Report.ref.in_(self.refs)] if self.refs else []
        return and_(IS_KEPT, *named, *is_in(self.period, unit.settings.zone, Report.closed_hour))

    def spec(self) -> str:
        """Days and number of references, for the register."""
        days = f"{self.period.since or ''}:{self.period.until or ''}"
        return f"age:{days}:{len(self.refs) or ''}"


async def require_decided(unit: UnitOfWork, typed: Iterable[str]) -> Sequence[str]:
    """References of reports as typed. Raises Refusal for an unknown one, ArgumentError for one without a decision or content."""
    refs = []
    for one in typed:
        report = await claims.look_up(unit, one)
        if await unit.session.scalar(select(Report.id).where(Report.id == report.id, IS_KEPT)) is None:
            raise ArgumentError(
                f"REF is wrong: {report.ref} is not decided yet, or destroyed. Example: archive export FILE R7K3QV"
            )
        refs.append(report.ref)
    return refs


@dataclass(slots=True)
class Bundle:
    """A bundle and its counts.

    - `to`: recipients of the file: those of each envelope in it, and those of the settings that have answered
    - `ready`: recipients of the envelopes that are made for it
    - `lost`: names of files that the store lacks
    - `unopened`: references of reports with a damaged key
    """

    number: int
    asked: Asked
    to: Sequence[str]
    ready: Sequence[str]
    installed: str
    head: bytes
    reports: int = 0
    files: int = 0
    lost: list[str] = field(default_factory=list)
    unopened: list[str] = field(default_factory=list)

    async def pieces(self, read: MakeUnit, write: MakeUnit, store: FileStore) -> AsyncGenerator[bytes]:
        """Stream the tar. The register notes reports before they are read."""
        yield member(BUNDLE, self.head)
        after = ""
        while ids := await self._page(read, after):
            async with write() as unit:
                await register.note_copies(unit, self.number, ids)
            async with read() as unit:
                page = await described(unit, self, ids)
            for report in page:
                self.reports += 1
                yield member(f"{REPORTS}/{report['ref']}.json", json.dumps(report).encode())
                for file in report["files"]:
                    async for piece in self._bytes(store, file):
                        yield piece
            after = ids[-1]
        told = {"reports": self.reports, "files": self.files, "lost": self.lost}
        yield member(END, json.dumps(told).encode())
        yield bytes(2 * tarfile.BLOCKSIZE)

    def faults(self) -> Iterator[str]:
        """A line for what is missing, of each kind."""
        if self.lost:
            yield f"The store has lost {len(self.lost)} files of these reports. See: python -m bot check"
        if self.unopened:
            named = ", ".join(self.unopened)
            yield f"Keys of these reports are damaged in the database, and are not in the file: {named}. Keep every older backup"

    async def _page(self, read: MakeUnit, after: str) -> Sequence[str]:
        async with read() as unit:
            query = select(Report.id).where(self.asked.where(unit), Report.id > after).order_by(Report.id)
            return (await unit.session.scalars(query.limit(REPORTS_A_PAGE))).all()

    async def _bytes(self, store: FileStore, file: Mapping[str, Any]) -> AsyncIterator[bytes]:
        places = (file["clean"], files.copy_id(file["id"])), (file["original"], file["id"])
        for name, place in places:
            if name is not None:
                try:
                    content = await store.read(place)
                except FileNotFoundError:
                    self.lost.append(name)
                    content = b""  # the report has named it, so that a blank one stands for it
                self.files += 1
                yield member(name, content)


def member(name: str, content: bytes) -> bytes:
    """Member of a tar without times, which would be finer than an hour."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    return info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % tarfile.BLOCKSIZE)


async def begin(unit: UnitOfWork, actor: str, asked: Asked) -> Bundle:
    """Register a bundle. Raises ArgumentError if no recipient has answered, or nothing is asked for that there is."""
    if await unit.session.scalar(select(Report.id).where(asked.where(unit)).limit(1)) is None:
        raise ArgumentError("nothing is decided in these days. Example: archive export bundle.age")
    known = await archive_keys.recipients(unit)
    ready = [one.recipient for one in known if one.answered_hour is not None]
    names = " ".join(await _sealed_to(unit, asked.where(unit))).split()
    earlier = [one for name in sorted({*names}) if (one := await archive_keys.seen(unit, name)) is not None]
    to = list(dict.fromkeys([*ready, *earlier]))
    if not to:
        raise ArgumentError(
            "no recipient of the archive has answered, so no one could open the file. Run: python -m bot archive words"
        )
    row = await register.begin_other(unit, actor, register.OtherDocument.ARCHIVE, asked.spec())
    installed = await archive_keys.installation(unit)
    return Bundle(row.number, asked, to, ready or to, installed, await _head(unit, installed))


async def _sealed_to(unit: UnitOfWork, asked: ColumnElement[bool]) -> Collection[str]:
    reports = select(Report.id).where(asked)
    of_these = or_(
        DataKey.id.in_(select(Report.data_key_id).where(asked)),
        DataKey.id.in_(select(PublicVersion.data_key_id).where(PublicVersion.report_id.in_(reports))),
        DataKey.id.in_(select(TalkMessage.files_key_id).where(TalkMessage.report_id.in_(reports))),
    )
    query = select(DataKey.sealed_to).distinct().where(DataKey.sealed_to.is_not(None), of_these)
    return [name for name in await unit.session.scalars(query) if name]


async def _head(unit: UnitOfWork, installed: str) -> bytes:
    """BUNDLE: forms by digest, which are in force, and the settings that a shared export needs."""
    settings, registry = unit.settings, unit.report_forms
    every = {form.digest: form for form in (*registry.every, *registry.values())}
    return json.dumps(
        {
            "kuager": KIND,
            "format": FORMAT,
            "installation": installed,
            "made_hour": unit.hour,
            "server": offline.recipient_of(await archive_keys.server_identity(unit)),
            "organisation": next(iter(settings.organisation.values()), ""),
            "zone": str(settings.zone),
            "languages": settings.languages,
            "published_languages": settings.published_languages,
            "forms": {digest: json.loads(form_to_json(form)) for digest, form in every.items()},
            "kinds": {kind: form.digest for kind, form in registry.items()},
            "report_forms": [form.digest for form in registry.every],
        }
    ).encode()


async def described(unit: UnitOfWork, bundle: Bundle, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """REPORTS/<ref>.json of the reports that are still kept, by a constant number of queries."""
    query = select(Report, Incident.ref.label("incident")).options(undefer(Report.notes))
    query = query.outerjoin(Incident, Incident.id == Report.incident_id)
    found = (await unit.session.execute(query.where(Report.id.in_(ids), IS_KEPT).order_by(Report.id))).all()
    talk = await _rows_of(unit, TalkMessage, TalkMessage.report_id, ids, TalkMessage.number)
    versions = await _rows_of(unit, PublicVersion, PublicVersion.report_id, ids, PublicVersion.version)
    keys = {
        row.Report: dict.fromkeys(
            [row.Report.data_key_id] * (row.Report.data_key_id is not None)
            + [one.files_key_id for one in talk.get(row.Report.id, ()) if one.files_key_id]
            + [one.data_key_id for one in versions.get(row.Report.id, ()) if one.data_key_id]
        )
        for row in found
    }
    kept = await _rows_of(unit, File, File.data_key_id, [*chain(*keys.values())], File.id)
    envelopes, related = await _envelopes(unit, bundle, keys), await _related(unit, ids)
    return [
        _told(report, (*CLEAR, "content", "notes"), key=report.data_key_id, incident=incident)
        | {"talk": [_told(one, TALK, key=one.files_key_id) for one in talk.get(report.id, ())]}
        | {"versions": [_told(one, VERSION, key=one.data_key_id) for one in versions.get(report.id, ())]}
        | {"files": [_file(one) for key_id in keys[report] for one in kept.get(key_id, ())]}
        | {"related": related.get(report.id, [])}
        | envelopes[report]
        for report, incident in found
    ]


async def _rows_of(
    unit: UnitOfWork, table: Any, owner: Any, ids: Sequence[str], order: Any
) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in await unit.session.scalars(select(table).where(owner.in_(ids)).order_by(order)):
        found.setdefault(getattr(row, owner.key), []).append(row)
    return found


async def _related(unit: UnitOfWork, ids: Sequence[str]) -> Mapping[str, list[str]]:
    query = select(RelatedReport.report_id, Report.ref).join(Report, Report.id == RelatedReport.other_id)
    found: dict[str, list[str]] = {}
    for report_id, ref in await unit.session.execute(query.where(RelatedReport.report_id.in_(ids))):
        found.setdefault(report_id, []).append(ref)
    return found


async def _envelopes(
    unit: UnitOfWork, bundle: Bundle, keys: Mapping[Report, Iterable[str]]
) -> Mapping[Report, dict[str, Any]]:
    """Envelopes by report: as they lie, and those made for this bundle of keys that are open."""
    every = [*chain(*keys.values())]
    rows = await unit.session.execute(select(DataKey.id, DataKey.sealed_to).where(DataKey.id.in_(every)))
    to = {row.id: row.sealed_to for row in rows}
    await vault.open_keys(unit, every, lenient=True)
    lie = await vault.envelopes(unit, every, lenient=True)
    made, told = archive_keys.sealed_to(bundle.ready), dict[Report, dict[str, Any]]()
    for report, mine in keys.items():
        open_ = [key for key in mine if key in unit.keys]
        sealed = {key: lie[key] for key in mine if lie.get(key)}
        for key in open_:
            plain = archive_keys.sealed_key(bundle.installed, report.ref, key, unit.keys[key])
            sealed[key] = offline.seal_to(bundle.ready, plain)
        if {*mine} - sealed.keys():
            bundle.unopened.append(report.ref)
        told[report] = {
            "envelopes": {key: _base64(value) for key, value in sealed.items()},
            "sealed_to": {key: to.get(key) or made for key in sealed},
            "open": open_,
        }
    return told


def _told(row: Any, names: Iterable[str], **more: str | None) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: _base64(one) if isinstance(one, bytes) else one for name, one in values.items()} | more


def _file(row: File) -> Mapping[str, Any]:
    clean = f"{FILES}/{row.id}.clean" if row.status == files.CLEANED else None
    original = f"{FILES}/{row.id}.original" if row.status in files.KEPT else None
    return _told(row, ("id", "status", "meta"), key=row.data_key_id, clean=clean, original=original)


def _base64(value: bytes) -> str:
    return b64encode(value).decode()
