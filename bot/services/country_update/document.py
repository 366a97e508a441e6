"""Document as a value, independent of formats: sections of blocks, made of statements that cite records."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

PAGE_NUMBER = "{number}"


@dataclass(frozen=True, slots=True)
class Statement:
    """Words, with the reference numbers of the records behind them. `language` is set where it differs from
    the document's. `name` is the leading part that names a fact."""

    words: str
    references: Sequence[int]
    language: str = ""
    name: str = ""

    @property
    def rest(self) -> str:
        return self.words[len(self.name) :]


class Look(StrEnum):
    """Role of a paragraph: title of a record, text, facts, or item of a list."""

    TITLE = "title"
    TEXT = "text"
    FACTS = "facts"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Paragraph:
    statements: Sequence[Statement]
    look: Look = Look.TEXT

    @property
    def runs(self) -> "Sequence[Run]":
        """Statements with their marks. Adjacent ones with equal references share the marks after the last."""
        runs = []
        for references, same in groupby(self.statements, key=lambda one: tuple(one.references)):
            *others, last = same
            runs += [Run(one, ()) for one in others]
            runs.append(Run(last, marks(references)))
        return runs


@dataclass(frozen=True, slots=True)
class Mark:
    """Reference mark, or a range of them: `7`, `1–4`. `number` is the first."""

    words: str
    number: int


@dataclass(frozen=True, slots=True)
class Run:
    statement: Statement
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Note:
    """Paragraph about the document itself. It cites no record."""

    words: str


class TableLook(StrEnum):
    """Content of a table, which decides its widths: counts, counts of records and people, or a course of
    events."""

    COUNTS = "counts"
    GROUPS = "groups"
    COURSE = "course"


@dataclass(frozen=True, slots=True)
class Table:
    """Table with a caption and a head. The last column holds the marks of each row."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Statement]]
    look: TableLook = TableLook.COUNTS

    @property
    def numbered(self) -> Sequence[tuple[Sequence[Statement], Sequence[Mark]]]:
        return [(row, marks(row[-1].references)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Figure:
    """Picture with its alternative text and a caption that cites records. `paint` returns a PNG."""

    paint: Callable[[], bytes]
    alt: str
    caption: Statement

    @property
    def marks(self) -> "Sequence[Mark]":
        return marks(self.caption.references)


Block = Paragraph | Note | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    blocks: Sequence[Block]
    parts: "Sequence[Section]" = ()

    def __iter__(self) -> "Iterator[Section]":
        """Iterate over the section and all its parts."""
        yield self
        for part in self.parts:
            yield from part


@dataclass(frozen=True, slots=True)
class Reference:
    number: int
    record: str
    version: str
    approved: str
    date: str
    place: str
    sources: Sequence[str]
    links: Sequence[str]


@dataclass(frozen=True, slots=True)
class Annex:
    title: str
    caption: str
    head: Sequence[str]
    references: Sequence[Reference]


@dataclass(frozen=True, slots=True)
class Document:
    """Whole document. `contents`, `reference` and `page` (with PAGE_NUMBER) are labels that formats use."""

    language: str
    title: str
    publisher: str
    period: str
    day: str
    facts: Sequence[tuple[str, str]]
    contents: str
    reference: str
    page: str
    sections: Sequence[Section]
    annex: Annex

    @property
    def blocks(self) -> Iterator[Block]:
        for section in self.sections:
            for one in section:
                yield from one.blocks


def marks(references: Iterable[int]) -> Sequence[Mark]:
    """Marks of references, with consecutive numbers as a range."""
    runs: list[list[int]] = []
    for number in sorted(set(references)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [mark for run in runs for mark in _written(run)]


def _written(run: Sequence[int]) -> Iterator[Mark]:
    if len(run) > 2:
        yield Mark(f"{run[0]}–{run[-1]}", run[0])
    else:
        yield from (Mark(str(number), number) for number in run)
