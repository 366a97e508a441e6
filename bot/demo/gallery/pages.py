"""A page of the gallery: HTML with one stylesheet inside, no script, nothing from elsewhere; and the first of them."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bot.chat.reporter.commands import NAMES
from bot.demo.gallery.markup import escaped, tag
from bot.texts import Texts

STYLE = (Path(__file__).resolve().parent / "style.css").read_text("utf-8")


def policy() -> str:
    """The pages' Content-Security-Policy: this stylesheet alone, by its hash, since a file has no origin."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def page(language: str, title: str, body: str) -> str:
    """A whole page."""
    head = (
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy()}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{tag('title', escaped(title))}\n<style>{STYLE}</style>"
    )
    return f"<!doctype html>\n{tag('html', tag('head', head), tag('body', body), lang=language)}\n"


def index(texts: Texts, languages: Sequence[str], charts: Mapping[str, Mapping[str, str]]) -> str:
    """The first page, in each language: where its screens are, and its pictures, as files by their kind."""
    titles = [texts.text(one, "gallery.title") for one in languages]
    sections = (_welcome(texts, one, charts[one]) for one in languages)
    return page(languages[0], " · ".join(titles), tag("main", *sections))


def _welcome(texts: Texts, language: str, charts: Mapping[str, str]) -> str:
    name = escaped(NAMES.get(language, language))
    links = [
        tag("a", tag("b", name), href=f"{language}.html"),
        *(
            tag("a", escaped(texts.text(language, f"gallery.flow.{kind}")), href=file)
            for kind, file in charts.items()
        ),
    ]
    title = tag("h1", escaped(texts.text(language, "gallery.title")))
    lead = tag("p", escaped(texts.text(language, "gallery.all")))
    return tag("section", title, lead, listed(links), lang=language)


def link(address: str, title: str) -> str:
    """A link; the title is markup already."""
    return tag("a", title, href=address)


def folded(title: str, items: Iterable[str]) -> str:
    """A list that is unfolded by its title."""
    return tag("details", tag("summary", title), listed(items))


def listed(items: Iterable[str]) -> str:
    """A list."""
    return tag("ul", *(tag("li", item) for item in items))
