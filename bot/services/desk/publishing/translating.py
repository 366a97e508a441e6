"""Translating: title and summary of an approved record in a further language of the organisation, by whoever translates."""

from dataclasses import replace

from bot.errors import Refusal
from bot.form.answers import Part, Written
from bot.form.draft import Draft
from bot.form.flow.filled.filling import Filling
from bot.form.model import Form
from bot.services import audit, vault
from bot.services.desk.publishing import versions
from bot.services.desk.publishing.published_languages import TEXTS, begun_in, role_in
from bot.services.desk.publishing.versions import VersionContent
from bot.services.desk.publishing.wording import language_of
from bot.services.reports.states import Status, VersionState
from bot.services.unit import REVIEW_FORM, Unit
from db.models import Moderator, PublicVersion, Report

_TRANSLATION = "translation"
"""Where the text is from: somebody has typed it, and no message of an edit."""


async def translate(
    unit: Unit, moderator: Moderator, report: Report, language: str, title: str, summary: str
) -> PublicVersion:
    """Make the approved version say this in a language, as a version of its own that takes its place in exports at once: all else of it
    was approved, and stays as it was.

    Raises Refusal when the report is not approved, or is open again; when the organisation does not publish in this language; and
    when a text is blank, is too long for the form, or seems to be in another language.
    """
    await audit.begin(unit)
    report = await unit.session.get_one(Report, report.id, populate_existing=True)
    found = await versions.of_report(unit, report, VersionState.APPROVED)
    content = await versions.content(unit, found[0]) if found else None
    if content is None or report.status != Status.APPROVED:
        raise Refusal("moderator.translate.nothing", {"ref": report.ref})
    languages = unit.settings.published_languages
    if language not in languages:
        raise Refusal("moderator.translate.language", {"languages": ", ".join(languages) or "–"})
    written = _written(unit, unit.forms[REVIEW_FORM], content, language, (title, summary))
    version = PublicVersion(
        id=vault.new_id(),
        report_id=report.id,
        version=await versions.next_number(unit, report),
        current=True,
        state=VersionState.APPROVED,
        data_key_id=vault.make_key(unit),
        approved_hour=unit.hour,
        moderator_id=moderator.id,
    )
    versions.write(unit, version, written)
    await versions.replace(unit, found)
    unit.session.add(version)
    await unit.session.flush()
    await audit.record(unit, moderator.alias, "translate", report.ref, f"v{version.version} {language}")
    return version


def _written(
    unit: Unit, form: Form, content: VersionContent, language: str, texts: tuple[str, str]
) -> VersionContent:
    answers = begun_in(form, content.answers, unit.settings.published_languages, content.language)
    filling = Filling(form, Draft(form.id, form.digest, answers, content.counts, now=unit.now))
    for role, text in zip(TEXTS, texts, strict=True):
        path = form.by_role[role_in(role, language)].path
        answer = Written((Part(text.strip(), _TRANSLATION),))
        if not answer.text or filling.refusal(path, answer) is not None:
            raise Refusal(f"moderator.translate.{role}")
        if language_of(answer.text) not in {None, language}:
            raise Refusal("moderator.translate.other_language")
        filling = filling.put(path, answer)
    return replace(content, form_version=form.version, answers=filling.instance.submission())
