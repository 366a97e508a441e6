"""Charts of counts, each told in words too for whoever does not see it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter

from bot.services.country_update.composing.context import Context
from bot.services.country_update.document import Figure, Section, Statement, Table, TableLook
from bot.services.country_update.records import UpdateRecord
from bot.services.country_update.request import Months, months_of, span_of
from bot.services.statistics.figures import has_tile, short_name
from bot.services.statistics.pictures.bars import Bar, Heading, Series, lying_bars, standing_bars
from bot.services.statistics.pictures.tile_map import Tile, tile_map

Counted = Mapping[str, Sequence[UpdateRecord]]
"""Records by a code."""


def counted(records: Iterable[UpdateRecord], codes_of: Callable[[UpdateRecord], Iterable[str]]) -> Counted:
    """Records by each of their codes, the most frequent first, then in the order in which they came."""
    found: dict[str, list[UpdateRecord]] = {}
    for record in records:
        for code in dict.fromkeys(codes_of(record)):
            found.setdefault(code, []).append(record)
    return dict(sorted(found.items(), key=lambda one: -len(one[1])))


def least_people(
    records: Sequence[UpdateRecord], of: Callable[[UpdateRecord], int] = attrgetter("least_people")
) -> int:
    """People that records tell of, at least. Records of one incident and related cases may tell of the same people: of their
    numbers the largest counts, once."""
    return sum(max(map(of, those)) for those in together(records, "incident"))


def together(records: Sequence[UpdateRecord], *columns: str) -> Sequence[Sequence[UpdateRecord]]:
    """The records in sets: those of related cases, and those that say the same in one of these columns."""
    joined = _Joined()
    refs = {record.ref for record in records}
    for record in records:
        shared = [(name, record[name]) for name in columns if record[name]]
        related = [("record", ref) for ref in record.listed("related") if ref in refs]
        for other in (*shared, *related):
            joined.join(("record", record.ref), other)
    sets: dict[_Node, list[UpdateRecord]] = {}
    for record in records:
        sets.setdefault(joined.root(("record", record.ref)), []).append(record)
    return list(sets.values())


def row(
    context: Context, name: str, numbers: Sequence[int], records: Sequence[UpdateRecord]
) -> Sequence[Statement]:
    """A row of a table: a name and numbers, which come from these records; a dash where nobody gave one."""
    shown = (context.words.number(number) if number else "–" for number in numbers)
    return [context.statement(words, records) for words in (name, *shown)]


def counts(context: Context, caption: str, head: str, found: Counted, name: Callable[[str], str]) -> Table:
    """A table of counts by a code."""
    return Table(
        context.words.say(f"update.table.{caption}"),
        [context.words.say(f"update.head.{one}") for one in (head, "records", "references")],
        [row(context, name(code), [len(records)], records) for code, records in found.items()],
    )


_Node = tuple[str, str]
"""A record, an incident or an earlier event."""


class _Joined:
    """What belongs together, in sets that are disjoint (union-find)."""

    def __init__(self) -> None:
        self._above: dict[_Node, _Node] = {}

    def root(self, node: _Node) -> _Node:
        """The one of its set that stands for all."""
        while (above := self._above.get(node, node)) != node:
            self._above[node] = self._above.get(above, above)
            node = above
        return node

    def join(self, one: _Node, other: _Node) -> None:
        """Both sets are one."""
        self._above[self.root(other)] = self.root(one)


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


_NOBODY_KNOWS = "unknown"


def groups(context: Context) -> Section:
    """The groups by the number of records that tell of them, and of people at least."""
    found = counted(context.records.dated, _groups_of)
    words = context.words
    table = Table(
        words.say("update.table.groups"),
        [words.say(f"update.head.{one}") for one in ("group", "records", "people", "references")],
        [
            row(
                context,
                context.label("affected_groups", code),
                [len(records), least_people(records, partial(_people, code))],
                records,
            )
            for code, records in found.items()
        ],
        TableLook.GROUPS,
    )
    return Section("groups", words.say("update.section.groups"), [table] if found else [])


def _groups_of(record: UpdateRecord) -> Sequence[str]:
    codes = (code for one in record.listed("affected_groups") for code in one or ())
    return [code for code in codes if code != _NOBODY_KNOWS]


def _people(group: str, record: UpdateRecord) -> int:
    """The people at least of those who belong to a group."""
    instances = record.instances("affected", "groups", "number_min")
    return sum(one["number_min"] or 0 for one in instances if group in (one["groups"] or ()))
