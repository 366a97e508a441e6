"""What is sent to the bot in a chat and what the bot answers there, as a phone shows both."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any

from bot.chat.screens.renderer import RenderedMessage
from bot.chat.transport.sending.call import Call
from bot.demo.walk.chats import Chats, Sent
from bot.texts import Texts
from bot.work import Work


class Look(StrEnum):
    """How a phone shows something; the value is its class in the stylesheet."""

    MESSAGE = "bubble"
    FILE = "bubble file"
    MENU = "bubble menu"
    NOTIFICATION = "notification"


@dataclass(frozen=True, slots=True)
class ShownButton:
    """A button's label and its style, empty for none (Bot API, InlineKeyboardButton)."""

    label: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something the bot says: HTML as Telegram has it (Bot API, HTML style), and its buttons row by row."""

    look: Look
    html: str
    buttons: Sequence[Sequence[ShownButton]] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent and what the bot says to it in `chat`: the sender's, or another as a notice. One update may lead
    to several exchanges. `keys` are those of all texts that the bot looked up for it."""

    sent: Sent
    chat: int
    said: Sequence[Utterance]
    keys: Sequence[str]

    @property
    def is_notice(self) -> bool:
        """Whether it is said in another chat."""
        return self.chat != self.sent.chat


class KeyRecorder(Texts):
    """The texts of others; it remembers which keys were looked up."""

    def __init__(self, texts: Texts) -> None:  # without super: no catalogue is read again
        self.languages, self.neutral = texts.languages, texts.neutral
        self._texts = texts
        self._looked_up: dict[str, None] = {}

    def text(self, language: str, key: str, args: Mapping[str, str | int] | None = None) -> str:
        """As `Texts.text`; the key is remembered."""
        self._looked_up[key] = None
        return self._texts.text(language, key, args)

    def raw(self, language: str, prefix: str) -> dict[str, str]:
        """As `Texts.raw`."""
        return self._texts.raw(language, prefix)

    def take(self) -> Sequence[str]:
        """The keys looked up since the last call, in the order of their first use."""
        keys, self._looked_up = tuple(self._looked_up), {}
        return keys


def recorded_chats(work: Work, texts: Texts, language: str) -> tuple[Chats, list[Exchange]]:
    """Chats in a language, and the list to which their exchanges are added."""
    recorder, exchanges = KeyRecorder(texts), list[Exchange]()

    def record(sent: Sent, calls: Sequence[Call]) -> None:
        keys = recorder.take()
        exchanges.extend(
            Exchange(sent, chat, said, keys) for chat, said in _by_chat(calls, sent.chat).items()
        )

    return Chats(work, recorder, language, work.clock, record), exchanges


def utterance_of(message: RenderedMessage) -> Utterance:
    """A message of the renderer."""
    return Utterance(Look.MESSAGE, message.html, _shown(message.keyboard))


def _shown(keyboard: Iterable[Iterable[Mapping[str, str]]]) -> Sequence[Sequence[ShownButton]]:
    return tuple(tuple(ShownButton(one["text"], one.get("style", "")) for one in row) for row in keyboard)


def _by_chat(calls: Iterable[Call], sender: int) -> Mapping[int, Sequence[Utterance]]:
    """What calls show, by the chat that shows it."""
    found: dict[int, list[Utterance]] = {}
    for call in calls:
        for said in _utterances(call.method, call.params, has_file=bool(call.attach)):
            # A menu of commands names its chat in a scope; an answer to a tap names none.
            chat = call.params.get("chat_id") or call.params.get("scope", {}).get("chat_id") or sender
            found.setdefault(int(chat), []).append(said)
    return found


def _utterances(method: str, params: Mapping[str, Any], *, has_file: bool) -> Iterator[Utterance]:
    text = params.get("text", params.get("title", ""))
    html = text if params.get("parse_mode") == "HTML" else escape(text, quote=False)
    buttons = _shown(params.get("reply_markup", {}).get("inline_keyboard", ()))
    if method == "setMyCommands":
        lines = (f"/{one['command']} — {one['description']}" for one in params["commands"])
        yield Utterance(Look.MENU, escape("\n".join(lines), quote=False))
    elif has_file:
        yield Utterance(Look.FILE, escape(params.get("caption", ""), quote=False), buttons)
    elif text:
        yield Utterance(Look.NOTIFICATION if method == "answerCallbackQuery" else Look.MESSAGE, html, buttons)
