"""Selection of public versions for an export, by day of approval and consent."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, TextClause, bindparam, exists, func, select, text, tuple_
from sqlalchemy.orm import aliased

from bot.form.answers import Answer
from bot.safety.sealing import UnsealError
from bot.services import ring_keys, row_proofs, vault
from bot.services.desk.publishing import versions
from bot.services.desk.publishing.versions import VersionContent
from bot.services.export.versions.belonging import NOWHERE, Belonging, belonging
from bot.services.reports import reading
from bot.services.reports.classification import Consent
from bot.services.unit import SECONDS_AN_HOUR, Unit
from db.models import IS_PUBLIC, DataKey, KeySlot, PublicVersion, RelatedReport, Report

log = logging.getLogger(__name__)
VERSIONS_A_QUERY = 200
_BEFORE_ALL: Mapping[str, Any] = {"hour": -1, "id": ""}
VERSIONS_A_TURN = 20


@dataclass(frozen=True, slots=True)
class Period:
    """Days of approval in the configured time zone, both included. None leaves that end open."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ApprovedVersion:
    """Public version with facts of its report. `told` are the reporter's answers by instance path, if asked
    for and not destroyed."""

    ref: str
    number: int
    approved_hour: int
    consent: str
    content: VersionContent
    told: Mapping[str, Answer] = field(default_factory=dict)
    belonging: Belonging = NOWHERE
    report_id: str = ""


async def approved_versions(
    unit: Unit,
    period: Period,
    consents: Collection[Consent] = (Consent.PUBLISH,),
    *,
    told: bool = False,
    where: Sequence[ColumnElement[bool]] = (),
) -> AsyncIterator[ApprovedVersion]:
    """Versions of reports with one of `consents`, by hour of approval and id.

    `told` adds the reporters' answers, `where` conditions. At most VERSIONS_A_QUERY versions and their data
    keys are in memory. Faulty versions are skipped (`faulty`). Raises UnsealError where the key ring lacks a
    key.
    """
    opened = _opened(unit, period, Report.consent_use.in_(consents), *where, told=told, consents=consents)
    async for row, content, belongs in opened:
        if content is not None and content.consent == row.consent_use:
            answers = _told(unit, row) if told else {}
            if answers is None:
                continue
            yield ApprovedVersion(
                row.ref,
                row.version,
                row.approved_hour,
                row.consent_use,
                content,
                answers,
                belongs,
                row.report_id,
            )


def _told(unit: Unit, row: Any) -> Mapping[str, Answer] | None:
    """Answers of the reporter, none once they are destroyed. None where they are damaged."""
    if row.told_key is None or row.told is None:
        return {}
    with suppress(UnsealError):
        if row.told_key in unit.keys:
            return reading.told(unit, row.report_id, row.told_key, row.told)
    _note_damaged(row, "what its reporter told")
    return None


def _note_damaged(row: Any, what: str) -> None:
    log.error("report %s: %s is damaged: not exported", row.ref, what)


async def still_public(unit: Unit, versions: Mapping[str, int]) -> set[str]:
    """Ids of the reports whose version with this number is neither withdrawn nor replaced."""
    version, held, found = PublicVersion, list(versions.items()), set[str]()
    for start in range(0, len(held), VERSIONS_A_QUERY):
        given = tuple_(version.report_id, version.version).in_(held[start : start + VERSIONS_A_QUERY])
        found.update(await unit.session.scalars(select(version.report_id).where(given, text(IS_PUBLIC))))
    return found


async def untold(unit: Unit, report_ids: Collection[str]) -> set[str]:
    """Ids of the reports whose reporters' answers are destroyed. Pass at most VERSIONS_A_QUERY."""
    query = select(Report.id).where(Report.id.in_(report_ids), Report.data_key_id.is_(None))
    return set(await unit.session.scalars(query)) if report_ids else set()


async def number_of(
    unit: Unit, period: Period, most: int, consents: Collection[Consent] | None = None
) -> int:
    """Number of versions of a period, at most `most`. Reads only an index."""
    approved = approved_in(period, unit.settings.zone)
    conditions = [approved]
    if consents is not None:
        # One query for each consent, so that the index returns the hours in order.
        conditions = [[*approved, PublicVersion.consent == consent] for consent in sorted(consents)]
    counts = [_count(most, where).scalar_subquery() for where in conditions]
    return (
        min(most, await unit.session.scalar(select(sum(counts[1:], start=counts[0]))) or 0) if counts else 0
    )


async def pin_of(unit: Unit, period: Period, consents: Collection[Consent]) -> str:
    """Digest of the versions of a period, which changes when one is approved, changed or withdrawn."""
    query = select(PublicVersion.id, PublicVersion.version).where(*approved_in(period, unit.settings.zone))
    found = await unit.session.execute(query.where(PublicVersion.consent.in_(consents)))
    return hashlib.sha256(repr(sorted(map(tuple, found))).encode()).hexdigest()[:16]


def _count(most: int, where: Iterable[ColumnElement[bool] | TextClause]) -> Select[int]:
    some = select(PublicVersion.id).where(*where)
    # Without an order PostgreSQL reads the whole table: its generic plan expects matching versions everywhere.
    first = some.order_by(PublicVersion.approved_hour, PublicVersion.id).limit(most).subquery()
    return select(func.count()).select_from(first)


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


async def faulty(unit: Unit, period: Period, *, told: bool = False) -> Faulty:
    """Find the faulty versions of a period, with `told` also damaged answers. Opens every version. Raises
    UnsealError where the key ring lacks a key."""
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
    unit: Unit,
    period: Period,
    *where: ColumnElement[bool],
    told: bool = False,
    consents: Collection[Consent] = (),
) -> AsyncIterator[tuple[Any, VersionContent | None, Belonging]]:
    query, after = _query(approved_in(period, unit.settings.zone), *where, told=told), _BEFORE_ALL
    while True:
        batch = (await unit.session.execute(query, after)).all()
        await _open_keys(unit, batch, told=told)
        found = await _belonging(unit, batch, consents) if consents else {}
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


async def _open_keys(unit: Unit, batch: Sequence[Any], *, told: bool) -> None:
    """Open the data keys of a batch, except damaged ones. Raises UnsealError where the ring lacks a key: too
    many versions would go missing unnoticed."""
    slots, rings = {row.data_key_id: row.slot for row in batch}, {row.data_key_id: row.ring for row in batch}
    if told:
        slots |= {row.told_key: row.told_slot for row in batch if row.told_slot}
        rings |= {row.told_key: row.told_ring for row in batch if row.told_slot}
    vault.open_slots(unit, slots)
    for name in {rings[key_id] for key_id in slots.keys() - unit.keys.keys()}:
        if not await ring_keys.has(unit, name):
            raise UnsealError(f"the ring lacks {name}")


def _content(unit: Unit, row: Any) -> VersionContent | None:
    with suppress(UnsealError):
        if not row_proofs.fits(unit.safe, PublicVersion, row):
            row_proofs.note(unit.safe, PublicVersion)
        elif row.data_key_id in unit.keys:
            return versions.read(unit, row.id, row.data_key_id, row.content)
    _note_damaged(row, "its public version")
    return None


async def _belonging(unit: Unit, batch: Sequence[Any], consents: Collection[str]) -> Mapping[str, Belonging]:
    incident_ids = {row.report_id: row.incident_id for row in batch}
    related_to = [row.report_id for row in batch if row.is_related]
    return await belonging(unit, incident_ids, consents, related_to)


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
        .where(*approved, *where)
        .where(tuple_(version.approved_hour, version.id) > tuple_(bindparam("hour"), bindparam("id")))
        .order_by(version.approved_hour, version.id)
        .limit(VERSIONS_A_QUERY)
    )
    if told:
        query = query.outerjoin(told_key, told_key.id == Report.data_key_id)
        query = query.outerjoin(told_slot, told_slot.number == told_key.slot)
    return query


def approved_in(period: Period, zone: ZoneInfo) -> list[ColumnElement[bool] | TextClause]:
    """SQL conditions for public versions approved in a period. An index covers them."""
    where: list[ColumnElement[bool] | TextClause] = [text(IS_PUBLIC)]
    if period.since is not None:
        where.append(PublicVersion.approved_hour >= _first_hour(period.since, zone))
    if period.until is not None:
        where.append(PublicVersion.approved_hour < _first_hour(period.until + timedelta(days=1), zone))
    return where


def _first_hour(day: date, zone: ZoneInfo) -> int:
    """First whole hour of a day, in hours since 1970-01-01 UTC. Rounded up, since a zone may be half an hour
    off."""
    return -(-int(datetime.combine(day, time(), zone).timestamp()) // SECONDS_AN_HOUR)
