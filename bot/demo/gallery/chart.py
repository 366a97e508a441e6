"""A picture of a form's flow as SVG 1.1: its questions from top to bottom, groups and repeats framed, on each arrow
the condition under which a question is asked. Without styles and scripts, so that any page may show it."""

import html
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.form.kinds import kind_of
from bot.form.model import Form, Group, Node, Question
from bot.texts import Texts

WIDTH, INSET, PAD, GAP, LINE = 560, 22, 12, 26, 17
"""Pixels: of the picture, of a frame within another, inside a box, of an arrow, of a line of text."""
_LETTER, _SMALL = 8.2, 6.9
"""Pixels of a letter in the two sizes, at most on average."""
_PATH = re.compile(r"(?:/[\w.-]+)*/([\w.-]+)")
INK, PALE, FRAME, PAPER, ACCENT = "#1b2733", "#52606d", "#8aa0b4", "#ffffff", "#1f6f5c"


@dataclass
class Chart:
    """Draws the flow of a form in a language, from top to bottom; `texts` has the words around the form's own."""

    form: Form
    texts: Texts
    language: str
    drawn: list[str] = field(default_factory=list)
    y: float = PAD

    def svg(self) -> str:
        """The picture."""
        self._nodes(self.form.children, 0)
        title = html.escape(self._word("gallery.flow"))
        height = round(self.y + PAD)
        size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif">'
            f"<title>{title}</title>"
            f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>{"".join(self.drawn)}</svg>\n'
        )

    def _word(self, key: str, **args: str) -> str:
        return self.texts.text(self.language, key, args)

    def _nodes(self, nodes: Iterable[Node], depth: int) -> None:
        asked = [node for node in nodes if isinstance(node, Group) or kind_of(node).is_asked]
        for place, node in enumerate(asked):
            above = self.y
            self._arrow(node, depth, first=place == 0 and depth == 0)
            if isinstance(node, Group):
                self._group(node, depth)
            else:
                self._question(node, depth)
            if node.relevant:
                self._bypass(above, depth)

    def _arrow(self, node: Node, depth: int, *, first: bool) -> None:
        condition = self._word("gallery.if", condition=_short(node.relevant)) if node.relevant else ""
        lines = _wrapped(condition, (WIDTH / 2 - INSET * (depth + 1)) / _SMALL)
        length = max(GAP, GAP / 2 + LINE * len(lines))
        middle = WIDTH / 2
        if not first or node.relevant:
            self.drawn.append(
                f'<path d="M{middle} {self.y}V{self.y + length - 6}" stroke="{FRAME}" stroke-width="1.5"/>'
                f'<path d="M{middle - 5} {self.y + length - 7}h10l-5 7z" fill="{FRAME}"/>'
            )
        self._text(lines, middle + 10, self.y + 4, size=11.5, fill=ACCENT)
        self.y += length

    def _bypass(self, above: float, depth: int) -> None:
        """The way past what is not asked."""
        left = PAD + INSET * depth + INSET / 2
        self.drawn.append(
            f'<path d="M{WIDTH / 2} {above + 4}H{left}V{self.y + 4}H{WIDTH / 2}" fill="none" '
            f'stroke="{FRAME}" stroke-width="1.2" stroke-dasharray="4 3"/>'
        )

    def _question(self, node: Question, depth: int) -> None:
        left, width = self._span(depth)
        star = "\u00a0*" if node.required else ""
        label = _wrapped(f"{_said(node, self.language)}{star}", (width - 2 * PAD) / _LETTER)
        height = 2 * PAD + LINE * (len(label) + 1)
        self.drawn.append(
            f'<rect x="{left}" y="{self.y}" width="{width}" height="{height}" rx="8" fill="#f4f7fa" '
            f'stroke="{FRAME}"/>'
        )
        self._text([f"{node.name} · {node.kind}"], left + PAD, self.y + PAD - 2, size=11.5, fill=PALE)
        self._text(label, left + PAD, self.y + PAD + LINE - 2, size=14, fill=INK)
        self.y += height

    def _group(self, node: Group, depth: int) -> None:
        left, width = self._span(depth)
        kind = self._word("gallery.repeat" if node.repeat else "gallery.group")
        top = self.y
        head = _wrapped(_said(node, self.language), (width - 2 * PAD) / _LETTER)
        self._text([f"{node.name} · {kind}"], left + PAD, top + PAD - 2, size=11.5, fill=PALE)
        self._text(head, left + PAD, top + PAD + LINE - 2, size=14, fill=INK, bold=True)
        self.y = top + PAD + LINE * (len(head) + 1)
        self._nodes(node.children, depth + 1)
        self.y += PAD
        edge = f'stroke="{ACCENT}" stroke-width="2"' if node.repeat else f'stroke="{FRAME}"'
        self.drawn.append(
            f'<rect x="{left}" y="{top}" width="{width}" height="{self.y - top}" rx="10" fill="none" {edge}/>'
        )
        if node.repeat:
            self._again(left + width, top)

    def _again(self, right: float, top: float) -> None:
        """The way back to the beginning of a repeat."""
        self.drawn.append(
            f'<path d="M{right} {self.y - 14}h10V{top + 14}h-5" fill="none" stroke="{ACCENT}" stroke-width="1.5"/>'
            f'<path d="M{right + 6} {top + 9}v10l-6 -5z" fill="{ACCENT}"/>'
        )

    def _span(self, depth: int) -> tuple[float, float]:
        left = PAD + INSET * (depth + 1)
        return left, WIDTH - 2 * left

    def _text(
        self, lines: Sequence[str], x: float, y: float, *, size: float, fill: str, bold: bool = False
    ) -> None:
        weight = ' font-weight="bold"' if bold else ""
        self.drawn += (
            f'<text x="{x}" y="{y + LINE * (place + 1) - 5}" font-size="{size}" fill="{fill}"{weight}>'
            f"{html.escape(line)}</text>"
            for place, line in enumerate(lines)
        )


def _short(condition: str) -> str:
    """A condition with questions by their names; a form's names are unique."""
    return _PATH.sub(r"\1", condition)


def _said(node: Node, language: str) -> str:
    return " ".join(node.label.get(language, "").split()) or node.name


def _wrapped(text: str, letters: float) -> list[str]:
    return textwrap.wrap(text, max(8, int(letters)))
