"""Values that a form gives itself: shown but not answered, calculated, triggered, by default."""

from pathlib import Path

import pytest

from bot.form.answers import Chosen, Number, Precision, TextPart, When, Written
from bot.form.draft import REVIEW
from bot.form.events import AddRepeat, Back, Next, Rewrote, Show, Skip, SkipRest
from bot.form.flow.instance import Instance
from bot.form.screen import Joined, Label, Said
from bot.form.xlsform.reader import load
from tests.bot.form.talks import Talk, choices, form, group, question

HEIGHT = question("height", "integer")
TWICE = question("twice", "integer", calculation="/f/height * 2")


def text(words: str) -> Written:
    """A text of one part without a source."""
    return Written((TextPart(words),))


def instance(begun: Talk) -> Instance:
    """The form with the answers so far."""
    return Instance(begun.form, begun.draft.answers, begun.draft.counts, begun.now)


# Calculations of asked questions


def test_a_calculation_prefills_a_question_and_follows_what_it_reads() -> None:
    """It is seen by expressions and submitted without a tap, and called worked out in the review."""
    begun = Talk(form(HEIGHT, TWICE, question("z", relevant="/f/twice > 5")))
    begun.write("3")
    assert (begun.place, begun.shown("flow.review.derived")) == ("twice", {"answer": Said("6")})
    begun.tap("flow.keep")
    assert (begun.place, begun.answer("twice")) == ("z", None)
    assert begun.submission["twice"] == Number(6)
    begun.send(Back(), Back())
    begun.write("2")
    assert instance(begun).value_at("/f/twice") == 4.0


def test_a_persons_answer_goes_before_until_its_inputs_change() -> None:
    """As in ODK: a recalculation overwrites it."""
    begun = Talk(form(HEIGHT, TWICE, question("other"), question("z")))
    begun.write("3")
    begun.write("7")
    assert begun.submission["twice"] == Number(7)
    begun.write("any")
    assert begun.submission["twice"] == Number(7)
    begun.send(Back(), Back(), Back())
    assert begun.place == "height"
    begun.write("4")
    assert (begun.answer("twice"), begun.submission["twice"]) == (None, Number(8))
    begun.write("8")
    assert begun.answer("twice") is None, "it is what was calculated"


def test_a_calculation_without_a_suitable_result_gives_no_answer() -> None:
    """A blank input, or a choice that is not offered."""
    fruit = question(
        "fruit", "select_one", choices=choices("apple"), calculation="if(/f/height > 1, 'apple', 'pear')"
    )
    begun = Talk(form(HEIGHT, TWICE, fruit))
    begun.send(Skip())
    assert begun.submission == {}
    begun.send(Back())
    begun.write("2")
    assert begun.submission["fruit"] == Chosen(("apple",))


def test_a_fraction_calculated_for_a_whole_number_is_cut() -> None:
    """As by JavaRosa."""
    begun = Talk(form(HEIGHT, question("half", "integer", calculation="/f/height div -2")))
    begun.write("3")
    assert begun.submission["half"] == Number(-1)


def test_calculations_in_a_repeat_follow_their_own_instance() -> None:
    """A change in one instance leaves the answers of the others."""
    inside = question("r/n", "integer"), question("r/twice", "integer", calculation="/f/r/n * 2")
    begun = Talk(form(group("r", *inside, repeat=True)))
    begun.send(AddRepeat())
    begun.write("1")
    begun.write("5")
    begun.send(AddRepeat())
    begun.write("2")
    begun.write("6")
    begun.send(Back(), Back())
    assert begun.place == "r[2]/n"
    begun.write("3")
    assert (begun.submission["r[1]/twice"], begun.submission["r[2]/twice"]) == (Number(5), Number(6))


# Read-only questions


def test_a_read_only_question_is_shown_with_its_value() -> None:
    """Like a note; it cannot be answered and goes into the report."""
    total = question("total", "integer", calculation="/f/height + 1", read_only="true()")
    rank = question("rank", "select_one", choices=choices("a"), default="'a'", read_only="true()")
    begun = Talk(form(HEIGHT, total, rank, question("z")))
    begun.write("3")
    assert begun.place == "z"
    assert begun.screen.notes == (
        (Label({"en": "total"}), Said("4")),
        (Label({"en": "rank"}), Joined((Label({"en": "A"}),))),
    )
    begun.write("words")
    assert begun.draft.position == REVIEW
    assert begun.submission == {
        "height": Number(3), "total": Number(4), "rank": Chosen(("a",)), "z": begun.answer("z")
    }  # fmt: skip


def test_a_required_read_only_question_holds_no_one_up() -> None:
    """Only the form could fill it."""
    begun = Talk(form(question("a", read_only="true()", required="true()"), question("z")))
    begun.write("Z")
    assert (begun.draft.position, {*begun.submission}) == (REVIEW, {"z"})


def test_a_note_shows_what_it_calculates() -> None:
    """As in ODK, where a note is a read-only text."""
    begun = Talk(form(HEIGHT, question("n", "note", calculation="concat('so ', /f/height)"), question("z")))
    begun.write("3")
    assert begun.screen.notes == ((Label({"en": "n"}), Said("so 3")),)
    assert begun.submission["n"] == text("so 3")


# Triggers


def test_a_trigger_sets_a_value_only_when_it_changes() -> None:
    """Not what the calculation reads besides, nor before."""
    sum_ = question("sum", "calculate", calculation="/f/a + /f/b", trigger=("/f/b",))
    begun = Talk(form(question("a", "integer"), question("b", "integer"), sum_, question("z")))
    begun.write("1")
    assert "sum" not in begun.submission
    begun.write("2")
    assert begun.submission["sum"] == text("3")
    begun.send(Back(), Back())
    begun.write("10")
    assert begun.submission["sum"] == text("3")
    assert instance(begun).value_at("/f/sum") == "3"
    begun.write("5")
    assert begun.submission["sum"] == text("15")


def test_a_trigger_overwrites_a_visible_answer_or_empties_it() -> None:
    """Without a calculation the value becomes blank; a person may answer anew."""
    name = question("name", trigger=("/f/a",))
    begun = Talk(form(question("a", "integer"), name, question("z")))
    begun.write("1")
    begun.write("Ann")
    begun.send(Back(), Back())
    begun.send(Next())
    assert begun.answer("name") is not None
    begun.send(Back())
    begun.write("2")
    assert (begun.place, begun.answer("name")) == ("name", None)


def test_triggers_in_a_repeat_set_their_own_instance_and_each_other_once() -> None:
    """A circle of triggers ends."""
    inside = (
        question("r/a", "integer", trigger=("/f/r/b",), calculation="/f/r/b + 1"),
        question("r/b", "integer", trigger=("/f/r/a",), calculation="/f/r/a + 1"),
    )
    begun = Talk(form(group("r", *inside, repeat=True)))
    begun.send(AddRepeat())
    begun.write("1")
    assert (begun.answer("r[1]/a"), begun.answer("r[1]/b")) == (Number(1), Number(2))
    begun.send(Next())
    begun.send(AddRepeat())
    begun.write("7")
    assert (begun.answer("r[1]/b"), begun.answer("r[2]/b")) == (Number(2), Number(8))


def test_a_default_is_no_change() -> None:
    """It triggers nothing until a person changes it."""
    copy = question("copy", "calculate", calculation="/f/a", trigger=("/f/a",))
    begun = Talk(form(question("a", default="'x'"), copy, question("z")))
    begun.send(Show())
    begun.tap("flow.keep")
    assert begun.submission.keys() == {"a"}
    begun.send(Back())
    begun.write("y")
    assert begun.submission["copy"] == text("y")


def test_a_triggered_value_begins_with_its_default() -> None:
    """Until the trigger changes."""
    total = question("total", "calculate", default="'0'", calculation="/f/a * 2", trigger=("/f/a",))
    begun = Talk(form(question("a", "integer"), total, question("z")))
    assert instance(begun).value_at("/f/total") == "0"
    begun.write("4")
    assert begun.submission["total"] == text("8")


def test_an_edited_message_changes_what_follows_it() -> None:
    """An edit is a change like any other."""
    copy = question("copy", "calculate", calculation="/f/a", trigger=("/f/a",))
    begun = Talk(form(question("a"), copy, question("z")))
    begun.write("one", "5")
    begun.send(Rewrote("two", "5"))
    assert begun.submission["copy"] == text("two")


# Defaults


def test_a_default_is_worked_out_once() -> None:
    """When its question is first reached; at the first one the time is known already."""
    begun = Talk(
        form(question("day", "date", default="today()"), question("b", default="/f/a"), question("a"))
    )
    assert begun.answer("day") == When(Precision.DAY, "2024-06-06", "2024-06-06")
    begun.send(Show(), Next())
    assert (begun.place, begun.answer("b")) == ("b", None)


def test_what_is_skipped_together_keeps_its_defaults() -> None:
    """A default is in the report whether its question was seen or not."""
    begun = Talk(
        form(question("a"), question("b"), question("c", default="'x'"), question("d"), question("e"))
    )
    begun.send(Show(), SkipRest())
    assert begun.draft.position == REVIEW
    assert begun.submission == {"c": text("x")}


@pytest.mark.parametrize("calculation", ["'6'", "/f/height"])
def test_a_calculation_goes_before_a_default(calculation: str) -> None:
    """As in ODK, where it is evaluated after."""
    begun = Talk(
        form(HEIGHT, question("q", "integer", default="'5'", calculation=calculation), question("z"))
    )
    begun.write("6")
    assert (begun.answer("q"), begun.submission["q"]) == (None, Number(6))


# As read from a form


def test_a_form_may_have_all_of_them(tmp_path: Path) -> None:
    """`${last-saved#…}` is always blank, since nothing of earlier reports is kept."""
    path = tmp_path / "f.md"
    path.write_text(
        "| survey |\n"
        "| | type | name | label::English (en) | default | calculation | read_only | trigger |\n"
        "| | text | a | A | ${last-saved#a} | | | |\n"
        "| | integer | b | B | | 2 + 3 | yes | |\n"
        "| | dateTime | c | C | | now() | | ${a} |\n"
        "| | trigger | d | D | | | | |\n"
        "| | username | e | | | | | |\n"
        "| | integer | h | | | 7 div 2 | | |\n"
        "| settings |\n| | form_id | default_language |\n| | f | English (en) |\n",
        "utf-8",
    )
    read = load(path)
    a, b, c, d, e, _ = read.questions
    kinds = [one.kind for one in read.questions]
    assert kinds == ["text", "integer", "dateTime", "acknowledge", "deviceid", "calculate"]
    assert (a.default, b.calculation, b.read_only, c.trigger) == ("''", "2 + 3", "true()", ("/f/a",))
    assert (d.is_read_only, e.label) == (False, {})
    begun = Talk(read)
    begun.write("words")
    assert (begun.submission["b"], begun.submission["h"]) == (Number(5), text("3.5"))
    assert str(begun.submission["c"]).count("2024-06-06T12:00:00") == 1
