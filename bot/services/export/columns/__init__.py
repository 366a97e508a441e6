"""Columns of an export, derived from the review form. Every format is written from this one definition."""

from dataclasses import replace

from bot.form.model import Form
from bot.services.export.columns.definition import LABELS, ExportColumn, Reads, RowSource, label_column
from bot.services.export.columns.fixed import fixed_columns
from bot.services.export.columns.further import columns_further, columns_told
from bot.services.export.columns.labels import labels

__all__ = [
    "LABELS",
    "ExportColumn",
    "Reads",
    "RowSource",
    "columns_of",
    "columns_told",
    "fixed_columns",
    "label_column",
    "labels",
]


def columns_of(form: Form) -> tuple[ExportColumn, ...]:
    fixed = (replace(column, question=form.by_role.get(column.role)) for column in fixed_columns())
    return (*fixed, *columns_further(form))
