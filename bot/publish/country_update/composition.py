"""The whole document, section by section: overview, chapters, chronology, groups and method."""

from collections.abc import Iterator, Sequence

from bot.languages import name_of
from bot.publish.country_update import charting
from bot.publish.country_update import document as doc
from bot.publish.country_update.charting import Counted, counted, counts, groups, least_people, row
from bot.publish.country_update.context import ALLEGED, LAW, PROGRESS, UpdateContext
from bot.publish.country_update.request import UpdateRecord
from bot.publish.country_update.telling import chronology, in_short, told
from bot.publish.export.column_values import FREEDOMS
from bot.publish.export.selection import FEWEST_TOLD
from bot.settings import worded

OTHER, LAWS, ACCOUNTABILITY = "other", "laws", "accountability"
_ORDER = (*FREEDOMS, OTHER, LAWS, ACCOUNTABILITY)


def key_figures(context: UpdateContext) -> doc.Section:
    records = context.dated
    themes = counted(records, lambda one: filter(None, [context.theme_of(one)]))
    regions = counted(records, lambda one: filter(None, [one["region"]]))
    statuses = counted(
        records,
        lambda one: [code for code in one.listed("outcomes_status") if code not in {None, "", "unknown"}],
    )
    found = (
        doc.Paragraph(list(_sentences(context))),
        _figures(context),
        charting.by_month(context),
        charting.by_theme(context, themes) if themes else None,
        counts(context, "themes", "theme", themes, context.theme),
        charting.by_region(context, regions) if regions else None,
        counts(context, "regions", "place", regions, lambda code: context.label("region", code)),
        counts(context, "outcomes", "outcome", statuses, lambda code: context.label("outcome_status", code)),
    )
    blocks: list[doc.Block] = [
        one for one in found if one is not None and not (isinstance(one, doc.Table) and not one.rows)
    ]
    return doc.Section("figures", context.words.say("update.section.figures"), blocks)


def _sentences(context: UpdateContext) -> Iterator[doc.Statement]:
    records, say = context.dated, context.words.say
    yield context.statement(say("update.figures.records", n=len(records)), records)
    yield from _alleged(context, records)
    yield context.statement(say("update.figures.events", n=len({one.event for one in records})), records)
    counting = [one for one in records if one.least_people]
    if counting:
        yield context.statement(say("update.figures.people", n=least_people(counting)), counting)


def _figures(context: UpdateContext) -> doc.Table:
    records, words = context.dated, context.words
    kinds = counted(records, lambda one: [one.kind])
    named: list[tuple[str, Sequence[UpdateRecord]]] = [
        (words.say("update.head.records"), records),
        *((context.label("kind", code), found) for code, found in kinds.items()),
        *_by_freedom(context),
    ]
    rows = [row(context, name, [len(found)], found) for name, found in named if found]
    counting = [one for one in records if one.least_people]
    if counting:
        rows.append(row(context, words.say("update.figures.people_row"), [least_people(counting)], counting))
    head = [words.say(f"update.head.{one}") for one in ("figure", "number", "references")]
    return doc.Table(words.say("update.table.figures"), head, rows)


def summary(context: UpdateContext) -> doc.Section:
    blocks = [doc.Paragraph(list(_summed(context, name, found))) for name, found in _by_freedom(context)]
    return doc.Section("summary", context.words.say("update.section.summary"), blocks)


def _by_freedom(context: UpdateContext) -> Iterator[tuple[str, Sequence[UpdateRecord]]]:
    """Name and records of each freedom concerned, then of those that concern none."""
    records = context.dated
    freedoms = counted(records, lambda one: one.listed("freedoms"))
    yield from ((context.label("rights", code), freedoms[code]) for code in FREEDOMS if code in freedoms)
    if none := [one for one in records if not one.listed("freedoms")]:
        yield context.words.say("update.section.other"), none


def _summed(context: UpdateContext, name: str, records: Sequence[UpdateRecord]) -> Iterator[doc.Statement]:
    words = context.words
    yield context.fact(name, words.say("update.records", n=len(records)), records)
    themes: Counted = counted(records, lambda one: filter(None, [context.theme_of(one)]))
    if themes:
        said = words.listed(
            f"{context.theme(code)} – {words.number(len(found))}" for code, found in themes.items()
        )
        yield context.fact(words.say("update.themes"), said, records)
    yield from _alleged(context, records)


def _alleged(context: UpdateContext, records: Sequence[UpdateRecord]) -> Iterator[doc.Statement]:
    alleged = [one for one in records if one["assertion"] == ALLEGED]
    if alleged:
        said = context.words.say("update.figures.alleged", n=len(alleged))
        yield context.statement(said, alleged)


def heading_of(context: UpdateContext, record: UpdateRecord) -> str:
    by_kind = {LAW: LAWS, **dict.fromkeys(PROGRESS, ACCOUNTABILITY)}
    return by_kind.get(record.kind) or context.freedom_of(record) or OTHER


def chapters(context: UpdateContext) -> Iterator[doc.Section]:
    say, found = context.words.say, counted(context.dated, lambda one: [heading_of(context, one)])
    for key in _ORDER:
        own = found.get(key, ())
        told_here = set(own)
        elsewhere = [one for one in context.dated if key in one.listed("freedoms") and one not in told_here]
        if own or elsewhere:
            title = context.label("rights", key) if key in FREEDOMS else say(f"update.section.{key}")
            blocks: list[doc.Block] = []
            if elsewhere:
                blocks.append(doc.Paragraph([context.statement(say("update.elsewhere"), elsewhere)]))
            blocks += [doc.Paragraph([in_short(context, one)], doc.ParagraphStyle.ITEM) for one in elsewhere]
            yield doc.Section(key, title, blocks, _parts(context, key, own))


def _parts(context: UpdateContext, key: str, records: Sequence[UpdateRecord]) -> Sequence[doc.Section]:
    if key == ACCOUNTABILITY:
        by_kind = counted(records, lambda one: [one.kind])
        return [
            _part(context, f"{key}.{code}", context.label("kind", code), by_kind[code])
            for code in PROGRESS
            if code in by_kind
        ]
    themes = counted(records, lambda one: [context.theme_of(one)])
    none = context.words.say("update.no_theme")
    return [
        _part(context, f"{key}.{code}", context.theme(code) if code else none, found)
        for code, found in themes.items()
    ]


def _part(context: UpdateContext, key: str, title: str, records: Sequence[UpdateRecord]) -> doc.Section:
    return doc.Section(key, title, [block for record in records for block in told(context, record)])


def method(context: UpdateContext) -> doc.Section:
    notes = [doc.Note(words) for words in _notes(context)]
    return doc.Section("method", context.words.say("update.section.method"), notes)


def _notes(context: UpdateContext) -> Iterator[str]:
    settings, withheld, say = context.settings, context.withheld, context.words.say
    languages = ", ".join(map(name_of, settings.languages))
    yield say("update.method.source")
    yield say("update.method.asked", n=context.questions, languages=languages)
    yield say("update.method.approved", n=settings.approvals)
    if settings.approvals_named > settings.approvals:
        yield say("update.method.approved_named", n=settings.approvals_named)
    yield say("update.method.assertion")
    yield say("update.method.period")
    if context.undated:
        yield say("update.method.undated", n=len(context.undated))
    yield say("update.method.people")
    yield say("update.method.language")
    shared, counted = (_few(context, number) for number in (withheld.shared, withheld.counted))
    yield say("update.method.withheld", shared=shared, counted=counted)


def _few(context: UpdateContext, number: int) -> str:
    """Number in words. A small one, 0 included, is only called small: it could identify a person, and a
    change from 0 to 1 would show."""
    return context.words.number(number) if number >= FEWEST_TOLD else context.words.say("update.fewer")


def compose(context: UpdateContext) -> doc.Document:
    words, publisher = context.words, worded(context.settings.organisation, context.words.language)
    period = words.months(context.months.first, context.months.last)
    return doc.Document(
        language=words.language,
        title=words.say("update.title"),
        publisher=publisher,
        period=period,
        day=context.day.isoformat(),
        facts=[(name, value) for name, value in _facts(context, publisher, period) if value],
        contents=words.say("update.contents"),
        reference=words.say("update.reference"),
        page=words.say("update.page", number=doc.PAGE_NUMBER),
        sections=list(_sections(context)),
        annex=_annex(context),
    )


def _facts(context: UpdateContext, publisher: str, period: str) -> Iterator[tuple[str, str]]:
    say, number, records = context.words.say, context.words.number, context.dated
    yield say("update.title.publisher"), publisher
    yield say("update.title.period"), period
    yield say("update.head.records"), number(len(records))
    yield say("update.title.events"), number(len({one.event for one in records}))
    people = least_people(records)
    yield say("update.title.people"), say("update.people_least", n=people) if people else ""
    yield say("update.title.day"), context.words.day(context.day.isoformat())


def _sections(context: UpdateContext) -> Iterator[doc.Section]:
    if context.dated:
        yield key_figures(context)
        yield summary(context)
        yield from chapters(context)
        yield from (one for one in (groups(context), chronology(context)) if one.blocks)
    else:
        title = context.words.say("update.section.figures")
        yield doc.Section("figures", title, [doc.Note(context.words.say("update.nothing"))])
    if context.undated:  # they count in no figure
        blocks = [block for record in context.undated for block in told(context, record)]
        yield doc.Section("undated", context.words.say("update.section.undated"), blocks)
    yield method(context)


def _annex(context: UpdateContext) -> doc.Annex:
    words = context.words
    heads = ("number", "record", "version", "approved", "date", "place", "sources")
    return doc.Annex(
        words.say("update.section.annex"),
        words.say("update.table.annex"),
        [words.say(f"update.annex.{one}") for one in heads],
        [_reference(context, one) for one in (*context.dated, *context.undated)],
    )


def _reference(context: UpdateContext, record: UpdateRecord) -> doc.AnnexEntry:
    sources = []
    for one in record.instances("sources", "kind", "publisher", "date"):
        kind = context.label("source_kind", one["kind"]) if one["kind"] else ""
        date = context.words.date(one["date"]) if one["date"] else ""
        sources.append(", ".join(filter(None, (kind, one["publisher"], date))))
    return doc.AnnexEntry(
        number=context.numbers[record.ref],
        record=record.ref,
        version=str(record["version"]),
        approved=context.words.day(str(record["approved_on"])),
        date=context.date_of(record),
        place=context.place_of(record),
        sources=sources,
        links=list(dict.fromkeys(filter(None, (*record.listed("sources_link"), *record.listed("links"))))),
    )
