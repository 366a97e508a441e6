"""What a phone shows of a chat, as HTML: messages with their keyboards, notes, what a person sent."""

from collections.abc import Iterable

from bot.chat.renderer import RenderedMessage
from bot.demo.gallery.exchanges import Exchange, Look, Said
from bot.demo.gallery.markup import escaped, tag

_CLASSES = {Look.MESSAGE: "bubble", Look.FILE: "bubble file", Look.NOTE: "note", Look.MENU: "bubble menu"}


def bubble(message: RenderedMessage, class_: str = "bubble") -> str:
    """A message as a chat shows it. Its HTML is Telegram's, a part of HTML (Bot API, HTML style)."""
    rows = (keys(button["text"] for button in row) for row in message.keyboard)
    return tag("p", message.html, class_=class_) + "".join(rows)


def keys(labels: Iterable[str]) -> str:
    """A row of a keyboard."""
    return tag("div", *(tag("span", escaped(label)) for label in labels), class_="row")


def chat(exchange: Exchange) -> str:
    """What was sent, unless in another chat, and what the bot said to it."""
    said = map(_said, exchange.said)
    if exchange.notice:
        return "".join(said)
    if exchange.tapped:
        return tag("div", tag("span", escaped(exchange.sent)), class_="row sent") + "".join(said)
    return tag("p", escaped(exchange.sent), class_="bubble sent") + "".join(said)


def _said(said: Said) -> str:
    return bubble(said.message, _CLASSES[said.look])
