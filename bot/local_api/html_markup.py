"""Text with `parse_mode=HTML`: https://core.telegram.org/bots/api#html-style."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.local_api.links import LinkError, checked_link, emoji_number, person_in
from bot.local_api.utf16 import width

Entity = dict[str, Any]

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot));?")
_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"[^\s=>]*")
_BARE = re.compile(r"[A-Za-z0-9.\-]*")
_SPACE = re.compile(r"\s*")


class MarkupError(ValueError):
    """The markup cannot be parsed; the text is the one Telegram gives after "can't parse entities: "."""


@dataclass(slots=True)
class _Open:
    tag: str
    offset: int
    start: int
    part: int
    attributes: dict[str, str]


def _referred(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code == 0 or code >= 0x10FFFF:
        return match.group()
    if 0xD800 <= code <= 0xDFFF:
        raise MarkupError(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        )
    return chr(code)


def unescape(text: str) -> str:
    """The text with the four named and all numeric references replaced; others stay as they are."""
    return _REFERENCE.sub(_referred, text)


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.parts: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def byte(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def parse(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            tag = self.source.find("<", self.at)
            self.say(self.source[self.at : tag if tag >= 0 else None])
            if tag < 0:
                break
            self.at = tag + 1
            if self.source.startswith("/", self.at):
                self.end(tag)
            else:
                self.start(tag)
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.parts), self.entities

    def say(self, raw: str) -> None:
        text = unescape(raw)
        if text:
            self.parts.append(text)
            self.length += width(text)

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.source, self.at)
        # Every pattern here matches the empty string too.
        found = match.group() if match else ""
        self.at += len(found)
        return found

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def start(self, begin: int) -> None:
        tag = self.take(_NAME).lower()
        if not self.peek():
            raise MarkupError(f"Unclosed start tag at byte offset {self.byte(begin)}")
        if tag not in _TAGS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {self.byte(begin)}')
        attributes = self.attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise MarkupError(
                f'Tag "span" must have class "tg-spoiler" at byte offset {self.byte(begin)}',
            )
        self.at += 1
        self.open.append(_Open(tag, self.length, begin, len(self.parts), attributes))

    def attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self.take(_SPACE)
            if self.peek() == ">":
                return found
            name = self.take(_ATTRIBUTE).lower()
            if not name:
                if not self.peek():
                    raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self.byte(begin)}')
                raise MarkupError(
                    f'Empty attribute name in the tag "{tag}" at byte offset {self.byte(begin)}'
                )
            self.take(_SPACE)
            if self.peek() == "=":
                self.at += 1
                found[name] = self.value(tag, begin)
            elif tag == "blockquote" and name == "expandable":
                found[name] = ""
            else:
                raise MarkupError(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}" '
                    f"at byte offset {self.byte(begin)}"
                )

    def value(self, tag: str, begin: int) -> str:
        self.take(_SPACE)
        quote = self.peek()
        if not quote:
            raise MarkupError(f'Unclosed start tag "{tag}" at byte offset {self.byte(begin)}')
        if quote not in "\"'":
            token = self.at
            word = self.take(_BARE).lower()
            if not self.peek() or (self.peek() != ">" and not self.peek().isspace()):
                raise MarkupError(f"Unexpected end of name token at byte offset {self.byte(token)}")
            return word
        close = self.source.find(quote, self.at + 1)
        if close < 0:
            raise MarkupError(f"Unclosed start tag at byte offset {self.byte(begin)}")
        inside = self.source[self.at + 1 : close]
        self.at = close + 1
        return unescape(inside)

    def end(self, begin: int) -> None:
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {self.byte(begin)}")
        self.at += 1
        tag = self.take(_NAME).lower()
        self.take(_SPACE)
        if self.peek() != ">":
            raise MarkupError(f"Unclosed end tag at byte offset {self.byte(begin)}")
        self.at += 1
        opened = self.open.pop()
        if tag not in {"", opened.tag}:
            raise MarkupError(
                f'Unmatched end tag at byte offset {self.byte(begin)}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        self.close(opened)

    def close(self, opened: _Open) -> None:
        length = self.length - opened.offset
        if not length:
            return
        entity: Entity = {"type": _TAGS[opened.tag], "offset": opened.offset, "length": length}
        given = opened.attributes
        if opened.tag == "a":
            about = linked(given.get("href") or "".join(self.parts[opened.part :]))
            if about is None:
                return
            entity |= about
        elif opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = _emoji(given)
        elif opened.tag == "blockquote" and "expandable" in given:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "code" and given.get("class", "").startswith("language-"):
            entity["language"] = given["class"].removeprefix("language-")
        elif opened.tag == "pre" and self.entities and _covers(entity, self.entities[-1]):
            entity["language"] = self.entities.pop()["language"]
        self.entities.append(entity)


def _emoji(given: dict[str, str]) -> str:
    try:
        return emoji_number(given.get("emoji-id", ""))
    except LinkError as broken:
        raise MarkupError(str(broken)) from broken


def linked(target: str) -> Entity | None:
    """Type and target of the entity that a link makes, a mention of a person if it means one; None for what is no
    link, whose words stay as they are."""
    person = person_in(target)
    if person is not None:
        return {"type": "text_mention", "user": {"id": person}}
    try:
        return {"type": "text_link", "url": checked_link(target)}
    except LinkError:
        return None


def _covers(outer: Entity, inner: Entity) -> bool:
    same = (inner["offset"], inner["length"]) == (outer["offset"], outer["length"])
    return same and inner["type"] == "code" and "language" in inner


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its MessageEntity values.

    Raises:
        MarkupError: what Telegram says of broken markup, with byte offsets.
    """
    text, entities = _Parser(source).parse()
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return text, entities
