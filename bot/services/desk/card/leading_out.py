"""Words of a question that lead its reporter out of the chat. A tapped link shows a stranger the reporter's
address, and a call their number."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain

from bot.form.model import Form
from bot.safety.personal_data.numbers import phones
from bot.safety.receipt import codes_in, has_spelled_code

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff\u20e3]"
)
_DOTS = str.maketrans(dict.fromkeys("。․⸱·•‧∙⋅｡", "."))
_SPELLED_DOT = re.compile(r"\s?[\[({]\s?(?:\.|dot|точка|нүкте)\s?[\])}]\s?", re.IGNORECASE)
_TOPS = "рф|қаз|бел|укр|рус|срб|мкд|мон|орг|ком|онлайн|сайт|дети|москва|католик|ею|бг"
_FILES = "pdf|jpe?g|png|gif|heic|webp|docx?|xlsx?|pptx?|odt|rtf|txt|csv|mp3|mp4|ogg|avi"
_LINK = re.compile(
    rf"[\w.+-]*:/{{1,2}}\S+|(?:mailto|tg|tel|sms|www)[:.]\S+"
    rf"|(?<![\w@.-])[\w-]+(?:\.[\w-]+)*\.(?!(?:{_FILES})\b)(?:xn--[a-z0-9-]+|[a-z]{{2,24}}|{_TOPS})\b(?!\.\w)(?:[:/?#]\S*)?"
    r"|\b[\w-]+\s\.\s?[a-z]{2,24}\b\S*|\b[\w-]+\.\s[a-z]{2,24}/\S*|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])\S*",
    re.IGNORECASE,
)
"""Links with or without a scheme: Latin or existing Cyrillic domains, and IPv4 addresses."""
_NAME = re.compile(r"\S*@\s?[\w.-]+")
_COMMAND = re.compile(r"(?<!\S)/[a-z]\w*", re.IGNORECASE)
_DIGITS = re.compile(r"(?<!\w)\+?\d(?:[\s()./–—‑-]{0,3}\d){8,}(?!\w)")
_OF_A_CASE = re.compile(
    r"(?:№|\bn[o°]\b\.?|дел\w{0,3}|іс\w{0,4}|case|ердр|сдтбт|сдтб|erdr|ст\.|стать\w{1,3}|бап\w{0,5}|article|art\.|протокол\w{0,3}"
    r"|хаттама\w{0,4}|материал\w{0,3}|кодекс\w{0,4})[\s:№#]{0,4}\Z",
    re.IGNORECASE,
)
_BEFORE, _BEHIND = 20, ".,;:!?)]}>»”\"'…"


def leading_out(text: str, contacts: Form) -> Sequence[str]:
    """Links, user names, telephone numbers, commands and codes, each once, except the contacts of a form."""
    told = (choice.contact.values() for question in contacts.questions for choice in question.choices)
    own = {_key(one) for contact in chain.from_iterable(told) for one in _found(contact)}
    return list(dict.fromkeys(one for one in _found(text) if _key(one) not in own))


def _found(text: str) -> Iterator[str]:
    plain = _plain(text)
    for pattern in (_LINK, _NAME, _COMMAND):
        yield from (one[0].rstrip(_BEHIND) for one in pattern.finditer(plain))
    yield from (plain[one.start : one.end] for one in phones(plain))
    for one in _DIGITS.finditer(plain):
        if _OF_A_CASE.search(plain, max(0, one.start() - _BEFORE), one.start()) is None:
            yield one[0]
    if has_spelled_code(plain):
        yield from codes_in(plain)[:1]


def _plain(text: str) -> str:
    seen = _UNSEEN.sub("", text).translate(_DOTS)
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", seen))
    digits = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in folded)
    return _SPELLED_DOT.sub(".", digits)


def _key(found: str) -> str:
    if not re.search(r"[^\W\d_]|@", found):
        return re.sub(r"\D", "", found)[-10:]
    return re.sub(r"\A(?:https?://)?(?:www\.)?|/\Z", "", found.casefold())
