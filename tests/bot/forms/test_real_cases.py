"""Real cases, told through the questionnaire and written down in the moderators' form."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.form.answers import Answer, Chosen, Number, Precision, TextPart, When, Written
from bot.form.flow.instance import Instance
from bot.form.model import Question
from tests.bot.forms.questionnaires import INCIDENT, NOW, REGIONS, REVIEW, ROOT

CASES: list[dict[str, Any]] = json.loads((ROOT / "tests/data/incidents.json").read_text("utf-8"))["incidents"]

each_case = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])


@each_case
def test_every_fact_of_a_real_case_fits_the_moderators_form(case: dict[str, Any]) -> None:
    """All facts are asked for, allowed and submitted as given; all that is required is there."""
    answers, counts = filled(case)
    form = Instance(REVIEW, answers, counts, NOW)
    for path, answer in answers.items():
        assert form.is_relevant(form.place(path)), path
        assert form.allows(path, answer), path
    assert form.submission() == answers
    missing = [path for path in form.order() if _is_question(form, path) and path not in answers]
    assert not [path for path in missing if form.required(path)]


@each_case
def test_a_real_case_fits_the_questionnaire(case: dict[str, Any]) -> None:
    """A reporter can give the case's group, up to three types of it, its story, date and region."""
    group = case["violation_primary"].partition(".")[0]
    types = tuple(name for name in case["violations"] if name.startswith(f"{group}."))
    story = case["sample_submission"] or {"text": case["narrative"]}
    report = {
        "category": Chosen((group,)),
        "violations": Chosen(types) if types else None,
        "story": written(story["text"]),
        "when": when(case["date"]),
        "region": Chosen((case["place"]["region"],)),
        "consent_use": Chosen(("publish_no_names",)),
    }
    answers: dict[str, Answer] = {"/incident/consent_store": Chosen(("yes",))}
    answers |= {INCIDENT.by_role[role].path: answer for role, answer in report.items() if answer}
    form = Instance(INCIDENT, answers, {}, NOW)
    assert form.submission() == answers
    assert all(form.allows(path, answer) for path, answer in answers.items())


def written(text: str) -> Written:
    """A text told in one message."""
    return Written((TextPart(text),))


def when(date: Mapping[str, Any]) -> When:
    """The date of a case as an answer: both write a month without an end."""
    return When(Precision(date["precision"]), date["start"], date["end"])


def month(text: str | None) -> When | None:
    """A month of which no more is known."""
    return When(Precision.MONTH, text) if text else None


def filled(case: Mapping[str, Any]) -> tuple[dict[str, Answer], dict[str, int]]:
    """The moderators' form filled with the facts of a case, in the order of the form."""
    facts: dict[str, Answer | None] = {
        "title": written(case["title"]),
        "summary": written(case["narrative"]),
        "kind": Chosen((case["kind"],)),
        "violations": Chosen(tuple(case["violations"])),
        "violation_primary": Chosen((case["violation_primary"],)),
        "rights": Chosen(tuple(case["rights"])),
        "when": when(case["date"]),
        "date_meaning": written(case["date_meaning"]),
        "underlying_event": month(case["underlying_event"]),
        "region": Chosen((case["place"]["region"],)),
        "locality": _locality(case["place"]),
        **_each("affected", case["affected"], _affected),
        **_each("perpetrators", case["perpetrators"], _perpetrator),
        "legal_basis": Chosen(tuple(law["code"] for law in case["legal_basis"])),
        **_each("outcomes", case["outcome"], _outcome),
    }
    counts = {"affected": "affected", "perpetrators": "perpetrators", "outcomes": "outcome"}
    return (
        {f"/review/{name}": answer for name, answer in facts.items() if answer},
        {f"/review/{repeat}": len(case[field]) for repeat, field in counts.items()},
    )


def _each(
    repeat: str, items: list[dict[str, Any]], facts: Callable[[dict[str, Any]], dict[str, Answer | None]]
) -> dict[str, Answer | None]:
    return {
        f"{repeat}[{number}]/{name}": answer
        for number, item in enumerate(items, 1)
        for name, answer in facts(item).items()
    }


def _locality(place: Mapping[str, Any]) -> Written | None:
    asked_for = place["locality"] and REGIONS[place["region"]] == "region"
    return written(place["locality"]) if asked_for else None


def _affected(person: Mapping[str, Any]) -> dict[str, Answer | None]:
    organisation = "organisation" in person["groups"] and person["name"]
    return {
        "affected_role": written(person["role"]),
        "affected_groups": Chosen(tuple(person["groups"])),
        "affected_number_min": _number(person["number_min"]),
        "affected_number_max": _number(person["number_max"]),
        "affected_organisation": written(person["name"]) if organisation else None,
    }


def _number(value: int | None) -> Number | None:
    return None if value is None else Number(value)


def _perpetrator(who: Mapping[str, Any]) -> dict[str, Answer | None]:
    detail = who["detail"]
    return {
        "perpetrator_type": Chosen((who["type"],)),
        "perpetrator_detail": written(detail) if detail else None,
    }


def _outcome(outcome: Mapping[str, Any]) -> dict[str, Answer | None]:
    return {"outcome_status": Chosen((outcome["status"],)), "outcome_date": month(outcome["date"])}


def _is_question(form: Instance, path: str) -> bool:
    return isinstance(form.node(path), Question)
