"""The moderators' form: roles, and what is asked, offered and allowed in it."""

import pytest

from bot.form.answers import Chosen
from bot.form.model import Group, Privacy
from tests.bot.forms.questionnaires import INCIDENT, REGIONS, REVIEW, asked, full, instance


def test_every_question_of_the_public_version_has_a_role() -> None:
    """The export finds it by its role; what is not public only says what is asked, and how exactly a place is shown."""
    for question in REVIEW.questions:
        assert question.role, question.path
    own = {question.name for question in REVIEW.questions if question.privacy is not Privacy.PUBLIC}
    assert own == {"place_given", "place_share", "published", "said_in_summary"}
    repeats = {node.bot["role"] for node in REVIEW.nodes.values() if isinstance(node, Group) and node.repeat}
    assert repeats == {"affected", "perpetrators", "outcomes", "sources"}


@pytest.mark.parametrize("region", REGIONS)
def test_a_locality_is_asked_where_there_can_be_one(region: str) -> None:
    """A city is its own locality and the net has none; a reporter of the whole country is not asked either."""
    answers = {REVIEW.by_role["region"].path: Chosen((region,))}
    has_one = REGIONS[region] != "city" and region != "XX-ONLINE"
    assert ("locality" in asked(REVIEW, answers)) == has_one
    told = full() | {INCIDENT.by_role["region"].path: Chosen((region,))}
    assert ("locality" in asked(INCIDENT, told)) == (has_one and region != "KZ")


def test_a_locality_is_not_asked_before_the_region() -> None:
    """Without a region nobody is asked for a town."""
    assert "locality" not in asked(REVIEW, {})


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
