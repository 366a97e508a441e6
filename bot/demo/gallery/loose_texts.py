"""The texts that no screen and no chat shows, such as those of failures, one by one with made-up arguments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from string import Formatter

from bot.texts import Texts

PAGE_TEXTS = ("demo.", "gallery.", "update.")
"""How the keys of texts begin that the bot does not say."""
_COUNTS = (1, 2, 5)
"""Between them they take each plural form of each language."""
_ARGUMENTS: Mapping[str, str | int] = {
    "alias": "Aspan", "ref": "R7K2Q9", "refs": "R7K2Q9, R4M8T1", "code": "7K2M-9QX4-B3TN", "reference": "3f9a1c",
    "version": 2, "new": 12, "claimed": 3, "approved": 40, "rejected": 5, "withdrawn": 1, "more": 4, "age": 6,
    "hours": 12, "days": 30, "rejected_days": 30, "shared": 2, "counted": 3, "rows": 40, "page": 2, "pages": 7, "number": 3,
    "most": 120, "latitude": "43.238949", "longitude": "76.889709", "start": "08.03.2024", "end": "10.03.2024",
    "date": "08.03.2024", "day": 31, "year": 2024, "typed": "1.500", "whole": 1500, "fraction": "1,5",
}  # fmt: skip
"""Arguments by name; any other is a few words."""


@dataclass(frozen=True, slots=True)
class LooseText:
    """A text by its key, in all its plural forms."""

    key: str
    forms: Sequence[str]


def loose_texts(texts: Texts, language: str, shown: Set[str]) -> Iterator[LooseText]:
    """Every text of the bot whose key is not among those `shown` elsewhere, by key. Raises MissingTextError for one
    that a catalogue lacks."""
    words = texts.text(language, "gallery.sample.words")
    for key, raw in texts.raw(language, "").items():
        if key in shown or key.startswith(PAGE_TEXTS):
            continue
        names = {name for _, name, _, _ in Formatter().parse(raw) if name}
        given = {name: _ARGUMENTS.get(name, words) for name in names}
        counted = {texts.text(language, key, {**given, "n": count}): None for count in _COUNTS}
        yield LooseText(key, tuple(counted))


def by_subject(found: Iterable[LooseText]) -> Mapping[str, Sequence[LooseText]]:
    """The texts by the first two words of their keys."""
    subjects: dict[str, list[LooseText]] = {}
    for text in found:
        subjects.setdefault(".".join(text.key.split(".")[:2]), []).append(text)
    return subjects
