"""The questionnaire for reporters and the moderators' form."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyxform.xls2xform import convert  # type: ignore[import-untyped]

from bot.form.answers import Answer, Chosen, Number
from bot.form.instance import Instance
from bot.form.model import Form, Group, Kind, Privacy, Question, Text
from bot.form.xlsform import load

ROOT = Path(__file__).parents[3]
FORMS = sorted((ROOT / "bot" / "forms").glob("*.md"))
INCIDENT = load(ROOT / "bot" / "forms" / "incident.md")
REVIEW = load(ROOT / "bot" / "forms" / "review.md")
NOW = datetime(2024, 6, 6, tzinfo=UTC)
LANGUAGES = {"kk", "ru", "en"}
REGIONS = {choice.name: choice.columns["type"] for choice in REVIEW.by_role["region"].choices}

each_form = pytest.mark.parametrize("path", FORMS, ids=[path.stem for path in FORMS])


def texts(form: Form) -> Iterator[tuple[str, Text]]:
    """Every text of the form that a person sees, by where it stands."""
    for node in form.nodes.values():
        yield node.path, node.label
        if isinstance(node, Question):
            yield from ((node.path, text) for text in (node.hint, node.constraint_message) if text)
            yield from ((f"{node.path} {choice.name}", choice.label) for choice in node.choices)


@each_form
def test_a_form_opens_in_odk_and_kobo(path: Path) -> None:
    """pyxform makes an XForm of it and has nothing to warn of."""
    assert convert(xlsform=str(path)).warnings == []


@each_form
def test_every_text_stands_in_three_languages(path: Path) -> None:
    """A person sees no text in another language than their own."""
    for where, text in texts(load(path)):
        assert set(text) == LANGUAGES, where
        assert all(words.strip() for words in text.values()), where


@each_form
def test_every_constraint_says_what_is_wrong(path: Path) -> None:
    """Whoever gives an answer that is not allowed is told what would be."""
    for question in load(path).questions:
        assert bool(question.constraint) == bool(question.constraint_message), question.path


@each_form
def test_every_choice_fits_a_button(path: Path) -> None:
    """No label of a choice is longer than 40 characters, in the form's own lists too."""
    for question in load(path).questions:
        for choice in question.choices:
            assert all(len(words) <= 40 for words in choice.label.values()), (question.path, choice.name)


def test_the_questionnaire_asks_for_what_a_report_is_made_of() -> None:
    """The services find each part of a report by its role."""
    assert set(INCIDENT.by_role) == {
        "consent_store",
        "category",
        "violations",
        "urgent",
        "story",
        "when",
        "region",
        "evidence",
        "consent_use",
    }


def test_a_refusal_to_store_ends_the_questions() -> None:
    """After "No" nothing is asked; before any answer neither."""
    refused = asked(INCIDENT, {"/incident/consent_store": Chosen(("no",))})
    assert refused == asked(INCIDENT, {}) == ["safety", "consent_store"]


@pytest.mark.parametrize("category", [choice.name for choice in INCIDENT.by_role["category"].choices])
def test_danger_is_asked_where_someone_may_be_in_it(category: str) -> None:
    """Detention, violence, forced return and threats are asked about danger now, the rest is not."""
    answers = {
        "/incident/consent_store": Chosen(("yes",)),
        "/incident/report/category": Chosen((category,)),
    }
    assert ("urgent" in asked(INCIDENT, answers)) == (
        category in {"detention", "violence", "return", "pressure"}
    )
    types = instance(INCIDENT, answers).choices(INCIDENT.by_role["violations"].path)
    assert {choice.columns["group"] for _, choice in types} == {category}


def test_three_types_may_be_chosen_and_no_fourth() -> None:
    """The prompt says up to 3."""
    question = INCIDENT.by_role["violations"]
    names = tuple(choice.name for choice in question.choices[:4])
    form = instance(INCIDENT, {})
    assert form.allows(question.path, Chosen(names[:3]))
    assert not form.allows(question.path, Chosen(names))


def test_only_codes_date_and_region_of_a_report_may_become_public() -> None:
    """The reporter's own words, files and consents never leave the moderators' eyes."""
    public = {role for role, question in INCIDENT.by_role.items() if question.privacy is Privacy.PUBLIC}
    assert public == {"category", "violations", "when", "region"}
    assert all(INCIDENT.by_role[role].kind is not Kind.TEXT for role in public)


def test_every_question_of_the_public_version_is_public_and_has_a_role() -> None:
    """What a moderator fills in is what is exported, and the export finds it by its role."""
    for question in REVIEW.questions:
        assert question.privacy is Privacy.PUBLIC, question.path
        assert question.role, question.path
    repeats = {node.bot["role"] for node in REVIEW.nodes.values() if isinstance(node, Group) and node.repeat}
    assert repeats == {"affected", "perpetrators", "outcomes"}


@pytest.mark.parametrize("region", REGIONS)
def test_a_locality_is_asked_in_regions_alone(region: str) -> None:
    """A city is its own locality; the whole country, abroad and online have none."""
    answers = {REVIEW.by_role["region"].path: Chosen((region,))}
    assert ("locality" in asked(REVIEW, answers)) == (REGIONS[region] == "region")


def test_a_locality_is_not_asked_before_the_region() -> None:
    """Without a region nobody is asked for a town."""
    assert "locality" not in asked(REVIEW, {})


@pytest.mark.parametrize(
    ("least", "most", "allowed"), [(2, 2, True), (2, 5, True), (2, 1, False), (0, 0, False)]
)
def test_the_greatest_number_is_not_below_the_least(least: int, most: int, allowed: bool) -> None:
    """Both ends of the number of people are from 1 and in order, whichever is given first."""
    low, high = "/review/affected[1]/affected_number_min", "/review/affected[1]/affected_number_max"
    counts = {"/review/affected": 1}
    assert instance(REVIEW, {low: Number(least)}, counts).allows(high, Number(most)) == allowed
    assert instance(REVIEW, {high: Number(most)}, counts).allows(low, Number(least)) == allowed


@pytest.mark.parametrize(
    ("role", "alone"), [("affected_groups", "unknown"), ("legal_basis", "UNKNOWN"), ("legal_basis", "NONE")]
)
def test_not_knowing_is_chosen_alone(role: str, alone: str) -> None:
    """ "Don't know" beside something known is no answer."""
    question = REVIEW.by_role[role]
    path = question.path.replace("/affected/", "/affected[1]/")
    form = instance(REVIEW, {}, {"/review/affected": 1})
    known = question.choices[0].name
    assert form.allows(path, Chosen((alone,)))
    assert not form.allows(path, Chosen((known, alone)))


def test_the_main_violation_is_one_of_the_chosen() -> None:
    """Only the chosen violations are offered as the main one."""
    answers = {REVIEW.by_role["violations"].path: Chosen(("detention", "detention.mass"))}
    offered = instance(REVIEW, answers).choices(REVIEW.by_role["violation_primary"].path)
    assert [choice.name for _, choice in offered] == ["detention", "detention.mass"]


def instance(form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int] | None = None) -> Instance:
    """The form with these answers."""
    return Instance(form, answers, counts or {}, NOW)


def asked(form: Form, answers: Mapping[str, Answer]) -> list[str]:
    """The names of the questions asked, in order."""
    return [path.rpartition("/")[2] for path in instance(form, answers).order()]
