"""Tile map: a square for each region, so that small regions are as visible as large ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.statistics.pictures.bars import FAINT, INK, INNER, MARGIN, MUTED, PAPER, Canvas, Heading

_SPACE = 10
_LINE = 34
_PALE, _DEEP = (0xD6, 0xE8, 0xF5), (0x08, 0x45, 0x6E)
_DARK_FROM = 0.6


@dataclass(frozen=True, slots=True)
class Tile:
    column: int
    row: int
    name: str
    number: int


def tile_map(heading: Heading, tiles: Sequence[Tile], beside: Sequence[tuple[str, int]]) -> bytes:
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
    canvas.box((left, top), (left + inner, top + inner), _shade(share), radius=14)
    dark = share >= _DARK_FROM
    canvas.text(
        (left + inner / 2, top + inner * 0.36),
        tile.name,
        30,
        PAPER if dark else INK,
        anchor="ms",
        within=inner - 12,
    )
    color = PAPER if dark else INK if tile.number else MUTED
    number = left + inner / 2, top + inner * 0.78
    canvas.text(number, str(tile.number), 52, color, bold=True, anchor="ms", within=inner - 12)


def _shade(share: float) -> str:
    if not share:
        return FAINT
    mixed = (round(pale + (deep - pale) * share) for pale, deep in zip(_PALE, _DEEP, strict=True))
    return "#" + "".join(f"{one:02x}" for one in mixed)
