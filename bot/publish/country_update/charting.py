"""Charts of counts, each with a description in words for readers who do not see it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain, pairwise

from bot.publish import painting
from bot.publish.country_update.context import UpdateContext
from bot.publish.country_update.document import Figure, Statement, Table, TableLook
from bot.publish.country_update.request import Months, UpdateRecord, months_of, span_of
from bot.publish.statistics import has_tile, short_name

Counted = Mapping[str, Sequence[UpdateRecord]]

_Node = tuple[str, str]

_ONE, _SEVERAL = "#1f7a5c", "#8fc3ae"


def counted(
    records: Iterable[UpdateRecord], codes_of: Callable[[UpdateRecord], Iterable[str | None]]
) -> Counted:
    """Records by code, the most frequent first. An unknown code counts for nothing."""
    found: dict[str, list[UpdateRecord]] = {}
    for record in records:
        for code in dict.fromkeys(codes_of(record)):
            if code and code != "unknown":
                found.setdefault(code, []).append(record)
    return dict(sorted(found.items(), key=lambda one: -len(one[1])))


def least_people(records: Sequence[UpdateRecord], group: str = "") -> int:
    """Least number of people, or of those in a group. Of records of one incident and related cases only the largest
    number counts, since they may concern the same people; a person linked in several counts once."""
    same, linked = _Joined(), _Joined()
    for person in (one for record in records for one in record.persons):
        for one, other in pairwise(sorted(person.links)):
            same.join(("id", one), ("id", other))
    courses: list[tuple[int, set[_Node]]] = []
    for those in together(records, "incident"):
        people = (one for record in those for one in record.persons if one.links)
        known = {same.root(("id", min(one.links))) for one in people if not group or group in one.groups}
        for node in known:
            linked.join(("course", str(len(courses))), node)
        courses.append((max(_people(group, one) for one in those), known))
    sets: dict[_Node, list[tuple[int, set[_Node]]]] = {}
    for place, course in enumerate(courses):
        sets.setdefault(linked.root(("course", str(place))), []).append(course)
    return sum(map(_distinct, sets.values()))


def _distinct(courses: Sequence[tuple[int, set[_Node]]]) -> int:
    numbers, times = [number for number, _ in courses], Counter(one for _, known in courses for one in known)
    return max(*numbers, sum(numbers) - sum(number - 1 for number in times.values()))


def together(records: Sequence[UpdateRecord], *columns: str) -> Sequence[Sequence[UpdateRecord]]:
    """Group records of related cases, and those with an equal value in one of these columns."""
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
    context: UpdateContext, name: str, numbers: Sequence[int], records: Sequence[UpdateRecord]
) -> Sequence[Statement]:
    """Table row of a name and numbers that cites records. A dash stands for 0."""
    shown = (context.words.number(number) if number else "–" for number in numbers)
    return [context.statement(words, records) for words in (name, *shown)]


def counts(
    context: UpdateContext, caption: str, head: str, found: Counted, name: Callable[[str], str]
) -> Table:
    return Table(
        context.words.say(f"update.table.{caption}"),
        [context.words.say(f"update.head.{one}") for one in (head, "records", "references")],
        [row(context, name(code), [len(records)], records) for code, records in found.items()],
    )


class _Joined:
    def __init__(self) -> None:
        self._above: dict[_Node, _Node] = {}

    def root(self, node: _Node) -> _Node:
        while (above := self._above.get(node, node)) != node:
            self._above[node] = self._above.get(above, above)
            node = above
        return node

    def join(self, one: _Node, other: _Node) -> None:
        self._above[self.root(other)] = self.root(one)


def by_month(context: UpdateContext) -> Figure:
    """Chart of records by month or year. Those that span several have a column of their own, so each counts once."""
    records, months, today = context.dated, context.months, context.day.isoformat()[:7]
    months = Months(months.first, max(months.first, min(months.last, today)))
    step = "year" if len(list(months_of((months.since, months.until), months))) > 24 else "month"
    columns = _columns(records, months, len("YYYY") if step == "year" else len("YYYY-MM"))
    times = Counter(record for found in columns.values() for record in found)
    single = {record for record, number in times.items() if number == 1}
    numbers = {name: sum(one in single for one in found) for name, found in columns.items()}
    several = len(records) - len(single)
    legend = [
        painting.Series(context.words.say(f"update.chart.one_{step}"), _ONE, len(single)),
        painting.Series(context.words.say(f"update.chart.several_{step}"), _SEVERAL, several),
    ]
    bars = []
    for place, (name, number) in enumerate(numbers.items()):
        year, _, month = name.partition("-")
        below = year if month and (place == 0 or month == "01") else ""
        bars.append(painting.Bar(str(int(month or year)), (number, 0), below))
    if several:
        bars.append(painting.Bar("…", (0, several)))
    told = [(context.words.date(name), number) for name, number in numbers.items()]
    told.append((context.words.say(f"update.chart.several_{step}"), several))
    paint = partial(painting.standing_bars, bars=bars)
    return _figure(context, f"by_{step}", paint, told, records, legend)


def by_theme(context: UpdateContext, themes: Counted) -> Figure:
    told = [(context.theme(code), len(records)) for code, records in themes.items()]
    number = sum(number for _, number in told)
    legend = [painting.Series(context.words.say("update.head.records"), _ONE, number)]
    paint = partial(painting.lying_bars, bars=[painting.Bar(name, [number]) for name, number in told])
    return _figure(context, "by_theme", paint, told, chain.from_iterable(themes.values()), legend)


def by_region(context: UpdateContext, regions: Counted) -> Figure | None:
    """Tile map of records by region, None where no region has a tile."""
    choices, language = context.lists.choices["region"], context.words.language
    sizes = {code: len(found) for code, found in regions.items()}
    tiles = painting.tiles_of(choices, sizes, language)
    if not tiles:
        return None
    beside = [
        (short_name(choices[code], language) if code in choices else code, size)
        for code, size in sizes.items()
        if code not in choices or not has_tile(choices[code])
    ]
    told = [(context.label("region", code), size) for code, size in sizes.items()]
    paint = partial(painting.tile_map, tiles=tiles, beside=beside)
    return _figure(context, "by_region", paint, told, chain.from_iterable(regions.values()))


def _figure(
    context: UpdateContext,
    name: str,
    paint: Callable[[painting.ChartHeading], bytes],
    numbers: Sequence[tuple[str, int]],
    records: Iterable[UpdateRecord],
    legend: Sequence[painting.Series] = (),
) -> Figure:
    say, title = context.words.say, context.words.say(f"update.chart.{name}")
    told = (f"{name}: {context.words.number(number)}" for name, number in numbers if number)
    alt = context.words.fact(title, context.words.listed(told))
    heading = painting.ChartHeading(title, legend=legend)
    return Figure(partial(paint, heading), alt, context.statement(say("update.chart.source"), records))


def _columns(
    records: Sequence[UpdateRecord], months: Months, length: int
) -> Mapping[str, Sequence[UpdateRecord]]:
    every = months_of((months.since, months.until), months)
    found: dict[str, list[UpdateRecord]] = {month[:length]: [] for month in every}
    for record in records:
        # A record from before the period is in it for its outcomes.
        dates = [record.date] if record.date and list(months_of(span_of(record.date), months)) else []
        spans = [span_of(date) for date in dates or record.dates_of_outcomes]
        names = (month[:length] for span in spans for month in months_of(span, months))
        for name in dict.fromkeys(names):
            found[name].append(record)
    return found


def groups(context: UpdateContext) -> Table:
    words, found = context.words, counted(context.dated, lambda one: one.groups)
    head = [words.say(f"update.head.{one}") for one in ("group", "records", "people", "references")]
    rows = [
        row(context, context.label("affected_groups", code), [len(those), least_people(those, code)], those)
        for code, those in found.items()
    ]
    return Table(words.say("update.table.groups"), head, rows, TableLook.GROUPS)


def _people(group: str, record: UpdateRecord) -> int:
    if not group:
        return record.least_people
    instances = record.instances("affected", "groups", "number_min")
    return sum(one["number_min"] or 0 for one in instances if group in (one["groups"] or ()))
