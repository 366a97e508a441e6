"""Simulated people at the screen of what was heard in their story."""

from collections.abc import Mapping

import pytest

from bot.demo.walk.answering import TELLING, Respondent
from bot.demo.walk.steps import Visit
from bot.demo.walk.walking import Walker, walk
from bot.form import events
from bot.form.answers import Chosen, Precision, TextPart, When, Written
from bot.form.flow.advance import begin
from bot.form.model import Form
from tests.screens.coverage import keys_of

STORY, CATEGORY, WHEN = (f"/incident/report/{name}" for name in ("story", "category", "when"))
TOLD = Written((TextPart(TELLING),))


def filled(form: Form, wishes: Mapping[str, Chosen]) -> Visit:
    """The review of a person who tells much, and has these wishes."""
    return Walker(form).go_on(begin(form), events.Show(), Respondent({STORY: TOLD, **wishes}))


def test_what_was_heard_is_confirmed(forms: Mapping[str, Form]) -> None:
    """A person who has no other wish takes it as it is."""
    answers = filled(forms["report"], {}).draft.answers
    assert answers[CATEGORY] == Chosen(("detention",))
    assert answers[WHEN] == When(Precision.DAY, "2024-03-08", "2024-03-08")


@pytest.mark.parametrize("category", ["assembly", "prosecution"])
def test_what_was_heard_wrong_is_refused_and_asked(category: str, forms: Mapping[str, Form]) -> None:
    """One line alone: the others are confirmed."""
    answers = filled(forms["report"], {CATEGORY: Chosen((category,))}).draft.answers
    assert answers[CATEGORY] == Chosen((category,))
    assert answers[WHEN] == When(Precision.DAY, "2024-03-08", "2024-03-08")


def test_the_walk_shows_what_was_heard_a_line_each(forms: Mapping[str, Form]) -> None:
    """Kind, day, region, town, number and links stand on one screen, each with its button."""
    shown = [visit for visit in walk(forms["report"]) if "flow.heard.right" in keys_of([visit])]
    most = max(shown, key=lambda visit: len(visit.draft.proposed))
    assert [path.rpartition("/")[2] for path in most.draft.proposed] == [
        "category",
        "when",
        "region",
        "locality",
        "affected_number",
        "affected_exact",
        "links",
    ]
    assert (
        len(list(most.buttons)) == len(most.draft.proposed) - 1 + 2
    )  # an exact number stands in the line of how many
