"""Translation of an approved record's title and summary."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import select, text

from bot.desk.publishing import service as publishing_service
from bot.errors import Refusal
from bot.form.answers import TextPart, Written
from bot.form.draft import Draft
from bot.form.flow.filling import Filling
from bot.form.model import Form
from bot.languages import name_of
from bot.publish import versions
from bot.publish.published_languages import TEXTS, begun_in, language_of, role_in, text_of
from bot.publish.versions import VersionContent
from bot.reports import approvals
from bot.reports.states import Consent, Status, VersionState
from bot.safety.sealing import UnsealError
from bot.store import audit, vault
from bot.store.roles import require_translator
from bot.store.unit import REVIEW_FORM, UnitOfWork
from db.models import IS_PUBLIC, AuditEntry, Moderator, PublicVersion, Report

_MOST_WORDS = 300
_MOST_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Untranslated:
    """Published record with its title and summary, and the languages that it lacks."""

    report: Report
    title: str
    summary: str
    languages: Sequence[str]


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
                found += [one] if one.languages else []
    return found


async def original(unit: UnitOfWork, moderator: Moderator, report: Report, language: str) -> Untranslated:
    """Text to translate into a language. Raises Refusal as `translate` does before it checks the texts."""
    content, _ = await _approved(unit, moderator, report, language)
    return _lacking(unit, report, content)


def _lacking(unit: UnitOfWork, report: Report, content: VersionContent) -> Untranslated:
    form = unit.forms[REVIEW_FORM]
    languages = unit.settings.published_languages
    answers = begun_in(form, content.answers, languages, content.language)
    own = next((one for one in (content.language, *languages) if text_of(form, answers, "title", one)), None)
    title, summary = (text_of(form, answers, role, own) for role in TEXTS)
    lacking = [one for one in languages if not text_of(form, answers, "title", one)]
    return Untranslated(report, title, summary, lacking)


async def translate(
    unit: UnitOfWork, moderator: Moderator, report: Report, language: str, title: str, summary: str
) -> PublicVersion:
    """Translate the approved version into a language, as a version of its own that replaces it in exports at
    once.

    Raises Refusal when:
    - the member does not translate,
    - the report is not approved, is open again, or may not be published,
    - the organisation does not publish in this language,
    - the record takes two approvals and the member is among its approvers,
    - another member has written a text in this language,
    - a text is blank or too long, seems to be in another language, or has identifying details.
    """
    await audit.begin(unit)
    report = await unit.session.get_one(Report, report.id, populate_existing=True)
    content, found = await _approved(unit, moderator, report, language)
    written = _written(unit, unit.forms[REVIEW_FORM], content, language, (title, summary))
    written = replace(written, writers=_writers(unit, report, content, found[0], language, moderator))
    key_id = vault.make_key(unit)
    version = await publishing_service.new_version(unit, moderator, report, VersionState.APPROVED, key_id)
    version.approved_hour, version.consent = unit.hour, written.consent
    versions.write(unit, version, written)
    await versions.replace_versions(unit, found)
    unit.session.add(version)
    await unit.session.flush()
    await audit.record(unit, moderator.alias, "translate", report.ref, f"v{version.version} {language}")
    return version


async def _approved(
    unit: UnitOfWork, moderator: Moderator, report: Report, language: str
) -> tuple[VersionContent, Sequence[PublicVersion]]:
    require_translator(moderator)
    found = await versions.of_report(unit, report, VersionState.APPROVED)
    content = await versions.legible(unit, found[0]) if found else None
    if content is None or report.status != Status.APPROVED or content.consent != Consent.PUBLISH:
        raise Refusal("moderator.translate.nothing", {"ref": report.ref})
    languages = unit.settings.published_languages
    if language not in languages:
        raise Refusal("moderator.translate.language", {"languages": ", ".join(languages) or "–"})
    if approvals.needed(unit, named=content.named) > 1 and await _has_approved(
        unit, moderator, report, found[0]
    ):
        raise Refusal("moderator.translate.own", {"ref": report.ref})
    writer_id = content.writers.get(language, found[0].moderator_id)
    if language not in _lacking(unit, report, content).languages and writer_id != moderator.id:
        writer = await unit.session.get(Moderator, writer_id) if writer_id else None
        facts = {"ref": report.ref, "language": name_of(language), "alias": writer.alias if writer else "?"}
        raise Refusal("moderator.translate.there", facts)
    return content, found


def _writers(
    unit: UnitOfWork,
    report: Report,
    content: VersionContent,
    before: PublicVersion,
    language: str,
    moderator: Moderator,
) -> Mapping[str, str]:
    """Authors of the texts by language. Untranslated texts keep the approver as author."""
    lacking = _lacking(unit, report, content).languages
    there = [one for one in unit.settings.published_languages if one not in lacking]
    approved = dict.fromkeys(there, before.moderator_id) if before.moderator_id else {}
    return {**approved, **content.writers, language: moderator.id}


async def _has_approved(
    unit: UnitOfWork, moderator: Moderator, report: Report, version: PublicVersion
) -> bool:
    """Whether a moderator is among the approvers, as only the audit log still knows. Authors of later
    translations are not."""
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


def _written(
    unit: UnitOfWork, form: Form, content: VersionContent, language: str, texts: tuple[str, str]
) -> VersionContent:
    answers = begun_in(form, content.answers, unit.settings.published_languages, content.language)
    filling = Filling(form, Draft(form.id, form.digest, answers, content.counts, now=unit.now))
    for role, typed in zip(TEXTS, texts, strict=True):
        path = form.by_role[role_in(role, language)].path
        answer = Written((TextPart(typed.strip(), "translation"),))
        if not answer.text or filling.refusal(path, answer) is not None:
            raise Refusal(f"moderator.translate.{role}")
        if language_of(answer.text) not in {None, language}:
            raise Refusal("moderator.translate.other_language")
        if given_away := versions.giveaways_of_answers(form, {path: answer}):
            words = "; ".join(one.words for one in given_away)
            raise Refusal("moderator.translate.giveaways", {"words": words[:_MOST_WORDS]})
        filling = filling.put(path, answer)
    return replace(content, form_version=form.version, answers=filling.instance.submission())
