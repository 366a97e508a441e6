"""Facts of records: lines and an index for the annex, and the course of events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.form.kinds.kind import FactType
from bot.publish.country_update.charting import together
from bot.publish.country_update.context import UpdateContext
from bot.publish.country_update.document import (
    Paragraph,
    ParagraphStyle,
    Section,
    Statement,
    Table,
    TableLook,
)
from bot.publish.country_update.request import Span, UpdateRecord, span_of
from bot.publish.export.column_values import ExportColumn
from bot.publish.export.columns import is_translated

_UNSAID = {"UNKNOWN", "unknown"}
_OF_PEOPLE = {
    "detained", "released", "warned", "fined", "admin_arrest", "charged", "on_trial", "convicted_prison",
    "convicted_suspended", "convicted_other", "upheld", "toughened", "acquitted", "wanted", "extradition_review",
    "asylum_pending", "returned", "hunger_strike", "died",
}  # fmt: skip
"""Outcomes of people. The party must be named, or readers would take them for outcomes of those affected."""
AMOUNTS = ("prison_years", "restriction_years", "arrest_days", "fine_mrp", "fine_tenge")
_AFFECTED = ("role", "groups", "number_min", "number_max", "number_more_than", "organisation")

_Entry = tuple[Span, str, UpdateRecord, str]


def facts(context: UpdateContext, record: UpdateRecord) -> Sequence[Paragraph]:
    """Title of a record and a line of all its facts."""
    title = Paragraph([context.headline(record)], ParagraphStyle.TITLE)
    return [title, Paragraph(list(fact_lines(context, record)), ParagraphStyle.FACTS)]


def index(context: UpdateContext) -> Sequence[Paragraph]:
    """A line for each kind of code that paragraphs leave out, where each value cites its records."""
    found: dict[str, dict[str, list[UpdateRecord]]] = {}
    for record in context.everything:
        for name, value in _indexed_codes(context, record):
            found.setdefault(name, {}).setdefault(value, []).append(record)
    return [Paragraph(list(_indexed(context, *one)), ParagraphStyle.FACTS) for one in found.items()]


def _indexed(
    context: UpdateContext, name: str, values: Mapping[str, Sequence[UpdateRecord]]
) -> Iterator[Statement]:
    for place, (value, records) in enumerate(values.items(), 1):
        said = context.statement(value, records) if place > 1 else context.fact(name, value, records)
        yield replace(said, words=said.words.removesuffix(".") + (";" if place < len(values) else ""))


def _indexed_codes(context: UpdateContext, record: UpdateRecord) -> Iterator[tuple[str, str]]:
    say = context.words.say
    for code in (one for one in dict.fromkeys(record.groups) if one not in _UNSAID):
        yield say("update.head.group"), context.label("affected_groups", code)
    known = dict(_known(context, record))
    for name in ("violations", "assertion"):
        yield from ((say(f"update.fact.{name}"), value) for value in known[name] if value)


def fact_lines(context: UpdateContext, record: UpdateRecord) -> Iterator[Statement]:
    for name, value in _known(context, record):
        if said := context.words.listed(value):
            yield context.fact(context.words.say(f"update.fact.{name}"), said, [record])
    yield from own_facts(context, record)


def own_facts(context: UpdateContext, record: UpdateRecord) -> Iterator[Statement]:
    """Answers to an organisation's own questions."""
    for column in context.lists.own:
        value = context.words.listed(
            _said(context, record, one, column) for one in record.listed(column.name)
        )
        if value:
            yield context.fact(column.heading(context.words.texts, context.words.language), value, [record])


def _known(context: UpdateContext, record: UpdateRecord) -> Iterator[tuple[str, Sequence[str]]]:
    words = context.words
    yield "date", [dated(context, record)]
    yield "earlier", [words.date(record["underlying_event"])] if record["underlying_event"] else []
    yield "place", [context.place_of(record)]
    yield "affected", [_affected(context, record, one) for one in record.instances("affected", *_AFFECTED)]
    yield (
        "perpetrators",
        [
            with_notes(
                context.label("perpetrator_type", one["type"] or ""), [context.text(record, one["detail"])]
            )
            for one in record.instances("perpetrators", "type", "detail")
        ],
    )
    yield "violations", [context.violation(code) for code in record.listed("violations")]
    yield "law", [_law(context, code) for code in record.listed("legal_basis") if code not in _UNSAID]
    yield "outcomes", [outcome(context, one) for one in outcomes(record)]
    assertion = record["assertion"]
    yield (
        "assertion",
        [context.label("assertion", assertion) if assertion else words.say("update.unassessed")],
    )


def dated(context: UpdateContext, record: UpdateRecord) -> str:
    """Date of a record, with what it refers to if that is not the event."""
    code, said = record["date_meaning"], context.date_of(record)
    if not record.date or (code or "event") == "event":
        return said
    is_code = code in context.lists.labels["date_meaning"]
    return with_notes(said, [context.label("date_meaning", code) if is_code else context.text(record, code)])


def _affected(context: UpdateContext, record: UpdateRecord, one: Mapping[str, Any]) -> str:
    groups = (context.label("affected_groups", code) for code in one["groups"] or () if code not in _UNSAID)
    named = ", ".join(filter(None, (context.text(record, one["role"]), one["organisation"])))
    return with_notes(named, [context.words.listed(groups), people(context, one)])


def people(context: UpdateContext, one: Mapping[str, Any]) -> str:
    """Number of people of an instance, blank if unknown."""
    say = context.words.say
    least, most, more_than = (one[f"number_{name}"] for name in ("min", "max", "more_than"))
    at_least = say("update.people_least", n=least) if least is not None else ""
    at_least = say("update.people_more", n=more_than) if more_than is not None else at_least
    at_most = say("update.people_most", n=most) if most is not None else ""
    if least is not None and least == most:
        return say("update.people", n=least)
    return ", ".join(filter(None, (at_least, at_most)))


def _law(context: UpdateContext, code: str) -> str:
    choice, label = context.lists.choices["legal_basis"].get(code), context.label("legal_basis", code)
    columns = choice.columns if choice is not None else {}
    instrument = columns.get("instrument", "").lower()
    if instrument not in {"aoc", "cc"} or not columns.get("article"):
        return label
    article = context.words.say(f"update.law.{instrument}", article=columns["article"])
    # Some labels name the law, to distinguish equal articles of two laws.
    name, _, law = label.rpartition(" (")
    return with_notes(name if law.endswith(")") and article.startswith(law[:-1]) else label, [article])


def outcomes(record: UpdateRecord) -> Sequence[Mapping[str, Any]]:
    """Outcomes of a record, in the moderator's order. `exact` says that its number of people is known."""
    found = record.instances("outcomes", "status", "date", "party", "persons", *AMOUNTS)
    known = [one for one in found if one["status"] not in _UNSAID]
    number = record.number_of_people
    return [{**one, "exact": one["party"] == "affected" and one["persons"] == number} for one in known]


def outcome(context: UpdateContext, one: Mapping[str, Any], *, dated: bool = True) -> str:
    words = context.words
    amounts = [
        words.say(f"update.amount.{name}", value=words.number(one[name])) for name in AMOUNTS if one[name]
    ]
    is_known = one["party"] is not None and one["party"] not in _UNSAID
    unknown = words.say("update.party_unknown") if one["status"] in _OF_PEOPLE else ""
    party = context.label("outcome_party", one["party"]) if is_known else unknown
    people = "update.people" if one["exact"] else "update.people_least"
    persons = words.say(people, n=one["persons"]) if one["persons"] else ""
    when = words.date(one["date"]) if dated and one["date"] else ""
    return with_notes(context.label("outcome_status", one["status"] or ""), [party, persons, *amounts, when])


def _said(context: UpdateContext, record: UpdateRecord, value: Any, column: ExportColumn) -> str:
    if isinstance(value, list):
        return ", ".join(_said(context, record, one, column) for one in value)
    if value is None or isinstance(value, bool):
        return "" if value is None else context.words.say(f"update.{'yes' if value else 'no'}")
    if isinstance(value, int | float):
        return context.words.number(value)
    if column.type in {FactType.DAY, FactType.DATE}:
        return context.words.date(value)
    if column.codes:
        return context.label(column.codes, value)
    return context.text(record, str(value)) if is_translated(column) else str(value)


def with_notes(name: str, about: Sequence[str | None]) -> str:
    known = "; ".join(filter(None, about))
    return f"{name} ({known})" if name and known else name or known


def in_short(context: UpdateContext, record: UpdateRecord) -> Statement:
    headline = context.headline(record)
    return replace(headline, words=with_notes(headline.words, [context.date_of(record)]))


def chronology(context: UpdateContext) -> Section:
    tables = []
    for course in together(context.dated, "incident", "underlying_event"):
        months = {date[:7] for date in course[0].dates_of_outcomes} - {(course[0].date or "")[:7]}
        if len(course) > 1 or months:
            tables.append(_table(context, course))
    title = context.words.say("update.section.chronology")
    return Section("chronology", title, [one for one in tables if len(one.rows) > 1])


def _table(context: UpdateContext, course: Sequence[UpdateRecord]) -> Table:
    words = context.words
    earlier = {record["underlying_event"] for record in course if record["underlying_event"]}
    caption, titled = context.headline(course[0]).words, {course[0].ref}
    if earlier:
        caption, titled = words.fact(words.say("update.fact.earlier"), words.date(min(earlier))), set()
    rows = []
    for _, when, record, said in sorted(_entries(context, course), key=lambda one: (one[0], one[2].place)):
        headline = context.headline(record)
        title = headline.words if record.ref not in titled else ""
        titled.add(record.ref)
        about = " – ".join(filter(None, (title, said))) or context.violation(
            record["violation_primary"] or ""
        )
        language = headline.language if title else ""
        what = Statement(about or headline.words, headline.references, language)
        rows.append([Statement(words.date(when), what.references), what])
    head = [words.say(f"update.head.{one}") for one in ("when", "what", "references")]
    return Table(caption, head, rows, TableLook.COURSE)


def _entries(context: UpdateContext, course: Sequence[UpdateRecord]) -> Iterator[_Entry]:
    for record in course:
        if record.date:
            yield span_of(record.date), record.date, record, ""
        for one in outcomes(record):
            if one["date"]:
                yield span_of(one["date"]), one["date"], record, outcome(context, one, dated=False)
