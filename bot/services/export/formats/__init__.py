"""Formats of an export.

A new format is a module with a `Format`, a line in `_ALL`, and the texts of its buttons.
"""

from collections.abc import Mapping

from bot.errors import WrongArgument
from bot.services.export.formats.csv import CSV, EXCEL_CSV
from bot.services.export.formats.data_package import DATA_PACKAGE
from bot.services.export.formats.geojson import GEOJSON
from bot.services.export.formats.hxl import HXL
from bot.services.export.formats.jsonl import JSON_LINES
from bot.services.export.formats.openrosa import OPENROSA
from bot.services.export.formats.uwazi import UWAZI
from bot.services.export.formats.writer import Format
from bot.services.export.formats.xlsx import XLSX

_ALL = (XLSX, EXCEL_CSV, CSV, JSON_LINES, GEOJSON, DATA_PACKAGE, HXL, UWAZI, OPENROSA)
FORMATS: Mapping[str, Format] = {one.name: one for one in _ALL}
_MOST_REPEATED = 16


def format_named(name: str) -> Format:
    """Format of this name. Raises Refusal, which names the known ones."""
    try:
        return FORMATS[name]
    except KeyError:
        known = ", ".join(FORMATS)
        raise WrongArgument(
            "moderator.export.unknown_format", {"format": name[:_MOST_REPEATED], "formats": known}
        ) from None
