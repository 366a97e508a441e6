"""Repeats: instances added, summed up, removed, left empty, nested, counted by the form."""

from bot.form.answers import Chosen, Number, Part, Written
from bot.form.draft import MOST_INSTANCES, REVIEW
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
    Show,
    Skip,
    Submit,
)
from bot.form.model import Node
from bot.form.screen import Joined, Key, Label, Said, ScreenKind
from tests.bot.form.talks import Talk, choices, form, group, question

ROLE = question("person/role", "select_one", choices=choices("witness", "victim"), required="true()")
PEOPLE = group(
    "person",
    ROLE,
    question("person/age", "integer"),
    question("person/school", relevant="../age < 18"),
    repeat=True,
)


def talk(*children: Node) -> Talk:
    """A talk at the first of these, or at the people between two questions."""
    begun = Talk(form(*(children or (question("a"), PEOPLE, question("z")))))
    begun.send(Show())
    if not children:
        begun.send(Skip())
    return begun


def text(words: str) -> Written:
    """A line."""
    return Written((Part(words),))


def test_a_repeat_asks_whether_there_is_any() -> None:
    """No instance is needed to go on."""
    begun = talk()
    assert begun.place == "person"
    assert begun.is_at(ScreenKind.REPEAT)
    assert begun.screen.path == "/f/person"
    assert begun.labels == ["flow.repeat.add", "flow.repeat.none", "flow.back", "flow.cancel"]
    begun.tap("flow.repeat.none")
    assert begun.place == "z"
    begun.send(Back())
    assert begun.place == "person"


def test_an_instance_leads_on_and_the_next_question_offers_one_more() -> None:
    """It says what was told; after one more instance the same question comes again."""
    begun = talk()
    begun.tap("flow.repeat.add")
    assert begun.place == "person[1]/role"
    begun.send(Pick(0))
    begun.write("30")
    assert begun.place == "z"
    said = Joined((Joined((Label({"en": "WITNESS"}),)), Said("30")))
    label = Label({"en": "person"})
    assert begun.screen.told == Key(
        "flow.repeat.told", {"repeat": label, "number": 1, "said": Joined((said,), "; ")}
    )
    assert begun.labels == ["flow.repeat.more_of", "flow.back", "flow.skip", "flow.cancel"]
    begun.tap("flow.repeat.more_of")
    assert begun.place == "person[2]/role"
    assert "flow.repeat.more_of" not in begun.labels
    begun.send(Pick(1))
    begun.write("12")
    begun.send(Skip())
    assert begun.place == "z"
    assert begun.screen.told is not None
    begun.write("Z")
    assert begun.draft.position == REVIEW
    assert begun.draft.counts == {"/f/person": 2}


def test_what_is_being_answered_is_kept_while_one_more_is_told() -> None:
    """Choices that were marked are still marked afterwards."""
    begun = talk(PEOPLE, question("many", "select_multiple", choices=choices("a", "b")), question("z"))
    begun.tap("flow.repeat.add")
    begun.send(Pick(0))
    begun.write("30")
    begun.tap("A")
    begun.tap("flow.repeat.more_of")
    begun.send(Pick(1))
    begun.write("40")
    assert begun.place == "many"
    assert begun.answer("many") == Chosen(("a",))


def test_one_more_can_be_told_while_the_next_repeat_has_begun_by_itself() -> None:
    """Its empty instance goes, and comes back after what was added."""
    other = group("other", question("other/x"), repeat=True, bot={"first": "yes"})
    begun = talk(FIRST, other, question("z"))
    begun.send(Pick(0))
    begun.write("30")
    assert begun.place == "other[1]/x"
    begun.tap("flow.repeat.more_of")
    assert begun.place == "person[2]/role"
    assert begun.draft.counts == {"/f/person": 2, "/f/other": 0}
    begun.send(Pick(1))
    begun.write("40")
    assert begun.place == "other[1]/x"
    begun.send(Back())
    assert begun.place == "person"
    assert begun.draft.counts == {"/f/person": 2, "/f/other": 0}
    begun.send(Next())
    assert begun.place == "other[1]/x"
    begun.write("x")
    assert begun.place == "z"
    begun.tap("flow.repeat.more_of")
    assert begun.place == "other[2]/x"


def test_nothing_more_is_added_where_it_is_not_offered() -> None:
    """Not before anything was told, not in an instance, and no more than there may be."""
    begun = talk()
    begun.send(AddMore())
    assert begun.notice == "flow.gone"
    begun.send(AddRepeat(), AddMore())
    assert begun.notice == "flow.gone"
    begun.send(Skip())
    assert begun.place == "z"
    assert begun.screen.told is None
    begun.send(AddMore())
    assert begun.notice == "flow.gone"
    for _ in range(MOST_INSTANCES):
        begun.send(Back(), AddRepeat(), Pick(0), Skip())
    assert "flow.repeat.more_of" not in begun.labels
    begun.send(AddMore())
    assert begun.notice == "flow.repeat.full"
    assert begun.draft.counts == {"/f/person": MOST_INSTANCES}


def test_words_that_came_late_go_to_the_instance_that_was_told() -> None:
    """A message sent before the next question was seen goes on with the answer before it."""
    begun = talk(group("p", question("p/x"), repeat=True, bot={"first": "yes"}), question("z"))
    begun.write("one", "1")
    assert begun.place == "z"
    begun.write("two", "2", continues=True)
    assert begun.answer("p[1]/x") == Written((Part("one", "1"), Part("two", "2")))
    assert begun.place == "z"


def test_a_repeat_sums_up_its_instances() -> None:
    """Back leads to it, where one can be added or removed by what was said in it."""
    begun = talk()
    begun.tap("flow.repeat.add")
    assert begun.place == "person[1]/role"
    begun.send(Pick(0))
    begun.write("30")
    begun.send(Back())
    assert begun.place == "person"
    assert begun.screen.body == (
        Label({"en": "person"}),
        Joined((Said("1."), Joined((Joined((Label({"en": "WITNESS"}),)), Said("30")))), " "),
    )
    assert begun.labels == [
        "flow.repeat.more", "flow.repeat.remove_named", "flow.next", "flow.back", "flow.cancel",
    ]  # fmt: skip
    begun.tap("flow.repeat.more")
    begun.send(Pick(1))
    begun.write("12")
    assert begun.place == "person[2]/school"
    begun.send(Skip())
    assert begun.place == "z"


def two(begun: Talk) -> Talk:
    """Two people, a witness of 30 and a victim of 12 with a school."""
    begun.send(AddRepeat(), Pick(0))
    begun.write("30")
    begun.send(*(() if begun.draft.position.endswith("person") else (Back(),)), AddRepeat(), Pick(1))
    begun.write("12")
    begun.write("Nr 5")
    begun.send(*(() if begun.draft.position.endswith("person") else (Back(),)))
    return begun


def test_a_removed_instance_takes_its_answers_along() -> None:
    """Those after it move up; the step rises, so that a second tap does not remove the next."""
    begun = two(talk())
    step = begun.draft.step
    begun.send(RemoveRepeat(1))
    assert begun.notice == "flow.repeat.removed"
    assert begun.draft.step == step + 1
    assert begun.submission == {
        "person[1]/role": Chosen(("victim",)),
        "person[1]/age": Number(12),
        "person[1]/school": text("Nr 5"),
    }
    assert begun.draft.counts == {"/f/person": 1}
    for number in (-1, 0, 2):
        begun.send(RemoveRepeat(number))
        assert begun.notice == "flow.gone"
    begun.send(RemoveRepeat(1))
    assert begun.draft.answers == {}
    assert begun.labels[:2] == ["flow.repeat.add", "flow.repeat.none"]


def test_an_instance_added_after_a_removal_is_asked_as_a_new_one() -> None:
    """From the review too: what was asked of another is not taken for asked."""
    begun = two(talk())
    begun.send(Next(), Skip(), Edit(), Goto(1), RemoveRepeat(2), AddRepeat(), Pick(0))
    assert begun.place == "person[2]/age"
    begun.write("12")
    assert begun.place == "person[2]/school"


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


def test_no_more_instances_than_can_be_asked() -> None:
    """A limit is told."""
    begun = talk()
    for _ in range(MOST_INSTANCES):
        begun.send(AddRepeat(), Pick(0), Skip(), Back())
    assert begun.draft.counts == {"/f/person": MOST_INSTANCES}
    begun.send(AddRepeat())
    assert begun.screen.notice == Key("flow.repeat.full", {"n": MOST_INSTANCES})
    assert begun.place == "person"
    assert len(begun.screen.rows) < 16
    begun.tap("flow.page.after")
    assert begun.buttons[1].event == RemoveRepeat(9)


def test_the_repeat_can_be_edited_from_the_review() -> None:
    """One more instance leads back to it, and it leads to the review."""
    begun = two(talk())
    begun.send(Next(), Skip())
    assert begun.draft.position == REVIEW
    begun.send(Edit(), Goto(1))
    assert begun.place == "person"
    begun.send(AddRepeat(), Pick(0), Skip())
    assert begun.place == "person"
    begun.tap("flow.next")
    assert begun.draft.position == REVIEW


def test_a_repeat_of_one_question_is_come_back_to_from_the_review() -> None:
    """However short the way through an instance is."""
    begun = talk(group("p", question("p/x"), repeat=True))
    begun.send(Next(), Edit(), Goto(0), AddRepeat())
    begun.write("x")
    assert begun.place == "p"
    begun.tap("flow.next")
    assert begun.draft.position == REVIEW


def test_one_answer_of_an_instance_can_be_edited_from_the_review() -> None:
    """Its label names the instance; it leads straight back, by way of what has become new."""
    begun = two(talk())
    begun.send(Next(), Skip(), Edit())
    labels = [button.label for button in begun.buttons]
    age = Joined((Joined((Label({"en": "person"}), Said("1")), " "), Label({"en": "person/age"})), " · ")
    assert labels[3] == Key("flow.edit.entry", {"number": 4, "question": age})
    begun.send(Goto(3))
    assert begun.place == "person[1]/age"
    begun.write("15")
    assert begun.place == "person[1]/school"
    begun.write("Nr 6")
    assert begun.draft.position == REVIEW
    assert begun.submission["person[1]/school"] == text("Nr 6")


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


def test_a_repeat_of_which_nothing_is_asked_stays_at_itself() -> None:
    """Adding to it strands nobody."""
    begun = talk(group("p", question("p/x", relevant="false()"), repeat=True))
    begun.send(AddRepeat())
    assert begun.place == "p"
    begun.tap("flow.next")
    assert begun.draft.position == REVIEW


def test_events_of_a_repeat_elsewhere_are_told() -> None:
    """They change nothing."""
    begun = talk(question("a"), PEOPLE)
    for event in (AddRepeat(), RemoveRepeat(1)):
        begun.send(event)
        assert begun.notice == "flow.gone"
        assert begun.draft.counts == {}


FIRST = group("person", *PEOPLE.children, repeat=True, bot={"first": "yes"})


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
