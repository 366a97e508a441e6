"""What a report form must have."""

from dataclasses import replace

import pytest

from bot.app.questionnaires import around, doubts, report_form_fault, review_form_fault
from bot.form.model import Choice, Form, Node, Privacy, Question


def _with(form: Form, children: tuple[Node, ...]) -> Form:
    return replace(form, children=children)


def test_the_projects_own_form_is_fit(forms: dict[str, Form]) -> None:
    """The questionnaire that comes with the project can be used."""
    assert report_form_fault(forms["report"]) is None


def test_a_form_that_asks_before_consent_is_refused(forms: dict[str, Form]) -> None:
    """No answer may be kept before consent, so nothing may be asked before it."""
    form = forms["report"]
    consent = form.by_role["consent_store"]
    early = replace(form.by_role["story"], path="/incident/early", name="early", role="")
    others = tuple(node for node in form.children if node is not consent)
    assert "early is asked before consent_store" in str(
        report_form_fault(_with(form, (early, consent, *others)))
    )


def test_a_form_without_consent_is_refused(forms: dict[str, Form]) -> None:
    """Both questions of consent are needed; whoever has neither is told so at once."""
    form, review = forms["report"], forms["review"]
    others = tuple(node for node in form.children if node is not form.by_role["consent_store"])
    told = str(report_form_fault(replace(form, children=others)))
    assert "role consent_store is needed" in told
    assert "consent_use" not in told
    consent = form.by_role["consent_store"]
    told = str(report_form_fault(replace(review, children=(consent, *review.children))))
    assert "role consent_use is needed" in told
    assert "role consent_store and consent_use are needed" in str(report_form_fault(review))


def test_a_consent_of_another_kind_is_refused(forms: dict[str, Form]) -> None:
    """Nobody could say yes to a text, and no export could obey one."""
    form = forms["report"]
    story, consent, use = (form.by_role[role] for role in ("story", "consent_store", "consent_use"))
    typed = replace(story, role="consent_store"), use
    assert "a select_one with a choice named yes" in str(report_form_fault(replace(form, children=typed)))
    typed = consent, replace(story, role="consent_use")
    assert "must be a select_one: exports obey" in str(report_form_fault(replace(form, children=typed)))


def test_what_can_be_used_and_is_hardly_meant_is_doubted(forms: dict[str, Form]) -> None:
    """A consent that allows no row, a language that is offered and not spoken; one text for all is a text for each."""
    form = forms["report"]
    assert list(doubts(form, ("kk", "ru", "en"))) == []
    assert list(doubts(replace(form, languages=("und",)), ("kk", "ru"))) == []
    (told,) = doubts(replace(form, languages=("ru",)), ("kk", "ru"))
    assert told == "it has no words in kk, which KUAGER_LANGUAGES offers: people read ru"
    use = form.by_role["consent_use"]
    renamed = replace(use, choices=(Choice("yes", {}),))
    (told,) = doubts(replace(form, children=(form.by_role["consent_store"], renamed)), ("kk", "ru", "en"))
    assert told == f"no choice of {use.name} is named publish_no_names, so exports will hold no report"


def test_a_code_that_no_table_can_hold_is_refused(forms: dict[str, Form]) -> None:
    """SQLite would take it, PostgreSQL would refuse every report: better to say so at the start."""
    form = forms["report"]
    consent = form.by_role["consent_store"]
    use = form.by_role["consent_use"]
    long = replace(use, choices=(Choice("x" * 33, {}),))
    assert "longer than 32" in str(report_form_fault(replace(form, children=(consent, long))))


@pytest.mark.parametrize("column", ["calculation", "default"])
@pytest.mark.parametrize(
    ("source", "privacy", "is_fit"),
    [
        ("story", Privacy.PUBLIC, False),
        ("story", Privacy.MODERATORS, True),
        ("region", Privacy.PUBLIC, True),
        ("affected_name", Privacy.MODERATORS, False),
        ("affected_name", Privacy.SEALED, True),
    ],
)
def test_what_is_made_from_an_answer_is_as_private(
    forms: dict[str, Form], column: str, source: str, privacy: Privacy, is_fit: bool
) -> None:
    """A calculation over names would show them to whoever may see the calculation."""
    form = forms["report"]
    read = next(question for question in form.questions if question.name == source)
    kind = "calculate" if column == "calculation" else "text"
    formula = f"concat({read.path}, '')"
    made = Question("made", "/incident/made", kind, {}, privacy=privacy)
    made = replace(made, calculation=formula) if column == "calculation" else replace(made, default=formula)
    found = report_form_fault(replace(form, children=(*form.children, made)))
    assert found is None if is_fit else f"made tells {source}, which is {read.privacy}" in str(found)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"decimals": "1.5", "km": "5"}, "decimals from 0 to 2"),
        ({"decimals": "3", "km": "0"}, "decimals from 0 to 2"),
        ({"decimals": "1", "km": "ten"}, "whole km"),
        ({"decimals": "1", "km": "10"}, None),
        ({"decimals": "", "km": ""}, None),
    ],
)
def test_how_a_place_is_rounded_must_be_known(
    forms: dict[str, Form], columns: dict[str, str], told: str | None
) -> None:
    """Nothing finer than two decimals of a degree can be chosen."""
    review = forms["review"]
    share = review.by_role["place_share"]
    changed = replace(share, choices=(Choice("own", {}, columns),))
    children = tuple(changed if node is share else node for node in review.children)
    found = review_form_fault(replace(review, children=children), forms["report"])
    assert found is None if told is None else told in str(found)


def test_the_rounding_and_the_rounded_place_go_together(forms: dict[str, Form]) -> None:
    """A question whose answer could never leave would promise something."""
    review = forms["review"]
    children = tuple(node for node in review.children if node is not review.by_role["place_public"])
    assert "go together" in str(review_form_fault(replace(review, children=children), forms["report"]))


def test_a_moderators_form_without_a_title_is_refused(forms: dict[str, Form]) -> None:
    """Exports have a column for it."""
    review = forms["review"]
    children = tuple(node for node in review.children if node is not review.by_role["title"])
    assert "role title is needed" in str(
        review_form_fault(replace(review, children=children), forms["report"])
    )
    lost = {review.by_role[role].name for role in ("title", "summary")}
    children = tuple(node for node in review.children if node.name not in lost)
    assert "role title and summary are needed" in str(
        review_form_fault(replace(review, children=children), forms["report"])
    )


def test_consent_put_around_a_form_makes_it_whole(forms: dict[str, Form]) -> None:
    """First what may be kept, last how it may be used, under names that the form does not have; twice does no more."""
    form = forms["review"]
    taken = replace(form.questions[0], name="kuager_consent_use", path="/review/kuager_consent_use", role="")
    whole = around(replace(form, children=(*form.children, taken)))
    assert report_form_fault(whole) is None
    names = [node.name for node in whole.children]
    assert names[0] == "kuager_consent_store"
    assert names[-3:] == ["kuager_consent_use", "kuager_consent_use_", "kuager_consent_ask"]
    assert around(whole) is whole
    own = forms["report"]
    assert around(own) is own


def test_a_consent_that_comes_late_is_asked_once_more_at_the_beginning(forms: dict[str, Form]) -> None:
    """The form's own question stays where it is, and decides nothing."""
    form = forms["report"]
    consent = form.by_role["consent_store"]
    early = replace(form.by_role["story"], path="/incident/early", name="early", role="")
    late = _with(form, (early, *form.children))
    whole = around(late)
    assert report_form_fault(whole) is None
    assert whole.by_role["consent_store"].name == "kuager_consent_store"
    assert [node.name for node in whole.children][:3] == ["kuager_consent_store", "early", consent.name]
    assert "consent_ask" in whole.by_role


def test_notes_before_consent_change_nothing(forms: dict[str, Form]) -> None:
    """They ask nothing."""
    form = forms["report"]
    note = replace(form.by_role["story"], kind="note", path="/incident/hello", name="hello", role="")
    whole = _with(form, (note, *form.children))
    assert around(whole) is whole
