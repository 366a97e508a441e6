"""How far an export goes: what is public, or what two administrators can share under encryption.

Never further than the reporter's consent: names and stories leave only where it is to share with trusted organisations."""

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
    """Public rows; rows that trusted organisations may have; the same with names, or with reporters' own words."""

    PUBLIC = "public"
    TRUSTED = "trusted"
    NAMES = "names"
    STORIES = "stories"

    @property
    def consents(self) -> frozenset[Consent]:
        """The consents that a report needs one of to have a row."""
        return _CONSENTS[self]

    @property
    def tells(self) -> bool:
        """Whether it holds something of what reporters told, beside the public version."""
        return self in {Scope.NAMES, Scope.STORIES}

    def questions(self, report: Form) -> Sequence[Question]:
        """The questions of the reporters' form whose answers it holds as they were given. A point on the map and files are never
        among them."""
        match self:
            case Scope.NAMES:
                return [one for one in report.questions if one.privacy is Privacy.SEALED and _is_told(one)]
            case Scope.STORIES:
                return [one for one in report.questions if one.role == "story" and _is_told(one)]
        return []


SHARED = (Scope.TRUSTED, Scope.NAMES, Scope.STORIES)
"""Those that take two administrators, in the order in which they are offered."""
_CONSENTS = {
    Scope.PUBLIC: frozenset({Consent.PUBLISH}),
    Scope.TRUSTED: frozenset({Consent.PUBLISH, Consent.SHARE}),
    Scope.NAMES: frozenset({Consent.SHARE}),
    Scope.STORIES: frozenset({Consent.SHARE}),
}


def _is_told(question: Question) -> bool:
    """Whether a person is asked it, and its answer is one of an export: no point on the map, no file."""
    kind = kind_of(question)
    return kind.is_asked and kind.fact_type is not None


FEWEST_TOLD = 5
"""A number of reports or events that is under this stands in nothing that is published: it could point to somebody."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Approved reports: rows of the public export, those shared only under encryption, those only counted. `events` counts the rows,
    those of one incident once."""

    rows: int
    shared: int
    counted: int
    events: int = 0


_event = func.coalesce(Report.incident_id, Report.id)
"""What tells the events of reports apart: the incident, or the report that belongs to none."""


async def statistics(unit: Unit, period: Period) -> Statistics:
    """The statistics of a period; one query, nothing is decrypted. It looks at every public version of the period: whoever has
    no time for that asks `number_of` before."""
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
