"""Any events in any form: one more instance loses nothing, and none is left empty."""

from copy import copy

from hypothesis import given

from bot.form import events
from bot.form.events import Event
from bot.form.flow.filling import Filling
from bot.form.model import Form
from tests.bot.form.flow.properties.drawn_forms import forms
from tests.bot.form.flow.properties.drawn_moves import many_examples, moves, play


@many_examples
@given(forms(), moves)
def test_one_more_is_told_and_the_same_question_comes_again(asked: Form, run: list[Event | int]) -> None:
    """With what was answered there so far."""
    for talk, _ in play(asked, run):
        if "flow.repeat.more_of" not in talk.labels:
            continue
        here, answers = talk.draft.position, talk.draft.answers
        more = copy(talk)
        more.tap("flow.repeat.more_of")
        assert sum(more.draft.counts.values()) >= sum(talk.draft.counts.values())
        assert {**answers, **more.draft.answers} == {**more.draft.answers}
        assert more.draft.position != here


@many_examples
@given(forms(), moves)
def test_an_instance_that_was_left_says_something(asked: Form, run: list[Event | int]) -> None:
    """The last one of a repeat that is asked has an answer, unless one is being given in it, it was taken away or there
    is nothing to ask in it."""
    for talk, event in play(asked, run):
        turn = Filling(asked, talk.draft)
        if turn.repeat is None or not isinstance(event, events.Next | events.Skip | events.Back):
            continue
        number = talk.draft.counts.get(turn.position, 0)
        inside = f"{turn.position}[{number}]/"
        said = any(path.startswith(inside) for path in talk.draft.answers)
        assert said or not number or not any(path.startswith(inside) for path in turn.steps)
