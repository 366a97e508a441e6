"""How much each word of a text looks like a part of a name, by itself."""

import re
from enum import Enum, auto

from bot.safety.personal_data.spelling import stems
from bot.safety.personal_data.vocabulary import vocabulary
from bot.safety.personal_data.words import Word

_CASE = r"(?:n[iae]n|[dt]in|[dt]i|ni|g[ae]|k[ae]|n[ae]|[dt][ae](?:gi)?|[ndt][ae]n|[mbp]en|[dlt][ae]r\w{0,5})?"
"""An ending of Kazakh, in the common spelling."""
_SURNAME = re.compile(rf"(?:.{{2,}}(?:[oe]v|[oe]va)(?:{_CASE}|u|im|s)|.{{3,}}enko(?:{_CASE}|s))\Z")
"""Of Ахметов and Akhmetova, Шевченко, with the endings that they only share with few words."""
_DECLINED_SURNAME = re.compile(r".{2,}[oe]v(?:oi|im|a|u|e|ih|imi)\Z")
"""Of Бакиевой, which adjectives share."""
_LIKE_SURNAME = re.compile(
    r"(?:.{2,}(?:[oe]v|in)(?:a|oi|i|e|u|im|em|om|ih|imi)?"
    r"|.{3,}(?:ski|skaia|skoi|skogo|skomu|skim|tski|chuk|uk|ian|iants|off|dze|shvili|bai|bek|han|jan|gali|murat|bolat|tai|uli)"
    rf"(?:{_CASE}|a|u|om|em|e))\Z"
)
"""The same as an end of other words."""
_PATRONYMIC = re.compile(
    rf"(?:.{{2,}}kizi(?:{_CASE}|n)|.{{2,}}[oe]vich(?:a|u|em|e|i)?|.{{3,}}[oe]vn(?:a|i|e|u|oi))\Z"
)
_SON = re.compile(rf".{{2,}}uli(?:{_CASE}|n)\Z")
"""Of Серікұлы; other words end so too where the letter is not ұ."""
_GIVEN_NAME = re.compile(
    r".{2,}(?:bek|han|jan|gul|nur|gali|murat|bolat|sultan|muhamed|muhambet|bai|berdi|geldi|keldi|mirza)"
    rf"(?:{_CASE}|a|u|om|em|e|i|s)\Z"
)
"""Of Kazakh given names that are put together."""
_ADJECTIVE = re.compile(
    r".{2,}(?:ski|skaia|skoi|skogo|skomu|skim|skie|skih|ogo|omu|nii|naia|noi|nie|nih|nogo)\Z"
)
_ADJECTIVES = ("ый", "ий", "ого", "ому", "ные", "ных", "ная", "ное", "ной")
"""Endings of Russian adjectives, in which an ending of Kazakh could be seen behind one of a surname."""


_LONG = 5
"""Letters of a name whose forms are no other words."""
_SHORT = 4
"""Letters of a name of which forms are known at all."""
_OF_MANY = re.compile(
    r".*(?:торов|антов|ентов|истов|ников|чиков|щиков|унтов|ктов|налов|икатов|лючков)\Z", re.IGNORECASE
)
"""Of Russian words for many (модераторов), which only few surnames share."""
_VILLAGES = ("овка", "евка", "овки", "евки", "овке", "евке", "овку", "евку", "овкой", "евкой")


class Part(Enum):
    """How sure a word is part of a name."""

    NAME = auto()
    """By itself."""
    INSIDE = auto()
    """Inside a sentence, where nothing else begins with a capital, or beside another part."""
    BESIDE = auto()
    """Only beside another part."""
    INITIAL = auto()
    NONE = auto()


def part(word: Word) -> Part:
    """What a word looks like, whatever stands around it."""
    if word.is_initial:
        return Part.INITIAL
    if len(word.spelt) < 2 or not word.is_capital or word.spelt in vocabulary().sentence_words:
        return Part.NONE
    return _ruled_out(word) or _capital_part(word)


def is_known(word: Word) -> bool:
    """Whether a word ends as surnames do, or is a given name."""
    known = vocabulary()
    forms = stems(word.text)
    return is_like_surname(word) or any(
        form in known.names or form in known.names_and_words for form in forms
    )


def is_given_name(word: Word) -> bool:
    """Whether a word, with a capital or without, is a given name and nothing else: a long one in any form, others as they are."""
    known = vocabulary().names
    return word.spelt in known or any(
        form in known and len(form) >= _LONG + form.endswith("ia") for form in stems(word.text)
    )


def is_surname(word: Word) -> bool:
    """Whether a word, with a capital or without, ends as surnames do and few others."""
    return (
        len(word.spelt) > 5
        and word.spelt not in vocabulary().no_surnames
        and bool(_SURNAME.match(word.spelt))
    )


def is_like_surname(word: Word) -> bool:
    """Whether a word ends as surnames do, and many others."""
    return bool(_LIKE_SURNAME.match(word.spelt))


def is_declined_surname(word: Word) -> bool:
    """Whether a word ends as surnames do in a Russian case, and adjectives."""
    return bool(_DECLINED_SURNAME.match(word.spelt))


def is_adjective(word: Word) -> bool:
    """Whether a word ends as Russian adjectives do."""
    return word.text.lower().endswith(_ADJECTIVES) or bool(_ADJECTIVE.match(word.spelt))


def _ruled_out(word: Word) -> Part | None:
    """What a capital word is that looks like a name and is known to be something else; None for others."""
    spelt, known = word.spelt, vocabulary()
    if known.names_places(word.text) and not _SURNAME.match(spelt):
        return Part.NONE
    if spelt in known.no_surnames or known.titles.begin(spelt) or known.roles.begin(spelt):
        return Part.NONE
    if known.places.begin(spelt):
        return Part.BESIDE if is_known(word) and not is_adjective(word) else Part.NONE
    is_other = word.text.lower().endswith(_ADJECTIVES + _VILLAGES) or _OF_MANY.match(word.text)
    return Part.BESIDE if is_other else None


def _capital_part(word: Word) -> Part:
    spelt, known = word.spelt, vocabulary()
    if _PATRONYMIC.match(spelt) or _SURNAME.match(spelt) or ("ұлы" in word.text and _SON.match(spelt)):
        return Part.INSIDE if word.is_loud else Part.NAME
    if is_given_name(word):
        return Part.INSIDE if word.is_loud or len(spelt) < 4 else Part.NAME
    forms = (form for form in stems(word.text) if form == spelt or len(form) >= _SHORT)
    is_word = any(form in known.names_and_words or form in known.names for form in forms)
    if is_word or _GIVEN_NAME.match(spelt) or _SON.match(spelt):
        return Part.INSIDE
    return Part.NONE if word.is_loud and len(spelt) < 6 else Part.BESIDE
