"""What makes a review short: lines a tap or a number away, questions that wait there, answers that follow from others."""

from dataclasses import replace

import pytest

from bot.form.answers import Chosen, TextPart, Written
from bot.form.draft import REVIEW
from bot.form.events import Clear, Edit, Goto, Next, Show, Submit
from bot.form.model import Choice, Node
from bot.form.screen import Key, ScreenKind
from bot.form.xlsform.own_columns import misplaced
from tests.bot.form.talks import Talk, choices, form, group, question

RIGHTS = choices("speech", "liberty", "trial")
ACTS = tuple(
    Choice(name, {"en": name.upper()}, {"rights": rights})
    for name, rights in (("arrest", "liberty"), ("arrest.mass", "liberty speech"), ("ban", "speech"))
)
DONE = group(
    "done",
    question("done/what", "select_one", required="true()", choices=choices("fined", "freed")),
    question("done/when"),
    question("done/fine", "integer", relevant="/f/done/what = 'fined'", bot={"aside": "yes"}),
    repeat=True,
    bot={"quick": "yes"},
)


def at_review(*children: Node, **fields: object) -> Talk:
    """A talk at the review of a draft as a service might make it."""
    begun = Talk(form(*children))
    begun.draft = replace(begun.draft, position=REVIEW, **fields)  # type: ignore[arg-type]
    begun.send(Show())
    return begun


def test_a_line_that_is_corrected_most_has_a_button_at_the_review() -> None:
    """It leads there and back; the number of any line does the same, and a number that no line has changes nothing."""
    begun = at_review(question("a"), question("b", bot={"quick": "yes"}))
    begun.tap("b")
    assert begun.place == "b"
    begun.write("B")
    assert begun.is_at(ScreenKind.REVIEW)
    begun.write("1")
    assert begun.place == "a"
    begun.write("2")
    assert begun.is_at(ScreenKind.REVIEW)
    assert begun.answer("a") == Written((TextPart("2"),))
    begun.write("3")
    assert (begun.is_at(ScreenKind.REVIEW), begun.notice) == (True, "flow.use_buttons")
    begun.send(Goto(0))  # a line without a button is in the list alone
    assert begun.notice == "flow.gone"
    begun.send(Edit(), Goto(0))
    assert begun.place == "a"


def test_the_button_of_a_repeat_leads_to_what_is_left_open_in_it() -> None:
    """A new one begins, and after it the review comes at once; what has no answer is asked in all of them, and with nothing left the
    repeat itself is shown. Questions aside are not asked, but are in the review."""
    begun = at_review(DONE)
    begun.tap("done")
    assert begun.place == "done[1]/what"
    begun.tap("FINED")
    assert begun.place == "done[1]/when"
    begun.send(Next())
    assert (begun.is_at(ScreenKind.REVIEW), begun.draft.counts) == (True, {"/f/done": 1})
    begun.write("4")
    assert begun.place == "done[1]/fine"
    begun.write("20")
    begun.draft = replace(begun.draft, counts={"/f/done": 2})
    begun.send(Show())
    begun.tap("done")
    assert begun.place == "done[1]/when"
    begun.write("May")
    assert begun.place == "done[2]/what"
    begun.tap("FREED")
    begun.write("June")
    assert begun.is_at(ScreenKind.REVIEW)
    begun.tap("done")
    assert begun.is_at(ScreenKind.REPEAT)


def test_a_new_instance_that_is_left_empty_is_none() -> None:
    """Whoever tapped the button by mistake skips, or goes back."""
    for way in ("flow.skip", "flow.back"):
        begun = at_review(question("a"), DONE)
        begun.tap("done")
        begun.tap(way)
        while not begun.is_at(ScreenKind.REVIEW):
            begun.tap("flow.back" if begun.is_at(ScreenKind.EDIT) else "flow.repeat.none")
        assert begun.draft.count("/f/done") == 0


@pytest.fixture
def derived() -> Talk:
    """At the review of a form whose rights follow from its acts."""
    acts = question("acts", "select_multiple", choices=ACTS)
    rights = question("rights", "select_multiple", choices=RIGHTS, bot={"derived": "acts/rights"})
    return at_review(acts, rights, answers={"/f/acts": Chosen(("arrest", "arrest.mass"))})


def test_what_follows_is_shown_and_one_is_added_to_it(derived: Talk) -> None:
    """The list opens with it marked; a tap adds or takes away one, and until then nothing is decided."""
    told = derived.screen.body[2]
    assert isinstance(told, Key)
    assert isinstance(told.args["answer"], Key)
    assert told.args["answer"].key == "flow.review.derived"
    assert "rights" not in derived.submission
    derived.write("2")
    assert [bool(derived.button(label).marked) for label in ("SPEECH", "LIBERTY", "TRIAL")] == [
        True,
        True,
        False,
    ]
    derived.tap("TRIAL")
    derived.send(Next())
    assert derived.submission["rights"] == Chosen(("liberty", "speech", "trial"))


def test_to_choose_what_follows_is_to_choose_nothing(derived: Talk) -> None:
    """So it goes on following when the acts change; what was chosen otherwise stays, until it is cleared."""
    derived.write("2")
    for _ in range(2):
        derived.tap("TRIAL")
    derived.send(Next())
    assert derived.answer("rights") is None
    derived.write("1")
    for label in ("ARREST", "ARREST.MASS", "BAN"):
        derived.tap(label)
    derived.send(Next())
    derived.write("2")
    assert [bool(derived.button(label).marked) for label in ("SPEECH", "LIBERTY")] == [True, False]
    derived.tap("TRIAL")
    assert derived.answer("rights") == Chosen(("speech", "trial"))
    derived.send(Clear())
    assert derived.answer("rights") is None


def test_what_is_missing_is_counted_and_asked_in_turn() -> None:
    """A message of its own for each, and the review after the last."""
    begun = at_review(*(question(name, required="true()") for name in "abc"))
    begun.send(Submit())
    assert begun.screen.notice == Key("flow.submit.missing", {"n": 3})
    for place in "abc":
        assert begun.place == place
        begun.write(place)
    assert begun.is_at(ScreenKind.REVIEW)
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"derived": "acts/rights"}, "text"),
        ({"derived": "acts"}, "select_multiple"),
        ({"derived": "other/rights"}, "select_multiple"),
        ({"derived": "acts/nothing"}, "select_multiple"),
    ],
)
def test_a_column_that_makes_no_sense_is_told(columns: dict[str, str], kind: str) -> None:
    """But for a column that is blank throughout, from which nothing follows."""
    acts = question("acts", "select_multiple", choices=ACTS)
    wrong = form(acts, question("rights", kind, choices=RIGHTS if kind != "text" else (), bot=columns))
    assert len(list(misplaced(wrong))) == (0 if columns["derived"] == "acts/nothing" else 1)


def test_what_must_be_answered_cannot_stand_aside() -> None:
    """Nobody would be asked for it."""
    assert [
        column for _, column, *_ in misplaced(form(question("a", required="true()", bot={"aside": "yes"})))
    ] == ["aside"]
