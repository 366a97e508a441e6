"""JSON Lines (https://jsonlines.org): one JSON object a line, in UTF-8."""

import json
import re

from bot.services.export.formats.writer import Format
from bot.services.export.selection import ApprovedVersion
from bot.services.export.table import ExportTable

_LINE_BREAKS = re.compile("[\x85\u2028\u2029]")
"""Characters that JSON allows in a string as they are, and at which some readers of lines begin a new one."""


class JsonLinesWriter:
    """A line a version, and nothing else."""

    def __init__(self, table: ExportTable) -> None:
        self._table = table

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def row(self, version: ApprovedVersion) -> bytes:
        """A line."""
        text = json.dumps(self._table.json_object(version), ensure_ascii=False)
        return f"{_LINE_BREAKS.sub(_escaped, text)}\n".encode()

    def end(self) -> bytes:
        """Nothing."""
        return b""


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


JSON_LINES = Format("jsonl", "application/x-ndjson", "jsonl", JsonLinesWriter)
