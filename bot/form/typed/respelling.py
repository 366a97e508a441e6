"""Corrected spellings of a text: Latin letters replaced by a language's own, or one typing error mended.

A typing error is a letter missing, added or wrong, or two swapped, but not the first. Short and ambiguous
words are left alone.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from string import ascii_lowercase

from bot.form.typed.phrases import PhrasePattern, forms, known_words, normalized, replacing
from bot.languages import languages

SHORTEST, SHORTEST_FOR_A_WRONG_LETTER = 5, 6

_LATIN = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{4,20}(?![^\W\d_])")
# `5thapril`
_GLUED = PhrasePattern(r"(?<!\w)(\d\d?)-?{ordinals.endings}(?=[^\W\d_]{3})")
_SECTIONS = ("months", "weekdays", "parts_of_year", "units", "from_today")
_WORD_OF_FORM = re.compile(r"([^\W\d_]+)(~?)")

_LINK = re.compile(
    r"(?P<host>(?:https?://)?(?:[^\s/@?#:;,.()<>«»\"]{1,63}\.){1,8}[^\W\d_]{2,24})(?P<port>:\d{1,5})?"
    r"(?P<path>/[^\s?#]*)?(?P<query>\?[^\s#]*)?(?P<fragment>#\S*)?",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"[.,;:!?)\]}>»”\"'…]*\Z")


def respelled(text: str) -> Iterator[str]:
    """Other spellings of a text, the likeliest first."""
    plain = normalized(text)
    written = tuple(dict.fromkeys((plain, *_in_own_letters(plain))))
    yield from written[1:]
    for one in written:
        corrected = _WORD.sub(lambda found: _corrected(found[0]), one)
        if corrected != one:
            yield corrected
    apart = _GLUED.sub(r"\1 ", plain)
    if apart != plain:
        yield apart


def _in_own_letters(text: str) -> Iterator[str]:
    """Transliterate Latin letters for each language. Empty if ambiguous."""
    found = _LATIN.findall(text)
    is_latin = all(word.isascii() or _latin_letters().issuperset(word) for word in found)
    if not is_latin or not known_words("dates.other_words").isdisjoint(found):
        return
    for transliterated in _transliterations():
        yield transliterated(text)


@cache
def _latin_letters() -> frozenset[str]:
    return frozenset(ascii_lowercase).union(
        *(normalized(latin) for one in languages() for latin in one.latin)
    )


@cache
def _transliterations() -> tuple[Callable[[str], str], ...]:
    tables = ({normalized(latin): normalized(own) for latin, own in one.latin.items()} for one in languages())
    return tuple(replacing(table) for table in tables if table)


@cache
def _known() -> tuple[Mapping[str, str], Mapping[str, str]]:
    whole: dict[str, str] = {}
    stems: dict[str, str] = {}
    for one in languages():
        for key, phrases in one.phrases.items():
            if key.startswith("heard."):
                continue
            meaning = key if key.partition(".")[0] in _SECTIONS or key == "dates.unknown" else ""
            for form in (form for phrase in phrases for form in forms(normalized(phrase))):
                for word, any_ending in _WORD_OF_FORM.findall(form):
                    found = stems if any_ending else whole
                    found[word] = found.get(word) or meaning
    return whole, stems


@cache
def _near() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for known in _known():
        for word, meaning in known.items():
            if meaning and len(word) >= 4:
                for text in (word, *_shortened(word)):
                    found[text].add(word)
    return {text: frozenset(words) for text, words in found.items()}


def _shortened(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _corrected(word: str) -> str:
    """The one known word that was meant, else the word itself."""
    whole, stems = _known()
    is_known = word in whole or word in known_words("dates.other_words")
    if is_known or any(word[:size] in stems for size in range(3, len(word) + 1)):
        return word
    near = {one: whole[one] for one in _candidates(word) if one in whole}
    for size in range(4, len(word) + 1):
        begun = (one for one in _candidates(word[:size]) if one in stems and one[-1] == word[size - 1])
        near |= {one + word[size:]: stems[one] for one in begun}
    could_be = {*near.values(), *(whole.get(one) or stems[one] for one in _similar(word))}
    return next(iter(near)) if near and len(could_be) == 1 else word


def _similar(word: str) -> frozenset[str]:
    """Known words one typing error away, even unlikely ones, which make a correction ambiguous."""
    found = {one for text in (word, *_shortened(word)) for one in _near().get(text, ())}
    return frozenset(one for one in found if _is_one_apart(word, one))


def _candidates(word: str) -> list[str]:
    return sorted(one for one in _similar(word) if _is_slip(word, one))


def _is_one_apart(word: str, other: str) -> bool:
    if len(word) != len(other):
        return word in _shortened(other) or other in _shortened(word)
    differ = [place for place, pair in enumerate(zip(word, other, strict=True)) if len(set(pair)) == 2]
    is_swapped = len(differ) == 2 and sorted(word[: differ[1] + 1]) == sorted(other[: differ[1] + 1])
    return len(differ) == 1 or is_swapped


def _is_slip(word: str, meant: str) -> bool:
    longer, shorter = max(word, meant, key=len), min(word, meant, key=len)
    if word[:1] != meant[:1] and sorted(word[:2]) != sorted(meant[:2]):
        return False
    if len(longer) - len(shorter) == 1:
        # A letter too many at the end is mostly an ending: `по пятницам`.
        is_ending = word.startswith(meant) and word[-1] != meant[-1]
        return len(longer) >= SHORTEST and shorter in _shortened(longer) and not is_ending
    differ = [place for place, pair in enumerate(zip(word, meant, strict=True)) if len(set(pair)) == 2]
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        first, second = differ
        return len(word) >= SHORTEST and (word[first], word[second]) == (meant[second], meant[first])
    return len(differ) == 1 and len(word) >= SHORTEST_FOR_A_WRONG_LETTER


@cache
def _rules() -> tuple[tuple[str, str, str], ...]:
    with Path(__file__).with_name("tracking.csv").open(encoding="utf-8", newline="") as table:
        return tuple((row["does"], row["host"], row["name"]) for row in csv.DictReader(table))


def _names(host: str, does: str) -> list[str]:
    """Patterns of parameters, or beginnings of paths, for which the rules of a host do this."""
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
    end = _BEHIND.search(query) if not found["fragment"] else None
    behind = end[0] if end is not None else ""
    given = query[1 : len(query) - len(behind)].split("&")
    kept = [one for one in given if not _is_any(one, stripped)]
    if len(kept) == len(given):
        return found[0]
    before = f"{found['host']}{found['port'] or ''}{found['path'] or ''}"
    return f"{before}{'?' if kept else ''}{'&'.join(kept)}{behind}{found['fragment'] or ''}"


def telling(text: str) -> Iterator[str]:
    """Links that may still reveal who shared them: personal links, short links, and unknown parameters of
    known sites."""
    for found in _LINK.finditer(text):
        if _is_link(found) and _tells(found):
            yield _BEHIND.sub("", found[0])


def _tells(found: re.Match[str]) -> bool:
    path, kept = found["path"] or "/", _names(found["host"], "keep")
    if any(fnmatchcase(path, f"{beginning}*") for beginning in _names(found["host"], "warn")):
        return True
    query = _BEHIND.sub("", (found["query"] or "")[1:])
    return bool(kept) and not all(_is_any(one, kept) for one in query.split("&") if one)


def _is_link(found: re.Match[str]) -> bool:
    return found["host"].lower().startswith("http") or bool(found["path"] or found["query"])
