"""Texts by key and language, from gettext catalogues, read as .po without a compile step."""

import gettext
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import bot
from bot.errors import LanguageError
from bot.languages import LOCALES

NEUTRAL: Mapping[str, str] = {
    "reporter.welcome": "reporter.neutral.welcome",
    "reporter.help": "reporter.neutral.help",
    "reporter.not_kept": "reporter.neutral.not_kept",
    "reporter.begin": "reporter.neutral.begin",
    "reporter.resumed": "reporter.neutral.resumed",
    "reporter.nothing_to_cancel": "reporter.neutral.nothing_to_cancel",
    "reporter.withdraw.done": "reporter.neutral.withdrawn",
    "command.report": "command.neutral.report",
    "command.status": "command.neutral.status",
    "command.withdraw": "command.neutral.withdraw",
    "profile.description": "profile.neutral.description",
    "profile.about": "profile.neutral.about",
}
"""Replacements for texts that reveal the bot's purpose to people who open it or see its menu."""


class MissingTextError(KeyError):
    pass


class Texts:
    """Texts of all languages, with the domains of each merged. The first language is the fallback. With `neutral` they hide the
    bot's purpose from strangers. Raises LanguageError for files that are missing or lack texts."""

    def __init__(self, languages: tuple[str, ...], folder: Path = LOCALES, *, neutral: bool = False) -> None:
        self.languages, self.neutral = languages, neutral
        self._instead = NEUTRAL if neutral else {}
        read = {language: _read(folder / language / "LC_MESSAGES") for language in languages}
        _require_whole({language: keys for language, (_, keys) in read.items()}, folder)
        self._catalogs = {language: catalog for language, (catalog, _) in read.items()}
        self._keys = sorted(read[languages[0]][1])

    def text(self, language: str, key: str, args: Mapping[str, str | int] | None = None) -> str:
        """The text with its placeholders filled. An argument `n` selects the plural form, if the text has any."""
        key = self.said(key)
        catalog = self._catalogs.get(language) or self._catalogs[self.languages[0]]
        values = args or {}
        count = values.get("n")
        found = catalog.ngettext(key, key, count) if isinstance(count, int) else catalog.gettext(key)
        if found == key and isinstance(count, int):
            found = catalog.gettext(key)
        if found == key:
            raise MissingTextError(key)
        return found.format(**values).replace("python -m bot", bot.COMMAND)

    def said(self, key: str) -> str:
        """Key of the text that replaces this one, or the key itself."""
        return self._instead.get(key, key)

    def raw(self, language: str, prefix: str) -> dict[str, str]:
        """Texts by key prefix, with unfilled placeholders (for the demo's page)."""
        catalog = self._catalogs[language]
        return {key: catalog.gettext(key) for key in self._keys if key.startswith(prefix)}


def _require_whole(keys: Mapping[str, Sequence[str]], folder: Path) -> None:
    every = set().union(*keys.values())
    for language, own in keys.items():
        if not own or (lacking := every.difference(own)):
            at, of_all = folder / language / "LC_MESSAGES", {path.name for path in folder.glob("*/*/*.po")}
            gone = next((at / name for name in of_all if not (at / name).exists()), at)
            why = f"{gone}: texts are missing ({len(lacking) if own else 'all'})"
            raise LanguageError(f"{why}. Put the program's files back: git checkout -- locales")


def _read(folder: Path) -> tuple[gettext.GNUTranslations, Sequence[str]]:
    merged = Catalog()
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=folder.parent.name)
        # Plural forms come from the file: Babel does not know those of every language.
        merged.mime_headers = catalog.mime_headers
        for message in catalog:
            if message.id and not message.fuzzy:
                merged.add(message.id, message.string, flags=message.flags)
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    keys = [one.id if isinstance(one.id, str) else one.id[0] for one in merged if one.id]
    return gettext.GNUTranslations(compiled), keys
