"""Stories: records that belong together in one paragraph, the important first, and what is new since the last
update."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.publish.country_update import sentences
from bot.publish.country_update.charting import least_people, together
from bot.publish.country_update.context import UpdateContext
from bot.publish.country_update.document import Block, Note, Paragraph, ParagraphStyle, Section, Statement
from bot.publish.country_update.request import UpdateRecord, by_time, span_of, touches
from bot.publish.country_update.telling import in_short, outcome, outcomes

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


def paragraph(context: UpdateContext, story: Story) -> Paragraph:
    return Paragraph([one for record in story for one in _told(context, record)])


def _told(context: UpdateContext, record: UpdateRecord) -> Iterator[Statement]:
    headline = context.headline(record, marked=sentences.grammar(context.words.language) is None)
    words = headline.words if headline.words.endswith((".", "!", "?", "…")) else f"{headline.words}."
    *others, last = [replace(headline, words=words, name=words), *sentences.paragraph(context, record)]
    addresses = (*record.listed("sources_link"), *record.listed("links"))
    is_web = (one for one in addresses if one and one.lower().startswith(("https://", "http://")))
    yield from others
    yield replace(last, link=next(is_web, ""))


def new_since(context: UpdateContext) -> Section:
    words, earlier = context.words, context.earlier
    blocks: list[Block] = []
    if earlier.months is None:
        blocks.append(Note(words.say("update.new.first")))
    else:
        new = [one for one in context.dated if one.ref not in earlier.last]
        period = words.months(earlier.months.first, earlier.months.last)
        said = words.say("update.new.records", n=len(new), period=period)
        blocks.append(Paragraph([context.statement(said, new)]) if new else Note(said))
        if len(new) < len(context.dated):
            blocks += [Paragraph([in_short(context, one)], ParagraphStyle.ITEM) for one in new]
    return Section("new", words.say("update.section.new"), blocks)


def became(context: UpdateContext) -> Section:
    """What followed cases from before the period, and those of earlier updates that have a newer version."""
    items: list[Block] = [
        Paragraph([_followed(context, one)], ParagraphStyle.ITEM)
        for one in context.dated
        if _is_from_before(context, one) or one in context.changed
    ]
    told = [paragraph(context, [one]) for one in context.changed if one not in context.dated]
    return Section("became", context.words.say("update.section.became"), [*items, *told])


def _is_from_before(context: UpdateContext, record: UpdateRecord) -> bool:
    return bool(record.date) and span_of(str(record.date))[1] < context.months.since


def _followed(context: UpdateContext, record: UpdateRecord) -> Statement:
    dated = [one for one in outcomes(record) if one["date"] and touches(span_of(one["date"]), context.months)]
    headline = context.headline(record)
    said = context.words.listed(outcome(context, one) for one in dated)
    return replace(headline, words=f"{headline.words} – {said}" if said else headline.words)
