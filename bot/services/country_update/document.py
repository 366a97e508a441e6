"""A document as a value: sections of blocks, made of statements that name the records they come from. It knows no format."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

PAGE_NUMBER = "{number}"
"""Where the number of a page stands in the words about it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Words, and the numbers of the references they come from, in order. `language` is the code of theirs where it is not the
    document's; `name` are those at their beginning that name a fact."""

    words: str
    references: Sequence[int]
    language: str = ""
    name: str = ""

    @property
    def rest(self) -> str:
        """The words behind the name."""
        return self.words[len(self.name) :]


class Look(StrEnum):
    """What a paragraph is: the title of a record, its text, facts about it, or an entry of a list."""

    TITLE = "title"
    TEXT = "text"
    FACTS = "facts"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Statements that stand together."""

    statements: Sequence[Statement]
    look: Look = Look.TEXT

    @property
    def runs(self) -> "Sequence[Run]":
        """The statements, each with the marks that follow it: those of several with the same references stand behind the last."""
        runs = []
        for references, same in groupby(self.statements, key=lambda one: tuple(one.references)):
            *others, last = same
            runs += [Run(one, ()) for one in others]
            runs.append(Run(last, marks(references)))
        return runs


@dataclass(frozen=True, slots=True)
class Mark:
    """A reference, or several whose numbers follow one another, as it is written: `7`, `1–4`. `number` is the first."""

    words: str
    number: int


@dataclass(frozen=True, slots=True)
class Run:
    """A statement and the marks behind it."""

    statement: Statement
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph about the document itself: how it was made. It says nothing of any record, and has no references."""

    words: str


class TableLook(StrEnum):
    """What a table holds, which tells how wide its columns are: counts, counts of records and people, or a course of events."""

    COUNTS = "counts"
    GROUPS = "groups"
    COURSE = "course"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption and a head; each row has a statement a cell, and in the last column the marks of its references."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Statement]]
    look: TableLook = TableLook.COUNTS

    @property
    def numbered(self) -> Sequence[tuple[Sequence[Statement], Sequence[Mark]]]:
        """The rows, each with the marks of its last column."""
        return [(row, marks(row[-1].references)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, which `paint` paints as PNG, what whoever does not see it is told, and a caption with its references."""

    paint: Callable[[], bytes]
    alt: str
    caption: Statement

    @property
    def marks(self) -> "Sequence[Mark]":
        """The marks of what it is of."""
        return marks(self.caption.references)


Block = Paragraph | Note | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it. `key` names it within the document."""

    key: str
    title: str
    blocks: Sequence[Block]
    parts: "Sequence[Section]" = ()

    def __iter__(self) -> "Iterator[Section]":
        """The section and all its parts."""
        yield self
        for part in self.parts:
            yield from part


@dataclass(frozen=True, slots=True)
class Reference:
    """A record in the annex: its number, what it is called in exports, and what leads to it."""

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
    """The references, under heads of their columns."""

    title: str
    caption: str
    head: Sequence[str]
    references: Sequence[Reference]


@dataclass(frozen=True, slots=True)
class Document:
    """All of it. `contents`, `reference` are words that formats put around it: the heading of the contents, what a mark is called;
    `page` is what a page is called, with PAGE_NUMBER."""

    language: str
    title: str
    publisher: str
    period: str
    day: str
    """The day of the data, `YYYY-MM-DD`."""
    facts: Sequence[tuple[str, str]]
    """What the title page says, by name."""
    contents: str
    reference: str
    page: str
    sections: Sequence[Section]
    annex: Annex

    @property
    def blocks(self) -> Iterator[Block]:
        """Every block, in order."""
        for section in self.sections:
            for one in section:
                yield from one.blocks


def marks(references: Iterable[int]) -> Sequence[Mark]:
    """The marks of references, numbers that follow one another together."""
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
