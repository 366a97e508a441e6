"""A workbook for people who count: typed cells, a sheet for each repeat, what each column is, and what each code means."""

from bot.services.export.formats.writer import Format
from bot.services.export.formats.xlsx.writer import WorkbookWriter

XLSX = Format(
    "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", WorkbookWriter
)
