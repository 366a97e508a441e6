"""The one renderer: screens and phrases become Telegram messages (HTML, inline keyboards)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from bot.chat.screens.callback import Act, Tap, encode
from bot.chat.screens.markup import MOST_UNITS, Look, Paragraph, Run, dressed, packed, plain, to_html, width
from bot.form import events
from bot.form.screen import Button, ButtonRole, Joined, Key, Label, Phrase, Said, Screen, ScreenKind
from bot.texts import Texts

MOST_LABEL = 40
"""Characters of a button's label that a phone shows."""
MOST_PAIRED = 15
"""Of one beside which another has room."""
_NAMING = events.Belongs | events.Goto | events.AddMore | events.RemoveRepeat | events.Withhold
"""The taps whose buttons alone have whole questions and answers in their labels; a test sees to all others."""
_MARKS = {True: "☑ ", False: "☐ ", None: ""}
"""The boxes are text, so that they have the colour of the label in every theme; a client that draws the ticked one as an
emoji has one of the same shape."""
_MARKED_SMALL = "•{}•"
_MOST_WITH_MARKS = 4
"""Buttons of a row that have room for an emoji; days of a calendar have none."""
_STYLES = {ButtonRole.ONWARD: "primary", ButtonRole.COMPLETE: "success", ButtonRole.DESTROY: "danger"}
"""Bot API, InlineKeyboardButton.style: blue, green and red. Clients that do not know it show the label alone."""

_LOOKS: Mapping[tuple[str, str], Look] = {
    ("flow.review.line", "question"): Look.STRONG,
    ("flow.review.line", "answer"): Look.FOLDED_QUOTE,
    ("moderator.card.fact", "label"): Look.STRONG,
    ("moderator.report.line", "question"): Look.STRONG,
    ("moderator.report.line", "answer"): Look.QUOTE,
    ("moderator.approve.line", "column"): Look.STRONG,
    ("moderator.words.line", "question"): Look.STRONG,
    ("moderator.words.line", "text"): Look.QUOTE,
    ("reporter.receipt", ""): Look.STRONG,
    ("reporter.receipt", "code"): Look.CODE,
}
"""How texts and their arguments look, by key and name; without a name the whole text. Of an answer only a person's own words become a quotation, once
they are more than a line."""
_DRESSED = frozenset(key for key, _ in _LOOKS)
_QUOTES = {Look.QUOTE, Look.FOLDED_QUOTE}
_MOST_LINE = 60
"""Characters of an answer that is no quotation yet."""
_MOST_UNFOLDED = 350
"""Characters of a quotation that is shown whole."""
_HOLE = re.compile("\ue000(\\w+)\ue001")
"""Where an argument stands in a text: private-use characters, which no catalogue has."""

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
    role: ButtonRole | None = None


ActButtons = Iterable[Iterable[ActButton]]
"""Rows of buttons."""


def act_button(
    key: str, verb: str, first: str = "", second: str = "", role: ButtonRole | None = None
) -> ActButton:
    """A button whose label is a text of the catalogue."""
    return ActButton(Key(key), Act(verb, first, second), role)


class Renderer:
    """Renders in a language, from the catalogues and the form's own labels. `words` replaces some keys of the
    catalogues by others: a moderator saves an edit where a reporter sends a report."""

    def __init__(self, texts: Texts, words: Mapping[str, str] | None = None) -> None:
        self.texts = texts
        self._words = words or {}
        self._split: dict[tuple[str, str, tuple[str, ...]], Sequence[str]] = {}
        """Texts around their placeholders, by language, key and the names of those."""

    def reworded(self, words: Mapping[str, str]) -> "Renderer":
        """This renderer with some keys replaced by others."""
        other = Renderer(self.texts, words)
        other._split = self._split
        return other

    def paired(self, buttons: Iterable[ActButton], language: str) -> list[list[ActButton]]:
        """Buttons in rows: two short labels stand side by side."""
        rows: list[list[ActButton]] = []
        room = False
        for one in buttons:
            short = len(self.phrase(one.label, language)) <= MOST_PAIRED
            if short and room:
                rows[-1].append(one)
                room = False
            else:
                rows.append([one])
                room = short
        return rows

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
        text = "\n\n".join(to_html(self._runs(part, language)) for part in paragraphs)
        return RenderedMessage(text, self.keyboard(language, rows))

    def keyboard(self, language: str, rows: ActButtons) -> Keyboard:
        """Rows of buttons that are none of a form's."""
        return [
            [_styled(self.phrase(one.label, language), encode(one.act), one.role) for one in row]
            for row in rows
        ]

    def line(self, language: str, key: str, question: str, answer: str = "") -> RenderedMessage:
        """What stays of a question: the catalogue's line with both, which are short, and no buttons."""
        arguments = {"question": (Run(question, (Look.STRONG,)),), "answer": (Run(answer),)}
        return RenderedMessage(to_html(self._filled(language, key, arguments)), [])

    def screen(self, language: str, screen: Screen, draft: str, step: int) -> list[RenderedMessage]:
        """A form's screen, in as many messages as its length needs; the buttons stand under the last."""
        keyboard = [
            [self._button(one, language, Tap(draft, step, one.event), len(row)) for one in row]
            for row in screen.rows
        ]
        parts = [to_html(part) for part in packed(self._paragraphs(screen, language))]
        return [RenderedMessage(part, []) for part in parts[:-1]] + [RenderedMessage(parts[-1], keyboard)]

    def pages(self, language: str, body: Iterable[Phrase], foot: Phrase) -> list[str]:
        """A long text as the HTML of messages that are shown one at a time, each with the same paragraph at its foot. The first
        paragraph is the head."""
        end = self._runs(foot, language)
        paragraphs = self._paragraphs(Screen(ScreenKind.REVIEW, tuple(body)), language)
        parts = packed(paragraphs, MOST_UNITS - width(plain(end)) - 2)
        return [to_html((*part, Run("\n\n"), *end)) for part in parts]

    def notes(self, language: str, screen: Screen) -> list[RenderedMessage]:
        """What is told before a screen, each in messages of its own, which have no buttons."""
        said = ([self._runs(phrase, language) for phrase in note] for note in screen.notes)
        notes = ((dressed(first, Look.STRONG), *others) for first, *others in said)
        return [RenderedMessage(to_html(part), []) for note in notes for part in packed(note)]

    def _button(self, button: Button, language: str, tap: Tap, beside: int) -> dict[str, str]:
        label, role = self.phrase(button.label, language), button.role
        if beside <= _MOST_WITH_MARKS:
            label = _MARKS[button.marked] + label
        elif button.marked:
            label, role = _MARKED_SMALL.format(label), ButtonRole.ONWARD
        label = shortened(label, MOST_LABEL) if isinstance(button.event, _NAMING) else label
        return _styled(label or "·", encode(tap), role)

    def _paragraphs(self, screen: Screen, language: str) -> Iterator[Paragraph]:
        if self.texts.neutral:  # this much a list of chats and a notification show
            yield (Run(self.texts.text(language, "flow.neutral")),)
        if screen.notice is not None:
            yield dressed(self._runs(screen.notice, language), Look.REMARK)
        if screen.told is not None:
            yield self._runs(screen.told, language)
        for place, phrase in enumerate(screen.body):
            runs = self._runs(phrase, language)
            if place == 0:
                runs = dressed(runs, Look.STRONG)
                if screen.kind is ScreenKind.QUESTION and screen.progress is not None:
                    runs = (Run(f"{screen.progress[0]}/{screen.progress[1]} · "), *runs)
            yield runs

    def _runs(self, phrase: Phrase, language: str) -> Paragraph:
        """A phrase with the looks of its parts."""
        match phrase:
            case Joined(phrases, separator):
                parts = [self._runs(part, language) for part in phrases]
                return (
                    parts[0] if len(parts) == 1 else tuple(chain.from_iterable(_separated(parts, separator)))
                )
            case Key(key, args) if key in _DRESSED and any((key, name) in _LOOKS for name in ("", *args)):
                arguments = {name: self._argument(key, name, value, language) for name, value in args.items()}
                filled = self._filled(language, self._words.get(key, key), arguments)
                look = _LOOKS.get((key, ""))
                return filled if look is None else dressed(filled, look)
        return (Run(self.phrase(phrase, language)),)

    def _argument(self, key: str, name: str, value: Phrase | str | int, language: str) -> Paragraph:
        look = _LOOKS.get((key, name))
        if isinstance(value, str | int):
            value = Said(str(value))
        if look in _QUOTES:
            return self._answer(value, language, look)
        runs = self._runs(value, language)
        return runs if look is None else dressed(runs, look)

    def _answer(self, answer: Phrase, language: str, quote: Look) -> Paragraph:
        """An answer, in which a person's own words are quoted."""
        match answer:
            case Joined(phrases, separator) if "\n" in separator:
                parts = [self._answer(part, language, quote) for part in phrases]
                return tuple(run for part in _separated(parts, separator) for run in part)
            case Said(text) if len(text) > _MOST_LINE or "\n" in text:
                return (Run(text, (Look.QUOTE if width(text) <= _MOST_UNFOLDED else quote,)),)
        return self._runs(answer, language)

    def _filled(self, language: str, key: str, arguments: Mapping[str, Paragraph]) -> Paragraph:
        """A text of the catalogues with its placeholders filled; none of them may choose a plural form."""
        place = (language, key, tuple(arguments))
        parts = self._split.get(place)
        if parts is None:
            text = self.texts.text(language, key, {name: f"\ue000{name}\ue001" for name in arguments})
            parts = self._split[place] = _HOLE.split(text)
        runs: list[Run] = []
        for number, part in enumerate(parts):
            if number % 2:
                runs += [run for run in arguments[part] if run.text]
            elif part:
                runs.append(Run(part))
        return tuple(runs)


def shortened(text: str, most: int) -> str:
    """A text in one line of at most so many characters, cut between words if possible."""
    words = " ".join(text.split())
    if len(words) <= most:
        return words
    space = words.rfind(" ", most // 2, most)
    return f"{words[: space if space > 0 else most - 1].rstrip(' ,;:.')}…"


def _styled(label: str, data: str, role: ButtonRole | None) -> dict[str, str]:
    """A button as the Bot API has it (InlineKeyboardButton)."""
    return {"text": label, "callback_data": data} | ({} if role is None else {"style": _STYLES[role]})


def _separated(parts: Iterable[Paragraph], separator: str) -> Iterator[Paragraph]:
    for place, part in enumerate(parts):
        if place and separator:
            yield (Run(separator),)
        yield part
