"""Labels of codes as values of thesauri."""

from collections.abc import Mapping, Sequence

from bot.form.model import Question
from bot.form.xlsform.lists import ANY
from bot.languages import exported_codes
from bot.services.export.columns import ExportColumn
from bot.services.export.formats.uwazi.writing import in_thesaurus, within
from bot.services.export.rows.table import ExportTable

_GROUP = "group"
"""Column with the code of a choice's group, in the same list."""
_GROUPS_ROLE = "category"
"""Role of the report's question with shorter labels of the groups."""


class ThesaurusLabels:
    def __init__(self, table: ExportTable) -> None:
        self._table = table
        self._of_lists: dict[str, dict[str, dict[str, str]]] = {}
        for column in table.columns:
            if column.codes and column.codes not in self._of_lists:
                self._of_lists[column.codes] = self._of_list(column)

    def value(self, name: str, code: str, language: str) -> str:
        """Value of a code, `Group::Type` in a list with groups. An unlisted code stands for itself."""
        return self._of_lists[name][language].get(code) or _label({}, code, language)

    def groups(self, name: str) -> Mapping[Sequence[str], Sequence[Sequence[str]]]:
        found: dict[Sequence[str], list[Sequence[str]]] = {}
        for value in zip(*(one.values() for one in self._of_lists[name].values()), strict=True):
            parts = [one.partition("::") for one in value]
            values = found.setdefault(tuple(first for first, _, _ in parts), [])
            if all(inner for _, _, inner in parts):
                values.append(tuple(inner for _, _, inner in parts))
        return found

    def _of_list(self, column: ExportColumn) -> dict[str, dict[str, str]]:
        labels, groups = self._table.labels[column.codes], _groups_in(self._question_of(column))
        shown = self._table.report.by_role.get(_GROUPS_ROLE)
        heads = {**labels, **(shown.labels if shown is not None and groups else {})}
        found: dict[str, dict[str, str]] = {}
        for language in exported_codes():
            own = found[language] = {}
            for code, label in labels.items():
                own[code] = _label(label, code, language)
                if group := groups.get(code):
                    own[code] = within(_label(heads[group], group, language), own[code])
        return found

    def _question_of(self, column: ExportColumn) -> Question | None:
        return (
            column.question if column.codes == column.name else self._table.review.by_role.get(column.codes)
        )


def _groups_in(question: Question | None) -> Mapping[str, str]:
    """Group of each choice, if the list holds all groups. A group belongs to itself, since Uwazi does not
    let groups be chosen."""
    choices = question.choices if question is not None else ()
    found = {choice.name: choice.columns.get(_GROUP, "") for choice in choices}
    return found if set(found.values()) <= found.keys() else {}


def _label(label: Mapping[str, str], code: str, language: str) -> str:
    found = label.get(language) or label.get(ANY) or next(filter(None, label.values()), "")
    return in_thesaurus(found) or in_thesaurus(code) or "?"
