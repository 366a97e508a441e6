"""The one renderer: screens and phrases become Telegram messages (HTML, inline keyboards)."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.callback import Act, Tap, encode
from bot.form import events
from bot.form.screen import Button, Joined, Key, Label, Phrase, Said, Screen, ScreenKind
from bot.texts import Texts

MOST_UNITS = 3900
"""UTF-16 units of one message with its markup; Telegram allows 4096 without it."""
MOST_LABEL = 40
"""Characters of a button's label that a phone shows."""
_NAMING = events.Goto | events.AddMore | events.RemoveRepeat
_MARKS = {True: "✅ ", False: "▫️ ", None: ""}

Keyboard = list[list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """One message to send: its HTML and its inline keyboard, empty for none."""

    html: str
    keyboard: Keyboard

    def params(self) -> dict[str, Any]:
        """As parameters of sendMessage or editMessageText (Bot API)."""
        return {
            "text": self.html,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": {"inline_keyboard": self.keyboard},
        }


@dataclass(frozen=True, slots=True)
class ActButton:
    """A button outside a form's screens."""

    label: Phrase
    act: Act


ActButtons = Iterable[Iterable[ActButton]]
"""Rows of buttons."""


def act_button(key: str, verb: str, first: str = "", second: str = "") -> ActButton:
    """A button whose label is a text of the catalogue."""
    return ActButton(Key(key), Act(verb, first, second))


class Renderer:
    """Renders in a language, from the catalogues and the form's own labels. `words` replaces some keys of the
    catalogues by others: a moderator saves an edit where a reporter sends a report."""

    def __init__(self, texts: Texts, words: Mapping[str, str] | None = None) -> None:
        self.texts = texts
        self._words = words or {}

    def reworded(self, words: Mapping[str, str]) -> "Renderer":
        """This renderer with some keys replaced by others."""
        return Renderer(self.texts, words)

    def phrase(self, phrase: Phrase, language: str) -> str:
        """A phrase as plain text."""
        match phrase:
            case Said(text):
                return text
            case Label(text):
                return text.get(language) or next(iter(text.values()), "")
            case Joined(phrases, separator):
                return separator.join(self.phrase(part, language) for part in phrases)
            case Key(key, args):
                filled = {
                    name: value if isinstance(value, str | int) else self.phrase(value, language)
                    for name, value in args.items()
                }
                return self.texts.text(language, self._words.get(key, key), filled)

    def message(self, language: str, paragraphs: Iterable[Phrase], rows: ActButtons = ()) -> RenderedMessage:
        """A message outside a form's screens."""
        text = "\n\n".join(_escaped(self.phrase(part, language)) for part in paragraphs)
        keyboard = [
            [
                {"text": self.phrase(button.label, language), "callback_data": encode(button.act)}
                for button in row
            ]
            for row in rows
        ]
        return RenderedMessage(text, keyboard)

    def line(self, language: str, key: str, question: str, answer: str = "") -> RenderedMessage:
        """What stays of a question: the catalogue's line with both, which are short, and no buttons."""
        filled = {"question": _tagged("b", _escaped(question)), "answer": _escaped(answer)}
        return RenderedMessage(self.texts.text(language, key, filled), [])

    def screen(self, language: str, screen: Screen, draft: str, step: int) -> list[RenderedMessage]:
        """A form's screen, in as many messages as its length needs; the buttons stand under the last."""
        keyboard = [[self._button(button, language, draft, step) for button in row] for row in screen.rows]
        parts = _packed(self._paragraphs(screen, language))
        return [RenderedMessage(part, []) for part in parts[:-1]] + [RenderedMessage(parts[-1], keyboard)]

    def _button(self, button: Button, language: str, draft: str, step: int) -> dict[str, str]:
        label = _MARKS[button.marked] + self.phrase(button.label, language)
        # These alone have whole questions and answers in their labels; a test sees to all others.
        label = shortened(label, MOST_LABEL) if isinstance(button.event, _NAMING) else label
        return {"text": label or "·", "callback_data": encode(Tap(draft, step, button.event))}

    def _paragraphs(self, screen: Screen, language: str) -> list[str]:
        lines = []
        if screen.notice is not None:
            lines.append(_tagged("i", _escaped(self.phrase(screen.notice, language))))
        if screen.told is not None:
            lines.append(_escaped(self.phrase(screen.told, language)))
        for place, phrase in enumerate(screen.body):
            line = _escaped(self.phrase(phrase, language))
            if place == 0:
                line = _tagged("b", line)
                if screen.kind is ScreenKind.QUESTION and screen.progress is not None:
                    line = f"{screen.progress[0]}/{screen.progress[1]} · {line}"
            lines.append(line)
        return lines


def shortened(text: str, most: int) -> str:
    """A text in one line of at most so many characters, cut between words if possible."""
    words = " ".join(text.split())
    if len(words) <= most:
        return words
    space = words.rfind(" ", most // 2, most)
    return f"{words[: space if space > 0 else most - 1].rstrip(' ,;:.')}…"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _tagged(tag: str, line: str) -> str:
    """A line in a tag, unless it is blank or so long that a cut would fall inside the tag."""
    return f"<{tag}>{line}</{tag}>" if line.strip() and _width(line) <= MOST_UNITS - 100 else line


def _packed(paragraphs: list[str]) -> list[str]:
    """Paragraphs joined into as few messages as hold them; one that is too long is cut at a space."""
    parts: list[str] = []
    for paragraph in paragraphs:
        for piece in _cut(paragraph):
            if not piece.strip():
                continue
            if parts and _width(parts[-1]) + _width(piece) + 2 <= MOST_UNITS:
                parts[-1] += "\n\n" + piece
            else:
                parts.append(piece)
    return parts or ["·"]


def _width(text: str) -> int:
    """The length of a text as Telegram counts it, in UTF-16 units (Bot API, MessageEntity)."""
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str) -> list[str]:
    pieces = []
    while _width(text) > MOST_UNITS:
        end = _seam(text)
        pieces.append(text[:end])
        text = text[end:].lstrip()
    return [*pieces, text]


def _seam(text: str) -> int:
    """Where a text that is too long is cut: at a space, else anywhere but inside an entity such as `&amp;`.

    Half a surrogate pair at the limit is dropped by decoding with "ignore"."""
    most = len(text.encode("utf-16-le")[: 2 * MOST_UNITS].decode("utf-16-le", "ignore"))
    space = max(text.rfind(" ", most // 2, most), text.rfind("\n", most // 2, most))
    if space > 0:
        return space
    entity = text.rfind("&", most - 5, most)  # the longest that html.escape writes is `&amp;`
    return entity if entity > 0 and ";" not in text[entity:most] else most
