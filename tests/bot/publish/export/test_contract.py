"""The contract with recipients: a version of the columns, a JSON Schema of JSON Lines, and a codebook."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it has no types

from bot.form.answers import Chosen
from bot.form.model import Form
from bot.publish.export import contract
from bot.publish.export.cells import ExportTable
from bot.publish.export.columns import TABLE_VERSION, fixed_columns
from bot.publish.export.formats.lines import JSON_LINES
from tests.bench import text
from tests.bot.publish.export.formats.made import CASES, answers_of, exported
from tests.bot.publish.export.formats.records import OWN_ANSWERS, ZONE, our_table, own_table, version, written
from tests.bot.publish.export.published import FULL

DIGESTS: Mapping[str, str] = json.loads(
    (Path(__file__).parents[3] / "data" / "export_columns.json").read_text("utf-8")
)
"""The digest of the columns of each version of the table."""


def judge(table: ExportTable, unlisted: Mapping[str, list[str]] | None = None) -> Any:
    """The validator of a table's schema, which is one itself."""
    schema = json.loads(contract.schema_of(table, unlisted or {}))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def wrong(validator: Any, content: bytes) -> list[str]:
    """Faults in the lines of a file."""
    return [
        error.message for line in content.splitlines() for error in validator.iter_errors(json.loads(line))
    ]


def test_columns_do_not_change_without_a_new_version() -> None:
    """Raise TABLE_VERSION, then add its digest to tests/data/export_columns.json; earlier lines stay."""
    told = [
        (one.name, one.repeat, one.within, one.key, str(one.type), one.several, one.codes)
        for one in fixed_columns()
    ]
    assert hashlib.sha256(json.dumps(told).encode()).hexdigest() == DIGESTS[TABLE_VERSION]
    assert len(set(DIGESTS.values())) == len(DIGESTS)
    assert max(DIGESTS, key=lambda one: tuple(map(int, one.split(".")))) == TABLE_VERSION


def test_every_case_is_as_the_schema_says(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """The acceptance cases, a record that says all, an empty one, and those of a form of one's own."""
    table = our_table(forms)
    content = exported(forms, JSON_LINES, *map(answers_of, CASES), FULL, {"title": text("Held")})
    assert len(content.splitlines()) == len(CASES) + 2
    assert wrong(judge(table), content) == []
    own = own_table(forms, tmp_path)
    made = written(JSON_LINES, own, [version("R1", OWN_ANSWERS, "own")])
    assert own.unlisted == {"incidents": ["no_longer_listed"]}
    assert wrong(judge(own, own.unlisted), made) == []
    assert "no_longer_listed" in " ".join(wrong(judge(own), made))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["region"], None),
        (["place", "region"], "KZ-99"),
        (["violations", 0], "detention.unheard"),
        (["affected", 0, "groups", 0], "reporter"),
        (["affected", 0, "number_min"], "2"),
        (["affected"], None),
        (["outcomes", 0, "date"], "2 April"),
        (["date", "ongoing"], "yes"),
        (["version"], None),
        (["approved_on"], "2026-3-2"),
        (["labels", "region", "KZ-75", "ru"], None),
        (["iccpr"], "9; 21"),
    ],
)
def test_a_row_that_is_wrong_is_found_out(
    forms: Mapping[str, Form], path: list[str | int], value: object
) -> None:
    """An unknown code, another type, a field too many."""
    table = our_table(forms)
    row = json.loads(written(JSON_LINES, table, [version("R1")]))
    validator = judge(table)
    assert validator.is_valid(row)
    changed = at = deepcopy(row)
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    assert not validator.is_valid(changed)
    del row["tags"]
    assert not validator.is_valid(row)


def codebook(content: bytes) -> list[dict[str, str]]:
    """The rows of a codebook, as Excel of the region opens it."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_codebook_explains_each_column_and_each_code(forms: Mapping[str, Form]) -> None:
    """In three languages, with type and list, and the terms of standards; codes as the lists have them."""
    table = our_table(forms)
    rows = codebook(contract.codebook_of(table))
    assert rows[0]["name"] == TABLE_VERSION
    columns = {row["name"]: row for row in rows if row["what"] == "column"}
    assert list(columns) == [column.name for column in table.columns]
    assert all(row[f"label_{code}"] for row in columns.values() for code in ("en", "ru", "kk"))
    groups = columns["affected_groups"]
    assert (groups["list"], groups["type"]) == ("affected_groups", "code list repeat")
    assert columns["approved_on"]["meaning"].endswith("/approve")
    codes = {(row["list"], row["name"]): row for row in rows if row["what"] == "code"}
    almaty = codes["region", "KZ-75"]
    assert [almaty[f"label_{code}"] for code in ("en", "ru", "kk")] == [
        "Almaty",
        "г. Алматы",
        "Алматы қаласы",
    ]
    held = codes["violations", "detention.short_term"]
    assert (held["group"], held["rights"], held["iccpr"], held["huridocs"], held["sdg_16_10_1"]) == (
        ("detention", "liberty", "9", "030101000000", "arbitrary_detention")
    )
    assert {row["list"] for row in columns.values()} - {""} == {name for name, _ in codes}


def test_a_form_of_ones_own_has_its_codes_in_the_contract(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """A list that changes has another digest, the others keep theirs."""
    rows = codebook(contract.codebook_of(own_table(forms, tmp_path)))
    assert [row["label_en"] for row in rows if row["list"] == "tools" and row["what"] == "code"] == [
        "Water",
        "Smoke",
    ]
    ours, table = contract.digests_of_lists(our_table(forms)), our_table(forms)
    table.labels = {**table.labels, "region": {**table.labels["region"], "KZ-99": {"en": "=Nowhere"}}}
    changed = contract.digests_of_lists(table)
    assert {name for name in ours if ours[name] != changed[name]} == {"region"}
    assert any(row["label_en"] == "'=Nowhere" for row in codebook(contract.codebook_of(table)))


def test_answers_have_a_codebook_of_their_forms(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """Questions that may leave, with their choices."""
    form = forms["report"]
    table = ExportTable(forms["review"], form, ZONE, (), {form.id: form})
    assert [row["what"] for row in codebook(contract.codebook_of(table, of_reporters=True))] == ["table"]
    own = own_table(forms, tmp_path).review
    table = ExportTable(forms["review"], form, ZONE, (), {own.id: own})
    rows = codebook(contract.codebook_of(table, of_reporters=True))
    assert {"name": "hours", "type": "decimal", "label_en": "Hours"}.items() <= next(
        row for row in rows if row["name"] == "hours"
    ).items()
    assert ("own:tools", "water") in [(row["list"], row["name"]) for row in rows]
    assert "secret" not in [row["name"] for row in rows]


def test_a_code_that_is_chosen_twice_is_listed_once(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """So a schema has no code twice, which its standard forbids."""
    own = own_table(forms, tmp_path)
    answers = {**OWN_ANSWERS, "incidents": Chosen(("gone_too",))}
    written(JSON_LINES, own, [version("R1", answers, "own"), version("R2", answers, "own")])
    assert own.unlisted == {"incidents": ["gone_too"]}
