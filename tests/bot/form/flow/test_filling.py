"""A filling keeps what it has worked out as long as it is true."""

import weakref
from datetime import timedelta

from bot.form.answers import Number, TextPart, Written
from bot.form.draft import Draft
from bot.form.flow.filling import Filling
from bot.form.screen import Key
from tests.bot.form.talks import NOW, form, group, question

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


def test_what_was_worked_out_goes_with_its_filling() -> None:
    """At once: answers do not stay in memory until garbage is looked for."""
    begun = filling().put("/f/n", Number(3))
    assert begun.steps == ("/f/n", "/f/late")
    gone = weakref.ref(begun.instance)
    del begun
    assert gone() is None


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


def test_what_is_asked_after_a_position_or_inside_a_repeat_is_known_without_the_rest() -> None:
    """As it is with all the rest, in the same order."""
    asked = form(
        question("n", "integer"),
        group(
            "r",
            question("r/a"),
            group("r/s", question("r/s/b"), question("r/s/never", relevant="false()"), repeat=True),
            question("r/c", relevant="../a != ''"),
            repeat=True,
        ),
        group("g", question("g/d"), question("g/note", "note"), relevant="/f/n > 2"),
        group("m", question("m/e"), repeat=True, repeat_count="2"),
        question("end"),
    )
    draft = Draft("f", asked.digest, {"/f/r[2]/a": Written((TextPart("x"),))}, {"/f/r": 3, "/f/r[2]/s": 2})

    def begun(number: int) -> Filling:
        return Filling(asked, draft.at(NOW)).put("/f/n", Number(number))

    for number in (2, 3):
        steps = begun(number).steps
        for position, path in enumerate(steps):
            follow = [one for one in steps[position + 1 :] if not one.startswith(f"{path}[")]
            assert [place.path for place in begun(number).asked_after(path)] == follow
        for path in ("/f/r", "/f/r[1]", "/f/r[2]", "/f/r[4]", "/f/r[2]/s", "/f/r[2]/s[2]", "/f/m", "/f/no"):
            inside = [one for one in steps if one.startswith(path) and one[len(path) :][:1] in {"[", "/"}]
            expected = [] if path == "/f/m" else inside
            assert [place.path for place in begun(number).asked_inside(path)] == expected
    assert not [*begun(3).asked_after("/f/r[2]/s[1]/never")]
