"""Repeats: instances added, summed up, removed, and edited from the review."""

from bot.form.answers import Chosen, Number, TextPart, Written
from bot.form.draft import MOST_INSTANCES, REVIEW
from bot.form.events import AddMore, AddRepeat, Back, Edit, Goto, Next, Pick, RemoveRepeat, Skip
from bot.form.screen import Joined, Key, Label, Said, ScreenKind
from tests.bot.form.flow.people import FIRST, PEOPLE, talk, text, two
from tests.bot.form.talks import choices, group, question


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
    assert begun.answer("p[1]/x") == Written((TextPart("one", "1"), TextPart("two", "2")))
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
    assert begun.buttons[1].event == RemoveRepeat(7)


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
