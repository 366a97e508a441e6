"""Formats of an export. A new one is a module with a `Format`, a line in `_ALL`, a purpose in `PURPOSES` of `bot/desk/exports.py`, and
the texts of its buttons."""

from collections.abc import Mapping

from bot.errors import WrongArgument
from bot.publish.export.cells import ExportTable
from bot.publish.export.formats.answers import ANSWERS
from bot.publish.export.formats.data_package import CSV_TABLES, DATA_PACKAGE
from bot.publish.export.formats.lines import CSV, EXCEL_CSV, GEOJSON, HXL, JSON_LINES
from bot.publish.export.formats.openrosa import OPENROSA
from bot.publish.export.formats.uwazi import UWAZI
from bot.publish.export.formats.writing import ExportFacts, Format, Writer


def _workbook(table: ExportTable, about: ExportFacts) -> Writer:
    # Imported late: a start needs no workbook library, and errors in a language come first.
    from bot.publish.export.formats.xlsx import WorkbookWriter  # noqa: PLC0415 - see above

    return WorkbookWriter(table, about)


_XLSX_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSX = Format("xlsx", _XLSX_MIME, "xlsx", _workbook, has_codebook=True)
_ALL = (XLSX, EXCEL_CSV, CSV, CSV_TABLES, JSON_LINES, GEOJSON, DATA_PACKAGE, HXL, UWAZI, OPENROSA, ANSWERS)
FORMATS: Mapping[str, Format] = {one.name: one for one in _ALL}


def format_named(name: str) -> Format:
    """Format of this name. Raises Refusal, which names the known ones."""
    if name not in FORMATS:
        about = {"format": name[:16], "formats": ", ".join(FORMATS)}
        raise WrongArgument("moderator.export.unknown_format", about)
    return FORMATS[name]
