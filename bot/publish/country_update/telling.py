"""Text of a record: title, summary, and a statement for each known fact."""

from collections.abc import Iterator, Mapping, Sequence
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

_UNSAID = {"UNKNOWN", "unknown"}
_OF_PEOPLE = {
    "detained", "released", "warned", "fined", "admin_arrest", "charged", "on_trial", "convicted_prison",
    "convicted_suspended", "convicted_other", "upheld", "toughened", "acquitted", "wanted", "extradition_review",
    "asylum_pending", "returned", "hunger_strike", "died",
}  # fmt: skip
"""Outcomes of people. The party must be named, or readers would take them for outcomes of those affected."""
AMOUNTS = ("prison_years", "restriction_years", "arrest_days", "fine_mrp", "fine_tenge")
_AFFECTED = ("role", "groups", "number_min", "number_max", "number_more_than", "organisation")

_Entry = tuple[Span, str, Statement]


def told(context: UpdateContext, record: UpdateRecord) -> Sequence[Paragraph]:
    lines, language = record.told("summary", context.words.language)
    if lines:
        lines[-1] = context.named(lines[-1], language)
    return [
        Paragraph([context.headline(record)], ParagraphStyle.TITLE),
        *(Paragraph([context.statement(line, [record], language)]) for line in lines),
        Paragraph(list(facts(context, record)), ParagraphStyle.FACTS),
    ]


def facts(context: UpdateContext, record: UpdateRecord) -> Iterator[Statement]:
    for name, value in _known(context, record):
        if value:
            yield context.fact(context.words.say(f"update.fact.{name}"), value, [record])
    yield from own_facts(context, record)


def own_facts(context: UpdateContext, record: UpdateRecord) -> Iterator[Statement]:
    """Answers to an organisation's own questions."""
    for column in context.lists.own:
        value = context.words.listed(_said(context, one, column) for one in record.listed(column.name))
        if value:
            yield context.fact(column.heading(context.words.texts, context.words.language), value, [record])


def _known(context: UpdateContext, record: UpdateRecord) -> Iterator[tuple[str, str]]:
    words, listed = context.words, context.words.listed
    code, said = record["date_meaning"], context.date_of(record)
    is_told = record.date and code and code != "event"
    yield "date", f"{said} ({context.label('date_meaning', code)})" if is_told else said
    yield "earlier", words.date(record["underlying_event"]) if record["underlying_event"] else ""
    yield "place", context.place_of(record)
    yield "affected", listed(_affected(context, one) for one in record.instances("affected", *_AFFECTED))
    alleged = record.instances("perpetrators", "type", "detail")
    kinds = ((context.label("perpetrator_type", one["type"] or ""), one["detail"]) for one in alleged)
    yield "perpetrators", listed(with_notes(kind, [detail]) for kind, detail in kinds)
    yield "violations", listed(context.violation(code) for code in record.listed("violations"))
    yield "law", listed(_law(context, code) for code in record.listed("legal_basis") if code not in _UNSAID)
    yield "outcomes", listed(outcome(context, one) for one in outcomes(record))
    assertion = record["assertion"]
    yield "assertion", context.label("assertion", assertion) if assertion else words.say("update.unassessed")


def _affected(context: UpdateContext, one: Mapping[str, Any]) -> str:
    groups = [code for code in one["groups"] or () if code not in _UNSAID]
    named = ", ".join(filter(None, (one["role"], one["organisation"])))
    return with_notes(named, [context.labelled("affected_groups", groups), people(context, one)])


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
    found = record.instances("outcomes", "status", "date", "party", "persons", *AMOUNTS)
    return [one for one in found if one["status"] not in _UNSAID]


def outcome(context: UpdateContext, one: Mapping[str, Any], *, dated: bool = True) -> str:
    words = context.words
    amounts = [
        words.say(f"update.amount.{name}", value=words.number(one[name])) for name in AMOUNTS if one[name]
    ]
    is_known = one["party"] is not None and one["party"] not in _UNSAID
    unknown = words.say("update.party_unknown") if one["status"] in _OF_PEOPLE else ""
    party = context.label("outcome_party", one["party"]) if is_known else unknown
    persons = words.say("update.people_least", n=one["persons"]) if one["persons"] else ""
    when = words.date(one["date"]) if dated and one["date"] else ""
    return with_notes(context.label("outcome_status", one["status"] or ""), [party, persons, *amounts, when])


def _said(context: UpdateContext, value: Any, column: ExportColumn) -> str:
    if isinstance(value, list):
        return ", ".join(_said(context, one, column) for one in value)
    if value is None or isinstance(value, bool):
        return "" if value is None else context.words.say(f"update.{'yes' if value else 'no'}")
    if isinstance(value, int | float):
        return context.words.number(value)
    if column.type in {FactType.DAY, FactType.DATE}:
        return context.words.date(value)
    return context.label(column.codes, value) if column.codes else str(value)


def with_notes(name: str, about: Sequence[str | None]) -> str:
    known = "; ".join(filter(None, about))
    return f"{name} ({known})" if name and known else name or known


def in_short(context: UpdateContext, record: UpdateRecord) -> Statement:
    headline = context.headline(record)
    return Statement(
        with_notes(headline.words, [context.date_of(record)]), headline.references, headline.language
    )


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
    caption = context.headline(course[0]).words
    if earlier:
        caption = words.fact(words.say("update.fact.earlier"), words.date(min(earlier)))
    rows = [
        [Statement(words.date(when), what.references), what]
        for _, when, what in sorted(_entries(context, course), key=lambda one: (one[0], one[2].references))
    ]
    head = [words.say(f"update.head.{one}") for one in ("when", "what", "references")]
    return Table(caption, head, rows, TableLook.COURSE)


def _entries(context: UpdateContext, course: Sequence[UpdateRecord]) -> Iterator[_Entry]:
    for record in course:
        headline = context.headline(record)
        if record.date:
            yield span_of(record.date), record.date, headline
        for one in outcomes(record):
            if one["date"]:
                said = f"{headline.words} – {outcome(context, one, dated=False)}"
                what = Statement(said, headline.references, headline.language)
                yield span_of(one["date"]), one["date"], what
