"""Make the Word template of country updates from reviewable code: python -m scripts.update_template"""

import io
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph

from bot.publish.country_update.rendering.word import OWN_TEMPLATE, without_time

# ruff: noqa: SLF001 - python-docx offers some features only through its private XML elements


_INK, _MUTED, _ACCENT = RGBColor(0x1C, 0x27, 0x33), RGBColor(0x55, 0x62, 0x6F), RGBColor(0x14, 0x56, 0x3F)
_FONT = "Arial"
_TABLES = {"counts": (90, 30, 48), "groups": (76, 28, 28, 36), "course": (44, 100, 24)}
"""Widths of columns in millimetres."""
_ANNEX = {
    "": {"number": (0, 10), "record": (1, 22), "date": (4, 58), "place": (5, 58), "cited": (6, 20)},
    "is_full": {
        "number": (0, 9), "record": (1, 18), "title": (7, 36), "version": (2, 16), "approved": (3, 26), "date": (4, 23),
        "place": (5, 22), "cited": (6, 18),
    },
}  # fmt: skip
"""Columns of the annex in the short edition and the full one: places in its head, and widths."""
_PARAGRAPHS = {
    "heading1": "Heading 1",
    "heading2": "Heading 2",
    "title": "Record Title",
    "text": "Normal",
    "facts": "Record Facts",
    "item": "List Bullet",
}
"""Style of each kind of paragraph."""
_SUMMARY = 'block.kind == "text" and loop.nextitem is defined and loop.nextitem.kind == "facts"'
"""Condition for a paragraph whose facts stand below it, on the same page."""


def made() -> bytes:
    """The template's bytes, without any timestamp."""
    document = docx.Document()
    _styles(document)
    _page(document)
    _title_page(document)
    _contents(document)
    _blocks(document)
    _annex(document)
    properties = document.core_properties
    properties.author = properties.title = properties.comments = ""
    properties.created = properties.modified = datetime(1980, 1, 1)  # noqa: DTZ001 - python-docx expects a naive one
    file = io.BytesIO()
    document.save(file)
    return without_time(file.getvalue())


def _styles(document: Document) -> None:
    styles = document.styles
    _style(styles["Normal"], 10.5, _INK, after=6)
    _style(styles["Title"], 24, _ACCENT, bold=True, after=4)
    _style(styles["Subtitle"], 14, _MUTED, after=10)
    _style(styles["Heading 1"], 17, _ACCENT, bold=True, before=22, after=8, follows=True)
    _style(styles["Heading 2"], 13, _ACCENT, bold=True, before=16, after=4, follows=True)
    _style(styles["Caption"], 9.5, _INK, bold=True, before=10, after=4, follows=True)
    _style(styles["List Bullet"], 10.5, _INK, after=3)
    _style(styles["Footer"], 8.5, _MUTED)
    for name, size, color, bold in (
        ("Record Title", 10.5, _INK, True),
        ("Record Summary", 10.5, _INK, False),
        ("Record Facts", 8.5, _MUTED, False),
        ("Table Text", 9, _INK, False),
        ("Annex Text", 7.5, _INK, False),
        ("Annex Head", 7.5, _INK, True),
        ("Table Head", 9, _INK, True),
        ("Contents Title", 13, _ACCENT, True),
        ("Contents Line", 10.5, _INK, False),
    ):
        style: Any = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        before = {"Record Title": 10, "Contents Title": 18}.get(name, 0)
        after = {"Table": 2, "Annex": 0}.get(name.partition(" ")[0], 6 if name == "Record Facts" else 4)
        follows = name in {"Record Title", "Record Summary"}
        _style(style, size, color, bold=bold, before=before, after=after, follows=follows)
    styles["Record Facts"].paragraph_format.left_indent = Mm(4)
    beside = OxmlElement("w:pBdr")
    _line(beside, "left", width=12, space=7)
    styles["Record Facts"].element.get_or_add_pPr().insert_element_before(beside, "w:spacing", "w:ind")
    name_of_fact: Any = styles.add_style("Fact Name", WD_STYLE_TYPE.CHARACTER)
    name_of_fact.font.bold, name_of_fact.font.color.rgb = True, _INK
    mark: Any = styles.add_style("Reference Mark", WD_STYLE_TYPE.CHARACTER)
    mark.font.superscript, mark.font.bold, mark.font.color.rgb = True, False, _ACCENT


def _style(
    style: Any,
    size: float,
    color: RGBColor,
    *,
    bold: bool = False,
    before: float = 0,
    after: float = 0,
    follows: bool = False,
) -> None:
    style.font.name, style.font.size, style.font.color.rgb = _FONT, Pt(size), color
    style.font.bold, style.font.italic = bold, False
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for one in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{one}"), None)
    for one in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{one}"), _FONT)
    about = style.paragraph_format
    about.space_before, about.space_after, about.keep_with_next = Pt(before), Pt(after), follows
    borders = style.element.pPr.find(qn("w:pBdr")) if style.element.pPr is not None else None
    if borders is not None:
        style.element.pPr.remove(borders)


def _page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(21)
    section.top_margin = section.bottom_margin = Mm(22)
    section.different_first_page_header_footer = True
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("{{r title }}")
    foot.add_run(" · ")
    foot.add_run("{{r period }}")
    foot.add_run(" · ")
    foot.add_run("{{r page }}")
    _field(foot, "PAGE", "1")
    foot.add_run("{{r page_end }}")


def _title_page(document: Document) -> None:
    document.add_paragraph("{{r title }}", "Title")
    document.add_paragraph("{{r period }}", "Subtitle")
    table = _table(document, (70, 98), 3)
    table.cell(0, 0).paragraphs[0].text = "{%tr for name, value in facts %}"
    _fill(table, 1, ("{{r name }}", "{{r value }}"), "Normal")
    table.cell(2, 0).paragraphs[0].text = "{%tr endfor %}"


def _contents(document: Document) -> None:
    """Add a field that Word fills with page numbers. Until then it holds the headings."""
    document.add_paragraph("{{r contents_title }}", "Contents Title")
    begin = document.add_paragraph(style="Contents Line")
    _part(begin, "begin", dirty=True)
    _instruction(begin, r'TOC \o "1-2" \h \z \u')
    _part(begin, "separate")
    document.add_paragraph("{%p for line in contents %}")
    document.add_paragraph("{{r line }}", "Contents Line")
    document.add_paragraph("{%p endfor %}")
    _part(document.add_paragraph(style="Contents Line"), "end")
    document.add_paragraph("{%p if is_full %}")
    document.add_page_break()  # type: ignore[no-untyped-call] # python-docx lacks it
    document.add_paragraph("{%p endif %}")


def _blocks(document: Document) -> None:
    document.add_paragraph("{%p for block in blocks %}")
    document.add_paragraph(f"{{%p if {_SUMMARY} %}}")
    document.add_paragraph("{{r block.words }}", "Record Summary")
    for kind, style in _PARAGRAPHS.items():
        document.add_paragraph(f'{{%p elif block.kind == "{kind}" %}}')
        document.add_paragraph("{{r block.words }}", style)
    document.add_paragraph("{%p endif %}")
    document.add_paragraph('{%p if block.kind == "figure" %}')
    picture = document.add_paragraph("{{ block.picture }}")
    picture.paragraph_format.keep_with_next = True
    picture.paragraph_format.space_before = Pt(10)  # away from the last line of a table above
    under = document.add_paragraph("{{r block.caption }}", "Caption")
    under.paragraph_format.keep_with_next = False
    document.add_paragraph("{%p endif %}")
    for kind, widths in _TABLES.items():
        document.add_paragraph(f'{{%p if block.kind == "{kind}" %}}')
        document.add_paragraph("{{r block.caption }}", "Caption")
        table = _table(document, widths, 4)
        _head(table, [f"{{{{r block.head[{place}] }}}}" for place in range(len(widths))])
        table.cell(1, 0).paragraphs[0].text = "{%tr for row in block.rows %}"
        _fill(table, 2, [f"{{{{r row[{place}] }}}}" for place in range(len(widths))], "Table Text")
        table.cell(3, 0).paragraphs[0].text = "{%tr endfor %}"
        document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p endfor %}")


def _annex(document: Document) -> None:
    document.add_paragraph("{{r annex.title }}", "Heading 1")
    document.add_paragraph("{%p if annex.references %}")
    document.add_paragraph("{{r annex.caption }}", "Caption")
    for condition, columns in _ANNEX.items():
        document.add_paragraph(f"{{%p if {condition or 'not is_full'} %}}")
        table = _table(document, tuple(width for _, width in columns.values()), 4)
        _head(table, [f"{{{{r annex.head[{place}] }}}}" for place, _ in columns.values()], "Annex Head")
        table.cell(1, 0).paragraphs[0].text = "{%tr for one in annex.references %}"
        _fill(table, 2, [f"{{{{r one.{name} }}}}" for name in columns], "Annex Text")
        table.cell(3, 0).paragraphs[0].text = "{%tr endfor %}"
        document.add_paragraph("{%p endif %}")
    document.add_paragraph("{{r annex.sources_title }}", "Caption")
    document.add_paragraph("{%p for one in annex.sources %}")
    document.add_paragraph("{{r one }}", "Annex Text")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")


def _table(document: Document, widths: tuple[int, ...], rows: int) -> Table:
    table: Table = document.add_table(rows, len(widths))
    table.autofit = False
    table.style = "Normal Table" if "Normal Table" in document.styles else None
    for place, width in enumerate(widths):
        table.columns[place].width = Mm(width)
        for row in table.rows:
            row.cells[place].width = Mm(width)
    for row in table.rows:
        _keep_whole(row._tr)
    _lines(table)
    return table


def _head(table: Table, words: list[str], style: str = "Table Head") -> None:
    """Fill the first row, which repeats on each page and is read out with its cells."""
    _fill(table, 0, words, style)
    mark = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(mark)


def _fill(table: Table, row: int, words: Any, style: str) -> None:
    for cell, said in zip(table.rows[row].cells, words, strict=True):
        cell.paragraphs[0].text = said
        cell.paragraphs[0].style = style


def _keep_whole(row: Any) -> None:
    row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _lines(table: Table) -> None:
    """Draw a thin line below each row."""
    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        _line(borders, side)
    table._tbl.tblPr.append(borders)


def _line(borders: Any, side: str, width: int = 4, space: int = 0) -> None:
    """Draw a line on a side, in eighths of a point, at a distance in points."""
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(width)), ("space", str(space)), ("color", "D5DBE1")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)


def _field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    _part(paragraph, "begin")
    _instruction(paragraph, instruction)
    _part(paragraph, "separate")
    paragraph.add_run(shown)
    _part(paragraph, "end")


def _part(paragraph: Paragraph, kind: str, *, dirty: bool = False) -> None:
    """Add a mark of a field. Word updates a dirty one when it opens the document."""
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    if dirty:
        mark.set(qn("w:dirty"), "true")
    paragraph.add_run()._r.append(mark)


def _instruction(paragraph: Paragraph, words: str) -> None:
    instruction = OxmlElement("w:instrText")
    instruction.set(qn("xml:space"), "preserve")
    instruction.text = f" {words} "
    paragraph.add_run()._r.append(instruction)


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else OWN_TEMPLATE
    path.write_bytes(made())
