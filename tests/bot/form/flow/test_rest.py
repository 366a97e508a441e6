"""The way to the end: what may be skipped is passed over at once, and can be told from the review."""

import json

from bot.form.answers import Chosen, TextPart, Written
from bot.form.draft import REVIEW, dump, load
from bot.form.events import Back, Extend, Pick, Show, Skip, SkipRest
from bot.form.model import Node
from bot.form.screen import Key
from tests.bot.form.talks import Talk, choices, form, group, question

MUST = question("must", "select_one", choices=choices("yes"), required="true()")


def talk(*children: Node) -> Talk:
    """A talk at the first of these."""
    begun = Talk(form(*children))
    begun.send(Show())
    return begun


def optional(*names: str) -> tuple[Node, ...]:
    """Questions that can be skipped."""
    return tuple(question(name) for name in names)


def test_the_end_is_the_next_question_that_must_be_answered() -> None:
    """How many were passed over is said; those behind it are asked as ever."""
    begun = talk(*optional("a", "b", "c"), MUST, *optional("y", "z"))
    begun.tap("flow.skip.rest")
    assert begun.place == "must"
    assert begun.screen.notice == Key("flow.skip.rest.done", {"n": 3})
    begun.send(Pick(0))
    assert begun.place == "y"


def test_the_end_is_the_review_where_nothing_must_be_answered() -> None:
    """It offers what was passed over, in its order, and after that the review comes again."""
    begun = talk(*optional("a", "b", "c", "d"))
    begun.write("A")
    begun.tap("flow.skip.rest")
    assert begun.draft.position == REVIEW
    begun.tap("flow.extend")
    assert begun.place == "b"
    begun.write("B")
    assert begun.place == "c"
    begun.send(Skip(), Skip())
    assert begun.draft.position == REVIEW
    assert "flow.extend" not in begun.labels
    assert begun.submission == {"a": Written((TextPart("A"),)), "b": Written((TextPart("B"),))}


def test_back_undoes_it() -> None:
    """And the questions are asked one by one again."""
    begun = talk(*optional("a", "b", "c"), MUST)
    begun.send(SkipRest(), Back())
    assert begun.place == "a"
    begun.write("A")
    assert begun.place == "b"
    begun.write("B")
    assert begun.place == "c"


def test_it_is_offered_where_it_saves_something_and_nothing_can_be_lost() -> None:
    """Not at a question that must be answered or was, and not for fewer than two more."""
    begun = talk(*optional("a", "b", "c"))
    assert "flow.skip.rest" in begun.labels
    begun.send(Skip())
    assert "flow.skip.rest" not in begun.labels
    begun.send(SkipRest())
    assert begun.notice == "flow.gone"
    begun.send(Back())
    begun.write("A")
    begun.send(Back())
    assert "flow.skip.rest" not in begun.labels
    begun = talk(MUST, *optional("a", "b", "c"))
    assert "flow.skip.rest" not in begun.labels
    begun.send(SkipRest())
    assert (begun.notice, begun.place) == ("flow.gone", "must")


def test_an_instance_in_which_nothing_was_said_is_passed_over_with_its_repeat() -> None:
    """Though its first question must be answered; Back begins it again, and so does the review's button."""
    who = question("people/who", required="true()")
    people = group("people", who, question("people/age"), repeat=True, bot={"first": "yes"})
    begun = talk(people, *optional("b", "c"), MUST)
    assert begun.place == "people[1]/who"
    begun.tap("flow.skip.rest")
    assert begun.place == "must"
    assert begun.draft.counts == {"/f/people": 0}
    begun.send(Pick(0))
    assert begun.draft.position == REVIEW
    begun.send(Extend())
    assert begun.place == "people[1]/who"
    begun.write("a driver")
    begun.send(Skip())
    assert begun.place == "b"


def test_the_rest_of_an_instance_is_passed_over_and_what_was_said_in_it_stays() -> None:
    """It is no empty one."""
    people = group(
        "people", *(question(f"people/{name}") for name in "xyz"), repeat=True, bot={"first": "yes"}
    )
    begun = talk(people, question("b"), MUST)
    begun.write("X")
    begun.tap("flow.skip.rest")
    assert begun.place == "must"
    assert begun.draft.counts == {"/f/people": 1}
    begun.send(Back())
    assert begun.place == "people[1]/y"


def test_the_longer_form_asks_what_was_passed_over() -> None:
    """With the button that makes it longer, which is there again."""
    depth = question("depth", "select_one", choices=choices("short", "full"), bot={"extend": "full"})
    begun = talk(depth, *(question(name, relevant="/f/depth = 'full'") for name in "abc"), MUST)
    begun.send(Pick(1), SkipRest(), Pick(0))
    assert begun.draft.position == REVIEW
    begun.tap("flow.extend")
    assert begun.place == "a"
    assert begun.answer("depth") == Chosen(("full",))
    begun.write("A")
    begun.tap("flow.skip")
    begun.tap("flow.skip")
    assert begun.draft.position == REVIEW


def test_a_draft_of_an_earlier_version_goes_on() -> None:
    """It knows of nothing that was passed over, and may stand at a note or a repeat that needs no screen now."""
    people = group("people", question("people/x"), repeat=True, bot={"first": "yes"})
    begun = talk(question("a"), question("note", "note"), people, question("z"))
    begun.write("A")
    begun.write("X")
    stored = dump(begun.draft)
    del stored["passed"]
    for place in ("note", "people"):
        begun.draft = load(json.loads(json.dumps({**stored, "position": f"/f/{place}", "trail": ["/f/a"]})))
        begun.send(Show())
        assert begun.place == place
        begun.tap("flow.next")
        assert begun.place in {"people", "z"}
