"""Any events in any form: it can be deleted from any screen, and sent unfinished where it may."""

from copy import copy

from hypothesis import given

from bot.form import events
from bot.form.answers import Chosen
from bot.form.events import Event
from bot.form.flow.filling import Filling
from bot.form.model import Form
from bot.form.screen import ScreenKind
from tests.bot.form.flow.properties.drawn_forms import forms
from tests.bot.form.flow.properties.drawn_moves import many_examples, moves, play


@many_examples
@given(forms(), moves)
def test_two_taps_delete_everything_from_any_screen(asked: Form, run: list[Event | int]) -> None:
    """Whatever else is on it, and whatever was asked for there."""
    for talk, _ in play(asked, run):
        if talk.screen.kind in {ScreenKind.SUBMITTED, ScreenKind.CANCELLED}:
            continue
        stopped = copy(talk)
        if stopped.screen.kind is not ScreenKind.CONFIRM_CANCEL:
            stopped.tap("flow.delete" if stopped.screen.kind is ScreenKind.REVIEW else "flow.cancel")
        stopped.tap("flow.cancel.sure")
        assert stopped.screen.kind is ScreenKind.CANCELLED


@many_examples
@given(forms(), moves)
def test_only_an_urgent_report_that_tells_something_is_sent_unfinished(
    asked: Form, run: list[Event | int]
) -> None:
    """Neither another form nor a report without consent; and it is offered where it can be."""
    for talk, _ in play(asked, run):
        turn = Filling(asked, talk.draft)
        told = {question.role: turn.answer(question.path) for question in asked.questions if question.role}
        yes = Chosen(("yes",))
        may = (told.get("consent_store"), told.get("urgent")) == (yes, yes)
        may = may and None not in {told.get("category"), told.get("story")}
        tried = copy(talk)
        tried.send(events.SendUnfinished())
        assert (tried.screen.kind is ScreenKind.SUBMITTED) is may
        if talk.screen.kind is ScreenKind.CONFIRM_CANCEL:
            assert ("flow.unfinished.send" in talk.labels) is may
