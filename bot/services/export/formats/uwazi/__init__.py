"""ZIP for import into Uwazi (https://uwazi.io), HURIDOCS' database of cases: `import.csv`, its template and
thesauri."""

from bot.services.export.formats.uwazi.writer import UWAZI

__all__ = ["UWAZI"]
