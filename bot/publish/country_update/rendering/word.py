"""Word (Office Open XML): docxtpl fills the program's template or an organisation's own.
docs/country-update.md lists the values that a template can show."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage  # type: ignore[import-untyped] # untyped
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from bot.publish.country_update import document as doc

OWN_TEMPLATE = Path(__file__).with_name("document.docx")
MARK_STYLE, NAME_STYLE = "ReferenceMark", "FactName"
"""Ids of the character styles of marks and of names of facts. A template without them shows both as plain
text."""
_ALWAYS = (1980, 1, 1, 0, 0, 0)
_ENTITIES = {one: f"&#{ord(one)};" for one in "{}%"}
_WEB = re.compile(r"https?://[^\s]+", re.IGNORECASE)

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def written(document: doc.Document, template: bytes | None = None) -> bytes:
    """Write the file. Raises TemplateError for a template that is no Word document or cannot be filled."""
    try:
        filled = DocxTemplate(io.BytesIO(OWN_TEMPLATE.read_bytes() if template is None else template))
        filled.render(
            _values(filled, document), SandboxedEnvironment(undefined=StrictUndefined), autoescape=True
        )
        _describe(filled, document)
        file = io.BytesIO()
        filled.save(file)
    except Exception as error:
        # A faulty template can raise any error of the reader, the parser or the engine.
        if template is None:
            raise
        raise doc.TemplateError(f"{type(error).__name__}: {error}".splitlines()[0][:200]) from None
    return without_time(file.getvalue())


def _words(*runs: str) -> Markup:
    return Markup("".join(runs))  # noqa: S704 - runs are escaped


class _Picture:
    """Picture with alternative text. The image is private, since it leads to a document object that can read
    and write files, and a template cannot reach attributes with an underscore."""

    def __init__(self, template: DocxTemplate, figure: doc.Figure) -> None:
        self._image = InlineImage(template, io.BytesIO(figure.paint()), width=Mm(112))
        self._alt = figure.alt

    def __html__(self) -> str:
        xml: str = self._image.__html__()
        return xml.replace("<wp:docPr ", f"<wp:docPr descr={quoteattr(self._alt, _ENTITIES)} ", 1)

    __str__ = __html__


def _values(template: DocxTemplate, document: doc.Document) -> Mapping[str, Any]:
    page, _, page_end = document.page.partition(doc.PAGE_NUMBER)
    annex = document.annex
    titles, blocks = {}, list[Mapping[str, Any]]()
    for level, section in doc.levelled(document.sections):
        anchor = f"section{section.number.replace('.', '_')}"
        titles[anchor] = section.heading
        blocks.append({"kind": f"heading{level}", "words": _words(_marked(anchor, _run(section.heading)))})
        blocks += (_block(template, document, block) for block in section.blocks)
    titles["annex"] = annex.heading
    return {
        "title": _plain(document.title),
        "publisher": _plain(document.publisher),
        "period": _plain(document.period),
        "facts": [(_plain(name), _plain(value)) for name, value in document.facts],
        "contents_title": _plain(document.contents),
        "contents": [_words(_linked(f'w:anchor="{one}"', _run(title))) for one, title in titles.items()],
        "page": _plain(page),
        "page_end": _plain(page_end),
        "is_full": document.is_full,
        "blocks": blocks,
        "annex": {
            "title": _words(_marked("annex", _run(annex.heading))),
            "caption": _plain(annex.caption),
            "head": [_plain(one) for one in annex.head],
            "references": [_reference(template, one) for one in annex.references],
            "sources_title": _plain(annex.sources_title),
            "sources": [_source(template, one) for one in annex.sources],
        },
    }


def _block(template: DocxTemplate, document: doc.Document, block: doc.Block) -> Mapping[str, Any]:
    match block:
        case doc.Note(words):
            return {"kind": doc.ParagraphStyle.TEXT.value, "words": _plain(words)}
        case doc.Paragraph(look=look):
            return {"kind": look.value, "words": _words(*_runs(template, block, document.source))}
        case doc.Figure(caption=caption):
            said = _words(_statement(caption), *_marks(block.marks))
            return {"kind": "figure", "picture": _Picture(template, block), "caption": said}
        case doc.Table(look=kind, caption=about):
            head = [_plain(one) for one in block.head]
            rows = [
                [*(_words(_statement(cell)) for cell in row), _words(*_marks(found, "", ""))]
                for row, found in block.numbered
            ]
            return {"kind": kind.value, "caption": _plain(about), "head": head, "rows": rows}


def _reference(template: DocxTemplate, one: doc.AnnexEntry) -> Mapping[str, Any]:
    lines = [*map(_run, one.sources), *(_web(template, link, link) for link in one.links)]
    return {
        "number": _words(_marked(f"ref{one.number}", _run(str(one.number)))),
        **{name: _plain(getattr(one, name)) for name in ("record", "version", "approved", "date", "place")},
        "title": _plain(one.title),
        "cited": _plain(", ".join(f"S{number}" for number in one.cited)),
        "sources": _words("<w:r><w:br/></w:r>".join(lines)),
    }


def _source(template: DocxTemplate, one: doc.AnnexSource) -> Markup:
    link = [_run(" "), _web(template, one.link, one.link)] if one.link else []
    return _words(_run(f"S{one.number}: {one.words}"), *link)


def _web(template: DocxTemplate, address: str, words: str) -> str:
    """Words linked to an address, if it is one of the web."""
    if not _WEB.fullmatch(address):
        return _run(words)
    return _linked(f'r:id="{template.build_url_id(address)}"', _run(words))


# --- runs of WordprocessingML (ECMA-376, part 1, 17.3.2)


def _plain(words: str) -> Markup:
    return _words(_run(words))


def _run(words: str, properties: str = "") -> str:
    about = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{about}<w:t xml:space="preserve">{escape(words, _ENTITIES)}</w:t></w:r>'


def _statement(one: doc.Statement) -> str:
    language = f"<w:lang w:val={quoteattr(one.language)}/>" if one.language else ""
    name = _run(one.name, f'<w:rStyle w:val="{NAME_STYLE}"/>') if one.name else ""
    return name + _run(one.rest, language)


def _runs(template: DocxTemplate, paragraph: doc.Paragraph, source: str) -> Iterator[str]:
    for place, (statement, found) in enumerate(paragraph.runs):
        if place:
            yield _run(" ")
        yield _statement(statement)
        yield from _marks(found)
        if statement.link:
            yield _run(" ") + _web(template, statement.link, source)


def _marks(
    marks: Sequence[doc.ReferenceMark],
    style: str = f'<w:rStyle w:val="{MARK_STYLE}"/>',
    opening: str = "\N{WORD JOINER}",
) -> Iterator[str]:
    for place, mark in enumerate(marks):
        yield _run("," if place else f"{opening}[", style)
        yield _linked(f'w:anchor="ref{mark.number}"', _run(mark.words, style))
    if marks:
        yield _run("]", style)


def _linked(target: str, run: str) -> str:
    return f"<w:hyperlink {target}>{run}</w:hyperlink>"


def _marked(anchor: str, run: str) -> str:
    number = sum(ord(letter) * 131**place for place, letter in enumerate(anchor)) % 10**9
    return f'<w:bookmarkStart w:id="{number}" w:name="{anchor}"/>{run}<w:bookmarkEnd w:id="{number}"/>'


# --- the file around it


def _describe(template: DocxTemplate, document: doc.Document) -> None:
    properties, day = template.docx.core_properties, datetime.fromisoformat(document.day).replace(tzinfo=UTC)
    properties.title, properties.subject = document.title, document.period
    properties.author = properties.last_modified_by = document.publisher
    properties.language, properties.comments, properties.revision = document.language, "", 1
    properties.created = properties.modified = day.replace(tzinfo=None)
    for style in template.docx.styles.element.iter(_W + "lang"):
        style.set(_W + "val", document.language)


def without_time(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        # Content types first, as readers expect (ECMA-376, part 2).
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, _ALWAYS)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return made.getvalue()
