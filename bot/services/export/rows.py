"""A row of an export: the public facts of one public version, as cells of a table and as JSON."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.answers import Answer, Chosen, Number, Place, Precision, When, Written
from bot.form.model import Form, Kind, Privacy, Question
from bot.form.typed.links import links_in
from bot.form.xlsform.lists import ANY
from bot.languages import exported_codes
from bot.services.desk import places, versions
from bot.services.export import cells, columns
from bot.services.export.columns import FREEDOMS, ROLES, Column
from bot.services.reports.reading import schema_path
from bot.services.unit import HOUR

_NUMBER = re.compile(r"\[(\d+)\]")
_DATE = {"date_start", "date_end", "date_precision", "date_ongoing"}
_PLACE = {"region", "locality", "latitude", "longitude", "within_km"}
Fact = Any
"""None, a text, a number, a bool, or a list of codes or links."""


@dataclass(frozen=True, slots=True)
class Source:
    """A public version with what the report itself adds to its row."""

    ref: str
    version: int
    approved_hour: int
    consent: str
    written: versions.Written


class Sheet:
    """The rows of one review form. `asked` is the reporters' form, for the labels of the consent."""

    def __init__(self, review: Form, asked: Form, zone: ZoneInfo) -> None:
        self.form, self.zone = review, zone
        self.columns = columns.columns(review)
        self.header = columns.header(review)
        self._labels = columns.labels(review, asked)
        self._further = columns.further(review)

    def facts(self, source: Source) -> dict[str, Fact]:
        """The public facts by their field; a repeat is a list of such, one an instance."""
        said = _Said(self.form, source.written.answers)
        when = said.when("when")
        rights = said.codes("rights") or self._rights(said.codes("violations"))
        facts: dict[str, Fact] = {
            "id": source.ref,
            "version": source.version,
            "approved_on": approved_on(source.approved_hour, self.zone),
            "freedoms": [right for right in FREEDOMS if right in rights],
            "rights": rights,
            "date_start": when.start if when else None,
            "date_end": when.end if when else None,
            "date_precision": str(when.precision) if when else None,
            "date_ongoing": when is not None and when.ongoing,
            "consent": source.consent,
            "language": source.written.language,
        }
        for role in ("kind", "title", "summary", "violation_primary", "date_meaning", "underlying_event"):
            facts[role] = said.fact(role)
        facts["violations"], facts["legal_basis"] = said.codes("violations"), said.codes("legal_basis")
        facts["region"] = said.fact("region")
        facts["locality"] = said.fact("locality") or self._city(facts["region"])
        facts["links"] = links_in(said.fact("links") or "")
        facts |= self._point(source.written.answers)
        return facts | self._repeats(said) | self._further_facts(said)

    def _rights(self, violations: list[str]) -> list[str]:
        """The rights of these codes, in their order; a group counts where no type of it stands."""
        typed = {code.partition(".")[0] for code in violations if "." in code}
        counted = [code for code in violations if "." in code or code not in typed]
        rights = (right for code in counted for right in self._column("violations", code, "rights").split())
        return list(dict.fromkeys(rights))

    def _city(self, region: str | None) -> str | None:
        """The city that a region is, for the cities that have a region's rank."""
        return self._column("region", region, "locality") or None if region else None

    def _point(self, answers: Mapping[str, Answer]) -> dict[str, Fact]:
        """The public place, which a moderator has coarsened, and how far off it may be."""
        question, choice = self.form.by_role.get("place_public"), places.chosen(self.form, answers)
        point = answers.get(question.path) if question is not None else None
        if choice is None or not isinstance(point, Place):
            return dict.fromkeys(("latitude", "longitude", "within_km"))
        kilometres = choice.columns.get("km", "")
        return {
            "latitude": point.latitude,
            "longitude": point.longitude,
            "within_km": int(kilometres) if kilometres.isdecimal() else None,
        }

    def _column(self, role: str, code: str, name: str) -> str:
        question = self.form.by_role.get(role)
        choices = question.choices if question is not None else ()
        return next((choice.columns.get(name, "") for choice in choices if choice.name == code), "")

    def _repeats(self, said: "_Said") -> dict[str, Fact]:
        fields: dict[str, list[tuple[str, Question | None]]] = {name: [] for name in columns.REPEATS}
        for column in columns.FIXED:
            if column.repeat:
                fields[column.repeat].append((column.field, self.form.by_role.get(ROLES[column.name])))
        for column, question in self._further:
            if column.repeat:
                fields.setdefault(column.repeat, []).append((column.field, question))
        return {repeat: said.instances(inside) for repeat, inside in fields.items()}

    def _further_facts(self, said: "_Said") -> dict[str, Fact]:
        return {
            column.field: said.fact_of(question) for column, question in self._further if not column.repeat
        }

    def cells(self, source: Source) -> list[str]:
        """The row as a table has it: a text for each name of `header`, safe for spreadsheets."""
        facts = self.facts(source)
        row: list[str] = []
        for column in self.columns:
            row.append(cells.guard(_cell(column, facts)))
            if column.codes:
                row += [
                    cells.guard(_cell(column, facts, self._label(column, code))) for code in exported_codes()
                ]
        return row

    def shown(self, source: Source, language: str) -> list[tuple[str, str]]:
        """The row for people: the name and the cell of each column of facts that is not blank, before codes their
        labels in this language."""
        facts, row = self.facts(source), []
        for column in self.columns:
            cell = _cell(column, facts)
            label = _cell(column, facts, self._label(column, language)) if column.codes else ""
            row.append((column.name, cells.guard(" · ".join(filter(None, (label, cell))))))
        return [(name, cell) for name, cell in row if cell]

    def _label(self, column: Column, language: str) -> Mapping[str, str]:
        found = self._labels[column.codes]
        return {code: label.get(language) or label.get(ANY, "") for code, label in found.items()}

    def document(self, source: Source) -> dict[str, Any]:
        """The row as JSON: the facts, the date and the place each in one object, the labels of all codes
        that occur under `labels`, by list, code and language."""
        facts = self.facts(source)
        made: dict[str, Any] = {}
        for name, value in facts.items():
            if name in _DATE:
                made.setdefault("date", {})[name.removeprefix("date_")] = value
            elif name in _PLACE:
                made.setdefault("place", {})[name] = value
            else:
                made[name] = value
        return made | {"labels": self._used_labels(facts)}

    def _used_labels(self, facts: Mapping[str, Fact]) -> dict[str, dict[str, dict[str, str]]]:
        used: dict[str, dict[str, dict[str, str]]] = {}
        for column in self.columns:
            for code in _codes(column, facts) if column.codes else ():
                label = self._labels[column.codes].get(code, {})
                named = {language: label.get(language) or label.get(ANY, "") for language in exported_codes()}
                used.setdefault(column.codes, {})[code] = named
        return used


class _Said:
    """The public answers of a version, by role."""

    def __init__(self, form: Form, answers: Mapping[str, Answer]) -> None:
        self._form = form
        self._answers: dict[str, dict[int, Answer]] = {}
        for path, answer in answers.items():
            number = _NUMBER.search(path)
            self._answers.setdefault(schema_path(path), {})[int(number[1]) if number else 0] = answer

    def of(self, question: Question | None) -> Mapping[int, Answer]:
        """The answers to a public question, by the number of their instance; 0 outside of repeats."""
        if question is None or question.privacy is not Privacy.PUBLIC:
            return {}
        return self._answers.get(question.path, {})

    def fact_of(self, question: Question | None) -> Fact:
        """The fact of a question outside of repeats."""
        return None if question is None else _fact(question, self.of(question).get(0))

    def fact(self, role: str) -> Fact:
        """The fact of the question with this role."""
        return self.fact_of(self._form.by_role.get(role))

    def codes(self, role: str) -> list[str]:
        """The codes chosen for this role."""
        answer = self.of(self._form.by_role.get(role)).get(0)
        return list(answer.names) if isinstance(answer, Chosen) else []

    def when(self, role: str) -> When | None:
        """The date of this role."""
        answer = self.of(self._form.by_role.get(role)).get(0)
        return answer if isinstance(answer, When) else None

    def instances(self, fields: Iterable[tuple[str, Question | None]]) -> list[dict[str, Fact]]:
        """The instances of a repeat with these fields, in their order."""
        asked = [(field, question, self.of(question)) for field, question in fields if question is not None]
        numbers = sorted({number for _, _, answers in asked for number in answers})
        return [
            {field: _fact(question, answers.get(number)) for field, question, answers in asked}
            for number in numbers
        ]


def _fact(question: Question, answer: Answer | None) -> Fact:
    match answer:
        case Written():
            return answer.text.strip() or None
        case Number(value):
            return value
        case Chosen(names):
            return list(names) if question.kind is Kind.SELECT_MULTIPLE else next(iter(names), None)
        case When():
            return interval(answer)
    return [] if question.kind is Kind.SELECT_MULTIPLE else None


def interval(when: When) -> str | None:
    """A date in one text: `2024-04`, `2024-04-01/2024-04-12`, `2024-04/..` (ISO 8601-2); None if unknown."""
    if when.precision is Precision.UNKNOWN or (when.start is None and when.end is None):
        return None
    if when.ongoing:
        return f"{when.start}/.."
    return when.start if when.end in {None, when.start} else f"{when.start}/{when.end}"


def approved_on(hour: int, zone: ZoneInfo) -> str:
    """The day of approval in the configured zone, as `YYYY-MM-DD`."""
    return datetime.fromtimestamp(hour * HOUR, zone).date().isoformat()


def _cell(column: Column, facts: Mapping[str, Fact], labels: Mapping[str, str] | None = None) -> str:
    if column.repeat:
        found = (instance.get(column.field) for instance in facts.get(column.repeat, ()))
        return cells.instances(_part(value, labels) for value in found)
    value = facts[column.field]
    return _part(value, labels) if isinstance(value, list) else _shown(value, labels)


def _part(value: Fact, labels: Mapping[str, str] | None) -> str:
    if isinstance(value, list):
        return cells.many(_shown(item, labels) for item in value)
    return cells.one(_shown(value, labels))


def _shown(value: Fact, labels: Mapping[str, str] | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if labels is None else labels.get(str(value), "")


def _codes(column: Column, facts: Mapping[str, Fact]) -> Iterable[str]:
    inside = facts.get(column.repeat, ()) if column.repeat else (facts,)
    for holder in inside:
        value = holder.get(column.field)
        yield from value if isinstance(value, list) else [value] if value is not None else []
