"""Exports: approved public versions as CSV or JSON Lines, streamed, the reporters' consent obeyed.

Only a report whose consent is `publish_no_names` becomes a row. `since` and `until` are days of approval in
the configured time zone, both inclusive. The order is that of approval and never changes.
"""

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, tuple_

from bot.errors import Refusal
from bot.services import vault
from bot.services.desk import versions
from bot.services.desk.versions import VersionContent
from bot.services.export.rows import Sheet, Source
from bot.services.unit import SECONDS_AN_HOUR, Unit
from db.models import PublicVersion, Report

PUBLISH, SHARE, COUNT = "publish_no_names", "share_trusted", "statistics_only"
FORMATS: Mapping[str, str] = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
"""The formats and their MIME types."""
BATCH = 200
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be exported: a format of FORMATS, the first and the last day of approval."""

    format: str = "csv"
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, format_: str, since: str = "", until: str = "") -> "Ask":
        """From words, days as `YYYY-MM-DD` or blank; raises Refusal."""
        try:
            days = [date.fromisoformat(word) if word else None for word in (since, until)]
        except ValueError:
            raise Refusal("moderator.export.how") from None
        first, last = days
        if format_ not in FORMATS or (first and last and first > last):
            raise Refusal("moderator.export.how")
        return cls(format_, first, last)

    def spec(self) -> str:
        """In one word, for an attachment of the outbox: `csv:2024-01-01:`; see `read_spec`."""
        return ":".join((self.format, *(day.isoformat() if day else "" for day in (self.since, self.until))))

    def file_name(self) -> str:
        """A name that tells what is inside."""
        days = [day.isoformat() for day in (self.since, self.until) if day]
        return f"{'_'.join(['kuager', *days])}.{self.format}"


def read_spec(spec: str) -> Ask:
    """The inverse of `Ask.spec`; raises Refusal."""
    return Ask.read(*spec.split(":"))


async def export(unit: Unit, ask: Ask) -> AsyncIterator[bytes]:
    """The export in pieces of one row each; the CSV begins with its header."""
    sheet = sheet_of(unit)
    if ask.format == "csv":
        yield (BOM + _csv(sheet.header)).encode()
    async for source in sources(unit, ask):
        if ask.format == "csv":
            yield _csv(sheet.cells(source)).encode()
        else:
            yield f"{_in_a_line(json.dumps(sheet.document(source), ensure_ascii=False))}\n".encode()


def _in_a_line(text: str) -> str:
    """JSON without the characters at which some readers of lines begin a new one."""
    return re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def sheet_of(unit: Unit) -> Sheet:
    """The sheet of this installation's forms."""
    return Sheet(unit.forms["review"], unit.forms["report"], unit.settings.zone)


def _csv(row: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(row)
    return written.getvalue()


async def as_document(
    read: Callable[[], AbstractAsyncContextManager[Unit]], spec: str
) -> tuple[str, bytes, str]:
    """The name, the content and the MIME type of an export, for sending as a document."""
    ask = read_spec(spec)
    async with read() as unit:
        content = b"".join([piece async for piece in export(unit, ask)])
    return ask.file_name(), content, FORMATS[ask.format]


async def sources(unit: Unit, ask: Ask) -> AsyncIterator[Source]:
    """The versions to be exported, in the order of their approval; two queries for each BATCH of them."""
    after: tuple[int, str] | None = None
    while True:
        batch = await _batch(unit, ask, after)
        await vault.open_keys(unit, (row.data_key_id for row in batch))
        for row in batch:
            key_id = row.data_key_id
            if key_id in unit.keys:  # else withdrawn since the batch was read
                written = versions.read(unit, row.id, key_id, row.content)
                yield Source(row.ref, row.version, row.approved_hour, PUBLISH, written)
                del unit.keys[key_id]
        if len(batch) < BATCH:
            return
        after = (batch[-1].approved_hour, batch[-1].id)


async def _batch(unit: Unit, ask: Ask, after: tuple[int, str] | None) -> Sequence[Any]:
    version = PublicVersion
    chosen = (version.id, version.version, version.approved_hour, version.data_key_id, version.content)
    query = (
        select(*chosen, Report.ref)
        .join(Report, Report.id == version.report_id)
        .where(*approved(ask, unit.settings.zone), Report.consent_use == PUBLISH)
        .order_by(version.approved_hour, version.id)
        .limit(BATCH)
    )
    if after is not None:
        query = query.where(tuple_(version.approved_hour, version.id) > after)
    return (await unit.session.execute(query)).all()


def approved(ask: Ask, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """The conditions that a version is public and was approved in the time asked for."""
    where: list[ColumnElement[bool]] = [
        PublicVersion.current.is_(True),
        PublicVersion.data_key_id.is_not(None),
    ]
    if ask.since is not None:
        where.append(PublicVersion.approved_hour >= _hour(ask.since, zone))
    if ask.until is not None:
        where.append(PublicVersion.approved_hour < _hour(ask.until + timedelta(days=1), zone))
    return where


def _hour(day: date, zone: ZoneInfo) -> int:
    """The first whole hour that begins on this day in the zone."""
    return -(-int(datetime.combine(day, time(), zone).timestamp()) // SECONDS_AN_HOUR)


def preview(
    unit: Unit, report: Report, number: int, written: VersionContent, language: str
) -> list[tuple[str, str]]:
    """The row as it would be exported if the version were approved now: name and cell of every column of facts
    that is not blank, before codes their labels in this language, as in `Полиция · police`."""
    source = Source(report.ref, number, unit.hour, report.consent_use or "", written)
    return sheet_of(unit).shown(source, language)
