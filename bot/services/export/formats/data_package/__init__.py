"""Data Package (https://datapackage.org/standard, version 2.0): a ZIP of CSV tables and their description
`datapackage.json`."""

from bot.services.export.formats.data_package.writer import DATA_PACKAGE

__all__ = ["DATA_PACKAGE"]
