"""The acceptance cases: what a reporter tells of each, what a moderator writes, what must come out."""

import csv
import json
from collections.abc import Mapping
from typing import Any

from tests.end_to_end.exports import Facts
from tests.end_to_end.moderating import Public
from tests.end_to_end.people import ROOT, Dated
from tests.end_to_end.reporting import Told

Case = Mapping[str, Any]

CASES: list[dict[str, Any]] = json.loads((ROOT / "tests/data/incidents.json").read_text("utf-8"))["incidents"]
LANGUAGES = ("kk", "ru", "en")

with (ROOT / "bot/forms/regions.csv").open(encoding="utf-8", newline="") as _file:
    _REGIONS = {row["name"]: row["type"] for row in csv.DictReader(_file)}


def language_of(case: Case) -> str:
    """The language of the story where there is one, else each language in turn."""
    sample = case["sample_submission"]
    return str(sample["lang"]) if sample else LANGUAGES[CASES.index(dict(case)) % 3]


def story_of(case: Case) -> str:
    """The story as a person would type it."""
    sample = case["sample_submission"]
    return str(sample["text"] if sample else case["narrative"])


def told(case: Case, aside: str) -> Told:
    """What a reporter tells of a case; `aside` is a second message of the story, which must never leave."""
    number = CASES.index(dict(case))
    group = case["violation_primary"].partition(".")[0]
    types = tuple(code for code in case["violations"] if code.startswith(f"{group}."))
    files = ((), ("photo.png",), ("photo.png", "order.pdf"))[number % 3]
    return Told(
        category=group,
        types=types,
        story=(story_of(case), aside),
        when=_date(case),
        region=case["place"]["region"],
        urgent=("yes", "no", "dont_know")[number % 3],
        files=files,
        typed=number % 2 == 0,
    )


def _date(case: Case) -> Dated:
    return Dated(case["date"]["start"], case["date"]["end"])


def public(case: Case) -> Public:
    """All facts that a moderator writes, but the rights, which follow from the violations."""
    return Public(
        {
            "title": case["title"],
            "summary": case["narrative"],
            "kind": case["kind"],
            "violations": case["violations"],
            "violation_primary": case["violation_primary"],
            "when": _date(case),
            "date_meaning": case["date_meaning"],
            "underlying_event": Dated(case["underlying_event"]) if case["underlying_event"] else None,
            "region": case["place"]["region"],
            "locality": _locality(case),
            "legal_basis": [law["code"] for law in case["legal_basis"]],
        },
        {
            "affected": [_affected(one) for one in case["affected"]],
            "perpetrators": [
                {"perpetrator_type": who["type"], "perpetrator_detail": who["detail"]}
                for who in case["perpetrators"]
            ],
            "outcomes": [
                {"outcome_status": one["status"], "outcome_date": Dated(one["date"]) if one["date"] else None}
                for one in case["outcome"]
            ],
        },
    )


def _locality(case: Case) -> str | None:
    """What is asked only where the region is not a city already."""
    place = case["place"]
    return place["locality"] if _REGIONS[place["region"]] == "region" else None


def _affected(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "affected_role": one["role"],
        "affected_groups": one["groups"],
        "affected_number_min": one["number_min"],
        "affected_number_max": one["number_max"],
        "affected_organisation": organisation_of(one),
    }


def organisation_of(one: Mapping[str, Any]) -> str | None:
    """The name that is public: an organisation's."""
    return one["name"] if "organisation" in one["groups"] else None


def expected(case: Case) -> Facts:
    """The facts of a case as an export must say them."""
    date, place = case["date"], case["place"]
    return {
        "kind": case["kind"],
        "violations": case["violations"],
        "violation_primary": case["violation_primary"],
        "freedoms": case["freedoms"],
        "rights": case["rights"],
        "date": (date["start"], date["end"], date["precision"]),
        "ongoing": False,
        "date_meaning": case["date_meaning"],
        "underlying_event": case["underlying_event"],
        "region": place["region"],
        "locality": place["locality"],
        "affected": [
            {
                "role": one["role"],
                "groups": one["groups"],
                "number_min": one["number_min"],
                "number_max": one["number_max"],
                "organisation": organisation_of(one),
            }
            for one in case["affected"]
        ],
        "perpetrators": [{"type": who["type"], "detail": who["detail"]} for who in case["perpetrators"]],
        "legal_basis": [law["code"] for law in case["legal_basis"]],
        "outcomes": [{"status": one["status"], "date": one["date"]} for one in case["outcome"]],
        "title": case["title"],
        "summary": case["narrative"],
        "consent": "publish_no_names",
    }


def persons_of(case: Case) -> list[str]:
    """Names of persons in a case, which must never leave."""
    return [one["name"] for one in case["affected"] if one["name"] and organisation_of(one) is None]
