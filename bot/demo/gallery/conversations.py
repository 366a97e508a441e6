"""What the bot says beside its forms: a script played with the real handlers in each language."""

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
"""Whom the moderators share to: a public key of age, whose other half was thrown away."""

_MORE_THAN_PLAYED = 10_000
"""Messages that a person may send on a day: the script's reporter sends more than the default, and would be offered to be blocked."""


async def converse(
    texts: Texts, forms: Mapping[str, Form], words: Mapping[str, Words]
) -> Mapping[str, Sequence[Exchange]]:
    """The exchanges by language; `words` are what people write in it. The same arguments give the same exchanges.
    Raises MissingTextError for a text that a catalogue lacks."""
    with tempfile.TemporaryDirectory(prefix="kuager-gallery-") as name:
        folder = Path(name)
        await migrations.upgrade(f"sqlite+aiosqlite:///{folder / _DATABASE}")
        found = {}
        for language in texts.languages:
            exchanges = await play(folder, language, texts, forms, words[language])
            found[language] = with_stand_ins(exchanges, language, constant_text(texts, language))
        return found


def constant_text(texts: Texts, language: str) -> str:
    """What no play draws at random: the catalogue, and what the script types."""
    return "\n".join((*texts.raw(language, "").values(), UNKNOWN_CODE))


async def play(
    folder: Path, language: str, texts: Texts, forms: Mapping[str, Form], words: Words
) -> Sequence[Exchange]:
    """The exchanges of a language as they were, on a copy of a folder's empty database."""
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
    """The exchanges in which the bot says something new. One that only fills in a form must also have a text that is
    in no earlier exchange and not among the `known` keys, those of the forms' screens."""
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
