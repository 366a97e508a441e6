"""Formatting of messages: parse markup, also `parse_mode=MarkdownV2`, check and detect entities, trim ends."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.local_api.access import JSON, bad_request
from bot.local_api.html import Entity, LinkError, MarkupError, MarkupParser, link_entity, parse_html, width

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
_MARKS = ("__", "||", "```", "*", "_", "~", "[", "`")
_NAMES = {
    "*": ("bold", "Bold"),
    "_": ("italic", "Italic"),
    "__": ("underline", "Underline"),
    "~": ("strikethrough", "Strikethrough"),
    "||": ("spoiler", "Spoiler"),
    "[": ("text_link", "TextUrl"),
    "`": ("code", "Code"),
    "```": ("pre", "Pre"),
    ">": ("blockquote", "BlockQuote"),
}
_LANGUAGE = re.compile(r"([^\s\0`]+)(?=[\s\0])")
_LINE_BREAK = re.compile(r"\r\n|\n\r|\n|\r")


@dataclass(frozen=True, slots=True)
class _OpenMark:
    mark: str
    position: int
    offset: int
    part: int
    language: str = ""

    @property
    def name(self) -> str:
        return "PreCode" if self.language else _NAMES[self.mark][1]


@dataclass
class _MarkdownV2Parser(MarkupParser):
    open: list[_OpenMark] = field(default_factory=list)
    ended: tuple[str, int] = ("blockquote", 0)
    at_line_begin: bool = True

    def unclosed(self, opened: _OpenMark) -> MarkupError:
        return self.error(f"Can't find end of {opened.name} entity", opened.position)

    @property
    def quoting(self) -> bool:
        return any(one.mark == ">" for one in self.open)

    def parse(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            self.step()
        if self.quoting:
            self.end_quote(len(self.source))
        if self.open:
            raise self.unclosed(self.open[-1])
        return "".join(self.parts), self.entities

    def escaped(self) -> bool:
        after = self.source[self.at + 1 : self.at + 2]
        return self.source[self.at] == "\\" and after != "" and 0 < ord(after) < 127

    def step(self) -> None:
        inner = self.open[-1].mark if self.open else ""
        one = self.source[self.at]
        if self.escaped():
            self.at += 1
            self.take(self.source[self.at])
        elif one not in ("`" if inner.startswith("`") else _RESERVED):
            self.take(one)
        elif one == "\n" and self.quoting and not self.source.startswith(">", self.at + 1):
            self.end_quote(self.at)
            self.take("\n")
            self.mark(*self.ended)
        elif inner and self.closes(inner):
            self.close()
        elif one == "\n":
            self.take("\n")
        elif one == ">" and self.at_line_begin:
            if self.quoting:
                self.at += 1
            else:
                self.begin(">")
        else:
            self.begin(self.mark_here())

    def take(self, text: str) -> None:
        self.append(text)
        self.at += 1
        # A quote begins a line, but not after a line break within code.
        self.at_line_begin = text in {"\n", "\r"} and not (self.open and self.open[-1].mark.startswith("`"))

    def mark_here(self) -> str:
        for mark in _MARKS:
            if self.source.startswith(mark, self.at):
                return mark
        one = self.source[self.at]
        raise MarkupError(f"Character '{one}' is reserved and must be escaped with the preceding '\\'")

    def begin(self, mark: str) -> None:
        position, language = self.at, ""
        self.at += len(mark)
        if mark == "```":
            if word := _LANGUAGE.match(self.source, self.at):
                language, self.at = word[1], word.end()
            if line_break := _LINE_BREAK.match(self.source, self.at):
                self.at = line_break.end()
        self.open.append(_OpenMark(mark, position, self.length, len(self.parts), language))

    def closes(self, mark: str) -> bool:
        if mark == "[":
            return self.source[self.at] == "]"
        if mark == ">":
            return False
        # "__" always means underline, even where an open italic could end with its first half.
        return self.source.startswith(mark, self.at) and not (mark == "_" and self.mark_here() == "__")

    def close(self) -> None:
        opened = self.open.pop()
        self.at += 1 if opened.mark == "[" else len(opened.mark)
        if opened.mark == "[":
            self.link(opened.offset, opened.part, self.target())
        else:
            language = {"language": opened.language} if opened.language else {}
            self.mark(_NAMES[opened.mark][0], opened.offset, **language)

    def target(self) -> str | None:
        if not self.source.startswith("(", self.at):
            return None
        begin = self.at = self.at + 1
        target = ""
        while not self.source.startswith(")", self.at):
            if self.at >= len(self.source):
                raise self.error("Can't find end of a URL", begin)
            self.at += self.escaped()
            target += self.source[self.at]
            self.at += 1
        self.at += 1
        return target or "-"  # "[x]()" is not a link: without any target, the caller would try "x" itself

    def end_quote(self, end: int) -> None:
        kind, last = "blockquote", self.open[-1]
        if last.mark == "||" and self.source[last.position + 2 : end] in {"", "\r"}:
            kind = "expandable_blockquote"
            self.open.pop()
        if self.open[-1].mark == ">":
            self.ended = (kind, self.open.pop().offset)
            if end == len(self.source):
                self.mark(*self.ended)
        elif end < len(self.source):
            raise self.unclosed(self.open[-1])


_MODES: Mapping[str, Callable[[str], tuple[str, list[Entity]]]] = {
    "html": parse_html,
    "markdownv2": lambda source: _MarkdownV2Parser(source).parse(),
}
_ENTITY_TYPES = {
    *("bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "blockquote", "cashtag"),
    *("expandable_blockquote", "text_link", "text_mention", "mention", "hashtag"),
    *("bot_command", "url", "email", "phone_number"),
}
# Telegram detects these in the text and ignores those that a caller gives.
_DETECTED_TYPES = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
_OPAQUE = {"code", "pre", "text_link", "text_mention"}
# Telegram detects links with a scheme or a common top-level domain, e-mail addresses, commands, mentions and hashtags.
# A trailing full stop or bracket belongs to the sentence. The lookbehinds exclude a slash within a word, the domain of
# an e-mail address and an "@" in a path.
_DETECTABLE = re.compile(
    r"(?P<url>\b(?:https?|tg)://[^\s<>\"]*[^\s<>\".,;:!?)\]]"
    r"|(?<![\w@./-])(?:[\w-]+\.)+(?:kz|org|com|net|me|ru|info|io|int|example)\b(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]])?)"
    r"|(?P<email>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<mention>(?<![\w@./])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w))"
    r"|(?P<hashtag>(?<![\w#])#(?!\d+\b)\w{1,256})"
)
# Most texts contain none, and this check is faster.
_HINT = re.compile(r"[/@#.]")


FindUser = Callable[[int], JSON | None]


@dataclass(slots=True)
class Formatted:
    """Plain text with entities ordered by offset, measured in UTF-16 code units."""

    text: str
    entities: list[Entity] = field(default_factory=list)

    @property
    def width(self) -> int:
        return width(self.text)

    def fields(self, text: str = "text", entities: str = "entities") -> JSON:
        """Message fields of these names. Leaves out entities if there are none."""
        return {text: self.text, entities: self.entities} if self.entities else {text: self.text}


def _marked(text: str, mode: str) -> tuple[str, list[Entity]]:
    parse = _MODES.get(mode.lower())
    if parse is None:
        raise bad_request("unsupported parse_mode")
    try:
        return parse(text)
    except MarkupError as broken:
        raise bad_request(f"can't parse entities: {broken}") from broken


def _checked(text: str, given: object) -> list[Entity]:
    if not isinstance(given, list):
        raise bad_request("can't parse entities JSON object")
    kept = []
    for entity in given:
        if not isinstance(entity, dict) or str(entity.get("type")) not in _ENTITY_TYPES:
            raise bad_request("can't parse MessageEntity: Unsupported type specified")
        offset, size = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(size, int):
            raise bad_request('can\'t parse MessageEntity: Field "offset" must be a valid Number')
        if offset < 0 or size <= 0:
            continue
        _check_span(text, offset, offset + size)
        if entity["type"] not in _DETECTED_TYPES:
            kept.append({"offset": offset, "length": size, **_about(entity)})
    return kept


def _field(entity: Entity, name: str) -> str:
    value = entity.get(name)
    if value is None:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    if isinstance(value, bool | dict | list):
        raise bad_request(f'can\'t parse MessageEntity: Field "{name}" must be of type String')
    return str(value)


def _about(entity: Entity) -> Entity:
    kind = entity["type"]
    if kind == "text_link":
        url = _field(entity, "url")
        try:
            return link_entity(url)
        except LinkError as broken:
            raise bad_request(f"entity URL '{url}' is invalid: {broken}") from broken
    if kind == "text_mention":
        user = entity.get("user")
        number = user.get("id") if isinstance(user, dict) else None
        if type(number) is not int:
            raise bad_request("can't parse MessageEntity: Can't find field \"user\"")
        return {"type": kind, "user": {"id": number}}
    if kind == "pre" and entity.get("language"):
        return {"type": kind, "language": _field(entity, "language")}
    return {"type": kind}


def _splits_pair(text: str, offset: int) -> bool:
    """Whether `offset`, in UTF-16 code units, splits a surrogate pair."""
    units = text.encode("utf-16-le", "surrogatepass")
    before, after = units[offset * 2 - 1 : offset * 2], units[offset * 2 + 1 : offset * 2 + 2]
    high = bool(before) and 0xD8 <= before[0] <= 0xDB
    low = bool(after) and 0xDC <= after[0] <= 0xDF
    return high and low


def _check_span(text: str, offset: int, end: int) -> None:
    begins, ends = "entity begins", f"entity beginning at UTF-16 offset {offset} ends"
    for words, at in ((begins, offset), (ends, end)):
        if at > width(text):
            raise bad_request(f"{words} after the end of the text at UTF-16 offset {at}")
    for words, at in ((begins, offset), (ends, end)):
        if _splits_pair(text, at):
            raise bad_request(f"{words} in a middle of a UTF-16 symbol at UTF-16 offset {at}")


def detected(text: str) -> list[Entity]:
    if not _HINT.search(text):
        return []
    return [
        {"type": match.lastgroup, "offset": width(text[: match.start()]), "length": width(match.group())}
        for match in _DETECTABLE.finditer(text)
    ]


def _trimmed(text: str, entities: list[Entity]) -> Formatted:
    left = width(text[: len(text) - len(text.lstrip(" \n\r\t"))])
    plain = text.strip(" \n\r\t")
    end, kept = width(plain), []
    for entity in entities:
        start = max(entity["offset"] - left, 0)
        stop = min(entity["offset"] + entity["length"] - left, end)
        if start < stop:
            kept.append({**entity, "offset": start, "length": stop - start})
    return Formatted(plain, kept)


def _free(entity: Entity, others: list[Entity]) -> bool:
    start, stop = entity["offset"], entity["offset"] + entity["length"]
    return all(stop <= other["offset"] or other["offset"] + other["length"] <= start for other in others)


def formatted(
    text: str, mode: str | None = None, given: object = None, find_user: FindUser = lambda _number: None
) -> Formatted:
    """Format a text as Telegram shows it.

    `mode` is HTML or MarkdownV2, in any case. `given` are MessageEntity values, used only without a mode.
    `find_user` resolves mentions. Raises ApiError for:
    - broken markup or an unknown mode
    - wrong offsets or missing fields of entities
    """
    text = text.replace("\r\n", "\n").replace("\x00", " ")
    if mode:
        text, entities = _marked(text, mode)
    else:
        entities = _checked(text, given) if given else []
    named = [one | {"user": find_user(one["user"]["id"])} if "user" in one else one for one in entities]
    result = _trimmed(text, [one for one in named if one.get("user", one) is not None])
    opaque = [entity for entity in result.entities if entity["type"] in _OPAQUE]
    result.entities += [entity for entity in detected(result.text) if _free(entity, opaque)]
    result.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return result
