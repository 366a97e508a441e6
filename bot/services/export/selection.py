"""Which versions leave: those that are public, were approved on the days asked for, and may be published."""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, tuple_

from bot.services import vault
from bot.services.desk import versions
from bot.services.desk.versions import VersionContent
from bot.services.unit import SECONDS_AN_HOUR, Unit
from db.models import PublicVersion, Report

log = logging.getLogger(__name__)
VERSIONS_A_QUERY = 200


class Consent(StrEnum):
    """What a reporter allows: a row without names, sharing under encryption only, counting only. Whoever gave none of
    these answers allows nothing."""

    PUBLISH = "publish_no_names"
    SHARE = "share_trusted"
    COUNT = "statistics_only"


@dataclass(frozen=True, slots=True)
class Period:
    """Days of approval in the configured time zone, both included; None leaves that end open."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ApprovedVersion:
    """A public version, and what its report adds to its row."""

    ref: str
    number: int
    approved_hour: int
    consent: str
    content: VersionContent


async def approved_versions(unit: Unit, period: Period) -> AsyncIterator[ApprovedVersion]:
    """The versions that an export has a row for, by the hour of their approval and then by id, which never changes. Two
    queries for each VERSIONS_A_QUERY of them; no more are in memory, nor more keys open. One whose consent in the clear is
    not the sealed one has no row (`consent_differs`)."""
    async for row, content in _opened(unit, period, Report.consent_use == Consent.PUBLISH):
        if content.consent == Consent.PUBLISH:
            yield ApprovedVersion(row.ref, row.version, row.approved_hour, Consent.PUBLISH, content)


async def consent_differs(unit: Unit, period: Period) -> Sequence[str]:
    """The references of approved reports whose consent in the clear is not the one sealed with their version: somebody has
    changed the database, or the version is older than the sealing. Opens every version of the period."""
    found = [row.ref async for row, content in _opened(unit, period) if content.consent != row.consent_use]
    for ref in found:
        log.error("report %s: the consent in the database is not the one that was sealed: not exported", ref)
    return found


async def _opened(
    unit: Unit, period: Period, *where: ColumnElement[bool]
) -> AsyncIterator[tuple[Any, VersionContent]]:
    after: tuple[int, str] | None = None
    while True:
        batch = await _batch(unit, period, after, *where)
        await vault.open_keys(unit, (row.data_key_id for row in batch))
        for row in batch:
            key_id = row.data_key_id
            if key_id in unit.keys:  # else it was withdrawn after the batch was read
                yield row, versions.read(unit, row.id, key_id, row.content)
                unit.keys.pop(key_id, None)
        if len(batch) < VERSIONS_A_QUERY:
            return
        after = (batch[-1].approved_hour, batch[-1].id)


async def _batch(
    unit: Unit, period: Period, after: tuple[int, str] | None, *where: ColumnElement[bool]
) -> Sequence[Any]:
    version = PublicVersion
    chosen = (version.id, version.version, version.approved_hour, version.data_key_id, version.content)
    query = (
        select(*chosen, Report.ref, Report.consent_use)
        .join(Report, Report.id == version.report_id)
        .where(*approved_in(period, unit.settings.zone), *where)
        .order_by(version.approved_hour, version.id)
        .limit(VERSIONS_A_QUERY)
    )
    if after is not None:
        query = query.where(tuple_(version.approved_hour, version.id) > after)
    return (await unit.session.execute(query)).all()


def approved_in(period: Period, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """The SQL conditions that a version is public and was approved in a period."""
    where: list[ColumnElement[bool]] = [
        PublicVersion.current.is_(True),
        PublicVersion.data_key_id.is_not(None),
    ]
    if period.since is not None:
        where.append(PublicVersion.approved_hour >= _first_hour(period.since, zone))
    if period.until is not None:
        where.append(PublicVersion.approved_hour < _first_hour(period.until + timedelta(days=1), zone))
    return where


def _first_hour(day: date, zone: ZoneInfo) -> int:
    """The first whole hour that begins on this day in the zone, in hours since 1970-01-01 UTC. Rounded up, since a zone
    may be half an hour off: the hour in which midnight falls belongs to the day before."""
    return -(-int(datetime.combine(day, time(), zone).timestamp()) // SECONDS_AN_HOUR)
