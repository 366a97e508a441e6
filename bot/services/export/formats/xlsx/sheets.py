"""Sheets of records in a workbook."""

import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.form.kinds.kind import FactType
from bot.languages import exported_codes
from bot.services.export.columns import ExportColumn
from bot.services.export.formats.archive import Spool
from bot.services.export.formats.xlsx.cell_xml import Encode, Overlong, encoder
from bot.services.export.rows.cells import Labels

MOST_ROWS = 1_048_576
_LEVEL = 1
_PIECE = 256 * 1024
_WIDTHS = {
    FactType.TEXT: 32, FactType.INTEGER: 10, FactType.DECIMAL: 11, FactType.BOOLEAN: 10, FactType.CODE: 18, FactType.DAY: 12,
    FactType.DATE: 14, FactType.LINK: 36,
}  # fmt: skip
_OTHERWISE = {"id": 13, "title": 40, "summary": 60, "text": 80}
_WIDTH, _LABEL_WIDTH, _MOST_HEAD = 24, 28, 24
OF_WORKBOOK = "by the workbook"
"""Origin of columns of this format only, with the headings `export.workbook.<name>`."""


def _own(name: str, type_: FactType = FactType.TEXT) -> ExportColumn:
    return ExportColumn(name, type=type_, how=OF_WORKBOOK)


ID, INSTANCE = ExportColumn("id"), _own("instance", FactType.INTEGER)
_COLUMN, _POSITION = _own("column"), _own("position", FactType.INTEGER)
LIST_COLUMNS = (
    *(ID, _COLUMN, INSTANCE, _POSITION, _own("value")),
    *(_own(f"label_{code}") for code in exported_codes()),
)
CONTINUED_COLUMNS = (
    *(ID, _own("sheet"), INSTANCE, _POSITION, _COLUMN),
    *(_own("part", FactType.INTEGER), _own("text")),
)


@dataclass(frozen=True, slots=True)
class Head:
    name: str
    width: int


class Rows(Spool):
    def __init__(self, height: int = 0) -> None:
        super().__init__()
        self.number = 0
        self._height = f' ht="{height}" customHeight="1"' if height else ""
        self._before = self._after = b""
        self._packing = zlib.compressobj(_LEVEL)
        self._size = 0

    def append(self, xml: str) -> None:
        r"""Add a row of cells with `\0` for the row number."""
        self.number += 1
        number = str(self.number + 1)
        row = f'<row r="{number}"{self._height}>{xml}</row>'.replace("\0", number).encode("utf-8", "replace")
        self._size += len(row)
        self.write(self._packing.compress(row))

    def finish(self, before: bytes, after: bytes) -> None:
        """Set the XML around the rows. No row may follow."""
        self.write(self._packing.flush())
        self._before, self._after = before, after
        self.size = len(before) + self._size + len(after)

    def pieces(self) -> Generator[bytes, None, None]:
        unpacking = zlib.decompressobj()
        yield self._before
        for packed in super().pieces():
            left = packed
            while left:  # similar rows may unpack to a hundred times their size
                yield unpacking.decompress(left, _PIECE)
                left = unpacking.unconsumed_tail
        yield unpacking.flush()
        yield self._after


@dataclass
class Sheet:
    """Sheet, continued on another one after `MOST_ROWS`.

    `over` holds the texts of the last row that exceed their cells. `height` of rows is in points, 0 for
    automatic.
    """

    title: str
    columns: Sequence[ExportColumn]
    labels: Labels
    height: int = 0
    over: Overlong = field(default_factory=list)

    def __post_init__(self) -> None:
        self.heads = [head for column in self.columns for head in heads(column)]
        self.parts = [Rows(self.height)]
        self._encoders: list[Encode] = []
        at = 0
        for column in self.columns:
            self._encoders.append(encoder(column, at, self.labels, self.over))
            at += len(column.names)

    def append(self, values: Iterable[object]) -> None:
        if self.parts[-1].number == MOST_ROWS - 1:
            self.parts.append(Rows(self.height))
        cells = [
            encode(value)
            for encode, value in zip(self._encoders, values, strict=True)
            if value is not None and value != []
        ]
        self.parts[-1].append("".join(cells))


def heads(column: ExportColumn) -> Iterator[Head]:
    first, *labels = column.names
    width = _OTHERWISE.get(first.partition("_")[0], _WIDTHS.get(column.type, _WIDTH))
    yield Head(first, max(width, min(len(first) + 4, _MOST_HEAD)))
    yield from (Head(name, _LABEL_WIDTH) for name in labels)
