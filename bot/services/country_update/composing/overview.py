"""Key figures and their summary by freedom."""

from collections.abc import Iterator, Sequence

from bot.services.country_update.composing import charting
from bot.services.country_update.composing.charting import Counted, counted, counts, least_people, row
from bot.services.country_update.composing.context import ALLEGED, Context
from bot.services.country_update.document import Block, Paragraph, Section, Statement, Table
from bot.services.country_update.records import UpdateRecord
from bot.services.export.columns.values import FREEDOMS


def key_figures(context: Context) -> Section:
    records = context.records.dated
    themes = counted(records, lambda one: filter(None, [context.theme_of(one)]))
    regions = counted(records, lambda one: filter(None, [one["region"]]))
    statuses = counted(records, lambda one: filter(None, one.listed("outcomes_status")))
    found = (
        Paragraph(list(_sentences(context))),
        _figures(context),
        charting.by_month(context),
        charting.by_theme(context, themes) if themes else None,
        counts(context, "themes", "theme", themes, context.theme),
        charting.by_region(context, regions) if regions else None,
        counts(context, "regions", "place", regions, lambda code: context.label("region", code)),
        counts(
            context,
            "outcomes",
            "outcome",
            {code: found for code, found in statuses.items() if code != "unknown"},
            lambda code: context.label("outcome_status", code),
        ),
    )
    blocks: list[Block] = [one for one in found if one is not None and not _is_empty(one)]
    return Section("figures", context.words.say("update.section.figures"), blocks)


def _is_empty(block: Block) -> bool:
    return isinstance(block, Table) and not block.rows


def _sentences(context: Context) -> Iterator[Statement]:
    records, say = context.records.dated, context.words.say
    yield context.statement(say("update.figures.records", n=len(records)), records)
    alleged = [one for one in records if one["assertion"] == ALLEGED]
    if alleged:
        yield context.statement(say("update.figures.alleged", n=len(alleged)), alleged)
    yield context.statement(say("update.figures.events", n=len({one.event for one in records})), records)
    counting = [one for one in records if one.least_people]
    if counting:
        yield context.statement(say("update.figures.people", n=least_people(counting)), counting)


def _figures(context: Context) -> Table:
    records, words = context.records.dated, context.words
    kinds = counted(records, lambda one: [one.kind])
    freedoms = counted(records, lambda one: one.listed("freedoms"))
    none = [one for one in records if not one.listed("freedoms")]
    named: list[tuple[str, Sequence[UpdateRecord]]] = [
        (words.say("update.head.records"), records),
        *((context.label("kind", code), found) for code, found in kinds.items()),
        *((context.label("rights", code), freedoms[code]) for code in FREEDOMS if code in freedoms),
        *([(words.say("update.section.other"), none)] if none else []),
    ]
    rows = [row(context, name, [len(found)], found) for name, found in named if found]
    counting = [one for one in records if one.least_people]
    if counting:
        rows.append(row(context, words.say("update.figures.people_row"), [least_people(counting)], counting))
    head = [words.say(f"update.head.{one}") for one in ("figure", "number", "references")]
    return Table(words.say("update.table.figures"), head, rows)


def summary(context: Context) -> Section:
    records = context.records.dated
    freedoms = counted(records, lambda one: one.listed("freedoms"))
    parts: list[tuple[str, Sequence[UpdateRecord]]] = [
        (context.label("rights", code), freedoms[code]) for code in FREEDOMS if code in freedoms
    ]
    none = [one for one in records if not one.listed("freedoms")]
    if none:
        parts.append((context.words.say("update.section.other"), none))
    blocks = [Paragraph(list(_summed(context, name, found))) for name, found in parts]
    return Section("summary", context.words.say("update.section.summary"), blocks)


def _summed(context: Context, name: str, records: Sequence[UpdateRecord]) -> Iterator[Statement]:
    words = context.words
    yield context.fact(name, words.say("update.records", n=len(records)), records)
    themes: Counted = counted(records, lambda one: filter(None, [context.theme_of(one)]))
    if themes:
        said = words.listed(
            f"{context.theme(code)} – {words.number(len(found))}" for code, found in themes.items()
        )
        yield context.fact(words.say("update.themes"), said, records)
    alleged = [one for one in records if one["assertion"] == ALLEGED]
    if alleged:
        yield context.statement(words.say("update.figures.alleged", n=len(alleged)), alleged)
