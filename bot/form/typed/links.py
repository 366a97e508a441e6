"""Links in typed text, also without `https://`, and what in them reveals who shared them."""

import csv
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

APPEARANCE = "links"

_BEFORE, _BEHIND = "([{<«“\"'", ".,;:!?)]}>»”\"'…"
_OPENED = {")": "(", "]": "[", "}": "{"}
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

_LINK = re.compile(
    r"(?P<host>(?:https?://)?(?:[^\s/@?#:;,.()<>«»\"]{1,63}\.){1,8}[^\W\d_]{2,24})(?P<port>:\d{1,5})?"
    r"(?P<path>/[^\s?#]*)?(?P<query>\?[^\s#]*)?(?P<fragment>#\S*)?",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"[.,;:!?)\]}>»”\"'…]*\Z")


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
    return _NEXT.sub(" ", re.sub("[\u200b-\u200f\u2060\ufeff]", "", text)).split()


def _found(text: str) -> Iterator[list[str]]:
    for word in _words(text):
        whole = _address(word)
        parts = [_address(part) for part in re.split("[,;]", word)] if not whole else []
        yield [whole] if whole else [part for part in parts if part] if all(parts) else []


def _address(word: str) -> str:
    word = _CALLED.sub("", _trimmed(word), count=1) if "://" not in word else _trimmed(word)
    if re.match(r"https?://", word, re.IGNORECASE):
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


@cache
def _rules() -> tuple[tuple[str, str, str], ...]:
    with Path(__file__).with_name("tracking.csv").open(encoding="utf-8", newline="") as table:
        return tuple((row["does"], row["host"], row["name"]) for row in csv.DictReader(table))


def _names(host: str, does: str) -> list[str]:
    own = re.sub(r"\Ahttps?://", "", host.lower())
    rules = [(site, name) for act, site, name in _rules() if act == does]
    return [name for site, name in rules if site in {"*", own} or own.endswith(f".{site}")]


def _is_any(pair: str, names: Iterable[str]) -> bool:
    parameter = pair.partition("=")[0].removeprefix("amp;").lower()
    return any(fnmatchcase(parameter, name.lower()) for name in names)


def untracked(text: str) -> str:
    """Remove parameters that reveal who shared a link."""
    return _LINK.sub(_cleaned, text) if "?" in text else text


def _cleaned(found: re.Match[str]) -> str:
    query = found["query"]
    if not query or not _is_link(found):
        return found[0]
    stripped = _names(found["host"], "strip")
    # A query without a fragment may be followed by punctuation, which stays.
    end = _TRAILING.search(query) if not found["fragment"] else None
    behind = end[0] if end is not None else ""
    given = query[1 : len(query) - len(behind)].split("&")
    kept = [one for one in given if not _is_any(one, stripped)]
    if len(kept) == len(given):
        return found[0]
    before = f"{found['host']}{found['port'] or ''}{found['path'] or ''}"
    return f"{before}{'?' if kept else ''}{'&'.join(kept)}{behind}{found['fragment'] or ''}"


def telling(text: str) -> Iterator[str]:
    """Links that may still reveal who shared them: personal and short links, unknown parameters of known sites."""
    for found in _LINK.finditer(text):
        if _is_link(found) and _tells(found):
            yield _TRAILING.sub("", found[0])


def _tells(found: re.Match[str]) -> bool:
    path, kept = found["path"] or "/", _names(found["host"], "keep")
    if any(fnmatchcase(path, f"{beginning}*") for beginning in _names(found["host"], "warn")):
        return True
    query = _TRAILING.sub("", (found["query"] or "")[1:])
    return bool(kept) and not all(_is_any(one, kept) for one in query.split("&") if one)


def _is_link(found: re.Match[str]) -> bool:
    return found["host"].lower().startswith("http") or bool(found["path"] or found["query"])
