"""The gallery's files: walks the forms once, plays the chats and renders every language."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from bot.chat.screens.renderer import Renderer
from bot.chat.screens.rewording import EDIT_WORDS
from bot.demo.gallery.chart import Chart
from bot.demo.gallery.conversations import converse, worth_showing
from bot.demo.gallery.exchanges import Exchange
from bot.demo.gallery.loose_texts import by_subject, loose_texts
from bot.demo.gallery.pages import page
from bot.demo.gallery.sample_words import Letters, letters_of, sample_words, standing_for
from bot.demo.gallery.screens import by_path, form_screens
from bot.demo.gallery.sections import LanguagePages, ShownForm
from bot.demo.walk.visits import Visit
from bot.demo.walk.walking import walk
from bot.form.model import Form
from bot.form.xlsform.reader import load, read_contacts, with_contacts
from bot.services.forms.questionnaires import with_days
from bot.services.unit import REPORT_FORM, REVIEW_FORM
from bot.settings import Settings
from bot.texts import Texts


def forms(report: Path, review: Path, contacts: Path) -> Mapping[str, Form]:
    shown = with_days(load(report), Settings.model_fields["talk_days"].default)
    return {REPORT_FORM: with_contacts(shown, read_contacts(contacts)), REVIEW_FORM: load(review)}


def write_gallery(
    folder: Path, by_kind: Mapping[str, Form], texts: Texts, announce: Callable[[str], None] = lambda _: None
) -> None:
    """Write `index.html`, all pages and all charts into a folder, created if missing.

    Output is deterministic for forms and texts. `announce` receives each file's path. Runs its own event
    loop. Raises MissingTextError before writing if a catalogue lacks a text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = {language: sample_words(texts, language) for language in texts.languages}
    standing = standing_for(words.values())
    walks = {
        kind: tuple(walk(form, standing, withholds=kind == REVIEW_FORM)) for kind, form in by_kind.items()
    }
    shown = {}
    for language in texts.languages:
        letters = letters_of(standing, words[language])
        shown[language] = [
            _shown(kind, form, walks[kind], texts, language, letters) for kind, form in by_kind.items()
        ]
    talks = asyncio.run(converse(texts, by_kind, words))
    files: dict[str, str] = {}
    for language in texts.languages:
        files |= {f"{one.chart_file}-{language}.svg": one.chart for one in shown[language]}
        files |= _pages(texts, language, shown[language], talks[language])
    # Last, so that its presence proves the others.
    files["index.html"] = page("index.html", texts, texts.languages[0], kinds=list(by_kind))
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
        announce(str(folder / name))


def _shown(
    kind: str, form: Form, walked: Iterable[Visit], texts: Texts, language: str, letters: Letters
) -> ShownForm:
    rewording = EDIT_WORDS if kind == REVIEW_FORM else {}
    screens = form_screens(walked, Renderer(texts), language, rewording, letters)
    return ShownForm(kind, form, by_path(form, screens), Chart(form, texts, language).svg())


def _pages(
    texts: Texts, language: str, shown: Sequence[ShownForm], talk: Sequence[Exchange]
) -> Mapping[str, str]:
    keys = {key for form in shown for some in form.screens.values() for one in some for key in one.keys}
    exchanges = worth_showing(talk, keys)
    keys |= {key for one in exchanges for key in one.keys}
    loose = by_subject(loose_texts(texts, language, keys))
    return LanguagePages(texts, language).render(shown, exchanges, loose)
