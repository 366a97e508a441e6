"""What is sent to the bot in a chat, and what the bot says to it there, as a phone shows both."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.chat.renderer import RenderedMessage
from bot.chat.transport.outbox import Call
from bot.demo.gallery.markup import escaped


class Look(StrEnum):
    """How a phone shows something: as a message, a file with its caption, a note over the chat, a command menu."""

    MESSAGE = "message"
    FILE = "file"
    NOTE = "note"
    MENU = "menu"


@dataclass(frozen=True, slots=True)
class Said:
    """Something the bot says."""

    look: Look
    message: RenderedMessage


@dataclass(frozen=True, slots=True)
class Exchange:
    """`sent` is what a person wrote or the label of the button they tapped, `chat` where the bot said something to
    it: in the same chat, or as a `notice` in another's. What was said to one thing that was sent has one `number`.
    `keys` are those of the texts that were asked for; `aside`: a form was filled in by it."""

    number: int
    chat: int
    sent: str
    tapped: bool
    notice: bool
    aside: bool
    said: Sequence[Said]
    keys: Sequence[str]

    @property
    def look(self) -> object:
        """What makes it look like another one: what is said, and the buttons' labels."""
        return tuple(
            (
                said.look,
                said.message.html,
                tuple(button["text"] for row in said.message.keyboard for button in row),
            )
            for said in self.said
        )


def by_chat(calls: Iterable[Call], chat: int) -> Mapping[int, Sequence[Said]]:
    """What calls show, by the chat in which it is shown; `chat` is where an update came from."""
    found: dict[int, list[Said]] = {}
    for call in calls:
        for said in _said(call):
            place = call.params.get("chat_id") or call.params.get("scope", {}).get("chat_id") or chat
            found.setdefault(int(place), []).append(said)
    return found


def _said(call: Call) -> Iterator[Said]:
    params = call.params
    keyboard = params.get("reply_markup", {}).get("inline_keyboard", [])
    if call.method == "setMyCommands":
        lines = (f"/{one['command']} — {one['description']}" for one in params["commands"])
        yield Said(Look.MENU, RenderedMessage(escaped("\n".join(lines)), []))
    elif call.method == "answerCallbackQuery":
        if params.get("text"):
            yield Said(Look.NOTE, RenderedMessage(escaped(params["text"]), []))
    elif call.attach:
        yield Said(Look.FILE, RenderedMessage(escaped(params.get("caption", "")), keyboard))
    elif params.get("text"):
        yield Said(Look.MESSAGE, RenderedMessage(_html(params), keyboard))


def _html(params: Mapping[str, Any]) -> str:
    text = str(params["text"])
    return text if params.get("parse_mode") == "HTML" else escaped(text)
