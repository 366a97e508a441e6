"""Texts by key and language, from gettext catalogues. They are read as .po: there is no compile step."""

import gettext
import io
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

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
"""Keys of texts that say what the bot is for to anybody who opens it, looks at its menu or reads over a shoulder, and those
that say it not."""


class MissingTextError(KeyError):
    """A key that is in no catalogue: a bug, which the tests find."""


class Texts:
    """All texts of these languages; the domains of a language are merged. The first language is the fallback. With
    `neutral` those are said that do not tell a stranger what the bot is for."""

    def __init__(self, languages: tuple[str, ...], folder: Path = LOCALES, *, neutral: bool = False) -> None:
        self.languages, self.neutral = languages, neutral
        self._instead = NEUTRAL if neutral else {}
        self._folder = folder
        self._catalogs = {language: _read(folder / language / "LC_MESSAGES") for language in languages}

    def text(self, language: str, key: str, args: Mapping[str, str | int] | None = None) -> str:
        """The text with its placeholders filled; an argument `n` selects the plural form, if the text has any."""
        key = self.said(key)
        catalog = self._catalogs.get(language) or self._catalogs[self.languages[0]]
        values = args or {}
        count = values.get("n")
        found = catalog.ngettext(key, key, count) if isinstance(count, int) else catalog.gettext(key)
        if found == key and isinstance(count, int):
            found = catalog.gettext(key)
        if found == key:
            raise MissingTextError(key)
        return found.format(**values)

    def said(self, key: str) -> str:
        """The key of the text that is said for this one."""
        return self._instead.get(key, key)

    def raw(self, language: str, prefix: str) -> dict[str, str]:
        """The texts whose keys have this prefix, with their placeholders unfilled (for the demo's page)."""
        catalog = self._catalogs[language]
        return {key: catalog.gettext(key) for key in self._keys if key.startswith(prefix)}

    @cached_property
    def _keys(self) -> list[str]:
        """All keys, in their order; the bot itself has no need of them, so a start does not read them."""
        return sorted(read_keys(self._folder / self.languages[0] / "LC_MESSAGES"))


def _read(folder: Path) -> gettext.GNUTranslations:
    merged = Catalog()
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=folder.parent.name)
        # The plural forms are the file's: Babel does not know those of every language.
        merged.mime_headers = catalog.mime_headers
        for message in catalog:
            if message.id and not message.fuzzy:
                merged.add(message.id, message.string, flags=message.flags)
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def read_keys(folder: Path) -> set[str]:
    """The keys of all catalogues of a folder."""
    keys = set()
    for path in folder.glob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    keys.add(message.id if isinstance(message.id, str) else message.id[0])
    return keys
