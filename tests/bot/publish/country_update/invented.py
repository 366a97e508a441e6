"""Invented records with coded facts in many combinations, and contexts to tell them in, without a database."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.model import Form
from bot.publish.country_update.context import Lists, UpdateContext
from bot.publish.country_update.document import DocumentTexts
from bot.publish.country_update.request import Months, UpdateRecord
from bot.publish.export.cells import ExportTable
from bot.publish.export.selection import Statistics
from bot.texts import Texts
from tests.bench import settings
from tests.end_to_end import domain

LEFT_OUT = {"unknown", "UNKNOWN", "XX-UNKNOWN", "NONE"}
_DATES = (
    "2024-03-08", "2023-11", "2024-01", "2023", "2023-05-21", "2024-02-02", "2023-06-30", "2022-07", "2023-08-11", "2023-09",
    "2024-10-01", "2022-12-12", "2023-04", "2024",
)  # fmt: skip
_SPANS = (("2023-01", "2024-04"), ("2022", "2023"), ("2023-05-02", "2023-06-30"), ("2024-02", "..ongoing"))
_PERSONS = (None, None, 1, 2, 3, 4, 5, 7, 11, 12, 21, 22, 25, 101, 112)
_YEARS = (1, 2, 3, 4, 5, 1.5, 2.25, 7, 11, 21)
_AMOUNTS = {
    "convicted_prison": ("prison_years", _YEARS),
    "convicted_suspended": ("prison_years", _YEARS),
    "convicted_other": ("restriction_years", _YEARS),
    "toughened": ("prison_years", _YEARS),
    "admin_arrest": ("arrest_days", (1, 2, 5, 10, 15, 21, 22)),
    "fined": ("fine_mrp", (1, 2, 5, 21, 50, 100)),
}


@cache
def codes(name: str) -> Sequence[str]:
    """Codes of a list that say something."""
    return [code for code in domain.LABELS[name] if code not in LEFT_OUT or name == "perpetrator_types"]


def context_of(forms: Mapping[str, Form], language: str, records: Sequence[UpdateRecord]) -> UpdateContext:
    """Context of a document of these records."""
    table = ExportTable(forms["review"], forms["report"], ZoneInfo("Asia/Almaty"))
    words = DocumentTexts(Texts((language,)), language)
    about = Months("2022-01", "2024-12"), date(2025, 1, 1), settings(), Statistics(0, 0, 0), 60
    return UpdateContext(words, Lists.of(table), *about, records, ())


def records(number: int, language: str) -> Sequence[UpdateRecord]:
    """Records whose free text is in a language, each unlike the others; equal in every run."""
    chance = random.Random(33)
    return [UpdateRecord({**_row(chance, place), "language": language}, place) for place in range(number)]


def _row(chance: random.Random, place: int) -> Mapping[str, Any]:
    row = _blank(place)
    statuses = codes("statuses")
    for column, names in (("affected_groups", "affected_groups"), ("perpetrators_type", "perpetrator_types")):
        found = codes(names)
        row[column] = [found[(place * 11 + n * 3) % len(found)] for n in range(chance.choice((0, 1, 1, 2)))]
    row["affected_groups"] = [row["affected_groups"]]
    least = chance.choice(_PERSONS)
    row["affected_number_min"] = [least]
    row["affected_number_max"] = [chance.choice((least, least, None, least and least + 3))]
    row["affected_role"] = [chance.choice((None, f"Qrole{place}"))]
    if place % 9 == 0:  # another group of people
        row["affected_groups"].append([codes("affected_groups")[place % len(codes("affected_groups"))]])
        row["affected_number_min"].append(chance.choice((None, 2, 5, 30)))
        row["affected_number_max"].append(None)
        row["affected_role"].append(chance.choice((None, f"Qother{place}")))
    row["perpetrators_detail"] = [
        chance.choice((None, None, f"Qdetail{place}")) for _ in row["perpetrators_type"]
    ]
    row["region"] = chance.choice((None, *codes("regions")))
    row["locality"] = chance.choice((None, f"Qtown{place}"))
    row["legal_basis"] = chance.choice(
        (
            [],
            ["NONE"],
            [codes("legal_basis")[place % 33]],
            [codes("legal_basis")[(place * 5 + n) % 34] for n in (0, 9)],
        )
    )
    row |= _dated(chance, place)
    row["assertion"] = chance.choice((None, "alleged", "reported", "confirmed", "confirmed"))
    row["underlying_event"] = chance.choice((None, None, "2022-01"))
    _add_outcomes(
        chance,
        row,
        [statuses[(place * 5 + n * 11) % len(statuses)] for n in range(chance.choice((0, 1, 1, 2, 3)))],
    )
    return row


def _blank(place: int) -> dict[str, Any]:
    names = (
        "title_ru",
        "title_kk",
        "title_en",
        "incident",
        "date_meaning",
        "underlying_event",
        "violation_primary",
    )
    said: dict[str, Any] = dict.fromkeys(names)
    return {
        **said,
        "id": f"R{place}",
        "version": 1,
        "kind": "law_policy" if place % 7 == 3 else "incident",
        "language": "ru",
        "date_ongoing": False,
    }


def _dated(chance: random.Random, place: int) -> dict[str, Any]:
    found: dict[str, Any] = {"date_precision": "unknown", "date_start": None, "date_end": None}
    kind = chance.choice(("unknown", "point", "point", "point", "span"))
    if kind == "point":
        start = _DATES[place % len(_DATES)]
        found = {
            "date_precision": {4: "year", 7: "month", 10: "day"}[len(start)],
            "date_start": start,
            "date_end": start,
        }
    elif kind == "span":
        start, end = _SPANS[place % len(_SPANS)]
        going = end == "..ongoing"
        found = {
            "date_precision": "range",
            "date_start": start,
            "date_end": None if going else end,
            "date_ongoing": going,
        }
    found["date_meaning"] = chance.choice(("event", "event", "decision", "planned", None))
    return found


def _add_outcomes(chance: random.Random, row: dict[str, Any], statuses: Sequence[str]) -> None:
    names = ("prison_years", "restriction_years", "arrest_days", "fine_mrp", "fine_tenge")
    row |= {f"outcomes_{name}": [None] * len(statuses) for name in names}
    row["outcomes_status"] = list(statuses)
    party = chance.choice((*codes("outcome_parties"), "affected", None))
    persons = chance.choice(_PERSONS)
    row["outcomes_party"] = [chance.choice((party, party, *codes("outcome_parties"))) for _ in statuses]
    row["outcomes_persons"] = [
        persons if one == party else chance.choice(_PERSONS) for one in row["outcomes_party"]
    ]
    row["outcomes_date"] = [chance.choice((None, *_DATES)) for _ in statuses]
    for place, status in enumerate(statuses):
        name, values = _AMOUNTS.get(status, ("", ()))
        if name and chance.random() < 0.8:
            row[f"outcomes_{name}"][place] = chance.choice(values)
            if name == "fine_mrp" and chance.random() < 0.5:
                row["outcomes_fine_tenge"][place] = 184600


def free_texts(record: UpdateRecord) -> Iterator[str]:
    """Words of a person in a record."""
    for column in ("affected_role", "perpetrators_detail", "locality"):
        yield from (one for one in record.listed(column) if one)
