"""Scopes of an export: public, or shared by two administrators under encryption.

Names and stories leave only with the reporter's consent to share with trusted organisations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from bot.form.kinds import kind_of
from bot.form.model import Form, Privacy, Question
from bot.services.export.versions.selection import Period, approved_in
from bot.services.reports.classification import Consent
from bot.services.unit import Unit
from db.models import PublicVersion, Report


class Scope(StrEnum):
    """Scope of an export. NAMES and STORIES are rows for trusted organisations with names, or with
    reporters' words."""

    PUBLIC = "public"
    TRUSTED = "trusted"
    NAMES = "names"
    STORIES = "stories"

    @property
    def consents(self) -> frozenset[Consent]:
        """Consents that admit a report. It needs one of them."""
        return _CONSENTS[self]

    @property
    def tells(self) -> bool:
        """Whether rows hold answers of the reporter beside the public version."""
        return self in {Scope.NAMES, Scope.STORIES}

    def questions(self, report: Form) -> Sequence[Question]:
        """Questions of the report form whose answers are exported as given, never points on the map or
        files."""
        match self:
            case Scope.NAMES:
                return [one for one in report.questions if one.privacy is Privacy.SEALED and _is_told(one)]
            case Scope.STORIES:
                return [one for one in report.questions if one.role == "story" and _is_told(one)]
        return []


SHARED = (Scope.TRUSTED, Scope.NAMES, Scope.STORIES)
"""Scopes that need two administrators, in the order offered."""
_CONSENTS = {
    Scope.PUBLIC: frozenset({Consent.PUBLISH}),
    Scope.TRUSTED: frozenset({Consent.PUBLISH, Consent.SHARE}),
    Scope.NAMES: frozenset({Consent.SHARE}),
    Scope.STORIES: frozenset({Consent.SHARE}),
}


def _is_told(question: Question) -> bool:
    kind = kind_of(question)
    return kind.is_asked and kind.fact_type is not None


FEWEST_TOLD = 5
"""Smallest number that is published. A smaller one could identify a person."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers of approved reports: public rows, reports shared under encryption, reports only counted.
    `events` counts rows of one incident once."""

    rows: int
    shared: int
    counted: int
    events: int = 0


_event = func.coalesce(Report.incident_id, Report.id)


async def statistics(unit: Unit, period: Period) -> Statistics:
    """Count the reports of a period without decrypting. It reads every public version, so check `number_of`
    first."""
    query = (
        select(Report.consent_use, func.count(), func.count(func.distinct(_event)))
        .join(PublicVersion, PublicVersion.report_id == Report.id)
        .where(*approved_in(period, unit.settings.zone))
        .group_by(Report.consent_use)
    )
    rows = (await unit.session.execute(query)).all()
    found = {consent: int(number) for consent, number, _ in rows}
    events = {consent: int(number) for consent, _, number in rows}
    return Statistics(
        rows=found.get(Consent.PUBLISH, 0),
        shared=found.get(Consent.SHARE, 0),
        counted=found.get(Consent.COUNT, 0),
        events=events.get(Consent.PUBLISH, 0),
    )
