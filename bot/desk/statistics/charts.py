"""Statistics as text and charts in one language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain

from bot.chat.renderer import Renderer
from bot.form.kinds.calendar import date_phrase
from bot.form.model import Choice, Form
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.publish.statistics.painting import (
    Bar,
    ChartHeading,
    Series,
    Tile,
    lying_bars,
    standing_bars,
    tile_map,
    tiles_of,
)
from bot.publish.statistics.service import (
    COUNTED,
    Counts,
    Delays,
    Figures,
    PeriodLength,
    Standing,
    choices_of,
    has_tile,
    short_name,
)
from bot.store.unit import HOURS_A_DAY

_HOURS_SHOWN = 48


def name_of(choices: Mapping[str, Choice], code: str) -> Phrase:
    """Label of a code. A code that the form no longer has stands for itself, and "" gets its own text."""
    if not code:
        return Key("moderator.stats.untold")
    return Label(choices[code].label) if code in choices else Said(code)


def place_name(choices: Mapping[str, Choice], code: str, language: str) -> Phrase:
    """Label of a region's code. An answer without a tile on the map has its short name, not a wording of
    reporters such as "I don't know"."""
    if code in choices and not has_tile(choices[code]):
        return Said(short_name(choices[code], language))
    return name_of(choices, code)


def lasting(hours: int) -> Phrase:
    if hours >= _HOURS_SHOWN:
        return Key("moderator.age.days", {"n": hours // HOURS_A_DAY})
    return Key("moderator.age.hours", {"n": hours}) if hours else Key("moderator.stats.under_an_hour")


def beginning(day: date) -> Phrase:
    return date_phrase(day.isoformat())


def span_name(step: PeriodLength, day: date) -> Phrase:
    return Key(f"moderator.stats.span.{step}", {"day": beginning(day)})


MOST_NAMED, MOST_CAPTION = 5, 1000
"""Most lines of a kind, and most characters of a caption, which Telegram limits to 1024."""


def paragraphs(figures: Figures, form: Form, language: str) -> Iterator[Phrase]:
    """Paragraphs of the message. `form` is the reporters'."""
    total = figures.total
    yield Key("moderator.stats.title", {"span": span_name(figures.span.step, figures.span.days[0])})
    counts: dict[str, Phrase | str | int] = {f"{one}": total[one] for one in Standing}
    yield Key("moderator.stats.total", {"number": sum(total.values()), **counts})
    yield from decided(figures)
    yield undecided(figures)
    kinds, places = choices_of(form, "category"), choices_of(form, "region")
    yield from _most("moderator.stats.categories", figures.categories, lambda code: name_of(kinds, code))
    yield from _most(
        "moderator.stats.regions", figures.regions, lambda code: place_name(places, code, language)
    )


def decided(figures: Figures) -> Iterator[Phrase]:
    delays = figures.approved_after + figures.rejected_after
    if delays.number:
        half, most = lasting(delays.within(5)), lasting(delays.within(9))
        yield Key("moderator.stats.decided", {"number": delays.number, "half": half, "most": most})


def undecided(figures: Figures) -> Phrase:
    found = figures.undecided
    if not found.number:
        return Key("moderator.stats.all_decided")
    facts: dict[str, Phrase | str | int] = {
        "number": found.number, "urgent": found.urgent.number, "queued": found.queued, "held": found.held,
        "waiting": found.queued + found.held, "aside": found.aside, "oldest": lasting(found.oldest),
    }  # fmt: skip
    return Key("moderator.stats.undecided", facts)


def _most(title: str, counts: Mapping[str, Counts], named: Callable[[str], Phrase]) -> Iterator[Phrase]:
    numbers = sorted(
        ((sum(of.values()), code) for code, of in counts.items()), key=lambda one: (-one[0], one[1])
    )
    lines = [
        Key("moderator.stats.line", {"name": named(code), "number": number})
        for number, code in numbers[:MOST_NAMED]
    ]
    if lines:
        yield Joined((Key(title), *lines), "\n")


_COLORS: Mapping[Standing, str] = {
    Standing.APPROVED: "#1f7a5c",
    Standing.WAITING: "#f2a93b",
    Standing.REJECTED: "#8d99a6",
    Standing.OVER: "#cfd6dc",
}
_URGENT = "#c8402f"
_MOST_BARS = 11


def _told(part: Bar | Tile | tuple[str, int]) -> tuple[str, int]:
    match part:
        case Bar():
            return " ".join(filter(None, (part.label, part.below))), part.total
        case Tile():
            return part.name, part.number
    return part


@dataclass(frozen=True, slots=True)
class Charts:
    """Charts of some figures. `form` is the reporters'."""

    figures: Figures
    form: Form
    renderer: Renderer
    language: str

    def picture(self, name: str) -> bytes:
        """Chart by its name in `chat.PICTURES`, as PNG."""
        return self._chart(name)()

    def caption(self, name: str) -> str:
        """Chart in words, with its numbers, for a person who does not see it."""
        heading, *parts = self._chart(name).args
        facts = [f"{label}: {number}" for label, number in map(_told, chain(*parts)) if number]
        lines = [heading.title, *heading.lines, *(one.label for one in heading.legend), ", ".join(facts)]
        return "\n".join(line for line in lines if line)[:MOST_CAPTION]

    def _chart(self, name: str) -> partial[bytes]:
        charts: Mapping[str, Callable[[], partial[bytes]]] = {
            "periods": self._periods, "categories": self._categories, "regions": self._regions,
            "decisions": self._decisions, "waiting": self._undecided,
        }  # fmt: skip
        return charts[name]()

    def _periods(self) -> partial[bytes]:
        figures, order = self.figures, (Standing.APPROVED, Standing.WAITING, Standing.REJECTED, Standing.OVER)
        heading = self._heading(
            "periods",
            [self._dates, self._text(Key("moderator.stats.sent", {"number": sum(figures.total.values())}))],
            [self._series(one, figures.total[one]) for one in order],
        )
        bars = [
            self._column(place, [counts.get(one, 0) for one in order])
            for place, counts in enumerate(figures.periods)
        ]
        return partial(standing_bars, heading, bars)

    def _categories(self) -> partial[bytes]:
        counts = self.figures.categories
        heading = self._counted("categories", counts)
        return partial(lying_bars, heading, list(self._ranked(counts, choices_of(self.form, "category"))))

    def _regions(self) -> partial[bytes]:
        counts, choices = self.figures.regions, choices_of(self.form, "region")
        numbers = {code: sum(counts.get(code, {}).values()) for code in [*choices, *counts]}
        tiles = tiles_of(choices, numbers, self.language)
        if not tiles:
            return partial(lying_bars, self._counted("regions", counts), list(self._ranked(counts, choices)))
        beside = [
            (self._text(place_name(choices, code, self.language)), number)
            for code, number in numbers.items()
            if number and not (code in choices and has_tile(choices[code]))
        ]
        total = Key("moderator.stats.counted", {"number": sum(numbers.values())})
        return partial(tile_map, self._heading("regions", [self._dates, self._text(total)]), tiles, beside)

    def _decisions(self) -> partial[bytes]:
        figures = self.figures
        told = [self._text(one) for one in decided(figures)]
        groups = {Standing.APPROVED: figures.approved_after, Standing.REJECTED: figures.rejected_after}
        legend = [self._series(one, delays.number) for one, delays in groups.items()]
        return partial(
            lying_bars,
            self._heading("decisions", [self._dates, *told], legend),
            list(self._bands(*groups.values())),
        )

    def _undecided(self) -> partial[bytes]:
        found = self.figures.undecided
        legend = [
            Series(self._text(Key("moderator.stats.urgent")), _URGENT, found.urgent.number),
            Series(self._text(Key("moderator.stats.others")), _COLORS[Standing.WAITING], found.others.number),
        ]
        lines = [self._text(beginning(self.figures.span.today)), self._text(undecided(self.figures))]
        return partial(
            lying_bars, self._heading("waiting", lines, legend), list(self._bands(found.urgent, found.others))
        )

    # --- parts of charts

    def _text(self, phrase: Phrase) -> str:
        return self.renderer.phrase(phrase, self.language)

    def _heading(self, name: str, lines: Sequence[str], legend: Sequence[Series] = ()) -> ChartHeading:
        return ChartHeading(self._text(Key(f"moderator.stats.chart.{name}")), lines, legend)

    @property
    def _dates(self) -> str:
        span = self.figures.span
        return f"{self._text(beginning(span.days[0]))} – {self._text(beginning(span.today))}"

    def _counted(self, name: str, counts: Mapping[str, Counts]) -> ChartHeading:
        numbers = {one: sum(of.get(one, 0) for of in counts.values()) for one in COUNTED}
        return self._heading(
            name, [self._dates], [self._series(one, number) for one, number in numbers.items()]
        )

    def _series(self, standing: Standing, number: int) -> Series:
        return Series(self._text(Key(f"moderator.stats.standing.{standing}")), _COLORS[standing], number)

    def _column(self, place: int, values: Sequence[int]) -> Bar:
        span = self.figures.span
        day = span.days[place]
        if span.step is PeriodLength.WEEKS:
            return Bar(f"{day.day}.{day.month:02}", values)
        new = place == 0 or span.days[place - 1].year != day.year
        return Bar(str(day.month), values, str(day.year) if new else "")

    def _ranked(self, counts: Mapping[str, Counts], choices: Mapping[str, Choice]) -> Iterator[Bar]:
        codes = {code: counts.get(code, {}) for code in [*choices, *counts]}
        bars = sorted(
            (
                Bar(self._text(name_of(choices, code)), [of.get(one, 0) for one in COUNTED])
                for code, of in codes.items()
            ),
            key=lambda bar: -bar.total,
        )
        shown = bars if len(bars) <= _MOST_BARS else bars[: _MOST_BARS - 1]
        yield from shown
        if rest := bars[len(shown) :]:
            label = self._text(Key("moderator.stats.rest"))
            yield Bar(label, [sum(bar.values[place] for bar in rest) for place in range(len(COUNTED))])

    def _bands(self, *delays: Delays) -> Iterator[Bar]:
        for place, values in enumerate(zip(*(one.bands for one in delays), strict=True)):
            yield Bar(self._text(Key(f"moderator.stats.band.{place}")), values)
