"""What a report form must have."""

from dataclasses import replace

from bot.form.model import Choice, Form, Node
from bot.services.fitness import unfit


def _with(form: Form, children: tuple[Node, ...]) -> Form:
    return replace(form, children=children)


def test_the_projects_own_form_is_fit(forms: dict[str, Form]) -> None:
    """The questionnaire that comes with the project can be used."""
    assert unfit(forms["report"]) is None


def test_a_form_that_asks_before_consent_is_refused(forms: dict[str, Form]) -> None:
    """No answer may be kept before consent, so nothing may be asked before it."""
    form = forms["report"]
    consent = form.by_role["consent_store"]
    early = replace(form.by_role["story"], path="/incident/early", name="early", role="")
    others = tuple(node for node in form.children if node is not consent)
    assert "early is asked before consent_store" in str(unfit(_with(form, (early, consent, *others))))


def test_a_form_without_consent_is_refused(forms: dict[str, Form]) -> None:
    """Both questions of consent are needed."""
    form = forms["report"]
    others = tuple(node for node in form.children if node is not form.by_role["consent_store"])
    assert "consent_store" in str(unfit(replace(form, children=others)))
    review = forms["review"]
    consent = form.by_role["consent_store"]
    assert "consent_use" in str(unfit(replace(review, children=(consent, *review.children))))


def test_a_code_that_no_table_can_hold_is_refused(forms: dict[str, Form]) -> None:
    """SQLite would take it, PostgreSQL would refuse every report: better to say so at the start."""
    form = forms["report"]
    consent = form.by_role["consent_store"]
    use = form.by_role["consent_use"]
    long = replace(use, choices=(Choice("x" * 33, {}),))
    assert "longer than 32" in str(unfit(replace(form, children=(consent, long))))
