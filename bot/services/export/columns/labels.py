"""Labels of the codes in an export."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from bot.form.model import Choice, Form, Text
from bot.form.xlsform.lists import read_list
from bot.services.export.columns.definition import ExportColumn

_PRECISIONS = Path(__file__).resolve().parents[3] / "forms" / "date_precision.csv"


def labels(columns: Iterable[ExportColumn], review: Form, report: Form) -> Mapping[str, Mapping[str, Text]]:
    return {
        column.codes: {choice.name: choice.label for choice in _choices(column, review, report)}
        for column in columns
        if column.codes
    }


def _choices(column: ExportColumn, review: Form, report: Form) -> tuple[Choice, ...]:
    if column.codes == "date_precision":
        return _precisions()
    if column.codes == column.name:
        question = column.question
    else:
        question = (report if column.reported else review).by_role.get(column.codes)
    return question.choices if question is not None else ()


@cache
def _precisions() -> tuple[Choice, ...]:
    return read_list(_PRECISIONS)
