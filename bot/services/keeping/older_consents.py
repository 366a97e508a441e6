"""Public versions older than sealed consents."""

from contextlib import suppress
from dataclasses import replace

from sqlalchemy import select

from bot.errors import ArgumentError
from bot.safety.sealing import UnsealError
from bot.services import audit, vault
from bot.services.desk import claims
from bot.services.desk.publishing import own_words, versions
from bot.services.desk.publishing.versions import TOO_OLD, VersionContent
from bot.services.reports import reading
from bot.services.reports.classification import classify
from bot.services.reports.states import VersionState
from bot.services.unit import REPORT_FORM, REVIEW_FORM, Unit
from db.models import PublicVersion, Report

AT_ONCE = 100


async def take_over(unit: Unit, after: str) -> str | None:
    """Seal the consent of some versions after this id from their reports, as far as they tell it. Returns
    the last id, or None at the end."""
    query = select(PublicVersion).where(PublicVersion.id > after).order_by(PublicVersion.id).limit(AT_ONCE)
    found = (await unit.session.scalars(query)).all()
    await vault.open_keys(unit, [one.data_key_id for one in found], lenient=True)
    for version in found:
        with suppress(UnsealError):
            if content := await _too_old(unit, version):
                told = await reading.content(unit, await unit.session.get_one(Report, version.report_id))
                if consent := told and classify(unit.forms[REPORT_FORM], told.all).consent_use:
                    _complete(unit, version, content, consent)
    return found[-1].id if len(found) == AT_ONCE else None


async def confirm(unit: Unit, ref: str, consent: str) -> None:
    """Seal a consent with a report's versions that lack one. Raises ArgumentError if none does, or the
    database has another consent."""
    report = await claims.find(unit, ref)
    found = await versions.of_report(unit, report, VersionState.PROPOSED, VersionState.APPROVED)
    old = [(one, content) for one in found if (content := await _too_old(unit, one))]
    if not old or report.consent_use != consent:
        raise ArgumentError(
            f"{ref} is wrong: its version tells its consent, or the database says another one."
        )
    for version, content in old:
        _complete(unit, version, content, consent)
    await audit.record(unit, audit.SYSTEM, "consent", report.ref, consent)


def _complete(unit: Unit, version: PublicVersion, content: VersionContent, consent: str) -> None:
    """Seal the consent, and confirm all words of a public version, so that a published one stays so."""
    words = own_words.unconfirmed(unit.forms[REVIEW_FORM], content) if version.current else ()
    confirmed = content.confirmed.union(one.digest for one in words)
    versions.write(unit, version, replace(content, consent=consent, confirmed=confirmed))


async def _too_old(unit: Unit, version: PublicVersion) -> VersionContent | None:
    content = await versions.content(unit, version)
    return content if content is not None and content.consent == TOO_OLD else None
