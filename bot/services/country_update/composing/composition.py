"""The whole document."""

from collections.abc import Iterator, Sequence

from bot.services.country_update.composing.chapters import chapters
from bot.services.country_update.composing.chronology import chronology
from bot.services.country_update.composing.context import Context
from bot.services.country_update.composing.counting import least_people
from bot.services.country_update.composing.groups import groups
from bot.services.country_update.composing.method import method
from bot.services.country_update.composing.overview import key_figures, summary
from bot.services.country_update.composing.telling import told
from bot.services.country_update.document import PAGE_NUMBER, Annex, Document, Note, Reference, Section
from bot.services.country_update.records import UpdateRecord


def compose(context: Context) -> Document:
    """The document of some records."""
    about, words = context.about, context.words
    period = words.months(about.months.first, about.months.last)
    return Document(
        language=words.language,
        title=words.say("update.title"),
        publisher=about.publisher,
        period=period,
        day=about.day.isoformat(),
        facts=[(name, value) for name, value in _facts(context, period) if value],
        contents=words.say("update.contents"),
        reference=words.say("update.reference"),
        page=words.say("update.page", number=PAGE_NUMBER),
        sections=list(_sections(context)),
        annex=_annex(context),
    )


def _facts(context: Context, period: str) -> Iterator[tuple[str, str]]:
    say, number, records = context.words.say, context.words.number, context.records.dated
    yield say("update.title.publisher"), context.about.publisher
    yield say("update.title.period"), period
    yield say("update.head.records"), number(len(records))
    yield say("update.title.events"), number(len({one.event for one in records}))
    people = least_people(records)
    yield say("update.title.people"), say("update.people_least", n=people) if people else ""
    yield say("update.title.day"), context.words.day(context.about.day.isoformat())


def _sections(context: Context) -> Iterator[Section]:
    if context.records.dated:
        yield key_figures(context)
        yield summary(context)
        yield from chapters(context)
        yield from (one for one in (groups(context), chronology(context)) if one.blocks)
    else:
        title = context.words.say("update.section.figures")
        yield Section("figures", title, [Note(context.words.say("update.nothing"))])
    if context.records.undated:
        yield _undated(context)
    yield method(context)


def _undated(context: Context) -> Section:
    """Records whose date nobody knows: they may belong to the period or not, and count in none of its figures."""
    blocks = [block for record in context.records.undated for block in told(context, record)]
    return Section("undated", context.words.say("update.section.undated"), blocks)


def _annex(context: Context) -> Annex:
    words = context.words
    heads = ("number", "record", "version", "approved", "date", "place", "sources")
    return Annex(
        words.say("update.section.annex"),
        words.say("update.table.annex"),
        [words.say(f"update.annex.{one}") for one in heads],
        [_reference(context, one) for one in (*context.records.dated, *context.records.undated)],
    )


def _reference(context: Context, record: UpdateRecord) -> Reference:
    return Reference(
        number=context.numbers[record.ref],
        record=record.ref,
        version=str(record["version"]),
        approved=context.words.day(str(record["approved_on"])),
        date=context.date_of(record),
        place=context.place_of(record),
        sources=_sources(context, record),
        links=_links(record),
    )


def _sources(context: Context, record: UpdateRecord) -> Sequence[str]:
    """What is said of each source beside its link."""
    words = context.words
    found = record.instances("sources", "kind", "publisher", "date")
    return [
        ", ".join(
            filter(
                None,
                (
                    context.label("source_kind", one["kind"]) if one["kind"] else "",
                    one["publisher"],
                    words.date(one["date"]) if one["date"] else "",
                ),
            )
        )
        for one in found
    ]


def _links(record: UpdateRecord) -> Sequence[str]:
    found = (*record.listed("sources_link"), *record.listed("links"))
    return list(dict.fromkeys(filter(None, found)))
