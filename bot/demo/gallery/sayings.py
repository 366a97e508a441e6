"""What the bot says beside its forms, text by text with made-up arguments: greetings, refusals, notices, menus."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from string import Formatter

from bot.texts import Texts

PAGES = ("demo.", "gallery.")
"""Texts that the bot does not say, by how their keys begin."""
COUNTS = (1, 2, 5)
"""Numbers that have each plural form of each language."""
ARGUMENTS: Mapping[str, str | int] = {
    "alias": "Aspan", "ref": "R7K2Q9", "refs": "R7K2Q9, R4M8T1", "code": "7K2M-9QX4-B3TN", "reference": "3f9a1c",
    "version": 2, "new": 12, "claimed": 3, "approved": 40, "rejected": 5, "withdrawn": 1, "more": 4, "age": 6,
    "hours": 12, "days": 30, "shared": 2, "counted": 3, "rows": 40, "page": 2, "pages": 7, "number": 3,
    "most": 120, "latitude": "43.238949", "longitude": "76.889709", "start": "08.03.2024", "end": "10.03.2024",
    "date": "08.03.2024", "day": 31, "year": 2024,
}  # fmt: skip
"""An argument by its name; any other is a few words."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A text by its key, in all its plural forms."""

    key: str
    forms: Sequence[str]


def sayings(texts: Texts, language: str, but: Set[str]) -> Iterator[Saying]:
    """Every text of the bot but those with these keys, by key. Raises MissingTextError for one that is missing."""
    words = texts.text(language, "gallery.sample.words")
    for key, raw in texts.raw(language, "").items():
        if key in but or key.startswith(PAGES):
            continue
        names = {name for _, name, _, _ in Formatter().parse(raw) if name}
        given = {name: ARGUMENTS.get(name, words) for name in names}
        counted = {texts.text(language, key, {**given, "n": count}): None for count in COUNTS}
        yield Saying(key, tuple(counted))


def by_subject(found: Iterator[Saying]) -> Mapping[str, Sequence[Saying]]:
    """The sayings by the first two words of their keys."""
    subjects: dict[str, list[Saying]] = {}
    for saying in found:
        subjects.setdefault(".".join(saying.key.split(".")[:2]), []).append(saying)
    return subjects
