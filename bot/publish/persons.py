"""Single affected persons of public versions, and which of them are the same person. A version keeps, sealed with its answers,
random ids for each linked person. Two persons that share an id are the same. No row and no export has these ids, and
once a version is destroyed the id left in the other one matches nothing."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import select, text

from bot.form.answers import Answer, Chosen, Number, Written
from bot.form.model import Form
from bot.publish import versions
from bot.publish.versions import VersionContent
from bot.reports.states import Status, VersionState
from bot.safety.sealing import UnsealError
from bot.store import vault
from bot.store.unit import REVIEW_FORM, UnitOfWork
from db.models import IS_PUBLIC, PublicVersion, Report

MOST_COMPARED = 40
"""Newest records that are compared with one."""
_ID_BYTES = 12
_LEAST_WORD = 4
_UNKNOWN = "unknown"
_ROLES = ("number_min", "number_max", "role", "groups", "organisation")


@dataclass(frozen=True, slots=True)
class Person:
    """Instance of exactly one affected person. `place` is its path, `links` are its random ids."""

    place: str
    role: str
    groups: tuple[str, ...]
    organisation: str
    links: frozenset[str]

    @property
    def number(self) -> str:
        """Number of the instance, from 1."""
        return self.place.rpartition("[")[2].rstrip("]")


@dataclass(frozen=True, slots=True)
class PublicPersons:
    """Approved version of a report, with its persons by number."""

    report: Report
    version: PublicVersion
    content: VersionContent
    persons: Mapping[str, Person]

    def code_of(self, person: Person) -> str:
        """Person in a button, with the version shown: numbers may change with the next version."""
        return f"{person.number}-{self.version.version}"


def persons_of(form: Form, content: VersionContent) -> Sequence[Person]:
    """Instances that count exactly one person, in order."""
    names = {role: one.name for role in _ROLES if (one := form.by_role.get(f"affected_{role}")) is not None}
    found: list[Person] = []
    for place, told in _instances(content.answers).items():
        said = {role: told.get(name) for role, name in names.items()}
        if said.get("number_min") != Number(1) or said.get("number_max") not in {None, Number(1)}:
            continue
        texts = {role: answer.text for role, answer in said.items() if isinstance(answer, Written)}
        chosen = said.get("groups")
        groups = chosen.names if isinstance(chosen, Chosen) else ()
        links = frozenset(content.persons.get(place, ()))
        found.append(Person(place, texts.get("role", ""), groups, texts.get("organisation", ""), links))
    return found


def likeness(one: Person, other: Person) -> int:
    """Number of groups and words in common, 0 for those that do not look alike. Names play no part."""
    groups = {*one.groups} & {*other.groups} - {_UNKNOWN}
    return len(groups) + 2 * len(_words(one) & _words(other))


def _words(person: Person) -> set[str]:
    words = f"{person.role} {person.organisation}".casefold().split()
    return {word.strip(".,;:()«»\"'") for word in words if len(word) >= _LEAST_WORD}


def carried(before: VersionContent | None, answers: Mapping[str, Answer]) -> Mapping[str, Sequence[str]]:
    """Links that a version takes over from the one before, by the place of their person today. A person is found again by equal
    answers that no other of either version has. Others lose their links, so that none gets those of another."""
    if before is None or not before.persons:
        return {}
    old, new = _instances(before.answers), _instances(answers)
    found = dict[str, Sequence[str]]()
    for place, links in before.persons.items():
        repeat, told = place.rpartition("[")[0], old.get(place)
        alike, again = (
            [one for one, answers in those.items() if answers == told and one.startswith(f"{repeat}[")]
            for those in (old, new)
        )
        if told is not None and len(again) == len(alike) == 1:
            found[again[0]] = links
    return found


def _instances(answers: Mapping[str, Answer]) -> Mapping[str, Mapping[str, Answer]]:
    found = dict[str, dict[str, Answer]]()
    for path, answer in answers.items():
        place, _, name = path.rpartition("/")
        if place.endswith("]"):
            found.setdefault(place, {})[name] = answer
    return found


def joined(one: Collection[str], other: Collection[str]) -> frozenset[str]:
    """Ids for both of two persons, so that each stays linked with those it was linked with."""
    return frozenset({*one, *other}) or frozenset({secrets.token_hex(_ID_BYTES)})


async def public_persons(unit: UnitOfWork, report_ids: Collection[str]) -> Sequence[PublicPersons]:
    """Approved versions of these reports with their persons. Those that do not open are left out."""
    version = PublicVersion
    query = select(version, Report).join(Report, Report.id == version.report_id)
    query = query.where(version.report_id.in_(report_ids), version.state == VersionState.APPROVED)
    rows = (await unit.session.execute(query.execution_options(populate_existing=True))).all()
    await vault.open_keys(unit, [row[0].data_key_id for row in rows], lenient=True)
    found, form = list[PublicPersons](), unit.forms[REVIEW_FORM]
    for public, report in rows:
        if report.status == Status.APPROVED and public.data_key_id in unit.keys and public.content:
            with suppress(UnsealError):
                content = versions.read(unit, public.id, public.data_key_id, public.content)
                persons = {one.number: one for one in persons_of(form, content)}
                found.append(PublicPersons(report, public, content, persons))
    return found


async def newest_ids(unit: UnitOfWork) -> Sequence[str]:
    """Ids of the newest public reports, at most MOST_COMPARED."""
    query = select(PublicVersion.report_id).where(text(IS_PUBLIC))
    query = query.order_by(PublicVersion.approved_hour.desc(), PublicVersion.id.desc())
    return (await unit.session.scalars(query.limit(MOST_COMPARED))).all()


def keep_links(unit: UnitOfWork, record: PublicPersons, person: Person, links: Collection[str]) -> None:
    """Seal the links of a person into the approved version, whose other content stays."""
    kept = {place: ids for place, ids in record.content.persons.items() if place != person.place}
    known = {**kept, person.place: sorted(links)} if links else kept
    versions.write(unit, record.version, replace(record.content, persons=known))
