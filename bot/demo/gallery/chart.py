"""Flow charts of forms as SVG 1.1, without styles and scripts, so that any page may embed them."""

import html
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.form.kinds import kind_of
from bot.form.model import Form, Group, Node, Question
from bot.texts import Texts

_WIDTH, _INSET, _PAD, _GAP, _LINE = 560, 22, 12, 26, 17
_LETTER, _SMALL = 8.2, 6.9
_PATH = re.compile(r"(?:/[\w.-]+)*/([\w.-]+)")
_TEXT, _MUTED, _FRAME, _BACKGROUND, _ACCENT = "#1b2733", "#52606d", "#8aa0b4", "#ffffff", "#1f6f5c"


@dataclass
class Chart:
    """Draws a form from top to bottom. `y` is the current height in pixels."""

    form: Form
    texts: Texts
    language: str
    drawn: list[str] = field(default_factory=list)
    y: float = _PAD

    def svg(self) -> str:
        self._nodes(self.form.children, 0)
        title = html.escape(self._word("gallery.flow"))
        height = round(self.y + _PAD)
        size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif">'
            f"<title>{title}</title>"
            f'<rect width="{_WIDTH}" height="{height}" fill="{_BACKGROUND}"/>{"".join(self.drawn)}</svg>\n'
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
                left = _PAD + _INSET * depth + _INSET / 2
                self.drawn.append(
                    f'<path d="M{_WIDTH / 2} {above + 4}H{left}V{self.y + 4}H{_WIDTH / 2}" fill="none" '
                    f'stroke="{_FRAME}" stroke-width="1.2" stroke-dasharray="4 3"/>'
                )

    def _arrow(self, node: Node, depth: int, *, first: bool) -> None:
        condition = (
            self._word("gallery.if", condition=_PATH.sub(r"\1", node.relevant)) if node.relevant else ""
        )
        lines = _wrapped(condition, (_WIDTH / 2 - _INSET * (depth + 1)) / _SMALL)
        length = max(_GAP, _GAP / 2 + _LINE * len(lines))
        middle = _WIDTH / 2
        if not first or node.relevant:
            self.drawn.append(
                f'<path d="M{middle} {self.y}V{self.y + length - 6}" stroke="{_FRAME}" stroke-width="1.5"/>'
                f'<path d="M{middle - 5} {self.y + length - 7}h10l-5 7z" fill="{_FRAME}"/>'
            )
        self._text(lines, middle + 10, self.y + 4, size=11.5, fill=_ACCENT)
        self.y += length

    def _question(self, node: Question, depth: int) -> None:
        left, width = self._span(depth)
        star = "\u00a0*" if node.required else ""
        label = _wrapped(f"{_label(node, self.language)}{star}", (width - 2 * _PAD) / _LETTER)
        height = 2 * _PAD + _LINE * (len(label) + 1)
        self.drawn.append(
            f'<rect x="{left}" y="{self.y}" width="{width}" height="{height}" rx="8" fill="#f4f7fa" '
            f'stroke="{_FRAME}"/>'
        )
        self._text([f"{node.name} · {node.kind}"], left + _PAD, self.y + _PAD - 2, size=11.5, fill=_MUTED)
        self._text(label, left + _PAD, self.y + _PAD + _LINE - 2, size=14, fill=_TEXT)
        self.y += height

    def _group(self, node: Group, depth: int) -> None:
        left, width = self._span(depth)
        kind = self._word("gallery.repeat" if node.repeat else "gallery.group")
        top = self.y
        head = _wrapped(_label(node, self.language), (width - 2 * _PAD) / _LETTER)
        self._text([f"{node.name} · {kind}"], left + _PAD, top + _PAD - 2, size=11.5, fill=_MUTED)
        self._text(head, left + _PAD, top + _PAD + _LINE - 2, size=14, fill=_TEXT, bold=True)
        self.y = top + _PAD + _LINE * (len(head) + 1)
        self._nodes(node.children, depth + 1)
        self.y += _PAD
        edge = f'stroke="{_ACCENT}" stroke-width="2"' if node.repeat else f'stroke="{_FRAME}"'
        self.drawn.append(
            f'<rect x="{left}" y="{top}" width="{width}" height="{self.y - top}" rx="10" fill="none" {edge}/>'
        )
        if not node.repeat:
            return
        right = left + width
        self.drawn.append(
            f'<path d="M{right} {self.y - 14}h10V{top + 14}h-5" fill="none" stroke="{_ACCENT}" stroke-width="1.5"/>'
            f'<path d="M{right + 6} {top + 9}v10l-6 -5z" fill="{_ACCENT}"/>'
        )

    def _span(self, depth: int) -> tuple[float, float]:
        left = _PAD + _INSET * (depth + 1)
        return left, _WIDTH - 2 * left

    def _text(
        self, lines: Sequence[str], x: float, y: float, *, size: float, fill: str, bold: bool = False
    ) -> None:
        weight = ' font-weight="bold"' if bold else ""
        self.drawn += (
            f'<text x="{x}" y="{y + _LINE * (place + 1) - 5}" font-size="{size}" fill="{fill}"{weight}>'
            f"{html.escape(line)}</text>"
            for place, line in enumerate(lines)
        )


def _label(node: Node, language: str) -> str:
    return " ".join(node.label.get(language, "").split()) or node.name


def _wrapped(text: str, letters: float) -> list[str]:
    return textwrap.wrap(text, max(8, int(letters)))
