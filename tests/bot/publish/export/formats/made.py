"""Exports of records made in a test, without a database: whatever a form and its answers are."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.form.answers import Answer, Chosen, Number, Precision, When
from bot.form.model import Form
from bot.form.typed.intervals import exactly
from bot.publish.export.cells import ExportTable
from bot.publish.export.formats.writing import ExportFacts, Format
from bot.publish.export.selection import ApprovedVersion
from bot.publish.versions import VersionContent
from tests.bench import as_typed, settings, text


def exported(
    forms: Mapping[str, Form],
    format_: Format,
    *records: Mapping[str, Answer | None],
    form: Form | None = None,
    changes: Sequence[Mapping[str, object]] = (),
    told: Mapping[str, Answer] | None = None,
) -> bytes:
    """The file of these records, told as answers by their paths below the root of the form. `changes` are of the records' values,
    for what no answer of today can be: a text from a database of an earlier time, say. `told` is what reporters told besides, by role, as an export for its recipients
    alone has it."""
    review = form or forms["review"]
    by_role, besides = forms["report"].by_role, told or {}
    table = ExportTable(review, forms["report"], settings().zone, [by_role[role] for role in besides])
    given_besides = {by_role[role].path: one for role, one in besides.items()}
    writer = format_.writer(table, ExportFacts())
    pieces = [writer.begin()]
    for number, answers in enumerate(records, 1):
        given = {f"/{review.name}/{name}": as_typed(one) for name, one in answers.items()}
        known = {path: one for path, one in given.items() if one is not None}
        content = VersionContent(review.id, review.version, "en", known, {})
        version = ApprovedVersion(
            f"R{number:05}", number, 500_000, "publish_no_names", content, given_besides
        )
        change = changes[number - 1] if changes else {}
        pieces.append(writer.row({**table.record(version), **change}))
    return b"".join([*pieces, *writer.end()])


CASES: Sequence[Mapping[str, Any]] = json.loads(
    (Path(__file__).parents[4] / "data" / "incidents.json").read_text("utf-8")
)["incidents"]
"""The acceptance cases."""
_PRECISIONS = {"day": Precision.DAY, "month": Precision.MONTH, "range": Precision.RANGE}


def answers_of(case: Mapping[str, Any]) -> dict[str, Answer | None]:
    """A case as the answers of its public version."""
    start, end, precision = (case["date"][name] for name in ("start", "end", "precision"))
    found: dict[str, Answer | None] = {
        "title": text(case["title"]),
        "summary": text(case["narrative"]),
        "kind": Chosen((case["kind"],)),
        "violations": Chosen(tuple(case["violations"])),
        "violation_primary": Chosen((case["violation_primary"],)),
        "rights": Chosen(tuple(case["rights"])),
        "when": When(_PRECISIONS[precision], start, end),
        "region": Chosen((case["place"]["region"],)),
        "legal_basis": Chosen(tuple(law["code"] for law in case["legal_basis"])),
    }
    for number, one in enumerate(case["affected"], 1):
        found[f"affected[{number}]/affected_role"] = text(one["role"])
        found[f"affected[{number}]/affected_groups"] = Chosen(tuple(one["groups"]))
        for end_ in ("min", "max"):
            count = one[f"number_{end_}"]
            found[f"affected[{number}]/affected_number_{end_}"] = None if count is None else Number(count)
    for number, one in enumerate(case["perpetrators"], 1):
        found[f"perpetrators[{number}]/perpetrator_type"] = Chosen((one["type"],))
        found[f"perpetrators[{number}]/perpetrator_detail"] = text(one["detail"]) if one["detail"] else None
    for number, one in enumerate(case["outcome"], 1):
        found[f"outcomes[{number}]/outcome_status"] = Chosen((one["status"],))
        found[f"outcomes[{number}]/outcome_date"] = exactly(one["date"]) if one["date"] else None
    return {name: answer for name, answer in found.items() if answer != Chosen(())}
