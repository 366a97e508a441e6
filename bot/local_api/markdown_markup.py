"""Text with `parse_mode=MarkdownV2`: https://core.telegram.org/bots/api#markdownv2-style.

Where the documentation is silent it does as parse_markdown_v2 of tdlib does (https://github.com/tdlib/td).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.local_api.html_markup import Entity, MarkupError, linked
from bot.local_api.links import LinkError, emoji_in
from bot.local_api.utf16 import width

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
_MARKS = ("__", "||", "![", "```", "*", "_", "~", "[", "`")
_NAMES = {
    "*": ("bold", "Bold"),
    "_": ("italic", "Italic"),
    "__": ("underline", "Underline"),
    "~": ("strikethrough", "Strikethrough"),
    "||": ("spoiler", "Spoiler"),
    "[": ("text_link", "TextUrl"),
    "![": ("custom_emoji", "CustomEmoji"),
    "`": ("code", "Code"),
    "```": ("pre", "Pre"),
    ">": ("blockquote", "BlockQuote"),
}
_LANGUAGE = re.compile(r"([^\s\0`]+)(?=[\s\0])")
_ONE_LINE_END = re.compile(r"\r\n|\n\r|\n|\r")


@dataclass(slots=True)
class Text:
    """The plain text so far, with its entities."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Go on with this text."""
        self.parts.append(text)
        self.length += width(text)

    def mark(self, kind: str, offset: int, **more: str) -> None:
        """What stands from `offset` on is of this kind, unless nothing does."""
        if self.length > offset:
            self.entities.append({"type": kind, "offset": offset, "length": self.length - offset, **more})

    def link(self, offset: int, target: str) -> None:
        """What stands from `offset` on leads to `target`, if Telegram takes such a link."""
        if self.length > offset and (about := linked(target)):
            self.entities.append({**about, "offset": offset, "length": self.length - offset})


def code_begins(source: str, at: int) -> tuple[str, int]:
    """The language named behind the three marks that end at `at`, and where the code itself begins."""
    language = _LANGUAGE.match(source, at)
    begin = language.end() if language else at
    skipped = _ONE_LINE_END.match(source, begin)
    return (language.group(1) if language else ""), (skipped.end() if skipped else begin)


@dataclass(frozen=True, slots=True)
class _Open:
    mark: str
    position: int
    offset: int
    part: int
    language: str = ""

    @property
    def name(self) -> str:
        return "PreCode" if self.language else _NAMES[self.mark][1]


class _Version2:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text = Text()
        self.open: list[_Open] = []
        self.ended = ("blockquote", 0)
        self.at_line_begin = True

    def byte(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def missing(self, opened: _Open) -> MarkupError:
        return MarkupError(
            f"Can't find end of {opened.name} entity at byte offset {self.byte(opened.position)}"
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
            raise self.missing(self.open[-1])
        return "".join(self.text.parts), self.text.entities

    def escaped(self) -> bool:
        after = self.source[self.at + 1 : self.at + 2]
        return self.source[self.at] == "\\" and after != "" and 0 < ord(after) < 127

    def step(self) -> None:
        inner = self.open[-1].mark if self.open else ""
        one = self.source[self.at]
        if self.escaped():
            self.at += 1
            self.say(self.source[self.at])
        elif one not in ("`" if inner.startswith("`") else _RESERVED):
            self.say(one)
        elif one == "\n" and self.quoting and not self.source.startswith(">", self.at + 1):
            self.end_quote(self.at)
            self.say("\n")
            self.mark_quote_end()
        elif inner and self.closes(inner):
            self.close()
        elif one == "\n":
            self.say("\n")
        elif one == ">" and self.at_line_begin:
            self.begin(">") if not self.quoting else self.skip(1)
        else:
            self.begin(self.mark_here())

    def say(self, text: str) -> None:
        self.text.say(text)
        self.at += 1
        self.at_line_begin = text in {"\n", "\r"}

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
            language, self.at = code_begins(self.source, self.at)
        self.open.append(_Open(mark, position, self.text.length, len(self.text.parts), language))

    def closes(self, mark: str) -> bool:
        if mark in {"[", "!["}:
            return self.source[self.at] == "]"
        if mark == ">":
            return False
        # Of two underscores an underline is meant, also where an italic one could end.
        return self.source.startswith(mark, self.at) and not (mark == "_" and self.mark_here() == "__")

    def close(self) -> None:
        opened = self.open.pop()
        self.at += 1 if opened.mark in {"[", "!["} else len(opened.mark)
        if opened.mark == "[":
            self.text.link(opened.offset, self.target("a URL") or "".join(self.text.parts[opened.part :]))
        elif opened.mark == "![":
            self.emoji(opened)
        else:
            language = {"language": opened.language} if opened.language else {}
            self.text.mark(_NAMES[opened.mark][0], opened.offset, **language)

    def emoji(self, opened: _Open) -> None:
        target = self.target("a custom emoji URL")
        if target is None:
            raise MarkupError("Custom emoji entity must contain a tg://emoji URL")
        try:
            number = emoji_in(target)
        except LinkError as broken:
            raise MarkupError(str(broken)) from broken
        self.text.mark("custom_emoji", opened.offset, custom_emoji_id=number)

    def target(self, name: str) -> str | None:
        """What stands in the brackets that follow; None without brackets."""
        if not self.source.startswith("(", self.at):
            return None
        begin = self.at = self.at + 1
        target = ""
        while not self.source.startswith(")", self.at):
            if self.at >= len(self.source):
                raise MarkupError(f"Can't find end of {name} at byte offset {self.byte(begin)}")
            self.at += self.escaped()
            target += self.source[self.at]
            self.at += 1
        self.at += 1
        return target or "-"  # An empty address is no link, and not the text itself either.

    def end_quote(self, end: int) -> None:
        """The quote ends here; two bars that end it say that it can be expanded."""
        kind, last = "blockquote", self.open[-1]
        if last.mark == "||" and self.source[last.position + 2 : end] in {"", "\r"}:
            kind = "expandable_blockquote"
            self.open.pop()
        if self.open[-1].mark == ">":
            self.ended = (kind, self.open.pop().offset)
            if end == len(self.source):
                self.mark_quote_end()
        elif end < len(self.source):
            raise self.missing(self.open[-1])

    def mark_quote_end(self) -> None:
        self.text.mark(*self.ended)


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its MessageEntity values.

    Raises:
        MarkupError: what Telegram says of broken markup, with byte offsets.
    """
    return _Version2(source).parse()
