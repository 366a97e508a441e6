"""A ZIP that Uwazi (https://uwazi.io), HURIDOCS' database of cases, imports: `import.csv`, what its template and thesauri have to be."""

from bot.services.export.formats.uwazi.writer import UWAZI

__all__ = ["UWAZI"]
