"""HTML: one accessible, printable file that loads nothing and runs no script."""

import base64
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.services.country_update.document import Document

_HERE = Path(__file__).parent
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def written(document: Document) -> bytes:
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
    environment.tests["web"] = lambda address: _WEB.fullmatch(address) is not None
    return environment.get_template("document.html")
