"""Intake: a finished draft becomes a report with a receipt; status and withdrawal by the receipt's code."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from bot.errors import Refusal
from bot.form import answers as answer_values
from bot.form.flow.instance import Instance
from bot.safety.pseudonym import Purpose
from bot.safety.receipt import new_code, new_reference, read_code
from bot.services import audit, vault
from bot.services.desk import versions
from bot.services.desk.versions import VersionState
from bot.services.reports.classification import facts_of
from bot.services.reports.drafting import OpenDraft
from bot.services.reports.states import Move, Status, after
from bot.services.unit import Unit
from db.models import DraftRow, OutboxRow, PublicVersion, Report


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter gets: the code stands nowhere else. `report` is for the moderators' notice."""

    code: str
    report: Report


async def submit(unit: Unit, filling: OpenDraft) -> Receipt:
    """Take in a finished draft: the report keeps the draft's data key and files, the draft is gone."""
    row = filling.row
    assert row.data_key_id is not None  # noqa: S101 - a draft without consent cannot be submitted
    draft = filling.draft
    answers = Instance(filling.form, draft.answers, draft.counts, unit.now).submission()
    facts = facts_of(filling.form, answers)
    code = new_code()
    filling.changed = False
    await unit.session.flush()
    await unit.session.delete(row)
    await unit.session.flush()
    # Under its old id the key stood beside the hash of the reporter's chat.
    key_id = await vault.rename(unit, row.data_key_id)
    report = Report(
        id=vault.new_id(),
        ref=await _new_ref(unit),
        status=Status.NEW,
        receipt_hash=unit.safe.pseudonyms.of(Purpose.RECEIPT, code),
        form=filling.form.id,
        form_version=filling.form.version,
        language=row.language,
        category=facts.category,
        region=facts.region,
        date_start=facts.when.start if facts.when else None,
        date_end=facts.when.end if facts.when else None,
        date_precision=facts.when.precision if facts.when else None,
        urgent=facts.urgent,
        consent_use=facts.consent_use,
        submitted_hour=unit.hour,
        data_key_id=key_id,
    )
    report.content = vault.seal(
        unit,
        key_id,
        {path: answer_values.to_json(answer) for path, answer in answers.items()},
        f"reports.content:{report.id}",
    )
    unit.session.add(report)
    await unit.session.flush()
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


FACTS = (
    *(Report.category, Report.region, Report.date_start, Report.date_end, Report.date_precision),
    Report.consent_use,
)
"""The columns of a report's facts in the clear, besides its urgency."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What withdrawal leaves to be done: the moderator who held the report is told by name of the report."""

    ref: str
    report_id: str
    moderator_id: str | None


async def withdraw(unit: Unit, report: Report) -> Withdrawn:
    """Destroy the report and its public version at once: their keys, open edits, and answers on their way."""
    result = Withdrawn(report.ref, report.id, report.moderator_id)
    await erase(unit, report, public_too=True)
    report.status = after(Status(report.status), Move.WITHDRAW)
    report.receipt_hash = None
    report.moderator_id = report.claimed_until_hour = None
    report.closed_hour = unit.hour
    clear_facts(report)
    await audit.record(unit, audit.REPORTER, "withdraw", report.ref)
    return result


def clear_facts(report: Report) -> None:
    """Forget what stands in the clear of a report that nobody reads any more."""
    report.urgent = False
    for column in FACTS:
        setattr(report, column.key, None)


async def erase(unit: Unit, report: Report, *, public_too: bool) -> None:
    """Destroy the raw report's key, what moderators hold open of it and what they proposed of it, and with
    `public_too` what is public."""
    edits = list(await unit.session.scalars(select(DraftRow).where(DraftRow.report_id == report.id)))
    doomed = [report.data_key_id, *(edit.data_key_id for edit in edits)]
    if public_too:
        written = list(
            await unit.session.scalars(select(PublicVersion).where(PublicVersion.report_id == report.id))
        )
        doomed += [version.data_key_id for version in written]
        for version in written:
            version.content = version.data_key_id = None
            version.current = False
    else:
        await versions.replace(unit, await versions.of_report(unit, report, VersionState.PROPOSED))
    report.content = report.data_key_id = None
    await unit.session.flush()
    await unit.session.execute(delete(DraftRow).where(DraftRow.report_id == report.id))
    await unit.session.execute(delete(OutboxRow).where(OutboxRow.report_id == report.id))
    await vault.destroy(unit, doomed)
