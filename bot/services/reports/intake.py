"""Intake: a finished draft becomes a report, and its reporter gets a receipt, the only way back to it."""

from dataclasses import asdict, dataclass

from sqlalchemy import select

from bot.errors import Refusal
from bot.form import answers as answer_values
from bot.form.flow.instance import Instance
from bot.safety.pseudonym import Purpose
from bot.safety.receipt import new_code, new_reference, read_code
from bot.services import audit, vault
from bot.services.reports.classification import classify
from bot.services.reports.drafting import OpenDraft
from bot.services.reports.reading import content_context
from bot.services.reports.states import Status
from bot.services.unit import Unit
from db.models import Report


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter gets: the code is kept nowhere."""

    code: str
    report: Report


async def submit(unit: Unit, open_draft: OpenDraft) -> Receipt:
    """Take in a finished draft: the report keeps its data key and files, the draft is gone."""
    row, draft, form = open_draft.row, open_draft.draft, open_draft.form
    assert row.data_key_id is not None  # noqa: S101 - a draft without consent cannot be submitted
    answers = Instance(form, draft.answers, draft.counts, unit.now).submission()
    open_draft.changed = False
    await (
        unit.session.flush()
    )  # a draft begun in this very batch is only pending, and what is pending cannot be deleted
    await unit.session.delete(row)
    # Under its old id the key stood beside the hash of the reporter's chat.
    key_id = await vault.rename(unit, row.data_key_id)
    code = new_code()
    report = Report(
        id=vault.new_id(),
        ref=await _new_ref(unit),
        status=Status.NEW,
        receipt_hash=unit.safe.pseudonyms.of(Purpose.RECEIPT, code),
        form=form.id,
        form_version=form.version,
        language=row.language,
        submitted_hour=unit.hour,
        data_key_id=key_id,
        **asdict(classify(form, answers)),
    )
    told = {path: answer_values.to_json(answer) for path, answer in answers.items()}
    report.content = vault.seal(unit, key_id, told, content_context(report))
    unit.session.add(report)
    await unit.session.flush()
    unit.reported = True
    await audit.record(unit, audit.REPORTER, "submit", report.ref)
    return Receipt(code, report)


async def _new_ref(unit: Unit) -> str:
    while True:
        ref = new_reference()
        if await unit.session.scalar(select(Report.id).where(Report.ref == ref)) is None:
            return ref


async def find_by_code(unit: Unit, typed: str) -> Report:
    """The report of a receipt's code as a person typed it; raises Refusal."""
    code = read_code(typed)
    if code is None:
        raise Refusal("receipt.not_a_code")
    hashed = unit.safe.pseudonyms.of(Purpose.RECEIPT, code)
    report = await unit.session.scalar(select(Report).where(Report.receipt_hash == hashed))
    if report is None:
        raise Refusal("receipt.unknown")
    return report
