"""/stats in a chat: words and charts in one language, and the openers that make them at the moment of sending."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain

from bot.chat.renderer import Renderer, act_button
from bot.chat.turn import Turn
from bot.desk.references import ago, in_rows
from bot.errors import Refusal
from bot.form.kinds.calendar import date_phrase
from bot.form.model import Choice, Form
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said
from bot.publish.painting import (
    Bar,
    ChartHeading,
    Series,
    Tile,
    lying_bars,
    standing_bars,
    tile_map,
    tiles_of,
)
from bot.publish.statistics import (
    COUNTED,
    Counts,
    Delays,
    Figures,
    PeriodLength,
    Standing,
    choices_of,
    figures,
    has_tile,
    short_name,
)
from bot.store import audit
from bot.store.unit import REPORT_FORM, MakeUnit
from bot.transport.call import Attachment, Opener


def name_of(choices: Mapping[str, Choice], code: str) -> Phrase:
    """Label of a code. A code that the form no longer has stands for itself, and "" gets its own text."""
    if not code:
        return Key("moderator.stats.untold")
    return Label(choices[code].label) if code in choices else Said(code)


def place_name(choices: Mapping[str, Choice], code: str, language: str) -> Phrase:
    """Label of a region's code. An answer without a tile has its short name, not a wording such as "I don't know"."""
    if code in choices and not has_tile(choices[code]):
        return Said(short_name(choices[code], language))
    return name_of(choices, code)


def lasting(hours: int) -> Phrase:
    return ago(hours) if hours else Key("moderator.stats.under_an_hour")


def beginning(day: date) -> Phrase:
    return date_phrase(day.isoformat())


MOST_NAMED, MOST_CAPTION = 5, 1000
"""Most lines of a kind, and most characters of a caption, which Telegram limits to 1024."""


def paragraphs(figures: Figures, form: Form, language: str) -> Iterator[Phrase]:
    """Paragraphs of the message. `form` is the reporters'."""
    total = figures.total
    span = Key(f"moderator.stats.span.{figures.span.step}", {"day": beginning(figures.span.days[0])})
    yield Key("moderator.stats.title", {"span": span})
    counts: dict[str, Phrase | str | int] = {f"{one}": total[one] for one in Standing}
    yield Key("moderator.stats.total", {"number": sum(total.values()), **counts})
    yield from decided(figures)
    yield undecided(figures)
    kinds, places = choices_of(form, "category"), choices_of(form, "region")
    named = partial(place_name, places, language=language)
    yield from _most("moderator.stats.categories", figures.categories, partial(name_of, kinds))
    yield from _most("moderator.stats.regions", figures.regions, named)


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
    numbers = sorted((-sum(of.values()), code) for code, of in counts.items())[:MOST_NAMED]
    lines = [Key("moderator.stats.line", {"name": named(code), "number": -n}) for n, code in numbers]
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
            "periods": self._periods, "regions": self._regions, "decisions": self._decisions,
            "categories": partial(self._bars, "categories", "category", self.figures.categories),
            "waiting": self._undecided,
        }  # fmt: skip
        return charts[name]()

    def _periods(self) -> partial[bytes]:
        figures, order = self.figures, (Standing.APPROVED, Standing.WAITING, Standing.REJECTED, Standing.OVER)
        sent = self._text(Key("moderator.stats.sent", {"number": sum(figures.total.values())}))
        legend = [self._series(one, figures.total[one]) for one in order]
        heading = self._heading("periods", [self._dates, sent], legend)
        columns = enumerate(figures.periods)
        bars = [self._column(at, [counts.get(one, 0) for one in order]) for at, counts in columns]
        return partial(standing_bars, heading, bars)

    def _regions(self) -> partial[bytes]:
        counts, choices = self.figures.regions, choices_of(self.form, "region")
        numbers = {code: sum(counts.get(code, {}).values()) for code in [*choices, *counts]}
        tiles = tiles_of(choices, numbers, self.language)
        if not tiles:
            return self._bars("regions", "region", counts)
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
        heading = self._heading("decisions", [self._dates, *told], legend)
        return partial(lying_bars, heading, self._bands(*groups.values()))

    def _undecided(self) -> partial[bytes]:
        found = self.figures.undecided
        legend = [
            Series(self._text(Key("moderator.stats.urgent")), _URGENT, found.urgent.number),
            Series(self._text(Key("moderator.stats.others")), _COLORS[Standing.WAITING], found.others.number),
        ]
        lines = [self._text(beginning(self.figures.span.today)), self._text(undecided(self.figures))]
        heading = self._heading("waiting", lines, legend)
        return partial(lying_bars, heading, self._bands(found.urgent, found.others))

    # --- parts of charts

    def _text(self, phrase: Phrase) -> str:
        return self.renderer.phrase(phrase, self.language)

    def _heading(self, name: str, lines: Sequence[str], legend: Sequence[Series] = ()) -> ChartHeading:
        return ChartHeading(self._text(Key(f"moderator.stats.chart.{name}")), lines, legend)

    @property
    def _dates(self) -> str:
        span = self.figures.span
        return f"{self._text(beginning(span.days[0]))} – {self._text(beginning(span.today))}"

    def _bars(self, name: str, role: str, counts: Mapping[str, Counts]) -> partial[bytes]:
        legend = [self._series(one, sum(of.get(one, 0) for of in counts.values())) for one in COUNTED]
        heading = self._heading(name, [self._dates], legend)
        return partial(lying_bars, heading, list(self._ranked(counts, choices_of(self.form, role))))

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
        bars = [
            Bar(self._text(name_of(choices, code)), [of.get(one, 0) for one in COUNTED])
            for code, of in codes.items()
        ]
        bars.sort(key=lambda bar: -bar.total)
        shown = bars if len(bars) <= _MOST_BARS else bars[: _MOST_BARS - 1]
        yield from shown
        if rest := bars[len(shown) :]:
            label = self._text(Key("moderator.stats.rest"))
            yield Bar(label, [sum(bar.values[place] for bar in rest) for place in range(len(COUNTED))])

    def _bands(self, *delays: Delays) -> list[Bar]:
        bands = enumerate(zip(*(one.bands for one in delays), strict=True))
        return [Bar(self._text(Key(f"moderator.stats.band.{place}")), values) for place, values in bands]


PICTURES = ("periods", "categories", "regions", "decisions", "waiting")
ALL = "all"
_OTHER = {PeriodLength.WEEKS: PeriodLength.MONTHS, PeriodLength.MONTHS: PeriodLength.WEEKS}


async def show(turn: Turn) -> None:
    """Enqueue the figures by weeks or months, with buttons for the charts."""
    step = _step(turn.act.first or turn.argument or PeriodLength.WEEKS)
    await audit.record(turn.unit, turn.moderator.alias, "stats", "", step)
    shown = [act_button(f"moderator.stats.show.{name}", "mpicture", step, name) for name in PICTURES]
    everything = act_button("moderator.stats.show.all", "mpicture", step, ALL, ButtonRole.ONWARD)
    other = act_button(f"moderator.stats.step.{_OTHER[step]}", "mstats", _OTHER[step])
    rows = [*in_rows([*shown, everything]), [other]]
    params = turn.renderer.message(turn.language, [], rows).params()
    made = {"text": f"figures:{step}:{turn.language}"}
    turn.call("sendMessage", {"chat_id": turn.chat.id, **params, "protect_content": True}, attach=made)


async def picture(turn: Turn) -> None:
    step, asked = _step(turn.act.first), turn.act.second
    if asked not in {*PICTURES, ALL}:
        raise Refusal("reporter.tap.stale")
    await audit.record(turn.unit, turn.moderator.alias, "stats", "", f"{step} {asked}")
    params = {"chat_id": turn.chat.id, "protect_content": True}
    untaken = turn.renderer.phrase(Key("moderator.stats.untaken"), turn.language)
    for name in PICTURES if asked == ALL else [asked]:
        spec = f"{step}:{name}:{turn.language}"
        made = {"photo": f"picture:{spec}", "caption": f"caption:{spec}"}
        turn.call("sendPhoto", params, attach=made, otherwise=untaken)


def _step(word: str) -> PeriodLength:
    try:
        return PeriodLength(word.strip().lower())
    except ValueError:
        raise Refusal("moderator.stats.how") from None


MIME = "image/png"


def statistics_openers(read: MakeUnit, renderer: Renderer) -> Mapping[str, Opener]:
    """Openers of `figures:<step>:<language>` as HTML, and `<step>:<name>:<language>` as `picture:` and `caption:`."""

    async def counted(step: str, language: str) -> Charts:
        async with read() as unit:
            found, form = await figures(unit, PeriodLength(step)), unit.forms[REPORT_FORM]
        return Charts(found, form, renderer, language)

    async def open_figures(spec: str) -> str:
        step, language = spec.split(":")
        made = await counted(step, language)
        return renderer.message(language, paragraphs(made.figures, made.form, language)).html

    async def open_picture(spec: str) -> Attachment:
        step, name, language = spec.split(":")
        drawn = await asyncio.to_thread((await counted(step, language)).picture, name)
        return f"{name}.png", drawn, MIME

    async def open_caption(spec: str) -> str:
        step, name, language = spec.split(":")
        return (await counted(step, language)).caption(name)

    return {"figures": open_figures, "picture": open_picture, "caption": open_caption}
