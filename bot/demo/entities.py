"""What a text becomes on its way: markup parsed, entities checked and detected, ends trimmed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.demo.apierror import bad_request
from bot.demo.html_markup import Entity, MarkupError, parse_html
from bot.demo.markdown_markup import parse_markdown, parse_markdown_v2
from bot.demo.utf16 import is_boundary, width

_MODES = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}
_GIVEN = {
    *("bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "blockquote", "cashtag"),
    *("expandable_blockquote", "text_link", "text_mention", "custom_emoji", "mention", "hashtag"),
    *("bot_command", "url", "email", "phone_number"),
}
# These are found in the text anew, whatever a caller says of them.
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
_OPAQUE = {"code", "pre", "text_link", "text_mention"}
_DETECTED = re.compile(
    r"(?P<url>\b(?:https?|tg)://[^\s<>\"]*[^\s<>\".,;:!?)\]]"
    r"|(?<![\w@./-])(?:[\w-]+\.)+(?:kz|org|com|net|me|ru|info|io|int|example)\b(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]])?)"
    r"|(?P<email>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<mention>(?<![\w@./])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w))"
    r"|(?P<hashtag>(?<![\w#])#(?!\d+\b)\w{1,256})"
)
_SUSPICIOUS = re.compile(r"[/@#.]")


@dataclass(slots=True)
class Formatted:
    """A plain text with its entities, ordered by offset, lengths in UTF-16 code units."""

    text: str
    entities: list[Entity] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Length in UTF-16 code units."""
        return width(self.text)


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
    length, kept = width(text), []
    for entity in given:
        if not isinstance(entity, dict) or str(entity.get("type")) not in _GIVEN:
            raise bad_request("can't parse MessageEntity: Unsupported type specified")
        offset, size = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(size, int):
            raise bad_request('can\'t parse MessageEntity: Field "offset" must be a valid Number')
        if offset < 0 or size <= 0:
            continue
        if offset > length:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
        if offset + size > length:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
                f"at UTF-16 offset {offset + size}"
            )
        _check_boundaries(text, offset, size)
        if entity["type"] not in _FOUND:
            kept.append(dict(entity))
    return kept


def _check_boundaries(text: str, offset: int, size: int) -> None:
    if not is_boundary(text, offset):
        raise bad_request(f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {offset}")
    if not is_boundary(text, offset + size):
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol "
            f"at UTF-16 offset {offset + size}"
        )


def detected(text: str) -> list[Entity]:
    """Links, commands, mentions, hashtags and addresses that Telegram finds in a text by itself."""
    if not _SUSPICIOUS.search(text):
        return []
    return [
        {"type": match.lastgroup, "offset": width(text[: match.start()]), "length": width(match.group())}
        for match in _DETECTED.finditer(text)
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


def formatted(text: str, mode: str | None = None, given: object = None) -> Formatted:
    """The text as Telegram would show it.

    `mode` is HTML, MarkdownV2 or Markdown, in any case; `given` are MessageEntity values, looked at only
    without a mode. Raises ApiError for broken markup, unknown modes and wrong offsets.
    """
    text = text.replace("\r\n", "\n").replace("\x00", " ")
    if mode:
        text, entities = _marked(text, mode)
    else:
        entities = _checked(text, given) if given else []
    result = _trimmed(text, entities)
    opaque = [entity for entity in result.entities if entity["type"] in _OPAQUE]
    result.entities += [entity for entity in detected(result.text) if _free(entity, opaque)]
    result.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return result
