"""Writer of the ZIP for OpenRosa: submissions, then their form."""

from collections.abc import Generator
from pathlib import Path

from bot.languages import exported_codes
from bot.services.export.formats.openrosa.layout import layout
from bot.services.export.formats.openrosa.submission import Submissions
from bot.services.export.formats.openrosa.xlsform import XlsForm
from bot.services.export.formats.small_files import SmallFiles
from bot.services.export.formats.wording import texts
from bot.services.export.formats.writer import About, Format
from bot.services.export.rows.table import ExportTable, Record

_SENDER = Path(__file__).with_name("send.py")
"""Program for recipients of the ZIP. The bot itself sends nothing."""


class OpenRosaWriter:
    """Writes submissions as they come. The form is slow to make and comes last."""

    def __init__(self, table: ExportTable, _about: About) -> None:
        fields = layout(table)
        self._form = XlsForm(table, fields)
        self._submissions = Submissions(self._form.id, self._form.version, self._form.root, fields)
        self._files = SmallFiles()

    def begin(self) -> bytes:
        return b""

    def row(self, record: Record) -> bytes:
        return self._files.add(
            f"submissions/{record['id']}_{record['version']}.xml", self._submissions.written(record)
        )

    def end(self) -> Generator[bytes, None, None]:
        readme = (
            texts().text(one, "export.openrosa.readme", {"id": self._form.id}) for one in exported_codes()
        )
        yield self._files.add("README.txt", "\n\n".join([*readme, ""]).encode())
        yield self._files.add("send.py", _SENDER.read_bytes())
        yield self._files.add("form.xml", self._form.xform())
        yield self._files.add("form.xlsx", self._form.workbook())
        yield from self._files.end()


OPENROSA = Format("openrosa", "application/zip", "zip", OpenRosaWriter)
