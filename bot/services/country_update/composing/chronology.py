"""Events and what followed them, across months: records of one incident, of related cases, or after the same earlier event, and what
came of a record at another time."""

from collections.abc import Iterator, Sequence

from bot.services.country_update.composing.context import Context
from bot.services.country_update.composing.counting import together
from bot.services.country_update.composing.telling import outcome, outcomes
from bot.services.country_update.document import Section, Statement, Table, TableLook
from bot.services.country_update.records import UpdateRecord
from bot.services.country_update.spans import Span, span_of

_Entry = tuple[Span, str, Statement]
"""When, the same as a date in one text, and what."""


def chronology(context: Context) -> Section:
    """A table for each course of events: what happened and what came of it, in the order of time."""
    tables = [_table(context, course) for course in _courses(context.records.dated)]
    return Section(
        "chronology",
        context.words.say("update.section.chronology"),
        [one for one in tables if len(one.rows) > 1],
    )


def _table(context: Context, course: Sequence[UpdateRecord]) -> Table:
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


def _entries(context: Context, course: Sequence[UpdateRecord]) -> Iterator[_Entry]:
    for record in course:
        headline = context.headline(record)
        if record.date:
            yield span_of(record.date), record.date, headline
        for one in outcomes(record):
            if one["date"]:
                said = f"{headline.words} – {outcome(context, one, dated=False)}"
                what = Statement(said, headline.references, headline.language)
                yield span_of(one["date"]), one["date"], what


def _courses(records: Sequence[UpdateRecord]) -> Sequence[Sequence[UpdateRecord]]:
    """Records that belong together, and those with something that came later."""
    courses = together(records, "incident", "underlying_event")
    return [course for course in courses if len(course) > 1 or _goes_on(course[0])]


def _goes_on(record: UpdateRecord) -> bool:
    """Whether something came of a record in another month than its own."""
    months = {one[:7] for one in record.dates_of_outcomes}
    return bool(months - {(record.date or "")[:7]})
