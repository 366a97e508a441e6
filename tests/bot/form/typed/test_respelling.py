"""Words as they were probably meant: slips of a finger, Latin letters."""

from datetime import date

import pytest
from babel.dates import get_month_names
from hypothesis import given
from hypothesis import strategies as st

from bot.form.answers import Precision, When
from bot.form.typed.dates import readings
from bot.form.typed.phrases import normalized, respelled
from bot.languages import codes

TODAY = date(2026, 11, 25)
LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһіabcdefghijklmnopqrstuvwxyz"
MONTHS = [
    (name, number) for code in codes() for number, name in get_month_names("wide", "format", code).items()
]

OTHERWISE = [
    (name, number)
    for code in codes()
    for names in (
        get_month_names("abbreviated", "format", code),
        get_month_names("wide", "stand-alone", code),
    )
    for number, name in names.items()
]


def slips(word: str, place: int, letter: str) -> list[str]:
    """A word with a letter missing, doubled, wrong, added, or in the place of the next one."""
    before, this, after = word[:place], word[place], word[place + 1 :]
    swapped = f"{before}{after[:1]}{this}{after[1:]}"
    return [
        before + after,
        before + this + this + after,
        before + letter + after,
        before + letter + this + after,
        swapped,
    ]


@given(st.sampled_from(MONTHS), st.integers(0, 8), st.sampled_from(LETTERS))
def test_no_slip_in_the_name_of_a_month_gives_another_month(
    named: tuple[str, int], place: int, letter: str
) -> None:
    """The names are those of CLDR. A slip that makes the name of another month, or one that begins like another form of it, is
    none that can be seen."""
    name, number = named
    others = tuple(normalized(other).rstrip(".") for other, its in [*MONTHS, *OTHERWISE] if its != number)
    for typed in slips(name, min(place, len(name) - 1), letter):
        found = readings(f"5 {typed} 2022", TODAY)
        day = f"2022-{number:02}-05"
        seen = any(spelt.startswith(others) for spelt in (normalized(typed), *respelled(typed)))
        assert seen or found in {None, (When(Precision.DAY, day, day),)}, typed


@pytest.mark.parametrize(("name", "number"), [(name, number) for name, number in MONTHS if len(name) > 5])
def test_most_slips_in_a_long_name_are_put_right(name: str, number: int) -> None:
    """Two letters in each other's place behind the first ones, the slip that is made most."""
    typed = f"{name[:2]}{name[3]}{name[2]}{name[4:]}"
    found = readings(f"5 {typed} 2022", TODAY)
    assert isinstance(found, tuple), typed
    assert [when.start for when in found] == [f"2022-{number:02}-05"], typed


@given(st.text(max_size=60))
def test_any_text_can_be_spelled_otherwise(text: str) -> None:
    """Only a few times, and never as it stands."""
    found = list(respelled(text))
    assert len(found) <= 2 * len(codes()) + 2
    assert text.casefold() not in found


def test_a_slip_that_is_a_month_of_another_language_is_asked_about() -> None:
    """`Mau` is a slip in May as well as the Kazakh short form of June, typed without Kazakh letters."""
    assert readings("5 Mau 2022", TODAY) is readings("5 Maw 2022", TODAY) is None
    assert readings("5 мау 2022", TODAY) == (When(Precision.DAY, "2022-06-05", "2022-06-05"),)
