"""Names of people: listed given names, endings of surnames and patronymics, initials, and words after a
title or role. Heads of state, historic persons, and names of streets or institutions do not count."""

import re
from collections.abc import Iterator, Sequence

from bot.safety.personal_data import words
from bot.safety.personal_data.words import Finding, FindingKind, NamePart, TextWord, vocabulary

_AND = frozenset(map(words.spelling, ("и", "және", "мен", "пен", "бен", "and")))
_IS = frozenset(map(words.spelling, ("is", "are", "was", "were", "это", "деген")))
_LIST = 8
_ON_BEHALF = ("от", "имени")
_POSSESSIVES = ("'s", "’s")
_HONOUR = re.compile(
    r"(?:aga|agai|apa|apai|tate|mirza|hanim|jenge|ake|aje)(?:nin|ni|di|ga|ge|da|de|dan|den|din|men|mir)?\Z"
)
_SPACE = " \u00a0"
_QUOTES_BEFORE, _QUOTES_BEHIND = '«“"', '»”"'
_QUOTATION = 4


def said_before(found: Sequence[TextWord], place: int) -> tuple[bool, bool]:
    if not place or found[place].gap.strip(f"{_SPACE}.,-–—:"):
        return False, False
    before, known = found[place - 1].spelt, vocabulary()
    is_title = known["titles"].begin(before) and not _is_on_behalf(found, place - 1)
    return is_title, known["roles"].begin(before)


def _is_on_behalf(found: Sequence[TextWord], place: int) -> bool:
    """Whether a word only means "on behalf of" (от имени)."""
    return place > 0 and (found[place - 1].text.lower(), found[place].text) == _ON_BEHALF


def is_honoured(found: Sequence[TextWord], place: int, end: int) -> bool:
    last = found[end - 1]
    if not last.is_capital or last.spelt in vocabulary()["sentence_words"]:
        return False
    name, hyphen, honour = last.text.rpartition("-")
    if hyphen:
        return len(name) > 2 and bool(_HONOUR.match(words.spelling(honour)))
    behind = found[end] if end < len(found) and found[end].is_beside and not last.stop else None
    return behind is not None and not behind.is_capital and bool(_HONOUR.match(behind.spelt))


def is_named_after(found: Sequence[TextWord], place: int, end: int) -> bool:
    known = vocabulary()
    is_behind = (
        end < len(found) and not found[end].gap.strip(_SPACE + _QUOTES_BEHIND) and not found[end - 1].stop
    )
    is_owner = found[end - 1].text.endswith(_POSSESSIVES)
    behind = found[end].text if is_behind and not is_owner else ""
    return (
        _before(found, place) in known["named_before"]
        or words.spelling(behind) in known["leaders"]
        or words.names_places(behind)
    )


def is_said_to_be_place(found: Sequence[TextWord], end: int) -> bool:
    """Whether the sentence goes on to call the name, or its list, places (X, Y and Z are microdistricts)."""
    behind = found[end : end + _LIST]
    told = next(
        (at for at, word in enumerate(behind) if not word.is_capital and word.spelt not in _AND), len(behind)
    )
    ends = next((at for at, word in enumerate(behind) if set(word.gap) & set(".!?;\n")), len(behind))
    rest = behind[told : min(told + 3, ends)]
    if not rest:
        return False
    is_dash = any(dash in rest[0].gap for dash in "–—")
    said = rest if is_dash else rest[1:]
    is_linked = is_dash or rest[0].spelt in _IS
    known = vocabulary()
    return is_linked and any(
        words.names_places(word.text) or word.spelt in known["named_before"] for word in said
    )


def _before(found: Sequence[TextWord], place: int) -> str:
    """Word before a name, or before a list that it ends (улиц Абая и Байтурсынова), in the common spelling."""
    if not place or found[place].gap.strip(f"{_SPACE}.-{_QUOTES_BEFORE}"):
        return ""
    place -= 1
    if found[place].spelt in _AND:
        while place and found[place - 1].is_capital and len(found[place].gap) <= 2:
            place -= 1
        place -= 1
    return found[place].spelt if place >= 0 and not _is_on_behalf(found, place) else ""


def is_quoted_title(found: Sequence[TextWord], place: int) -> bool:
    """Whether a word is the first or second of a short quotation, which is probably a title."""
    begins = found[place].is_quoted or (
        place > 0 and found[place - 1].is_quoted and len(found[place].gap) == 1
    )
    behind = found[place + 1 : place + _QUOTATION]
    return begins and any(set(word.gap) & set(_QUOTES_BEHIND) for word in behind)


_NO_INITIALS = frozenset(("US", "UN", "UK", "EU", "DC", "PS"))
_LONGEST_NAME = 4


def names(text: str) -> Iterator[Finding]:
    found = words.words(text)
    parts = [
        NamePart.NAME if _is_small_name(found, place) else words.part(word)
        for place, word in enumerate(found)
    ]
    _drop_beginnings(found, parts)
    place = 0
    while place < len(found):
        end = _end(found, parts, place)
        if end == place:
            place += 1
        elif is_named_after(found, place, end) or is_said_to_be_place(found, end):
            place = end
        elif _is_name(found, parts, place, end):
            yield Finding(FindingKind.NAME, found[place].start, found[end - 1].end)
            place = end
        else:
            place += 1


def _is_small_name(found: Sequence[TextWord], place: int) -> bool:
    """Whether a lower-case word is a given name beside a surname, as in hasty writing."""
    word = found[place]
    if word.is_capital or not words.is_given_name(word):
        return False
    beside = [found[place + 1]] if place + 1 < len(found) and found[place + 1].is_beside else []
    beside += [found[place - 1]] if place and word.is_beside else []
    return any(map(words.is_surname, beside))


def _drop_beginnings(found: Sequence[TextWord], parts: list[NamePart]) -> None:
    for place, word in enumerate(found):
        if parts[place] is not NamePart.BESIDE or not words.begins_sentence(
            word, found[place - 1] if place else None
        ):
            continue
        goes_on = place + 1 < len(parts) and parts[place + 1] in {NamePart.NAME, NamePart.INSIDE}
        if words.is_adjective(word) or (goes_on and not words.is_like_surname(word)):
            parts[place] = NamePart.NONE


def _end(found: Sequence[TextWord], parts: Sequence[NamePart], place: int) -> int:
    end = place
    while end < len(found) and end - place < _LONGEST_NAME and parts[end] is not NamePart.NONE:
        if end > place and not (
            found[end].is_beside and (not found[end - 1].stop or found[end - 1].is_initial)
        ):
            break
        end += 1
    return end


def _is_name(found: Sequence[TextWord], parts: Sequence[NamePart], place: int, end: int) -> bool:
    run, part_kinds, known = found[place:end], parts[place:end], vocabulary()
    is_full = NamePart.NAME in part_kinds and len(part_kinds) > 1
    if _is_of_public_person(run) or (is_quoted_title(found, place) and not is_full):
        return False
    if NamePart.NAME in part_kinds or is_honoured(found, place, end):
        return True
    initials = "".join(word.text for word in run if word.is_initial)
    if (
        initials in _NO_INITIALS
        or set(part_kinds) == {NamePart.INITIAL}
        # A letter with a full stop may label something (категория Б.).
        or (part_kinds[0] is NamePart.INITIAL and place and known["lettered"].begin(found[place - 1].spelt))
    ):
        return False
    return _is_told(found, parts, place, end) or _is_introduced(found, place, end)


def _is_told(found: Sequence[TextWord], parts: Sequence[NamePart], place: int, end: int) -> bool:
    """Whether words that are no names on their own form one by their combination and place."""
    run, kinds = found[place:end], parts[place:end]
    is_inside = not _begins(found, parts, place) and not run[0].is_loud
    if NamePart.INSIDE in kinds and (is_inside or kinds.count(NamePart.INSIDE) < len(kinds)):
        return True
    if NamePart.INITIAL in kinds:
        return is_inside or len(kinds) > 2 or any(map(words.is_known, run))
    is_surname = bool(words.DECLINED_SURNAME.match(run[-1].spelt))
    is_pair = is_surname and len(run) > 1 and not words.is_adjective(run[0])
    return is_inside and is_pair and not any(word.is_loud for word in run)


def _is_introduced(found: Sequence[TextWord], place: int, end: int) -> bool:
    run = found[place:end]
    title, role = said_before(found, place)
    if title and words.is_known(run[0]):
        return True
    goes_on = end == len(found) or found[end].is_capital
    is_headline = place > 0 and found[place - 1].is_capital and found[place].text.isascii() and goes_on
    if is_headline and len(run) > 1:
        return role and any(map(words.is_known, run))
    if title:
        return not (words.is_adjective(run[0]) or run[0].is_loud)
    return role and (
        any(map(words.is_known, run)) or (len(run) > 1 and not any(map(words.is_adjective, run)))
    )


def _begins(found: Sequence[TextWord], parts: Sequence[NamePart], place: int) -> bool:
    while (
        place and parts[place - 1] in {NamePart.INSIDE, NamePart.BESIDE} and found[place].gap.strip() == ","
    ):
        place -= 1
    return words.begins_sentence(found[place], found[place - 1] if place else None)


def _is_of_public_person(run: Sequence[TextWord]) -> bool:
    """Whether it is a head of state, or a historic person after whom much is named."""
    known = vocabulary()
    if any(word.spelt in known["public_persons"] for word in run):
        return True
    told = [set(words.stems(word.text)) for word in run if not word.is_initial]
    surnames = [one for one in told if one & known["historic_persons"]]
    return bool(surnames) and all(one in surnames or one & known["historic_given_names"] for one in told)
