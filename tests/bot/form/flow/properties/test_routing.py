"""Any events in any form: nobody is stranded, whether they go on, back, to the end or through a longer form."""

from copy import copy

from hypothesis import given

from bot.form import events
from bot.form.draft import REVIEW
from bot.form.events import Event
from bot.form.flow.filling import Filling
from bot.form.flow.instance import Instance
from bot.form.model import Form, Question
from bot.form.screen import Key
from tests.bot.form.flow.properties.drawn_forms import forms
from tests.bot.form.flow.properties.drawn_moves import many_examples, moves, play
from tests.bot.form.flow.properties.patience import finish, places_to_review
from tests.bot.form.talks import Talk


@many_examples
@given(forms(), moves)
def test_nobody_is_stranded(asked: Form, run: list[Event | int]) -> None:
    """From wherever the events have led, the buttons on the screen and sensible answers lead to the end,
    where nothing is missing and nothing is sent that is not asked."""
    *_, (talk, _) = play(asked, run)
    finish(talk)
    instance = Instance(asked, talk.draft.answers, talk.draft.counts, talk.now)
    submission = instance.submission()
    for path, answer in submission.items():
        assert instance.is_relevant(instance.place(path))
        assert instance.allows(path, answer)
    turn = Filling(asked, talk.draft)
    for path in turn.steps:
        assert not turn.required(path) or path in submission


@many_examples
@given(forms(), moves)
def test_back_returns_to_the_same_question_with_its_answer(asked: Form, run: list[Event | int]) -> None:
    """After every move from one question to another that leaves the first one asked; by way of the repeats
    that were begun, or left, in between. What leads back itself, to one more of what was told, is no such move."""
    before = None
    for talk, event in play(asked, run):
        here = talk.draft.position
        turned_back = isinstance(event, events.Back | events.AddMore)
        if before and not turned_back and REVIEW not in {here, before} and here != before:
            again = copy(talk)
            turn = Filling(asked, talk.draft)
            if before in turn.steps:
                again.send(events.Back())
                while again.draft.position != before and is_at_repeat(again):
                    again.send(events.Back())
                assert again.draft.position == before
                answer = turn.answer(before)
                assert Filling(asked, again.draft).answer(before) == answer
                shown = any(
                    isinstance(phrase, Key) and phrase.key == "flow.current" for phrase in again.screen.body
                )
                assert shown is (answer is not None)
        before = here


def is_at_repeat(talk: Talk) -> bool:
    """Whether a repeat is asked, which may have needed no screen on the way here."""
    return Filling(talk.form, talk.draft).repeat is not None


@many_examples
@given(forms(), moves)
def test_going_to_the_end_loses_no_answer_and_no_question(asked: Form, run: list[Event | int]) -> None:
    """What was said stays, Back undoes it, and what was passed over is asked by way of the review."""
    for talk, _ in play(asked, run):
        if "flow.skip.rest" not in talk.labels:
            continue
        before, answers, turn = talk.draft.position, talk.draft.answers, Filling(asked, talk.draft)
        hurried = copy(talk)
        hurried.tap("flow.skip.rest")
        assert {**answers, **hurried.draft.answers} == {**hurried.draft.answers}
        passed = set(hurried.draft.passed)
        assert not any(turn.required(path) for path in passed & {*turn.steps} if "]/" not in path)
        again = copy(hurried)
        again.send(events.Back())
        is_taken_away = (
            before not in Filling(asked, hurried.draft).steps
        )  # an instance in which nothing was said
        assert again.draft.position == before or is_taken_away
        list(places_to_review(hurried))
        left = passed & {*Filling(asked, hurried.draft).steps} - {*hurried.draft.answers} - {
            *hurried.draft.trail
        }
        if left:
            hurried.tap("flow.extend")
            # A longer form may have other lists, and questions fewer.
            left &= {*Filling(asked, hurried.draft).steps} - {*hurried.draft.answers}
            offered = {hurried.draft.position, *places_to_review(hurried)}
            # Whether there is one more is asked behind what is already told of one.
            assert not left or any(
                place == path or place.startswith(f"{path}[") for path in left for place in offered
            )


@many_examples
@given(forms(), moves)
def test_making_a_form_longer_asks_only_what_is_new(asked: Form, run: list[Event | int]) -> None:
    """From the review with such a button: on the way back to it nothing is asked that was asked before, unless
    its answer no longer counts, it was passed over, it is an empty list that may hold other choices now or a repeat in which something
    new is asked; and no other answer is changed than the one that makes the form longer, and what is calculated."""
    *_, (talk, _) = play(asked, run)
    list(places_to_review(talk))
    if "flow.extend" not in talk.labels:
        return
    before, answers = Filling(asked, talk.draft), talk.draft.answers
    longer = {path for path in before.steps if "extend" in before.instance.node(path).bot}
    talk.tap("flow.extend")
    places = set(places_to_review(talk))
    asked_before = {*before.steps} - {*answers} - {*before.draft.passed}
    reached = {path for path in asked_before if any(place.startswith(f"{path}[") for place in places)}
    again = [before.instance.node(path) for path in (places & asked_before) - reached]
    assert all(isinstance(node, Question) and (node.choice_filter or node.required) for node in again)
    calculated = {path for path in answers if (found := asked.question_at(path)) and found.calculation}
    others = {*answers} - places - longer - calculated
    assert all(talk.draft.answers.get(path) == answers[path] for path in others)
