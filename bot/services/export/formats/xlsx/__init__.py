"""Excel workbook for analysis: typed cells, a sheet for each repeat, a dictionary of columns and the codes."""

from bot.services.export.formats.writer import About, Format, Writer
from bot.services.export.rows.table import ExportTable


def _writer(table: ExportTable, about: About) -> Writer:
    # Imported late: a start needs no workbook library, and errors in a language come first.
    from bot.services.export.formats.xlsx.writer import WorkbookWriter  # noqa: PLC0415 - see above

    return WorkbookWriter(table, about)


XLSX = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", _writer)
