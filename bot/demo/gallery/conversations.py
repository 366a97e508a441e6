"""The gallery's conversations: a script played with the real handlers, in each language."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from itertools import groupby
from pathlib import Path

import migrations
from bot.demo.folder import settings_in
from bot.demo.gallery.exchanges import Exchange, recorded_chats
from bot.demo.gallery.scenes.seldom import UNKNOWN_CODE
from bot.demo.gallery.script import Script
from bot.demo.gallery.stand_ins import with_stand_ins
from bot.demo.walk.words import Words
from bot.form.model import Form
from bot.texts import Texts
from bot.wiring import open_work

SCRIPT_TIME = datetime.fromisoformat("2025-11-24T12:00:00+05:00")
_DATABASE = "kuager.db"
_NOBODY = ("age17lhll7ccc8ax05a00yp0py7a6z3u3qxxg4zg8dwpgjsrfrm7w9lq6ngqh2",)
"""Recipient for sharing: a public age key without its private half."""

_MORE_THAN_PLAYED = 10_000
"""Daily rate limit above the script's messages. The default would offer to block its reporter."""


async def converse(
    texts: Texts, forms: Mapping[str, Form], words: Mapping[str, Words]
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
    folder: Path, language: str, texts: Texts, forms: Mapping[str, Form], words: Words
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
