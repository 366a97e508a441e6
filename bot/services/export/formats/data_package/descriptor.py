"""Descriptor of a package (`datapackage.json`), by the Data Package standard 2.0 and Table Schema."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.form.kinds.kind import FactType
from bot.form.model import Group, Text
from bot.form.xlsform.lists import ANY
from bot.languages import exported_codes
from bot.services.export.columns import ExportColumn
from bot.services.export.formats.data_package.code_lists import CODE, CodeList
from bot.services.export.formats.data_package.tables import Field, PackageTable, Reference
from bot.services.export.formats.wording import texts
from bot.services.export.formats.writer import About
from bot.services.export.rows.table import ExportTable

_PROFILE = "https://datapackage.org/profiles/2.0/{}.json"
_DATE = r"\d{4}(-\d\d){0,2}"
_DATES = rf"({_DATE}(/({_DATE}|\.\.)?)?|\.\./{_DATE})"
"""Date or period in one text, by ISO 8601-2 (docs/export.md)."""
_TYPES = {
    FactType.INTEGER: "integer",
    FactType.DECIMAL: "number",
    FactType.BOOLEAN: "boolean",
    FactType.DAY: "date",
}
Titles = Mapping[str, str]


def descriptor(
    table: ExportTable, about: About, tables: Iterable[PackageTable], lists: Mapping[str, CodeList]
) -> dict[str, Any]:
    """Whole descriptor. Call it after the last row, when all codes are known."""
    said: dict[str, Any] = {"$schema": _PROFILE.format("datapackage"), "name": "kuager"}
    said |= _titled(_named("package"))
    if about.publisher:
        said["contributors"] = [{"title": about.publisher, "roles": ["publisher"]}]
    if about.licence:
        path = f"https://spdx.org/licenses/{about.licence}.html"
        said["licenses"] = [{"name": about.licence, "path": path}]
    resources = [_of_table(table, one, lists) for one in tables]
    return said | {"resources": resources + [_of_list(one) for one in lists.values()]}


def path_of(name: str) -> str:
    return f"{name}.csv"


def _of_table(table: ExportTable, one: PackageTable, lists: Mapping[str, CodeList]) -> dict[str, Any]:
    references = [
        *one.references,
        *(Reference((field.name,), lists[field.codes].name, (CODE,)) for field in one.fields if field.codes),
    ]
    fields = [_field(field, lists) for field in one.fields]
    return _resource(one.name, _titles_of(table, one), fields, one.key, references)


def _of_list(one: CodeList) -> dict[str, Any]:
    code, *labels = one.header
    fields: list[dict[str, Any]] = [
        {"name": code, "type": "string", "constraints": {"required": True, "unique": True}},
        *({"name": label, "type": "string"} for label in labels),
    ]
    return _resource(one.name, _headings(one.column), fields, (CODE,), ())


def _resource(
    name: str,
    titles: Titles,
    fields: list[dict[str, Any]],
    key: Iterable[str],
    references: Iterable[Reference],
) -> dict[str, Any]:
    schema: dict[str, Any] = {"$schema": _PROFILE.format("tableschema"), "fields": fields}
    schema |= {"missingValues": [""], "primaryKey": list(key)}
    if foreign := [_foreign_key(one) for one in references]:
        schema["foreignKeys"] = foreign
    return {
        "$schema": _PROFILE.format("dataresource"),
        "name": name,
        "path": path_of(name),
        **_titled(titles),
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _foreign_key(one: Reference) -> dict[str, Any]:
    theirs = {"resource": one.table, "fields": list(one.theirs)}
    return {"fields": list(one.fields), "reference": theirs}


def _field(field: Field, lists: Mapping[str, CodeList]) -> dict[str, Any]:
    titles = _headings(field.column) if field.column is not None else _named(field.name)
    said: dict[str, Any] = {"name": field.name, **_titled(titles), "type": _TYPES.get(field.type, "string")}
    constraints: dict[str, Any] = {"required": True} if field.required else {}
    if field.type is FactType.DATE:
        constraints["pattern"] = _DATES
    if constraints:
        said["constraints"] = constraints
    if field.codes and (categories := _categories(lists[field.codes])):
        said["categories"] = categories
    return said


def _categories(one: CodeList) -> list[dict[str, str]]:
    language = exported_codes()[0]
    labelled = ((code, one.label(code, language)) for code in one.codes())
    return [{"value": code, **({"label": label} if label else {})} for code, label in labelled]


def _titles_of(table: ExportTable, one: PackageTable) -> Titles:
    if one.listed is not None:
        return _headings(one.listed)
    if one.repeat and not _is_ours(table, one.repeat):
        return _in_languages(_label_of(table, one.repeat))
    return _named(one.repeat or one.name)


def _is_ours(table: ExportTable, repeat: str) -> bool:
    return any(column.repeat == repeat and not column.is_own for column in table.columns)


def _label_of(table: ExportTable, repeat: str) -> Text:
    questions = (column.question for column in table.columns if column.repeat == repeat)
    path = next(question.path for question in questions if question is not None)
    while path := path.rpartition("/")[0]:
        node = table.review.nodes.get(path)
        if isinstance(node, Group) and node.repeat:
            return node.short or node.label
    return {}


def _headings(column: ExportColumn) -> Titles:
    return {language: column.heading(texts(), language) for language in exported_codes()}


def _named(name: str) -> Titles:
    return {language: texts().text(language, f"export.package.{name}") for language in exported_codes()}


def _in_languages(text: Text) -> Titles:
    found = {language: text.get(language) or text.get(ANY, "") for language in exported_codes()}
    return {language: title for language, title in found.items() if title}


def _titled(titles: Titles) -> dict[str, Any]:
    """Title in one language, as the standard allows, and all in `titles`, named as in CSV on the Web."""
    return {"title": next(iter(titles.values())), "titles": dict(titles)} if titles else {}
