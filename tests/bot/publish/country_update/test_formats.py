"""The formats: what nobody of ours wrote is text and nothing else, whoever reads it, and each file is what its format asks for."""

import asyncio
import io
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

from bot.form.answers import Chosen
from bot.form.model import Form
from bot.publish.country_update.document import TemplateError, read_template, sample
from bot.publish.country_update.rendering import rendered, word
from bot.publish.country_update.request import UpdateFormat, UpdateRecord, UpdateRequest
from bot.publish.country_update.service import composed, try_template
from db.engine import Database
from scripts import update_template
from tests.bench import Bench, text
from tests.bot.publish.country_update.casework import approve_case
from tests.bot.publish.country_update.conftest import Made
from tests.bot.publish.country_update.judging import Read, W, parts_of, read, read_html
from tests.conftest import sqlite_url
from tests.end_to_end.cases import CASES

HOSTILE = (
    "<script>alert(1)</script>", "</p></body><img src=x onerror=alert(1)>", "a | b || c \\| d", "[x](javascript:alert(1))",
    "![i](https://evil.example/i.png)", "# No heading", "- no list", "1. no number", "1) no number", "+ no plus",
    "***bold*** __bold__ ~~gone~~ `code`", "{{ 7 * 7 }} {% raw %} {# no #} {_{ }_} {_% %_}", "&lt;b&gt; &amp;amp; &#35;",
    "<!-- comment", "]]> <![CDATA[", "=== no line ===", "--- no line ---", "[^1]: no note", "https://evil.example/ www.evil.example",
    "\N{RIGHT-TO-LEFT MARK}صحافي 🇰🇿 👩‍⚖️ ә", "$x^2$ <https://evil.example> a@b.example", "quote \" ' ` \\", "> no quotation", "long " * 600,
)  # fmt: skip
SHOWN = tuple(one.removeprefix("\N{RIGHT-TO-LEFT MARK}") for one in HOSTILE)
"""The texts as they come out: without a mark that only turns a text."""
LINK = "https://example.org/a_(b)?c=<d>&e=[f]|g*h"


@dataclass(frozen=True)
class Hostile:
    """An update of hostile records, by format."""

    files: Mapping[str, bytes]


@pytest.fixture(scope="module")
def hostile(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, forms: Mapping[str, Form]
) -> Hostile:
    """Each text as title, summary, role, town, detail, publisher and what a date refers to."""
    path = tmp_path_factory.mktemp("hostile") / "kuager.db"
    shutil.copy(migrated_file, path)
    return asyncio.run(_hostile(sqlite_url(path), forms))


async def _hostile(url: str, forms: Mapping[str, Form]) -> Hostile:
    database = Database(url)
    bench = Bench(database, forms)
    bench.settings = bench.settings.model_copy(update={"organisation": {"": "<b>| # {{ 1 }} & Co"}})
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        for words in HOSTILE:
            said = text(words)
            more: dict[str, Any] = {
                "title": said, "summary": said, "locality": said, "date_kind": Chosen(("other",)), "date_meaning": said, "affected[1]/affected_role": said,
                "perpetrators[1]/perpetrator_detail": said,
                "sources[1]/source_publisher": said, "sources[1]/source_link": text(LINK), "region": Chosen(("KZ-10",)),
            }  # fmt: skip
            await approve_case(bench, unit, moderator, CASES[1], **more)
        request = UpdateRequest.read("2024-04", "2024-04", "en", "md", "full")
        document = await composed(unit, request)
    await database.close()
    return Hostile({str(one): rendered(document, one) for one in UpdateFormat})


@pytest.mark.parametrize("format_", ["md", "html", "docx"])
def test_hostile_words_come_out_as_they_were_written(hostile: Hostile, format_: str) -> None:
    """To a reader of the format; none of them begins a heading, a paragraph or a cell of its own."""
    content = hostile.files[format_]
    found = read_markdown(content) if format_ == "md" else read(content, format_)
    said = [one.words for one in found.said]
    for words in SHOWN:
        line = " ".join(words.split())
        assert any(line in one for one in said), line[:80]  # its title and its summary
        titles = 2 if format_ == "md" else 1  # above its facts; this reader of Markdown takes cells apart
        assert said.count(line) == titles, line[:80]
        assert any(f"Affected: {line} (" in one and f"({line})" in one for one in said), line[:80]
        in_annex = [one for one in said if "Place:" not in one]
        for cell in (f"{line}, Abai Region", f": Non-governmental organisation, {line}, 6 June 2024"):
            assert any(cell in one for one in in_annex), cell[:80]
    headings = [words for _, words in found.headings if words != "Contents"]
    assert headings == [words for _, words in read(hostile.files["docx"], "docx").headings]


def test_each_paragraph_links_its_first_source(hostile: Hostile) -> None:
    """At its end, once, in every format."""
    number, page = len(HOSTILE), read_html(hostile.files["html"])
    assert (
        hostile.files["md"].decode().count("[source](<https://example.org/a_(b)?c=%3Cd%3E&e=[f]%7Cg*h>)\n")
        == number
    )
    assert [about["href"] for tag, about in page.tags if tag == "a" and about.get("class") == "source"] == [
        LINK
    ] * number
    parts = parts_of(hostile.files["docx"])
    ids = {
        one.get("Id")
        for one in ElementTree.fromstring(parts["word/_rels/document.xml.rels"])  # noqa: S314 - our own
        if one.get("Target") == LINK
    }
    links = [
        one
        for one in ElementTree.fromstring(parts["word/document.xml"]).iter(f"{W}hyperlink")  # noqa: S314 - our own
        if "source" in [text.text for text in one.iter(f"{W}t")]
    ]
    assert [set(one.attrib.values()) <= ids for one in links] == [True] * number


def test_markdown_holds_no_markup_of_others(hostile: Hostile) -> None:
    """By CommonMark with tables and strikethrough: no tag, no picture, no link but the sources, whole."""
    tokens = list(_inline(_parser().parse(hostile.files["md"].decode())))
    assert {token.content for token in tokens if token.type.startswith("html")} == set()
    assert {token.type for token in tokens} <= {
        *(
            "text",
            "text_special",
            "softbreak",
            "strong_open",
            "strong_close",
            "link_open",
            "link_close",
        ),
    }
    links = {str(token.attrs["href"]) for token in tokens if token.type == "link_open"}
    assert links == {"https://example.org/a_(b)?c=%3Cd%3E&e=%5Bf%5D%7Cg*h"}


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "html_block":
            yield token
        yield from token.children or ()


def read_markdown(content: bytes) -> Read:
    """Markdown as a parser that is not ours has it."""
    found, opening = Read(), None
    for token in _parser().parse(content.decode()):
        if token.type in {"heading_open", "paragraph_open", "td_open", "th_open"}:
            opening = token
        elif token.type == "inline" and opening is not None:
            words = "".join(one.content for one in token.children or () if one.type.startswith("text"))
            if opening.type == "heading_open":
                found.heading(int(opening.tag[1]), words)
            else:
                found.say(words)
    return found


def test_html_holds_no_markup_of_others(hostile: Hostile) -> None:
    """No script, no style, no handler, no address that a tap follows but the annex's own."""
    page = read_html(hostile.files["html"])
    assert page.scripts == []
    assert {name for _, about in page.tags for name in about if name.startswith("on")} == set()
    assert {link for link in page.links if not link.startswith("#")} == {LINK}
    assert [tag for tag, _ in page.tags if tag in {"style", "link", "iframe", "object", "base", "form"}] == [
        "style"
    ]
    assert [
        about["src"] for about in page.pictures if not str(about["src"]).startswith("data:image/png;base64,")
    ] == []


def test_a_page_can_be_read_by_everybody(made: Made) -> None:
    """Its language, one first heading and no level left out, alternatives of pictures, captions and heads of tables, links that
    lead somewhere, ids that are used once, nothing that is loaded."""
    page = read_html(made.files["kk", "html"])
    assert page.tags[0] == ("html", {"lang": "kk"})
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.pictures) == 3
    assert all(":" in str(about["alt"]) for about in page.pictures)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption") == tags.count("thead") > 5
    assert all("scope" in about for tag, about in page.tags if tag == "th")
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    policy = [about.get("content") for tag, about in page.tags if tag == "meta" and "http-equiv" in about]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_a_word_file_is_whole(made: Made) -> None:
    """Its parts are XML, its marks lead to bookmarks, its pictures have alternatives, its contents and pages are fields; python-docx opens it;
    no entry of the file tells a time."""
    content = made.files["ru", "docx"]
    parts = parts_of(content)
    body = ElementTree.fromstring(parts["word/document.xml"])  # noqa: S314 - our own
    anchors = {one.get(f"{W}anchor") for one in body.iter(f"{W}hyperlink")} - {None}
    marks = [one.get(f"{W}name") for one in body.iter(f"{W}bookmarkStart")]
    assert len(anchors) > 20
    assert anchors <= set(marks)
    assert len(marks) == len(set(marks)) == len({one.get(f"{W}id") for one in body.iter(f"{W}bookmarkStart")})
    pictures = [one for one in body.iter() if one.tag.endswith("}docPr")]
    assert len(pictures) == 3
    assert all(":" in one.get("descr", "") for one in pictures)
    fields = (
        b"".join(xml for name, xml in parts.items() if name.startswith("word/foot"))
        + parts["word/document.xml"]
    )
    assert b"TOC \\o" in fields
    assert b" PAGE " in fields
    assert b"{{" not in fields
    assert b"{%" not in fields
    opened = docx.Document(io.BytesIO(content))
    assert opened.core_properties.title == "Гражданское пространство в Казахстане: страновой обзор"
    assert (opened.core_properties.author, opened.core_properties.language) == ("Bureau", "ru")
    styles = {one.style.name for one in opened.paragraphs if one.style is not None}
    assert styles >= {"Heading 1", "Heading 2", "Record Title", "Caption"}
    around = pairwise((one.style.name, one.style) for one in opened.paragraphs if one.style is not None)
    above = {name: style for (name, style), (below, _) in around if below == "Record Facts"}
    assert above.keys() == {"Record Summary", "Record Title"}
    assert all(style.paragraph_format.keep_with_next for style in above.values())
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert file.testzip() is None
        images = [name for name in file.namelist() if name.startswith("word/media/")]
        assert [Image.open(io.BytesIO(file.read(name))).format for name in images] == ["PNG"] * 3


def test_the_template_is_what_its_script_makes() -> None:
    """So what stands in the file can be read in the script."""
    assert parts_of(update_template.made()) == parts_of(word.OWN_TEMPLATE.read_bytes())


def test_a_template_of_ones_own_is_filled() -> None:
    """With as little as it asks for."""
    own = docx.Document()
    own.add_paragraph("Our own cover: {{r title }}")
    own.add_paragraph("{%p for block in blocks %}")
    own.add_paragraph("{%p if block.kind == 'heading1' %}")
    own.add_paragraph("{{r block.words }}")
    own.add_paragraph("{%p endif %}")
    own.add_paragraph("{%p endfor %}")
    filled = docx.Document(io.BytesIO(rendered(sample(), UpdateFormat.DOCX, _saved(own))))
    assert [one.text for one in filled.paragraphs] == ["Our own cover: Title", "Section"]


def _saved(own: "docx.document.Document") -> bytes:
    file = io.BytesIO()
    own.save(file)
    return file.getvalue()


def _with(words: str) -> bytes:
    own = docx.Document()
    own.add_paragraph(words)
    return _saved(own)


_FIGURE = "{{ (blocks | selectattr('kind', 'equalto', 'figure') | first)"
"""A picture, which knows the document that it goes into: that reads and writes files."""


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (b"", "BadZipFile"),
        (b"no Word file", "BadZipFile"),
        (_with("{{r titel }}"), "titel"),
        (_with("{%p for block in blocks %}"), "TemplateSyntaxError"),
        (_with("{{ title.__class__.__mro__ }}"), "SecurityError"),
        (_with("{{ range(10 ** 9) | list }}"), "OverflowError"),
        (_with(_FIGURE + ".picture.tpl.get_file_crc('/etc/passwd') }}"), "no attribute 'tpl'"),
        (_with(_FIGURE + ".picture._image.tpl.save('/tmp/made') }}"), "SecurityError"),
        (_with("{{ 1 / 0 }}"), "ZeroDivisionError"),
    ],
)
def test_a_broken_template_is_refused_in_one_line(template: bytes, why: str) -> None:
    """Whatever is wrong with it, and whatever it tries."""
    with pytest.raises(TemplateError, match=why) as refused:
        try_template(template)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_a_template_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """In one line too."""
    with pytest.raises(TemplateError, match="No such file"):
        read_template(tmp_path / "none.docx")


def test_what_no_file_can_hold_is_replaced() -> None:
    """Control characters and halves of letters, and what turns the direction of the words around it; line breaks are spaces."""
    record = UpdateRecord({"title": "a\x00b\ud800c\x1f\u202ed\n e\tf", "related": ["x\x07"]}, 1)
    assert record["title"] == "a\ufffdb\ufffdc\ufffd\ufffdd e f"
    assert record["related"] == ["x\ufffd"]
    document = replace(sample(), title=record["title"])
    for format_ in UpdateFormat:
        assert rendered(document, format_) == rendered(document, format_)
