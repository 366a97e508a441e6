"""A form that the operator changes while somebody fills it in."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.form.answers import Answer, Chosen, FileKind, FileRef, Number, TextPart, Written
from bot.form.draft import REVIEW, dump, load
from bot.form.events import Cancel, Event, Gave, Next, Pick, PointSent, Rewrote, Show, Skip, Submit, Wrote
from bot.form.model import Form, Node
from bot.form.screen import ScreenKind
from tests.bot.form.talks import Talk, choices, form, group, question

FIRST = question("first")
ONE = question("one", "select_one", choices=choices("a", "b", "c"))
TURNED = replace(ONE, choices=choices("c", "b", "a"))
LAST = question("last")


def moved(before: Form, after: Form, *events: Event) -> Talk:
    """A talk of the form before, after these events, that goes on in the form after."""
    talk = Talk(before)
    talk.send(Show(), *events)
    talk.form = after
    return talk


def at_one(*after: Node) -> Talk:
    """A talk at the list of the first form, which goes on in another; by default the list is turned round."""
    return moved(form(FIRST, ONE, LAST), form(*after or (FIRST, TURNED, LAST)), Wrote("words", "1"))


@pytest.mark.parametrize("event", [Pick(0), Next(), Skip(), Submit()])
def test_a_button_of_the_form_before_answers_nothing(event: Event) -> None:
    """The list is shown as it is now, with buttons of a new step and a kind word; the next tap is taken."""
    talk = at_one()
    before = talk.draft
    talk.send(event)
    assert (talk.place, talk.notice) == ("one", "flow.changed")
    assert talk.draft.answers == before.answers
    assert talk.draft.step == before.step + 1
    assert [label for label in talk.labels if len(label) == 1] == ["C", "B", "A"]
    talk.send(Pick(0))
    assert talk.answer("one") == Chosen(("c",))


@pytest.mark.parametrize(
    "after",
    [
        replace(form(FIRST, ONE, LAST), version="2"),
        form(FIRST, replace(ONE, choices=choices("a", "b", "d")), LAST),
        form(FIRST, replace(ONE, label={"en": "another"}), LAST),
        form(FIRST, ONE, question("more"), LAST),
    ],
)
def test_a_form_is_another_by_its_version_or_anything_in_it(after: Form) -> None:
    """A new version, a code, a word, a question more."""
    assert after.digest != form(FIRST, ONE, LAST).digest
    assert moved(form(FIRST, ONE, LAST), after, Wrote("words", "1")).send(Pick(0)).path == "/f/one"


def test_the_same_form_read_again_is_no_other() -> None:
    """A bot that is only started again takes the buttons that are there, and remembers which form it was."""
    talk = at_one(FIRST, ONE, LAST)
    talk.draft = load(dump(talk.draft))
    talk.send(Pick(0))
    assert talk.answer("one") == Chosen(("a",))


def test_a_draft_that_does_not_know_its_form_is_shown_anew() -> None:
    """One that was kept before drafts knew."""
    talk = at_one(FIRST, ONE, LAST)
    kept = {name: value for name, value in dump(talk.draft).items() if name != "digest"}
    talk.draft = load(kept)
    talk.send(Pick(0))
    assert (talk.place, talk.notice) == ("one", "flow.changed")


def test_it_is_shown_anew_without_a_word_where_nothing_was_answered() -> None:
    """Whoever asks for the question gets it, with buttons of a new step."""
    talk = at_one()
    step = talk.draft.step
    talk.send(Show())
    assert (talk.place, talk.notice, talk.draft.step) == ("one", "", step + 1)


def test_stopping_is_always_clear() -> None:
    """It means the same in every form."""
    talk = at_one()
    talk.send(Cancel())
    assert talk.is_at(ScreenKind.CONFIRM_CANCEL)
    assert talk.send(Cancel(sure=True)).kind is ScreenKind.CANCELLED


@pytest.mark.parametrize("text", ["words", "3"])
def test_a_text_for_the_question_that_was_shown_is_taken(text: str) -> None:
    """What was asked is asked still, whatever else has changed."""
    talk = moved(form(FIRST, ONE), form(FIRST, TURNED, LAST))
    talk.write(text)
    assert talk.answer("first") == Written((TextPart(text),))
    assert (talk.place, talk.notice) == ("one", "")


def test_the_label_of_a_choice_is_taken() -> None:
    """It means the same wherever it stands in the list."""
    talk = at_one()
    talk.write("B")
    assert talk.answer("one") == Chosen(("b",))


@pytest.mark.parametrize(
    "event",
    [
        Wrote("for one", "7"),
        Wrote("12", "7"),
        Gave(FileRef("1", FileKind.VOICE), "7"),
        PointSent(43.2, 76.9, "7"),
    ],
)
def test_what_was_said_to_a_question_that_is_gone_answers_no_other(event: Event) -> None:
    """The next question is shown; words are there to be sent again."""
    talk = at_one(FIRST, LAST)
    talk.send(event)
    assert (talk.place, talk.notice, talk.answer("last")) == ("last", "flow.changed", None)
    assert talk.draft.view.kept == (event.text if isinstance(event, Wrote) else "")


def test_a_text_that_goes_on_is_added_and_one_that_is_corrected_is_corrected() -> None:
    """Neither means the question at hand."""
    talk = at_one()
    talk.write("more", "2", continues=True)
    assert talk.answer("first") == Written((TextPart("words", "1"), TextPart("more", "2")))
    talk = at_one()
    talk.send(Rewrote("other words", "1"))
    assert talk.answer("first") == Written((TextPart("other words", "1"),))


def test_words_for_a_list_that_are_corrected_are_a_new_try() -> None:
    """They were kept because they could not be taken."""
    talk = moved(form(FIRST, ONE, LAST), form(FIRST, TURNED, LAST), Wrote("words", "1"), Wrote("9", "2"))
    talk.send(Rewrote("B", "2"))
    assert (talk.place, talk.notice, talk.answer("one")) == ("last", "", Chosen(("b",)))


def test_a_review_is_read_again_before_it_is_sent() -> None:
    """What is new is asked first; every answer that still fits stays."""
    before = form(FIRST, ONE)
    talk = moved(before, form(FIRST, TURNED), Wrote("words", "1"), Pick(0))
    assert talk.draft.position == REVIEW
    talk.send(Submit())
    assert talk.is_at(ScreenKind.REVIEW)
    assert talk.submission == {"first": Written((TextPart("words", "1"),)), "one": Chosen(("a",))}
    assert talk.send(Submit()).kind is ScreenKind.SUBMITTED


@pytest.mark.parametrize(
    ("one", "answer"),
    [
        (replace(ONE, choices=choices("b", "c")), None),
        (replace(ONE, kind="text", choices=()), None),
        (replace(ONE, kind="integer", choices=()), None),
        (replace(ONE, kind="select_multiple"), Chosen(("a",))),
        (TURNED, Chosen(("a",))),
    ],
)
def test_an_answer_counts_while_it_fits(one: Node, answer: Answer | None) -> None:
    """A code that the list no longer has, and an answer of another kind, do not count and are asked again."""
    talk = moved(form(FIRST, ONE, LAST), form(FIRST, one, LAST), Wrote("words", "1"), Pick(0))
    assert talk.place == "last"
    talk.write("the end")
    assert talk.submission.get("one") == answer
    assert talk.place == ("one" if answer is None else talk.draft.position)


def test_of_several_codes_those_that_are_left_count() -> None:
    """Of a list that may have several; one that may no longer have several is asked again."""
    several = replace(ONE, kind="select_multiple")
    events = (Wrote("words", "1"), Pick(0), Pick(1), Next())
    fewer = moved(form(FIRST, several), form(FIRST, replace(several, choices=choices("b"))), *events)
    assert fewer.submission["one"] == Chosen(("b",))
    assert "one" not in moved(form(FIRST, several), form(FIRST, ONE), *events).submission


def test_a_repeat_that_is_gone_leaves_what_stands_beside_it() -> None:
    """The person is led to what is still asked."""
    person = group("person", question("person/age", "integer"), repeat=True)
    told: Mapping[str, Answer] = {"/f/person[1]/age": Number(3)}
    talk = Talk(form(FIRST, person, LAST))
    talk.send(Wrote("words", "1"))
    position = "/f/person[2]/age"
    talk.draft = replace(talk.draft, answers=told, counts={"/f/person": 2}, position=position)
    talk.form = form(FIRST, LAST)
    talk.write("4")
    assert (talk.place, talk.notice, talk.submission) == ("last", "flow.changed", {})
