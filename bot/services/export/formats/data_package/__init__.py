"""A Data Package (https://datapackage.org/standard, version 2.0): a ZIP of tables in CSV, and of `datapackage.json`, which says what
each column is and which rows belong together."""

from bot.services.export.formats.data_package.writer import DATA_PACKAGE

__all__ = ["DATA_PACKAGE"]
