"""Text with `parse_mode=MarkdownV2`: https://core.telegram.org/bots/api#markdownv2-style.

Follows parse_markdown_v2 of tdlib (https://github.com/tdlib/td) where the documentation is silent.
"""

import re
from dataclasses import dataclass, field

from bot.local_api.text.html import Entity, MarkupError, link_entity, width

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


@dataclass(slots=True)
class MarkedText:
    parts: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)

    def append(self, text: str) -> None:
        self.parts.append(text)
        self.length += width(text)

    def mark(self, kind: str, offset: int, **more: str) -> None:
        if self.length > offset:
            self.entities.append({"type": kind, "offset": offset, "length": self.length - offset, **more})

    def link(self, offset: int, target: str) -> None:
        if self.length > offset and (about := link_entity(target)):
            self.entities.append({**about, "offset": offset, "length": self.length - offset})


def code_start(source: str, at: int) -> tuple[str, int]:
    language = _LANGUAGE.match(source, at)
    begin = language.end() if language else at
    skipped = _LINE_BREAK.match(source, begin)
    return (language.group(1) if language else ""), (skipped.end() if skipped else begin)


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


class _MarkdownV2Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text = MarkedText()
        self.open: list[_OpenMark] = []
        self.ended = ("blockquote", 0)
        self.at_line_begin = True

    def byte_offset(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def unclosed(self, opened: _OpenMark) -> MarkupError:
        return MarkupError(
            f"Can't find end of {opened.name} entity at byte offset {self.byte_offset(opened.position)}"
        )

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
        return "".join(self.text.parts), self.text.entities

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
            self.mark_quote_end()
        elif inner and self.closes(inner):
            self.close()
        elif one == "\n":
            self.take("\n")
        elif one == ">" and self.at_line_begin:
            self.begin(">") if not self.quoting else self.skip(1)
        else:
            self.begin(self.mark_here())

    def take(self, text: str) -> None:
        self.text.append(text)
        self.at += 1
        # A quote begins a line, but not after a line break within code.
        self.at_line_begin = text in {"\n", "\r"} and not (self.open and self.open[-1].mark.startswith("`"))

    def skip(self, count: int) -> None:
        self.at += count

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
            language, self.at = code_start(self.source, self.at)
        self.open.append(_OpenMark(mark, position, self.text.length, len(self.text.parts), language))

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
            self.text.link(opened.offset, self.target() or "".join(self.text.parts[opened.part :]))
        else:
            language = {"language": opened.language} if opened.language else {}
            self.text.mark(_NAMES[opened.mark][0], opened.offset, **language)

    def target(self) -> str | None:
        if not self.source.startswith("(", self.at):
            return None
        begin = self.at = self.at + 1
        target = ""
        while not self.source.startswith(")", self.at):
            if self.at >= len(self.source):
                raise MarkupError(f"Can't find end of a URL at byte offset {self.byte_offset(begin)}")
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
                self.mark_quote_end()
        elif end < len(self.source):
            raise self.unclosed(self.open[-1])

    def mark_quote_end(self) -> None:
        self.text.mark(*self.ended)


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """Plain text and entities. Raises MarkupError, with a byte offset."""
    return _MarkdownV2Parser(source).parse()
