"""Questions of moderators to the reporter of a report that they hold."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain

from bot.errors import Refusal
from bot.form.model import Form
from bot.reports import claims
from bot.reports.talk import messages, ways
from bot.reports.talk.messages import CONTACTS, MessageContent
from bot.reports.talk.service import told
from bot.safety.personal_data.numbers import phones
from bot.safety.pseudonym import codes_in, has_spelled_code
from bot.store import audit, drafting, vault
from bot.store.drafting import OpenDraft
from bot.store.unit import HOURS_A_DAY, QUESTION_FORM, REPORT_FORM, UnitOfWork
from db.models import Moderator, Report

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff\u20e3]"
)
_DOTS = str.maketrans(dict.fromkeys("。․⸱·•‧∙⋅｡", "."))
_SPELLED_DOT = re.compile(r"\s?[\[({]\s?(?:\.|dot|точка|нүкте)\s?[\])}]\s?", re.IGNORECASE)
_TOPS = "рф|қаз|бел|укр|рус|срб|мкд|мон|орг|ком|онлайн|сайт|дети|москва|католик|ею|бг"
_FILES = "pdf|jpe?g|png|gif|heic|webp|docx?|xlsx?|pptx?|odt|rtf|txt|csv|mp3|mp4|ogg|avi"
_LINK = re.compile(
    rf"[\w.+-]*:/{{1,2}}\S+|(?:mailto|tg|tel|sms|www)[:.]\S+"
    rf"|(?<![\w@.-])[\w-]+(?:\.[\w-]+)*\.(?!(?:{_FILES})\b)(?:xn--[a-z0-9-]+|[a-z]{{2,24}}|{_TOPS})\b(?!\.\w)(?:[:/?#]\S*)?"
    r"|\b[\w-]+\s\.\s?[a-z]{2,24}\b\S*|\b[\w-]+\.\s[a-z]{2,24}/\S*|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])\S*",
    re.IGNORECASE,
)
"""Links with or without a scheme: Latin or existing Cyrillic domains, and IPv4 addresses."""
_NAME = re.compile(r"\S*@\s?[\w.-]+")
_COMMAND = re.compile(r"(?<!\S)/[a-z]\w*", re.IGNORECASE)
_DIGITS = re.compile(r"(?<!\w)\+?\d(?:[\s()./–—‑-]{0,3}\d){8,}(?!\w)")
_OF_A_CASE = re.compile(
    r"(?:№|\bn[o°]\b\.?|дел\w{0,3}|іс\w{0,4}|case|ердр|сдтбт|сдтб|erdr|ст\.|стать\w{1,3}|бап\w{0,5}|article|art\.|протокол\w{0,3}"
    r"|хаттама\w{0,4}|материал\w{0,3}|кодекс\w{0,4})[\s:№#]{0,4}\Z",
    re.IGNORECASE,
)
_BEFORE, _BEHIND = 20, ".,;:!?)]}>»”\"'…"


def leading_out(text: str, contacts: Form) -> Sequence[str]:
    """Links, user names, telephone numbers, commands and codes, each once, except the contacts of a form."""
    told = (choice.contact.values() for question in contacts.questions for choice in question.choices)
    own = {_key(one) for contact in chain.from_iterable(told) for one in _found(contact)}
    return list(dict.fromkeys(one for one in _found(text) if _key(one) not in own))


def _found(text: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", text).translate(_DOTS))
    digits = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in folded)
    plain = _SPELLED_DOT.sub(".", digits)
    for pattern in (_LINK, _NAME, _COMMAND):
        yield from (one[0].rstrip(_BEHIND) for one in pattern.finditer(plain))
    yield from (plain[one.start : one.end] for one in phones(plain))
    for one in _DIGITS.finditer(plain):
        if _OF_A_CASE.search(plain, max(0, one.start() - _BEFORE), one.start()) is None:
            yield one[0]
    if has_spelled_code(plain):
        yield from codes_in(plain)[:1]


def _key(found: str) -> str:
    if not re.search(r"[^\W\d_]|@", found):
        return re.sub(r"\D", "", found)[-10:]
    return re.sub(r"\A(?:https?://)?(?:www\.)?|/\Z", "", found.casefold())


READY = ("when", "where", "how_many", "publish", "safe", "evidence")
MOST_OPEN = 3
MOST_A_DAY = 10
_MOST_NAMED = 150


async def ask_ready(unit: UnitOfWork, moderator: Moderator, report: Report, name: str) -> bool:
    """Ask a ready question. Returns whether the reporter will be told, or must come by the code. Raises Refusal."""
    await claims.claim(unit, moderator, report)
    await require_askable(unit, report, name)
    asked = MessageContent(ready=name, alias=moderator.alias, hour=unit.hour)
    return await _ask(unit, moderator, report, asked)


async def require_askable(unit: UnitOfWork, report: Report, name: str) -> None:
    """Raise Refusal for an unknown ready question, for one that already waits, and in the sealed archive."""
    await claims.require_open(unit, report)
    if name not in READY:
        raise Refusal("reporter.tap.stale")
    if any(one.words.ready == name for one in await messages.open_questions(unit, report)):
        raise Refusal("talk.ask.waits", {"ref": report.ref})


def has_contacts(unit: UnitOfWork) -> bool:
    questions = unit.forms[REPORT_FORM].questions
    return any(any(choice.contact.values()) for question in questions for choice in question.choices)


async def send_contacts(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Send contacts of helpers once to the reporter of an urgent report. Raises Refusal without a channel."""
    if await ways.of_report(unit, report) is None:
        raise Refusal("talk.no_way", {"ref": report.ref})
    if any(one.words.ready == CONTACTS for one in await messages.said(unit, report)):
        raise Refusal("talk.contacts.sent", {"ref": report.ref})
    told = MessageContent(ready=CONTACTS, alias=moderator.alias, hour=unit.hour)
    await _ask(unit, moderator, report, told)


async def begin(
    unit: UnitOfWork, moderator: Moderator, report: Report, open_draft: OpenDraft | None
) -> OpenDraft:
    """Open question in the moderator's own words, else a new one. Raises Refusal, also when another form is open."""
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


async def ask(unit: UnitOfWork, moderator: Moderator, open_draft: OpenDraft) -> tuple[Report, bool]:
    """Ask the drafted question and end its draft. Returns the report, and whether the reporter will be told. Raises
    Refusal as `claims.claim` and `require_leads_nowhere` do, and when too much was asked."""
    row = open_draft.row
    await audit.begin(unit)
    await unit.session.flush()
    report = await unit.session.get(Report, row.report_id, populate_existing=True) if row.report_id else None
    if report is None:
        raise Refusal("moderator.edit.gone")
    await claims.claim(unit, moderator, report)
    text, refs = told(open_draft)
    require_leads_nowhere(unit, open_draft)
    asked = MessageContent(text, refs, alias=moderator.alias, hour=unit.hour)
    key_id = row.data_key_id if refs else None
    is_told = await _ask(unit, moderator, report, asked, key_id)
    open_draft.changed = False
    await unit.session.flush()
    await unit.session.delete(row)
    if key_id is None:
        await vault.destroy(unit, [row.data_key_id])
    return report, is_told


def require_leads_nowhere(unit: UnitOfWork, open_draft: OpenDraft) -> None:
    """Raise Refusal for a question that leads the reporter out of the chat."""
    found = leading_out(told(open_draft)[0], unit.forms[REPORT_FORM])
    if found:
        raise Refusal("talk.ask.leads_out", {"words": "; ".join(found)[:_MOST_NAMED]})


async def _ask(
    unit: UnitOfWork, moderator: Moderator, report: Report, asked: MessageContent, key_id: str | None = None
) -> bool:
    if report.data_key_id is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    await _require_allowed(unit, report)
    await messages.add(unit, report, asked, from_reporter=False, open_=True, files_key_id=key_id)
    report.waits = report.waits or asked.ready != CONTACTS
    way = await ways.of_report(unit, report)
    if way is not None:
        way.row.asked = unit.reported = True
        way.row.until_day = ways.until(unit)
    await audit.record(unit, moderator.alias, "ask", report.ref, asked.ready or "")
    return way is not None


async def _require_allowed(unit: UnitOfWork, report: Report) -> None:
    await claims.require_open(unit, report)
    ours = [one for one in await messages.said(unit, report) if not one.from_reporter]
    if sum(one.waits for one in ours) >= MOST_OPEN:
        raise Refusal("talk.ask.enough_open", {"ref": report.ref, "n": MOST_OPEN})
    if sum(one.words.hour > unit.hour - HOURS_A_DAY for one in ours) >= MOST_A_DAY:
        raise Refusal("talk.ask.enough_today", {"ref": report.ref, "n": MOST_A_DAY})
