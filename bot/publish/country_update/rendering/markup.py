"""Markdown and HTML documents. The HTML loads nothing and runs no script."""

import base64
import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.publish.country_update.document import Document, levelled

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#$&])")
_OPENING = re.compile(r"^(?P<space>\s*)(?:(?P<sign>[-+=:])|(?P<number>\d+(?=[.)])))")
_NOT_IN_LINKS = re.compile(r"[\s<>|\\]")
_UNLINKED = re.compile(r"(?i)(https?|ftp)://|www\.|(?<=\w)@(?=\w)")

_COLUMNS, _COLUMNS_OF_SHORT = (0, 1, 7, 2, 3, 4, 5, 6), (0, 1, 4, 5, 6)
_HERE = Path(__file__).parent


def markdown_written(document: Document) -> bytes:
    columns = _COLUMNS if document.is_full else _COLUMNS_OF_SHORT
    head = [document.annex.head[place] for place in columns]
    text = _templates().get_template("document.markdown").render(document=document, annex_head=head)
    return text.strip("\n").encode() + b"\n"


def _text(words: str) -> str:
    unlinked = _UNLINKED.sub(
        lambda found: found[0].replace(":", "\\:").replace(".", "\\.").replace("@", "\\@"),
        _SPECIAL.sub(r"\\\1", words),
    )
    return _OPENING.sub(r"\g<space>\g<number>\\\g<sign>", unlinked)


def _target(address: str) -> str:
    """Address of a link (CommonMark). Characters that would end it, or its cell, are percent-encoded."""
    return _NOT_IN_LINKS.sub(lambda found: quote(found[0], safe=""), address)


def html_written(document: Document) -> bytes:
    style = (_HERE / "document.css").read_text("utf-8")
    template = _templates().get_template("document.html")
    return (template.render(document=document, style=style) + "\n").encode()


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "data": lambda png: base64.b64encode(png).decode(),
        "anchor": lambda key: re.sub(r"[^\w-]", "-", key),
        "kind": lambda block: type(block).__name__.lower(),
        "cited": lambda numbers: ", ".join(f"S{number}" for number in numbers),
        "levelled": levelled,
        "text": _text,
        "target": _target,
    }
    environment.tests["web"] = lambda address: re.fullmatch(r"(?i)https?://\S+", address) is not None
    environment.tests["linked"] = lambda address: re.match(r"(?i)https?://", address) is not None
    return environment
