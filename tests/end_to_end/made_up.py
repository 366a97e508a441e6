"""Cases that nobody has seen: drawn from the code lists, as varied as the schema of real ones allows."""

import csv
import random
from collections.abc import Sequence
from typing import Any

from tests.end_to_end.people import ROOT

KINDS = ("incident", "pattern", "law_policy", "accountability", "positive")
MEANINGS = ("event", "appeal ruling", "planned date of the assembly")
ROLES = ("civic activist", "студенты университета", "Қазақстан заңгерлері", "reporters; two | three")
DETAILS = (None, "city police", "аудандық сот", "«КНБ»; отдел | 2")
FREEDOMS = ("expression", "association", "assembly")


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / f"bot/forms/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


VIOLATIONS, REGIONS, GROUPS = _rows("violations"), _rows("regions"), _rows("affected_groups")
LAWS, STATUSES, PERPETRATORS = _rows("legal_basis"), _rows("statuses"), _rows("perpetrator_types")


def case(seed: int) -> dict[str, Any]:
    """A case of the same shape as those of tests/data/incidents.json."""
    draw = random.Random(seed)
    violations = [row["name"] for row in draw.sample(VIOLATIONS, draw.randint(1, 4))]
    rights = _rights(violations)
    return {
        "id": f"made-up-{seed}",
        "kind": draw.choice(KINDS),
        "title": f"Made-up case {seed}: “{draw.choice(MEANINGS)}”",
        "freedoms": [freedom for freedom in FREEDOMS if freedom in rights],
        "rights": rights,
        "violation_primary": violations[0],
        "violations": violations,
        "date": _date(draw),
        "date_meaning": draw.choice(MEANINGS),
        "underlying_event": draw.choice((None, "2022-01", "2021", "2023-11-03")),
        "place": _place(draw),
        "affected": [_affected(draw, seed, number) for number in range(draw.randint(1, 3))],
        "perpetrators": [
            {"type": row["name"], "detail": _detail(draw, row["name"])}
            for row in draw.sample(PERPETRATORS, draw.randint(0, 3))
        ],
        "legal_basis": [{"code": code} for code in _laws(draw)],
        "outcome": [
            {"status": row["name"], "date": draw.choice((None, "2024-02", "2024-03-01"))}
            for row in draw.sample(STATUSES, draw.randint(0, 3))
        ],
        "narrative": _narrative(draw, seed),
        "sample_submission": draw.choice((None, {"lang": "kk", "text": f"Оқиға {seed}: әңгіме, ғ, қ, ң."})),
    }


def _narrative(draw: random.Random, seed: int) -> str:
    """In paragraphs, some of them as long as a public text may be."""
    told = f"What happened in case {seed}; as told by a moderator.\n\nIn two paragraphs."
    return told + draw.choice(("", "\n\n" + "Сот отырысы жабық өтті; адвокат кірмеді. " * 68)).rstrip()


def _rights(violations: Sequence[str]) -> list[str]:
    """By the codes, a group only where none of its types stands."""
    typed = {code.partition(".")[0] for code in violations if "." in code}
    counted = [code for code in violations if "." in code or code not in typed]
    rights = {row["name"]: row["rights"].split() for row in VIOLATIONS}
    return list(dict.fromkeys(right for code in counted for right in rights[code]))


def _date(draw: random.Random) -> dict[str, Any]:
    start, end, precision = draw.choice(
        (
            ("2024-03-08", "2024-03-08", "day"),
            ("2023-11-30", "2023-11-30", "day"),
            ("2024-02", None, "month"),
            ("2019", None, "year"),
            ("2023-12", "2024-02", "range"),
            ("2024-01-05", "2024-01-09", "range"),
            ("2020-01", "2021-05-20", "range"),
        )
    )
    return {"start": start, "end": end, "precision": precision}


def _place(draw: random.Random) -> dict[str, Any]:
    region = draw.choice(REGIONS)
    if region["type"] == "city":
        return {"region": region["name"], "locality": region["locality"]}
    towns = (None, "Каскелен", "Ақтоғай ауылы", "Town of many words (new)")
    town = draw.choice(towns)
    return {"region": region["name"], "locality": None if region["name"] == "XX-ONLINE" else town}


def _affected(draw: random.Random, seed: int, number: int) -> dict[str, Any]:
    known = [row["name"] for row in GROUPS if row["name"] != "unknown"]
    groups = draw.choice((["unknown"], draw.sample(known, draw.randint(1, 3))))
    least, most = draw.choice(((None, None), (1, 1), (2, 5), (3, 3), (2, None), (7, 12), (40, 40), (21, 100)))
    named = draw.random() < 0.5
    return {
        "name": f"Person {seed}-{number}" if named else None,
        "role": draw.choice(ROLES),
        "groups": groups,
        "number_min": least,
        "number_max": most,
    }


def _detail(draw: random.Random, type_: str) -> str | None:
    return None if type_ in {"unknown", "private"} else draw.choice(DETAILS)


def _laws(draw: random.Random) -> list[str]:
    alone = {"NONE", "UNKNOWN"}
    codes = [row["name"] for row in LAWS if row["name"] not in alone]
    return draw.choice(([draw.choice(sorted(alone))], draw.sample(codes, draw.randint(0, 3))))
