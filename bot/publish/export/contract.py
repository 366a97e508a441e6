"""Contract with recipients: a JSON Schema of JSON Lines, the codebook, digests of code lists, and differences of exports."""

import codecs
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, or_, select, text

from bot.form.kinds import value_kind
from bot.form.kinds.kind import FactType
from bot.form.markup import plain_words
from bot.form.model import Text
from bot.languages import exported_codes
from bot.publish import versions
from bot.publish.export import exports, register
from bot.publish.export.cells import OF_SEMICOLONS, ExportTable, by_language, guard
from bot.publish.export.column_values import LABELS, ExportColumn
from bot.publish.export.columns import TABLE_VERSION, question_of_codes
from bot.publish.export.formats import writing
from bot.publish.export.formats.data_package import DATES
from bot.publish.export.request import NEVER, ExportRequest
from bot.publish.export.selection import ExportScope
from bot.store.unit import UnitOfWork
from db.models import IS_PUBLIC, Export, ExportRow, PublicVersion, Report

_TYPES: Mapping[FactType, Mapping[str, Any]] = {
    FactType.INTEGER: {"type": "integer"},
    FactType.DECIMAL: {"type": "number"},
    FactType.BOOLEAN: {"type": "boolean"},
    FactType.DAY: {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"},
    FactType.DATE: {"type": "string", "pattern": f"^{DATES}$"},
}
_ALWAYS = frozenset({"id", "version"})
_TERMS = ("group", "rights", "iccpr", "civicus", "acled", "huridocs", "sdg_16_10_1")
"""Columns of the lists in `bot/forms` that say a code in others' terms."""

_BLANK = ("",) * len(_TERMS)


def digests_of_lists(table: ExportTable) -> Mapping[str, str]:
    """Digest of each code list, which changes with a code, a label or a term."""
    lists = {name: json.dumps([*_listed(table, name)], ensure_ascii=False) for name in table.labels}
    return {name: hashlib.sha256(rows.encode()).hexdigest() for name, rows in lists.items()}


def schema_of(table: ExportTable, unlisted: Mapping[str, Sequence[str]]) -> bytes:
    """JSON Schema (draft 2020-12) of a line of JSON Lines. `unlisted` are codes of records that their form no longer lists."""
    codes = {name: [*labels, *unlisted.get(name, ())] for name, labels in table.labels.items()}
    properties: dict[str, Any] = {}
    for key, columns in table.groups.items():
        fields = {one.key: _value(one, codes) for one in columns if one.is_filled}
        if columns[0].repeat:
            properties[key] = {"type": "array", "items": _object(fields)}
        else:
            properties[key] = _object(fields) if columns[0].within else fields[key]
    label = _object({language: {"type": "string"} for language in exported_codes()})
    lists = {name: _object(dict.fromkeys(codes[name], label), required=()) for name in codes}
    properties[LABELS] = _object(lists, required=())
    said = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:kuager:record:{TABLE_VERSION}",
        "title": f"Record of Kuager, table {TABLE_VERSION}",
        **_object(properties),
    }
    return f"{json.dumps(said, ensure_ascii=False, indent=1)}\n".encode()


def _object(properties: Mapping[str, Any], required: Iterable[str] | None = None) -> dict[str, Any]:
    needed = list(properties if required is None else required)
    said = {"type": "object", "properties": properties, "additionalProperties": False}
    return said | ({"required": needed} if needed else {})


def _value(column: ExportColumn, codes: Mapping[str, Collection[str]]) -> Mapping[str, Any]:
    said = dict(_TYPES.get(column.type, {"type": "string"}))
    if column.several:
        return {"type": "array", "items": said | ({"enum": [*codes[column.codes]]} if column.codes else {})}
    if column.name not in _ALWAYS:
        said["type"] = [said["type"], "null"]
    return said | ({"enum": [*codes[column.codes], None]} if column.codes else {})


def codebook_of(table: ExportTable, *, of_reporters: bool = False) -> bytes:
    """Codebook in CSV, as Excel in Kazakhstan reads it: columns and codes, with `of_reporters` those of reporters' forms."""
    labels = [f"label_{language}" for language in exported_codes()]
    head = ("what", "list", "name", *labels, *_TERMS, "type", "meaning")
    rows = _questions(table) if of_reporters else _columns(table)
    lines = [head, ("table", "", TABLE_VERSION), *rows]
    cells = ([*line, *[""] * (len(head) - len(line))] for line in lines)
    return codecs.BOM_UTF8 + b"".join(
        writing.csv_line((guard(writing.sayable(cell), OF_SEMICOLONS) for cell in row), ";") for row in cells
    )


def _columns(table: ExportTable) -> Iterator[Sequence[str]]:
    for column in table.columns:
        headings = [column.heading(writing.texts(), language) for language in exported_codes()]
        asked = _in_languages(column.question.label) if column.question is not None else ()
        meaning = "; ".join(filter(None, (*dict.fromkeys(asked), column.how)))
        type_ = [column.type.name.lower(), *["list"] * column.several, *["repeat"] * bool(column.repeat)]
        yield "column", column.codes, column.name, *headings, *_BLANK, " ".join(type_), meaning
    for name in table.labels:
        yield from (("code", name, *row) for row in _listed(table, name))


def _listed(table: ExportTable, name: str) -> Iterator[Sequence[str]]:
    """Codes of a list, each with its labels in each language and its terms, blank where it has none."""
    question = question_of_codes(table.listed[name], table.review, table.report)
    for code, label in table.labels[name].items():
        terms = question.columns.get(code, {}) if question is not None else {}
        yield code, *_in_languages(label), *(terms.get(term, "") for term in _TERMS)


def _questions(table: ExportTable) -> Iterator[Sequence[str]]:
    for form in table.reports.values():
        for one in versions.leaving_questions(form, table.review).values():
            type_ = (value_kind(one).fact_type or FactType.TEXT).name.lower()
            codes = f"{form.id}:{one.name}" if one.choices else ""
            yield "column", codes, one.name, *_in_languages(one.label), *_BLANK, type_, form.id
            yield from (("code", codes, code, *_in_languages(label)) for code, label in one.labels.items())


def _in_languages(text: Text) -> Sequence[str]:
    return list(map(plain_words, by_language(text).values()))


@dataclass(frozen=True, slots=True)
class Differences:
    """References. `gone`: delete them. `replaced`: rows of this export, by id and version, in place of older ones."""

    gone: Sequence[str]
    replaced: Sequence[dict[str, str | int]]


async def differences(unit: UnitOfWork, row: Export) -> Differences | None:
    """Differences of an export of changes from the exports that it names, or None of a whole one."""
    request, scope = ExportRequest.read_spec(row.spec), ExportScope(row.scope)
    changed = request.filters.changed
    if not changed or changed == NEVER:
        return None
    until = int(changed)
    chain = register.of_chain(until)
    first = await unit.session.scalar(select(func.max(Export.number)).where(*chain[1:], _IS_WHOLE)) or 0
    # A whole export holds all that a recipient had to keep.
    rows = select(ExportRow.report_id).join(Export, chain[0]).where(*chain[1:], Export.number >= first)
    held = select(Report.id, Report.ref).where(Report.id.in_(rows))
    mine = exists().where(ExportRow.export_number == row.number, ExportRow.report_id == Report.id)
    kept = exists().where(
        PublicVersion.report_id == Report.id, text(IS_PUBLIC), Report.consent_use.in_(scope.consents),
        register.is_unchanged(until),
    )  # fmt: skip
    missing = {one.id: one.ref for one in await unit.session.execute(held.where(~mine, ~kept))}
    # Their new rows are for the next export.
    back = await exports.passing(unit, request, scope, [*missing])
    older = select(ExportRow.report_id, func.max(ExportRow.version).label("version")).join(Export, chain[0])
    before = older.where(*chain[1:]).group_by(ExportRow.report_id).subquery()
    newer = (
        select(Report.ref, ExportRow.version)
        .join(Report, Report.id == ExportRow.report_id)
        .join(before, before.c.report_id == ExportRow.report_id)
        .where(ExportRow.export_number == row.number, before.c.version < ExportRow.version)
        .order_by(Report.ref)
    )
    replaced = [{"id": one.ref, "version": one.version} for one in await unit.session.execute(newer)]
    return Differences(sorted(ref for id_, ref in missing.items() if id_ not in back), replaced)


_IS_WHOLE = or_(Export.spec.not_like("%changed=%"), Export.spec.like(f"%changed={NEVER}"))
