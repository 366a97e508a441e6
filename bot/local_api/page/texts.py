"""The page's own texts, one JSON file a language: key -> text."""

import json
from collections.abc import Mapping
from pathlib import Path

PageTexts = Mapping[str, str]

_FOLDER = Path(__file__).resolve().parent / "texts"
_FALLBACK = "en"


def own_texts() -> dict[str, PageTexts]:
    """Language -> key -> text, of every language that has a file."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.json"))}


def own_languages() -> dict[str, str]:
    """Language -> its name in itself."""
    return {language: texts["page.language.name"] for language, texts in own_texts().items()}


def with_texts(languages: Mapping[str, str], more: Mapping[str, PageTexts]) -> dict[str, PageTexts]:
    """The page's texts in these languages, with those in `more` added or in their place.

    A language that has no file is spoken in English where `more` does not translate.
    """
    own = own_texts()
    return {one: {**own[_FALLBACK], **own.get(one, {}), **more.get(one, {})} for one in languages}
