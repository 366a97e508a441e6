"""Exports of records made in a test, without a database: whatever a form and its answers are."""

from collections.abc import Mapping, Sequence

from bot.form.answers import Answer
from bot.form.model import Form
from bot.services.desk.publishing.versions import VersionContent
from bot.services.export.formats.writer import About, Format
from bot.services.export.selection import ApprovedVersion
from bot.services.export.table import ExportTable
from tests.bench import as_typed, settings


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
    writer = format_.writer(table, About(is_public=not besides))
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
