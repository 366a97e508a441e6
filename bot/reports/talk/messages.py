"""Messages of a talk, sealed under the report's key, or, once that is in the sealed archive, each under its own."""

import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, exists, func, select, update

from bot.form.answers import FileRef
from bot.safety.sealing import UnsealError
from bot.store import archive_keys, files, vault
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.models import DataKey, File, Report, TalkMessage

log = logging.getLogger(__name__)
_FILLED_TO = 4096
"""A message is a multiple of this. Its length would tell which open reply answers it."""
NEWEST = 64
"""Last messages read for a button, so that its cost does not grow with the talk."""
CONTACTS = "contacts"
"""Ready words with the operator's contacts. They ask no question."""


class Sign(StrEnum):
    """Words of a button. LOST is the bot's own: the chat takes no messages."""

    URGENT = "urgent"
    SAFE = "safe"
    SKIPPED = "skipped"
    NO_MORE = "no_more"
    LOST = "lost"


SAFETY, ASKING = frozenset({Sign.URGENT, Sign.SAFE}), frozenset({Sign.NO_MORE, Sign.LOST})
"""Signs about one subject. The last one holds."""


@dataclass(frozen=True, slots=True)
class MessageContent:
    """Words of one message: text, files, a ready question, or a sign.

    - `alias`: moderator's, never shown to a reporter.
    - `times`: repetitions of a sign on its day. Earlier versions did not count.
    """

    text: str = ""
    files: tuple[FileRef, ...] = ()
    ready: str | None = None
    sign: Sign | None = None
    alias: str = ""
    hour: int = 0
    times: int = 1


_CONTENT = TypeAdapter(MessageContent)


@dataclass(frozen=True, slots=True)
class Message:
    """Message of a talk. `open`: an unanswered question, unseen contacts, or unread words of the reporter."""

    number: int
    from_reporter: bool
    open: bool
    words: MessageContent

    @property
    def waits(self) -> bool:
        return self.open and not self.from_reporter and self.words.ready != CONTACTS


async def said(
    unit: UnitOfWork,
    report: Report,
    *conditions: ColumnElement[bool],
    order: ColumnElement[int] | None = None,
    limit: int | None = None,
) -> Sequence[Message]:
    if report.data_key_id is None:
        return ()
    await unit.session.flush()
    query = select(TalkMessage).where(TalkMessage.report_id == report.id, *conditions)
    query = query.order_by(TalkMessage.number if order is None else order).limit(limit)
    rows = (await unit.session.scalars(query)).all()
    await vault.open_keys(unit, [report.data_key_id], lenient=not rows)
    await vault.open_keys(unit, [row.files_key_id for row in rows], lenient=True)
    found = []
    for row in rows:
        try:
            found.append(_message(unit, report, row))
        except UnsealError:
            log.error("report %s: message %d of its talk is damaged", report.ref, row.number)  # noqa: TRY400 - no trace helps
    return found


async def newest(unit: UnitOfWork, report: Report) -> Sequence[Message]:
    return await said(unit, report, order=TalkMessage.number.desc(), limit=NEWEST)


def last_about(found: Sequence[Message], about: Collection[Sign]) -> Message | None:
    return next((one for one in found if one.from_reporter and one.words.sign in about), None)


async def open_questions(unit: UnitOfWork, report: Report) -> Sequence[Message]:
    return [one for one in await unanswered(unit, report) if one.waits]


async def unanswered(unit: UnitOfWork, report: Report) -> Sequence[Message]:
    """Messages for a reporter who opens the talk: unanswered questions, and unseen contacts."""
    return await said(unit, report, TalkMessage.open & ~TalkMessage.from_reporter)


async def waiting(unit: UnitOfWork, report_ids: Collection[str]) -> frozenset[str]:
    """Reports among these with messages for their reporter."""
    await unit.session.flush()
    is_shown = TalkMessage.open & ~TalkMessage.from_reporter
    query = select(TalkMessage.report_id).where(TalkMessage.report_id.in_(report_ids), is_shown)
    return frozenset(await unit.session.scalars(query))


async def pressing(unit: UnitOfWork, reports: Collection[Report]) -> frozenset[str]:
    """Ids of reports with pressing unread words: any but signs other than danger. Damaged ones count."""
    is_new = TalkMessage.from_reporter & TalkMessage.open
    query = select(TalkMessage).where(TalkMessage.report_id.in_([report.id for report in reports]), is_new)
    rows = (await unit.session.scalars(query)).all() if reports else ()
    keys = *(report.data_key_id for report in reports), *(row.files_key_id for row in rows)
    await vault.open_keys(unit, keys, lenient=True)
    known, found = {report.id: report for report in reports}, set[str]()
    for row in rows:
        try:
            is_pressing = _message(unit, known[row.report_id], row).words.sign in {None, Sign.URGENT}
        except (UnsealError, KeyError):
            is_pressing = True
        if is_pressing:
            found.add(row.report_id)
    return frozenset(found)


async def known_files(unit: UnitOfWork, messages: Sequence[Message]) -> dict[str, files.KeptFile]:
    ids = [ref.id for one in messages for ref in one.words.files]
    return dict(await files.known(unit, ids))


async def add(
    unit: UnitOfWork,
    report: Report,
    words: MessageContent,
    *,
    from_reporter: bool,
    open_: bool = False,
    files_key_id: str | None = None,
) -> int:
    """Store a message and return its number. Raises KeyError when the report's key was destroyed. A message to a
    sealed report gets a key of its own, which is sealed at once, or after its last file was fetched."""
    is_sealed = await vault.is_archived(unit, report.data_key_id)
    if is_sealed:
        files_key_id = files_key_id or vault.make_key(unit)
    else:
        await vault.open_keys(unit, [report.data_key_id])
    row = TalkMessage(
        id=vault.new_id(),
        report_id=report.id,
        number=await _next_number(unit, report),
        from_reporter=from_reporter,
        open=open_,
        files_key_id=files_key_id,
    )
    _seal(unit, row, words, files_key_id if is_sealed else report.data_key_id)
    unit.session.add(row)
    await unit.session.flush()
    if is_sealed:
        await _seal_own_key(unit, report, row)
    return row.number


async def _seal_own_key(unit: UnitOfWork, report: Report, row: TalkMessage) -> None:
    key_id = row.files_key_id or ""
    is_coming = select(exists().where(File.data_key_id == key_id, File.status == files.PENDING))
    to = await archive_keys.recipients_of(unit, report.data_key_id)
    if to and not await unit.session.scalar(is_coming):
        await archive_keys.seal_keys(unit, report.ref, [key_id], to)
    else:
        report.sealed = False  # `archive.service` seals it later


async def added_today(unit: UnitOfWork, report: Report) -> int:
    """Number of messages under keys of their own, added to a sealed report today (UTC)."""
    today = DataKey.hour >= unit.day * HOURS_A_DAY
    query = select(func.count(DataKey.id)).join(TalkMessage, TalkMessage.files_key_id == DataKey.id)
    of_report = TalkMessage.report_id == report.id, TalkMessage.from_reporter
    return await unit.session.scalar(query.where(*of_report, today)) or 0


async def put_in_place(unit: UnitOfWork, report: Report, before: Message, words: MessageContent) -> None:
    of_message = TalkMessage.report_id == report.id, TalkMessage.number == before.number
    row = (await unit.session.scalars(select(TalkMessage).where(*of_message))).one()
    _seal(unit, row, words, report.data_key_id)
    if row.number + 1 != (following := await _next_number(unit, report)):
        row.number = following
    await unit.session.flush()


def _seal(unit: UnitOfWork, row: TalkMessage, words: MessageContent, key_id: str | None) -> None:
    row.content = vault.seal(unit, key_id or "", asdict(words), _context(row), filled_to=_FILLED_TO)


async def close(unit: UnitOfWork, report: Report, numbers: Collection[int]) -> bool:
    """Close these questions and contacts, and update `waits`. Returns whether any was open."""
    shown = await unanswered(unit, report)
    closed = [one.number for one in shown if one.number in numbers]
    if closed:
        change = update(TalkMessage).where(TalkMessage.report_id == report.id, TalkMessage.number.in_(closed))
        await unit.session.execute(change.values(open=False))
    report.waits = any(one.waits for one in shown if one.number not in closed)
    return bool(closed)


async def note_read(unit: UnitOfWork, report: Report, numbers: Collection[int]) -> None:
    is_new = TalkMessage.report_id == report.id, TalkMessage.from_reporter, TalkMessage.open
    seen = update(TalkMessage).where(*is_new, TalkMessage.number.in_(numbers))
    await unit.session.execute(seen.values(open=False))
    report.unread = bool(await unit.session.scalar(select(exists().where(*is_new))))
    report.untold, report.alarm = False, 0


async def keys_of(unit: UnitOfWork, report_ids: Collection[str]) -> Sequence[str | None]:
    query = select(TalkMessage.files_key_id).where(
        TalkMessage.report_id.in_(report_ids), TalkMessage.files_key_id.is_not(None)
    )
    return (await unit.session.scalars(query)).all()


async def damaged(unit: UnitOfWork, reports: Mapping[str, str]) -> frozenset[str]:
    """Reports with a damaged message, from ids with open data keys."""
    rows = (await unit.session.scalars(select(TalkMessage).where(TalkMessage.report_id.in_(reports)))).all()
    await vault.open_keys(unit, (row.files_key_id for row in rows), lenient=True)
    found = set[str]()
    for row in rows:
        try:
            _told(unit, reports[row.report_id], row)
        except UnsealError:
            found.add(row.report_id)
    return frozenset(found)


async def _next_number(unit: UnitOfWork, report: Report) -> int:
    query = select(func.max(TalkMessage.number)).where(TalkMessage.report_id == report.id)
    return (await unit.session.scalar(query) or 0) + 1


def _message(unit: UnitOfWork, report: Report, row: TalkMessage) -> Message:
    told = _told(unit, report.data_key_id or "", row)
    return Message(row.number, row.from_reporter, row.open, _CONTENT.validate_python(told))


def _told(unit: UnitOfWork, key_id: str, row: TalkMessage) -> Any:
    """Sealed words of a message, under the report's key or, if added while that was sealed, under its own."""
    if row.files_key_id in unit.keys:
        with suppress(UnsealError):
            return vault.unseal(unit, row.files_key_id or "", row.content, _context(row))
    return vault.unseal(unit, key_id, row.content, _context(row))


def _context(row: TalkMessage) -> str:
    return f"talk_messages.content:{row.id}"
