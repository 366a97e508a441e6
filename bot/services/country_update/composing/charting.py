"""Charts of counts, each told in words too for whoever does not see it."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from bot.services.country_update.composing.context import Context
from bot.services.country_update.composing.counting import Counted
from bot.services.country_update.document import Figure
from bot.services.country_update.records import UpdateRecord
from bot.services.country_update.request import Months
from bot.services.country_update.spans import months_of, span_of
from bot.services.statistics.pictures.bars import Bar, lying_bars, standing_bars
from bot.services.statistics.pictures.heading import Heading, Series
from bot.services.statistics.pictures.tile_map import Tile, tile_map
from bot.services.statistics.places import has_tile, short_name

_ONE, _SEVERAL = "#1f7a5c", "#8fc3ae"
_MOST_MONTHS = 24
"""Columns that a picture has room for: of a longer period, years are shown."""


def by_month(context: Context) -> Figure:
    """Records by month, or by year; those that last longer than that in a column of their own, so that each counts once."""
    records = context.records.dated
    columns = _columns(context, records)
    times = Counter(record for found in columns.values() for record in found)
    single = {record for record, number in times.items() if number == 1}
    numbers = {name: sum(one in single for one in found) for name, found in columns.items()}
    several = len(records) - len(single)
    step = "year" if _is_long(_shown(context)) else "month"
    legend = [
        Series(context.words.say(f"update.chart.one_{step}"), _ONE, len(single)),
        Series(context.words.say(f"update.chart.several_{step}"), _SEVERAL, several),
    ]
    bars = [
        _bar(name, (numbers[name], 0), place == 0 or name.endswith("-01"))
        for place, name in enumerate(numbers)
    ]
    if several:
        bars.append(Bar("…", (0, several)))
    title = context.words.say(f"update.chart.by_{step}")
    told = [(context.words.date(name), number) for name, number in numbers.items()]
    told.append((context.words.say(f"update.chart.several_{step}"), several))
    return _figure(
        context,
        partial(standing_bars, Heading(title, legend=legend), bars),
        title,
        [(name, number) for name, number in told if number],
        records,
    )


def by_theme(context: Context, themes: Counted) -> Figure:
    """Records by what they mainly are about."""
    title = context.words.say("update.chart.by_theme")
    numbers = [(context.theme(code), len(records)) for code, records in themes.items()]
    legend = [Series(context.words.say("update.head.records"), _ONE, sum(number for _, number in numbers))]
    paint = partial(
        lying_bars, Heading(title, legend=legend), [Bar(name, [number]) for name, number in numbers]
    )
    return _figure(context, paint, title, numbers, [one for found in themes.values() for one in found])


def by_region(context: Context, regions: Counted) -> Figure | None:
    """Records by region, on the tile map; None where the list of regions has none."""
    choices, language = context.lists.regions, context.words.language
    tiles = [
        Tile(
            int(one.columns["tile_column"]),
            int(one.columns["tile_row"]),
            short_name(one, language),
            len(regions.get(code, ())),
        )
        for code, one in choices.items()
        if has_tile(one)
    ]
    if not tiles:
        return None
    title = context.words.say("update.chart.by_region")
    beside = [
        (short_name(choices[code], language) if code in choices else code, len(found))
        for code, found in regions.items()
        if code not in choices or not has_tile(choices[code])
    ]
    numbers = [(context.label("region", code), len(found)) for code, found in regions.items()]
    return _figure(
        context,
        partial(tile_map, Heading(title), tiles, beside),
        title,
        numbers,
        [one for found in regions.values() for one in found],
    )


def _figure(
    context: Context,
    paint: Callable[[], bytes],
    title: str,
    numbers: Sequence[tuple[str, int]],
    records: Sequence[UpdateRecord],
) -> Figure:
    told = context.words.listed(f"{name}: {context.words.number(number)}" for name, number in numbers)
    return Figure(
        paint,
        context.words.fact(title, told),
        context.statement(context.words.say("update.chart.source"), records),
    )


def _shown(context: Context) -> Months:
    """The months of the period that had begun on the day of the data."""
    months, today = context.about.months, context.about.day.isoformat()[:7]
    return Months(months.first, max(months.first, min(months.last, today)))


def _is_long(months: Months) -> bool:
    return len(list(months_of((months.since, months.until), months))) > _MOST_MONTHS


def _columns(context: Context, records: Sequence[UpdateRecord]) -> dict[str, list[UpdateRecord]]:
    """The records of each month or year, by its name."""
    months = _shown(context)
    length = len("YYYY") if _is_long(months) else len("YYYY-MM")
    found: dict[str, list[UpdateRecord]] = {
        month[:length]: [] for month in months_of((months.since, months.until), months)
    }
    for record in records:
        # One that was before the period came by what became of it then.
        dates = [record.date] if record.date and list(months_of(span_of(record.date), months)) else []
        spans = [span_of(date) for date in dates or record.dates_of_outcomes]
        names = (month[:length] for span in spans for month in months_of(span, months))
        for name in dict.fromkeys(names):
            found[name].append(record)
    return found


def _bar(name: str, values: Sequence[int], is_first: bool) -> Bar:
    """A column over the number of its month, and the year where that is new."""
    if len(name) == len("YYYY"):
        return Bar(name, values)
    return Bar(str(int(name[5:])), values, name[:4] if is_first else "")
