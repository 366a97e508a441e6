"""Addresses that a message's formatting hides: linked words, and the public channel it was forwarded from."""

import re
from collections.abc import Callable, Iterator

from telegram import Message, MessageEntity, MessageOriginChannel

from bot.chat.transport.receiving.plain_updates import AnyMessage
from bot.form.typed.links import links_in

_USERNAME = re.compile(r"[A-Za-z0-9_]{4,32}")
_WEB = re.compile(r"https?://", re.IGNORECASE)


def with_links(message: AnyMessage, fits: Callable[[str], bool]) -> str:
    """Words of a message, then one line for each hidden address, as long as the whole `fits`."""
    words = message.text or message.caption or ""
    shown = {_bare(one) for one in links_in(words)}
    for link in _behind(message):
        longer = f"{words}\n{link}" if words else link
        if _bare(link) not in shown and fits(longer):
            shown.add(_bare(link))
            words = longer
    return words


def _behind(message: AnyMessage) -> Iterator[str]:
    """Hidden addresses. Nothing about a person, a hidden account or a private chat is ever returned."""
    if not isinstance(message, Message):
        return
    for entity in (*message.entities, *message.caption_entities):
        if entity.type == MessageEntity.TEXT_LINK and entity.url and _WEB.match(entity.url):
            yield from links_in(entity.url)
    origin = message.forward_origin
    if isinstance(origin, MessageOriginChannel) and origin.chat.type == origin.chat.CHANNEL:
        username = origin.chat.username or ""
        if _USERNAME.fullmatch(username):
            yield f"https://t.me/{username}/{origin.message_id}"


def _bare(link: str) -> str:
    """Link in a form for comparison: Telegram adds a slash after a host, people omit it and the scheme."""
    return _WEB.sub("", link, count=1).rstrip("/").lower()
