"""The one renderer: screens and phrases become Telegram messages (HTML, inline keyboards)."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.callback import Act, Tap, encode
from bot.form.screen import Button, Joined, Key, Label, Phrase, Said, Screen, ScreenKind
from bot.texts import Texts

LIMIT = 3900
"""Characters of one message; Telegram allows 4096 UTF-16 units, an emoji takes two."""
_MARKS = {True: "✅ ", False: "▫️ ", None: ""}

Keyboard = list[list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Message:
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
class Choice:
    """A button that is not of a form's screen."""

    label: Phrase
    act: Act


class Renderer:
    """Speaks one language at a time, from the catalogues and the form's own labels. `words` are keys that
    stand for others: a moderator saves an edit where a reporter sends a report."""

    def __init__(self, texts: Texts, words: Mapping[str, str] | None = None) -> None:
        self.texts = texts
        self._words = words or {}

    def reworded(self, words: Mapping[str, str]) -> "Renderer":
        """This renderer with some keys standing for others."""
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

    def message(
        self, language: str, paragraphs: Iterable[Phrase], rows: Iterable[Iterable[Choice]] = ()
    ) -> Message:
        """A message that is not of a form."""
        text = "\n\n".join(html.escape(self.phrase(part, language), quote=False) for part in paragraphs)
        keyboard = [
            [
                {"text": self.phrase(choice.label, language), "callback_data": encode(choice.act)}
                for choice in row
            ]
            for row in rows
        ]
        return Message(text, keyboard)

    def screen(self, language: str, screen: Screen, draft: str, step: int) -> list[Message]:
        """A form's screen, in as many messages as its length needs; the buttons stand under the last."""
        keyboard = [[self._button(button, language, draft, step) for button in row] for row in screen.rows]
        parts = _packed(self._paragraphs(screen, language))
        return [Message(part, []) for part in parts[:-1]] + [Message(parts[-1], keyboard)]

    def _button(self, button: Button, language: str, draft: str, step: int) -> dict[str, str]:
        label = _MARKS[button.marked] + self.phrase(button.label, language)
        return {"text": label or "·", "callback_data": encode(Tap(draft, step, button.event))}

    def _paragraphs(self, screen: Screen, language: str) -> list[str]:
        lines = []
        if screen.notice is not None:
            lines.append(f"<i>{_escaped(self.phrase(screen.notice, language))}</i>")
        for place, phrase in enumerate(screen.body):
            line = _escaped(self.phrase(phrase, language))
            if place == 0 and len(line) <= LIMIT - 100:
                counted = screen.kind is ScreenKind.QUESTION and screen.progress is not None
                line = f"<b>{line}</b>"
                if counted and screen.progress is not None:
                    line = f"{screen.progress[0]}/{screen.progress[1]} · {line}"
            lines.append(line)
        return lines


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _packed(paragraphs: list[str]) -> list[str]:
    """Paragraphs joined into as few messages as hold them; an over-long paragraph is cut at a space."""
    parts: list[str] = []
    for paragraph in paragraphs:
        for piece in _cut(paragraph):
            if parts and len(parts[-1]) + len(piece) + 2 <= LIMIT:
                parts[-1] += "\n\n" + piece
            else:
                parts.append(piece)
    return parts or ["·"]


def _cut(text: str) -> list[str]:
    pieces = []
    while len(text) > LIMIT:
        place = text.rfind(" ", LIMIT // 2, LIMIT)
        end = (
            place if place > 0 else text.rfind("&", 0, LIMIT) if ";" in text[LIMIT - 8 : LIMIT + 8] else LIMIT
        )
        end = end if end > 0 else LIMIT
        pieces.append(text[:end])
        text = text[end:].lstrip()
    return [*pieces, text]
