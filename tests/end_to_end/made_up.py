"""Cases that nobody has seen: drawn from the domain's lists, as varied as the schema of real ones allows.

Together they have every code that the known ones lack. As a case is of one region, there are as many as regions are lacking.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import Any

from tests.end_to_end import domain
from tests.end_to_end.cases import LAWS, STATUSES, is_offered

MEANINGS = ("event", "appeal ruling", "planned date of the assembly", "жоспарланған күн")
ROLES = (
    "civic activist",
    "студенты университета",
    "Қазақстан заңгерлері",
    "reporters; two | three",
    "=cmd: “a formula”",
    "ұлттық мұражайдың қызметкерлері, олардың отбасылары және еңбек ұжымының мүдделерін қорғау үшін сотқа жүгінген, "
    "бірақ жауап ала алмаған бұрынғы жұмысшылар мен зейнеткерлер тобы",
)
DETAILS = (None, "city police", "аудандық сот", "«КНБ»; отдел | 2", "-1 бөлім")
TOWNS = (None, "Новый посёлок", "Ақтоғай ауылы", "Town of many words (new)")
DATES = (
    ("2024-03-08", "2024-03-08", "day"),
    ("2023-11-30", "2023-11-30", "day"),
    ("2024-02-29", "2024-02-29", "day"),
    ("2024-02", None, "month"),
    ("2019", None, "year"),
    ("2023-12", "2024-02", "range"),
    ("2024-01-05", "2024-01-09", "range"),
    ("2020-01", "2021-05-20", "range"),
    (None, "2024-04", "range"),
)
NUMBERS = ((None, None), (1, 1), (2, 5), (3, 3), (2, None), (7, 12), (40, 40), (21, 100), (100, None), (1, 3))
_ALONE = ("NONE", "UNKNOWN")
LISTS = (
    *("kinds", "regions", "violations", "affected_groups"),
    *("perpetrator_types", "legal_basis", "statuses"),
)
"""The lists whose every code is told by some case."""
_SELDOM = 5
"""Of so many cases one has what most have not: a kind of its own, a public text as long as it may be."""


def codes_in(case: Mapping[str, Any], name: str) -> list[str]:
    """The codes of a list that a case has."""
    found: dict[str, Iterator[str]] = {
        "kinds": iter([case["kind"]]),
        "regions": iter([case["place"]["region"]]),
        "violations": iter(case["violations"]),
        "affected_groups": chain.from_iterable(one["groups"] for one in case["affected"]),
        "perpetrator_types": (one["type"] for one in case["perpetrators"]),
        "legal_basis": (one["code"] for one in case["legal_basis"]),
        "statuses": (one["status"] for one in case["outcome"]),
    }
    return list(found[name])


def cases(known: Sequence[Mapping[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Cases of the same shape as those of tests/data/incidents.json, with every code that no known one has."""
    draw = random.Random(seed)
    left = {name: _left(draw, name, known) for name in LISTS}
    count = len(left["regions"])
    alone = [code for code in left["violations"] if "." not in code]
    left["violations"] = [code for code in left["violations"] if "." in code]
    dealt = {name: _dealt(codes, count) for name, codes in left.items()}
    for group in alone:
        least = min(dealt["violations"], key=lambda share: (_has_type(share, group), len(share)))
        least.append(group)
    made = [
        _case(draw, f"{seed}-{number}", number, {name: shares[number] for name, shares in dealt.items()})
        for number in range(count)
    ]
    for code in sorted(left["legal_basis"], key=_ALONE.__contains__, reverse=True):
        _case_for(LAWS, code, "legal_basis", made)["legal_basis"].append({"code": code})
    for code in left["statuses"]:
        date = draw.choice((None, "2024-02", "2024-03-01", "2023"))
        _case_for(STATUSES, code, "outcome", made)["outcome"].append({"status": code, "date": date})
    return made


def _left(draw: random.Random, name: str, known: Sequence[Mapping[str, Any]]) -> list[str]:
    """The codes of a list that no known case has, in any order, those of violations of one group together."""
    told = {code for case in known for code in codes_in(case, name)}
    codes = [code for code in domain.codes_of(name) if code not in told]
    draw.shuffle(codes)
    groups = list(dict.fromkeys(code.partition(".")[0] for code in codes))
    return sorted(codes, key=lambda code: groups.index(code.partition(".")[0]))


def _dealt(codes: Sequence[str], count: int) -> list[list[str]]:
    """So many shares of neighbours, as equal as can be."""
    bounds = [number * len(codes) // count for number in range(count + 1)]
    return [list(codes[start:end]) for start, end in pairwise(bounds)]


def _has_type(violations: Sequence[str], group: str) -> bool:
    return any(code.startswith(f"{group}.") for code in violations)


def _case_for(
    rows: Mapping[str, Mapping[str, str]], code: str, field: str, made: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The case with the fewest such codes, of those whose reporters are offered this one where there are any. Of a case
    without an article, or with one that is not known, no other is named."""

    def place(case: dict[str, Any]) -> tuple[bool, bool, int]:
        groups = {violation.partition(".")[0] for violation in case["violations"]}
        others = [one.get("code") for one in case[field]]
        clashes = bool({*others} & {*_ALONE}) or (code in _ALONE and others != [])
        return clashes, not is_offered(rows, code, groups, case), len(others)

    return min(made, key=place)


def _case(draw: random.Random, named: str, number: int, told: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A case without articles and outcomes."""
    violations = list(told["violations"]) or draw.sample(domain.codes_of("violations"), 1)
    rights = domain.rights_of(violations)
    kinds = domain.codes_of("kinds")
    is_odd = number % _SELDOM == 0
    return {
        "id": f"made-up-{named}",
        "kind": next(iter(told["kinds"]), draw.choice(kinds) if is_odd else "incident"),
        "title": f"Made-up case {named}: “{draw.choice(MEANINGS)}”",
        "freedoms": domain.freedoms_of(rights),
        "rights": rights,
        "violation_primary": violations[0],
        "violations": violations,
        "date": dict(zip(("start", "end", "precision"), DATES[number % len(DATES)], strict=True)),
        "date_meaning": draw.choice(MEANINGS) if is_odd else "event",
        "underlying_event": draw.choice(("2022-01", "2021", "2023-11-03")) if is_odd else None,
        "place": _place(draw, *told["regions"]),
        "affected": _affected(draw, named, told["affected_groups"]),
        "perpetrators": [
            {"type": code, "detail": None if code in {"unknown", "private"} else draw.choice(DETAILS)}
            for code in told["perpetrator_types"]
        ],
        "legal_basis": [],
        "outcome": [],
        "narrative": _narrative(named, is_long=is_odd),
        "sample_submission": draw.choice((None, {"lang": "kk", "text": f"Оқиға {named}: әңгіме, ғ, қ, ң."})),
    }


def _narrative(named: str, *, is_long: bool) -> str:
    """In paragraphs, some of them as long as a public text may be."""
    told = f"What happened in case {named}; as told by a moderator.\n\nIn two paragraphs."
    return told + ("\n\n" + "Сот отырысы жабық өтті; адвокат кірмеді. " * 68 if is_long else "").rstrip()


def _place(draw: random.Random, region: str) -> dict[str, Any]:
    town = None if region == "XX-ONLINE" else draw.choice(TOWNS)
    return {"region": region, "locality": domain.city_of(region) or town}


def _affected(draw: random.Random, named: str, groups: Sequence[str]) -> list[dict[str, Any]]:
    """People of these groups, at least those about whom nothing is known, who have no other group: the review asks who they are."""
    known = [code for code in groups if code != "unknown"]
    others = [["unknown"]] if "unknown" in groups or not known else []
    return [
        _person(draw, f"{named}-{at}", one) for at, one in enumerate([*([known] if known else []), *others])
    ]


def _person(draw: random.Random, named: str, groups: list[str]) -> dict[str, Any]:
    least, most = draw.choice(NUMBERS)
    return {
        "name": f"Person {named}" if draw.random() < 0.5 else None,
        "role": draw.choice(ROLES),
        "groups": groups,
        "number_min": least,
        "number_max": most,
    }
