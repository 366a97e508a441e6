"""Links in typed text, also without `https://`."""

import re
from collections.abc import Iterator

APPEARANCE = "links"

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_BEFORE, _BEHIND = "([{<«“\"'", ".,;:!?)]}>»”\"'…"
_OPENED = {")": "(", "]": "[", "}": "{"}
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
# A host with a dot in it, a port, and a path, query or fragment.
_WHOLE = re.compile(r"https?://[^\s/@?#:;,]+\.[^\s/@?#:;,.]+(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_BARE = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?P<top>[^\W\d_]{2,24})(?::\d{1,5})?(?P<page>[/?#]\S*)?",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    "kz|ru|su|by|ua|uz|kg|tj|tm|am|az|ge|eu|uk|de|fr|nl|ch|es|pl|cz|se|fi|dk|lv|lt|ee|tr|cn|jp|com|org|net|info|biz|edu|"
    "gov|int|mil|io|tv|fm|cc|co|ai|ly|gl|gd|ph|app|dev|media|news|press|live|online|site|blog|page|link|world|wiki|team|"
    "agency|center|foundation|ngo|ong|asia|рф|қаз|бел|укр"
)
"""Top-level domains accepted in links without `https://` and path: `story.pdf` is a file, and `there.Is`
lacks a space."""
# `Ссылка:example.org`
_CALLED = re.compile(r"\A[^\W\d_]+:(?!//)")
# Commas occur in links, so only one before a scheme separates two.
_NEXT = re.compile(r"[,;](?=https?://)", re.IGNORECASE)


def links_in(text: str) -> list[str]:
    """Links of a text without duplicates, with `https://` added."""
    return list(dict.fromkeys(link for found in _found(text) for link in found))


def as_links(text: str) -> str:
    """Links of a text, separated by spaces. The text itself if it has none, or an invalid one."""
    read = list(_found(text))
    links = list(dict.fromkeys(link for found in read for link in found))
    broken = any("://" in word and not found for word, found in zip(_words(text), read, strict=True))
    return " ".join(links) if links and not broken else text


def _words(text: str) -> list[str]:
    return _NEXT.sub(" ", _INVISIBLE.sub("", text)).split()


def _found(text: str) -> Iterator[list[str]]:
    for word in _words(text):
        whole = _address(word)
        parts = [_address(part) for part in re.split("[,;]", word)] if not whole else []
        yield [whole] if whole else [part for part in parts if part] if all(parts) else []


def _address(word: str) -> str:
    word = _CALLED.sub("", _trimmed(word), count=1) if "://" not in word else _trimmed(word)
    if _SCHEME.match(word):
        return word if _WHOLE.fullmatch(word) else ""
    found = _BARE.fullmatch(word)
    if found is None or not (found["page"] or _KNOWN.fullmatch(found["top"].lower())):
        return ""
    return f"https://{word}"


def _trimmed(word: str) -> str:
    """A word without surrounding punctuation, except a bracket opened inside: `…/wiki/Kuager_(bot)`."""
    word = word.lstrip(_BEFORE)
    while word and word[-1] in _BEHIND:
        opening = _OPENED.get(word[-1])
        if opening is not None and word.count(opening) >= word.count(word[-1]):
            break
        word = word[:-1]
    return word
