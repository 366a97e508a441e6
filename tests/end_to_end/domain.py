"""Codes and labels as the domain has them, for judging: nothing here is read from the program.

`tests/data/domain` is a copy of the lists that the program was built from. `tests/data/reviewed_labels.csv` has, written by
hand, what an editor of three languages changed of them since, and the labels of the few lists that the domain leaves open.
"""

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"
LANGUAGES = ("kk", "ru", "en")
FREEDOMS = ("expression", "association", "assembly")
"""The three rights of the mandate, in the order in which they are exported."""

_LIST_OF_QUESTION = {
    "category": "groups",
    "more_groups": "groups",
    "types": "types",
    "more_types": "types",
    "violations": "violations",
    "violation_primary": "violations",
    "kind": "kinds",
    "rights": "rights",
    "region": "regions",
    "affected_groups": "affected_groups",
    "affected_number": "number_bands",
    "affected_name_ok": "name_consent",
    "perpetrator_type": "perpetrator_types",
    "legal_basis": "legal_basis",
    "outcome_status": "statuses",
    "urgent": "yesno",
    "consent_store": "yesno",
    "depth": "depth",
    "evidence_own": "provenance",
    "source": "source_relation",
    "reported": "reported_to",
    "needs": "needs",
    "consent_use": "consent_use",
    "consent_ask": "yesno",
    "place_share": "coarseness",
    "assertion": "assertions",
    "outcome_party": "outcome_parties",
    "source_kind": "source_kinds",
    "reliability": "source_reliability",
    "credibility": "information_credibility",
    "evidence_origin": "evidence_origins",
}
"""The list that each question of the report and of the review chooses from."""
_BUTTONS = {
    "yesno": {"yes": "yes", "no": "no", "dont_know": "dont_know"},
    "consent_use": {code: code for code in ("publish_no_names", "share_trusted", "statistics_only")},
    "provenance": {code: code for code in ("self", "from_person", "from_internet")},
    "name_consent": {"public": "public", "agreed": "agreed", "no": "no"},
    "depth": {"short": "quick", "full": "full"},
}
"""Short lists that the domain has as buttons of its questionnaire: the button of each code."""


def _read(name: str) -> Any:
    return json.loads((DATA / "domain" / f"{name}.json").read_text("utf-8"))


def _labels(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Labels by code and language; one that is no word is the same in all."""
    return {
        row["code"]: dict.fromkeys(LANGUAGES, row["label"])
        if isinstance(row["label"], str)
        else dict(row["label"])
        for row in rows
    }


def _all_labels() -> dict[str, dict[str, dict[str, str]]]:
    taxonomy, buttons = _read("taxonomy"), _read("questionnaire")["buttons"]
    found = {name: _labels(rows) for name, rows in _read("lists").items()}
    found |= {"groups": _labels(taxonomy["groups"]), "types": _labels(taxonomy["types"])}
    found |= {
        "violations": _labels([*taxonomy["groups"], *taxonomy["types"]]),
        "regions": _labels(REGIONS.values()),
    }
    for name, codes in _BUTTONS.items():
        found[name] = {code: dict(buttons[button]) for code, button in codes.items()}
    with (DATA / "reviewed_labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            said = {language: row[language] for language in LANGUAGES if row[language]}
            for name in {row["list"], "violations" if row["list"] == "types" else row["list"]}:
                found.setdefault(name, {}).setdefault(row["code"], {}).update(said)
    return found


REGIONS: Mapping[str, Mapping[str, Any]] = {row["code"]: row for row in _read("regions")}
LABELS = _all_labels()
"""By list, code and language."""
_EXILE = {
    "code": "return.exile",
    "rights": ["movement"],
    "iccpr": "12",
    "huridocs": "",
    "civicus": "harassment; intimidation",
    "acled": "",
    "sdg_16_10_1": "other_harmful_act",
}
"""Forced to leave the country, which the domain's first list lacks: ICCPR 12 (2) and (4), the right to live in it."""
_STANDARDS = {row["code"]: row for part in ("groups", "types") for row in _read("taxonomy")[part]} | {
    "return.exile": _EXILE
}
_RIGHTS = {code: tuple(row["rights"]) for code, row in _STANDARDS.items()}
_OF_GROUPS = {
    "detention": {"acled": "Strategic developments/Arrests", "sdg_16_10_1": "arbitrary_detention"},
    **{
        group: {"sdg_16_10_1": "other_harmful_act"}
        for group in ("prosecution", "fair_trial", "assembly", "expression", "association", "pressure")
    },
}
"""What a standard says of a group whose type nobody knows, by docs/lists.md; the domain leaves it open but for case-020."""
_CASES_OF_SDG = {"incident", "pattern"}
_DEFENDERS = {"journalist", "blogger", "trade_unionist", "hrd", "activist", "womens_rights", "diaspora"}
"""Whom SDG indicator 16.10.1 counts, by docs/export.md."""


_HRD = {"hrd", "activist", "womens_rights", "diaspora"}
SPEAKS_OF = {
    "HRD detained": _HRD,
    "HRD prosecuted": _HRD,
    "HRD threatened": _HRD,
    "HRD killed": _HRD,
    "journalist detained": {"journalist"},
    "attack on journalist": {"journalist"},
    "protestor(s) detained": {"protester"},
    "protestor(s) killed": {"protester"},
    "office raid": {"organisation"},
    "LGBTI": {"lgbtqi"},
    "women": {"womens_rights"},
    "minority groups": {"diaspora"},
}
"""By a tag of the CIVICUS Monitor, the groups that its words are about: who they are by docs/lists.md, never by its lists."""
ACLED_BY_PROTESTERS = {
    "detention.mass": ("Protests/Protest with intervention", "Strategic developments/Arrests"),
    "violence.killing": ("Protests/Excessive force against protesters", "Violence against civilians/Attack"),
}
"""By a violation, the sub-event where protesters are affected, and any other. ACLED's codebook has events of protests for peaceful
demonstrators alone."""


def standards_of(kind: str, violations: Sequence[str], affected: Iterable[str]) -> dict[str, list[str]]:
    """The codes of standards that a record of these codes has; those of a real case are in the case."""
    typed = {code.partition(".")[0] for code in violations if "." in code}
    rows = [
        {**_OF_GROUPS.get(code, {}), **_STANDARDS[code], **_acled(code, affected)}
        for code in violations
        if "." in code or code not in typed
    ]
    found = {
        name: list(
            dict.fromkeys(
                one.strip() for row in rows for one in re.split(r";|,(?=\d)", row.get(name, "")) if one
            )
        )
        for name in ("iccpr", "civicus", "sdg_16_10_1", "acled", "huridocs")
    }
    if kind not in _CASES_OF_SDG or not _DEFENDERS & set(affected):
        found["sdg_16_10_1"] = []
    found["civicus"] = [
        tag for tag in found["civicus"] if tag not in SPEAKS_OF or SPEAKS_OF[tag] & set(affected)
    ]
    return found


def _acled(code: str, affected: Iterable[str]) -> dict[str, str]:
    protests, other = ACLED_BY_PROTESTERS.get(code, ("", ""))
    return {"acled": protests if "protester" in affected else other} if other else {}


def label_of(question: str, code: str, language: str) -> str | None:
    """What a question says of one of its choices; None if the domain has no list for the question."""
    name = _LIST_OF_QUESTION.get(question)
    return None if name is None else LABELS[name][code][language]


def codes_of(name: str) -> list[str]:
    """The codes of a list, in its order."""
    return list(LABELS[name])


def rights_of(violations: Sequence[str]) -> list[str]:
    """The rights that violations touch, in their order; a group's own count only where none of its types is named."""
    typed = {code.partition(".")[0] for code in violations if "." in code}
    counted = [code for code in violations if "." in code or code not in typed]
    return list(dict.fromkeys(right for code in counted for right in _RIGHTS[code]))


def freedoms_of(rights: Sequence[str]) -> list[str]:
    """Those of the rights that are the mandate's."""
    return [freedom for freedom in FREEDOMS if freedom in rights]


def city_of(region: str) -> str | None:
    """The city that a region is: three cities have a region's rank."""
    found = REGIONS[region]
    return str(found["label"]["en"]).removesuffix(" City") if found["type"] == "city" else None
