"""Texts absent from all screens and chats, such as error messages, with made-up arguments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from string import Formatter

from bot.texts import Texts

PAGE_TEXTS = ("demo.", "gallery.", "update.")
_COUNTS = (1, 2, 5)
"""Together these select every plural form of each language."""
_ARGUMENTS: Mapping[str, str | int] = {
    "alias": "Aspan", "ref": "R7K2Q9", "refs": "R7K2Q9, R4M8T1", "code": "7K2M-9QX4-B3TN", "reference": "3f9a1c",
    "version": 2, "new": 12, "claimed": 3, "approved": 40, "rejected": 5, "withdrawn": 1, "more": 4, "age": 6,
    "hours": 12, "days": 30, "rejected_days": 30, "shared": 2, "counted": 3, "rows": 40, "page": 2, "pages": 7, "number": 3,
    "most": 120, "latitude": "43.238949", "longitude": "76.889709", "start": "08.03.2024", "end": "10.03.2024",
    "date": "08.03.2024", "day": 31, "year": 2024, "typed": "1.500", "whole": 1500, "fraction": "1,5",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LooseText:
    key: str
    forms: Sequence[str]


def loose_texts(texts: Texts, language: str, shown: Set[str]) -> Iterator[LooseText]:
    """The bot's texts outside `shown`. Raises MissingTextError if a catalogue lacks one."""
    words = texts.text(language, "gallery.sample.words")
    for key, raw in texts.raw(language, "").items():
        if key in shown or key.startswith(PAGE_TEXTS):
            continue
        names = {name for _, name, _, _ in Formatter().parse(raw) if name}
        given = {name: _ARGUMENTS.get(name, words) for name in names}
        counted = {texts.text(language, key, {**given, "n": count}): None for count in _COUNTS}
        yield LooseText(key, tuple(counted))


def by_subject(found: Iterable[LooseText]) -> Mapping[str, Sequence[LooseText]]:
    subjects: dict[str, list[LooseText]] = {}
    for text in found:
        subjects.setdefault(".".join(text.key.split(".")[:2]), []).append(text)
    return subjects
