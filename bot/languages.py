"""Languages of this installation: one for each folder of `locales/` with a `language.toml`, described in
`docs/translation.md`. A bad file is refused at the start."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.errors import LanguageError

LOCALES = Path(__file__).resolve().parent.parent / "locales"
LANGUAGE_FILE = "language.toml"

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

WORDS, PHRASES, AROUND, COUNTED, MAY_COUNT = "words", "phrases", "around", "counted", "may count"
_KEYS = {
    WORDS: """
        numbers: 0 not_a_number
        plurals: 0
        dates: noise other_words
        amounts: endings silent_endings
        heard: particles prepositions denied_endings denied_starts kept_starts place_endings place_changes place_adjectives elsewhere_endings inside_endings other_words
        search: ignored common not_before not_after not_endings
        choices: other specify
    """,
    PHRASES: """
        parts_of_year: winter spring summer autumn
        numbers_of_units: 0
        ordinals: 0 of_numbers of_month endings
        named_dates: 0
        units: day week month half_year year counted
        from_today: today yesterday day_before_yesterday three_days_ago tomorrow day_after_tomorrow day also_today last_night
        from_today: week_before_last last_week this_week next_week month_before_last last_month this_month next_month
        from_today: year_before_last last_year this_year next_year other_day few couple either nearly
        from_today: weekend weekend_before_last last_weekend this_weekend coming_weekend next_weekend
        dates: unknown days year short_year year_endings early middle late last_week last_weekend last_of_month
        dates: first_weekend holiday or
        periods: no_start no_end from_endings from_words till till_words and ongoing goes_on still until_now now
        time_of_day: part at at_hour endings minutes
        amounts: people person thousand
        replies: yes no
        authors: first_person
        heard: aside everywhere near corrections denials denials_behind not_denials unreal turns everyday origins inside inside_behind lives writes place_words streets streets_behind not_a_place not_then not_a_date
        heard: people counted_alone not_affected one_person ourselves many_people
    """,
    AROUND: """
        from_today: last most_recent this next coming ago later
        dates: on day_only in_month said roughly night_before
        periods: since until from between
    """,
    COUNTED: """
        parts_of_year: half quarter
        dates: bare_day half_of_month third_of_month week_of_month weekend_of_month tens numbered_month
        time_of_day: times
        amounts: about more_than at_least at_most exactly range
    """,
    MAY_COUNT: """
        from_today: moments_ago
    """,
}
"""Kind of phrase by section and key: plain words, phrases, phrases around other words (`…`), phrases with a
number (`#`), or with an optional number. 0 stands for any number."""


def _kinds() -> Iterator[tuple[str, str]]:
    for section, names in {"months": MONTHS, "short_months": MONTHS, "weekdays": WEEKDAYS}.items():
        yield from ((f"{section}.{name}", PHRASES) for name in names)
    for kind, lines in _KEYS.items():
        for line in lines.strip().splitlines():
            section, listed = line.strip().split(": ")
            yield from ((f"{section}.{name}", kind) for name in listed.split())


FILE_KEYS = MappingProxyType(dict(_kinds()))
_SIGN = re.compile(
    r"\[(?P<letters>[^\[\]]+)\]|(?P<sign>[()|?~…#]|!\()|(?P<plain>[\w .:'’/%+-])|(?P<bad>.)", re.DOTALL
)
_MAY_BE_MISSING = re.compile(r"(?:\[[^\]]*\]|\([^()]*\)|[^)\]])\?|!\([^()]*\)|\(\|*\)|~")
_PIECE = re.compile(r"\{(\w+)\}")
_MARKS = {AROUND: "one … and no #", COUNTED: "# and no …", MAY_COUNT: "no …"}
_OPENING = {"(", "!(", "|"}
# A long phrase may be continued on the next line after a bracket or bar, without a space.
_LINE_END = re.compile(r"(?<=[(|])\s*\n\s*")
ENDING = r"[^\W\d_]{0,7}"


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    - `code`: ISO 639-1.
    - `name`: the language's own name for itself.
    - `offered`, `exported`: its position on buttons and in exports.
    - `letters`: replacements that people type on phones without the language's letters.
    - `latin`: letters by the Latin ones typed for them.
    - `spellings`: words written with look-alikes of another alphabet.
    - `phrases`: typed phrases by `section.key`.
    - `month_first`: a day usually follows its month.
    """

    code: str
    name: str
    offered: int
    exported: int
    letters: Mapping[str, str]
    latin: Mapping[str, str]
    spellings: Mapping[str, str]
    phrases: Mapping[str, tuple[str, ...]]
    month_first: bool = False


@cache
def languages() -> tuple[Language, ...]:
    """All languages in the order in which they are offered. Raises LanguageError for the first bad file."""
    found = [read_language(path) for path in sorted(LOCALES.glob(f"*/{LANGUAGE_FILE}"))]
    letters: dict[str, str] = {}
    for one in found:  # texts are normalized before their language is known, so all must replace alike
        wrong = next((name for name, other in one.letters.items() if letters.get(name, other) != other), None)
        if wrong is not None:
            raise LanguageError(
                f"locales/{one.code}/{LANGUAGE_FILE}: letters.{wrong} is replaced by another letter in another language"
            )
        letters |= one.letters
    return tuple(sorted(found, key=lambda one: (one.offered, one.code)))


@cache
def codes() -> tuple[str, ...]:
    """Codes of all languages, in the order in which they are offered."""
    return tuple(one.code for one in languages())


@cache
def exported_codes() -> tuple[str, ...]:
    """Codes of all languages in the order of an export's columns, on which its readers rely."""
    return tuple(one.code for one in sorted(languages(), key=lambda one: (one.exported, one.code)))


def name_of(code: str) -> str:
    return next((one.name for one in languages() if one.code == code), code)


def read_language(path: Path) -> Language:
    """Read a language file. Raises LanguageError with one line: the file, the key, the fault."""
    try:
        return _read(path)
    except ValueError as error:  # errors of TOML and UTF-8 are subclasses
        raise LanguageError(f"locales/{path.parent.name}/{path.name}: {error}") from None


def expression(phrase: str, number: str = "#", slot: str = "(.+?)") -> str:
    """Phrase as a regular expression. `number` and `slot` are the expressions for `#` and `…`."""
    signs = {"~": ENDING, "#": number, "…": slot, "(": "(?:", "!(": "(?!"}
    return "".join(
        f"[{re.escape(found['letters'])}]"
        if found["letters"]
        else signs.get(found[0], found[0] if found["sign"] else re.escape(found[0]))
        for found in _SIGN.finditer(phrase)
    )


def _read(path: Path) -> Language:
    content = tomllib.loads(path.read_text("utf-8"))
    name, offered, exported = (content.pop(key, None) for key in ("name", "offered", "exported"))
    month_first = content.pop("month_first", False)
    if not isinstance(name, str) or not name:
        raise ValueError("name is missing: what the language calls itself, in quotes")
    if any(type(place) is not int for place in (offered, exported)):
        raise ValueError(
            "offered or exported is missing: the places of the language among the others, as numbers"
        )
    if not isinstance(month_first, bool):
        raise ValueError("month_first is true or false, without quotes")  # noqa: TRY004 - of the file
    letters, latin, spellings = (_table(content, section) for section in ("letters", "latin", "spellings"))
    if any(len(one) != 1 or len(other) != 1 for one, other in letters.items()):
        raise ValueError("letters: each is replaced by one other")
    phrases = MappingProxyType(dict(_phrases(content, _pieces(_table(content, "pieces")))))
    return Language(
        path.parent.name, name, offered, exported, letters, latin, spellings, phrases, month_first
    )


def _table(content: dict[str, Any], section: str) -> dict[str, str]:
    found = content.pop(section, {})
    if not isinstance(found, dict):
        raise ValueError(f"{section} is a key that nothing reads")  # noqa: TRY004 - of the file, not of the program
    wrong = next((key for key, value in found.items() if not isinstance(value, str)), None)
    if wrong is not None:
        raise ValueError(f"{section}.{wrong} is no text: write it in quotes")
    return found


def _pieces(texts: Mapping[str, str]) -> Mapping[str, str]:
    pieces: dict[str, str] = {}
    for name, text in texts.items():
        with _named(f"pieces.{name}"):
            pieces[name] = f"({'|'.join(_split(text, pieces))})"
            _check(pieces[name], PHRASES)
    return pieces


def _phrases(content: dict[str, Any], pieces: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for section in list(content):
        for name, text in _table(content, section).items():
            key = f"{section}.{name}"
            kind = FILE_KEYS.get(f"{section}.0" if name.isdecimal() else key)
            if kind is None:
                raise ValueError(f"{key} is a key that nothing reads")
            with _named(key):
                phrases = _split(text, pieces)
                for phrase in phrases:
                    _check(phrase, kind)
            yield key, phrases


@contextmanager
def _named(key: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _split(text: str, pieces: Mapping[str, str]) -> tuple[str, ...]:
    def piece(found: re.Match[str]) -> str:
        if found[1] not in pieces:
            raise ValueError(f"there is no piece {found[0]} above")
        return pieces[found[1]]

    whole = _LINE_END.sub("", text)
    apart = (" ".join(phrase.split()) for phrase in whole.split(","))
    return tuple(_PIECE.sub(piece, phrase) for phrase in apart if phrase)


def _check(phrase: str, kind: str) -> None:
    """Raise ValueError if a phrase breaks the rules of `docs/translation.md` or does not suit its key."""
    signs = list(_SIGN.finditer(phrase))
    bad = next((one[0] for one in signs if one["bad"] or (kind == WORDS and not one["plain"])), None)
    if bad:
        raise ValueError(f"the sign {bad} in “{phrase}” means nothing here")
    _check_order([one[0] for one in signs], phrase)
    needed = phrase
    while (shorter := _MAY_BE_MISSING.sub("", needed)) != needed:
        needed = shorter
    if not needed.strip(" …"):
        raise ValueError(f"“{phrase}” may be nothing at all")
    if phrase.count("…") != (kind == AROUND) or (kind != MAY_COUNT and ("#" in phrase) != (kind == COUNTED)):
        raise ValueError(f"“{phrase}” must have {_MARKS.get(kind, 'neither … nor #')}")


def _check_order(signs: list[str], phrase: str) -> None:
    depth, before = 0, ""
    for sign in signs:
        depth += sign.endswith("(") - (sign == ")")
        if depth < 0 or (depth == 0 and sign == "|") or (depth and sign == "…"):
            raise ValueError(f"{sign} in “{phrase}” stands on the wrong side of a bracket")
        is_empty = sign in {"|", ")"} and before in _OPENING
        if is_empty or (sign == "?" and before in {*_OPENING, "?", "…", ""}):
            raise ValueError(f"{before}{sign} in “{phrase}” has nothing between")
        before = sign
    if depth:
        raise ValueError(f"a bracket of “{phrase}” is not closed")
