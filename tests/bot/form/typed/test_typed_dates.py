"""Dates as people mean them: a table of what is typed in Kazakh, Russian and English."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.renderer import Renderer
from bot.form.answers import Precision, When, from_json, to_json
from bot.form.kinds.calendar import when_phrase
from bot.form.typed import partial_dates
from bot.form.typed.dates import SOON, NoSuchDay, readings
from bot.form.typed.intervals import (
    between,
    interval,
    is_date,
    last_day,
    of_interval,
    since,
)
from bot.languages import codes
from bot.texts import Texts

TODAY = date(2026, 11, 25)
"""A Wednesday."""

DATA = Path(__file__).parents[3] / "data"


def lines_of(name: str) -> list[str]:
    """What a table of phrases says, a phrase a line."""
    text = (DATA / name).read_text("utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


LINES, UNSEEN_LINES = lines_of("typed_dates.txt"), lines_of("typed_dates_unseen.txt")
MEANINGS, UNSEEN = (dict(line.rsplit(" = ", 1) for line in lines) for lines in (LINES, UNSEEN_LINES))
MOST_REFUSED = 3
"""Phrases of those who had not seen the parser that are asked again although they mean a date."""


def meaning(text: str) -> str:
    """What a text means, as the table writes it."""
    found = readings(text, TODAY)
    if isinstance(found, tuple):
        return " or ".join(written(one) for one in found)
    return "no such day" if isinstance(found, NoSuchDay) else "-"


def ways(text: str) -> tuple[str, ...]:
    """A text as it stands, in capitals and with a full stop."""
    return text, f" {text.upper()}", f"{text}."


def written(when: When) -> str:
    """One date as the table writes it."""
    if when.precision is Precision.RANGE:
        open_end = "" if when.ongoing or when.start is None else "?"
        return f"{when.start or ''}..{when.end or open_end}"
    return "?" if when.precision is Precision.UNKNOWN else str(when.start)


def test_the_tables_say_each_thing_once() -> None:
    """A phrase that stood twice could mean two things."""
    assert len(MEANINGS) == len(LINES)
    assert len(UNSEEN) == len(UNSEEN_LINES)
    assert len({*MEANINGS, *UNSEEN}) > 1900
    assert {text: UNSEEN[text] for text in MEANINGS.keys() & UNSEEN} == {
        text: MEANINGS[text] for text in MEANINGS.keys() & UNSEEN
    }


def test_nothing_unseen_is_taken_for_another_date() -> None:
    """Phrases by somebody who had not read the parser: what is not understood is asked again."""
    found = {text: {meaning(way) for way in ways(text)} for text in UNSEEN}
    assert {text: said for text, said in found.items() if not said <= {UNSEEN[text], "-"}} == {}
    refused = [text for text, said in found.items() if said != {UNSEEN[text]}]
    assert len(refused) <= MOST_REFUSED, refused


@pytest.mark.parametrize("tenth", range(10))
def test_a_typed_date_means_what_the_table_says(tenth: int) -> None:
    """In capitals and with a full stop too. A tenth of the table at a time: each line as a test of its own would take
    longer to be told than to be judged."""
    said = {way: (meaning(way), MEANINGS[text]) for text in [*MEANINGS][tenth::10] for way in ways(text)}
    assert {way: both for way, both in said.items() if both[0] != both[1]} == {}


LANGUAGES = codes()
RENDERER = Renderer(Texts(LANGUAGES))
DAYS = st.dates(date(1901, 1, 1), date(2035, 12, 31))


def dates_of(first: date, last: date) -> list[When]:
    """A day, a month, a year, periods of days, months and years, a period that goes on."""
    start, end = sorted((first.isoformat(), last.isoformat()))
    periods = [between(start[:size], end[:size]) for size in (10, 7, 4)]
    open_ends = [since(text, ongoing) for text in (start, start[:7]) for ongoing in (True, False)]
    return [
        *(when for when in periods if when is not None),
        When(Precision.MONTH, start[:7]),
        When(Precision.YEAR, start[:4]),
        *open_ends,
        *(When(Precision.RANGE, end=text) for text in (start, start[:7])),
    ]


@given(DAYS, DAYS, st.sampled_from(LANGUAGES), st.booleans())
def test_what_the_bot_shows_is_read_back(first: date, last: date, language: str, in_words: bool) -> None:
    """Whoever copies a date from the chat gives the same date, whatever the language and the length."""
    for when in dates_of(first, last):
        text = RENDERER.phrase(when_phrase(when, in_words=in_words), language)
        assert readings(text, TODAY) == (when,), text


@pytest.mark.parametrize("language", LANGUAGES)
@given(DAYS, st.dates(date(2000, 3, 1), date(2035, 12, 31)))
def test_a_day_without_its_year_is_in_the_last_year_or_soon(language: str, day: date, today: date) -> None:
    """It never lies further ahead than a month, and what lies so near is offered too."""
    told = When(Precision.DAY, day.isoformat(), day.isoformat())
    words = RENDERER.phrase(when_phrase(told, in_words=True), language)
    found = readings(words.replace(str(day.year), "").replace("жылғы", ""), today)
    assert isinstance(found, tuple)
    days = [date.fromisoformat(str(when.start)) for when in found]
    assert all((one.month, one.day) == (day.month, day.day) for one in days)
    assert days[0] <= today
    assert all(today < one <= today + SOON for one in days[1:])
    assert len(days) == 1 + any(
        (ahead.month, ahead.day) == (day.month, day.day)
        for ahead in (today + timedelta(number) for number in range(1, SOON.days + 1))
    )


TOKENS = sorted({token for text in {**MEANINGS, **UNSEEN} for token in re.findall(r"\w+|\S", text)})


@given(
    st.lists(st.sampled_from(TOKENS), max_size=7),
    st.sampled_from(["", " "]),
    st.dates(date(1990, 1, 1), date(2060, 1, 1)),
)
def test_any_heap_of_words_gives_dates_that_can_be_told_and_stored(
    heap: list[str], space: str, today: date
) -> None:
    """Whatever is typed: the dates stand in the calendar, come back from the database and from an export, and are read
    from what the bot says of them."""
    found = readings(space.join(heap), today)
    for when in found if isinstance(found, tuple) else ():
        ends = [text for text in (when.start, when.end) if text is not None]
        assert all(is_date(text) for text in ends)
        assert None in {when.start, when.end} or str(when.start) <= last_day(str(when.end)).isoformat()
        assert from_json(to_json(when)) == when
        text = interval(when)
        assert of_interval(text) == when if text is not None else when in UNDATED
        for language in LANGUAGES:
            assert readings(RENDERER.phrase(when_phrase(when, in_words=True), language), today) == (when,)


UNDATED = (When(Precision.UNKNOWN), When(Precision.RANGE, ongoing=True))


def test_a_button_for_one_of_two_dates_is_short() -> None:
    """The longest that is offered in any language."""
    for language in LANGUAGES:
        for typed in ("зимой 2023", "прошлой осенью", "в декабре", "1 декабря", "1-3 декабря"):
            found = readings(typed, TODAY)
            assert isinstance(found, tuple)
            for when in found:
                label = RENDERER.phrase(when_phrase(when, in_words=when.start == when.end), language)
                assert len(label) <= 40, label


def test_a_long_word_that_somebody_types_is_not_kept() -> None:
    """Thousands of words that are known again must not fill the memory; short ones are, since dates are read often."""
    kept = [partial_dates._month, partial_dates._weekday]
    before = [one.cache_info().currsize for one in kept]
    for number in range(3):
        word = f"{number}" + "ж" * 4000
        assert partial_dates.month(word) is partial_dates.weekday(word) is None
    assert [one.cache_info().currsize for one in kept] == before
    assert partial_dates.month("x") is partial_dates.weekday("x") is None
    assert all(one.cache_info().currsize for one in kept)
