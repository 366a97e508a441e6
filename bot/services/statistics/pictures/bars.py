"""Stacked bars: lying, each below its label, or standing side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.statistics.pictures.canvas import FAINT, INK, INNER, MARGIN, MUTED, Canvas, fitting
from bot.services.statistics.pictures.heading import Heading

_LABEL, _BAR, _GAP = 32, 32, 20
_NUMBER_ROOM = 110
_COLUMNS, _LINE_BELOW = 700, 42
_SPACE_BETWEEN = 0.22
"""Of the room of a column, what stays free."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A label, and a number for each series of the heading's legend. `below` is a second label, of a standing bar."""

    label: str
    values: Sequence[int]
    below: str = ""

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.values)


def lying_bars(heading: Heading, bars: Sequence[Bar]) -> bytes:
    """Bars one below the other, with their totals at their ends: for labels that are long."""
    each = _LABEL + 10 + _BAR + _GAP
    canvas, top = heading.sheet(each * len(bars))
    scale = (INNER - _NUMBER_ROOM) / max(1, *(bar.total for bar in bars))
    for place, bar in enumerate(bars):
        y = top + place * each
        canvas.text((MARGIN, y + _LABEL - 4), bar.label, _LABEL)
        _lying(canvas, heading, bar, y + _LABEL + 10, scale)
    return canvas.png()


def _lying(canvas: Canvas, heading: Heading, bar: Bar, y: int, scale: float) -> None:
    canvas.box((MARGIN, y), (MARGIN + INNER - _NUMBER_ROOM, y + _BAR), FAINT, radius=8)
    before = 0
    for value, one in zip(bar.values, heading.legend, strict=True):
        ends = before == 0, before + value == bar.total
        left, right = (MARGIN + number * scale for number in (before, before + value))
        canvas.box((left, y), (right, y + _BAR), one.color, radius=8, ends=ends)
        before += value
    number = MARGIN + INNER, y + _BAR / 2
    canvas.text(
        number,
        str(bar.total),
        38,
        INK if bar.total else MUTED,
        bold=True,
        anchor="rm",
        within=_NUMBER_ROOM - 12,
    )


def standing_bars(heading: Heading, bars: Sequence[Bar]) -> bytes:
    """Bars side by side with their totals above them: for a course of time."""
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
    heading: Heading,
    bar: Bar,
    foot: tuple[float, float],
    wide: float,
    scale: float,
    label: int,
) -> None:
    left, y = foot
    middle, free = left + wide / 2, wide * _SPACE_BETWEEN / 2
    for value, one in zip(bar.values, heading.legend, strict=True):
        canvas.box((left + free, y - value * scale), (left + wide - free, y), one.color)
        y -= value * scale
    if bar.total:
        canvas.text((middle, y - 12), str(bar.total), 34, bold=True, anchor="ms", within=wide - 4)
    canvas.text((middle, foot[1] + 40), bar.label, label, MUTED, anchor="ms", within=wide - 14)
    canvas.text((middle, foot[1] + 78), bar.below, 30, anchor="ms", within=wide - 2)
