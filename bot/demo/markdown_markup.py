"""Text with `parse_mode=MarkdownV2` or `Markdown`: https://core.telegram.org/bots/api#markdownv2-style."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.demo.html_markup import Entity, MarkupError
from bot.demo.utf16 import width

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_MARKS = {
    "*": ("bold", "Bold"),
    "_": ("italic", "Italic"),
    "__": ("underline", "Underline"),
    "~": ("strikethrough", "Strikethrough"),
    "||": ("spoiler", "Spoiler"),
    "[": ("text_link", "TextUrl"),
    "![": ("custom_emoji", "CustomEmoji"),
}
_LANGUAGE = re.compile(r"[^\s`]+(?=\n)")


@dataclass(slots=True)
class _Text:
    parts: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.parts.append(text)
        self.length += width(text)

    def mark(self, kind: str, offset: int, **more: str) -> None:
        if self.length > offset:
            self.entities.append({"type": kind, "offset": offset, "length": self.length - offset, **more})


def _mark_at(rest: str) -> str | None:
    marks = ("__", "||", "![", "*", "_", "~", "[")
    return next((mark for mark in marks if rest.startswith(mark)), None)


class _Version2:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text = _Text()
        self.open: list[tuple[str, int, int]] = []
        self.quote: tuple[int, bool] | None = None

    def byte(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def missing(self, name: str, position: int) -> MarkupError:
        return MarkupError(f"Can't find end of {name} entity at byte offset {self.byte(position)}")

    def parse(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            if self.at == 0 or self.source[self.at - 1] == "\n":
                self.line()
            self.step()
        if self.open:
            mark, position, _ = self.open[-1]
            raise self.missing(_MARKS[mark][1], position)
        self.end_quote()
        return "".join(self.text.parts), self.text.entities

    def line(self) -> None:
        expandable = self.source.startswith("**>", self.at)
        if expandable or self.source.startswith(">", self.at):
            if self.quote is None or expandable:
                self.end_quote()
                self.quote = (self.text.length, expandable)
            self.at += 3 if expandable else 1
        else:
            self.end_quote()

    def end_quote(self) -> None:
        if self.quote is None:
            return
        offset, expandable = self.quote
        self.quote = None
        self.text.mark("expandable_blockquote" if expandable else "blockquote", offset)

    def step(self) -> None:
        rest = self.source[self.at : self.at + 3]
        if not rest:
            return
        if rest[0] == "\\" and len(rest) > 1 and 0 < ord(rest[1]) < 127:
            self.text.say(rest[1])
            self.at += 2
        elif rest[0] == "`":
            self.code(rest)
        elif rest[0] == "]" and self.open and self.open[-1][0] in {"[", "!["}:
            self.link()
        elif rest.startswith("||") and self.closes_quote():
            self.at += 2
            self.end_quote()
        elif (mark := _mark_at(rest)) is not None:
            self.toggle(mark)
        elif rest[0] in _RESERVED:
            raise MarkupError(
                f"Character '{rest[0]}' is reserved and must be escaped with the preceding '\\'"
            )
        else:
            self.text.say(rest[0])
            self.at += 1

    def closes_quote(self) -> bool:
        after = self.source[self.at + 2 : self.at + 3]
        return self.quote is not None and self.quote[1] and after in {"", "\n"}

    def toggle(self, mark: str) -> None:
        if self.open and self.open[-1][0] == mark:
            _, _, offset = self.open.pop()
            self.text.mark(_MARKS[mark][0], offset)
        elif any(other == mark for other, _, _ in self.open):
            inner, position, _ = self.open[-1]
            raise self.missing(_MARKS[inner][1], position)
        else:
            self.open.append((mark, self.at, self.text.length))
        self.at += len(mark)

    def code(self, rest: str) -> None:
        begin, offset = self.at, self.text.length
        fence = "```" if rest == "```" else "`"
        self.at += len(fence)
        more: dict[str, str] = {}
        if fence == "```" and (language := _LANGUAGE.match(self.source, self.at)):
            more["language"] = language.group()
            self.at = language.end() + 1
        while not self.source.startswith(fence, self.at):
            if self.at >= len(self.source):
                raise self.missing("Code" if fence == "`" else "PreCode" if more else "Pre", begin)
            if self.source[self.at] == "\\" and self.at + 1 < len(self.source):
                self.at += 1
            self.text.say(self.source[self.at])
            self.at += 1
        self.at += len(fence)
        self.text.mark("code" if fence == "`" else "pre", offset, **more)

    def link(self) -> None:
        mark, position, offset = self.open.pop()
        self.at += 1
        if not self.source.startswith("(", self.at):
            raise self.missing(_MARKS[mark][1], position)
        target = ""
        self.at += 1
        while not self.source.startswith(")", self.at):
            if self.at >= len(self.source):
                raise MarkupError(f"Can't find end of a URL at byte offset {self.byte(position)}")
            if self.source[self.at] == "\\" and self.at + 1 < len(self.source):
                self.at += 1
            target += self.source[self.at]
            self.at += 1
        self.at += 1
        if mark == "![":
            self.text.mark("custom_emoji", offset, custom_emoji_id=target.partition("id=")[2])
        else:
            self.text.mark("text_link", offset, url=target)


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its MessageEntity values.

    Raises:
        MarkupError: what Telegram says of broken markup, with byte offsets.
    """
    return _Version2(source).parse()


_LEGACY = re.compile(
    r"\\([_*`\[])|```(?:(?P<language>[^\s`]+)\n)?(?P<pre>.*?)```|`(?P<code>[^`]*)`"
    r"|\*(?P<bold>[^*]*)\*|_(?P<italic>[^_]*)_|\[(?P<text_link>[^\]]*)\]\((?P<url>[^)]*)\)|(?P<stray>[_*`\[])",
    re.DOTALL,
)


def parse_markdown(source: str) -> tuple[str, list[Entity]]:
    """The legacy mode, without nesting; raises MarkupError like the others."""
    text, done = _Text(), 0
    for match in _LEGACY.finditer(source):
        text.say(source[done : match.start()])
        done = match.end()
        kind = match.lastgroup if match.lastgroup != "url" else "text_link"
        if kind is None:
            text.say(match.group(1))
        elif kind == "stray":
            at = len(source[: match.start()].encode())
            raise MarkupError(f"Can't find end of the entity starting at byte offset {at}")
        else:
            offset = text.length
            text.say(match.group(kind))
            more = {name: match.group(name) for name in ("url", "language") if match.group(name)}
            text.mark(kind, offset, **more)
    text.say(source[done:])
    return "".join(text.parts), text.entities
