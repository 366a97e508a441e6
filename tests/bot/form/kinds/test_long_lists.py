"""Lists too long for buttons: found by typed words, and answered as fast as short ones."""

import sys
from functools import cache
from types import FrameType

import pytest

from bot.form.answers import Chosen
from bot.form.events import Back, Event, Next, Pick, Show, ShowPage, Toggle, Wrote
from bot.form.model import Choice, Form
from tests.bot.form.talks import Talk, form, question

MANY = 60_000
_STEMS = ("Ак", "Кара", "Сары", "Коль", "Таш", "Жана", "Ескі", "Улкен", "Орта", "Бай")
_ENDS = ("су", "тау", "бұлак", "кент", "дала", "кыр", "сай", "өзен", "арал", "кум")


def _label(number: int) -> str:
    """`Аксу 0`, `Аксу 100` …: a hundred names, 600 places of each."""
    return f"{_STEMS[number % 10]}{_ENDS[number // 10 % 10]} {number // 100}"


@cache
def villages() -> Form:
    """Ten regions, and villages of a region, of any, or several of any."""
    listed = tuple(
        Choice(
            f"v{number}",
            {"kk": f"{_label(number)} ауылы", "en": _label(number)},
            {"region": f"r{number % 7}"},
        )
        for number in range(MANY)
    )
    regions = tuple(Choice(f"r{number}", {"en": f"Region {number}"}) for number in range(7))
    few = "count-selected(.) <= 2"
    return form(
        question("region", "select_one", choices=regions),
        question("village", "select_one", choices=listed, choice_filter="region = /f/region"),
        question("any", "select_one", choices=listed),
        question("several", "select_multiple", choices=listed, constraint=few),
        question("after"),
    )


def at(place: str) -> Talk:
    """A talk at one of the questions."""
    begun = Talk(villages())
    begun.send(Show(), Pick(3))
    while begun.place != place:
        begun.send(Toggle(3, on=True), Next()) if begun.place == "several" else begun.send(Pick(3))
    return begun


@pytest.mark.parametrize("typed", ["Карасу 27", "карасу 27 ауылы", "KARASU 27", "27 карасу", "v2701"])
def test_a_place_of_many_is_taken_by_its_words(typed: str) -> None:
    """In any alphabet, case, order and language of the form, or by its code. Hundreds share each word."""
    begun = at("any")
    begun.write(typed)
    assert begun.answer("any") == Chosen(("v2701",))


def test_a_misspelt_place_of_many_is_shown() -> None:
    """Nothing is taken that was not written."""
    begun = at("any")
    begun.write("карсу 27")
    assert begun.labels[0] == "Карасу 27"
    assert begun.answer("any") is None


def test_a_filtered_place_is_found_among_its_own() -> None:
    """2701 lies in region 6, 801 in region 3."""
    begun = at("village")
    begun.write("карасу 27")
    assert "Карасу 27" not in begun.labels
    begun.write("карасу 8")
    assert begun.answer("village") == Chosen(("v801",))


def test_a_word_that_all_have_shows_a_page() -> None:
    """It tells nothing, but is no error."""
    begun = at("any")
    begun.write("ауылы")
    assert begun.notice == ""
    assert begun.labels[6:8] == ["flow.page", "flow.page.after"]


def test_words_that_none_has_are_told() -> None:
    begun = at("any")
    begun.write("щщщ")
    assert begun.notice == "flow.search.none"


def test_a_long_list_keeps_its_pages_and_says_how_to_search() -> None:
    """The last of ten thousand pages can be tapped too."""
    begun = at("any")
    assert begun.shown("flow.search.hint") == {}
    begun.send(ShowPage(9_999))
    assert begun.labels[:6] == [_label(number) for number in range(59_994, 60_000)]
    begun.send(Pick(59_999))
    assert begun.answer("any") == Chosen(("v59999",))


def calls(begun: Talk, *events: Event) -> int:
    """Functions called to answer these events."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        begun.send(*events)
    finally:
        sys.setprofile(None)
    return counted


def test_an_answer_to_a_long_list_costs_what_one_to_a_short_list_does() -> None:
    """Not a call a choice: to choose its region, to turn pages, to pick, to mark, and to come back."""
    at("after").send(Back(), Back(), Back(), Back())  # the first draft makes the indexes for all
    begun = Talk(villages())
    assert calls(begun, Show(), Pick(3)) < 5_000
    assert calls(begun, ShowPage(3), Pick(801)) < 5_000
    assert calls(begun, ShowPage(700), Pick(2701), Toggle(5, on=True), Toggle(2701, on=True)) < 10_000
    assert calls(begun, Toggle(7, on=True), Toggle(7, on=False), Next(), Back(), Back(), Back()) < 20_000
    assert begun.answer("several") == Chosen(("v5", "v2701"))


def test_a_search_in_a_long_list_costs_a_bounded_part_of_it() -> None:
    begun = at("any")
    begun.write("карасу")
    assert calls(begun, Wrote("сарытау 31")) < MANY
