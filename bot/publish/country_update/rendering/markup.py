"""Markdown and HTML documents. The HTML loads nothing and runs no script."""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.publish.country_update import document as doc

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#$&])")
_OPENING = re.compile(r"^(?P<space>\s*)(?:(?P<sign>[-+=:])|(?P<number>\d+(?=[.)])))")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_NOT_IN_LINKS = re.compile(r"[\s<>|\\]")
_UNLINKED = re.compile(r"(?i)(https?|ftp)://|www\.|(?<=\w)@(?=\w)")

_HERE = Path(__file__).parent


def markdown_written(document: doc.Document) -> bytes:
    return "\n\n".join(_parts(document)).encode() + b"\n"


def _parts(document: doc.Document) -> Iterator[str]:
    yield f"# {_text(document.title)}"
    yield "\n".join(f"- **{_text(name)}**: {_text(value)}" for name, value in document.facts)
    for section in document.sections:
        yield from _section(section, 2)
    annex = document.annex
    yield f"## {_text(annex.title)}"
    if annex.references:
        yield f"**{_text(annex.caption)}**"
        yield _table(annex.head, map(_cells, annex.references))


def _section(section: doc.Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {_text(section.title)}"
    for block in section.blocks:
        yield from _block(block)
    for part in section.parts:
        yield from _section(part, level + 1)


def _block(block: doc.Block) -> Iterator[str]:
    match block:
        case doc.Paragraph(look=look):
            runs = ((_statement(one, look), _marks(marks)) for one, marks in block.runs)
            said = " ".join(part for run in runs for part in run if part)
            yield {doc.ParagraphStyle.TITLE: f"**{said}**", doc.ParagraphStyle.ITEM: f"- {said}"}.get(
                look, said
            )
        case doc.Note(words):
            yield _text(words)
        case doc.Table(caption, head):
            yield f"**{_text(caption)}**"
            cells = [[*(_text(cell.words) for cell in row), _marks(marks)] for row, marks in block.numbered]
            yield _table(head, cells)
        case doc.Figure():
            return


def _statement(one: doc.Statement, look: doc.ParagraphStyle) -> str:
    if not one.name or look is doc.ParagraphStyle.TITLE:
        return _text(one.words)
    return f"**{_text(one.name)}**{_text(one.rest)}"


def _marks(marks: Sequence[doc.ReferenceMark]) -> str:
    return f"\\[{', '.join(mark.words for mark in marks)}\\]" if marks else ""


def _cells(one: doc.AnnexEntry) -> Sequence[str]:
    about = map(_text, (one.record, one.version, one.approved, one.date, one.place))
    return [f"\\[{one.number}\\]", *about, "<br>".join((*map(_text, one.sources), *map(_link, one.links)))]


def _link(address: str) -> str:
    """Autolink (CommonMark). Characters that would end it, or its cell, are percent-encoded."""
    if not _WEB.match(address):
        return _text(address)
    return f"<{_NOT_IN_LINKS.sub(lambda found: quote(found[0], safe=''), address)}>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [[_text(one) for one in head], ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(words: str) -> str:
    unlinked = _UNLINKED.sub(
        lambda found: found[0].replace(":", "\\:").replace(".", "\\.").replace("@", "\\@"),
        _SPECIAL.sub(r"\\\1", words),
    )
    return _OPENING.sub(r"\g<space>\g<number>\\\g<sign>", unlinked)


def html_written(document: doc.Document) -> bytes:
    style = (_HERE / "document.css").read_text("utf-8")
    return (_template().render(document=document, style=style) + "\n").encode()


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "data": lambda png: base64.b64encode(png).decode(),
        "anchor": lambda key: re.sub(r"[^\w-]", "-", key),
        "kind": lambda block: type(block).__name__.lower(),
    }
    environment.tests["web"] = lambda address: re.fullmatch(r"(?i)https?://\S+", address) is not None
    return environment.get_template("document.html")
