"""Makes the gallery: walks the forms, renders every screen in every language, writes the pages."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.chat.renderer import Renderer
from bot.chat.screens import EDIT_WORDS
from bot.demo.gallery.chart import Chart
from bot.demo.gallery.conversations import converse, worth_showing
from bot.demo.gallery.exchanges import Exchange
from bot.demo.gallery.hall import Hall, Part
from bot.demo.gallery.pages import index
from bot.demo.gallery.sayings import by_subject, sayings
from bot.demo.gallery.screens import by_path, shown
from bot.demo.walk.walking import walk
from bot.demo.walk.words import Words
from bot.form.model import Form
from bot.form.xlsform.contacts import read_contacts, with_contacts
from bot.form.xlsform.reader import load
from bot.services.unit import REPORT_FORM, REVIEW_FORM
from bot.texts import Texts

Said = Callable[[str], None]


def forms(report: Path, review: Path, contacts: Path) -> Mapping[str, Form]:
    """The forms to be shown, by kind, with contacts as an operator would set them."""
    return {REPORT_FORM: with_contacts(load(report), read_contacts(contacts)), REVIEW_FORM: load(review)}


def make_gallery(
    folder: Path, shown_forms: Mapping[str, Form], texts: Texts, say: Said = lambda _: None
) -> None:
    """Write `index.html`, a page a section in each language, one that leads to them, and a picture of each form's flow
    into a folder, which is made. `say` is told each file. The same forms and texts give the same files. Raises
    MissingTextError for a text that a catalogue lacks; then no page is written. It runs a loop of its own (asyncio)."""
    folder.mkdir(parents=True, exist_ok=True)
    words = {language: _words(texts, language) for language in texts.languages}
    parts = {
        language: [_part(kind, form, texts, language, written) for kind, form in shown_forms.items()]
        for language, written in words.items()
    }
    told = asyncio.run(converse(texts, shown_forms, words))
    pages = {language: _pages(texts, language, parts[language], told[language]) for language in parts}
    charts: dict[str, dict[str, str]] = {}
    for language, shown_parts in parts.items():
        for part in shown_parts:
            name = f"flow-{part.kind}-{language}.svg"
            charts.setdefault(language, {})[part.kind] = name
            _write(folder / name, part.chart, say)
        for name, content in pages[language].items():
            _write(folder / name, content, say)
    _write(folder / "index.html", index(texts, texts.languages, charts), say)


def _words(texts: Texts, language: str) -> Words:
    return Words(
        short=texts.text(language, "gallery.sample.words"),
        long=texts.text(language, "gallery.sample.story") + " ",
        last=".",
        file=texts.text(language, "gallery.sample.file"),
    )


def _part(kind: str, form: Form, texts: Texts, language: str, written: Words) -> Part:
    words = EDIT_WORDS if kind == REVIEW_FORM else {}
    screens = shown(form, walk(form, written), Renderer(texts), language, words)
    return Part(kind, form, by_path(form, screens), Chart(form, texts, language).svg())


def _pages(texts: Texts, language: str, parts: Sequence[Part], told: Sequence[Exchange]) -> Mapping[str, str]:
    keys = {key for part in parts for some in part.screens.values() for one in some for key in one.keys}
    exchanges = worth_showing(told, keys)
    keys |= {key for one in exchanges for key in one.keys}
    return Hall(texts, language).pages(parts, exchanges, by_subject(sayings(texts, language, keys)))


def _write(path: Path, content: str, say: Said) -> None:
    path.write_text(content, "utf-8")
    say(str(path))
