"""Writer of the ZIP for Uwazi."""

from collections.abc import Generator, Iterator

from babel import Locale

from bot.languages import exported_codes
from bot.services.export.formats.archive import Spool, SpooledTable, zipped
from bot.services.export.formats.uwazi.labels import ThesaurusLabels
from bot.services.export.formats.uwazi.properties import properties
from bot.services.export.formats.wording import texts
from bot.services.export.formats.writer import About, Format
from bot.services.export.rows.table import ExportTable, Record

_IMPORT = "import.csv"


class UwaziWriter:
    def __init__(self, table: ExportTable, _about: About) -> None:
        self._labels = ThesaurusLabels(table)
        self._properties = properties(table, self._labels)
        self._rows = SpooledTable(head for one in self._properties for head in one.heads)

    def begin(self) -> bytes:
        return b""

    def row(self, record: Record) -> bytes:
        self._rows.append(cell for one in self._properties for cell in one.cells(record))
        return b""

    def end(self) -> Generator[bytes, None, None]:
        languages = exported_codes()
        readme = "\n\n".join(texts().text(one, "export.uwazi.readme") for one in languages)
        template = SpooledTable(("property", "type", "thesaurus", *(f"heading_{one}" for one in languages)))
        for one in self._properties:
            template.append((one.name, one.type, one.thesaurus, *map(one.heading, languages)))
        files: list[tuple[str, Spool | bytes]] = [
            (_IMPORT, self._rows),
            ("README.txt", f"{readme}\n".encode()),
        ]
        return zipped([*files, ("template.csv", template), *self._thesauri()])

    def _thesauri(self) -> Iterator[tuple[str, Spool]]:
        for name in dict.fromkeys(one.thesaurus for one in self._properties if one.is_coded):
            made = SpooledTable(_language_name(code) for code in exported_codes())
            for group, values in self._labels.groups(name).items():
                made.append(group)
                for value in values:
                    made.append(f"- {one}" for one in value)
            yield f"thesaurus_{name}.csv", made


def _language_name(code: str) -> str:
    return Locale(code).get_display_name("en") or code


UWAZI = Format("uwazi", "application/zip", "zip", UwaziWriter)
