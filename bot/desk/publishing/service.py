"""Editing: the filled review form becomes a proposed public version; withheld parts stay beside the report. Translation
of an approved record's title and summary."""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate, islice

from sqlalchemy import select, text

from bot.desk.people import service as people_service
from bot.errors import Refusal
from bot.form.answers import Answer, TextPart, Written
from bot.form.draft import REVIEW, Draft, ScreenState, parted
from bot.form.flow.filling import Filling
from bot.form.flow.instance import Instance
from bot.form.flow.review import begin_at_missing, offered
from bot.form.model import Form, Privacy
from bot.form.typed.links import untracked
from bot.languages import name_of
from bot.publish import location, persons, versions
from bot.publish.export.columns import short_texts
from bot.publish.location import Prefill, hidden_answers, prefill, renamed
from bot.publish.published_languages import TEXTS, begun_in, language_of, role_in, text_of
from bot.publish.versions import VersionContent
from bot.reports import approvals, claims, reading
from bot.reports.states import Consent, Status, VersionState, classify
from bot.safety.sealing import UnsealError
from bot.store import audit, drafting, vault
from bot.store.drafting import OpenDraft
from bot.store.unit import QUESTION_FORM, REVIEW_FORM, UnitOfWork, require_translator
from db.models import IS_PUBLIC, AuditEntry, Moderator, PublicVersion, Report

log = logging.getLogger(__name__)


async def begin(
    unit: UnitOfWork, moderator: Moderator, report: Report, open_draft: OpenDraft | None
) -> OpenDraft:
    """Open edit of a report that the moderator holds, else a new one from the latest version and the answers
    taken out of it, or from the reporter's answers: without all optional ones if that version is damaged, since it is
    unknown which were taken out. Raises Refusal when another form is open."""
    await may_begin(unit, report, open_draft)
    if open_draft is not None and open_draft.row.report_id == report.id:
        return open_draft
    if open_draft is not None:
        await drafting.wipe(unit, open_draft)
    written, is_damaged = await _latest(unit, report)
    begun = await _prefill(unit, report, moderator, written)
    edit = await started(unit, moderator, begun)
    edit.row.report_id, draft = report.id, edit.draft
    if written is not None:
        draft = await versions.brought_back(unit, report, draft)
    filling = Filling(edit.form, draft.at(unit.now))
    if is_damaged:
        log.error("report %s: its latest version is damaged: it is written anew", report.ref)
        filling = filling.change(withheld=offered(filling))
    edit.draft = begin_at_missing(filling).draft
    await audit.record(unit, moderator.alias, "edit", report.ref)
    return edit


async def started(unit: UnitOfWork, moderator: Moderator, begun: Prefill) -> OpenDraft:
    """New edit in the moderator's chat, at the review of these answers."""
    edit = await drafting.start(unit, moderator.chat_hash, REVIEW_FORM, moderator.language)
    filled = {"answers": begun.answers, "counts": begun.counts, "position": REVIEW, "step": 1}
    edit.draft = edit.draft.changed(**filled, trail=(), view=ScreenState(), withheld=())
    return edit


async def begins_anew(unit: UnitOfWork, report: Report) -> bool:
    """Whether a new edit would start from the reporter's answers, since the latest version is damaged."""
    return (await _latest(unit, report))[1]


async def _latest(unit: UnitOfWork, report: Report) -> tuple[VersionContent | None, bool]:
    """Latest version, and whether it is damaged. Without content, a damaged proposal gives way to the public one."""
    found = await versions.of_report(unit, report, VersionState.PROPOSED, VersionState.APPROVED)
    has_content = report.data_key_id is not None and not await claims.is_archived(unit, report)
    for version in found[:1] if has_content else found:
        written = await versions.legible(unit, version)
        if written is not None:
            return written, False
    return None, bool(found)


async def may_begin(unit: UnitOfWork, report: Report, open_draft: OpenDraft | None) -> None:
    """Raise Refusal when the chat's open form is neither this report's edit nor `is_left`."""
    if open_draft is None:
        return
    row = open_draft.row
    if row.kind == QUESTION_FORM:
        raise Refusal("moderator.edit.question_open")
    if row.kind != REVIEW_FORM:
        raise Refusal("moderator.edit.own_report")
    if row.report_id != report.id and not await claims.is_left(unit, row):
        other = await unit.session.get(Report, row.report_id) if row.report_id else None
        raise Refusal("moderator.edit.other", {"ref": other.ref if other else "?"})


async def _prefill(
    unit: UnitOfWork, report: Report, moderator: Moderator, written: VersionContent | None
) -> Prefill:
    form = unit.forms[REVIEW_FORM]
    content = await _content(unit, report, lenient=written is not None)
    told = prefill(form, content.form, content.all, unit.now) if content is not None else None
    languages = unit.settings.published_languages
    if written is not None:
        hidden = {} if told is None else hidden_answers(form, told.answers)
        answers = {**renamed(form, written.answers), **hidden}
        return Prefill(begun_in(form, answers, languages, written.language), written.counts)
    if told is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    return replace(told, answers=begun_in(form, told.answers, languages, moderator.language))


async def _content(unit: UnitOfWork, report: Report, *, lenient: bool) -> reading.ReportContent | None:
    try:
        return await reading.content_of(unit, report)
    except (UnsealError, vault.InArchive):
        if lenient:
            return None
        raise


async def put_beside(unit: UnitOfWork, edit: OpenDraft) -> None:
    """Put what the report says beside its open edit while the editor holds it, never stored with it."""
    report = await unit.session.get(Report, edit.row.report_id) if edit.row.report_id else None
    if report is None:
        return
    holder = await unit.session.get(Moderator, report.moderator_id) if report.moderator_id else None
    if holder is None or holder.chat_hash != edit.row.chat_hash or not claims.holds(unit, holder, report):
        return
    content = await _content(unit, report, lenient=True)
    if content is not None:
        said = location.said(edit.form, content.form, content.answers, edit.draft)
        edit.draft = edit.draft.changed(said=said)


def submission(form: Form, draft: Draft, unit: UnitOfWork) -> Mapping[str, Answer]:
    return Instance(form, draft.answers, draft.counts, unit.now, draft.seed).submission()


async def save_edit(unit: UnitOfWork, edit: OpenDraft) -> tuple[Report, PublicVersion]:
    """Make a submitted edit the report's proposed version, and destroy its draft and any older proposal. If answers
    were taken out, the draft's key, which sealed them too, is destroyed. Raises Refusal as `claims.claim` does."""
    row = edit.row
    await audit.begin(unit)
    await unit.session.flush()
    report = await unit.session.get(Report, row.report_id, populate_existing=True) if row.report_id else None
    moderator = (await people_service.of_chats(unit, [row.chat_hash])).get(row.chat_hash)
    if report is None or moderator is None:
        raise Refusal("moderator.edit.gone")
    await claims.claim(unit, moderator, report)
    before, _ = await _latest(unit, report)
    await versions.replace_versions(unit, await versions.of_report(unit, report, VersionState.PROPOSED))
    await approvals.void(unit, [report])
    sent, taken = parted(edit.draft)
    old_key = row.data_key_id if taken else None
    key_id = vault.make_key(unit) if taken or row.data_key_id is None else row.data_key_id
    version = await new_version(unit, moderator, report, VersionState.PROPOSED, key_id)
    versions.write(unit, version, await _written(unit, edit, sent, report, before))
    edit.changed = False
    # An edit begun in this batch is only pending, and pending rows cannot be deleted.
    await unit.session.flush()
    await unit.session.delete(row)
    unit.session.add(version)
    await unit.session.flush()
    await vault.destroy(unit, [old_key])
    await versions.keep_withheld(unit, report, taken)
    await audit.record(unit, moderator.alias, "propose", report.ref, f"v{version.version}")
    return report, version


async def new_version(
    unit: UnitOfWork, moderator: Moderator, report: Report, state: VersionState, key_id: str
) -> PublicVersion:
    """Next version of a report, without content."""
    number, is_public = await versions.next_number(unit, report), state is VersionState.APPROVED
    known = {"id": vault.new_id(), "report_id": report.id, "version": number, "moderator_id": moderator.id}
    return PublicVersion(**known, state=state, current=is_public, data_key_id=key_id)


async def _written(
    unit: UnitOfWork, edit: OpenDraft, draft: Draft, report: Report, before: VersionContent | None
) -> VersionContent:
    form, language = edit.form, edit.row.language
    earlier = before or VersionContent(form.id, form.version, language, {}, {}, named=True)
    given = {
        path: _without_tracking(form, path, answer) for path, answer in submission(form, draft, unit).items()
    }
    consent, is_named, reported = earlier.consent, earlier.named, earlier.reported
    if (told := await _content(unit, report, lenient=True)) is not None:
        consent = classify(told.form, told.all).consent_use
        is_named = any(isinstance(answer, Written) for answer in told.sealed.values())
        reported, _ = versions.reported(told.form, form, consent, told.answers)
    answers = await location.coarsened(unit, report, form, given, earlier.answers)
    return VersionContent(
        form=form.id,
        form_version=form.version,
        language=language,
        answers=answers,
        counts=dict(draft.counts),
        confirmed=earlier.confirmed,
        consent=consent,
        named=is_named,
        checked=True,
        writers=_writers(form, answers, earlier),
        reported=reported,
        translations=versions.translations_of(answers, earlier.translations),
        persons=persons.carried(earlier, answers),
    )


def _writers(form: Form, answers: Mapping[str, Answer], before: VersionContent) -> Mapping[str, str]:
    def texts(answers: Mapping[str, Answer], language: str) -> Sequence[str]:
        return [text_of(form, answers, role, language) for role in TEXTS]

    return {
        language: writer_id
        for language, writer_id in before.writers.items()
        if texts(answers, language) == texts(before.answers, language)
    }


def _without_tracking(form: Form, path: str, answer: Answer) -> Answer:
    question = form.question_at(path)
    if question is None or question.privacy is not Privacy.PUBLIC or not isinstance(answer, Written):
        return answer
    return replace(answer, parts=tuple(replace(part, text=untracked(part.text)) for part in answer.parts))


_MOST_WORDS = 300
_MOST_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Untranslated:
    """Published record: title, summary, the languages that they lack, and untranslated short texts by language."""

    report: Report
    title: str
    summary: str
    languages: Sequence[str]
    short: Mapping[str, Sequence[str]]

    @property
    def lacking(self) -> Sequence[str]:
        return [one for one, texts in self.short.items() if texts or one in self.languages]


async def untranslated(unit: UnitOfWork, limit: int) -> Sequence[Untranslated]:
    """Newest public records that lack a language, of the last _MOST_LOOKED_AT."""
    query = (
        select(PublicVersion, Report)
        .join(Report, Report.id == PublicVersion.report_id)
        .where(text(IS_PUBLIC), Report.status == Status.APPROVED, PublicVersion.consent == Consent.PUBLISH)
        .order_by(PublicVersion.approved_hour.desc(), PublicVersion.id.desc())
        .limit(_MOST_LOOKED_AT)
    )
    rows = [(row[0], row[1]) for row in await unit.session.execute(query)]
    await vault.open_keys(unit, [version.data_key_id for version, _ in rows], lenient=True)
    found: list[Untranslated] = []
    for version, report in rows:
        if len(found) < limit and version.data_key_id in unit.keys and version.content is not None:
            with suppress(UnsealError):  # a record that does not open hides no others
                content = versions.read(unit, version.id, version.data_key_id, version.content)
                one = _lacking(unit, report, content)
                found += [one] if one.lacking else []
    return found


async def original(
    unit: UnitOfWork, moderator: Moderator, report: Report, language: str, *, short: bool | None = None
) -> Untranslated:
    """Texts to translate into a language. Raises Refusal as `translate` does before it checks the texts."""
    content, _ = await _approved(unit, moderator, report, language, short=short)
    return _lacking(unit, report, content)


def _lacking(unit: UnitOfWork, report: Report, content: VersionContent) -> Untranslated:
    form = unit.forms[REVIEW_FORM]
    languages = unit.settings.published_languages
    answers = begun_in(form, content.answers, languages, content.language)
    own = next((one for one in (content.language, *languages) if text_of(form, answers, "title", one)), None)
    title, summary = (text_of(form, answers, role, own) for role in TEXTS)
    lacking = [one for one in languages if not text_of(form, answers, "title", one)]
    short = {one: list(short_texts(form, content, one, missing=True)) for one in languages}
    return Untranslated(report, title, summary, lacking, short)


async def translate(
    unit: UnitOfWork,
    moderator: Moderator,
    report: Report,
    language: str,
    texts: Sequence[str],
    digest: str = "",
) -> PublicVersion:
    """Translate title and summary of the approved version into a language, or with `digest` its `short_texts`,
    as a version of its own that replaces it at once.

    Raises Refusal when:
    - the member does not translate,
    - the report is not approved, is open again, or may not be published,
    - the organisation does not publish in this language,
    - the record takes two approvals and the member is among its approvers,
    - another member has written these texts in this language,
    - the short texts have changed, or have another number,
    - a text is blank or too long, seems to be in another language, or has identifying details.
    """
    await audit.begin(unit)
    report = await unit.session.get_one(Report, report.id, populate_existing=True)
    content, found = await _approved(unit, moderator, report, language, short=bool(digest))
    now = _short_of(unit, content, language)
    if digest and (digest, len(texts)) != (digest_of(now), len(now)):
        raise Refusal("moderator.translate.lines", {"ref": report.ref, "lines": len(now)})
    with_texts = _with_short if digest else _translated
    written = with_texts(unit, unit.forms[REVIEW_FORM], content, language, texts)
    lacking = _lacking(unit, report, content).languages
    there = [one for one in unit.settings.published_languages if one not in lacking]
    # Untranslated texts keep the approver as author.
    approved = dict.fromkeys(there, found[0].moderator_id) if found[0].moderator_id else {}
    author = {_of_short(language) if digest else language: moderator.id}
    writers = {**approved, **content.writers, **author}
    written = replace(written, writers=writers, translates=content.translates or found[0].version)
    key_id = vault.make_key(unit)
    version = await new_version(unit, moderator, report, VersionState.APPROVED, key_id)
    version.approved_hour, version.consent = unit.hour, written.consent
    versions.write(unit, version, written)
    await versions.replace_versions(unit, found)
    unit.session.add(version)
    await unit.session.flush()
    await audit.record(unit, moderator.alias, "translate", report.ref, f"v{version.version} {language}")
    return version


_DIGITS, _MOST_ASKED = 6, 1_500


async def asked_texts(
    unit: UnitOfWork, moderator: Moderator, report: Report, language: str
) -> Mapping[str, str]:
    """Short texts to translate, with their paths: those that lack the language, or else all, as many as fit a message.
    Raises Refusal as `translate` does."""
    content, _ = await _approved(unit, moderator, report, language, short=True)
    return _short_of(unit, content, language)


def digest_of(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:_DIGITS]


def _short_of(unit: UnitOfWork, content: VersionContent, language: str) -> Mapping[str, str]:
    form = unit.forms[REVIEW_FORM]
    texts = short_texts(form, content, language, missing=True) or short_texts(form, content, language)
    lengths = accumulate(len(one) + 1 for one in texts)
    fitting = max(1, sum(length <= _MOST_ASKED for length in lengths))
    return dict(islice(texts.items(), fitting))


def _with_short(
    unit: UnitOfWork, form: Form, content: VersionContent, language: str, lines: Sequence[str]
) -> VersionContent:
    filling = Filling(form, Draft(form.id, form.digest, content.answers, content.counts, now=unit.now))
    known, texts = dict(content.translations.get(language, {})), _short_of(unit, content, language)
    for (words, path), line in zip(texts.items(), lines, strict=True):
        _checked(filling, path, line, language, "moderator.translate.short")
        known[words] = line
    return replace(content, translations={**content.translations, language: known})


def _of_short(language: str) -> str:
    return f"{language}.short"


async def _approved(
    unit: UnitOfWork, moderator: Moderator, report: Report, language: str, *, short: bool | None = False
) -> tuple[VersionContent, Sequence[PublicVersion]]:
    """Approved version to translate. `short`: its short texts, None for any of its texts."""
    require_translator(moderator)
    found = await versions.of_report(unit, report, VersionState.APPROVED)
    content = await versions.legible(unit, found[0]) if found else None
    if content is None or report.status != Status.APPROVED or content.consent != Consent.PUBLISH:
        raise Refusal("moderator.translate.nothing", {"ref": report.ref})
    languages = unit.settings.published_languages
    if language not in languages:
        raise Refusal("moderator.translate.language", {"languages": ", ".join(languages) or "–"})
    takes_two = approvals.needed(unit, named=content.named) > 1
    if takes_two and await _has_approved(unit, moderator, report, found[0]):
        raise Refusal("moderator.translate.own", {"ref": report.ref})
    writer_id = content.writers.get(_of_short(language) if short else language, found[0].moderator_id)
    lacking = _lacking(unit, report, content)
    lacks = [language in lacking.languages, bool(lacking.short[language])]
    if not (any(lacks) if short is None else lacks[short]) and writer_id != moderator.id:
        writer = await unit.session.get(Moderator, writer_id) if writer_id else None
        facts = {"ref": report.ref, "language": name_of(language), "alias": writer.alias if writer else "?"}
        raise Refusal("moderator.translate.there", facts)
    return content, found


async def _has_approved(
    unit: UnitOfWork, moderator: Moderator, report: Report, version: PublicVersion
) -> bool:
    """Whether a moderator is among the approvers, as only the audit log still knows. Translators are not."""
    query = select(AuditEntry.actor, AuditEntry.act, AuditEntry.detail).where(
        AuditEntry.subject == report.ref, AuditEntry.act.in_(("endorse", "approve", "translate"))
    )
    entries = (await unit.session.execute(query.order_by(AuditEntry.id.desc()))).all()
    is_translated = bool(entries) and entries[0].act == "translate"
    if version.moderator_id == moderator.id and not is_translated:
        return True
    approved = next((one.detail for one in entries if one.act == "approve"), None)
    approving = [one for one in entries if one.act != "translate" and one.detail.split(" ")[0] == approved]
    return moderator.alias in {one.actor for one in approving}


def _translated(
    unit: UnitOfWork, form: Form, content: VersionContent, language: str, texts: Sequence[str]
) -> VersionContent:
    answers = begun_in(form, content.answers, unit.settings.published_languages, content.language)
    filling = Filling(form, Draft(form.id, form.digest, answers, content.counts, now=unit.now))
    for role, typed in zip(TEXTS, texts, strict=True):
        path = form.by_role[role_in(role, language)].path
        answer = _checked(filling, path, typed.strip(), language, f"moderator.translate.{role}")
        filling = filling.put(path, answer)
    answers = filling.instance.submission()
    return replace(content, form_version=form.version, answers=answers)


def _checked(filling: Filling, path: str, typed: str, language: str, refusal: str) -> Answer:
    answer = Written((TextPart(typed, "translation"),))
    if not typed or filling.refusal(path, answer) is not None:
        raise Refusal(refusal)
    if language_of(typed) not in {None, language}:
        raise Refusal("moderator.translate.other_language")
    if given_away := versions.giveaways((typed,)):
        words = "; ".join(one.words for one in given_away)
        raise Refusal("moderator.translate.giveaways", {"words": words[:_MOST_WORDS]})
    return answer
