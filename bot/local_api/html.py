"""Text with `parse_mode=HTML`: https://core.telegram.org/bots/api#html-style."""

import re
from contextlib import suppress
from dataclasses import dataclass, field

from bot.local_api.access import JSON

# A scheme ends with the first "://", unless other delimiters come before it, as in "e.kz/?to=http://x".
_SCHEME = re.compile(r"([^:/?#@\[\]]*)://")
_TELEGRAM_LINK = re.compile(r"tg:(?://)?(?=[A-Za-z0-9_-]+(?:[/?#]|$))", re.IGNORECASE)
_MENTION = re.compile(r"tg:(?://)?user/?\?(?:[^#]*&)?id=(\d{1,12})(?:[&#]|$)", re.IGNORECASE)
_AUTHORITY = re.compile(
    r"(?P<user>[^\s@\[\]]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s@:\[\]\"<>\\^`{|}]*)(?::(?P<port>\d+))?"
)
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


class LinkError(ValueError):
    """A rejected link. The text is Telegram's, after "is invalid: "."""


def canonical_integer(text: str) -> int | None:
    """Parse an integer in Telegram's form, without a plus, leading zeros or blanks. None otherwise."""
    return int(text) if _INTEGER.fullmatch(text) else None


def checked_link(link: str) -> str:
    """The link as Telegram stores it: with a scheme, a lower-case host and a path. Raises LinkError for
    schemes other than http, https and tg, and for web hosts without a dot."""
    if telegram := _TELEGRAM_LINK.match(link):
        return f"tg://{link[telegram.end() :]}"
    begin = _SCHEME.match(link)
    scheme, rest = (begin[1].lower(), link[begin.end() :]) if begin else ("http", link)
    if scheme not in {"http", "https"}:
        raise LinkError("Unsupported URL protocol")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    authority_kept = _checked_authority(authority)
    path = rest[len(authority) :].rstrip()
    path = "".join(f"%{ord(one):02X}" if one <= " " else one for one in path)
    return f"{scheme}://{authority_kept}{path if path.startswith('/') else f'/{path}'}"


def _checked_authority(authority: str) -> str:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise LinkError("Disallowed character in URL host")
    host, port = found["host"].lower(), int(found["port"] or 0)
    if found["port"] and not 0 < port < 65536:
        raise LinkError("Wrong port number specified in the URL")
    if not host:
        raise LinkError("URL host is empty")
    if host == ".":
        raise LinkError("Host is invalid")
    if "." not in host and not host.startswith("["):
        raise LinkError("Wrong HTTP URL")
    return f"{found['user'] or ''}{host}{f':{port}' if port else ''}"


def mentioned_user(link: str) -> int | None:
    found = _MENTION.match(link)
    return int(found[1]) or None if found else None


_LAST_SINGLE_UNIT = "\uffff"


def width(text: str) -> int:
    """Length in UTF-16 code units."""
    if text.isascii() or max(text) <= _LAST_SINGLE_UNIT:
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


Entity = JSON

_KINDS = {
    "bold": "b strong", "italic": "i em", "underline": "u ins", "strikethrough": "s strike del",
    "spoiler": "span tg-spoiler", "text_link": "a", "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
"""Tags by kind of entity."""
_TAGS = {tag: kind for kind, tags in _KINDS.items() for tag in tags.split()}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
# Telegram decodes only these four named references. The semicolon is optional.
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>/\"']*")
_UNQUOTED = re.compile(r"[A-Za-z0-9.\-]*")
_SPACE = re.compile(r"\s*")


class MarkupError(ValueError):
    """Invalid markup. The text is Telegram's, after "can't parse entities: "."""


@dataclass(frozen=True, slots=True)
class _OpenTag:
    tag: str
    offset: int
    part: int
    attributes: dict[str, str]


def _decoded(match: re.Match[str]) -> str:
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
    return _REFERENCE.sub(_decoded, text)


def link_entity(target: str) -> Entity:
    """Type and target of a link's entity: a mention if it names a person. Raises LinkError."""
    person = mentioned_user(target)
    if person is not None:
        return {"type": "text_mention", "user": {"id": person}}
    return {"type": "text_link", "url": checked_link(target)}


@dataclass
class MarkupParser:
    """Reads markup from position `at` on into plain text and its entities."""

    source: str
    at: int = 0
    parts: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)

    def byte_offset(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def error(self, words: str, position: int) -> MarkupError:
        return MarkupError(f"{words} at byte offset {self.byte_offset(position)}")

    def append(self, text: str) -> None:
        self.parts.append(text)
        self.length += width(text)

    def mark(self, kind: str, offset: int, **more: str) -> None:
        if self.length > offset:
            self.entities.append({"type": kind, "offset": offset, "length": self.length - offset, **more})

    def link(self, offset: int, part: int, target: str | None) -> None:
        """Link the words since `part`, to themselves without a target. Words of a rejected link stay plain text."""
        with suppress(LinkError):
            about = link_entity(target or "".join(self.parts[part:]))
            if self.length > offset:
                self.entities.append({**about, "offset": offset, "length": self.length - offset})


@dataclass
class _HtmlParser(MarkupParser):
    open: list[_OpenTag] = field(default_factory=list)

    def parse(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            tag = self.source.find("<", self.at)
            self.append(unescape(self.source[self.at : tag if tag >= 0 else None]))
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

    def read(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.source, self.at)
        # Every pattern here also matches the empty string.
        found = match.group() if match else ""
        self.at += len(found)
        return found

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def start(self, begin: int) -> None:
        tag = self.read(_TAG_NAME).lower()
        if not self.peek():
            raise self.error("Unclosed start tag", begin)
        if tag not in _TAGS:
            raise self.error(f'Unsupported start tag "{tag}"', begin)
        attributes = self.attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self.error('Tag "span" must have class "tg-spoiler"', begin)
        self.at += 1
        self.open.append(_OpenTag(tag, self.length, len(self.parts), attributes))

    def attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while self.peek():
            self.read(_SPACE)
            if self.peek() == ">":
                return found
            name = self.read(_ATTRIBUTE_NAME).lower()
            if not name:
                raise self.error(f'Empty attribute name in the tag "{tag}"', begin)
            self.read(_SPACE)
            if not self.peek():
                raise self.error(f'Unclosed start tag "{tag}"', begin)
            found[name] = self.value(tag, begin) if self.peek() == "=" else ""
        raise self.error("Unclosed start tag", begin)

    def value(self, tag: str, begin: int) -> str:
        self.at += 1
        self.read(_SPACE)
        quote, token = self.peek(), self.at
        if not quote:
            raise self.error(f'Unclosed start tag "{tag}"', begin)
        if quote not in "\"'":
            word = self.read(_UNQUOTED).lower()
            if self.peek() != ">" and self.peek().strip():
                raise self.error("Unexpected end of name token", token)
            return word
        close = self.source.find(quote, token + 1)
        if close < 0:
            raise self.error("Unclosed start tag", begin)
        self.at = close + 1
        return unescape(self.source[token + 1 : close])

    def end(self, begin: int) -> None:
        if not self.open:
            raise self.error("Unexpected end tag", begin)
        self.at += 1
        tag = self.read(_TAG_NAME).lower()
        self.read(_SPACE)
        if self.peek() != ">":
            raise self.error("Unclosed end tag", begin)
        self.at += 1
        opened = self.open.pop()
        if tag not in {"", opened.tag}:
            where = f'at byte offset {self.byte_offset(begin)}, expected "</{opened.tag}>", found "</{tag}>"'
            raise MarkupError(f"Unmatched end tag {where}")
        self.close(opened)

    def close(self, opened: _OpenTag) -> None:
        given, kind, more = opened.attributes, _TAGS[opened.tag], {}
        if opened.tag == "a":
            self.link(opened.offset, opened.part, given.get("href"))
            return
        if opened.tag == "blockquote" and "expandable" in given:
            kind = "expandable_blockquote"
        elif opened.tag == "code" and given.get("class", "").startswith("language-"):
            more = {"language": given["class"].removeprefix("language-")}
        elif opened.tag == "pre" and self.entities and self.covers(opened.offset, self.entities[-1]):
            more = {"language": self.entities.pop()["language"]}
        self.mark(kind, opened.offset, **more)

    def covers(self, offset: int, inner: Entity) -> bool:
        """Whether this entity is code in a language, from an offset to the end."""
        whole = (inner["offset"], inner["length"]) == (offset, self.length - offset)
        return whole and inner["type"] == "code" and "language" in inner


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and entities. Raises MarkupError, with a byte offset."""
    text, entities = _HtmlParser(source).parse()
    # Only a <code> inside <pre> gives a language, that of the code block.
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return text, entities
