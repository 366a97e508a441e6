"""JSON Lines (https://jsonlines.org): one JSON object a line, in UTF-8."""

import json
import re
from collections.abc import Generator

from bot.services.export.formats.writer import About, Format
from bot.services.export.table import ExportTable, Record

_LINE_BREAKS = re.compile("[\x85\u2028\u2029]")
"""Characters that JSON allows in a string as they are, and at which some readers of lines begin a new one."""


class JsonLinesWriter:
    """A line a version, and nothing else."""

    def __init__(self, table: ExportTable, _about: About) -> None:
        self._table = table

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def row(self, record: Record) -> bytes:
        """A line."""
        text = json.dumps(self._table.json_object(record), ensure_ascii=False)
        return f"{_LINE_BREAKS.sub(_escaped, text)}\n".encode()

    def end(self) -> Generator[bytes, None, None]:
        """Nothing."""
        yield from ()


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


JSON_LINES = Format("jsonl", "application/x-ndjson", "jsonl", JsonLinesWriter)
