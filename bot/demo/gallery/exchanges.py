"""Updates sent to the bot with its answers, as a phone shows them."""

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
    MESSAGE = "bubble"
    FILE = "bubble file"
    MENU = "bubble menu"
    NOTIFICATION = "notification"


@dataclass(frozen=True, slots=True)
class ShownButton:
    """A button with its style, if any (Bot API, InlineKeyboardButton)."""

    label: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Utterance:
    look: Look
    html: str
    buttons: Sequence[Sequence[ShownButton]] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """An update and the bot's answers in `chat`, which is another chat for a notice.

    One update may lead to several exchanges. `keys` are those of its texts.
    """

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
    return Utterance(Look.MESSAGE, message.html, _shown(message.keyboard))


def _shown(keyboard: Iterable[Iterable[Mapping[str, str]]]) -> Sequence[Sequence[ShownButton]]:
    return tuple(tuple(ShownButton(one["text"], one.get("style", "")) for one in row) for row in keyboard)


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
        yield Utterance(Look.MENU, escape("\n".join(lines), quote=False))
    elif has_file:
        yield Utterance(Look.FILE, escape(params.get("caption", ""), quote=False), buttons)
    elif text:
        yield Utterance(Look.NOTIFICATION if method == "answerCallbackQuery" else Look.MESSAGE, html, buttons)
