"""Reading an export back as an analyst would, by what the documentation says of the format alone.

Nothing of the program is used here: the bytes of a CSV and of a JSON Lines file become the same facts.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Facts = dict[str, Any]
"""The facts of a row under the names of the acceptance cases."""

_COLUMNS = """
id version approved_on kind● title summary freedoms● rights● violations● violation_primary●
date_start date_end date_precision● date_ongoing date_meaning underlying_event region● locality
affected_role affected_groups● affected_number_min affected_number_max affected_organisation
perpetrators_type● perpetrators_detail legal_basis● outcomes_status● outcomes_date consent● language
latitude longitude within_km links incident people_counted related
title_en title_ru title_kk summary_en summary_ru summary_kk assertion●
outcomes_party● outcomes_persons outcomes_prison_years outcomes_restriction_years outcomes_arrest_days
outcomes_fine_mrp outcomes_fine_tenge sources_kind● sources_publisher sources_date sources_link tags
source_reliability● information_credibility● evidence_origin●
iccpr civicus sdg_16_10_1 acled huridocs affected_number_more_than
"""
"""The columns in the order of docs/export.md; ● marks codes, which three columns of labels follow."""
_LABELS = ("label_en", "label_ru", "label_kk")
HEADER = tuple(
    head
    for column in _COLUMNS.split()
    for head in (
        column.rstrip("●"),
        *(f"{column[:-1]}_{label}" for label in _LABELS if column.endswith("●")),
    )
)
_IN_LANGUAGES = tuple(
    f"{text}_{language}" for text in ("title", "summary") for language in ("en", "ru", "kk")
)
OUTCOME = ("party", "persons", "prison_years", "restriction_years", "arrest_days", "fine_mrp", "fine_tenge")
"""What is known of an outcome beside its status and date."""
STANDARDS = ("iccpr", "civicus", "sdg_16_10_1", "acled", "huridocs")
FIELDS: dict[str, set[str]] = {
    "": {
        "id",
        "version",
        "approved_on",
        "kind",
        "title",
        "summary",
        "freedoms",
        "rights",
        "violations",
        "violation_primary",
        "date",
        "date_meaning",
        "underlying_event",
        "place",
        "affected",
        "perpetrators",
        "legal_basis",
        "outcomes",
        "consent",
        "language",
        "links",
        "incident",
        "people_counted",
        "related",
        *_IN_LANGUAGES,
        "assertion",
        "sources",
        "tags",
        "source_reliability",
        "information_credibility",
        "evidence_origin",
        *STANDARDS,
        "labels",
    },
    "date": {"start", "end", "precision", "ongoing"},
    "place": {"region", "locality", "latitude", "longitude", "within_km"},
    "affected": {"role", "groups", "number_min", "number_max", "organisation", "number_more_than"},
    "perpetrators": {"type", "detail"},
    "outcomes": {"status", "date", *OUTCOME},
    "sources": {"kind", "publisher", "date", "link"},
}
"""The fields of a JSON object, and of the objects within it."""
LIST_OF_COLUMN = {
    "kind": "kind",
    "freedoms": "rights",
    "rights": "rights",
    "violations": "violations",
    "violation_primary": "violations",
    "date_precision": "date_precision",
    "region": "region",
    "affected_groups": "affected_groups",
    "perpetrators_type": "perpetrator_type",
    "legal_basis": "legal_basis",
    "outcomes_status": "outcome_status",
    "consent": "consent_use",
    "assertion": "assertion",
    "outcomes_party": "outcome_party",
    "sources_kind": "source_kind",
    "source_reliability": "source_reliability",
    "information_credibility": "information_credibility",
    "evidence_origin": "evidence_origin",
}
"""The list of each column of codes, as `labels` of a JSON object names it."""
Labels = dict[str, dict[str, dict[str, str]]]
"""Labels by list, code and language."""


@dataclass(frozen=True, slots=True)
class Row:
    """All of a row: what it says of the case, of which report and version, in which language, and its labels."""

    facts: Facts
    ref: str
    version: int
    approved_on: str
    language: str
    labels: Labels


REPEATS = {
    "affected": ("groups", "role", "number_min", "number_max", "organisation", "number_more_than"),
    "perpetrators": ("type", "detail"),
    "outcomes": ("status", "date", *OUTCOME),
    "sources": ("kind", "publisher", "date", "link"),
}
"""The fields of each repeat."""
LISTS = ("violations", "freedoms", "rights", "legal_basis", "links", "tags", *STANDARDS)
"""The columns of lists outside of repeats."""
_PLAIN = (
    *(
        "kind",
        "violation_primary",
        "date_meaning",
        "underlying_event",
        "title",
        "summary",
        "consent",
        "assertion",
    ),
    *("source_reliability", "information_credibility", "evidence_origin", *_IN_LANGUAGES),
)
_WHOLE = {"number_min", "number_max", "number_more_than", "persons", "arrest_days", "fine_tenge"}
_FRACTIONS = {"prison_years", "restriction_years", "fine_mrp"}


def read_csv(content: bytes) -> list[Facts]:
    """The rows of a CSV: UTF-8 with a BOM, CRLF, every cell quoted, formulas guarded by an apostrophe."""
    assert content.startswith(b"\xef\xbb\xbf")
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    return [_from_cells({name: _unguarded(cell) for name, cell in row.items()}) for row in rows]


def csv_cells(content: bytes) -> dict[str, dict[str, str]]:
    """The cells of a CSV as they stand in it, by the id of the row and the column."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    return {row["id"]: row for row in rows}


def csv_table(content: bytes) -> tuple[tuple[str, ...], list[Row]]:
    """The header of a CSV and all of its rows. Labels that stand at no code's place fail."""
    return _table(content, ",", _unguarded, float)


def excel_csv_table(content: bytes) -> tuple[tuple[str, ...], list[Row]]:
    """The same of a CSV for Excel, where `;` parts cells, a comma decimals, and an apostrophe may also stand behind a comma. A decimal
    with a point is the text that Excel takes it for."""

    def unguarded(cell: str) -> str:
        return _unguarded(cell, parted_by=r",;\t\r\n")

    return _table(
        content, ";", unguarded, lambda cell: cell if "." in cell else float(cell.replace(",", "."))
    )


def _table(
    content: bytes, separator: str, unguarded: Callable[[str], str], decimal: Callable[[str], Any]
) -> tuple[tuple[str, ...], list[Row]]:
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    lines = csv.reader(text, delimiter=separator, strict=True)
    header = tuple(next(lines))
    cells = [dict(zip(header, map(unguarded, line), strict=True)) for line in lines]
    return header, [_row_of_cells(row, decimal) for row in cells]


def _row_of_cells(row: dict[str, str], decimal: Callable[[str], Any]) -> Row:
    labels: Labels = {}
    for column in LIST_OF_COLUMN:
        add_labels(labels, column, row)
    facts = _from_cells(row, decimal)
    return Row(facts, row["id"], int(row["version"]), row["approved_on"], row["language"], labels)


def add_labels(labels: Labels, column: str, row: Mapping[str, str]) -> None:
    """Those in the cells beside a column of codes, each at the place of its code."""
    codes = list(_all_values(row[column]))
    for label in _LABELS:
        said = list(_all_values(row[f"{column}_{label}"]))
        assert len(said) == len(codes), (column, codes, said)
        for code, word in zip(codes, said, strict=True):
            labels.setdefault(LIST_OF_COLUMN[column], {}).setdefault(code, {})[label[-2:]] = word


def _all_values(cell: str) -> Iterator[str]:
    """The values in all instances of a cell, list or not."""
    for part in _parts(cell):
        yield from values_in(part)


def _unguarded(cell: str, parted_by: str = r";\t\r\n") -> str:
    whole = cell[1:] if re.match(r"'[\s']*[=+\-@\t\r＝＋－＠]", cell) else cell
    return re.sub(rf"([{parted_by}])'(?=['\"\s]*[=+\-@＝＋－＠])", r"\1", whole)


def _from_cells(row: dict[str, str], decimal: Callable[[str], Any] = float) -> Facts:
    facts: Facts = {name: row[name] or None for name in (*_PLAIN, "region", "locality")}
    facts |= {name: values_in(row[name]) for name in LISTS}
    kinds: Mapping[str, Callable[[str], Any]] = {"latitude": decimal, "longitude": decimal, "within_km": int}
    facts |= {name: kind(row[name]) if row[name] else None for name, kind in kinds.items()}
    facts["date"] = (row["date_start"] or None, row["date_end"] or None, row["date_precision"])
    facts["ongoing"] = row["date_ongoing"] == "yes"
    for repeat, fields in REPEATS.items():
        columns = {field: _parts(row[f"{repeat}_{field}"]) for field in fields}
        count = max(len(parts) for parts in columns.values())
        assert all(len(parts) == count for parts in columns.values()), columns
        # The first field is never blank in an instance: it tells whether there is one at all.
        count = count if row[f"{repeat}_{fields[0]}"] else 0
        facts[repeat] = [
            {field: _cell(field, columns[field][place], decimal) for field in fields}
            for place in range(count)
        ]
    return facts


def _cell(field: str, part: str, decimal: Callable[[str], Any]) -> Any:
    if field == "groups":
        return values_in(part)
    plain = _plain(part) or None
    if plain and field in _WHOLE | _FRACTIONS:
        return int(plain) if field in _WHOLE else decimal(plain)
    return plain


def _parts(cell: str) -> list[str]:
    """The instances in a cell, whose bars are not escaped."""
    return _split(cell, " | ")


def values_in(cell: str) -> list[str]:
    """The values of a list in a cell."""
    return [_plain(value) for value in _split(cell, "; ")] if cell else []


def _split(cell: str, separator: str) -> list[str]:
    pieces, start, place = [], 0, 0
    while place < len(cell):
        if cell[place] == "\\":
            place += 2
        elif cell.startswith(separator, place):
            pieces.append(cell[start:place])
            start = place = place + len(separator)
        else:
            place += 1
    return [*pieces, cell[start:]]


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)


def read_jsonl(content: bytes) -> list[Facts]:
    """The documents of a JSON Lines file."""
    return [facts_of_document(json.loads(line)) for line in content.decode().splitlines()]


def json_rows(content: bytes) -> tuple[list[str], list[Row]]:
    """The objects of a JSON Lines file whole, and the objects in them whose fields are not those of the contract."""
    documents = [json.loads(line) for line in content.decode().splitlines()]
    wrong = [name for document in documents for name, one in _objects(document) if set(one) != FIELDS[name]]
    return [f"fields: {name!r}" for name in wrong], [
        Row(
            facts_of_document(one),
            one["id"],
            one["version"],
            one["approved_on"],
            one["language"],
            one["labels"],
        )
        for one in documents
    ]


def _objects(document: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    yield "", document
    for name in FIELDS.keys() - {""}:
        found = document[name]
        yield from ((name, one) for one in (found if isinstance(found, list) else [found]))


def facts_of_document(document: Mapping[str, Any]) -> Facts:
    """The facts of a record that is nested as in JSON Lines."""
    facts: Facts = {name: document[name] for name in (*_PLAIN, *LISTS)}
    facts |= document["place"]
    date = document["date"]
    facts["date"], facts["ongoing"] = (date["start"], date["end"], date["precision"]), date["ongoing"]
    for repeat, fields in REPEATS.items():
        facts[repeat] = [{field: instance[field] for field in fields} for instance in document[repeat]]
    return facts
