"""JSON Lines (https://jsonlines.org): one JSON object a line, in UTF-8."""

from collections.abc import Generator
from functools import cache

from bot.json_bytes import dumped
from bot.services.export.columns import LABELS
from bot.services.export.formats.writer import About, Format
from bot.services.export.rows.table import ExportTable, Record

_LINE_BREAKS = ("\x85", "\u2028", "\u2029")
"""Characters that JSON strings may hold, but some readers take for line breaks."""
_ESCAPED = [(one.encode(), f"\\u{ord(one):04x}".encode()) for one in _LINE_BREAKS]


class JsonLinesWriter:
    def __init__(self, table: ExportTable, _about: About) -> None:
        self._table = table

        @cache  # bounded by the codes of a form
        def labels(name: str, code: str) -> bytes:
            return b"%b:%b" % (dumped(code), dumped(table.json_labels(name, code)))

        self._labels = labels

    def begin(self) -> bytes:
        return b""

    def row(self, record: Record) -> bytes:
        used = b",".join(
            b"%b:{%b}" % (dumped(name), b",".join([self._labels(name, code) for code in codes]))
            for name, codes in self._table.used_codes(record).items()
        )
        # Labels are half of a line and repeat in most lines, so each is serialised once.
        line = b'%b,"%b":{%b}}\n' % (dumped(self._table.json_facts(record))[:-1], LABELS.encode(), used)
        for plain, escaped in _ESCAPED:
            line = line.replace(plain, escaped)
        return line

    def end(self) -> Generator[bytes, None, None]:
        yield from ()


JSON_LINES = Format("jsonl", "application/x-ndjson", "jsonl", JsonLinesWriter)
