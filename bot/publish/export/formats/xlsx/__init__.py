"""Excel workbook for analysis: typed cells, a sheet for each repeat, a dictionary of columns and the codes."""

from bot.publish.export.cells import ExportTable
from bot.publish.export.formats.writing import ExportFacts, Format, Writer


def _writer(table: ExportTable, about: ExportFacts) -> Writer:
    # Imported late: a start needs no workbook library, and errors in a language come first.
    from bot.publish.export.formats.xlsx.writer import WorkbookWriter  # noqa: PLC0415 - see above

    return WorkbookWriter(table, about)


XLSX = Format(
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsx",
    _writer,
    has_codebook=True,
)
