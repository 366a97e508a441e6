"""The contents of a card: answers, talk, history, notes with the checklist, and similar reports."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import InstrumentedAttribute

from bot.errors import Refusal
from bot.form.answers import FileKind, FileRef, Written, files_of
from bot.form.model import Privacy
from bot.reports import approvals, claims, links, reading
from bot.reports.approvals import Votes
from bot.reports.links import Links
from bot.reports.reading import ReportContent
from bot.reports.talk import messages, ways
from bot.reports.talk.messages import Message
from bot.reports.talk.ways import Way
from bot.safety.pseudonym import Purpose
from bot.safety.sealing import UnsealError
from bot.store import audit, files, vault
from bot.store.files import CLEANED, FAILED, PENDING, KeptFile
from bot.store.unit import UnitOfWork
from db.engine import inline
from db.models import IN_QUEUE, AuditEntry, DataKey, File, KeySlot, Moderator, Report

log = logging.getLogger(__name__)

CHECKLIST = ("source", "date", "place", "files", "second", "similar", "harm")
"""Items of the checklist, by their texts `moderator.check.<name>`."""
MOST_NOTES = 30
LONGEST, LONGEST_HANDED = 1000, 300


@dataclass(frozen=True, slots=True)
class ReportNote:
    """A note. One with `to` came with a hand-over to that alias, and may be empty."""

    text: str
    alias: str
    hour: int
    to: str = ""


@dataclass(frozen=True, slots=True)
class ChecklistEntry:
    alias: str
    hour: int


@dataclass(frozen=True, slots=True)
class Notes:
    notes: tuple[ReportNote, ...] = ()
    checks: Mapping[str, ChecklistEntry] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Notes":
        """Inverse of `asdict`. An empty mapping gives empty notes."""
        checks = {name: ChecklistEntry(**one) for name, one in data.get("checks", {}).items()}
        return cls(tuple(ReportNote(**one) for one in data.get("notes", ())), checks)

    @property
    def written(self) -> Sequence[ReportNote]:
        return [one for one in self.notes if one.text]

    def handed(self, moderator: Moderator) -> ReportNote | None:
        """Note of the last hand-over, if that was to this moderator."""
        last = next((one for one in reversed(self.notes) if one.to), None)
        return last if last is not None and last.to == moderator.alias else None


async def notes_of(unit: UnitOfWork, report: Report) -> Notes:
    """Notes of a report, empty once destroyed. Raises UnsealError when its key has left the ring."""
    return Notes.from_json(await reading.read_beside(unit, report))


async def add_note(unit: UnitOfWork, moderator: Moderator, report: Report, text: str) -> None:
    """Add a note to a held report. Raises Refusal for a text too long or one note too many."""
    await _add(unit, report, ReportNote(text.strip(), moderator.alias, unit.hour), LONGEST)
    await audit.record(unit, moderator.alias, "note", report.ref)


async def _add(unit: UnitOfWork, report: Report, note: ReportNote, longest: int) -> None:
    if len(note.text) > longest:
        raise Refusal("moderator.note.too_long", {"most": longest, "n": len(note.text) - longest})
    found = await notes_of(unit, report)
    if note.text and len(found.written) >= MOST_NOTES:
        raise Refusal("moderator.note.too_many", {"ref": report.ref, "n": MOST_NOTES})
    await _keep(unit, report, replace(found, notes=(*found.written, note)))


async def hand_over(
    unit: UnitOfWork, moderator: Moderator, report: Report, other: Moderator, text: str = ""
) -> None:
    """Hand a held report over, with a note or none. Raises as `claims.require_handing` and `add_note` do."""
    await claims.require_handing(unit, moderator, report, other)
    if report.data_key_id is not None and (text.strip() or not await claims.is_archived(unit, report)):
        note = ReportNote(text.strip(), moderator.alias, unit.hour, other.alias)
        await _add(unit, report, note, LONGEST_HANDED)
    await claims.hand_over(unit, moderator, report, other)


def newest_of(unit: UnitOfWork, moderator: Moderator, report: Report, found: Notes) -> tuple[int, str] | None:
    """Place of the moderator's newest note, and a keyed hash as its name, so that a second tap removes no other."""
    own = [(place, one) for place, one in enumerate(found.notes) if one.alias == moderator.alias]
    if not own:
        return None
    place, note = own[-1]
    said = f"{report.id}:{place}:{note.hour}:{note.alias}:{note.text}"
    return place, unit.safe.pseudonyms.of(Purpose.NOTE, said).hex()[:16]


async def take_back_note(unit: UnitOfWork, moderator: Moderator, report: Report, name: str) -> None:
    """Destroy the moderator's newest note. Raises Refusal when there is none, or it has another name."""
    found = await notes_of(unit, report)
    newest = newest_of(unit, moderator, report, found)
    if newest is None:
        raise Refusal("moderator.note.none", {"ref": report.ref})
    place, known = newest
    if name != known:
        raise Refusal("reporter.tap.stale")
    await _keep(unit, report, replace(found, notes=(*found.notes[:place], *found.notes[place + 1 :])))
    vault.note_erasure(unit)
    await audit.record(unit, moderator.alias, "unnote", report.ref)


async def toggle(unit: UnitOfWork, moderator: Moderator, report: Report, name: str) -> None:
    if name not in CHECKLIST:
        raise Refusal("reporter.tap.stale")
    found = await notes_of(unit, report)
    others = {one: check for one, check in found.checks.items() if one != name}
    is_new = name not in found.checks
    checks = others | {name: ChecklistEntry(moderator.alias, unit.hour)} if is_new else others
    await _keep(unit, report, replace(found, checks=checks))
    await audit.record(unit, moderator.alias, "check" if is_new else "uncheck", report.ref, name)


async def _keep(unit: UnitOfWork, report: Report, notes: Notes) -> None:
    await reading.keep_beside(unit, report, asdict(notes))


@dataclass(frozen=True, slots=True)
class Card:
    """Parts of a report for its moderator. `content` is None once destroyed. An `archived` one has no talk, files and
    notes either."""

    report: Report
    content: ReportContent | None
    talk: Sequence[Message]
    way: Way | None
    files: Mapping[str, KeptFile]
    votes: Votes = field(default_factory=Votes)
    links: Links = field(default_factory=Links)
    notes: Notes = field(default_factory=Notes)
    archived: bool = False

    @property
    def refs(self) -> Sequence[FileRef]:
        """All files in the order of their numbers, which begin at 1: the report's, then the talk's."""
        told = self.content.answers.values() if self.content is not None else ()
        said = (ref for one in self.talk for ref in one.words.files)
        return [*(ref for answer in told for ref in files_of(answer)), *said]

    def kept(self, ref: FileRef) -> KeptFile:
        return self.files.get(ref.id, KeptFile(FAILED))

    def number(self, ref: FileRef) -> int:
        return self.refs.index(ref) + 1


async def card(unit: UnitOfWork, report: Report, *, archived: bool = False) -> Card:
    """Card of a report. Raises Refusal when it does not open, and InArchive unless `archived`."""
    content, talk, known, noted, is_archived = None, list[Message](), dict[str, KeptFile](), Notes(), False
    try:
        content = await reading.content_of(unit, report)
        talk = [*await messages.said(unit, report)]
        known = {**(content.files if content else {}), **await messages.known_files(unit, talk)}
        noted = await notes_of(unit, report)
    except UnsealError:
        log.error("report %s does not open", report.ref)  # noqa: TRY400 - no trace helps
        raise Refusal("moderator.card.unopened", {"ref": report.ref}) from None
    except vault.InArchive:
        if not archived:
            raise
        is_archived = True
    votes = (await approvals.votes(unit, [report])).get(report.id, Votes())
    way, linked = await ways.of_report(unit, report), await links.of_report(unit, report)
    return Card(report, content, talk, way, known, votes, linked, noted, is_archived)


async def note_read(unit: UnitOfWork, shown: Card) -> None:
    """Record that the holder was shown the card. Messages with a file that is still being fetched stay unread."""
    if not shown.archived and (shown.report.unread or shown.report.untold):
        fetched = [
            one for one in shown.talk if all(shown.kept(ref).status != PENDING for ref in one.words.files)
        ]
        await messages.note_read(unit, shown.report, {one.number for one in fetched})


MOST_HISTORY = 60


async def history_of(unit: UnitOfWork, report: Report) -> tuple[Sequence[AuditEntry], bool]:
    """Newest entries, and whether there are more."""
    query = select(AuditEntry).where(AuditEntry.subject == report.ref).order_by(AuditEntry.id.desc())
    found = (await unit.session.scalars(query.limit(MOST_HISTORY + 1))).all()
    return found[:MOST_HISTORY], len(found) > MOST_HISTORY


MOST_PICTURED, MOST_PICTURES, MOST_LIKE = 100, 300, 3
"""Open reports and files of them that are compared, and reports that are named."""
MOST_DIFFERENT = 6
"""Most differing bits of two hashes, of 64, of pictures that are nearly the same."""


async def with_like_pictures(unit: UnitOfWork, shown: Card) -> Sequence[str]:
    """References of open reports with nearly the same picture as this card, most alike first. One query."""
    own = [int(one.picture, 16) for one in shown.files.values() if one.picture]
    if not own:
        return ()
    order = (one.desc() for one in (Report.urgent, Report.submitted_hour, Report.ref))
    newest = select(Report.id).where(text(IN_QUEUE)).order_by(*order).limit(inline(MOST_PICTURED))
    query = (
        select(Report.ref, File.id, File.data_key_id, File.meta, KeySlot.content.label("slot"))
        .join(File, File.data_key_id == Report.data_key_id)
        .join(DataKey, DataKey.id == File.data_key_id)
        .join(KeySlot, KeySlot.number == DataKey.slot)
        .where(Report.id.in_(newest), Report.id != shown.report.id, File.status == CLEANED)
        .where(File.kind.in_((FileKind.PHOTO, FileKind.DOCUMENT)))
    )
    rows = (await unit.session.execute(query.order_by(*order).limit(inline(MOST_PICTURES)))).all()
    vault.open_slots(unit, {row.data_key_id: row.slot for row in rows})
    found: dict[str, int] = {}
    for row in (one for one in rows if one.data_key_id in unit.keys):
        with suppress(UnsealError, ValueError):
            other = int(files.picture_in(unit, row.id, row.data_key_id, row.meta) or "-", 16)
            apart = min((one ^ other).bit_count() for one in own)
            found[row.ref] = min(apart, found.get(row.ref, apart))
    near = [ref for ref, apart in found.items() if apart <= MOST_DIFFERENT]
    return sorted(near, key=found.__getitem__)[:MOST_LIKE]


NEAR_DAYS = 3
MOST_OF_A_DATE = 30
MOST_SIMILAR = 6
MOST_COMPARED = 3000
_ALIKE, _VERY_ALIKE = 60, 85
"""Likeness of words, of 100, from which they are alike (rapidfuzz's token set ratio)."""


class WordSimilarity(IntEnum):
    OTHER = 0
    ALIKE = 1
    VERY_ALIKE = 2


@dataclass(frozen=True, slots=True)
class Similar:
    report: Report
    same_date: bool
    same_kind: bool
    words: WordSimilarity


async def similar_to(unit: UnitOfWork, moderator: Moderator, report: Report) -> Sequence[Similar]:
    """At most MOST_SHOWN reports, most alike first. With unlike words, only those of equal date and kind."""
    candidates = await _candidates(unit, report)
    texts = await _texts(unit, [report, *candidates])
    own = texts.get(report.id, "")
    found = [_compared(report, own, one, texts.get(one.id, "")) for one in candidates]
    alike = [one for one in found if one.words or (one.same_date and one.same_kind)]
    alike.sort(key=lambda it: (it.words, it.same_date, it.same_kind, it.report.submitted_hour), reverse=True)
    shown = alike[:MOST_SIMILAR]
    await audit.record(unit, moderator.alias, "similar", report.ref, str(len(shown)))
    return shown


def _compared(report: Report, own: str, other: Report, text: str) -> Similar:
    from rapidfuzz import fuzz  # noqa: PLC0415 - it would make each start longer

    ratio = fuzz.token_set_ratio(own, text) if own and text else 0
    words = WordSimilarity((ratio >= _ALIKE) + (ratio >= _VERY_ALIKE))
    same_kind = other.category is not None and other.category == report.category
    return Similar(other, other.date_start == report.date_start, same_kind, words)


async def _candidates(unit: UnitOfWork, report: Report) -> Sequence[Report]:
    found: dict[str, Report] = {}
    for condition, order in _dates(report.date_start):
        here = Report.data_key_id.is_not(None), Report.region == report.region, Report.id != report.id
        query = select(Report).where(*here, condition).order_by(*order).limit(MOST_OF_A_DATE)
        found |= {one.id: one for one in await unit.session.scalars(query)}
    return list(found.values())


def _dates(
    start: str | None,
) -> Iterable[tuple[ColumnElement[bool], Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]]]:
    newest = Report.submitted_hour.desc()
    for one in dict.fromkeys((start, start[:7], start[:4]) if start else (None,)):
        yield Report.date_start == one, (Report.region.desc(), Report.date_start.desc(), newest)
    if start:
        first, last = f"{start}-", f"{start}-99"
        if len(start) == len("2024-03-08"):
            day, near = date.fromisoformat(start), timedelta(days=NEAR_DAYS)
            first, last = (day - near).isoformat(), (day + near).isoformat()
        order = Report.region, Report.date_start, Report.submitted_hour
        yield Report.date_start.between(first, last), order


async def _texts(unit: UnitOfWork, reports: Sequence[Report]) -> dict[str, str]:
    from rapidfuzz.utils import default_process  # noqa: PLC0415 - it would make each start longer

    await vault.open_keys(unit, [one.data_key_id for one in reports], lenient=True)
    texts = {}
    for one in reports:
        with suppress(UnsealError, KeyError):
            form, told, _ = reading.told(unit, one.id, one.data_key_id or "", one.content or b"")
            asked = ((form.question_at(path), answer) for path, answer in told.items())
            words = [
                answer.text
                for question, answer in asked
                if question and question.privacy is not Privacy.SEALED and isinstance(answer, Written)
            ]
            texts[one.id] = default_process("\n".join(words)[:MOST_COMPARED])
    return texts
