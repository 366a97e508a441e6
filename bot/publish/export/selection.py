"""Selection of the approved versions for an export: scope, incidents, related cases, and counts of reports."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, TextClause, bindparam, case, exists, func, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.form.answers import Answer
from bot.form.kinds import kind_of
from bot.form.model import Form, Privacy, Question
from bot.publish import versions
from bot.publish.statistics import first_hour
from bot.publish.versions import VersionContent
from bot.reports import reading
from bot.reports.states import Consent
from bot.safety.sealing import UnsealError
from bot.store import ring_keys, row_proofs, vault
from bot.store.unit import UnitOfWork
from db.models import (
    IS_IN_INCIDENT,
    IS_PUBLIC,
    DataKey,
    Incident,
    KeySlot,
    PublicVersion,
    RelatedReport,
    Report,
)

log = logging.getLogger(__name__)
VERSIONS_A_QUERY = 200
VERSIONS_A_TURN = 20

FEWEST_TOLD = 5
"""Smallest number that is published. A smaller one could identify a person."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """Links of a record. `counts`: no record of its incident became public earlier, so its people count."""

    incident: str = ""
    counts: bool = True
    related: tuple[str, ...] = ()
    same_event: tuple[str, ...] = ()


NOWHERE = Belonging()


async def belonging(
    unit: UnitOfWork,
    incident_ids: Mapping[str, str | None],
    consents: Collection[str],
    related_to: Collection[str],
) -> Mapping[str, Belonging]:
    """Links of reports to reports with one of `consents`, by report id, in at most three queries. `incident_ids` maps reports
    to incidents. `related_to` are the reports with related cases."""
    incidents = await _incidents(unit, incident_ids, consents)
    related = await _related(unit, related_to, consents)
    found = {one: incidents.get(one, NOWHERE) for one in incident_ids}
    return found | {one: replace(found[one], related=tuple(sorted(refs))) for one, refs in related.items()}


async def _incidents(
    unit: UnitOfWork, report_ids: Mapping[str, str | None], consents: Collection[str]
) -> Mapping[str, Belonging]:
    """Incident of each report. The people of the record approved first count in every export, so none counts twice."""
    mine = {incident for incident in report_ids.values() if incident is not None}
    if not mine:
        return {}
    first_hour = func.min(PublicVersion.approved_hour).label("hour")
    is_public = func.max(case((PublicVersion.current, 1), else_=0)).label("is_public")
    query = (
        select(Report.id, Report.ref.label("own"), Incident.ref, first_hour, is_public)
        .join(Incident, Incident.id == Report.incident_id)
        .outerjoin(PublicVersion, PublicVersion.report_id == Report.id)
        .where(text(f"reports.{IS_IN_INCIDENT}"), Report.incident_id.in_(mine))
        .where(Report.consent_use.in_(consents) | Report.id.in_(report_ids))
        .group_by(Report.id, Report.ref, Incident.ref)
    )
    rows = [row for row in await unit.session.execute(query) if row.is_public or row.id in report_ids]
    # A report without approval counts as approved now.
    places = {row.id: (unit.hour if row.hour is None else row.hour, row.id) for row in rows}
    first: dict[str, tuple[int, str]] = {}
    public: dict[str, set[str]] = {}
    for row in rows:
        first[row.ref] = min(first.get(row.ref, places[row.id]), places[row.id])
        public.setdefault(row.ref, set()).update([row.own] if row.is_public else [])
    same_event = {row.id: tuple(sorted(public[row.ref] - {row.own})) for row in rows}
    return {
        row.id: Belonging(row.ref, places[row.id] == first[row.ref], same_event=same_event[row.id])
        for row in rows
    }


async def _related(
    unit: UnitOfWork, report_ids: Collection[str], consents: Collection[str]
) -> Mapping[str, list[str]]:
    if not report_ids:
        return {}
    pairs = select(RelatedReport.report_id, RelatedReport.other_id)
    others: dict[str, list[str]] = {}
    for row in await unit.session.execute(pairs.where(RelatedReport.report_id.in_(report_ids))):
        others.setdefault(row.other_id, []).append(row.report_id)
    if not others:
        return {}
    # A query of its own: joined to the pairs, SQLite starts from all public versions.
    query = (
        select(Report.id, Report.ref)
        .join(PublicVersion, (PublicVersion.report_id == Report.id) & PublicVersion.current)
        .where(Report.id.in_(others), Report.consent_use.in_(consents))
    )
    found: dict[str, list[str]] = {}
    for row in await unit.session.execute(query):
        for report_id in others[row.id]:
            found.setdefault(report_id, []).append(row.ref)
    return found


@dataclass(frozen=True, slots=True)
class Period:
    """Days of approval in the configured time zone, both included. None leaves that end open."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ApprovedVersion:
    """Public version with facts of its report. `told` are the reporter's answers by instance path, if asked for."""

    ref: str
    number: int
    approved_hour: int
    consent: str
    content: VersionContent
    told: Mapping[str, Answer] = field(default_factory=dict)
    belonging: Belonging = NOWHERE
    report_id: str = ""


async def approved_versions(
    unit: UnitOfWork,
    period: Period,
    consents: Collection[Consent] = (Consent.PUBLISH,),
    *,
    told: bool = False,
    where: Sequence[ColumnElement[bool]] = (),
) -> AsyncIterator[ApprovedVersion]:
    """Versions of reports with one of `consents`, by hour of approval and id. `told` adds the reporters' answers. At most
    VERSIONS_A_QUERY versions and their data keys are in memory. Faulty versions are skipped (`faulty`). Raises UnsealError
    where the key ring lacks a key."""
    opened = _opened(unit, period, Report.consent_use.in_(consents), *where, told=told, consents=consents)
    async for row, content, belongs in opened:
        if content is not None and content.consent == row.consent_use:
            answers = _told(unit, row) if told else {}
            if answers is None:
                continue
            about = row.ref, row.version, row.approved_hour, row.consent_use
            yield ApprovedVersion(*about, content, answers, belongs, row.report_id)


def _told(unit: UnitOfWork, row: Any) -> Mapping[str, Answer] | None:
    """Answers of the reporter, none once they are destroyed. None where they are damaged."""
    if row.told_key is None or row.told is None:
        return {}
    with suppress(UnsealError):
        if row.told_key in unit.keys:
            return reading.told(unit, row.report_id, row.told_key, row.told).answers
    _note_damaged(row, "what its reporter told")
    return None


def _note_damaged(row: Any, what: str) -> None:
    log.error("report %s: %s is damaged: not exported", row.ref, what)


async def still_public(unit: UnitOfWork, versions: Mapping[str, int]) -> set[str]:
    """Ids of the reports whose version with this number is neither withdrawn nor replaced."""
    version, held, found = PublicVersion, list(versions.items()), set[str]()
    for start in range(0, len(held), VERSIONS_A_QUERY):
        given = tuple_(version.report_id, version.version).in_(held[start : start + VERSIONS_A_QUERY])
        found.update(await unit.session.scalars(select(version.report_id).where(given, text(IS_PUBLIC))))
    return found


async def untold(unit: UnitOfWork, report_ids: Collection[str]) -> set[str]:
    """Ids of the reports whose reporters' answers are destroyed. Pass at most VERSIONS_A_QUERY."""
    query = select(Report.id).where(Report.id.in_(report_ids), Report.data_key_id.is_(None))
    return set(await unit.session.scalars(query)) if report_ids else set()


IN_ARCHIVE = exists().where(DataKey.id == PublicVersion.data_key_id, DataKey.sealed_to.is_not(None))
"""Condition of versions in the sealed archive, which no export has."""


async def archived(unit: UnitOfWork, consents: Collection[Consent]) -> Sequence[Any]:
    """Region, category and days, as reporters told them, of reports whose public version is in the sealed archive. Of reports
    of one event the first that became public counts, as in `belonging`."""
    codes = Report.region, Report.category, Report.date_start, Report.date_end
    query = select(Report.id, Report.incident_id, *codes).join(PublicVersion)
    query = query.where(text(IS_PUBLIC), IN_ARCHIVE, Report.consent_use.in_(consents))
    rows = (await unit.session.execute(query)).all()
    found = dict[str, Belonging]()
    for start in range(0, len(rows), VERSIONS_A_QUERY):
        incidents = {row.id: row.incident_id for row in rows[start : start + VERSIONS_A_QUERY]}
        found |= await belonging(unit, incidents, consents, ())
    return [row for row in rows if found[row.id].counts]


async def number_of(
    unit: UnitOfWork,
    period: Period,
    most: int,
    consents: Collection[Consent] | None = None,
    *where: ColumnElement[bool],
) -> int:
    """Number of versions of a period, at most `most`. Reads only an index, without conditions `where`."""
    approved = [*approved_in(period, unit.settings.zone), *where]
    conditions = [approved]
    if consents is not None:
        # One query for each consent, so that the index returns the hours in order.
        conditions = [[*approved, PublicVersion.consent == consent] for consent in sorted(consents)]
    # Without an order PostgreSQL reads the whole table: its generic plan expects matching versions everywhere.
    in_order = select(PublicVersion.id).order_by(PublicVersion.approved_hour, PublicVersion.id).limit(most)
    found = [in_order.where(*where).subquery() for where in conditions]
    counts = [select(func.count()).select_from(one).scalar_subquery() for one in found]
    if not counts:
        return 0
    return min(most, await unit.session.scalar(select(sum(counts[1:], start=counts[0]))) or 0)


async def pin_of(unit: UnitOfWork, period: Period, consents: Collection[Consent]) -> str:
    """Digest of the versions of a period, which changes when one is approved, changed or withdrawn."""
    query = select(PublicVersion.id, PublicVersion.version).where(*approved_in(period, unit.settings.zone))
    found = await unit.session.execute(query.where(PublicVersion.consent.in_(consents)))
    return hashlib.sha256(repr(sorted(map(tuple, found))).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Faulty:
    """References of approved reports that are missing from exports.

    - `changed`: the consent in the clear differs from the sealed one, so the database was altered.
    - `damaged`: a part does not open although the ring has its key.
    - `too_old`: sealed without a consent. Maps to the consent in the clear.
    """

    changed: Sequence[str] = ()
    damaged: Sequence[str] = ()
    too_old: Mapping[str, str] = field(default_factory=dict)


async def faulty(unit: UnitOfWork, period: Period, *, told: bool = False) -> Faulty:
    """Find the faulty versions of a period, with `told` also damaged answers. Opens all. Raises UnsealError for a missing key."""
    changed, damaged, too_old = list[str](), list[str](), dict[str, str]()
    async for row, content, _ in _opened(unit, period, told=told):
        if content is None:
            damaged.append(row.ref)
        elif content.consent == versions.TOO_OLD:
            too_old[row.ref] = row.consent_use or "none"
        elif content.consent != row.consent_use:
            changed.append(row.ref)
        elif told and row.consent_use == Consent.SHARE and _told(unit, row) is None:
            damaged.append(row.ref)
    for ref in changed:
        log.error("report %s: the consent in the database is not the one that was sealed: not exported", ref)
    return Faulty(changed, damaged, too_old)


async def _opened(
    unit: UnitOfWork,
    period: Period,
    *where: ColumnElement[bool],
    told: bool = False,
    consents: Collection[Consent] = (),
) -> AsyncIterator[tuple[Any, VersionContent | None, Belonging]]:
    query = _query(approved_in(period, unit.settings.zone), *where, told=told)
    after: Mapping[str, Any] = {"hour": -1, "id": ""}
    while True:
        batch = (await unit.session.execute(query, after)).all()
        await _open_keys(unit, batch, told=told)
        incidents = {row.report_id: row.incident_id for row in batch}
        related = [row.report_id for row in batch if row.is_related]
        found = await belonging(unit, incidents, consents, related) if consents else {}
        for number, row in enumerate(batch, 1):
            yield row, _content(unit, row), found.get(row.report_id, NOWHERE)
            if number % VERSIONS_A_TURN == 0:  # opening is slow: let other tasks run
                await asyncio.sleep(0)
            unit.keys.pop(row.data_key_id, None)
            if told:
                unit.keys.pop(row.told_key, None)
        if len(batch) < VERSIONS_A_QUERY:
            return
        after = {"hour": batch[-1].approved_hour, "id": batch[-1].id}


async def _open_keys(unit: UnitOfWork, batch: Sequence[Any], *, told: bool) -> None:
    """Open the data keys of a batch, except damaged ones. Raises UnsealError where the ring lacks a key."""
    slots, rings = {row.data_key_id: row.slot for row in batch}, {row.data_key_id: row.ring for row in batch}
    if told:
        slots |= {row.told_key: row.told_slot for row in batch if row.told_slot}
        rings |= {row.told_key: row.told_ring for row in batch if row.told_slot}
    vault.open_slots(unit, slots)
    for name in {rings[key_id] for key_id in slots.keys() - unit.keys.keys()}:
        if not await ring_keys.has(unit, name):
            raise UnsealError(f"the ring lacks {name}")


def _content(unit: UnitOfWork, row: Any) -> VersionContent | None:
    with suppress(UnsealError):
        if not row_proofs.fits(unit.safe, PublicVersion, row):
            row_proofs.note(unit.safe, PublicVersion)
        elif row.data_key_id in unit.keys:
            return versions.read(unit, row.id, row.data_key_id, row.content)
    _note_damaged(row, "its public version")
    return None


def _query(
    approved: Iterable[ColumnElement[bool] | TextClause], *where: ColumnElement[bool], told: bool
) -> Select[Any]:
    version, key, slot = PublicVersion, aliased(DataKey), aliased(KeySlot)
    told_key, told_slot = aliased(DataKey), aliased(KeySlot)
    is_related = exists().where(RelatedReport.report_id == version.report_id)
    chosen: list[Any] = [
        *(version.id, version.version, version.approved_hour, version.data_key_id, version.content),
        *(version.current, version.state, version.consent, version.moderator_id, version.row_mac),
        *(version.report_id, Report.ref, Report.consent_use, Report.incident_id),
        *(is_related.label("is_related"), slot.content.label("slot"), key.ring),
    ]
    if told:
        of_report = (Report.data_key_id.label("told_key"), Report.content.label("told"))
        chosen += (*of_report, told_slot.content.label("told_slot"), told_key.ring.label("told_ring"))
    query = (
        select(*chosen)
        .join(Report, Report.id == version.report_id)
        .join(key, key.id == version.data_key_id)
        .join(slot, slot.number == key.slot)
        .where(*approved, *where, key.sealed_to.is_(None))
        .where(tuple_(version.approved_hour, version.id) > tuple_(bindparam("hour"), bindparam("id")))
        .order_by(version.approved_hour, version.id)
        .limit(VERSIONS_A_QUERY)
    )
    if told:
        # Of one in the sealed archive no answers can leave, so that its row is left out.
        query = query.where(told_key.sealed_to.is_(None))
        query = query.outerjoin(told_key, told_key.id == Report.data_key_id)
        query = query.outerjoin(told_slot, told_slot.number == told_key.slot)
    return query


def approved_in(period: Period, zone: ZoneInfo) -> list[ColumnElement[bool] | TextClause]:
    """SQL conditions for public versions approved in a period. An index covers them."""
    return [text(IS_PUBLIC), *is_in(period, zone, PublicVersion.approved_hour)]


def is_in(period: Period, zone: ZoneInfo, hour: InstrumentedAttribute[Any]) -> Iterator[ColumnElement[bool]]:
    """SQL conditions for a column of hours in a period."""
    if period.since is not None:
        yield hour >= first_hour(period.since, zone)
    if period.until is not None:
        yield hour < first_hour(period.until + timedelta(days=1), zone)


class ExportScope(StrEnum):
    """Scope of an export. NAMES and STORIES add names, or reporters' words, for trusted organisations."""

    PUBLIC = "public"
    TRUSTED = "trusted"
    NAMES = "names"
    STORIES = "stories"

    @property
    def consents(self) -> frozenset[Consent]:
        """Consents that admit a report. It needs one of them."""
        return _CONSENTS[self]

    @property
    def tells(self) -> bool:
        """Whether rows hold answers of the reporter beside the public version."""
        return self in {ExportScope.NAMES, ExportScope.STORIES}

    def questions(self, report: Form) -> Sequence[Question]:
        """Questions of the report form whose answers leave as given, never points on the map or files."""
        match self:
            case ExportScope.NAMES:
                return [one for one in report.questions if one.privacy is Privacy.SEALED and _is_told(one)]
            case ExportScope.STORIES:
                return [one for one in report.questions if one.role == "story" and _is_told(one)]
        return []


SHARED = (ExportScope.TRUSTED, ExportScope.NAMES, ExportScope.STORIES)
"""Scopes that need two administrators, in the order offered."""
_CONSENTS = {
    ExportScope.PUBLIC: frozenset({Consent.PUBLISH}),
    ExportScope.TRUSTED: frozenset({Consent.PUBLISH, Consent.SHARE}),
    ExportScope.NAMES: frozenset({Consent.SHARE}),
    ExportScope.STORIES: frozenset({Consent.SHARE}),
}


def _is_told(question: Question) -> bool:
    kind = kind_of(question)
    return kind.is_asked and kind.fact_type is not None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers of approved reports: public, shared, only counted. `events` counts rows of one incident once."""

    rows: int
    shared: int
    counted: int
    events: int = 0


async def statistics(unit: UnitOfWork, period: Period) -> Statistics:
    """Count the reports of a period without decrypting. Check `number_of` first: it reads every public version."""
    event = func.coalesce(Report.incident_id, Report.id)
    query = (
        select(Report.consent_use, func.count(), func.count(func.distinct(event)))
        .join(PublicVersion, PublicVersion.report_id == Report.id)
        .where(*approved_in(period, unit.settings.zone))
        .group_by(Report.consent_use)
    )
    found = {consent: (int(rows), int(events)) for consent, rows, events in await unit.session.execute(query)}
    rows, events = found.get(Consent.PUBLISH, (0, 0))
    shared, counted = (found.get(consent, (0, 0))[0] for consent in (Consent.SHARE, Consent.COUNT))
    return Statistics(rows, shared, counted, events)
