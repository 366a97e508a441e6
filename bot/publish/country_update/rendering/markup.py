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

_FRAMES = {doc.ParagraphStyle.TITLE: "**{}**", doc.ParagraphStyle.ITEM: "- {}"}
_COLUMNS, _COLUMNS_OF_SHORT = (0, 1, 7, 2, 3, 4, 5, 6), (0, 1, 4, 5, 6)
_HERE = Path(__file__).parent


def markdown_written(document: doc.Document) -> bytes:
    return "\n\n".join(_parts(document)).encode() + b"\n"


def _parts(document: doc.Document) -> Iterator[str]:
    yield f"# {_text(document.title)}"
    yield "\n".join(f"- **{_text(name)}**: {_text(value)}" for name, value in document.facts)
    annex = document.annex
    yield f"**{_text(document.contents)}**"
    contents = [
        f"{'  ' * (level - 1)}- {_text(one.heading)}" for level, one in doc.leveled(document.sections)
    ]
    yield "\n".join((*contents, f"- {_text(annex.heading)}"))
    for level, section in doc.leveled(document.sections):
        yield f"{'#' * (level + 1)} {_text(section.heading)}"
        for block in section.blocks:
            yield from _block(document, block)
    yield f"## {_text(annex.heading)}"
    if annex.references:
        yield f"**{_text(annex.caption)}**"
        columns = _COLUMNS if document.is_full else _COLUMNS_OF_SHORT
        rows = map(_cells, annex.references)
        yield _table([annex.head[one] for one in columns], ([row[one] for one in columns] for row in rows))
    if annex.sources:
        yield f"**{_text(annex.sources_title)}**"
        named = ((one.number, filter(None, (_text(one.words), _link(one.link)))) for one in annex.sources)
        yield "\n".join(f"- S{number}: {' '.join(parts)}" for number, parts in named)


def _block(document: doc.Document, block: doc.Block) -> Iterator[str]:
    match block:
        case doc.Paragraph(look=look):
            source = _text(document.source)
            runs = (
                (_statement(one, look), _marks(found), _linked(source, one.link)) for one, found in block.runs
            )
            said = " ".join(part for run in runs for part in run if part)
            yield _FRAMES.get(look, "{}").format(said)
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
    return f"\\[{','.join(mark.words for mark in marks)}\\]" if marks else ""


def _cells(one: doc.AnnexEntry) -> Sequence[str]:
    about = map(_text, (one.record, one.version, one.approved, one.date, one.place))
    cited = ", ".join(f"S{number}" for number in one.cited)
    return [f"\\[{one.number}\\]", *about, cited, _text(one.title)]


def _link(address: str) -> str:
    """Autolink (CommonMark). Characters that would end it, or its cell, are percent-encoded."""
    return f"<{_target(address)}>" if _WEB.match(address) else _text(address)


def _linked(words: str, address: str) -> str:
    return f"[{words}](<{_target(address)}>)" if _WEB.match(address) else ""


def _target(address: str) -> str:
    return _NOT_IN_LINKS.sub(lambda found: quote(found[0], safe=""), address)


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
        "cited": lambda numbers: ", ".join(f"S{number}" for number in numbers),
    }
    environment.tests["web"] = lambda address: re.fullmatch(r"(?i)https?://\S+", address) is not None
    return environment.get_template("document.html")
