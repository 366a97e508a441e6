"""What was said of a report after it was sent, sealed under the report's key."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update

from bot.form.answers import FileKind, FileRef
from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.reports import files
from bot.services.reports.files import KeptFile
from bot.services.unit import Unit
from db.models import Report, TalkMessage

log = logging.getLogger(__name__)
_FILLED_TO = 4096
"""What is said fills a multiple of so many bytes: the length of a question would tell which open reply it is read for."""


NEWEST = 64
"""As much of the end of a talk is looked at for a button: what a tap costs does not grow with the talk."""
CONTACTS = "contacts"
"""The ready words that ask nothing: whom the operator's contacts name."""


class Sign(StrEnum):
    """What is said by a button alone. Of the reporter: in danger now, safe now, does not want to answer, or to be asked any more. Of
    the bot: the chat takes no messages."""

    URGENT = "urgent"
    SAFE = "safe"
    SKIPPED = "skipped"
    NO_MORE = "no_more"
    LOST = "lost"


SAFETY, ASKING = frozenset({Sign.URGENT, Sign.SAFE}), frozenset({Sign.NO_MORE, Sign.LOST})
"""What signs are about: the last one of them is how it is."""


@dataclass(frozen=True, slots=True)
class Words:
    """What one message says: a text, files, a ready question by its name, or a sign. `alias` is the moderator's, which no reporter
    is shown; `hour` that in which it was said; `times` how often on its day a sign was said in this place."""

    text: str = ""
    files: tuple[FileRef, ...] = ()
    ready: str | None = None
    sign: Sign | None = None
    alias: str = ""
    hour: int = 0
    times: int = 1

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Words":
        """The inverse of `to_json`."""
        refs = tuple(FileRef(**(one | {"kind": FileKind(one["kind"])})) for one in data["files"])
        sign = None if data["sign"] is None else Sign(data["sign"])
        times = data.get("times", 1)  # earlier versions did not count
        return cls(data["text"], refs, data["ready"], sign, data["alias"], data["hour"], times)


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a talk: its number within it, who said it, what it says, and whether it is `open`: a question without an answer,
    contacts that the reporter has not seen, or something that a reporter told and no moderator has seen."""

    number: int
    from_reporter: bool
    open: bool
    words: Words

    @property
    def waits(self) -> bool:
        """Whether it is a question without an answer."""
        return self.open and not self.from_reporter and self.words.ready != CONTACTS


async def said(unit: Unit, report: Report) -> Sequence[Message]:
    """All that was said of a report, in order; empty once it was destroyed."""
    return await _said(unit, report)


async def newest(unit: Unit, report: Report) -> Sequence[Message]:
    """The NEWEST of what was said, the last first."""
    return await _said(unit, report, order=TalkMessage.number.desc(), limit=NEWEST)


def last_about(found: Sequence[Message], about: Collection[Sign]) -> Message | None:
    """The last of the reporter's signs about this, among what is the last first."""
    return next((one for one in found if one.from_reporter and one.words.sign in about), None)


async def open_questions(unit: Unit, report: Report) -> Sequence[Message]:
    """The questions that have no answer yet, in order."""
    return [one for one in await unanswered(unit, report) if one.waits]


async def unanswered(unit: Unit, report: Report) -> Sequence[Message]:
    """What a reporter is shown who opens the talk: the questions that have no answer yet, and contacts until they were seen: whoever
    tells more before that has not seen them."""
    return await _said(unit, report, TalkMessage.open & ~TalkMessage.from_reporter)


async def waiting(unit: Unit, report_ids: Collection[str]) -> frozenset[str]:
    """Those of these reports of which a reporter would be shown something, with one query; nothing is opened for it."""
    await unit.session.flush()
    is_shown = TalkMessage.open & ~TalkMessage.from_reporter
    query = select(TalkMessage.report_id).where(TalkMessage.report_id.in_(report_ids), is_shown)
    return frozenset(await unit.session.scalars(query))


async def pressing(unit: Unit, reports: Collection[Report]) -> frozenset[str]:
    """The ids of those of these reports of which the reporter told something that no moderator has read, and that is more than a sign
    that nothing presses. What does not open may say anything."""
    is_new = TalkMessage.from_reporter & TalkMessage.open
    query = select(TalkMessage).where(TalkMessage.report_id.in_([report.id for report in reports]), is_new)
    rows = (await unit.session.scalars(query)).all() if reports else ()
    await vault.open_keys(unit, (report.data_key_id for report in reports), lenient=True)
    known = {report.id: report for report in reports}
    return frozenset(row.report_id for row in rows if _presses(unit, known[row.report_id], row))


def _presses(unit: Unit, report: Report, row: TalkMessage) -> bool:
    try:
        return _message(unit, report, row).words.sign in {None, Sign.URGENT}
    except (UnsealError, KeyError):
        return True


async def known_files(unit: Unit, messages: Sequence[Message]) -> dict[str, KeptFile]:
    """What is known of the files of messages, by their ids."""
    ids = [ref.id for one in messages for ref in one.words.files]
    return dict(await files.known(unit, ids))


async def add(
    unit: Unit,
    report: Report,
    words: Words,
    *,
    from_reporter: bool,
    open_: bool = False,
    files_key_id: str | None = None,
) -> int:
    """Keep what was said; its number. Raises KeyError when the report's key was destroyed."""
    await vault.open_keys(unit, [report.data_key_id])
    row = TalkMessage(
        id=vault.new_id(),
        report_id=report.id,
        number=await _next_number(unit, report),
        from_reporter=from_reporter,
        open=open_,
        files_key_id=files_key_id,
    )
    _seal(unit, report, row, words)
    unit.session.add(row)
    await unit.session.flush()
    return row.number


async def put_in_place(unit: Unit, report: Report, before: Message, words: Words) -> None:
    """Keep what was said in the place of something that nobody has read, as the last word."""
    of_message = TalkMessage.report_id == report.id, TalkMessage.number == before.number
    row = (await unit.session.scalars(select(TalkMessage).where(*of_message))).one()
    _seal(unit, report, row, words)
    if row.number + 1 != (following := await _next_number(unit, report)):
        row.number = following
    await unit.session.flush()


def _seal(unit: Unit, report: Report, row: TalkMessage, words: Words) -> None:
    row.content = vault.seal(
        unit, report.data_key_id or "", words.to_json(), _context(row), filled_to=_FILLED_TO
    )


async def close(unit: Unit, report: Report, numbers: Collection[int]) -> bool:
    """These questions have their answer, and these contacts were seen; whether any of them was open. `waits` says then whether other
    questions are left."""
    shown = await unanswered(unit, report)
    closed = [one.number for one in shown if one.number in numbers]
    if closed:
        change = update(TalkMessage).where(TalkMessage.report_id == report.id, TalkMessage.number.in_(closed))
        await unit.session.execute(change.values(open=False))
    report.waits = any(one.waits for one in shown if one.number not in closed)
    return bool(closed)


async def note_read(unit: Unit, report: Report, numbers: Collection[int]) -> None:
    """Of what the reporter told these messages were seen by a moderator."""
    is_new = TalkMessage.report_id == report.id, TalkMessage.from_reporter, TalkMessage.open
    seen = update(TalkMessage).where(*is_new, TalkMessage.number.in_(numbers))
    await unit.session.execute(seen.values(open=False))
    report.unread = bool(await unit.session.scalar(select(exists().where(*is_new))))
    report.untold, report.alarm = False, 0


async def keys_of(unit: Unit, report_ids: Collection[str]) -> Sequence[str | None]:
    """The keys of the files that were said something with, of these reports."""
    query = select(TalkMessage.files_key_id).where(
        TalkMessage.report_id.in_(report_ids), TalkMessage.files_key_id.is_not(None)
    )
    return (await unit.session.scalars(query)).all()


async def _said(
    unit: Unit,
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
    await vault.open_keys(unit, [report.data_key_id])
    await vault.open_keys(unit, [row.files_key_id for row in rows], lenient=True)
    return [found for row in rows if (found := _legible(unit, report, row)) is not None]


def _legible(unit: Unit, report: Report, row: TalkMessage) -> Message | None:
    """What a message says; None where it is damaged, which keeps back none of the others."""
    try:
        return _message(unit, report, row)
    except UnsealError:
        log.error("report %s: message %d of its talk is damaged", report.ref, row.number)  # noqa: TRY400 - no trace helps
        return None


async def damaged(unit: Unit, reports: Mapping[str, str]) -> frozenset[str]:
    """Those of these reports, by id with their open data keys, of whose talk something does not open."""
    rows = await unit.session.scalars(select(TalkMessage).where(TalkMessage.report_id.in_(reports)))
    return frozenset(row.report_id for row in rows if not _opens(unit, reports[row.report_id], row))


def _opens(unit: Unit, key_id: str, row: TalkMessage) -> bool:
    try:
        vault.unseal(unit, key_id, row.content, _context(row))
    except UnsealError:
        return False
    return True


async def _next_number(unit: Unit, report: Report) -> int:
    query = select(func.max(TalkMessage.number)).where(TalkMessage.report_id == report.id)
    return (await unit.session.scalar(query) or 0) + 1


def _message(unit: Unit, report: Report, row: TalkMessage) -> Message:
    told = vault.unseal(unit, report.data_key_id or "", row.content, _context(row))
    return Message(row.number, row.from_reporter, row.open, Words.from_json(told))


def _context(row: TalkMessage) -> str:
    return f"talk_messages.content:{row.id}"
