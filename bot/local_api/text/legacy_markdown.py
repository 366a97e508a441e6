"""Text with `parse_mode=Markdown`, the legacy mode: https://core.telegram.org/bots/api#markdown-style.

What the documentation leaves open follows parse_markdown of tdlib (https://github.com/tdlib/td).
"""

import re

from bot.local_api.text.html import Entity, MarkupError
from bot.local_api.text.markdown import MarkedText, code_start

_PLAIN_TEXT = re.compile(r"\\([_*`\[])|[^_*`\[\\]+|\\")
_ENTITY_TYPES = {"*": "bold", "_": "italic", "`": "code"}


def parse_markdown(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities, which never nest. Raises MarkupError when an entity has no end."""
    text, at = MarkedText(), 0
    while at < len(source):
        plain = _PLAIN_TEXT.match(source, at)
        if plain is not None:
            text.append(plain.group(1) or plain.group())
            at = plain.end()
        else:
            at = _entity(source, at, text)
    return "".join(text.parts), text.entities


def _entity(source: str, begin: int, text: MarkedText) -> int:
    """Read the entity that begins here, and return where it ends."""
    fenced = source.startswith("```", begin)
    language, inside = code_start(source, begin + 3) if fenced else ("", begin + 1)
    close = "```" if fenced else {"[": "]"}.get(source[begin], source[begin])
    end = source.find(close, inside)
    if end < 0:
        at = len(source[:begin].encode("utf-8", "surrogatepass"))
        raise MarkupError(f"Can't find end of the entity starting at byte offset {at}")
    offset, words = text.length, source[inside:end]
    text.append(words)
    if source[begin] == "[":
        return _link(source, end + 1, text, offset, words)
    if fenced:
        text.mark("pre", offset, **({"language": language} if language else {}))
    else:
        text.mark(_ENTITY_TYPES[source[begin]], offset)
    return end + len(close)


def _link(source: str, at: int, text: MarkedText, offset: int, words: str) -> int:
    """Link to what stands in parentheses, else to the words themselves; an open parenthesis ends with the text."""
    if not source.startswith("(", at):
        text.link(offset, words)
        return at
    end = source.find(")", at)
    end = len(source) if end < 0 else end
    text.link(offset, source[at + 1 : end])
    return end + 1
