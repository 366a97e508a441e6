"""A workbook for people who count: typed cells, a sheet for each repeat, what each column is, and what each code means."""

from bot.services.export.formats.writer import About, Format, Writer
from bot.services.export.rows.table import ExportTable


def _writer(table: ExportTable, about: About) -> Writer:
    # A start needs no library of workbooks, and a wrong language is told before it.
    from bot.services.export.formats.xlsx.writer import WorkbookWriter  # noqa: PLC0415 - as said above

    return WorkbookWriter(table, about)


XLSX = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", _writer)
