"""What the bot says beside its forms, as screens: a script played with the real handlers in each language."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from itertools import groupby
from pathlib import Path

import migrations
from bot.demo.gallery.chance import without_chance
from bot.demo.gallery.chatting import Chats
from bot.demo.gallery.exchanges import Exchange
from bot.demo.gallery.heard import Heard
from bot.demo.gallery.scripts import Script
from bot.demo.home import settings_in
from bot.demo.walk.words import Words
from bot.form.model import Form
from bot.safety.keys import KEY_BYTES, SecretKey, show_key
from bot.texts import Texts
from bot.wiring import open_work

NOW = datetime.fromisoformat("2025-11-24T12:00:00+05:00")
DATABASE = "kuager.db"
LOOKUP_KEY = show_key(SecretKey(bytes(KEY_BYTES)))
"""The same in every run: the data of some buttons is hashed with it."""
Told = Mapping[str, Sequence[Exchange]]


async def converse(texts: Texts, forms: Mapping[str, Form], words: Mapping[str, Words]) -> Told:
    """The exchanges by language; `words` are what people write in it. Raises MissingTextError for a text that a
    catalogue lacks."""
    with tempfile.TemporaryDirectory(prefix="kuager-gallery-") as name:
        folder = Path(name)
        await migrations.upgrade(f"sqlite+aiosqlite:///{folder / DATABASE}")
        return {
            language: await _play(folder, language, texts, forms, words[language])
            for language in texts.languages
        }


async def _play(
    folder: Path, language: str, texts: Texts, forms: Mapping[str, Form], words: Words
) -> Sequence[Exchange]:
    own = folder / language
    own.mkdir()
    shutil.copy(folder / DATABASE, own)
    settings = settings_in(own, "http://127.0.0.1", languages=texts.languages, lookup_key=LOOKUP_KEY)
    work = await open_work(settings, lambda: NOW)
    try:
        work.forms = forms
        chats = Chats(work, Heard(texts), language)
        with without_chance(language):
            await Script(chats, words).play()
        return chats.exchanges
    finally:
        await work.database.close()


def worth_showing(exchanges: Sequence[Exchange], known: Set[str]) -> Sequence[Exchange]:
    """The exchanges without those that look like an earlier one; of what fills in a form, those with a text that is
    nowhere else, neither in an earlier exchange nor in the forms' screens, whose keys are `known`."""
    shown, seen, looks = [], set(known), set()
    for _, group in groupby(exchanges, lambda one: one.number):
        together = list(group)
        keys = set(together[0].keys)
        for exchange in together:
            if exchange.look not in looks and not (exchange.aside and keys <= seen):
                shown.append(exchange)
                looks.add(exchange.look)
        seen |= keys
    return shown
