"""The way through instances of repeats: the first one begun at once, back, empty ones left, one repeat in another."""

from bot.form.draft import REVIEW
from bot.form.events import (
    AddMore,
    AddRepeat,
    Back,
    Edit,
    Extend,
    Goto,
    Next,
    Pick,
    RemoveRepeat,
    Skip,
    Submit,
)
from bot.form.screen import ScreenKind
from tests.bot.form.flow.people import FIRST, talk, text, two
from tests.bot.form.talks import choices, group, question


def test_back_goes_through_the_instances() -> None:
    """Each position as it was asked before."""
    begun = two(talk())
    places = []
    while begun.place != "a":
        begun.send(Back())
        places.append(begun.place)
    assert places == [
        "person[2]/school", "person[2]/age", "person[2]/role", "person", "person[1]/age", "person[1]/role",
        "person", "a",
    ]  # fmt: skip


def test_an_instance_left_without_an_answer_is_gone() -> None:
    """Back from its first question; one with an answer stays and is gone on with."""
    begun = talk()
    begun.send(AddRepeat(), Back())
    assert begun.place == "person"
    assert begun.draft.counts == {"/f/person": 0}
    begun.send(AddRepeat(), Pick(0), Back(), Back())
    assert begun.draft.counts == {"/f/person": 1}
    begun.tap("flow.next")
    assert begun.place == "person[1]/age"
    begun.send(Skip())
    assert begun.place == "z"


def test_an_instance_with_something_missing_is_not_sent() -> None:
    """Its required answer is asked for first."""
    begun = talk()
    begun.send(AddRepeat(), Pick(0))
    begun.write("30")
    begun.draft = begun.draft.at(begun.now)
    answers = {path: answer for path, answer in begun.draft.answers.items() if not path.endswith("role")}
    begun.draft = begun.draft.changed(answers=answers)
    begun.send(Next())
    assert begun.place == "person[1]/role"


def test_repeats_may_stand_in_repeats() -> None:
    """An inner one leads back to itself, then on in its outer instance; removal moves inner answers too."""
    inner = group("a/b", question("a/b/x"), repeat=True)
    begun = talk(group("a", question("a/first"), inner, question("a/last"), repeat=True), question("z"))
    begun.send(AddRepeat())
    begun.write("f1")
    assert begun.place == "a[1]/b"
    begun.send(AddRepeat())
    begun.write("x11")
    assert begun.place == "a[1]/last"
    begun.send(AddMore())
    begun.write("x12")
    assert begun.place == "a[1]/last"
    begun.write("l1")
    assert begun.place == "z"
    begun.send(AddMore())
    begun.write("f2")
    begun.send(AddRepeat())
    begun.write("x21")
    begun.write("l2")
    begun.send(Back(), RemoveRepeat(1))
    assert begun.submission == {"a[1]/first": text("f2"), "a[1]/b[1]/x": text("x21"), "a[1]/last": text("l2")}
    assert begun.draft.counts == {"/f/a": 1, "/f/a[1]/b": 1}
    begun.tap("flow.next")
    begun.send(Skip())
    assert begun.draft.position == REVIEW


def test_leaving_an_empty_inner_instance_keeps_the_outer_one() -> None:
    """Only what has no answer goes."""
    inner = group("a/b", question("a/b/x"), repeat=True)
    begun = talk(group("a", question("a/first"), inner, repeat=True))
    begun.send(AddRepeat())
    begun.write("f1")
    begun.send(AddRepeat(), Back())
    assert begun.draft.counts == {"/f/a": 1, "/f/a[1]/b": 0}
    assert begun.place == "a[1]/b"


def test_a_repeat_that_counts_itself_is_only_walked_through() -> None:
    """There is nothing to add or remove."""
    begun = talk(
        question("n", "integer"),
        group("p", question("p/name"), repeat=True, repeat_count="/f/n"),
        question("z"),
    )
    begun.write("2")
    places = []
    while begun.draft.position != REVIEW:
        places.append(begun.place)
        begun.write("w")
    assert places == ["p[1]/name", "p[2]/name", "z"]
    begun.send(Edit(), Goto(0))
    begun.write("3")
    assert begun.place == "p[3]/name"
    begun.write("w")
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED


def test_the_first_instance_may_be_begun_at_once() -> None:
    """Then the repeat asks for more, and is come back to as it is."""
    begun = talk(question("a"), FIRST, question("z"))
    begun.send(Skip())
    assert begun.place == "person[1]/role"
    begun.send(Pick(0))
    begun.write("30")
    assert begun.place == "z"
    begun.send(Back())
    assert begun.labels[0] == "flow.repeat.more"
    begun.send(RemoveRepeat(1), Next())
    assert begun.place == "z"
    begun.send(Back())
    assert begun.labels[:2] == ["flow.repeat.add", "flow.repeat.none"]


def test_back_from_an_instance_begun_at_once_leads_to_the_question_before() -> None:
    """The instance is gone, and is begun again from there; where nothing was asked before, it leads to its repeat."""
    begun = talk(question("a"), FIRST, question("z"))
    begun.send(Skip(), Back())
    assert begun.place == "a"
    assert begun.draft.counts == {"/f/person": 0}
    begun.send(Skip())
    assert begun.place == "person[1]/role"
    begun = talk(FIRST, question("z"))
    begun.send(Back())
    assert begun.place == "person"
    begun.tap("flow.repeat.none")
    assert begun.place == "z"


def test_an_instance_just_begun_can_be_left_though_its_first_question_must_be_answered() -> None:
    """Whoever has nobody to tell of goes on with what follows; those who are there stay."""
    begun = talk(question("a"), FIRST, question("z"))
    begun.send(Skip())
    begun.tap("flow.skip")
    assert begun.place == "z"
    assert begun.draft.counts == {"/f/person": 0}
    begun.send(Back())
    begun.tap("flow.repeat.add")
    begun.send(Pick(0))
    assert begun.place == "person[1]/age"
    begun.send(Back())
    assert "flow.skip" not in begun.labels
    begun.send(Skip())
    assert begun.notice == "flow.required"
    begun.send(Next(), Skip())
    begun.tap("flow.repeat.more_of")
    begun.tap("flow.skip")
    assert begun.place == "z"
    assert "flow.repeat.more_of" in begun.labels
    assert begun.draft.counts == {"/f/person": 1}


def test_an_instance_in_which_all_was_passed_over_is_gone() -> None:
    """Begun by itself or added."""
    people = group("p", question("p/x"), question("p/y"), repeat=True, bot={"first": "yes"})
    begun = talk(people, question("z"))
    begun.send(Skip(), Skip())
    assert begun.place == "z"
    assert begun.draft.counts == {"/f/p": 0}
    begun.send(Back(), AddRepeat(), Skip(), Skip())
    assert begun.draft.counts == {"/f/p": 0}
    begun.send(Back(), AddRepeat(), Skip())
    begun.write("y")
    assert begun.draft.counts == {"/f/p": 1}
    begun.send(Skip(), Edit(), Goto(2), Skip())
    assert begun.draft.position == REVIEW
    assert begun.draft.counts == {"/f/p": 0}


def test_a_form_may_begin_in_an_instance_and_that_in_another() -> None:
    """Each repeat is met afterwards."""
    inner = group("a/b", question("a/b/x"), repeat=True, bot={"first": "yes"})
    begun = talk(group("a", inner, question("a/last"), repeat=True, bot={"first": "yes"}), question("z"))
    assert begun.place == "a[1]/b[1]/x"
    begun.write("x")
    assert begun.place == "a[1]/last"
    begun.write("last")
    assert begun.place == "z"
    begun.send(AddMore())
    assert begun.place == "a[2]/b[1]/x"
    begun.send(Back())
    assert begun.place == "a"
    assert begun.draft.counts == {"/f/a": 1, "/f/a[1]/b": 1}


def test_an_instance_in_which_nothing_is_asked_is_not_begun() -> None:
    """Nor one of a repeat that has any, nor from the list of the review."""
    begun = talk(group("p", question("p/x", relevant="false()"), repeat=True, bot={"first": "yes"}))
    assert begun.place == "p"
    assert begun.draft.counts == {}
    begun = talk(question("a"), FIRST)
    begun.send(Skip(), Skip(), Edit(), Goto(1))
    assert begun.place == "person"


def test_a_repeat_that_a_longer_form_asks_for_is_begun_at_once() -> None:
    """And leads on to the rest of what is new."""
    depth = question("depth", "select_one", choices=choices("short", "full"), bot={"extend": "full"})
    more = "/f/depth = 'full'"
    people = group("p", question("p/x"), repeat=True, bot={"first": "yes"}, relevant=more)
    begun = talk(depth, people, question("q", relevant=more), question("z"))
    begun.tap("SHORT")
    begun.send(Skip(), Extend())
    assert begun.place == "p[1]/x"
    begun.write("x")
    assert begun.place == "q"
    begun.send(AddMore())
    begun.write("y")
    assert begun.place == "q"
    begun.send(Skip())
    assert begun.draft.position == REVIEW
    assert begun.draft.counts == {"/f/p": 2}
