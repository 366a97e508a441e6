"""Names of people: given names by a list, surnames and patronymics by their endings, initials, and what stands behind a title
or a role. A name of a street or an institution is none, nor are those of heads of state."""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from bot.safety.personal_data.finding import Finding, Kind
from bot.safety.personal_data.spelling import spelling, stems
from bot.safety.personal_data.vocabulary import vocabulary
from bot.safety.personal_data.words import Word, begins_sentence, words

_KAZAKH_CASE = (
    r"(?:n[iae]n|[dt]in|[dt]i|ni|g[ae]|k[ae]|n[ae]|[dt][ae](?:gi)?|[ndt][ae]n|[mbp]en|[dlt][ae]r\w{0,5})?"
)
_SURNAME = re.compile(
    rf"(?:.{{2,}}(?:[oe]v|[oe]va)(?:{_KAZAKH_CASE}|u|im|s)|.{{3,}}(?:[oe]ff|enko(?:{_KAZAKH_CASE}|s)))\Z"
)
"""Of Ахметов and Akhmetova, Шевченко, with the endings that they only share with few words."""
_LIKE_SURNAME = re.compile(
    rf"(?:.{{2,}}(?:[oe]v|in)(?:a|oi|i|e|u|im|em|om|ih|imi)?|.{{3,}}(?:ski|skaia|skoi|skogo|skomu|skim|tski|chuk|uk|ian|iants|dze|shvili|bai|bek|han|jan|gali|murat|bolat|tai|uli)(?:{_KAZAKH_CASE}|a|u|om|em|e))\Z"
)
"""The same as an end of other words."""
_PATRONYMIC = re.compile(
    rf"(?:.{{2,}}(?:uli|kizi|tegi)(?:{_KAZAKH_CASE}|n)|.{{2,}}(?:[oe]vich|ich)(?:a|u|em|e|i)?|.{{3,}}(?:[oe]vn|ichn)(?:a|i|e|u|oi))\Z"
)
_KAZAKH_GIVEN = re.compile(
    rf"(?:.{{2,}}(?:bek|han|jan|gul|nur|gali|murat|bolat|sultan|muhamed|muhambet)(?:{_KAZAKH_CASE}|a|u|om|em|e|i|s))\Z"
)
_ADJECTIVE = re.compile(
    r".{2,}(?:ski|skaia|skoi|skogo|skomu|skim|skie|skih|ogo|omu|nii|naia|noi|nie|nih|nogo)\Z"
)
_ADJECTIVES = ("ый", "ий", "ого", "ому", "ные", "ных", "ная", "ное", "ной")
"""Endings of Russian adjectives, in which an ending of Kazakh could be seen behind one of a surname."""
_AND = frozenset(map(spelling, ("и", "және", "мен", "пен", "бен", "and")))
_LONGEST_NAME = 4
"""Words of one name, with initials."""


class _Part(Enum):
    """How sure a word is part of a name."""

    NAME = auto()
    """By itself."""
    INSIDE = auto()
    """Inside a sentence, where nothing else begins with a capital, or beside another part."""
    BESIDE = auto()
    """Only beside another part."""
    INITIAL = auto()
    NONE = auto()


def names(text: str) -> Iterator[Finding]:
    """The names of people in a text, without overlaps."""
    found = words(text)
    parts = [_part(found, place) for place in range(len(found))]
    _drop_beginnings(found, parts)
    place = 0
    while place < len(found):
        end = _end(found, parts, place)
        if _is_name(found, parts, place, end):
            yield Finding(Kind.NAME, found[place].start, found[end - 1].end)
            place = end
        else:
            place += 1


def _drop_beginnings(found: Sequence[Word], parts: list[_Part]) -> None:
    """A word that only begins a sentence, before a name, is no part of it."""
    for place, (word, part) in enumerate(zip(found, parts, strict=True)):
        before = found[place - 1] if place else None
        is_adjective = word.text.lower().endswith(_ADJECTIVES)
        if (
            part is _Part.BESIDE
            and begins_sentence(word, before)
            and (is_adjective or not _LIKE_SURNAME.match(word.spelt))
        ):
            goes_on = place + 1 < len(parts) and parts[place + 1] in {_Part.NAME, _Part.INSIDE}
            if goes_on or _ADJECTIVE.match(word.spelt):
                parts[place] = _Part.NONE


def _end(found: Sequence[Word], parts: Sequence[_Part], place: int) -> int:
    """Where the run of parts that begins here ends: at most so many words beside each other."""
    end = place
    while end < len(found) and end - place < _LONGEST_NAME and parts[end] is not _Part.NONE:
        if end > place and not (
            found[end].is_beside and (not found[end - 1].stop or found[end - 1].is_initial)
        ):
            break
        end += 1
    return end


def _is_name(found: Sequence[Word], parts: Sequence[_Part], place: int, end: int) -> bool:
    run = parts[place:end]
    if not run or _is_named_after(found, place, end) or _is_of_public_person(found[place:end]):
        return False
    title, role = _said_before(found, place)
    if _Part.NAME in run:
        return not (found[place].is_quoted and len(run) == 1)
    told = [part for part in run if part is not _Part.INITIAL]
    if not told:
        return False
    before = found[place - 1] if place else None
    is_inside = not begins_sentence(found[place], before) and not found[place].is_loud
    if _Part.INSIDE in run and (is_inside or len(run) > 1 or title or role):
        return True
    is_known = any(_is_known(word) for word in found[place:end])
    if title:
        return is_known or not _ADJECTIVE.match(found[place].spelt)
    if role:
        return is_known or (
            len(told) > 1 and not any(_ADJECTIVE.match(word.spelt) for word in found[place:end])
        )
    return _Part.INITIAL in run and (is_known or len(run) > 2 or is_inside)


def _part(found: Sequence[Word], place: int) -> _Part:
    word = found[place]
    if word.is_initial:
        return _Part.INITIAL
    if len(word.spelt) < 2 or not word.is_capital or word.spelt in vocabulary().sentence_words:
        return _Part.NAME if _is_small_name(found, place) else _Part.NONE
    return _ruled_out(word) or _capital_part(word)


def _ruled_out(word: Word) -> _Part | None:
    """What a capital word is that looks like a name and is known to be something else; None for others."""
    spelt, known = word.spelt, vocabulary()
    if known.named_behind.begin(spelt) and not _SURNAME.match(spelt):
        return _Part.NONE
    if spelt in known.no_surnames or known.titles.begin(spelt) or known.roles.begin(spelt):
        return _Part.NONE
    if known.places.begin(spelt):
        return _Part.BESIDE if _is_known(word) else _Part.NONE
    return _Part.BESIDE if word.text.lower().endswith(_ADJECTIVES) else None


def _capital_part(word: Word) -> _Part:
    spelt, known = word.spelt, vocabulary()
    if _PATRONYMIC.match(spelt) or _SURNAME.match(spelt):
        return _Part.INSIDE if word.is_loud else _Part.NAME
    forms = list(stems(spelt))
    if any(form in known.names for form in forms):
        return _Part.INSIDE if word.is_loud or len(spelt) < 4 else _Part.NAME
    if any(form in known.names_and_words for form in forms) or _KAZAKH_GIVEN.match(spelt):
        return _Part.INSIDE
    return _Part.NONE if word.is_loud and len(spelt) < 6 else _Part.BESIDE


def _is_small_name(found: Sequence[Word], place: int) -> bool:
    """Whether a word in small letters is a given name beside a surname, as people write in a hurry."""
    word, known = found[place], vocabulary()
    if word.is_capital or not any(form in known.names for form in stems(word.spelt)):
        return False
    beside = [found[place + 1]] if place + 1 < len(found) and found[place + 1].is_beside else []
    beside += [found[place - 1]] if place and word.is_beside else []
    return any(
        _SURNAME.match(one.spelt) and one.spelt not in known.no_surnames and len(one.spelt) > 5
        for one in beside
    )


def _is_known(word: Word) -> bool:
    """Whether a word ends as surnames do, or is a given name."""
    known = vocabulary()
    return bool(_LIKE_SURNAME.match(word.spelt)) or any(
        form in known.names or form in known.names_and_words for form in stems(word.spelt)
    )


def _said_before(found: Sequence[Word], place: int) -> tuple[bool, bool]:
    """Whether a title, or a role, stands right before a word."""
    if not place or found[place].gap.strip(" \u00a0.,-–—:") or "\n" in found[place].gap:
        return False, False
    before, known = found[place - 1].spelt, vocabulary()
    return known.titles.begin(before), known.roles.begin(before)


def _is_named_after(found: Sequence[Word], place: int, end: int) -> bool:
    """Whether a street, a place or an institution is named so."""
    known = vocabulary()
    before = _before_list(found, place)
    behind = (
        found[end].spelt if end < len(found) and len(found[end].gap) <= 3 and not found[end - 1].stop else ""
    )
    return before in known.named_before or known.named_behind.begin(behind)


def _before_list(found: Sequence[Word], place: int) -> str:
    """The word before a name, or before the list of two that it ends (улиц Абая и Байтурсынова), in the common spelling."""
    if place and len(found[place].gap) <= 3:
        place -= 1
        if found[place].spelt in _AND:
            while place and found[place - 1].is_capital and len(found[place].gap) <= 2:
                place -= 1
            place -= 1
        return found[place].spelt if place >= 0 else ""
    return ""


def _is_of_public_person(run: Sequence[Word]) -> bool:
    """Whether it is a head of state, or the bare surname of somebody long dead after whom much is named."""
    known = vocabulary()
    if any(word.spelt in known.public_persons for word in run):
        return True
    return len(run) == 1 and any(form in known.historic_persons for form in stems(run[0].spelt))
