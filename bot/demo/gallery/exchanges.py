"""Updates sent to the bot with its answers, as a phone shows them."""

import random
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from html import escape
from typing import Any

from bot.app.work import Work
from bot.chat.renderer import RenderedMessage
from bot.demo.walk.answering import SampleTexts
from bot.demo.walk.chats import Chats, Sent
from bot.form.screen import Button, Joined, Key, Said, Screen
from bot.texts import Texts
from bot.transport.call import Call


class ExchangeStyle(StrEnum):
    MESSAGE = "bubble"
    FILE = "bubble file"
    MENU = "bubble menu"
    NOTIFICATION = "notification"


@dataclass(frozen=True, slots=True)
class DrawnButton:
    """A button with its style, if any (Bot API, InlineKeyboardButton)."""

    label: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Utterance:
    look: ExchangeStyle
    html: str
    buttons: Sequence[Sequence[DrawnButton]] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """An update and the bot's answers in `chat`, which is another chat for a notice. One update may lead to
    several exchanges. `keys` are those of its texts."""

    sent: Sent
    chat: int
    said: Sequence[Utterance]
    keys: Sequence[str]

    @property
    def is_notice(self) -> bool:
        return self.chat != self.sent.chat


class KeyRecorder(Texts):
    def __init__(self, texts: Texts) -> None:  # no super(): it would read the catalogues again
        self.languages, self.neutral = texts.languages, texts.neutral
        self._texts = texts
        self._looked_up: dict[str, None] = {}

    def text(self, language: str, key: str, args: Mapping[str, str | int] | None = None) -> str:
        self._looked_up[key] = None
        return self._texts.text(language, key, args)

    def raw(self, language: str, prefix: str) -> dict[str, str]:
        return self._texts.raw(language, prefix)

    def take(self) -> Sequence[str]:
        keys, self._looked_up = tuple(self._looked_up), {}
        return keys


def recorded_chats(work: Work, texts: Texts, language: str) -> tuple[Chats, list[Exchange]]:
    recorder, exchanges = KeyRecorder(texts), list[Exchange]()

    def record(sent: Sent, calls: Sequence[Call]) -> None:
        keys = recorder.take()
        exchanges.extend(
            Exchange(sent, chat, said, keys) for chat, said in _by_chat(calls, sent.chat).items()
        )

    return Chats(work, recorder, language, work.clock, record), exchanges


def utterance_of(message: RenderedMessage) -> Utterance:
    return Utterance(ExchangeStyle.MESSAGE, message.html, _shown(message.keyboard))


def _shown(keyboard: Iterable[Iterable[Mapping[str, str]]]) -> Sequence[Sequence[DrawnButton]]:
    return tuple(tuple(DrawnButton(one["text"], one.get("style", "")) for one in row) for row in keyboard)


def _by_chat(calls: Iterable[Call], sender: int) -> Mapping[int, Sequence[Utterance]]:
    found: dict[int, list[Utterance]] = {}
    for call in calls:
        for said in _utterances(call.method, call.params, has_file=bool(call.attach)):
            # A command menu names its chat in a scope, an answer to a tap names none.
            chat = call.params.get("chat_id") or call.params.get("scope", {}).get("chat_id") or sender
            found.setdefault(int(chat), []).append(said)
    return found


def _utterances(method: str, params: Mapping[str, Any], *, has_file: bool) -> Iterator[Utterance]:
    text = params.get("text", params.get("title", ""))
    html = text if params.get("parse_mode") == "HTML" else escape(text, quote=False)
    buttons = _shown(params.get("reply_markup", {}).get("inline_keyboard", ()))
    if method == "setMyCommands":
        lines = (f"/{one['command']} — {one['description']}" for one in params["commands"])
        yield Utterance(ExchangeStyle.MENU, escape("\n".join(lines), quote=False))
    elif has_file:
        yield Utterance(ExchangeStyle.FILE, escape(params.get("caption", ""), quote=False), buttons)
    elif text:
        yield Utterance(
            ExchangeStyle.NOTIFICATION if method == "answerCallbackQuery" else ExchangeStyle.MESSAGE,
            html,
            buttons,
        )


_CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHAPES = {
    "code": (rf"\b[{_CHARACTERS}]{{4}}(?:-[{_CHARACTERS}]{{4}}){{2}}\b", "????-????-????"),
    "reference": (rf"(?:\b|(?<=_))R[{_CHARACTERS}]{{5}}\b", "R?????"),
    "incident": (rf"(?:\b|(?<=_))E[{_CHARACTERS}]{{5}}\b", "E?????"),
    "request": (r"\b[0-9a-f]{8}\b", "?" * 8),
    "invitation": (r"(?:(?<=/start )|(?<=\?start=))[\w-]{32}(?![\w-])", "?" * 32),
    "head": (r"(?<=\d:)[0-9a-f]{16}\b", "?" * 16),
}
"""Pattern and shape of a random value, by its name."""
_DRAWN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, (pattern, _) in _SHAPES.items()))


def with_stand_ins(exchanges: Iterable[Exchange], seed: str, constant: str) -> Sequence[Exchange]:
    """Replace random values in exchanges, consistently and deterministically for a script and seed. Values
    that also occur in the `constant` text stay."""
    rng = random.Random(seed)  # noqa: S311 - what it makes opens nothing
    stand_ins = {match[0]: match[0] for match in _DRAWN.finditer(constant)}

    def stand_in(match: re.Match[str]) -> str:
        _, shape = _SHAPES[str(match.lastgroup)]
        return stand_ins.setdefault(
            match[0], "".join(rng.choice(_CHARACTERS) if one == "?" else one for one in shape)
        )

    def replaced(text: str) -> str:
        return _DRAWN.sub(stand_in, text)

    def said(one: Utterance) -> Utterance:
        buttons = tuple(
            tuple(replace(button, label=replaced(button.label)) for button in row) for row in one.buttons
        )
        return Utterance(one.look, replaced(one.html), buttons)

    return [
        replace(one, sent=replace(one.sent, words=replaced(one.sent.words)), said=tuple(map(said, one.said)))
        for one in exchanges
    ]


Letters = Mapping[int, str]
"""Real text for each stand-in letter, for `str.translate`."""

_FIRST = 0xA000
"""First Yi syllable: a script unused by the bot, with 1165 letters, and no capitals and digits, which a
search would interpret."""
_PARTS = ("short", "long", "file")


def sample_words(texts: Texts, language: str) -> SampleTexts:
    return SampleTexts(
        short=texts.text(language, "gallery.sample.words"),
        long=texts.text(language, "gallery.sample.story") + " ",
        last=".",
        file=texts.text(language, "gallery.sample.file"),
    )


def standing_for(words: Collection[SampleTexts]) -> SampleTexts:
    parts, first = {}, _FIRST
    for part in _PARTS:
        length = max(len(getattr(one, part)) for one in words)
        parts[part] = "".join(map(chr, range(first, first + length)))
        first += length
    return SampleTexts(**parts, last=".")


def letters_of(standing: SampleTexts, words: SampleTexts) -> Letters:
    """Map each stand-in letter to a part of `words`. Shorter words are spread over all letters, so that a cut
    text keeps its beginning and end."""
    letters: dict[int, str] = {}
    for part in _PARTS:
        places, text = getattr(standing, part), getattr(words, part)
        ends = [place * len(text) // len(places) for place in range(len(places) + 1)]
        letters |= {ord(one): text[ends[place] : ends[place + 1]] for place, one in enumerate(places)}
    return letters


def in_words(value: Any, letters: Letters) -> Any:
    """A screen, or a part of one, with real text for its stand-in letters."""
    if type(value) is str:  # not an enum's
        return value.translate(letters)
    if isinstance(value, tuple):
        return tuple(in_words(one, letters) for one in value)
    if isinstance(value, Mapping):
        return {name: in_words(one, letters) for name, one in value.items()}
    if isinstance(value, Screen | Button | Key | Said | Joined):
        return replace(
            value, **{one.name: in_words(getattr(value, one.name), letters) for one in fields(value)}
        )
    return value
