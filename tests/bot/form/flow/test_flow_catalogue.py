"""The texts of the flow: each that is used is there in three languages, none is there for nothing."""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[4]
LANGUAGES = ("kk", "ru", "en")
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "bot").rglob("*.py")))
USED = frozenset(re.findall(r'(?<!f)"(flow\.[\w.]+)"', SOURCE))
FAMILIES = [
    re.sub(r"\\{[^}]*\\}", r"\\w+", re.escape(key)) for key in re.findall(r'f"(flow\.[^"]+)"', SOURCE)
]


def catalogue(language: str) -> Mapping[str, Message]:
    """The messages of a language by key."""
    path = ROOT / "locales" / language / "LC_MESSAGES" / "flow.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    keys = [message.id if isinstance(message.id, str) else message.id[0] for message in catalog if message.id]
    assert len(keys) == len(set(keys))
    return dict(zip(keys, (message for message in catalog if message.id), strict=True))


CATALOGUES = {language: catalogue(language) for language in LANGUAGES}


def forms(message: Message) -> list[str]:
    """All plural forms of a text, or the one."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_key_that_is_used_has_its_text() -> None:
    """In each language the same keys; some at least, or nothing was looked at."""
    assert len(USED) > 60
    for messages in CATALOGUES.values():
        assert set(messages) >= USED
        assert set(messages) == set(CATALOGUES["kk"])


def test_no_text_is_there_for_nothing() -> None:
    """A key stands in the source, or is one of a family that does."""
    families = re.compile("|".join(FAMILIES))
    assert [key for key in CATALOGUES["kk"] if key not in USED and not families.fullmatch(key)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_says_the_same_in_every_language(language: str) -> None:
    """With the same placeholders in every form, none of them empty, plurals everywhere or nowhere."""
    for key, first in CATALOGUES["kk"].items():
        wanted = placeholders(forms(first)[0])
        message = CATALOGUES[language][key]
        assert all(text.strip() for text in forms(message)), key
        assert all(placeholders(text) == wanted for text in forms(message)), key
        assert isinstance(message.string, str) is isinstance(first.string, str), key
        assert ("n" in wanted) is not isinstance(message.string, str), key


def test_russian_counts_in_three_forms() -> None:
    """One, a few, many."""
    assert forms(CATALOGUES["ru"]["flow.files"]) == ["{n} файл", "{n} файла", "{n} файлов"]
