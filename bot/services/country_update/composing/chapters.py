"""Every record of the period told under its heading: laws and policies, accountability and what became better, the three freedoms,
and what touches none of them. A record is told once; under another freedom that it concerns, it is named."""

from collections.abc import Iterator, Sequence

from bot.services.country_update.composing.context import LAW, PROGRESS, Context
from bot.services.country_update.composing.counting import counted
from bot.services.country_update.composing.telling import in_short, told
from bot.services.country_update.document import Block, Look, Paragraph, Section
from bot.services.country_update.records import UpdateRecord
from bot.services.export.columns.values import FREEDOMS

OTHER, LAWS, ACCOUNTABILITY = "other", "laws", "accountability"
_ORDER = (*FREEDOMS, OTHER, LAWS, ACCOUNTABILITY)


def heading_of(context: Context, record: UpdateRecord) -> str:
    """The key of the section that a record is told in."""
    if record.kind == LAW:
        return LAWS
    if record.kind in PROGRESS:
        return ACCOUNTABILITY
    return context.freedom_of(record) or OTHER


def chapters(context: Context) -> Iterator[Section]:
    """The sections that have something in them, in their order."""
    found = counted(context.records.dated, lambda one: [heading_of(context, one)])
    for key in _ORDER:
        own = found.get(key, ())
        told_here = set(own)
        elsewhere = [
            one for one in context.records.dated if key in one.listed("freedoms") and one not in told_here
        ]
        if own or elsewhere:
            yield Section(
                key, _title(context, key), list(_elsewhere(context, elsewhere)), _parts(context, key, own)
            )


def _title(context: Context, key: str) -> str:
    return context.label("rights", key) if key in FREEDOMS else context.words.say(f"update.section.{key}")


def _parts(context: Context, key: str, records: Sequence[UpdateRecord]) -> Sequence[Section]:
    """The records of a section by theme; those of accountability by kind."""
    if key == ACCOUNTABILITY:
        by_kind = counted(records, lambda one: [one.kind])
        return [
            _part(context, f"{key}.{code}", context.label("kind", code), by_kind[code])
            for code in PROGRESS
            if code in by_kind
        ]
    themes = counted(records, lambda one: [context.theme_of(one)])
    return [
        _part(context, f"{key}.{code}", context.theme(code) if code else _untold(context), found)
        for code, found in themes.items()
    ]


def _untold(context: Context) -> str:
    return context.words.say("update.no_theme")


def _part(context: Context, key: str, title: str, records: Sequence[UpdateRecord]) -> Section:
    return Section(key, title, [block for record in records for block in told(context, record)])


def _elsewhere(context: Context, records: Sequence[UpdateRecord]) -> Iterator[Block]:
    if records:
        yield Paragraph([context.statement(context.words.say("update.elsewhere"), records)])
        yield from (Paragraph([in_short(context, record)], Look.ITEM) for record in records)
