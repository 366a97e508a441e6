"""A filling keeps what it has worked out as long as it is true."""

from datetime import timedelta

from bot.form.answers import Number
from bot.form.draft import Draft
from bot.form.flow.filled.filling import Filling
from bot.form.screen import Key
from tests.bot.form.talks import NOW, form, question

ASKED = form(question("n", "integer"), question("late", relevant="today() > '2024-06-06' or /f/n > 2"))


def filling() -> Filling:
    """A filling of a form that depends on an answer and on the date."""
    return Filling(ASKED, Draft("f", ASKED.digest).at(NOW))


def test_what_is_said_or_looked_at_changes_nothing_that_was_worked_out() -> None:
    """Neither a notice nor another position needs another instance."""
    begun = filling()
    assert begun.steps == ("/f/n",)
    assert begun.say("flow.gone").change(position="/f/n").shift().instance is begun.instance


def test_another_answer_is_seen_at_once() -> None:
    """And not by the filling before."""
    begun = filling()
    assert begun.steps == ("/f/n",)
    assert begun.put("/f/n", Number(3)).steps == ("/f/n", "/f/late")
    assert begun.steps == ("/f/n",)


def test_within_a_batch_a_draft_is_worked_out_once() -> None:
    """What was said of one update is not said of the next."""
    begun = filling().say("flow.gone").shift()
    assert begun.steps == ("/f/n",)
    again = begun.fresh(NOW)
    assert again.instance is begun.instance
    assert (again.notice, again.shifted) == (None, False)
    assert begun.notice == Key("flow.gone")


def test_at_another_time_all_is_worked_out_anew() -> None:
    """A condition may look at the date."""
    assert filling().steps == ("/f/n",)
    assert filling().fresh(NOW + timedelta(days=1)).steps == ("/f/n", "/f/late")


def test_what_is_asked_at_one_position_is_known_without_the_rest() -> None:
    """As it is with all the rest."""
    begun = filling()
    for path in ("/f/n", "/f/late", "/f/nothing", "/f", ""):
        alone = filling().asked_at(path)
        assert (alone is not None) == (path in begun.steps)
