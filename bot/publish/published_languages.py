"""Languages that an organisation publishes in, and detection of the language of a text by its letters."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from string import ascii_letters

from bot.form.answers import Answer, TextPart, Written
from bot.form.model import Form
from bot.languages import expression, languages

NAMED = "published_languages"
TEXTS = ("title", "summary")
SHORT_TEXTS = ("affected_role", "locality", "perpetrator_detail", "date_meaning")
"""Roles of short texts with translations of their own."""

LEAST_LETTERS = 20
"""Shorter texts are judged only by letters that one language alone has, since names look alike in all."""
_OWN_SHARE, _FOREIGN_SHARE = 0.05, 0.02
"""Shares of own letters: from the first a text is in the language, up to the second in another. Kazakh has a tenth."""

_CYRILLIC, _LATIN = re.compile("[а-я ]+"), re.compile("[a-z]+")
_LATIN_BYTES = ascii_letters.encode()
_COMMON_BYTES = bytes(range(0xC0)) + b"\xd0\xd1\xd2\xd3"
"""UTF-8 bytes, except first bytes of characters beyond ASCII and outside U+0400 to U+04FF."""
_COMMON = [chr(code) for code in (*range(0x80), *range(0x400, 0x500))]
_SIGNS = "«»–—“”„‘’…№•\u00a0"
"""Other signs of Cyrillic and Latin texts: two bytes beginning with C2, or three bytes."""
_NOT_LETTERS = re.compile("[\u0482-\u0489]")


def role_in(role: str, language: str) -> str:
    return f"{role}_{language}"


def fault(form: Form, languages: Iterable[str]) -> str | None:
    """Error of a review form for these languages, as a sentence, or None."""
    needed = [NAMED, *(role_in(role, language) for language in languages for role in TEXTS)]
    missing = [role for role in needed if role not in form.by_role]
    return f"it has no question with bind::bot:role {missing[0]}." if len(needed) > 1 and missing else None


def begun_in(
    form: Form, answers: Mapping[str, Answer], languages: Sequence[str], language: str
) -> Mapping[str, Answer]:
    """Answers that an edit in these languages begins with, the version's own `language` first among them. When
    languages were set or unset since, title and summary move between the plain pair and its own."""
    begun = dict(answers)
    if (named := form.by_role.get(NAMED)) is None:
        return begun
    begun.pop(named.path, None)
    if languages:
        own_first = sorted(languages, key=lambda one: one != language)
        begun[named.path] = Written((TextPart(" ".join(own_first)),))
    for role in TEXTS:
        plain, own = form.by_role[role], form.by_role.get(role_in(role, language))
        if own is not None and (not languages or language in languages):
            source, target = (plain, own) if languages else (own, plain)
            if source.path in begun:
                begun.setdefault(target.path, begun[source.path])
    return begun


def text_of(form: Form, answers: Mapping[str, Answer], role: str, language: str | None) -> str:
    """Text of a role of TEXTS in a language, or of the plain pair for None."""
    question = form.by_role.get(role_in(role, language) if language else role)
    answer = answers.get(question.path) if question is not None else None
    return answer.text if isinstance(answer, Written) else ""


def language_of_role(role: str) -> str | None:
    text, _, language = role.rpartition("_")
    return language if text in TEXTS else None


def language_of(text: str) -> str | None:
    """Most likely language of a text by code, or None."""
    scripts = _common_scripts(text)
    if scripts is None:
        text = text.casefold()
        scripts = _scripts(text)
    total = sum(scripts.values())
    if total < 3:
        return None
    most = max(scripts.values())
    if most < total / 2:
        return None
    frequent = [script for script, letters in scripts.items() if letters == most]
    # At most two scripts tie. Then the first letter decides.
    script = frequent[0] if len(frequent) == 1 else next(filter(frequent.__contains__, _scripts_in(text)))
    candidates, plain = _written_in(script)
    plainest, is_doubtful = plain if total >= LEAST_LETTERS else None, False
    for code, letters in candidates:
        own = sum([text.count(letter) for letter in letters if letter in text])
        if own >= _OWN_SHARE * total:
            return code
        is_doubtful |= own > _FOREIGN_SHARE * total and code != plainest
    return None if is_doubtful else plainest


def language_told(text: str, own: str) -> str:
    """Language of a text, `own` if its letters do not tell. Blank for a text without letters."""
    return (language_of(text) or own) if any(map(str.isalpha, text)) else ""


def first_person(text: str) -> Sequence[str]:
    """Words by which authors speak of themselves, in any language, each once. "US" is none."""
    found = (one[0] for one in _of_authors().finditer(unicodedata.normalize("NFC", text)))
    return list(dict.fromkeys(word for word in found if len(word) == 1 or not word.isupper()))


@cache
def _of_authors() -> re.Pattern[str]:
    phrases = (one for code in languages() for one in code.phrases.get("authors.first_person", ()))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(expression, phrases))})(?!\w)", re.IGNORECASE)


def _common_scripts(text: str) -> dict[str, int] | None:
    """Letters by script, counted from bytes alone, or None for a text with other characters."""
    written = text.encode("utf-8", "surrogatepass")
    first = written.translate(None, _COMMON_BYTES)
    if first and len(first) != sum([text.count(sign) for sign in _SIGNS if sign in text]):
        return None
    if b"\xd2" in written and _NOT_LETTERS.search(text) is not None:
        return None
    beyond = len(written) - len(text) - 2 * len(first) + first.count(b"\xc2")
    return {"CYRILLIC": beyond, "LATIN": len(written) - len(written.translate(None, _LATIN_BYTES))}


def _scripts(folded: str) -> dict[str, int]:
    # Runs of common letters are removed first, which leaves some thirty characters of a long text.
    rest = _CYRILLIC.sub("", folded)
    others = _LATIN.sub("", rest)
    cyrillic = len(folded) - len(rest) - folded.count(" ")
    scripts = {"CYRILLIC": cyrillic, "LATIN": len(rest) - len(others)}
    for script in _scripts_in(others):
        scripts[script] = scripts.get(script, 0) + 1
    return scripts


def _scripts_in(text: str) -> Iterator[str]:
    return map(_script, filter(str.isalpha, text))


@cache
def _written_in(script: str) -> tuple[Sequence[tuple[str, Sequence[str]]], str | None]:
    """Languages of a script with their own letters in both cases, and the only one with the fewest."""
    candidates = [one for one in languages() if _script(one.name[0].casefold()) == script]
    own = []
    for one in candidates:
        capital = (sign for sign in _COMMON if sign not in one.letters and sign.casefold() in one.letters)
        own.append((one.code, [*one.letters, *capital]))
    fewest = min((len(one.letters) for one in candidates), default=0)
    plain = [one.code for one in candidates if len(one.letters) == fewest]
    return own, plain[0] if len(plain) == 1 else None


@lru_cache(maxsize=1024)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
