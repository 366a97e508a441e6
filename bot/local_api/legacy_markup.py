"""Text with `parse_mode=Markdown`, the legacy mode: https://core.telegram.org/bots/api#markdown-style.

Where the documentation is silent it does as parse_markdown of tdlib does (https://github.com/tdlib/td).
"""

from __future__ import annotations

import re

from bot.local_api.html_markup import Entity, MarkupError
from bot.local_api.markdown_markup import Text, code_begins

_PLAIN = re.compile(r"\\([_*`\[])|[^_*`\[\\]+|\\")
_KINDS = {"*": "bold", "_": "italic", "`": "code"}


def parse_markdown(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its MessageEntity values, which never nest.

    Raises:
        MarkupError: when an entity has no end, with its byte offset.
    """
    text, at = Text(), 0
    while at < len(source):
        plain = _PLAIN.match(source, at)
        if plain is not None:
            text.say(plain.group(1) or plain.group())
            at = plain.end()
        else:
            at = _entity(source, at, text)
    return "".join(text.parts), text.entities


def _entity(source: str, begin: int, text: Text) -> int:
    """Read the entity that begins here; where it ends."""
    fenced = source.startswith("```", begin)
    language, inside = code_begins(source, begin + 3) if fenced else ("", begin + 1)
    close = "```" if fenced else {"[": "]"}.get(source[begin], source[begin])
    end = source.find(close, inside)
    if end < 0:
        at = len(source[:begin].encode("utf-8", "surrogatepass"))
        raise MarkupError(f"Can't find end of the entity starting at byte offset {at}")
    offset, words = text.length, source[inside:end]
    text.say(words)
    if source[begin] == "[":
        return _link(source, end + 1, text, offset, words)
    if fenced:
        text.mark("pre", offset, **({"language": language} if language else {}))
    else:
        text.mark(_KINDS[source[begin]], offset)
    return end + len(close)


def _link(source: str, at: int, text: Text, offset: int, words: str) -> int:
    """A link to what stands in brackets, else to its own words; brackets end at the latest with the text."""
    if not source.startswith("(", at):
        text.link(offset, words)
        return at
    end = source.find(")", at)
    end = len(source) if end < 0 else end
    text.link(offset, source[at + 1 : end])
    return end + 1
