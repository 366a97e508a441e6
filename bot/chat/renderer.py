"""The one renderer: screens and phrases become Telegram messages in HTML with inline keyboards."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Any

from bot.chat.buttons import Act, Tap, encode
from bot.form import events
from bot.form.answers import FileKind
from bot.form.markup import UNTOLD, MarkedRun, marked
from bot.form.screen import Button, ButtonRole, Joined, Key, Label, Phrase, Said, Screen, ScreenKind
from bot.texts import Texts

MOST_UNITS = 3900
"""Most UTF-16 units of one message without its tags. Telegram allows 4096, and 32768 bytes with them."""


class TextStyle(StrEnum):
    """Format of a part of a message; the value is its tag."""

    STRONG = "b"
    REMARK = "i"
    HEADING = "u"
    CODE = "code"
    QUOTE = "blockquote"
    FOLDED_QUOTE = "blockquote expandable"


@dataclass(frozen=True, slots=True)
class StyledText:
    text: str
    looks: tuple[str, ...] = ()


Paragraph = tuple[StyledText, ...]


def dressed(runs: Iterable[StyledText], look: TextStyle) -> Paragraph:
    return tuple([run if look in run.looks else StyledText(run.text, (look, *run.looks)) for run in runs])


def plain(runs: Iterable[StyledText]) -> str:
    return "".join([run.text for run in runs])


def width(text: str) -> int:
    """Length of a text in UTF-16 units, as Telegram counts (Bot API, MessageEntity)."""
    return len(text.encode("utf-16-le")) // 2


def to_html(runs: Iterable[StyledText]) -> str:
    parts: list[str] = []
    opened: Sequence[str] = ()
    for run in runs:
        # Code can neither contain nor be part of other entities (Bot API, MessageEntity).
        looks = (TextStyle.CODE,) if TextStyle.CODE in run.looks else run.looks
        if looks != opened:
            kept = len([*takewhile(lambda two: two[0] == two[1], zip(opened, looks, strict=False))])
            parts += _closing(opened[kept:])
            parts += [f"<{look}>" for look in looks[kept:]]
            opened = looks
        parts.append(html.escape(run.text, quote=False))
    return "".join([*parts, *_closing(opened)])


def packed(paragraphs: Iterable[Paragraph], most: int = MOST_UNITS) -> list[Paragraph]:
    """Join paragraphs into few messages of at most `most` units. A longer one is cut, if possible at a space."""
    messages: list[list[StyledText]] = []
    taken = 0
    for piece, size in (sized for paragraph in paragraphs for sized in _pieces(paragraph, most)):
        if not size:
            continue
        if messages and taken + size + 2 <= most:
            messages[-1] += (StyledText("\n\n"), *piece)
            taken += size + 2
        else:
            messages.append([*piece])
            taken = size
    return [tuple(message) for message in messages] or [(StyledText("·"),)]


def _closing(looks: Sequence[str]) -> list[str]:
    return [f"</{look.partition(' ')[0]}>" for look in reversed(looks)] if looks else []


def _pieces(runs: Paragraph, most: int) -> Iterator[tuple[Paragraph, int]]:
    text = plain(runs)
    while (size := width(text)) > most:
        # Decoding with "ignore" drops half a surrogate pair at the limit.
        end = len(text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore"))
        line, space = text.rfind("\n", end // 2, end), text.rfind(" ", end // 2, end)
        end = next((cut for cut in (line, space) if cut > 0), end)
        rest = text[end:].lstrip()
        yield tuple(_slice(runs, 0, end)), width(text[:end]) if text[:end].strip() else 0
        runs = tuple(_slice(runs, len(text) - len(rest), len(text)))
        text = rest
    yield runs, size if text.strip() else 0


def _slice(runs: Iterable[StyledText], start: int, end: int) -> Iterator[StyledText]:
    at = 0
    for run in runs:
        part = run.text[max(0, start - at) : max(0, end - at)]
        at += len(run.text)
        if part:
            yield StyledText(part, run.looks)


MOST_LABEL = 40
"""Most characters of a button's label that a phone shows."""
MOST_PAIRED = 15
"""Most characters of a label that leaves room for a second one in a row."""
_NAMING = events.Belongs | events.Goto | events.AddMore | events.RemoveRepeat | events.Withhold
"""Taps with whole questions and answers as labels, which are shortened. A test checks all others."""
_MARKS = {True: "☑ ", False: "☐ ", None: ""}
"""Text characters, so that the boxes have the label's colour in every theme."""
_MOST_WITH_MARKS = 4
"""Most buttons of a row with room for an emoji. Days of a calendar have none."""
_STYLES = {ButtonRole.ONWARD: "primary", ButtonRole.COMPLETE: "success", ButtonRole.DESTROY: "danger"}
"""Blue, green and red (Bot API, InlineKeyboardButton.style). Older clients show the label alone."""

_LOOKS: Mapping[str, Mapping[str, TextStyle]] = {
    "flow.review.line": {"question": TextStyle.STRONG, "answer": TextStyle.FOLDED_QUOTE},
    "flow.review.section": {"section": TextStyle.STRONG},
    "flow.review.short": {"answer": TextStyle.FOLDED_QUOTE},
    "flow.review.said": {"said": TextStyle.FOLDED_QUOTE, "answer": TextStyle.FOLDED_QUOTE},
    "flow.said": {"said": TextStyle.FOLDED_QUOTE},
    "moderator.card.fact": {"label": TextStyle.STRONG},
    "moderator.report.line": {"question": TextStyle.STRONG, "answer": TextStyle.QUOTE},
    "moderator.approve.line": {"column": TextStyle.STRONG},
    "moderator.approve.codes": {"codes": TextStyle.FOLDED_QUOTE},
    "moderator.words.line": {"question": TextStyle.STRONG, "text": TextStyle.QUOTE},
    "reporter.receipt": {"": TextStyle.STRONG, "code": TextStyle.CODE},
}
"""Formats of texts ("") and their arguments, by key. A person's own words become a quotation if over a line."""
_QUOTES = {TextStyle.QUOTE, TextStyle.FOLDED_QUOTE}
_MOST_LINE = 60
_MOST_TOLD = 200
"""Most characters of an answer inside a text."""
_MOST_UNFOLDED = 350
_ENDS = ("?", "!", ".", ":", "…")
_HOLE = re.compile("\ue000(\\w+)\ue001")

Keyboard = list[list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    html: str
    keyboard: Keyboard

    def params(self) -> dict[str, Any]:
        return {
            "text": self.html,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": {"inline_keyboard": self.keyboard},
        }


@dataclass(frozen=True, slots=True)
class ActButton:
    label: Phrase
    act: Act
    role: ButtonRole | None = None


ActButtons = Iterable[Iterable[ActButton]]


def act_button(
    key: str, verb: str, first: str = "", second: str = "", role: ButtonRole | None = None
) -> ActButton:
    return ActButton(Key(key), Act(verb, first, second), role)


class Renderer:
    """Renderer of texts and the form's labels. `words` replaces keys of the catalogues, as for a moderator's edit."""

    def __init__(self, texts: Texts, words: Mapping[str, str] | None = None) -> None:
        self.texts = texts
        self._words = words or {}
        self._split: dict[tuple[str, str, tuple[str, ...]], Sequence[str]] = {}

    def reworded(self, words: Mapping[str, str]) -> "Renderer":
        other = Renderer(self.texts, words)
        other._split = self._split
        return other

    def paired(
        self, buttons: Iterable[ActButton], language: str, most: int = MOST_PAIRED
    ) -> list[list[ActButton]]:
        """Rows of buttons, two in a row where both labels have at most `most` characters."""
        rows: list[list[ActButton]] = []
        has_room = False
        for one in buttons:
            is_short = len(self.phrase(one.label, language)) <= most
            if is_short and has_room:
                rows[-1].append(one)
            else:
                rows.append([one])
            has_room = is_short and not has_room
        return rows

    def phrase(self, phrase: Phrase, language: str) -> str:
        match phrase:
            case Said(text):
                return text
            case Label():
                return plain(self.label(phrase, language))
            case Joined(phrases, separator):
                return separator.join(self.phrase(part, language) for part in phrases)
            case Key(key, args):
                filled = {
                    name: value if isinstance(value, str | int) else self.phrase(value, language)
                    for name, value in args.items()
                }
                return self.texts.text(language, self._words.get(key, key), filled)

    def message(self, language: str, paragraphs: Iterable[Phrase], rows: ActButtons = ()) -> RenderedMessage:
        text = "\n\n".join(to_html(self._runs(part, language)) for part in paragraphs)
        return RenderedMessage(text, self.keyboard(language, rows))

    def keyboard(self, language: str, rows: ActButtons) -> Keyboard:
        return [
            [_styled(self.phrase(one.label, language), encode(one.act), one.role) for one in row]
            for row in rows
        ]

    def line(self, language: str, key: str, question: str, answer: str = "") -> RenderedMessage:
        """Line that remains of an answered question, from a text with both as arguments, without buttons."""
        bold, plainly = StyledText(question, (TextStyle.STRONG,)), StyledText(answer)
        filled = self._filled(language, key, {"question": (bold,), "answer": (plainly,)})
        return RenderedMessage(to_html(filled), [])

    def screen(self, language: str, screen: Screen, draft: str, step: int) -> list[RenderedMessage]:
        """Form's screen in as many messages as its length needs, with the buttons under the last."""
        keyboard = [
            [self._button(one, language, Tap(draft, step, one.event), len(row)) for one in row]
            for row in screen.rows
        ]
        parts = [to_html(part) for part in packed(self._paragraphs(screen, language))]
        return [RenderedMessage(part, []) for part in parts[:-1]] + [RenderedMessage(parts[-1], keyboard)]

    def pages(self, language: str, body: Iterable[Phrase], foot: Phrase) -> list[str]:
        """HTML pages of a long text, each with `foot` as its last paragraph. `body` begins with the head."""
        end = self._runs(foot, language)
        paragraphs = self._paragraphs(Screen(ScreenKind.REVIEW, tuple(body)), language)
        parts = packed(paragraphs, MOST_UNITS - width(plain(end)) - 2)
        return [to_html((*part, StyledText("\n\n"), *end)) for part in parts]

    def notes(self, language: str, screen: Screen) -> list[RenderedMessage]:
        """Notes above a screen, each in messages of its own without buttons."""
        said = ([self._runs(phrase, language) for phrase in note] for note in screen.notes)
        notes = ((dressed(first, TextStyle.STRONG), *others) for first, *others in said)
        return [RenderedMessage(to_html(part), []) for note in notes for part in packed(note)]

    def _button(self, button: Button, language: str, tap: Tap, beside: int) -> dict[str, str]:
        label, role = self.phrase(button.label, language), button.role
        if beside <= _MOST_WITH_MARKS:
            label = _MARKS[button.marked] + label
        elif button.marked:
            label, role = f"•{label}•", ButtonRole.ONWARD
        label = shortened(label, MOST_LABEL) if isinstance(button.event, _NAMING) else label
        return _styled(label or "·", encode(tap), role)

    def _paragraphs(self, screen: Screen, language: str) -> Iterator[Paragraph]:
        if self.texts.neutral:  # chat lists and notifications show the first line
            yield (StyledText(self.texts.text(language, "flow.neutral")),)
        if screen.notice is not None:
            yield dressed(self._runs(screen.notice, language), TextStyle.REMARK)
        if screen.told is not None:
            yield self._runs(screen.told, language)
        if screen.heading is not None:
            yield dressed(self._runs(screen.heading, language), TextStyle.HEADING)
        for place, phrase in enumerate(screen.body):
            runs = self._runs(phrase, language)
            if place == 0:
                runs = dressed(runs, TextStyle.STRONG)
                if screen.kind is ScreenKind.QUESTION and screen.progress is not None:
                    runs = (StyledText(f"{screen.progress[0]}/{screen.progress[1]} · "), *runs)
            yield runs

    def _runs(self, phrase: Phrase, language: str) -> Paragraph:
        match phrase:
            case Joined(phrases, separator):
                return _joined([self._runs(part, language) for part in phrases], separator)
            case Key(key, args) if not (looks := _LOOKS.get(key, {})).keys().isdisjoint(("", *args)):
                arguments = {
                    name: self._argument(one, language, looks.get(name)) for name, one in args.items()
                }
                filled, look = self._filled(language, self._words.get(key, key), arguments), looks.get("")
                return filled if look is None else dressed(filled, look)
            case Label():
                return self.label(phrase, language)
        return (StyledText(self.phrase(phrase, language)),)

    def label(self, label: Label, language: str) -> Paragraph:
        words = label.text.get(language) or next(iter(label.text.values()), "")
        runs = (MarkedRun(words),) if label.is_plain else marked(words)
        told = {
            path: shortened(self.phrase(answer, language), _MOST_TOLD) for path, answer in label.told.items()
        }
        texts = (told.get(run.path, UNTOLD) if run.path else run.text for run in runs)
        return tuple([StyledText(text, run.looks) for text, run in zip(texts, runs, strict=True)])

    def _argument(self, value: Phrase | str | int, language: str, look: TextStyle | None) -> Paragraph:
        value = Said(str(value)) if isinstance(value, str | int) else value
        if look in _QUOTES:
            return self._answer(value, language, look)
        runs = self._runs(value, language)
        return runs if look is None else dressed(runs, look)

    def _answer(self, answer: Phrase, language: str, quote: TextStyle) -> Paragraph:
        match answer:
            case Joined(phrases, separator) if "\n" in separator:
                return _joined([self._answer(part, language, quote) for part in phrases], separator)
            case Said(text) if len(text) > _MOST_LINE or "\n" in text:
                return (StyledText(text, (TextStyle.QUOTE if width(text) <= _MOST_UNFOLDED else quote,)),)
        return self._runs(answer, language)

    def _filled(self, language: str, key: str, arguments: Mapping[str, Paragraph]) -> Paragraph:
        """Text without a colon after a question mark and the like. No argument may choose a plural form."""
        place = (language, key, tuple(arguments))
        parts = self._split.get(place)
        if parts is None:
            text = self.texts.text(language, key, {name: f"\ue000{name}\ue001" for name in arguments})
            parts = self._split[place] = _HOLE.split(text)
        runs: list[StyledText] = []
        for number, part in enumerate(parts):
            if number % 2:
                runs += [run for run in arguments[part] if run.text]
                continue
            ended = part.startswith(":") and runs and runs[-1].text.endswith(_ENDS)
            if part := part[1:] if ended else part:
                runs.append(StyledText(part))
        return tuple(runs)


def shortened(text: str, most: int) -> str:
    """Text in one line of at most `most` characters, if possible cut between words."""
    words = " ".join(text.split())
    if len(words) <= most:
        return words
    space = words.rfind(" ", most // 2, most)
    return f"{words[: space if space > 0 else most - 1].rstrip(' ,;:.')}…"


def _styled(label: str, data: str, role: ButtonRole | None) -> dict[str, str]:
    return {"text": label, "callback_data": data} | ({} if role is None else {"style": _STYLES[role]})


def _joined(parts: Iterable[Paragraph], separator: str) -> Paragraph:
    between = (StyledText(separator),) if separator else ()
    return tuple(run for place, part in enumerate(parts) for run in ((*between, *part) if place else part))


SEND_METHODS = {kind: (f"send{kind.capitalize()}", str(kind)) for kind in FileKind}
"""Methods of the Bot API that send a kind of file, and their parameters for it."""
