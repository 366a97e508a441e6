"""A document as a value: sections of blocks whose statements name their records; and an organisation's template."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from bot.form.kinds.calendar import date_phrase, spelled_phrase, when_phrase
from bot.form.model import Text
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.form.typed.intervals import of_interval
from bot.form.xlsform.sheets import ANY
from bot.publish.painting import ChartHeading
from bot.texts import Texts

PAGE_NUMBER = "{number}"

_BOUND = re.compile(r"(?<=\d) (?=\w)|(?<=\w\.) (?=\w)|(?<=\w) (?=\d{4}\b)|(?<=\w) (?=–)")


@dataclass(frozen=True, slots=True)
class Statement:
    """Words, with the reference numbers of the records behind them. `language` is set where it differs from
    the document's. `name` is the leading part that names a fact, or a title. `link` is the address of a source."""

    words: str
    references: Sequence[int]
    language: str = ""
    name: str = ""
    link: str = ""

    @property
    def rest(self) -> str:
        return self.words[len(self.name) :]


class ParagraphStyle(StrEnum):
    """Role of a paragraph: title of a record, text, facts, or item of a list."""

    TITLE = "title"
    TEXT = "text"
    FACTS = "facts"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Paragraph:
    statements: Sequence[Statement]
    look: ParagraphStyle = ParagraphStyle.TEXT

    @property
    def runs(self) -> "Sequence[tuple[Statement, Sequence[ReferenceMark]]]":
        """Statements with their marks. Adjacent ones with equal references share the marks after the last."""
        runs: list[tuple[Statement, Sequence[ReferenceMark]]] = []
        for references, same in groupby(self.statements, key=lambda one: tuple(one.references)):
            *others, last = same
            runs += [*((one, ()) for one in others), (last, marks(references))]
        return runs


@dataclass(frozen=True, slots=True)
class ReferenceMark:
    """Reference mark, or a range of them: `7`, `1–4`. `number` is the first."""

    words: str
    number: int


@dataclass(frozen=True, slots=True)
class Note:
    """Paragraph about the document itself. It cites no record."""

    words: str


class TableLook(StrEnum):
    """Content of a table, which decides its widths: counts, those with people, or a course of events."""

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
    def numbered(self) -> Sequence[tuple[Sequence[Statement], Sequence[ReferenceMark]]]:
        return [(row, marks(row[-1].references)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Figure:
    """Picture with its alternative text and a caption that cites records. `paint` returns a PNG."""

    paint: Callable[[], bytes]
    alt: str
    caption: Statement

    @property
    def marks(self) -> "Sequence[ReferenceMark]":
        return marks(self.caption.references)


Block = Paragraph | Note | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    blocks: Sequence[Block]
    parts: "Sequence[Section]" = ()
    number: str = ""

    @property
    def heading(self) -> str:
        return f"{self.number} {self.title}".strip()


def levelled(sections: Iterable[Section], level: int = 1) -> "Iterator[tuple[int, Section]]":
    """Each section with its level, parts after the section that they are of."""
    for one in sections:
        yield level, one
        yield from levelled(one.parts, level + 1)


def numbered(sections: Iterable[Section], above: str = "") -> Sequence[Section]:
    """Number sections and their parts: 1, 1.1."""
    found = [(f"{above}{place}", one) for place, one in enumerate(sections, 1)]
    return [replace(one, number=number, parts=numbered(one.parts, f"{number}.")) for number, one in found]


@dataclass(frozen=True, slots=True)
class AnnexEntry:
    """Reference of a record. `cited` holds the numbers of its sources in the annex."""

    number: int
    record: str
    version: str
    approved: str
    date: str
    place: str
    sources: Sequence[str]
    links: Sequence[str]
    title: str
    cited: Sequence[int]


@dataclass(frozen=True, slots=True)
class AnnexSource:
    """Source of one record or several, listed once."""

    number: int
    words: str
    link: str


@dataclass(frozen=True, slots=True)
class Annex:
    """References and sources. `head` names the number, record, version, approval, date, place, sources and title."""

    heading: str
    caption: str
    head: Sequence[str]
    references: Sequence[AnnexEntry]
    sources_title: str
    sources: Sequence[AnnexSource]


@dataclass(frozen=True, slots=True)
class Document:
    """Whole document. `contents`, `reference`, `source` and `page` (with PAGE_NUMBER) are labels that formats use."""

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
    source: str
    is_full: bool


def marks(references: Iterable[int]) -> Sequence[ReferenceMark]:
    """Marks of references, with consecutive numbers as a range."""
    found: list[ReferenceMark] = []
    for _, run in groupby(enumerate(sorted(set(references))), key=lambda one: one[1] - one[0]):
        numbers = [number for _, number in run]
        if len(numbers) > 2:
            found.append(ReferenceMark(f"{numbers[0]}–{numbers[-1]}", numbers[0]))
        else:
            found += [ReferenceMark(str(number), number) for number in numbers]
    return found


class TemplateError(Exception):
    """Raised when a template cannot be filled. The message is one line."""


def read_template(path: Path) -> bytes:
    try:
        template = path.read_bytes()
    except OSError as error:
        raise TemplateError(error.strerror or type(error).__name__) from None
    if not template.startswith(b"PK"):
        raise TemplateError("it is no Word document (.docx)")
    return template


@dataclass(frozen=True, slots=True)
class DocumentTexts:
    """Texts, numbers and dates in one language."""

    texts: Texts
    language: str

    def say(self, key: str, **args: str | int) -> str:
        """Text of the catalogues. `n` chooses the plural form and is inserted, formatted, as `number`."""
        shown = {"number": self.number(int(args["n"]))} if "n" in args else {}
        return self.texts.text(self.language, key, {**args, **shown})

    def number(self, value: float) -> str:
        try:
            return format_decimal(value, locale=self.language)
        except (UnknownLocaleError, ValueError):
            return f"{value:g}"

    def date(self, text: str) -> str:
        found = of_interval(text)
        return bound(self._phrase(when_phrase(found, in_words=True))) if found is not None else text

    def day(self, text: str) -> str:
        return bound(self._phrase(spelled_phrase(text)))

    def months(self, first: str, last: str) -> str:
        start, end = (self._phrase(date_phrase(one)) for one in (first, last))
        return bound(start if first == last else self.say("flow.date.period", start=start, end=end))

    def label(self, text: Text | None, code: str) -> str:
        """Label in this language, else in its first language, else the code."""
        found = text or {}
        return found.get(self.language) or found.get(ANY) or next(iter(found.values()), "") or code

    def fact(self, name: str, value: str) -> str:
        """Named fact: `Place: Semey.` A value that ends a sentence gets no second full stop."""
        said = self.say("update.fact", name=name, value=value)
        return said[:-1] if said.endswith((".", "…")) and value.endswith((".", "!", "?", "…")) else said

    def plural(self, number: float) -> str:
        """Plural form of the language that a number asks for: one, few, many or other."""
        return Locale(self.language).plural_form(number)

    def listed(self, values: Iterable[str]) -> str:
        """Join values by semicolons, since labels may hold commas."""
        return "; ".join(filter(None, values))

    def _phrase(self, phrase: Phrase) -> str:
        match phrase:
            case Said(text):
                return text
            case Label(text):
                return self.label(text, "")
            case Joined(phrases, separator):
                return separator.join(map(self._phrase, phrases))
            case Key(key, args):
                filled: Mapping[str, str | int] = {
                    name: value if isinstance(value, str | int) else self._phrase(value)
                    for name, value in args.items()
                }
                return self.texts.text(self.language, key, filled)


def bound(date: str) -> str:
    """Date with spaces that do not break."""
    return _BOUND.sub("\N{NO-BREAK SPACE}", date)


def sample() -> Document:
    """Document with each kind of block, to try a template."""
    said = Statement("Words", [1], "en", link="https://example.org/")
    columns = {TableLook.COUNTS: 3, TableLook.GROUPS: 4, TableLook.COURSE: 3}
    tables = [Table("Table", ["Head"] * n, [[said] * (n - 1)], look) for look, n in columns.items()]
    picture, _ = ChartHeading("Figure").sheet(10)
    part = Section("part", "Part", [Paragraph([said], look) for look in ParagraphStyle])
    blocks: list[Block] = [Note("Words"), *tables, Figure(picture.png, "Words", said)]
    about = "R7K3QV", "1", "2026-01-31", "2026", "Place"
    annex = Annex(
        "Annex",
        "Records",
        ["Head"] * 8,
        [AnnexEntry(1, *about, ["Source"], ["https://example.org/"], "Title", [1])],
        "Sources",
        [AnnexSource(1, "Source", "https://example.org/")],
    )
    head = "en", "Title", "Publisher", "Period", "2026-01-31", [("Name", "Value")]
    sections = [Section("section", "Section", blocks, [part])]
    labels = "Contents", "Reference", f"Page {PAGE_NUMBER}"
    return Document(*head, *labels, sections, annex, "source", is_full=True)
