"""A white sheet of a phone's width, to paint on in its pixels."""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

WIDTH = 1080
"""Pixels. Telegram scales pictures down to 1280 at the longer side."""
MARGIN = 48
INNER = WIDTH - 2 * MARGIN
INK, MUTED, FAINT, PAPER = "#1c2733", "#5d6b78", "#e3e8ec", "#ffffff"
_FONTS = Path(__file__).parent / "fonts"
_LEAST = 20
"""The smallest size that is read on a phone."""
_FINER = 2
"""It is painted so many times as large and scaled down, so that edges are smooth."""


class Canvas:
    """Texts and boxes at places from the upper left corner."""

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
        """Words in one line, smaller and at last cut where they would be wider than `within`; `anchor` says which point of them is
        at the place (Pillow, text anchors)."""
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
        """A filled rectangle between two corners; nothing where it has no area. `ends`: whether it is round at its left, and at
        its right."""
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
        """The sheet as a PNG file."""
        file = io.BytesIO()
        self._image.reduce(_FINER).save(file, "PNG")
        return file.getvalue()


@cache
def _font(size: int, *, bold: bool) -> FreeTypeFont:
    name = "NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"
    return ImageFont.truetype(_FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)


def width_of(words: str, size: int, *, bold: bool = False) -> float:
    """The pixels that words are wide."""
    return _font(size * _FINER, bold=bold).getlength(words) / _FINER


def fitting(words: str, size: int, width: float, *, bold: bool = False) -> int:
    """The largest size up to `size` in which words are no wider than that, _LEAST at the least."""
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
    """Words in lines that are no wider, but for a word that alone is; no line begins with a dash."""
    lines: list[str] = []
    for word in words.replace(" — ", "\u00a0— ").split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
