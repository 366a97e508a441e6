"""Cases that nobody has seen: drawn from the domain's lists, as varied as the schema of real ones allows.

Consecutive seeds go through each list, so that some twenty of them have every code in them.
"""

import random
from collections.abc import Sequence
from typing import Any

from tests.end_to_end import domain

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
_STEPS = {"violations": 5}
"""Codes of a list from one seed to the next, where it is not two."""


def case(seed: int) -> dict[str, Any]:
    """A case of the same shape as those of tests/data/incidents.json."""
    draw = random.Random(seed)
    violations = _turn("violations", seed, 5)
    rights = domain.rights_of(violations)
    kinds = domain.codes_of("kinds")
    return {
        "id": f"made-up-{seed}",
        "kind": kinds[seed % len(kinds)],
        "title": f"Made-up case {seed}: “{draw.choice(MEANINGS)}”",
        "freedoms": domain.freedoms_of(rights),
        "rights": rights,
        "violation_primary": violations[0],
        "violations": violations,
        "date": dict(zip(("start", "end", "precision"), DATES[seed % len(DATES)], strict=True)),
        "date_meaning": draw.choice(MEANINGS),
        "underlying_event": draw.choice((None, "2022-01", "2021", "2023-11-03")),
        "place": _place(draw, seed),
        "affected": [_affected(draw, seed, number) for number in range(draw.randint(1, 3))],
        "perpetrators": [
            {"type": code, "detail": None if code in {"unknown", "private"} else draw.choice(DETAILS)}
            for code in _turn("perpetrator_types", seed, draw.randint(0, 3))
        ],
        "legal_basis": [{"code": code} for code in _laws(seed)],
        "outcome": [
            {"status": code, "date": draw.choice((None, "2024-02", "2024-03-01", "2023"))}
            for code in _turn("statuses", seed, draw.choice((0, 2, 2, 3, 4)))
        ],
        "narrative": _narrative(draw, seed),
        "sample_submission": draw.choice((None, {"lang": "kk", "text": f"Оқиға {seed}: әңгіме, ғ, қ, ң."})),
    }


def _turn(name: str, seed: int, count: int, without: Sequence[str] = ()) -> list[str]:
    """So many codes of a list from where it is this seed's turn, which is _STEPS further than the last one's."""
    codes = [code for code in domain.codes_of(name) if code not in without]
    random.Random(name).shuffle(codes)
    start = seed * _STEPS.get(name, 2) % len(codes)
    return list(dict.fromkeys((codes + codes)[start : start + count]))


def _narrative(draw: random.Random, seed: int) -> str:
    """In paragraphs, some of them as long as a public text may be."""
    told = f"What happened in case {seed}; as told by a moderator.\n\nIn two paragraphs."
    return told + draw.choice(("", "\n\n" + "Сот отырысы жабық өтті; адвокат кірмеді. " * 68)).rstrip()


def _place(draw: random.Random, seed: int) -> dict[str, Any]:
    regions = list(domain.REGIONS)
    region = regions[seed % len(regions)]
    town = None if region == "XX-ONLINE" else draw.choice(TOWNS)
    return {"region": region, "locality": domain.city_of(region) or town}


def _affected(draw: random.Random, seed: int, number: int) -> dict[str, Any]:
    known = _turn("affected_groups", seed + number, draw.randint(1, 3), ("unknown",))
    least, most = draw.choice(NUMBERS)
    return {
        "name": f"Person {seed}-{number}" if draw.random() < 0.5 else None,
        "role": draw.choice(ROLES),
        "groups": draw.choice((["unknown"], known, known)),
        "number_min": least,
        "number_max": most,
    }


def _laws(seed: int) -> list[str]:
    return [_ALONE[seed % 2]] if seed % 6 == 0 else _turn("legal_basis", seed, 2 + seed % 2, _ALONE)
