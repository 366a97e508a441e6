"""Choices: tapped, toggled, turned over page by page, alone, and shown by their labels."""

import pytest

from bot.form.answers import Chosen
from bot.form.events import Back, Next, Pick, ShowPage, Toggle
from bot.form.screen import Key, Label
from tests.bot.form.kinds.lists import REGIONS, many, names, one, regions
from tests.bot.form.talks import Talk, choices, form, question


def test_one_tap_picks_and_leads_on() -> None:
    """Afterwards the choice is marked; the others are not markable."""
    begun = one("a", "b")
    begun.send(Pick(1))
    assert begun.answer("one") == Chosen(("b",))
    assert begun.place == "after"
    begun.send(Back())
    assert [button.marked for button in begun.buttons[:2]] == [None, True]
    begun.send(Pick(0))
    assert begun.answer("one") == Chosen(("a",))


def test_a_choice_that_is_not_there_is_told() -> None:
    """A button of a list that has changed."""
    begun = one("a", "b", choice_filter="name = 'b'")
    for index in (-1, 0, 2):
        begun.send(Pick(index))
        assert begun.notice == "flow.gone"
        assert begun.answer("one") is None
    begun.send(Pick(1))
    assert begun.answer("one") == Chosen(("b",))


def test_a_refused_choice_keeps_the_one_before() -> None:
    """With the form's reason."""
    begun = one("a", "b", constraint=". != 'b'", constraint_message={"en": "not b"})
    begun.send(Pick(0), Back(), Pick(1))
    assert begun.notice == "not b"
    assert begun.answer("one") == Chosen(("a",))


def test_marking_says_the_wanted_state() -> None:
    """So a second tap of the same button is harmless; the order is that of choosing."""
    begun = many("a", "b", "c")
    begun.send(Toggle(2, on=True), Toggle(0, on=True), Toggle(2, on=True))
    assert begun.answer("many") == Chosen(("c", "a"))
    assert [button.marked for button in begun.buttons[:3]] == [True, False, True]
    assert begun.buttons[0].event == Toggle(0, on=False)
    assert begun.buttons[1].event == Toggle(1, on=True)
    begun.send(Toggle(2, on=False), Toggle(2, on=False))
    assert begun.answer("many") == Chosen(("a",))
    begun.send(Toggle(0, on=False))
    assert begun.answer("many") is None


def test_done_comes_with_the_first_mark() -> None:
    """And goes with the last; several marks can be cleared at once."""
    begun = many("a", "b", required="true()")
    assert begun.labels == ["A", "B", "flow.cancel"]
    begun.send(Toggle(0, on=True))
    assert begun.labels == ["A", "B", "flow.done", "flow.clear", "flow.cancel"]
    begun.tap("flow.done")
    assert begun.place == "after"


def test_what_was_marked_is_not_thrown_away_beside_done() -> None:
    """A list that may be passed over is left by Skip or by Done, never by both."""
    begun = many("a", "b")
    assert "flow.skip" in begun.labels
    begun.send(Toggle(0, on=True))
    assert "flow.skip" not in begun.labels
    begun.tap("flow.done")
    assert begun.answer("many") == Chosen(("a",))


def test_too_many_marks_are_told_at_once_and_not_done() -> None:
    """The list may have to pass through what is not allowed, so nothing is unmarked for the person."""
    begun = many("a", "b", "c", constraint="count-selected(.) <= 2", constraint_message={"en": "two at most"})
    begun.send(Toggle(0, on=True), Toggle(1, on=True))
    assert begun.notice == ""
    begun.send(Toggle(2, on=True))
    assert begun.notice == "two at most"
    begun.send(Next())
    assert begun.notice == "two at most"
    assert begun.place == "many"
    begun.send(Toggle(1, on=False))
    assert begun.notice == ""
    begun.send(Next())
    assert begun.answer("many") == Chosen(("a", "c"))
    assert begun.place == "after"


def test_the_other_kind_of_button_means_the_same() -> None:
    """Pick marks in a list of several, Toggle picks in a list of one; unmarking there does nothing."""
    several = many("a", "b")
    several.send(Pick(1))
    assert several.answer("many") == Chosen(("b",))
    assert several.place == "many"
    single = one("a", "b")
    single.send(Toggle(1, on=False))
    assert single.place == "one"
    single.send(Toggle(1, on=True))
    assert single.answer("one") == Chosen(("b",))


def test_a_list_of_six_is_whole_and_one_of_seven_is_in_pages() -> None:
    """Six choices a page, with the way there and back."""
    assert len(one(*names(6)).screen.rows) == 6 + 2
    assert len(one(*names(7)).screen.rows) == 6 + 3
    begun = one(*names(16))
    assert begun.labels[6:] == ["flow.page", "flow.page.after", "flow.skip", "flow.cancel"]
    assert begun.button("flow.page").label == Key("flow.page", {"page": 1, "pages": 3})
    begun.tap("flow.page.after")
    assert begun.labels[0] == names(16)[6].upper()
    assert begun.labels[6:9] == ["flow.page.before", "flow.page", "flow.page.after"]
    begun.tap("flow.page.after")
    assert begun.labels[:6] == [*(name.upper() for name in names(16)[12:]), "flow.page.before", "flow.page"]
    assert begun.buttons[0].event == Pick(12)
    begun.tap("flow.page.before")
    assert begun.labels[0] == names(16)[6].upper()


def test_a_page_beyond_the_last_is_the_last() -> None:
    """And one before the first the first."""
    begun = one(*names(20))
    begun.send(ShowPage(99))
    assert begun.labels[0] == names(20)[18].upper()
    begun.send(ShowPage(-5))
    assert begun.labels[0] == names(20)[0].upper()


def test_a_list_opens_where_the_answer_is() -> None:
    """So that it is seen marked."""
    begun = one(*names(20))
    begun.send(Pick(17), Back())
    assert begun.button(names(20)[17].upper()).marked


def test_short_labels_stand_two_in_a_row() -> None:
    """If all are short in every language; a page holds as many as one of long labels."""
    assert [len(row) for row in one("a", "b", "c").screen.rows] == [2, 1, 1, 1]
    assert len(one("x" * 18, "b").screen.rows[0]) == 2
    assert len(one("x" * 19, "b").screen.rows[0]) == 1
    assert len([label for label in one(*(f"c{n}" for n in range(30))).labels if label.startswith("C")]) == 6


ALONE = "not(selected(., 'none') or selected(., 'unknown')) or count-selected(.) = 1"


def test_a_choice_that_stands_alone_answers_at_once() -> None:
    """It has no box, as it leads on; which ones these are follows from the constraint."""
    begun = many("a", "b", "none", "unknown", constraint=ALONE)
    assert [button.marked for button in begun.buttons[:4]] == [False, False, None, None]
    begun.tap("NONE")
    assert begun.answer("many") == Chosen(("none",))
    assert begun.place == "after"
    begun.send(Back())
    assert begun.button("NONE").marked
    begun.tap("A")
    assert begun.answer("many") == Chosen(("a",))
    assert begun.place == "many"


@pytest.mark.parametrize("way", ["tap", "type"])
def test_a_choice_that_stands_alone_takes_the_place_of_marks(way: str) -> None:
    """The list stays in sight, so that marks lost by a slip can be set again; another choice takes its place in turn."""
    begun = many("a", "b", "none", "unknown", constraint=ALONE, required="true()")
    begun.send(Toggle(0, on=True), Toggle(1, on=True))
    begun.tap("NONE") if way == "tap" else begun.write("none")
    assert begun.notice == ""
    assert (begun.answer("many"), begun.place) == (Chosen(("none",)), "many")
    assert [button.marked for button in begun.buttons[:4]] == [False, False, True, None]
    begun.tap("B")
    assert (begun.answer("many"), begun.place) == (Chosen(("b",)), "many")
    begun.tap("UNKNOWN")
    begun.tap("NONE")
    assert (begun.answer("many"), begun.place) == (Chosen(("none",)), "after")


def test_no_choice_stands_alone_by_an_answer_elsewhere() -> None:
    """A constraint that reads other questions may allow more by and by."""
    few = question("few", "integer")
    asked = question(
        "many", "select_multiple", choices=choices("a", "b"), constraint="count-selected(.) <= /f/few"
    )
    begun = Talk(form(few, asked, question("after")))
    begun.write("1")
    begun.tap("A")
    assert begun.place == "many"


@pytest.mark.parametrize(
    "constraint",
    [
        "not(selected(., 'none') and count-selected(.) > 1)",
        "not(selected(/f/many, 'none') and count-selected(/f/many) > 1)",
        "not(selected(., 'none') and count-selected(.) > 1) and /f/few = 1",
    ],
)
def test_a_choice_that_stands_alone_replaces_what_was_marked(constraint: str) -> None:
    """However the form names the answer, and whatever else it asks; any other choice replaces it in turn."""
    asked = question("many", "select_multiple", choices=choices("a", "b", "none"), constraint=constraint)
    begun = Talk(form(question("few", "integer"), asked, question("after")))
    begun.write("1")
    begun.tap("A")
    begun.tap("NONE")
    assert (begun.answer("many"), begun.notice, begun.place) == (Chosen(("none",)), "", "many")
    begun.tap("B")
    begun.tap("A")
    assert (begun.answer("many"), begun.notice) == (Chosen(("b", "a")), "")


def test_the_answer_is_shown_by_its_label() -> None:
    """In every language of the form."""
    begun = regions()
    begun.send(Pick(0), Back())
    answer = begun.shown("flow.current")["answer"]
    assert Label(REGIONS[0].label) in getattr(answer, "phrases", ())
