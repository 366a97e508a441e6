"""The codes of standards: which follow from a record's codes, and which cases SDG indicator 16.10.1 counts."""

from collections.abc import Mapping

import pytest

from bot.form.answers import Answer, Chosen
from bot.form.model import Form
from bot.publish.export.cells import ExportTable, Record
from bot.publish.export.selection import ApprovedVersion
from bot.publish.versions import VersionContent
from tests.bench import settings
from tests.end_to_end.domain import ACLED_BY_PROTESTERS, SPEAKS_OF


def record(forms: Mapping[str, Form], answers: Mapping[str, Answer]) -> Record:
    """The record of a version with these answers."""
    form = forms["review"]
    written = VersionContent(
        form.id, form.version, "ru", {f"/{form.name}/{name}": one for name, one in answers.items()}, {}
    )
    table = ExportTable(form, forms["report"], settings().zone)
    return table.record(ApprovedVersion("R00001", 1, 500_000, "publish_no_names", written))


def told(kind: str, *violations: str, affected: tuple[str, ...] = ("journalist",)) -> Mapping[str, Answer]:
    """Answers of a record."""
    return {
        "kind": Chosen((kind,)),
        "violations": Chosen(violations),
        **{
            f"affected[{number}]/affected_groups": Chosen(tuple(groups.split()))
            for number, groups in enumerate(affected, 1)
        },
    }


def test_codes_come_once_each_in_the_order_of_the_violations(forms: Mapping[str, Form]) -> None:
    """A group counts where none of its types is named; a treaty's name stays with its article; commas part nothing."""
    given = told(
        "incident", "violence.torture", "violence", "fair_trial.no_lawyer", "detention", "return.extradition"
    )
    found = record(forms, given)
    assert found["iccpr"] == ["7", "CAT 1", "14(3)(b),(d)", "9", "13", "CAT 3"]
    assert found["acled"] == ["Violence against civilians/Attack", "Strategic developments/Arrests"]
    assert found["civicus"] == [
        "torture/ill-treatment",
        "negative court ruling",
        "refugees and migrants",
    ]
    assert found["huridocs"] == ["020111110000", "350109000000", "330101000000"]
    assert found["sdg_16_10_1"] == ["torture", "other_harmful_act", "arbitrary_detention"]


@pytest.mark.parametrize("kind", ["law_policy", "accountability", "positive"])
def test_what_is_no_case_counts_for_no_indicator(forms: Mapping[str, Form], kind: str) -> None:
    """Whoever is affected; the other standards say what it is about."""
    found = record(forms, told(kind, "violence.killing"))
    assert (found["sdg_16_10_1"], found["iccpr"]) == ([], ["6"])


@pytest.mark.parametrize(
    ("affected", "counts"),
    [
        (("opposition protester relative",), False),
        (("organisation",), False),
        (("lgbtqi lawyer",), False),
        ((), False),
        (("opposition hrd",), True),
        (("public", "trade_unionist"), True),
    ],
)
def test_an_act_counts_where_somebody_is_one_whom_the_indicator_protects(
    forms: Mapping[str, Form], affected: tuple[str, ...], counts: bool
) -> None:
    """In whichever instance; a group that has others too does not count alone."""
    found = record(forms, told("pattern", "pressure.threats", affected=affected))
    assert found["sdg_16_10_1"] == (["other_harmful_act"] if counts else [])


GROUPS = [
    "journalist",
    "blogger",
    "hrd",
    "activist",
    "opposition",
    "protester",
    "womens_rights",
    "lgbtqi",
    "trade_unionist",
    "lawyer",
    "author_artist",
    "relative",
    "diaspora",
    "asylum_seeker",
    "religious",
    "foreign_national",
    "detainee",
    "child",
    "organisation",
    "public",
    "other",
    "unknown",
]


@pytest.mark.parametrize("group", GROUPS)
def test_no_code_speaks_of_people_who_are_not_affected(forms: Mapping[str, Form], group: str) -> None:
    """Of no violation at all; the words of a tag that speaks of people name them."""
    question = forms["review"].by_role["violations"]
    for violation in question.choices:
        found = record(forms, told("incident", violation.name, affected=(group,)))
        about = {
            "HRD": "hrd activist womens_rights diaspora",
            "journalist": "journalist",
            "protestor(s)": "protester",
        }
        for tag in found["civicus"]:
            wanted = SPEAKS_OF.get(tag) or {
                one for word, those in about.items() if word in tag for one in those.split()
            }
            assert not wanted or group in wanted, (violation.name, tag)
        protests, other = ACLED_BY_PROTESTERS.get(violation.name, ("", ""))
        if other:
            assert found["acled"] == [protests if group == "protester" else other]


def test_a_child_shot_in_a_car_is_no_defender_and_no_protester(forms: Mapping[str, Form]) -> None:
    """A protester is."""
    child, protester = (
        record(forms, told("incident", "violence.killing", affected=(one,)))
        for one in ("child", "relative protester")
    )
    assert (child["civicus"], child["acled"]) == ([], ["Violence against civilians/Attack"])
    assert protester["civicus"] == ["protestor(s) killed"]
    assert protester["acled"] == ["Protests/Excessive force against protesters"]


@pytest.mark.parametrize(
    ("affected", "tags"),
    [
        (("lawyer",), []),
        (("journalist",), ["journalist detained"]),
        (("blogger",), []),
        (("relative", "womens_rights"), ["HRD detained"]),
        (
            ("journalist activist", "protester"),
            ["HRD detained", "journalist detained", "protestor(s) detained"],
        ),
        ((), []),
    ],
)
def test_whom_a_detention_is_of_follows_from_those_affected(
    forms: Mapping[str, Form], affected: tuple[str, ...], tags: list[str]
) -> None:
    """In whichever instance."""
    assert record(forms, told("incident", "detention.short_term", affected=affected))["civicus"] == tags


@pytest.mark.parametrize(
    ("violation", "code"),
    [
        ("fair_trial.appeal_rejected", "MT03:031201000000"),
        *(
            (f"association.{one}", "120100000000")
            for one in ("registration", "funding", "inspection", "members")
        ),
        ("prosecution.organisation", "120100000000"),
        ("assembly.dispersed", "120105000000"),
    ],
)
def test_huridocs_codes_are_those_of_the_micro_thesauri(
    forms: Mapping[str, Form], violation: str, code: str
) -> None:
    """An appeal has its own right; what is done to an organisation is no limitation on an assembly."""
    assert record(forms, told("incident", violation))["huridocs"] == [code]
