"""Card of a report: all that its holder is shown, with the talk."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import Refusal
from bot.form.answers import FileRef, files_of
from bot.safety.sealing import UnsealError
from bot.services.desk.card import notes
from bot.services.desk.card.notes import Notes
from bot.services.reports import approvals, links, reading
from bot.services.reports.files import FAILED, PENDING, KeptFile
from bot.services.reports.links import Links
from bot.services.reports.reading import ReportContent
from bot.services.reports.talk import ways, words
from bot.services.reports.talk.ways import Way
from bot.services.reports.talk.words import Message
from bot.services.unit import Unit
from db.models import Report

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Card:
    """Content (None once destroyed), talk, reply channel, files and notes of a report. `approved_by` are
    aliases of approvers of the waiting version."""

    report: Report
    content: ReportContent | None
    talk: Sequence[Message]
    way: Way | None
    files: Mapping[str, KeptFile]
    approved_by: Sequence[str] = ()
    links: Links = field(default_factory=Links)
    notes: Notes = field(default_factory=Notes)

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


async def card(unit: Unit, report: Report) -> Card:
    """Card of a report. Raises Refusal when it does not open."""
    try:
        content = await reading.content(unit, report)
        talk = await words.said(unit, report)
        known = {**(content.files if content else {}), **await words.known_files(unit, talk)}
        noted = await notes.of_report(unit, report)
    except UnsealError:
        log.error("report %s does not open", report.ref)  # noqa: TRY400 - no trace helps
        raise Refusal("moderator.card.unopened", {"ref": report.ref}) from None
    approved_by = [one.alias for one in (await approvals.standing(unit, [report])).get(report.id, ())]
    way, linked = await ways.of_report(unit, report), await links.of_report(unit, report)
    return Card(report, content, talk, way, known, approved_by, linked, noted)


async def read(unit: Unit, shown: Card) -> None:
    """Record that the holder was shown the card. Messages with a file that is still being fetched stay
    unread."""
    if shown.report.unread or shown.report.untold:
        fetched = [
            one for one in shown.talk if all(shown.kept(ref).status != PENDING for ref in one.words.files)
        ]
        await words.note_read(unit, shown.report, {one.number for one in fetched})
