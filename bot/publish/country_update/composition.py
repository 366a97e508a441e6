"""The whole document, section by section: figures, chapters, method and annexes. Records that belong together are one
story, the important first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.languages import name_of
from bot.publish.country_update import charting, sentences
from bot.publish.country_update import document as doc
from bot.publish.country_update.charting import counted, counts, groups, least_people, row, together
from bot.publish.country_update.context import ALLEGED, LAW, PROGRESS, UpdateContext
from bot.publish.country_update.request import UpdateRecord, UpdateRequest, by_time, span_of, touches
from bot.publish.country_update.telling import chronology, dated, facts, in_short, index, outcome, outcomes
from bot.publish.export.column_values import FREEDOMS
from bot.publish.export.selection import FEWEST_TOLD
from bot.publish.own_texts import OwnPart
from bot.settings import worded

OTHER, LAWS, ACCOUNTABILITY = "other", "laws", "accountability"
_ITEM = doc.ParagraphStyle.ITEM
_ORDER = (*FREEDOMS, OTHER, LAWS, ACCOUNTABILITY)


Story = Sequence[UpdateRecord]
"""Records of one incident, related cases and those after one earlier event, by time."""


def stories(context: UpdateContext) -> Sequence[Story]:
    """Stories of the period, the most important first: by people, gravity, whether new, and time."""
    found = [
        sorted(one, key=lambda record: (by_time(record)[:2], _rank(context, record)))
        for one in together(context.dated, "incident", "underlying_event")
    ]
    return sorted(found, key=lambda one: (-least_people(one), *_rank(context, lead(context, one))[1:]))


def lead(context: UpdateContext, story: Story) -> UpdateRecord:
    """Most important record of a story, which decides where the story stands."""
    return min(story, key=lambda one: _rank(context, one))


def _rank(context: UpdateContext, record: UpdateRecord) -> tuple[int, int, bool, int]:
    """Rank of a record. The graver violation stands earlier in its list."""
    codes = list(context.lists.choices["violations"])
    primary = record["violation_primary"]
    gravity = codes.index(primary) if primary in codes else len(codes)
    return -record.least_people, gravity, record.ref in context.earlier.last, context.numbers[record.ref]


def paragraphs(context: UpdateContext, story: Story) -> Iterator[doc.Paragraph]:
    """An earlier event that all share, then the summaries of each incident or set of related cases, and its facts."""
    shared = sentences.shared_event(context, story)
    if shared:
        yield doc.Paragraph(shared)
    for those in together(story, "incident"):
        yield doc.Paragraph([one for record in those for one in _summed_up(context, record)])
        if below := [one for record in those for one in sentences.facts(context, record, earlier=not shared)]:
            yield doc.Paragraph(below, doc.ParagraphStyle.FACTS)


def _summed_up(context: UpdateContext, record: UpdateRecord) -> Iterator[doc.Statement]:
    headline = context.headline(record)
    words = headline.words if headline.words.endswith((".", "!", "?", "…")) else f"{headline.words}."
    *others, last = [replace(headline, words=words, name=words), *sentences.summary(context, record)]
    addresses = (*record.listed("sources_link"), *record.listed("links"))
    is_web = (one for one in addresses if one and one.lower().startswith(("https://", "http://")))
    yield from others
    yield replace(last, link=next(is_web, ""))


def new_since(context: UpdateContext) -> doc.Section:
    words, earlier = context.words, context.earlier
    blocks: list[doc.Block] = []
    if earlier.months is None:
        blocks.append(doc.Note(words.say("update.new.first")))
    else:
        new = [one for one in context.dated if one.ref not in earlier.last]
        period = words.months(earlier.months.first, earlier.months.last)
        said = words.say("update.new.records", n=len(new), period=period)
        blocks.append(doc.Paragraph([context.statement(said, new)]) if new else doc.Note(said))
        if len(new) < len(context.dated):
            blocks += [doc.Paragraph([in_short(context, one)], _ITEM) for one in new]
    return _section(context, "new", blocks)


def _section(context: UpdateContext, key: str, blocks: Sequence[doc.Block]) -> doc.Section:
    return doc.Section(key, context.words.say(f"update.section.{key}"), blocks)


def became(context: UpdateContext) -> doc.Section:
    """Later news of cases from before the period, and of those in earlier updates that have a newer version."""
    since = context.months.since
    items: list[doc.Block] = [
        doc.Paragraph([_followed(context, one)], _ITEM)
        for one in context.dated
        if one in context.changed or (one.date and span_of(one.date)[1] < since)
    ]
    elsewhere = {*context.dated, *context.undated}
    told = [
        one for record in context.changed if record not in elsewhere for one in paragraphs(context, [record])
    ]
    return _section(context, "became", [*items, *told])


def _followed(context: UpdateContext, record: UpdateRecord) -> doc.Statement:
    dated = [one for one in outcomes(record) if one["date"] and touches(span_of(one["date"]), context.months)]
    headline = context.headline(record)
    said = context.words.listed(outcome(context, one) for one in dated)
    return replace(headline, words=f"{headline.words} – {said}" if said else headline.words)


def tables(context: UpdateContext, request: UpdateRequest) -> doc.Section:
    records = context.dated
    themes = counted(records, lambda one: [context.theme_of(one)])
    regions = counted(records, lambda one: [one["region"]])
    statuses = counted(records, lambda one: one.listed("outcomes_status"))
    found = (
        _figures(context),
        charting.by_month(context),
        charting.by_theme(context, themes) if themes else None,
        counts(context, "themes", "theme", themes, context.theme),
        charting.by_region(context, regions) if regions else None,
        counts(context, "regions", "place", regions, lambda code: context.label("region", code)),
        counts(context, "outcomes", "outcome", statuses, lambda code: context.label("outcome_status", code)),
        groups(context),
    )
    shown = {doc.Figure: request.has_charts, doc.Table: request.has_tables}
    blocks: list[doc.Block] = [
        one
        for one in found
        if one is not None and shown[type(one)] and not (isinstance(one, doc.Table) and not one.rows)
    ]
    return _section(context, "tables", blocks)


def key_figures(context: UpdateContext) -> Iterator[doc.Statement]:
    """Sentences that count the records."""
    records, say = context.dated, context.words.say
    yield context.statement(say("update.figures.records", n=len(records)), records)
    if alleged := [one for one in records if one["assertion"] == ALLEGED]:
        yield context.statement(say("update.figures.alleged", n=len(alleged)), alleged)
    if (events := len({one.event for one in records})) < len(records):
        yield context.statement(say("update.figures.events", n=events), records)
    counting = [one for one in records if one.least_people]
    if counting:
        yield context.statement(say("update.figures.people", n=least_people(counting)), counting)
    for name, found in _by_freedom(context):
        yield context.fact(name, say("update.records", n=len(found)), found)


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


def _by_freedom(context: UpdateContext) -> Iterator[tuple[str, Sequence[UpdateRecord]]]:
    """Name and records of each freedom concerned, then of those that concern none."""
    records = context.dated
    freedoms = counted(records, lambda one: one.listed("freedoms"))
    yield from ((context.label("rights", code), freedoms[code]) for code in FREEDOMS if code in freedoms)
    if none := [one for one in records if not one.listed("freedoms")]:
        yield context.words.say("update.section.other"), none


def chapters(context: UpdateContext, request: UpdateRequest) -> Iterator[doc.Section]:
    """Sections of the body. A story stands where its most important record belongs."""
    say, found = context.words.say, dict[str, list[Story]]()
    by_kind = {LAW: LAWS, **dict.fromkeys(PROGRESS, ACCOUNTABILITY)}
    for story in stories(context):
        first = lead(context, story)
        key = by_kind.get(first.kind) or context.freedom_of(first) or OTHER
        found.setdefault(key, []).append(story)
    for key in _ORDER:
        own = found.get(key, ())
        told_here = {record for one in own for record in one}
        elsewhere = [one for one in context.dated if key in one.listed("freedoms") and one not in told_here]
        if own or elsewhere:
            title = context.label("rights", key) if key in FREEDOMS else say(f"update.section.{key}")
            blocks: list[doc.Block] = []
            if elsewhere and request.is_full:
                blocks.append(doc.Paragraph([context.statement(say("update.elsewhere"), elsewhere)]))
                blocks += [doc.Paragraph([in_short(context, one)], _ITEM) for one in elsewhere]
            parts = _parts(context, key, own)
            if request.is_full:
                yield doc.Section(key, title, blocks, parts)
            else:  # the key figures cite the other records of a freedom
                yield doc.Section(key, title, [block for one in parts for block in one.blocks])


def _parts(context: UpdateContext, key: str, found: Sequence[Story]) -> Sequence[doc.Section]:
    """Parts of a section by theme, the one with the most important story first."""
    themes: dict[str, list[doc.Block]] = {}
    for story in found:
        first = lead(context, story)
        theme = first.kind if key == ACCOUNTABILITY else context.theme_of(first)
        themes.setdefault(theme, []).extend(paragraphs(context, story))

    def title(code: str) -> str:
        if key == ACCOUNTABILITY:
            return context.label("kind", code)
        return context.theme(code) if code else context.words.say("update.no_theme")

    return [doc.Section(f"{key}.{code}", title(code), blocks) for code, blocks in themes.items()]


def method(context: UpdateContext, request: UpdateRequest) -> doc.Section:
    notes = list(_notes(context, request))
    told = [doc.Note(one) for one in (notes if request.is_full else [" ".join(notes)])]
    return _section(context, "method", told)


def _notes(context: UpdateContext, request: UpdateRequest) -> Iterator[str]:
    settings, withheld, say = context.settings, context.withheld, context.words.say
    yield say("update.method.source")
    if request.is_full:
        languages = ", ".join(map(name_of, settings.languages))
        yield say("update.method.asked", n=context.questions, languages=languages)
        yield say("update.method.approved", n=settings.approvals)
        if settings.approvals_named > settings.approvals:
            yield say("update.method.approved_named", n=settings.approvals_named)
        yield say("update.method.assertion")
        yield say("update.method.period")
    if context.undated:
        yield say("update.method.undated", n=len(context.undated))
    if request.is_full:
        yield say("update.method.people")
        yield say("update.method.language")
    shared, counted = (_few(context, number) for number in (withheld.shared, withheld.counted))
    yield say("update.method.withheld", shared=shared, counted=counted)


def _few(context: UpdateContext, number: int) -> str:
    """Number in words. One so small that it, or a change of it, could identify a person is only called small."""
    return context.words.number(number) if number >= FEWEST_TOLD else context.words.say("update.fewer")


def compose(context: UpdateContext, request: UpdateRequest) -> doc.Document:
    words, publisher = context.words, worded(context.settings.organisation, context.words.language)
    period = words.months(context.months.first, context.months.last)
    sections = doc.numbered(one for one in _sections(context, request) if one.blocks or one.parts)
    return doc.Document(
        language=words.language,
        title=words.say("update.title"),
        publisher=publisher,
        period=period,
        day=context.day.isoformat(),
        facts=[
            (name, value)
            for name, value in _facts(context, publisher, period, is_full=request.is_full)
            if value
        ],
        contents=words.say("update.contents"),
        reference=words.say("update.reference"),
        page=words.say("update.page", number=doc.PAGE_NUMBER),
        sections=sections,
        annex=_annex(context, len(sections) + 1),
        source=words.say("update.source"),
        is_full=request.is_full,
    )


def _facts(
    context: UpdateContext, publisher: str, period: str, *, is_full: bool
) -> Iterator[tuple[str, str]]:
    say, number, records = context.words.say, context.words.number, context.dated
    yield say("update.title.publisher"), publisher
    yield say("update.title.period"), period
    yield say("update.title.day"), context.words.day(context.day.isoformat())
    if not is_full:  # the key figures say the rest
        return
    yield say("update.head.records"), number(len(records))
    events = len({one.event for one in records})
    yield say("update.title.events"), number(events) if events < len(records) else ""
    people = least_people(records)
    yield say("update.title.people"), say("update.people_least", n=people) if people else ""


def _sections(context: UpdateContext, request: UpdateRequest) -> Iterator[doc.Section]:
    is_full = request.is_full
    yield _own(context, OwnPart.INTRODUCTION)
    yield _own(context, OwnPart.CONTEXT)
    if context.dated:
        figures = doc.Paragraph(list(key_figures(context)))
        yield _section(context, "figures", [figures, doc.Note(context.words.say("update.below"))])
        if is_full or context.earlier.months is not None:
            yield new_since(context)
        yield from chapters(context, request)
    else:
        yield _section(context, "figures", [doc.Note(context.words.say("update.nothing"))])
    yield became(context)
    if context.undated:  # they count in no figure
        blocks = [one for record in context.undated for one in paragraphs(context, [record])]
        yield _section(context, "undated", blocks)
    yield _own(context, OwnPart.CONCLUSIONS)
    yield method(context, request)
    if context.dated:
        yield tables(context, request)
    if is_full and context.dated:
        yield chronology(context)
    told = [one for record in context.everything for one in facts(context, record)]
    yield _section(context, "facts", told if is_full else index(context))


def _own(context: UpdateContext, part: OwnPart) -> doc.Section:
    lines = context.own[part].lines if part in context.own else ()
    return _section(context, part, [doc.Note(line) for line in lines])


def _annex(context: UpdateContext, number: int) -> doc.Annex:
    words = context.words
    heads = ("number", "record", "version", "approved", "date", "place", "sources", "title")
    cited: dict[tuple[str, str], int] = {}
    references = [_reference(context, one, cited) for one in context.everything]
    return doc.Annex(
        f"{number} {words.say('update.section.annex')}",
        words.say("update.table.annex"),
        [words.say(f"update.annex.{one}") for one in heads],
        references,
        words.say("update.table.sources"),
        [doc.AnnexSource(number, named, link) for (named, link), number in cited.items()],
    )


def _reference(
    context: UpdateContext, record: UpdateRecord, cited: dict[tuple[str, str], int]
) -> doc.AnnexEntry:
    """Annex entry of a record. Its sources get numbers in `cited`."""
    sources = []
    named: list[tuple[str, str]] = []
    for one in record.instances("sources", "kind", "publisher", "date", "link"):
        kind = context.label("source_kind", one["kind"]) if one["kind"] else ""
        date = context.words.date(one["date"]) if one["date"] else ""
        sources.append(", ".join(filter(None, (kind, one["publisher"], date))))
        named.append((sources[-1], one["link"] or ""))
    links = list(dict.fromkeys(filter(None, (*record.listed("sources_link"), *record.listed("links")))))
    named += [("", link) for link in links if link not in {address for _, address in named}]
    return doc.AnnexEntry(
        number=context.numbers[record.ref],
        record=record.ref,
        version=str(record["version"]),
        approved=context.words.day(str(record["approved_on"])),
        date=dated(context, record),
        place=context.place_of(record, short=True),
        sources=sources,
        links=links,
        title=context.headline(record).words,
        cited=[cited.setdefault(one, len(cited) + 1) for one in dict.fromkeys(named) if any(one)],
    )
