"""Makes a country update from the public export, and a sample that tries a template."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

from bot.form.answers import Chosen
from bot.form.kinds import kind_of
from bot.publish import persons
from bot.publish.country_update import sentences
from bot.publish.country_update.composition import compose
from bot.publish.country_update.context import Earlier, Lists, UpdateContext
from bot.publish.country_update.document import Document, DocumentTexts, sample
from bot.publish.country_update.rendering import rendered
from bot.publish.country_update.request import (
    Months,
    UpdateFormat,
    UpdateRecord,
    UpdateRequest,
    belongs,
    by_time,
)
from bot.publish.export import register
from bot.publish.export.cells import ExportTable
from bot.publish.export.register import MadeFile
from bot.publish.export.selection import ApprovedVersion, Period, Statistics, approved_versions, statistics
from bot.publish.own_texts import read_texts
from bot.store.unit import REPORT_FORM, REVIEW_FORM, MakeUnit, UnitOfWork
from bot.texts import Texts

_ANY_TIME = Months("1900-01", "2199-12")
"""Period of a preview. No record spans it, so that each date is told."""


class TooManyRecordsError(Exception):
    """Raised when a period has more records than one document should hold."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


async def make(
    read: MakeUnit,
    write: MakeUnit,
    number: int,
    request: UpdateRequest,
    name: str,
    template: bytes | None = None,
    *,
    most: int | None = None,
) -> bytes:
    """Make the file `name` and note it in the register as `number`, with its versions.

    It is made again if a record in it was withdrawn or replaced meanwhile. `template` is an organisation's own
    Word document. Raises TemplateError, and TooManyRecordsError beyond `most` records.
    """
    while True:
        async with read() as unit:
            context, told = await _read(unit, request)
        if most is not None and len(context.numbers) > most:
            raise TooManyRecordsError(len(context.numbers))
        content = await asyncio.to_thread(_file, context, request, template)
        made = MadeFile(name, len(content), hashlib.sha256(content).hexdigest(), len(context.numbers))
        async with write() as unit:
            if await register.note_whole(unit, number, told, made):
                return content


def _file(context: UpdateContext, request: UpdateRequest, template: bytes | None) -> bytes:
    return rendered(compose(context, request), request.format, template)


async def composed(unit: UnitOfWork, request: UpdateRequest) -> Document:
    context, _ = await _read(unit, request)
    return await asyncio.to_thread(compose, context, request)


async def _read(unit: UnitOfWork, request: UpdateRequest) -> tuple[UpdateContext, Mapping[str, int]]:
    """Context of a document, and its versions by report id. Opens every public version, since dates of events are
    stored sealed. Only those of the period stay in memory."""
    table = ExportTable(unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM], unit.settings.zone)
    dated, undated, changed, last, place = [], [], [], set(), 0
    told: dict[str, int] = {}
    before = await register.updates_before(unit, request.months.last)
    async for version in approved_versions(unit, Period()):
        record = _record(table, version, place := place + 1)
        belonging = belongs(record, request.months)
        number = version.content.translates or version.number
        is_changed = number > before.versions.get(version.report_id, number)
        if belonging is not False or is_changed:
            told[version.report_id] = version.number
        if is_changed:
            changed.append(record)
        if version.report_id in before.last:
            last.add(record.ref)
        if belonging:
            dated.append(record)
        elif belonging is None:
            undated.append(record)
    words = DocumentTexts(await asyncio.to_thread(Texts, (request.language,)), request.language)
    asked = sum(kind_of(one).is_asked for one in table.report.questions)
    about = request.months, unit.now.date(), unit.settings, await statistics(unit, Period()), asked
    earlier = Earlier(Months(*before.months.split(":")), last) if before.months else Earlier()
    own = await read_texts(unit, request.language, request.months)
    dated, lists = sorted(dated, key=by_time), Lists.of(table)
    return UpdateContext(words, lists, *about, dated, undated, changed, earlier, own), told


def _record(table: ExportTable, version: ApprovedVersion, place: int) -> UpdateRecord:
    """Row of the public export, with what its summary says, which no export holds."""
    question = table.review.by_role.get(sentences.SAID)
    said = version.content.answers.get(question.path) if question is not None else None
    codes = list(said.names) if isinstance(said, Chosen) else []
    linked = persons.persons_of(table.review, version.content) if version.content.persons else ()
    row = {**table.record(version), sentences.SAID: codes}
    return UpdateRecord(row, place, version.content.translations, linked)


def paragraphs(
    unit: UnitOfWork, version: ApprovedVersion, texts: Texts, languages: Sequence[str]
) -> Mapping[str, str]:
    """What an update would say of a version, by language."""
    table = ExportTable(unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM], unit.settings.zone)
    record, day, none = _record(table, version, 1), unit.now.date(), Statistics(0, 0, 0)
    found = {}
    for one in languages:
        words, lists = DocumentTexts(texts, one), Lists.of(table)
        context = UpdateContext(words, lists, _ANY_TIME, day, unit.settings, none, 0, [record], [])
        told = [*sentences.summary(context, record), *sentences.facts(context, record)]
        found[one] = " ".join(said.words for said in told)
    return found


def try_template(template: bytes) -> None:
    """Fill a template with the sample. Raises TemplateError if that fails."""
    rendered(sample(), UpdateFormat.DOCX, template)
