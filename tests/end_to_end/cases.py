"""The acceptance cases: what a reporter tells of each, what a moderator writes, what must come out."""

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.end_to_end import domain
from tests.end_to_end.details import Affected, Alleged, Details, Outcome
from tests.end_to_end.exports import OUTCOME, Facts
from tests.end_to_end.moderating import Public
from tests.end_to_end.people import ROOT, Dated
from tests.end_to_end.reporting import Told

Case = Mapping[str, Any]

DATA = ROOT / "tests/data"


_REVIEWED: Mapping[str, Mapping[str, Any]] = json.loads((DATA / "review_facts.json").read_text("utf-8"))[
    "cases"
]


def _incidents(name: str) -> list[dict[str, Any]]:
    """The cases of a file, each with what a moderator knows beyond it under `review`."""
    found: list[dict[str, Any]] = json.loads((DATA / f"{name}.json").read_text("utf-8"))["incidents"]
    return [{**case, "review": _REVIEWED.get(case["id"], {})} for case in found]


CASES = _incidents("incidents")
UNSEEN = _incidents("unseen")
"""Further cases, made up after the news; each in the language that it names."""
_TRANSLATIONS: Mapping[str, Mapping[str, Any]] = json.loads((DATA / "translations.json").read_text("utf-8"))
LANGUAGES = domain.LANGUAGES
KILOMETRES = "10km"
"""How exactly a moderator publishes a reporter's place."""
_BANDS = {"1": (1, 1), "2-5": (2, 5), "6-20": (6, 20), "21-100": (21, 100), "100+": (100, None)}
"""The numbers of people that one button stands for."""


def _rows(name: str) -> dict[str, dict[str, str]]:
    with (ROOT / f"bot/forms/{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


LAWS, STATUSES = map(_rows, ("legal_basis", "statuses"))
"""Only for what the reporter finds on the screen; what a code says is judged by the domain."""


def in_language(case: Case, language: str) -> Case:
    """A case whose roles, details, town, title and summary are in this language; its facts are the same."""
    said = _TRANSLATIONS.get(case["id"], {}).get(language)
    if said is None:
        return case
    roles, details = said["roles"], said["details"]
    place = case["place"]
    return {
        **case,
        "title": said["title"],
        "narrative": said["narrative"],
        "affected": [{**one, "role": role} for one, role in zip(case["affected"], roles, strict=True)],
        "perpetrators": [
            {**one, "detail": detail} for one, detail in zip(case["perpetrators"], details, strict=True)
        ],
        "place": {**place, "locality": said.get("locality", place["locality"])},
    }


def story_of(case: Case, language: str) -> str:
    """The story as a person would type it in this language, else what is known of the case."""
    sample = case["sample_submission"]
    return str(sample["text"] if sample and sample["lang"] == language else case["narrative"])


def told(case: Case, language: str, number: int, aside: str = "") -> Told:
    """What a reporter tells of a case in a short report; `aside` is a second message of the story, which
    must never leave. By its number a case differs in what is not compared."""
    group = case["violation_primary"].partition(".")[0]
    types = tuple(code for code in case["violations"] if code.startswith(f"{group}."))
    return Told(
        category=group,
        types=types[:3],
        story=(story_of(case, language), aside) if aside else (story_of(case, language),),
        when=_date(case),
        region=case["place"]["region"],
        town=case["place"]["locality"] or "",
        urgent=("yes", "no", "dont_know")[number % 3],
        typed=number % 2 == 0 or not _has_buttons(case),
        people=_people(case),
    )


def _people(case: Case) -> str:
    """The number of those affected, blank if it is not one number."""
    ends = {one[end] for one in case["affected"] for end in ("number_min", "number_max")}
    return str(ends.pop() or "") if len(ends) == 1 else ""


def told_in_full(case: Case, language: str, number: int, aside: str) -> Told:
    """What a reporter tells of a case in a full report: every fact that the form lets a reporter give."""
    brief = told(case, language, number, aside)
    others = [code for code in case["violations"] if code.partition(".")[0] != brief.category]
    more_groups = tuple(dict.fromkeys(code.partition(".")[0] for code in others))[:4]
    groups = {brief.category, *more_groups}
    laws = tuple(law["code"] for law in case["legal_basis"] if is_offered(LAWS, law["code"], groups, case))
    files = ((), ("photo.png",), ("photo.png", "order.pdf"))[number % 3]
    affected = tuple(_told_affected(one) for one in case["affected"])
    return replace(
        brief,
        files=files,
        typed=True,  # as the screen says that they can: a date of some years ago is six taps away
        details=Details(
            more_groups=more_groups,
            more_types=tuple(code for code in others if "." in code)[:8],
            locality=case["place"]["locality"],
            place=place_of(case) if number % 2 else None,
            affected=affected or (Affected(),),
            perpetrators=tuple(Alleged(who["type"], who["detail"]) for who in case["perpetrators"]),
            legal_basis=laws,
            law_text=None if laws else _law_in_words(case),
            outcomes=tuple(
                Outcome(one["status"], Dated(one["date"]) if one["date"] else None)
                for one in case["outcome"]
                if is_offered(STATUSES, one["status"], groups, case)
            ),
            evidence_own=("self", "from_person", None)[number % 3],
            links=(f"https://example.org/{case['id']}",) if number % 2 else (),
            source=("witness", "public", None, "affected")[number % 4],
            reported=("ngo", "media") if number % 2 else (),
            needs=("lawyer", "shelter") if number % 2 else (),
        ),
    )


def _law_in_words(case: Case) -> str | None:
    """How a reporter names a law that the list does not offer."""
    return next((law["stated"] for law in case["legal_basis"] if law.get("stated")), None)


def is_offered(rows: Mapping[str, Mapping[str, str]], code: str, groups: set[str], case: Case) -> bool:
    """Whether a reporter finds a code in the shortlist: it was in force on the first day that is known."""
    row, date = rows[code], case["date"]
    until = row.get("valid_until", "")
    known = date["start"] or date["end"] or ""
    return bool(groups & set(row["groups"].split())) and (not until or until >= known)


def _told_affected(one: Mapping[str, Any]) -> Affected:
    number, count, most = _number(one["number_min"], one["number_max"])
    groups = tuple(one["groups"])
    person = organisation_of(one) is None
    named = person and one["name"] and is_named(one)
    return Affected(
        groups, one["role"], number, count, most, organisation_of(one), "public" if named else None,
        one["name"] if named else None,
    )  # fmt: skip


NAMELESS = frozenset({"child", "lgbtqi", "religious"})
"""Groups whose people are never named."""


def is_named(one: Mapping[str, Any]) -> bool:
    """Whether a name may be told: where at most five people are known of, and none of NAMELESS."""
    few = one["number_min"] is not None and max(one["number_min"], one["number_max"] or 0) <= 5
    return few and not NAMELESS & set(one["groups"])


def _number(least: int | None, most: int | None) -> tuple[str | None, int | None, int | None]:
    """The code of the list that a reporter chooses, and the numbers asked after it."""
    if least is None:
        return (None, None, None) if most is None else ("unknown", None, None)
    for code, band in _BANDS.items():
        if band == (least, most):
            return code, None, None
    if most is None:
        return "at_least", least, None
    return ("exact", least, None) if most == least else ("range", least, most)


def place_of(case: Case) -> tuple[float, float] | None:
    """A point in the case's region; not where the map has none."""
    region = domain.REGIONS[case["place"]["region"]]
    has_point = region["type"] in {"city", "region"} and region["seat_lat"]
    return (float(region["seat_lat"]) + 0.0123, float(region["seat_lon"]) + 0.0321) if has_point else None


def _has_buttons(case: Case) -> bool:
    """Whether the date is a day, a month or a period of months, which people give by buttons."""
    start, end = _date(case).start, _date(case).end
    return len(start) >= 7 and (end is None or end == start or len(start) == len(end) == 7)


def _date(case: Case) -> Dated:
    """The date; a period whose beginning nobody knows begins with nothing."""
    return Dated(case["date"]["start"] or "", case["date"]["end"])


def public(case: Case, *, place: bool = False) -> Public:
    """All facts of the public version, but the rights, which follow from the violations; with `place` the
    reporter's point, coarsened."""
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
            **({"place_share": KILOMETRES} if place else {}),
            "legal_basis": [law["code"] for law in case["legal_basis"]],
            "assertion": _reviewed(case).get("assertion", "alleged"),
            "tags": ", ".join(case.get("tags", ())) or None,
            **{name: _reviewed(case).get(name) for name in ("reliability", "credibility", "evidence_origin")},
        },
        {
            "affected": [_affected(one) for one in case["affected"]],
            "perpetrators": [
                {"perpetrator_type": who["type"], "perpetrator_detail": who["detail"]}
                for who in case["perpetrators"]
            ],
            "outcomes": [
                {
                    "outcome_status": one["status"],
                    "outcome_date": Dated(one["date"]) if one["date"] else None,
                    **{f"outcome_{name}": known for name, known in more.items()},
                }
                for one, more in zip(case["outcome"], _more_of_outcomes(case), strict=True)
            ],
            "sources": [
                {
                    "source_kind": one["kind"],
                    "source_publisher": one["publisher"],
                    "source_date": Dated(one["date"]) if one["date"] else None,
                    "source_link": one["link"],
                }
                for one in _sources(case)
            ],
        },
    )


def _reviewed(case: Case) -> Mapping[str, Any]:
    found: Mapping[str, Any] = case.get("review", {})
    return found


def _more_of_outcomes(case: Case) -> list[dict[str, Any]]:
    """What is known of each outcome beside its status and date, all fields of it."""
    known = _reviewed(case).get("outcomes") or [{} for _ in case["outcome"]]
    return [{name: one.get(name) for name in OUTCOME} for one in known]


def _sources(case: Case) -> list[dict[str, Any]]:
    """The source of a case: an organisation's publication; none where the case names none."""
    source = case.get("source")
    if not source:
        return []
    return [{"kind": "ngo", "publisher": source["publisher"], "date": source["published"], "link": None}]


def _locality(case: Case) -> str | None:
    """What is not asked where the region is a city already."""
    place = case["place"]
    return None if domain.city_of(place["region"]) else place["locality"]


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


def expected(case: Case, told: Told) -> Facts:
    """The facts of a case as an export must say them, with what its reporter added."""
    date, place, details = case["date"], case["place"], told.details
    point = details.place if details else None
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
        "latitude": round(point[0], 1) if point else None,
        "longitude": round(point[1], 1) if point else None,
        "within_km": 10 if point else None,
        "links": list(details.links) if details else [],
        "affected": [
            {
                "role": one["role"],
                "groups": one["groups"],
                "number_min": one["number_min"],
                "number_max": one["number_max"],
                "number_more_than": None,
                "organisation": organisation_of(one),
            }
            for one in case["affected"]
        ],
        "perpetrators": [{"type": who["type"], "detail": who["detail"]} for who in case["perpetrators"]],
        "legal_basis": [law["code"] for law in case["legal_basis"]],
        "outcomes": [
            {"status": one["status"], "date": one["date"], **more}
            for one, more in zip(case["outcome"], _more_of_outcomes(case), strict=True)
        ],
        "assertion": _reviewed(case).get("assertion", "alleged"),
        "sources": _sources(case),
        "tags": list(case.get("tags", ())),
        "source_reliability": _reviewed(case).get("reliability"),
        "information_credibility": _reviewed(case).get("credibility"),
        "evidence_origin": _reviewed(case).get("evidence_origin"),
        **_standards(case),
        **{f"{text}_{code}": None for text in ("title", "summary") for code in LANGUAGES},
        "title": case["title"],
        "summary": case["narrative"],
        "consent": "publish_no_names",
    }


def _standards(case: Case) -> dict[str, list[str]]:
    """Its codes in the standards: what the case says itself, else what follows by the domain."""
    groups = [group for one in case["affected"] for group in one["groups"]]
    derived: dict[str, list[str]] = case.get("derived", {})
    return domain.standards_of(case["kind"], case["violations"], groups) | derived


def persons_of(case: Case) -> list[str]:
    """Names of persons in a case, which must never leave."""
    return [one["name"] for one in case["affected"] if one["name"] and organisation_of(one) is None]


def names_told(case: Case) -> list[str]:
    """The names of persons that a reporter can give, and that the store keeps sealed."""
    return [one["name"] for one in case["affected"] if _told_affected(one).name]


def begun_with(told: Told) -> dict[str, Any]:
    """What a moderator finds filled in before anything is written: which violations the reporter chose, a group only where
    none of its types is, the first of them as the main one, and the kind that most reports are."""
    more = told.details or Details()
    chosen = [*(told.types or (told.category,)), *more.more_types]
    typed = {code.partition(".")[0] for code in chosen if "." in code}
    chosen += [group for group in more.more_groups if group not in typed]
    return {"violations": chosen, "violation_primary": chosen[0], "kind": "incident"}


def carried(case: Case, told: Told) -> set[str]:
    """The questions of the review whose answers the report gives just as they must be, so that a moderator has nothing
    to correct: those of all that the reporter could tell."""
    names, details = {"when", "region"}, told.details
    if details is None:
        return names
    if case["place"]["region"] != "KZ":
        names.add("locality")
    if len(details.legal_basis) == len(case["legal_basis"]):
        names.add("legal_basis")
    if len(case["perpetrators"]) > 0:
        names |= {"perpetrators", "perpetrator_type"}
        if not any(who["detail"] and who["type"] in _UNDETAILED for who in case["perpetrators"]):
            names.add("perpetrator_detail")
    if len(details.outcomes) == len(case["outcome"]) > 0:
        names |= {"outcomes", "outcome_status"}
        if not any(one["date"] and one["status"] in _UNDATED for one in case["outcome"]):
            names.add("outcome_date")
    if len(case["affected"]) > 0:
        names |= {"affected", "affected_role", "affected_groups", "affected_organisation"}
        if not any(map(_is_counted_by_moderators, case["affected"])):
            names |= {"affected_number_min", "affected_number_max"}
    return names


_UNDETAILED, _UNDATED = frozenset({"unknown", "private"}), frozenset({"unknown", "ongoing"})
"""Alleged perpetrators of whom no more is asked, outcomes that have no day."""


def _is_counted_by_moderators(one: Mapping[str, Any]) -> bool:
    """Of an organisation alone nobody asks how many, and a number that is only a greatest one cannot be chosen."""
    told = one["number_min"] is not None or one["number_max"] is not None
    return told and (one["groups"] == ["organisation"] or one["number_min"] is None)
