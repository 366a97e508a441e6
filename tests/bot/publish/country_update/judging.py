"""An independent reader of country updates: Markdown, HTML and Word become the same headings, paragraphs and tables.

Nothing of the program is used here: Markdown is read by what docs/country-update.md says of it, HTML by the parser of the standard
library, and Word from the XML of its parts (ECMA-376)."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MARKS = re.compile(r"\s*\u2060?\[((?:\d+(?:–\d+)?)(?:,\d+(?:–\d+)?)*)\]")


@dataclass
class Said:
    """A paragraph or a row of a table: its words without marks, the numbers of its marks, and the headings that it stands under."""

    words: str
    numbers: frozenset[int]
    under: tuple[str, ...]
    cells: tuple[str, ...] = ()
    marked: str = ""
    """The words with their marks."""
    set_off: bool = False
    """Whether it looks like facts: a quotation in Markdown, smaller and indented in HTML and Word."""

    @property
    def values(self) -> dict[str, frozenset[int]]:
        """The values of a line such as `Name: one;[1] other;[2,3]`, with the numbers of each."""
        found: dict[str, frozenset[int]] = {}
        pieces = _MARKS.split(self.marked.partition(": ")[2])
        for said, marks in zip(pieces[::2], pieces[1::2], strict=False):
            for one in filter(None, (each.strip(" .") for each in said.split(";"))):
                found[one] = numbers_in(f"[{marks}]")
        return found


@dataclass
class Read:
    """What stands in a document, in its order; neither the title page nor the contents."""

    headings: list[tuple[int, str]] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    """The numbers of the headings."""
    said: list[Said] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    """Captions and heads of tables, which say nothing by themselves."""

    def heading(self, level: int, words: str) -> None:
        """A heading, without its number."""
        number = re.match(r"\d+(?:\.\d+)* ", words)
        self.numbers.append(number[0].strip() if number else "")
        self.headings.append((level, words[number.end() :] if number else words))

    def say(self, words: str, cells: tuple[str, ...] = (), *, set_off: bool = False) -> None:
        """A paragraph, or the cells of a row."""
        if words.strip():
            about = without_marks(words), numbers_in(words), self._under(), cells, words
            self.said.append(Said(*about, set_off=set_off))

    def _under(self) -> tuple[str, ...]:
        found: dict[int, str] = {}
        for level, words in self.headings:
            found = {one: other for one, other in found.items() if one < level} | {level: words}
        return tuple(found[level] for level in sorted(found) if level > 1)

    def under(self, heading: str) -> list[Said]:
        """What stands under a heading."""
        return [one for one in self.said if heading in one.under]

    def below(self, told: Said) -> Said:
        """The next paragraph."""
        return next(following for one, following in pairwise(self.said) if one is told)


def numbers_in(words: str) -> frozenset[int]:
    """The numbers of the marks in a text: `[1–3,7]` are 1, 2, 3 and 7."""
    found: set[int] = set()
    for marks in _MARKS.findall(words):
        for part in marks.split(","):
            first, _, last = part.partition("–")
            found |= set(range(int(first), int(last or first) + 1))
    return frozenset(found)


def without_marks(words: str) -> str:
    """The words alone."""
    return " ".join(_MARKS.sub("", words).split())


def read(content: bytes, format_: str) -> Read:
    """The document of a file."""
    return {"md": _markdown, "html": _html, "docx": _word}[format_](content)


# --- Markdown


def _markdown(content: bytes) -> Read:
    found = Read()
    for block in content.decode().strip().split("\n\n"):
        marks = re.match(r"(#+) ", block)
        if marks:
            found.heading(len(marks[1]), _plain(block[marks.end() :]))
            continue
        if len(found.headings) < 2:
            continue
        lines = block.split("\n")
        if lines[0].startswith("| "):
            found.named.append(_plain(lines[0]))
            assert re.fullmatch(r"(\| --- )+\|", lines[1]), lines[1]
            for line in lines[2:]:
                cells = tuple(_plain(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1])
                found.say(" ".join(cells), cells)
        elif re.fullmatch(r"\*\*[^*]+\*\*", block) and not numbers_in(_plain(block)):
            found.named.append(_plain(block))
        else:
            assert len(lines) == 1, block
            found.say(_plain(re.sub(r"^[->] ", "", block)), set_off=block.startswith("> "))
    return found


def _plain(words: str) -> str:
    return re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\*\*", "", words))


# --- HTML


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Read()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self._words: list[str] | None = None
        self._cells: list[str] = []
        self._in_head = False
        self._look: str | None = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.tags.append((tag, about))
        if tag in {"p", "figcaption"}:
            self._look = about.get("class")
        if tag == "script":
            self.scripts.append(tag)
        if tag == "img":
            self.pictures.append(about)
        if "id" in about:
            self.ids.append(str(about["id"]))
        if tag == "a":
            self.links.append(str(about["href"]))
        if tag in {"h1", "h2", "h3", "p", "td", "th", "caption", "figcaption", "dt", "dd", "li"}:
            self._words = []
        if tag == "tr":
            self._cells = []
        if tag == "thead":
            self._in_head = True

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        words = " ".join("".join(self._words or []).split())
        if tag in {"h1", "h2", "h3"}:
            self.found.heading(int(tag[1]), words)
        elif tag in {"td", "th"}:
            self._cells.append(words)
        elif tag == "tr" and self._in_head:
            self.found.named += self._cells
        elif tag == "tr":
            self.found.say(" ".join(self._cells), tuple(self._cells))
        elif tag == "caption":
            self.found.named.append(words)
        elif tag in {"p", "figcaption"} and len(self.found.headings) > 2:
            # before the second heading is the title page, before the third the contents
            self.found.say(words, set_off=self._look == "facts")
        elif tag == "thead":
            self._in_head = False
        if tag in {"h1", "h2", "h3", "p", "td", "th", "caption", "figcaption", "dt", "dd", "li"}:
            self._words = None


def read_html(content: bytes) -> _Reader:
    """A page with its tags, links and pictures."""
    reader = _Reader()
    reader.feed(content.decode())
    reader.close()
    return reader


def _html(content: bytes) -> Read:
    return read_html(content).found


# --- Word


def parts_of(content: bytes) -> dict[str, bytes]:
    """The parts of a Word file by their names."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def _word(content: bytes) -> Read:
    found, after_contents = Read(), False
    body = ElementTree.fromstring(parts_of(content)["word/document.xml"]).find(f"{W}body")  # noqa: S314 - our own
    assert body is not None
    for element in body:
        if element.tag == f"{W}tbl":
            for row in element.iter(f"{W}tr") if after_contents else ():
                cells = tuple(" ".join(_words_of(cell).split()) for cell in row.iter(f"{W}tc"))
                if row.find(f"{W}trPr/{W}tblHeader") is None:
                    found.say(" ".join(cells), cells)
                else:
                    found.named += cells
            continue
        style, words = _style_of(element), _words_of(element)
        if style.startswith("Heading"):
            found.heading(int(style[-1]) + 1, words)
            after_contents = True
        elif style == "Title":
            found.heading(1, words)
        elif style == "Caption" and not numbers_in(words):
            found.named.append(words)
        elif after_contents:
            found.say(words, set_off=style == "RecordFacts")
    return found


def _style_of(element: ElementTree.Element) -> str:
    style = element.find(f"{W}pPr/{W}pStyle")
    return "" if style is None else str(style.get(f"{W}val"))


def _words_of(element: ElementTree.Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: ElementTree.Element) -> Iterator[str]:
    for one in element.iter():
        if one.tag == f"{W}t":
            yield one.text or ""
        elif one.tag == f"{W}br":
            yield " "
