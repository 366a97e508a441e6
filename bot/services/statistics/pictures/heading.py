"""What stands above every picture: its title, some lines, and what its colours mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.statistics.pictures.canvas import (
    MARGIN,
    MUTED,
    WIDTH,
    Canvas,
    width_of,
    wrapped,
)

_TITLE, _LINE = 60, 34
_SWATCH = 30


@dataclass(frozen=True, slots=True)
class Series:
    """A colour and its meaning, with the number of all that it stands for."""

    name: str
    color: str
    number: int

    @property
    def label(self) -> str:
        """As the legend has it."""
        return f"{self.name}: {self.number}"


@dataclass(frozen=True, slots=True)
class Heading:
    """A title, lines below it, and a legend."""

    title: str
    lines: Sequence[str] = ()
    legend: Sequence[Series] = ()

    def sheet(self, body: int) -> tuple[Canvas, int]:
        """A sheet with this above, and room for a body of that height; where that begins."""
        lines = [part for line in self.lines for part in wrapped(line, _LINE)]
        rows = _rows(self.legend)
        top = (
            MARGIN
            + _TITLE
            + 26
            + len(lines) * (_LINE + 12)
            + (len(rows) * (_LINE + 18) + 14 if rows else 0)
            + 22
        )
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
    """The legend in as few rows as have room for it."""
    rows: list[list[Series]] = []
    left = 0.0
    for one in legend:
        if not rows or _wide(one) - 44 > left:
            rows.append([])
            left = WIDTH - 2 * MARGIN
        rows[-1].append(one)
        left -= _wide(one)
    return rows
