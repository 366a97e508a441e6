"""What stands around a name: a title or a role before it, an honour behind, or what makes it the name of a street."""

import re
from collections.abc import Sequence

from bot.safety.personal_data.spelling import spelling
from bot.safety.personal_data.vocabulary import vocabulary
from bot.safety.personal_data.words import Word

_AND = frozenset(map(spelling, ("и", "және", "мен", "пен", "бен", "and")))
_IS = frozenset(map(spelling, ("is", "are", "was", "were", "это", "деген")))
_LIST = 8
"""Words of a list of names that is followed to its end."""
_ON_BEHALF = ("от", "имени")
_POSSESSIVES = ("'s", "’s")
_HONOUR = re.compile(
    r"(?:aga|agai|apa|apai|tate|mirza|hanim|jenge|ake|aje)(?:nin|ni|di|ga|ge|da|de|dan|den|din|men|mir)?\Z"
)
"""Words behind a name, or joined to it, by which people are honoured."""
_SPACE = " \u00a0"
_QUOTES_BEFORE, _QUOTES_BEHIND = '«“"', '»”"'
_QUOTATION = 4
"""Words of a quotation that is rather what something is called."""


def said_before(found: Sequence[Word], place: int) -> tuple[bool, bool]:
    """Whether a title, and whether a role, stands right before a word."""
    if not place or found[place].gap.strip(f"{_SPACE}.,-–—:"):
        return False, False
    before, known = found[place - 1].spelt, vocabulary()
    is_title = known.titles.begin(before) and not _is_on_behalf(found, place - 1)
    return is_title, known.roles.begin(before)


def _is_on_behalf(found: Sequence[Word], place: int) -> bool:
    """Whether a word only says on whose behalf something is done (от имени)."""
    return place > 0 and (found[place - 1].text.lower(), found[place].text) == _ON_BEHALF


def is_honoured(found: Sequence[Word], place: int, end: int) -> bool:
    """Whether the last of these words is honoured as people are (Таласбай ағай, Amangeldy-agha)."""
    last = found[end - 1]
    if not last.is_capital or last.spelt in vocabulary().sentence_words:
        return False
    name, hyphen, honour = last.text.rpartition("-")
    if hyphen:
        return len(name) > 2 and bool(_HONOUR.match(spelling(honour)))
    behind = found[end] if end < len(found) and found[end].is_beside and not last.stop else None
    return behind is not None and not behind.is_capital and bool(_HONOUR.match(behind.spelt))


def is_named_after(found: Sequence[Word], place: int, end: int) -> bool:
    """Whether a street, a place or an institution is named so."""
    known = vocabulary()
    is_behind = (
        end < len(found) and not found[end].gap.strip(_SPACE + _QUOTES_BEHIND) and not found[end - 1].stop
    )
    is_owner = found[end - 1].text.endswith(_POSSESSIVES)
    behind = found[end].text if is_behind and not is_owner else ""
    return (
        _before(found, place) in known.named_before
        or spelling(behind) in known.leaders
        or known.names_places(behind)
    )


def is_said_to_be_place(found: Sequence[Word], end: int) -> bool:
    """Whether the sentence goes on to say that the name before, or the list that it begins, is a place (X, Y and Z are
    microdistricts)."""
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
        known.names_places(word.text) or word.spelt in known.named_before for word in said
    )


def _before(found: Sequence[Word], place: int) -> str:
    """The word before a name, or before the list of two that it ends (улиц Абая и Байтурсынова), in the common spelling."""
    if not place or found[place].gap.strip(f"{_SPACE}.-{_QUOTES_BEFORE}"):
        return ""
    place -= 1
    if found[place].spelt in _AND:
        while place and found[place - 1].is_capital and len(found[place].gap) <= 2:
            place -= 1
        place -= 1
    return found[place].spelt if place >= 0 and not _is_on_behalf(found, place) else ""


def is_headline(found: Sequence[Word], place: int, end: int) -> bool:
    """Whether English words stand in a headline, in which every word has a capital: those before and behind them too."""
    goes_on = end == len(found) or found[end].is_capital
    return place > 0 and found[place - 1].is_capital and found[place].text.isascii() and goes_on


def is_lettered(found: Sequence[Word], place: int) -> bool:
    """Whether a letter with a full stop counts something (категория Б.) and is no initial."""
    return place > 0 and vocabulary().lettered.begin(found[place - 1].spelt)


def is_quoted_title(found: Sequence[Word], place: int) -> bool:
    """Whether a word begins, or is the second of, a quotation of few words, which is rather what something is called."""
    begins = found[place].is_quoted or (
        place > 0 and found[place - 1].is_quoted and len(found[place].gap) == 1
    )
    behind = found[place + 1 : place + _QUOTATION]
    return begins and any(set(word.gap) & set(_QUOTES_BEHIND) for word in behind)
