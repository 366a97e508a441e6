"""The formats of an export: a module each, and the list of them.

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
"""The formats by name, in the order in which they are offered."""
_MOST_REPEATED = 16
"""Characters of an unknown name that are said back."""


def format_named(name: str) -> Format:
    """The format of this name; raises Refusal, which says the name and those that there are."""
    try:
        return FORMATS[name]
    except KeyError:
        known = ", ".join(FORMATS)
        raise WrongArgument(
            "moderator.export.unknown_format", {"format": name[:_MOST_REPEATED], "formats": known}
        ) from None
