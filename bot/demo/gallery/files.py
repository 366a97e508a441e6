"""The gallery's files: walks the forms once, plays the chats and renders every language."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime
from itertools import groupby
from pathlib import Path

import migrations
from bot.app.questionnaires import with_days
from bot.app.wiring import open_work
from bot.chat.buttons import EDIT_WORDS
from bot.chat.renderer import Renderer
from bot.demo.folder import settings_in
from bot.demo.gallery.chart import Chart
from bot.demo.gallery.exchanges import (
    Exchange,
    Letters,
    letters_of,
    recorded_chats,
    sample_words,
    standing_for,
    with_stand_ins,
)
from bot.demo.gallery.pages import (
    LanguagePages,
    ShownForm,
    by_path,
    by_subject,
    form_screens,
    loose_texts,
    page,
)
from bot.demo.gallery.script import Script
from bot.demo.gallery.seldom_scenes import UNKNOWN_CODE
from bot.demo.walk.answering import SampleTexts
from bot.demo.walk.steps import Visit
from bot.demo.walk.walking import walk
from bot.form.model import Form
from bot.form.xlsform.reader import load, read_contacts, with_contacts
from bot.settings import Settings
from bot.store.unit import REPORT_FORM, REVIEW_FORM
from bot.texts import Texts

SCRIPT_TIME = datetime.fromisoformat("2025-11-24T12:00:00+05:00")
_DATABASE = "kuager.db"
_NOBODY = ("age17lhll7ccc8ax05a00yp0py7a6z3u3qxxg4zg8dwpgjsrfrm7w9lq6ngqh2",)
"""Recipient for sharing: a public age key without its private half."""

_MORE_THAN_PLAYED = 10_000
"""Daily rate limit above the script's messages. The default would offer to block its reporter."""


async def converse(
    texts: Texts, forms: Mapping[str, Form], words: Mapping[str, SampleTexts]
) -> Mapping[str, Sequence[Exchange]]:
    """Exchanges by language, deterministic for the arguments. `words` are those of people.

    Raises MissingTextError for a text missing from a catalogue.
    """
    with tempfile.TemporaryDirectory(prefix="kuager-gallery-") as name:
        folder = Path(name)
        await migrations.upgrade(f"sqlite+aiosqlite:///{folder / _DATABASE}")
        found = {}
        for language in texts.languages:
            exchanges = await play(folder, language, texts, forms, words[language])
            found[language] = with_stand_ins(exchanges, language, constant_text(texts, language))
        return found


def constant_text(texts: Texts, language: str) -> str:
    """Text that is never drawn at random: the catalogue and the script's own input."""
    return "\n".join((*texts.raw(language, "").values(), UNKNOWN_CODE))


async def play(
    folder: Path, language: str, texts: Texts, forms: Mapping[str, Form], words: SampleTexts
) -> Sequence[Exchange]:
    """Play the script in one language on a copy of the folder's empty database."""
    own = Path(tempfile.mkdtemp(dir=folder))
    shutil.copy(folder / _DATABASE, own)
    named = {code: texts.text(code, "demo.organisation") for code in texts.languages}
    behind = {"organisation": named, "organisation_contact": "https://example.org"}
    settings = settings_in(
        own,
        "http://127.0.0.1",
        languages=texts.languages,
        export_recipients=_NOBODY,
        updates_a_day=_MORE_THAN_PLAYED,
        **behind,
    )
    work = await open_work(settings, lambda: SCRIPT_TIME)
    try:
        work.forms = {**work.forms, **forms}
        chats, exchanges = recorded_chats(work, texts, language)
        await Script(chats, exchanges, work, texts, words).play()
        return exchanges
    finally:
        await work.database.close()


def worth_showing(exchanges: Sequence[Exchange], known: Set[str]) -> Sequence[Exchange]:
    """Exchanges in which the bot says something new.

    Those that only fill in a form must also contain a text outside `known`, the keys of the forms' screens.
    """
    shown, seen, said = [], set(known), set()
    for _, group in groupby(exchanges, lambda one: one.sent.number):
        together = list(group)
        keys = set(together[0].keys)
        for exchange in together:
            what = tuple(exchange.said)
            if what not in said and not (exchange.sent.fills_form and keys <= seen):
                shown.append(exchange)
                said.add(what)
        seen |= keys
    return shown


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
