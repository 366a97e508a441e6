"""What a reporter's answers give for the moderator's form."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.form.answers import Answer, Chosen, GeoPoint, Number, Precision, TextPart, When, Written
from bot.form.model import Form, Node, Privacy, Question
from bot.form.xlsform.reader import load
from bot.publish.location import Prefill, prefill, renamed, without_groups, wrong_source
from tests.bench import text

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
R = "/incident/report"
PERSON = f"{R}/affected[1]"


def sown(forms: Mapping[str, Form], answers: Mapping[str, Answer]) -> Prefill:
    """The seed of these answers, by path below the report."""
    return prefill(forms["review"], forms["report"], {f"{R}/{path}": a for path, a in answers.items()}, NOW)


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ([("detention.mass", "detention"), ("detention", "detention")], ("detention.mass",)),
        ([("detention", "detention"), ("return", "return")], ("detention", "return")),
        ([("a.b", "a"), ("a.b", "a"), ("c", "c")], ("a.b", "c")),
    ],
)
def test_a_group_stands_only_where_none_of_its_types_does(
    chosen: list[tuple[str, str]], left: tuple[str, ...]
) -> None:
    """A group says that the type is not known."""
    assert without_groups(chosen) == left


def test_violations_come_from_all_groups(forms: Mapping[str, Form]) -> None:
    """The closest group first, then the others; the main one is the closest."""
    found = sown(
        forms,
        {
            "category": Chosen(("prosecution",)),
            "types": Chosen(("prosecution.wanted", "prosecution.hooliganism")),
            "more_groups": Chosen(("return", "detention")),
            "more_types": Chosen(("return.abroad",)),
        },
    ).answers
    assert found["/review/violations"] == Chosen(
        ("prosecution.wanted", "prosecution.hooliganism", "return.abroad", "detention")
    )
    assert found["/review/violation_primary"] == Chosen(("prosecution.wanted",))


def test_a_group_alone_is_the_main_violation(forms: Mapping[str, Form]) -> None:
    """Without types the group counts."""
    found = sown(forms, {"category": Chosen(("detention",))}).answers
    assert found["/review/violation_primary"] == Chosen(("detention",))
    assert found["/review/violations"] == Chosen(("detention",))


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [
        ({"affected_number": Chosen(("2-5",))}, 2, 5),
        ({"affected_number": Chosen(("1",))}, 1, 1),
        ({"affected_number": Chosen(("100+",))}, 100, None),
        ({"affected_number": Chosen(("unknown",))}, None, None),
        ({"affected_number": Chosen(("exact",)), "affected_exact": Number(42)}, 42, 42),
        ({"affected_number": Chosen(("at_least",)), "affected_least": Number(2)}, 2, None),
        ({"affected_number": Chosen(("at_least",)), "affected_least": Number(31, beyond=True)}, 31, None),
        (
            {
                "affected_number": Chosen(("range",)),
                "affected_least": Number(30),
                "affected_most": Number(40),
            },
            30,
            40,
        ),
        ({}, None, None),
    ],
)
def test_a_number_is_a_band_or_what_was_typed(
    forms: Mapping[str, Form], told: Mapping[str, Answer], least: int | None, most: int | None
) -> None:
    """Bands are data: their bounds stand in the list."""
    answers = {f"affected[1]/{name}": answer for name, answer in told.items()}
    found = sown(forms, answers | {"affected[1]/affected_groups": Chosen(("lawyer",))}).answers
    for name, number in (("min", least), ("max", most)):
        expected = None if number is None else Number(number, beyond=number == 31)
        assert found.get(f"/review/affected[1]/affected_number_{name}") == expected


def test_repeats_start_instance_by_instance(forms: Mapping[str, Form]) -> None:
    """Each instance keeps its number, whatever was left out in it."""
    found = sown(
        forms,
        {
            "when": When(Precision.RANGE, end="2024-04"),
            "outcomes[1]/outcome_status": Chosen(("fined",)),
            "outcomes[2]/outcome_status": Chosen(("released",)),
            "outcomes[2]/outcome_date": When(Precision.MONTH, "2024-05"),
            "perpetrators[1]/perpetrator_type": Chosen(("court",)),
            "perpetrators[1]/perpetrator_detail": text(" district court "),
        },
    )
    assert found.counts == {"/review/outcomes": 2, "/review/perpetrators": 1}
    assert found.answers["/review/outcomes[2]/outcome_date"] == When(Precision.MONTH, "2024-05")
    assert found.answers["/review/when"] == When(Precision.RANGE, end="2024-04")
    assert "/review/outcomes[1]/outcome_date" not in found.answers
    assert found.answers["/review/perpetrators[1]/perpetrator_detail"] == text("district court")


def test_nothing_starts_from_what_is_no_candidate_for_the_public(forms: Mapping[str, Form]) -> None:
    """Story and name give nothing; a point gives only that there is one."""
    found = sown(
        forms,
        {
            "story": text("SECRET story"),
            "place": GeoPoint(43.2381, 76.9452),
            "affected[1]/affected_name": text("SECRET name"),
            "affected[1]/affected_groups": Chosen(("lawyer",)),
        },
    )
    assert "SECRET" not in str(found)
    assert "43.2" not in str(found)
    assert found.answers["/review/place_given"] == Written((TextPart("yes"),))


def test_the_form_s_defaults_fill_what_the_report_leaves_open(forms: Mapping[str, Form]) -> None:
    """A short report is an incident, its date that of the event, its place not published."""
    found = sown(forms, {"category": Chosen(("detention",)), "place": GeoPoint(43.2, 76.9)}).answers
    assert found["/review/kind"] == Chosen(("incident",))
    assert found["/review/date_kind"] == Chosen(("event",))
    assert found["/review/place_share"] == Chosen(("none",))


def test_all_sources_are_known(forms: Mapping[str, Form]) -> None:
    """The forms fit together."""
    assert wrong_source(forms["review"], forms["report"]) is None


REPORT = """
| survey |
| | type | name | label |
| | select_one band | number | How many? |
| | text | twice | Once |
| | begin_group | g | G |
| | text | twice | Twice |
| | end_group | | |
| | begin_repeat | people | People |
| | text | who | Who? |
| | end_repeat | | |

| choices |
| | list_name | name | label | min |
| | band | few | Few | 1 |
"""
REVIEW = """
| survey |
| | type | name | label | bind::bot:from |
| | begin_group | outer | Outer | |
| | begin_repeat | affected | Affected | {repeat} |
| | text | role | Role | {inside} |
| | end_repeat | | | |
| | end_group | | | |
| | integer | least | Least | {outside} |
| | {kind} | other | Other | {source} |

| choices |
| | list_name | name | label |
| | band | few | Few |
"""
SOURCES = {
    "repeat": "people",
    "inside": "who",
    "outside": "number/min",
    "kind": "text",
    "source": "number/min",
}
SETTINGS = """
| settings |
| | form_title | form_id | name | version | namespaces |
| | F | {name} | {name} | 1 | bot="https://kuager.org/xforms" |
"""


def made(folder: Path, name: str, sheets: str) -> Form:
    """A form of a test's own."""
    path = folder / f"{name}.md"
    path.write_text(sheets + SETTINGS.format(name=name))
    return load(path)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"outside": "nobody"}, "least, bind::bot:from: the report form has no nobody."),
        ({"outside": "twice"}, "several twice"),
        ({"outside": "number/mim"}, "the list of number has no column mim"),
        ({"outside": "who"}, "who stands in a repeat from which"),
        ({"kind": "select_multiple band"}, "the column min of number starts only a text, an integer or"),
        ({"kind": "select_one band"}, "the column min of number starts only a text, an integer or"),
        ({"kind": "date"}, "the column min of number starts only a text, an integer or"),
        ({"kind": "hidden"}, None),
        ({"kind": "select_multiple band", "source": "number"}, None),
        ({"repeat": "number"}, "number is no repeat for a repeat"),
        ({"outside": "people"}, "people is no repeat for a repeat"),
        ({}, None),
    ],
)
def test_a_source_that_can_give_nothing_is_told(
    tmp_path: Path, cells: Mapping[str, str], told: str | None
) -> None:
    """Before the first report, not by what is missing in the hundredth."""
    found = wrong_source(
        made(tmp_path, "v", REVIEW.format(**SOURCES | dict(cells))), made(tmp_path, "r", REPORT)
    )
    assert found is None if told is None else told in str(found)


def test_a_repeat_inside_a_group_starts_too(tmp_path: Path) -> None:
    """Wherever the moderators' form has it."""
    review = made(tmp_path, "v", REVIEW.format(**SOURCES))
    report = made(tmp_path, "r", REPORT)
    public = replace(report, children=tuple(map(opened, report.children)))
    told = {"/r/people[1]/who": text("a"), "/r/people[2]/who": text("b")}
    found = prefill(review, public, told, NOW)
    assert found.counts == {"/v/outer/affected": 2}
    assert found.answers["/v/outer/affected[2]/role"] == text("b")


def opened(node: Node) -> Node:
    """A node whose questions are all public."""
    if isinstance(node, Question):
        return replace(node, privacy=Privacy.PUBLIC)
    return replace(node, children=tuple(map(opened, node.children)))


@pytest.mark.parametrize(("words", "code"), [("event", "event"), ("appeal ruling", "other")])
def test_words_of_an_older_version_for_the_date_become_a_choice(
    forms: Mapping[str, Form], words: str, code: str
) -> None:
    """Words of its own stay beside it."""
    found = renamed(forms["review"], {"/review/date_meaning": text(words)})
    assert found == {"/review/date_meaning": text(words), "/review/date_kind": Chosen((code,))}
