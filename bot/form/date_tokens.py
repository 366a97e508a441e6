"""A typed date as tokens: folded spelling, then numbers and words by what they do in a date."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.form import date_words as words
from bot.form.moments import Moment, of_day

_LETTERS = str.maketrans("қғңүұөһіәё’ʼ`‐‑‒–—−", "кгнууохиае'''------")
_NUMBER_ENDINGS = "|".join(sorted(words.NUMBER_ENDINGS, key=len, reverse=True))
_TOKEN = re.compile(
    r"(?P<ymd>\d{4}([-./])\d{1,2}\2\d{1,2}(?!\d))"
    r"|(?P<dmy>\d{1,2}([-./])\d{1,2}\4(?:\d{4}|\d{2})(?!\d))"
    r"|(?P<ym>\d{4}[-./]\d{1,2}(?!\d))"
    r"|(?P<my>\d{1,2}[-./]\d{4}(?!\d))"
    r"|(?P<dm>\d{1,2}[./]\d{1,2}(?!\d))"
    rf"|(?P<number>\d+)(?:-?(?P<ending>{_NUMBER_ENDINGS})(?![a-zа-я]))?"
    r"|(?P<word>[a-zа-я']+)"
    r"|(?P<dash>-)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a date. `kind` is a letter, so that a whole date is a word of kinds.

    d a number of one or two digits, y a year, F a moment, M a month, W a weekday (0 = Monday),
    U a unit of time, - a dash, ? what is not known, and the marks: A ago, L last, T this, S from,
    B since (after its date), / up to, E up to (after its date), O now, Q roughly.
    `leaves`: the word has the Kazakh ending of "from".
    """

    kind: str
    number: int = 0
    moment: Moment = Moment()
    unit: str = ""
    leaves: bool = False


def fold(text: str) -> str:
    """The text in small letters, Kazakh letters as Russian ones, one kind of dash, single spaces."""
    text = unicodedata.normalize("NFKC", text).lower().translate(_LETTERS)
    text = re.sub(r"(?<=[а-я])i|i(?=[а-я])", "и", text)
    for pattern, plain in words.PHRASES:
        text = re.sub(pattern, plain, text)
    return " ".join(text.split()).strip(" .,!?;:()\"«»")


def tokens(folded: str, today: date) -> list[Token]:
    """The tokens of a folded text; words that add nothing to a date are left out."""
    return [
        token for match in _TOKEN.finditer(folded) if (token := _token(match, today)) and token.kind
    ]


def _token(match: re.Match[str], today: date) -> Token:
    numbers = [int(number) for number in re.findall(r"\d+", match[0])]
    match match.lastgroup:
        case "ymd":
            return Token("F", moment=Moment(*numbers))
        case "dmy":
            return Token("F", moment=_full(numbers, match[0], today))
        case "ym":
            return Token("F", moment=Moment(*numbers))
        case "my":
            return Token("F", moment=Moment(numbers[1], numbers[0]))
        case "dm":
            return Token("F", moment=_short(numbers, today))
        case "word":
            return _word(match["word"], today)
        case "dash":
            return Token("-")
    return _number(match["number"], match["ending"] or "")


def _full(numbers: list[int], text: str, today: date) -> Moment:
    day, month, year = numbers
    if month > 12 and "/" in text:  # only an American order makes sense of 3/25/2024
        day, month = month, day
    return Moment(whole_year(year, today), month, day)


def _short(numbers: list[int], today: date) -> Moment:
    first, second = numbers
    if second > 12 and first <= 12:  # 03.24 is March 2024: there is no month 24
        return Moment(whole_year(second, today), first)
    return Moment(None, second, first)


def whole_year(year: int, today: date) -> int:
    """The year for one written with two digits: at most two years ahead of today."""
    if year >= 100:
        return year
    century = today.year // 100 * 100
    return century + year if century + year <= today.year + 2 else century - 100 + year


def _number(digits: str, ending: str) -> Token:
    kind = {1: "d", 2: "d", 4: "y"}.get(len(digits), "?")
    return Token(kind, int(digits[:4]), leaves=ending in words.KAZAKH_FROM)


def _word(word: str, today: date) -> Token:
    if word in words.MARKS:
        return Token(words.MARKS[word])
    if word in words.UNITS:
        return Token("U", unit=words.UNITS[word])
    if word in words.NUMBERS:
        return Token("d", words.NUMBERS[word])
    if word in words.MONTHS:
        return Token("M", words.MONTHS[word])
    if word in words.WEEKDAYS:
        return Token("W", words.WEEKDAYS[word])
    return next(_kazakh(word, today), Token("?"))


def _kazakh(word: str, today: date) -> Iterator[Token]:
    for stem, leaves in _stems(word):
        if stem in words.KAZAKH_MONTH_STEMS:
            yield Token("M", words.KAZAKH_MONTH_STEMS[stem], leaves=leaves)
        if stem in words.KAZAKH_WEEKDAY_STEMS:
            yield Token("W", words.KAZAKH_WEEKDAY_STEMS[stem], leaves=leaves)
        if stem in words.RELATIVE_DAYS:
            day = today + timedelta(days=words.RELATIVE_DAYS[stem])
            yield Token("F", moment=of_day(day), leaves=leaves)
        if stem in words.RELATIVE_YEARS:
            yield Token("F", moment=Moment(today.year + words.RELATIVE_YEARS[stem]), leaves=leaves)
        if leaves and stem in words.KAZAKH_UNIT_STEMS:
            yield Token("U", unit=words.KAZAKH_UNIT_STEMS[stem], leaves=True)


def _stems(word: str) -> Iterator[tuple[str, bool]]:
    for cut in range(len(word), 1, -1):
        stem, ending = word[:cut], word[cut:]
        if ending in words.KAZAKH_FROM:
            yield stem, True
        elif ending in words.KAZAKH_ENDINGS:
            yield stem, False


