"""PNG charts for a phone: bars and a tile map on a canvas, the same bytes for the same values."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from bot.form.model import Choice
from bot.publish.statistics import has_tile, short_name

WIDTH = 1080
"""Width in pixels. Telegram scales the longer side down to 1280."""
MARGIN = 48
INNER = WIDTH - 2 * MARGIN
INK, MUTED, FAINT, PAPER = "#1c2733", "#5d6b78", "#e3e8ec", "#ffffff"
_LEAST = 20
_FINER = 2

_TITLE, _LINE = 60, 34
_SWATCH = 30

_LABEL, _BAR, _GAP = 32, 32, 20
_NUMBER_ROOM = 110
_COLUMNS, _LINE_BELOW = 700, 42

_SPACE = 10
_PALE, _DEEP = (0xD6, 0xE8, 0xF5), (0x08, 0x45, 0x6E)


class Canvas:
    def __init__(self, height: int) -> None:
        self._image = Image.new("RGB", (WIDTH * _FINER, height * _FINER), PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def text(
        self,
        at: tuple[float, float],
        words: str,
        size: int,
        color: str = INK,
        *,
        bold: bool = False,
        anchor: str = "ls",
        within: float = INNER,
    ) -> None:
        """Draw a line of words, shrunk and finally cut to `within` pixels. `anchor` is Pillow's text anchor."""
        size = fitting(words, size, within, bold=bold)
        words = _cut(words, size, within, bold=bold)
        place = at[0] * _FINER, at[1] * _FINER
        self._draw.text(place, words, fill=color, font=_font(size * _FINER, bold=bold), anchor=anchor)

    def box(
        self,
        upper: tuple[float, float],
        lower: tuple[float, float],
        color: str,
        radius: int = 0,
        *,
        ends: tuple[bool, bool] = (True, True),
    ) -> None:
        """Draw a filled rectangle, if it has an area. `ends`: whether its left and right are rounded."""
        corners = [round(one * _FINER) for one in (*upper, *lower)]
        if corners[0] < corners[2] and corners[1] < corners[3]:
            left, right = ends
            self._draw.rounded_rectangle(
                (corners[0], corners[1], corners[2] - 1, corners[3] - 1),
                min(radius * _FINER, (corners[2] - corners[0]) // 2),
                fill=color,
                corners=(left, right, right, left),
            )

    def png(self) -> bytes:
        file = io.BytesIO()
        self._image.reduce(_FINER).save(file, "PNG")
        return file.getvalue()


@cache
def _font(size: int, *, bold: bool) -> FreeTypeFont:
    path = Path(__file__).parent / "fonts" / f"NotoSans-{'Bold' if bold else 'Regular'}.ttf"
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def width_of(words: str, size: int, *, bold: bool = False) -> float:
    return _font(size * _FINER, bold=bold).getlength(words) / _FINER


def fitting(words: str, size: int, width: float, *, bold: bool = False) -> int:
    while size > _LEAST and width_of(words, size, bold=bold) > width:
        size -= 1
    return size


def _cut(words: str, size: int, width: float, *, bold: bool) -> str:
    if width_of(words, size, bold=bold) <= width:
        return words
    while words and width_of(f"{words}…", size, bold=bold) > width:
        words = words[:-1].rstrip()
    return f"{words}…"


def wrapped(words: str, size: int, width: float = INNER) -> Sequence[str]:
    """Wrap words into lines of at most `width`, except for a longer word. No line begins with a dash."""
    lines: list[str] = []
    for word in words.replace(" — ", "\u00a0— ").split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    color: str
    number: int

    @property
    def label(self) -> str:
        return f"{self.name}: {self.number}"


@dataclass(frozen=True, slots=True)
class ChartHeading:
    title: str
    lines: Sequence[str] = ()
    legend: Sequence[Series] = ()

    def sheet(self, body: int) -> tuple[Canvas, int]:
        """Canvas with the heading and room for a body of that height, and the y at which the body begins."""
        lines = [part for line in self.lines for part in wrapped(line, _LINE)]
        rows = _rows(self.legend)
        room = len(lines) * (_LINE + 12) + (len(rows) * (_LINE + 18) + 14 if rows else 0)
        top = MARGIN + _TITLE + 26 + room + 22
        canvas = Canvas(top + body + MARGIN)
        canvas.text((MARGIN, MARGIN + _TITLE), self.title, _TITLE, bold=True)
        y = MARGIN + _TITLE + 26
        for line in lines:
            canvas.text((MARGIN, y + _LINE), line, _LINE, MUTED)
            y += _LINE + 12
        y += 14
        for row in rows:
            _legend_row(canvas, y, row)
            y += _LINE + 18
        return canvas, top


def _legend_row(canvas: Canvas, y: int, row: Sequence[Series]) -> None:
    x: float = MARGIN
    for one in row:
        canvas.box((x, y + 4), (x + _SWATCH, y + 4 + _SWATCH), one.color, radius=6)
        canvas.text((x + _SWATCH + 14, y + _LINE - 4), one.label, _LINE)
        x += _wide(one)


def _wide(one: Series) -> float:
    return _SWATCH + 14 + width_of(one.label, _LINE) + 44


def _rows(legend: Sequence[Series]) -> Sequence[Sequence[Series]]:
    rows: list[list[Series]] = []
    left = 0.0
    for one in legend:
        if not rows or _wide(one) - 44 > left:
            rows.append([])
            left = WIDTH - 2 * MARGIN
        rows[-1].append(one)
        left -= _wide(one)
    return rows


@dataclass(frozen=True, slots=True)
class Bar:
    """Bar with a number for each series of the legend. `below` is a second label of a vertical bar."""

    label: str
    values: Sequence[int]
    below: str = ""

    @property
    def total(self) -> int:
        return sum(self.values)


def lying_bars(heading: ChartHeading, bars: Sequence[Bar]) -> bytes:
    each = _LABEL + 10 + _BAR + _GAP
    canvas, top = heading.sheet(each * len(bars))
    scale = (INNER - _NUMBER_ROOM) / max(1, *(bar.total for bar in bars))
    for place, bar in enumerate(bars):
        y = top + place * each
        canvas.text((MARGIN, y + _LABEL - 4), bar.label, _LABEL)
        y += _LABEL + 10
        canvas.box((MARGIN, y), (MARGIN + INNER - _NUMBER_ROOM, y + _BAR), FAINT, radius=8)
        before = 0
        for value, one in zip(bar.values, heading.legend, strict=True):
            ends = before == 0, before + value == bar.total
            left, right = (MARGIN + number * scale for number in (before, before + value))
            canvas.box((left, y), (right, y + _BAR), one.color, radius=8, ends=ends)
            before += value
        end, color = (MARGIN + INNER, y + _BAR / 2), INK if bar.total else MUTED
        canvas.text(end, str(bar.total), 38, color, bold=True, anchor="rm", within=_NUMBER_ROOM - 12)
    return canvas.png()


def standing_bars(heading: ChartHeading, bars: Sequence[Bar]) -> bytes:
    lines = 2 if any(bar.below for bar in bars) else 1
    canvas, top = heading.sheet(_COLUMNS + lines * _LINE_BELOW)
    most = max(1, *(bar.total for bar in bars))
    wide, floor = INNER / len(bars), top + _COLUMNS
    scale = (_COLUMNS - 60) / most
    size = min(fitting(bar.label, 30, wide - 14) for bar in bars)
    for part in (0.25, 0.5, 0.75, 1.0):
        y = floor - part * most * scale
        canvas.box((MARGIN, y), (MARGIN + INNER, y + 1), FAINT)
    for place, bar in enumerate(bars):
        left = MARGIN + place * wide
        _standing(canvas, heading, bar, (left, floor), wide, scale, size)
    canvas.box((MARGIN, floor), (MARGIN + INNER, floor + 2), MUTED)
    return canvas.png()


def _standing(
    canvas: Canvas,
    heading: ChartHeading,
    bar: Bar,
    foot: tuple[float, float],
    wide: float,
    scale: float,
    label: int,
) -> None:
    left, y = foot
    middle, free = left + wide / 2, wide * 0.22 / 2
    for value, one in zip(bar.values, heading.legend, strict=True):
        canvas.box((left + free, y - value * scale), (left + wide - free, y), one.color)
        y -= value * scale
    if bar.total:
        canvas.text((middle, y - 12), str(bar.total), 34, bold=True, anchor="ms", within=wide - 4)
    canvas.text((middle, foot[1] + 40), bar.label, label, MUTED, anchor="ms", within=wide - 14)
    canvas.text((middle, foot[1] + 78), bar.below, 30, anchor="ms", within=wide - 2)


@dataclass(frozen=True, slots=True)
class Tile:
    column: int
    row: int
    name: str
    number: int


def tiles_of(choices: Mapping[str, Choice], numbers: Mapping[str, int], language: str) -> Sequence[Tile]:
    """Tiles of the choices that have a place on the map, with their numbers by code."""
    tiles = []
    for code, one in choices.items():
        if has_tile(one):
            column, row = int(one.columns["tile_column"]), int(one.columns["tile_row"])
            tiles.append(Tile(column, row, short_name(one, language), numbers.get(code, 0)))
    return tiles


def tile_map(heading: ChartHeading, tiles: Sequence[Tile], beside: Sequence[tuple[str, int]]) -> bytes:
    columns, rows = max(one.column for one in tiles) + 1, max(one.row for one in tiles) + 1
    side = (INNER + _SPACE) / columns
    below = 24 + len(beside) * (_LINE + 18)
    canvas, top = heading.sheet(round(rows * side) + (below if beside else 0))
    most = max(1, *(one.number for one in tiles))
    for one in tiles:
        _tile(canvas, one, (MARGIN + one.column * side, top + one.row * side), side, one.number / most)
    y = top + round(rows * side) + 24
    for name, number in beside:
        y += _LINE + 18
        canvas.text((MARGIN, y - 14), name, _LINE, MUTED, within=INNER - 140)
        canvas.text((MARGIN + INNER, y - 14), str(number), _LINE, bold=True, anchor="rs")
    return canvas.png()


def _tile(canvas: Canvas, tile: Tile, at: tuple[float, float], side: float, share: float) -> None:
    left, top = at
    inner = side - _SPACE
    mixed = (round(pale + (deep - pale) * share) for pale, deep in zip(_PALE, _DEEP, strict=True))
    shade = "#" + "".join(f"{one:02x}" for one in mixed) if share else FAINT
    canvas.box((left, top), (left + inner, top + inner), shade, radius=14)
    dark, x = share >= 0.6, left + inner / 2
    name, number = (x, top + inner * 0.36), (x, top + inner * 0.78)
    canvas.text(name, tile.name, 30, PAPER if dark else INK, anchor="ms", within=inner - 12)
    color = PAPER if dark else INK if tile.number else MUTED
    canvas.text(number, str(tile.number), 52, color, bold=True, anchor="ms", within=inner - 12)
