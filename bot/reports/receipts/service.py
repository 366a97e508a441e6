"""Intake turns a finished draft into a report with a receipt; tickets carry its code in buttons."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import select

from bot.errors import Refusal
from bot.form import answers as answer_values
from bot.form.answers import Answer, Chosen
from bot.form.flow.filling import Filling
from bot.form.flow.instance import Instance
from bot.form.flow.review import missing
from bot.form.model import Form
from bot.reports.reading import UNANSWERED, content_context, form_mark
from bot.reports.states import Status, classify
from bot.reports.talk import ways
from bot.safety import pseudonym
from bot.safety.pseudonym import Purpose
from bot.safety.sealing import UnsealError
from bot.store import allowances, audit, vault
from bot.store.drafting import OpenDraft
from bot.store.unit import SEEN_HOURS, UnitOfWork
from db.models import Report

CONSENT_ASK = "consent_ask"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Receipt for the reporter. The code is stored nowhere. `may_be_asked`: there is a reply channel."""

    code: str
    report: Report
    may_be_asked: bool = False


async def submit(unit: UnitOfWork, open_draft: OpenDraft, chat_id: int | None = None) -> Receipt:
    """Make a report of a finished draft. Its sealed chat is kept only if the reporter may be asked."""
    row, draft, form = open_draft.row, open_draft.draft, open_draft.form
    assert row.data_key_id is not None  # noqa: S101 - a draft without consent cannot be submitted
    answers = Instance(form, draft.answers, draft.counts, unit.now, draft.seed).submission()
    left = list(missing(Filling(form, draft.at(unit.now))))
    open_draft.changed = False
    # A draft begun in this batch is only pending, and pending rows cannot be deleted.
    await unit.session.flush()
    await unit.session.delete(row)
    # Under its old id the key stood beside the hash of the reporter's chat.
    key_id = await vault.rename(unit, row.data_key_id)
    code = pseudonym.new_code()
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
    told: dict[str, object] = {path: answer_values.to_json(answer) for path, answer in answers.items()}
    told |= {**form_mark(form), **({UNANSWERED: left} if left else {})}
    report.content = vault.seal(unit, key_id, told, content_context(report.id))
    unit.session.add(report)
    await unit.session.flush()
    unit.reported = True
    may_be_asked = chat_id is not None and _may_be_asked(form, answers)
    if chat_id is not None and may_be_asked:
        await ways.make(unit, report, chat_id, row.language, code)
    await audit.record(unit, audit.REPORTER, "submit", report.ref)
    return Receipt(code, report, may_be_asked)


def _may_be_asked(form: Form, answers: Mapping[str, Answer]) -> bool:
    question = form.by_role.get(CONSENT_ASK)
    answer = answers.get(question.path) if question is not None else None
    return isinstance(answer, Chosen) and answer.names == ("yes",)


async def _new_ref(unit: UnitOfWork) -> str:
    while True:
        ref = pseudonym.new_reference()
        if await unit.session.scalar(select(Report.id).where(Report.ref == ref)) is None:
            return ref


async def find_by_code(unit: UnitOfWork, typed: str, allowance: allowances.Allowance | None = None) -> Report:
    """Report of a code, typed alone or in a sentence. Raises Refusal if unknown, or after many guesses."""
    code = pseudonym.code_in(typed)
    if code is None:
        raise Refusal("receipt.not_a_code")
    if allowance is not None and allowance.guesses >= unit.settings.guesses_a_day:
        raise Refusal("receipt.enough_guesses")
    hashed = unit.safe.pseudonyms.of(Purpose.RECEIPT, code)
    report = await unit.session.scalar(select(Report).where(Report.receipt_hash == hashed))
    if report is None:
        if allowance is not None:
            allowance.guesses += 1
            allowances.note(unit, allowance)
        raise Refusal("receipt.unknown")
    return report


async def holds_code(unit: UnitOfWork, text: str, allowance: allowances.Allowance | None) -> bool:
    """Whether a text holds a report's receipt code. An unknown one counts as a guess. False after too many."""
    if allowance is not None and allowance.guesses >= unit.settings.guesses_a_day:
        return False
    hashes = [unit.safe.pseudonyms.of(Purpose.RECEIPT, code) for code in pseudonym.codes_in(text)]
    found = await unit.session.scalar(select(Report.id).where(Report.receipt_hash.in_(hashes)).limit(1))
    if found is None and allowance is not None and pseudonym.has_spelled_code(text):
        allowance.guesses += 1
        allowances.note(unit, allowance)
    return found is not None


def check_of(unit: UnitOfWork, code: str) -> str:
    """Two letters to recognise the last part of a code later. They do not reveal the code."""
    return pseudonym.short_check(unit.safe.pseudonyms.of(Purpose.PART, pseudonym.last_part(code)))


def is_last_part(unit: UnitOfWork, typed: str, check: str) -> bool:
    """Whether a text is the code of this check, or its last part."""
    part = pseudonym.read_part(typed)
    return part is not None and pseudonym.short_check(unit.safe.pseudonyms.of(Purpose.PART, part)) == check


class Use(StrEnum):
    """Use of a ticket: beside a report's state for `reply_hours`, or to withdraw, for as long as a tap may come late."""

    STATE = "state"
    WITHDRAWAL = "withdrawal"


def ticket(unit: UnitOfWork, code: str, chat_hash: bytes, use: Use) -> str:
    """Seal a receipt code for a button of this chat alone, in 50 characters. It holds for its time."""
    ring = unit.safe.ring
    key, context = ring.ring.keys[ring.current], _context(chat_hash, use, unit.hour)
    sealed = ring.scheme.seal(key, pseudonym.packed(code), context)
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def open_ticket(unit: UnitOfWork, shown: str, chat_hash: bytes, use: Use) -> str:
    """Inverse of `ticket`, by trying keys and hours, for which it has no room. Raises Refusal if invalid or expired."""
    try:
        sealed = urlsafe_b64decode(shown + "=" * (-len(shown) % 4))
    except ValueError:  # too short, or no base64, as from an older version's button
        sealed = b""
    scheme = unit.safe.ring.scheme
    hours = SEEN_HOURS if use is Use.WITHDRAWAL else unit.settings.reply_hours
    for key in unit.safe.ring.ring.keys.values():
        for hour in range(unit.hour, unit.hour - hours - 1, -1):
            with suppress(UnsealError, ValueError):
                return pseudonym.unpacked(scheme.unseal(key, sealed, _context(chat_hash, use, hour)))
    raise Refusal("reporter.code.over")


def _context(chat_hash: bytes, use: Use, hour: int) -> str:
    return f"ticket.{use}:{chat_hash.hex()}:{hour}"
