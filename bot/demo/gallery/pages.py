"""Self-contained HTML pages from templates, with an inline stylesheet and no scripts."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.languages import name_of
from bot.texts import Texts

_FOLDER = Path(__file__).resolve().parent
STYLE = (_FOLDER / "style.css").read_text("utf-8")
_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def policy() -> str:
    """Content-Security-Policy that allows only this stylesheet, by hash, since files have no origin."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def page(template: str, texts: Texts, language: str, **values: object) -> str:
    """Render a template in a language.

    Values are escaped unless marked `safe`. Templates may call `text(key)`, with `language=` for another
    language.
    """

    def text(key: str, language: str = language, **arguments: str | int) -> str:
        return texts.text(language, key, arguments)

    return _TEMPLATES.get_template(template).render(
        text=text,
        language=language,
        languages={code: name_of(code) for code in texts.languages},
        style=STYLE,
        policy=policy(),
        **values,
    )
