"""Incidents of several reports, links between related cases, and links between persons of records."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, text, tuple_

from bot.desk.decisions import service as decisions_service
from bot.errors import Refusal
from bot.publish import persons
from bot.publish.persons import Person, PublicPersons
from bot.reports import claims, links
from bot.reports.states import Consent, Move, Status, after
from bot.safety.pseudonym import new_reference
from bot.store import audit, vault
from bot.store.unit import UnitOfWork
from db.models import IS_IN_INCIDENT, Incident, Moderator, RelatedReport, Report

LETTER = "E"
MOST_SHOWN = 40


async def join(unit: UnitOfWork, moderator: Moderator, report: Report, typed: str) -> Incident:
    """Join a report to an incident, by the typed reference of the incident or of another report. An incident begins with
    both if neither has one. Raises Refusal as `relate` does, and when it already belongs there."""
    require_may_link(unit, moderator, report, Move.JOIN)
    before = report.incident_id
    incident, both = await _meant(unit, report, typed)
    joining = [one for one in both if one.incident_id != incident.id]
    if not joining:
        raise Refusal("moderator.incident.already", {"ref": report.ref, "incident": incident.ref})
    for one in joining:
        one.incident_id = incident.id
    await audit.record_all(unit, moderator.alias, Move.JOIN, [(one.ref, incident.ref) for one in joining])
    await links.drop_empty(unit, [before] if before is not None else [])
    return incident


async def leave(unit: UnitOfWork, moderator: Moderator, report: Report) -> str:
    """Remove a report from its incident and return that reference. Raises Refusal, also if there is none."""
    require_may_link(unit, moderator, report, Move.LEAVE)
    incident = await links.incident_of(unit, report)
    if incident is None:
        raise Refusal("moderator.incident.none", {"ref": report.ref})
    ref, report.incident_id = incident.ref, None
    await links.drop_empty(unit, [incident.id])
    await audit.record(unit, moderator.alias, Move.LEAVE, report.ref, ref)
    return ref


def require_may_link(unit: UnitOfWork, moderator: Moderator, report: Report, move: Move) -> None:
    """Raise Refusal unless the report is approved or the moderator holds it."""
    after(Status(report.status), move)
    if report.status != Status.APPROVED:
        decisions_service.require_held(unit, moderator, report)


async def _meant(unit: UnitOfWork, report: Report, typed: str) -> tuple[Incident, Sequence[Report]]:
    if typed.strip().upper().startswith(LETTER):
        return await find(unit, typed), [report]
    other = await decisions_service.other_report(unit, report, typed, "moderator.link.itself")
    known = await links.incident_of(unit, other) or await links.incident_of(unit, report)
    return known or await _begin(unit), [other, report]


async def find(unit: UnitOfWork, typed: str) -> Incident:
    """Incident of a typed reference. Raises Refusal if unknown."""
    ref = claims.read_reference(typed)
    found = await unit.session.scalar(select(Incident).where(Incident.ref == ref))
    if found is None:
        raise Refusal("moderator.incident.unknown", {"ref": typed.strip()[:16]})
    return found


async def _begin(unit: UnitOfWork) -> Incident:
    ref, is_taken = "", True
    while is_taken:
        ref = LETTER + new_reference()[1:]
        is_taken = await unit.session.scalar(select(Incident.id).where(Incident.ref == ref)) is not None
    incident = Incident(id=vault.new_id(), ref=ref, hour=unit.hour)
    unit.session.add(incident)
    await unit.session.flush()
    return incident


async def reports_of(unit: UnitOfWork, incident: Incident) -> Sequence[Report]:
    query = select(Report).where(text(IS_IN_INCIDENT), Report.incident_id == incident.id)
    query = query.order_by(Report.submitted_hour, Report.ref).limit(MOST_SHOWN)
    return (await unit.session.scalars(query)).all()


async def newest(
    unit: UnitOfWork, limit: int, after_ref: str = ""
) -> tuple[Sequence[tuple[Incident, int]], bool]:
    """Newest incidents, or those before `after_ref`, with their numbers of reports, and whether there are more."""
    by_ref = select(Incident).where(Incident.ref == after_ref)
    shown = await unit.session.scalar(by_ref) if after_ref else None
    of_it = text(f"reports.{IS_IN_INCIDENT}"), Report.incident_id == Incident.id
    number = select(func.count()).where(*of_it).correlate(Incident).scalar_subquery()
    query = select(Incident, number).order_by(Incident.hour.desc(), Incident.ref.desc())
    if shown is not None:
        query = query.where(tuple_(Incident.hour, Incident.ref) < (shown.hour, shown.ref))
    rows = [(row[0], int(row[1])) for row in await unit.session.execute(query.limit(limit + 1))]
    return rows[:limit], len(rows) > limit


async def relate(unit: UnitOfWork, moderator: Moderator, report: Report, typed: str) -> Report:
    """Relate a report to the one of the typed reference, and return that one. Idempotent. Raises Refusal when the
    moderator may not change the report, or for an unknown, closed or identical other one."""
    require_may_link(unit, moderator, report, Move.RELATE)
    other = await decisions_service.other_report(unit, report, typed, "moderator.link.itself")
    if not await _are_related(unit, report, other):
        pairs = [(report.id, other.id), (other.id, report.id)]
        unit.session.add_all(RelatedReport(report_id=one, other_id=another) for one, another in pairs)
        await unit.session.flush()
        await _record(unit, moderator, Move.RELATE, report, other)
    return other


async def part(unit: UnitOfWork, moderator: Moderator, report: Report, typed: str) -> Report:
    """End the relation of two reports, and return the other one. Idempotent. Raises Refusal as `relate` does."""
    require_may_link(unit, moderator, report, Move.RELATE)
    other = await claims.find(unit, typed)
    if await _are_related(unit, report, other):
        await unit.session.execute(delete(RelatedReport).where(_both(report, other)))
        await _record(unit, moderator, "part", report, other)
    return other


async def _are_related(unit: UnitOfWork, report: Report, other: Report) -> bool:
    query = select(RelatedReport.report_id).where(_both(report, other)).limit(1)
    return await unit.session.scalar(query) is not None


def _both(report: Report, other: Report) -> ColumnElement[bool]:
    pairs = [(report.id, other.id), (other.id, report.id)]
    return tuple_(RelatedReport.report_id, RelatedReport.other_id).in_(pairs)


async def _record(unit: UnitOfWork, moderator: Moderator, act: str, report: Report, other: Report) -> None:
    await audit.record_all(unit, moderator.alias, act, [(report.ref, other.ref), (other.ref, report.ref)])


@dataclass(frozen=True, slots=True)
class PersonPair:
    """Person of a record and one of another, who may be the same."""

    record: PublicPersons
    person: Person
    other: PublicPersons
    other_person: Person

    @property
    def code(self) -> str:
        """Pair in a button, with the versions shown: a person's number may change with the next version."""
        numbers = self.person.number, self.other_person.number, self.record.version.version
        return "-".join(map(str, (self.other.report.ref, *numbers, self.other.version.version)))

    def likeness(self) -> tuple[int, bool, str]:
        """Key that sorts the most alike pairs first."""
        reports = self.record.report, self.other.report
        likeness = persons.likeness(self.person, self.other_person)
        return -likeness, len({one.region for one in reports}) > 1, self.code

    @property
    def are_linked(self) -> bool:
        return not self.person.links.isdisjoint(self.other_person.links)


async def pairs(
    unit: UnitOfWork, moderator: Moderator, report: Report, typed: str = ""
) -> tuple[Sequence[PersonPair], PublicPersons]:
    """Persons of an approved report with those of the typed one, or with those that look alike in linked and
    in the newest records, the most alike first, and the report's own. Raises Refusal as `link_persons` does."""
    _require_approved(unit, moderator, report)
    if typed:
        other = await decisions_service.other_report(unit, report, typed, "moderator.link.itself")
        _require_approved(unit, moderator, other)
        if other.consent_use != Consent.PUBLISH:
            await claims.require_open(unit, other)
        ids = {other.id}
    else:
        linked = await links.of_report(unit, report)
        refs = {*linked.related, *linked.together}
        ids = {*await unit.session.scalars(select(Report.id).where(Report.ref.in_(refs)))}
        ids |= {*await persons.newest_ids(unit)}
    found = {one.report.id: one for one in await persons.public_persons(unit, {*ids, report.id})}
    own = found.pop(report.id, None)
    if own is None:
        await claims.require_open(unit, report)
        raise Refusal("moderator.person.not_public", {"ref": report.ref})
    every = (
        PersonPair(own, person, other, another)
        for other in found.values()
        for person in own.persons.values()
        for another in other.persons.values()
    )
    shown = [one for one in every if typed or (one.likeness()[0] and not one.are_linked)]
    return sorted(shown, key=PersonPair.likeness), own


async def pair_of(unit: UnitOfWork, moderator: Moderator, report: Report, code: str) -> PersonPair:
    """Pair of a button. Raises Refusal when either report is not approved or was changed since."""
    found, _ = await pairs(unit, moderator, report, code.partition("-")[0])
    if (pair := next((one for one in found if one.code == code), None)) is None:
        raise Refusal("moderator.person.changed")
    return pair


async def link_persons(unit: UnitOfWork, moderator: Moderator, report: Report, code: str) -> PersonPair:
    """Let the persons of a pair, and those linked with either, count as one. Raises Refusal as `pair_of` does."""
    await audit.begin(unit)  # links of another moderator would be lost
    pair = await pair_of(unit, moderator, report, code)
    if not pair.are_linked:
        shared = persons.joined(pair.person.links, pair.other_person.links)
        persons.keep_links(unit, pair.record, pair.person, shared)
        persons.keep_links(unit, pair.other, pair.other_person, shared)
        # The other report is not named: the log would tell who is linked.
        await audit.record(unit, moderator.alias, "same_person", report.ref)
    return pair


async def unlink_person(unit: UnitOfWork, moderator: Moderator, report: Report, code: str) -> None:
    """Let a person count alone again. Idempotent. Raises Refusal as `link_persons` does."""
    _require_approved(unit, moderator, report)
    await audit.begin(unit)
    for record in await persons.public_persons(unit, {report.id}):
        for person in [one for one in record.persons.values() if record.code_of(one) == code]:
            if person.links:
                persons.keep_links(unit, record, person, ())
                await audit.record(unit, moderator.alias, "other_person", report.ref)
            return
    raise Refusal("moderator.person.changed")


def _require_approved(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    require_may_link(unit, moderator, report, Move.RELATE)
    if report.status != Status.APPROVED:
        raise Refusal("moderator.person.not_public", {"ref": report.ref})
