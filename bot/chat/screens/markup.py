"""Formatted text as Telegram's HTML (Bot API, HTML style), escaped and cut into messages without open tags."""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_UNITS = 3900
"""Most UTF-16 units of one message without its tags. Telegram allows 4096, and 32768 bytes with them."""


class Look(StrEnum):
    """Format of a part of a message; the value is its tag."""

    STRONG = "b"
    REMARK = "i"
    CODE = "code"
    QUOTE = "blockquote"
    FOLDED_QUOTE = "blockquote expandable"


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    looks: tuple[Look, ...] = ()


Paragraph = tuple[Run, ...]


def dressed(runs: Iterable[Run], look: Look) -> Paragraph:
    return tuple([Run(run.text, (look, *run.looks)) for run in runs])


def plain(runs: Iterable[Run]) -> str:
    return "".join([run.text for run in runs])


def width(text: str) -> int:
    """Length of a text in UTF-16 units, as Telegram counts (Bot API, MessageEntity)."""
    return len(text.encode("utf-16-le")) // 2


def to_html(runs: Iterable[Run]) -> str:
    parts: list[str] = []
    opened: Sequence[Look] = ()
    for run in runs:
        looks = _allowed(run.looks)
        if looks != opened:
            kept = _common(opened, looks)
            parts += _closing(opened[kept:])
            parts += [f"<{look}>" for look in looks[kept:]]
            opened = looks
        parts.append(html.escape(run.text, quote=False))
    return "".join([*parts, *_closing(opened)])


def packed(paragraphs: Iterable[Paragraph], most: int = MOST_UNITS) -> list[Paragraph]:
    """Join paragraphs into as few messages as possible, each of at most `most` units. A longer paragraph is
    cut, if possible at a space."""
    messages: list[list[Run]] = []
    taken = 0
    for piece, size in (sized for paragraph in paragraphs for sized in _pieces(paragraph, most)):
        if not size:
            continue
        if messages and taken + size + 2 <= most:
            messages[-1] += (Run("\n\n"), *piece)
            taken += size + 2
        else:
            messages.append([*piece])
            taken = size
    return [tuple(message) for message in messages] or [(Run("·"),)]


def _allowed(looks: Sequence[Look]) -> Sequence[Look]:
    """Code can neither contain nor be part of other entities (Bot API, MessageEntity)."""
    return (Look.CODE,) if Look.CODE in looks else looks


def _common(some: Sequence[Look], others: Sequence[Look]) -> int:
    most = min(len(some), len(others))
    return next((place for place in range(most) if some[place] is not others[place]), most)


def _closing(looks: Sequence[Look]) -> list[str]:
    return [f"</{look.partition(' ')[0]}>" for look in reversed(looks)] if looks else []


def _pieces(runs: Paragraph, most: int) -> Iterator[tuple[Paragraph, int]]:
    text = plain(runs)
    while (size := width(text)) > most:
        end = _seam(text, most)
        rest = text[end:].lstrip()
        yield tuple(_slice(runs, 0, end)), width(text[:end]) if text[:end].strip() else 0
        runs = tuple(_slice(runs, len(text) - len(rest), len(text)))
        text = rest
    yield runs, size if text.strip() else 0


def _seam(text: str, most_units: int) -> int:
    """Position of the cut: at a space, else anywhere. Decoding with "ignore" drops half a surrogate pair at
    the limit."""
    most = len(text.encode("utf-16-le")[: 2 * most_units].decode("utf-16-le", "ignore"))
    space = max(text.rfind(" ", most // 2, most), text.rfind("\n", most // 2, most))
    return space if space > 0 else most


def _slice(runs: Iterable[Run], start: int, end: int) -> Iterator[Run]:
    at = 0
    for run in runs:
        part = run.text[max(0, start - at) : max(0, end - at)]
        at += len(run.text)
        if part:
            yield Run(part, run.looks)
