"""Questions of moderators to the reporter of a report that they hold."""

from bot.errors import Refusal
from bot.services import audit, vault
from bot.services.desk import claims
from bot.services.desk.card.leading_out import leading_out
from bot.services.reports.drafts import drafting
from bot.services.reports.drafts.drafting import OpenDraft
from bot.services.reports.talk import ways, words
from bot.services.reports.talk.answering import told
from bot.services.reports.talk.words import CONTACTS, Words
from bot.services.unit import HOURS_A_DAY, QUESTION_FORM, REPORT_FORM, Unit
from db.models import Moderator, Report

READY = ("when", "where", "how_many", "publish", "safe", "evidence")
MOST_OPEN = 3
MOST_A_DAY = 10
_MOST_NAMED = 150


async def ask_ready(unit: Unit, moderator: Moderator, report: Report, name: str) -> bool:
    """Ask a ready question. Returns whether the reporter will be told, or must come by the receipt code.
    Raises Refusal as `claims.claim` does, for a question that already waits, and when too much was asked."""
    await claims.claim(unit, moderator, report)
    await require_askable(unit, report, name)
    return await _ask(unit, moderator, report, Words(ready=name, alias=moderator.alias, hour=unit.hour))


async def require_askable(unit: Unit, report: Report, name: str) -> None:
    """Raise Refusal for an unknown ready question, and for one that already waits."""
    if name not in READY:
        raise Refusal("reporter.tap.stale")
    if any(one.words.ready == name for one in await words.open_questions(unit, report)):
        raise Refusal("talk.ask.waits", {"ref": report.ref})


def has_contacts(unit: Unit) -> bool:
    questions = unit.forms[REPORT_FORM].questions
    return any(any(choice.contact.values()) for question in questions for choice in question.choices)


async def send_contacts(unit: Unit, moderator: Moderator, report: Report) -> None:
    """Send contacts of helpers to the reporter of an urgent report, even one held by another moderator.
    Raises Refusal without a reply channel, or the second time."""
    if await ways.of_report(unit, report) is None:
        raise Refusal("talk.no_way", {"ref": report.ref})
    if any(one.words.ready == CONTACTS for one in await words.said(unit, report)):
        raise Refusal("talk.contacts.sent", {"ref": report.ref})
    told = Words(ready=CONTACTS, alias=moderator.alias, hour=unit.hour)
    await _ask(unit, moderator, report, told)


async def begin(unit: Unit, moderator: Moderator, report: Report, open_draft: OpenDraft | None) -> OpenDraft:
    """Open question in the moderator's own words, else a new one. Raises Refusal when another form is open,
    the report cannot be claimed, or too much was asked."""
    if open_draft is not None:
        if open_draft.row.kind == QUESTION_FORM and open_draft.row.report_id == report.id:
            return open_draft
        if not await claims.is_left(unit, open_draft.row):
            raise Refusal("talk.ask.other_open")
    await claims.claim(unit, moderator, report)
    await _require_allowed(unit, report)
    if open_draft is not None:
        await drafting.wipe(unit, open_draft)
    begun = await drafting.start(unit, moderator.chat_hash, QUESTION_FORM, moderator.language)
    begun.row.report_id = report.id
    return begun


async def ask(unit: Unit, moderator: Moderator, open_draft: OpenDraft) -> tuple[Report, bool]:
    """Ask the drafted question and end its draft. Returns the report, and whether the reporter will be told.
    Raises Refusal as `claims.claim` and `require_leads_nowhere` do, and when the report is gone or too
    much was asked."""
    row = open_draft.row
    await audit.begin(unit)
    await unit.session.flush()
    report = await unit.session.get(Report, row.report_id, populate_existing=True) if row.report_id else None
    if report is None:
        raise Refusal("moderator.edit.gone")
    await claims.claim(unit, moderator, report)
    text, refs = told(open_draft)
    require_leads_nowhere(unit, open_draft)
    asked = Words(text, refs, alias=moderator.alias, hour=unit.hour)
    key_id = row.data_key_id if refs else None
    is_told = await _ask(unit, moderator, report, asked, key_id)
    open_draft.changed = False
    await unit.session.flush()
    await unit.session.delete(row)
    if key_id is None:
        await vault.destroy(unit, [row.data_key_id])
    return report, is_told


def require_leads_nowhere(unit: Unit, open_draft: OpenDraft) -> None:
    """Raise Refusal for a question that leads the reporter out of the chat."""
    found = leading_out(told(open_draft)[0], unit.forms[REPORT_FORM])
    if found:
        raise Refusal("talk.ask.leads_out", {"words": "; ".join(found)[:_MOST_NAMED]})


async def _ask(
    unit: Unit, moderator: Moderator, report: Report, asked: Words, files_key_id: str | None = None
) -> bool:
    if report.data_key_id is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    await _require_allowed(unit, report)
    await words.add(unit, report, asked, from_reporter=False, open_=True, files_key_id=files_key_id)
    report.waits = report.waits or asked.ready != CONTACTS
    way = await ways.of_report(unit, report)
    if way is not None:
        way.row.asked = unit.reported = True
        ways.prolong(unit, way)
    await audit.record(unit, moderator.alias, "ask", report.ref, asked.ready or "")
    return way is not None


async def _require_allowed(unit: Unit, report: Report) -> None:
    ours = [one for one in await words.said(unit, report) if not one.from_reporter]
    if sum(one.waits for one in ours) >= MOST_OPEN:
        raise Refusal("talk.ask.enough_open", {"ref": report.ref, "n": MOST_OPEN})
    if sum(one.words.hour > unit.hour - HOURS_A_DAY for one in ours) >= MOST_A_DAY:
        raise Refusal("talk.ask.enough_today", {"ref": report.ref, "n": MOST_A_DAY})
