"""Answers as values that can be compared and stored as JSON."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class FileKind(StrEnum):
    """How a file came through Telegram."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that the bot has received; `id` is its id in the store, never Telegram's. `caption` is what the person
    wrote with it."""

    id: str
    kind: FileKind
    name: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a text given in several; `source` names the message, so that an edit finds it."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A text, and the voice messages that stand for it or add to it."""

    parts: tuple[Part, ...] = ()
    voices: tuple[FileRef, ...] = ()

    @property
    def text(self) -> str:
        """The parts in order, one line each."""
        return "\n".join([part.text for part in self.parts])


@dataclass(frozen=True, slots=True)
class Number:
    """A number; a whole one is an `int`, so that it is written without a fraction. `beyond`: it was told as more than one
    less, and is the least that it can be."""

    value: int | float
    beyond: bool = False


class Precision(StrEnum):
    """How exactly a date is known: the codes of the list `date_precision`."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class When:
    """A date as people know it. `start` and `end` are `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

    A day has `end == start`, a month or a year no end, a range both (each a day or a month), but for an end that is
    not known. A range that is still going on is `ongoing` and has no end, and no start if that is unknown.
    """

    precision: Precision
    start: str | None = None
    end: str | None = None
    ongoing: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The names of the chosen choices, in the order they were chosen; a single one for select_one."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """The files given to one question."""

    files: tuple[FileRef, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map, in degrees of WGS 84, north and east positive."""

    latitude: float
    longitude: float


Answer = Written | Number | When | Chosen | Files | Place
Fields = Mapping[str, Any]
"""What an answer consists of, as plain JSON values."""
Stored = Mapping[str, Fields]
"""An answer as it is stored: its fields by its tag alone."""

TAGS: Mapping[str, type[Answer]] = {
    "written": Written, "number": Number, "when": When, "chosen": Chosen, "files": Files, "place": Place,
}  # fmt: skip
"""The types of answers by the tags that they are stored with."""
_NAMES = {kind: tag for tag, kind in TAGS.items()}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in (*TAGS.values(), Part, FileRef)}


def is_blank(answer: Answer) -> bool:
    """Whether an answer holds nothing, which counts as no answer."""
    match answer:
        case Written():
            return not answer.text.strip() and not answer.voices
        case Chosen():
            return not answer.names
        case Files():
            return not answer.files
    return False


def files_of(answer: Answer | None) -> tuple[FileRef, ...]:
    """The files of an answer: those given to a question for files, the voice messages of a text."""
    match answer:
        case Files():
            return answer.files
        case Written():
            return answer.voices
    return ()


def degrees(value: float, decimals: int = 7) -> str:
    """Degrees of latitude or longitude with at most so many decimals and no trailing zeros."""
    # Adding zero turns -0.0 into 0.0.
    return f"{round(value, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".")


def to_json(answer: Answer) -> dict[str, Any]:
    """The answer as plain JSON values with its tag, e.g. `{"number": {"value": 3}}`."""
    return {_NAMES[type(answer)]: _plain(answer)}


def _plain(value: Any) -> Any:
    """What dataclasses.asdict gives, which copies each text too."""
    names = _FIELDS.get(type(value))
    if names is not None:
        return {name: _plain(getattr(value, name)) for name in names}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def from_json(data: Stored) -> Answer:
    """The inverse of `to_json`; raises KeyError or TypeError for what it did not write."""
    ((tag, fields),) = data.items()
    return _READERS[tag](fields)


def tag_of(kind: type[Answer]) -> str:
    """The tag of answers of a type."""
    return _NAMES[kind]


class StoredAnswers(Mapping[str, Answer]):
    """Answers by their paths as they are stored, each made when it is first looked at. `stored` are they as `to_json` wrote them, for
    whoever only wants something of them."""

    def __init__(self, stored: Mapping[str, Stored]) -> None:
        self.stored = stored
        self._made: dict[str, Answer] = {}

    @classmethod
    def of(cls, answers: Mapping[str, Answer]) -> "StoredAnswers":
        """The same as these."""
        if isinstance(answers, cls):
            return answers
        return cls({path: to_json(answer) for path, answer in answers.items()})

    def __getitem__(self, path: str) -> Answer:
        made = self._made.get(path)
        if made is None:
            made = self._made[path] = from_json(self.stored[path])
        return made

    def __contains__(self, path: object) -> bool:
        return path in self.stored

    def __iter__(self) -> Iterator[str]:
        return iter(self.stored)

    def __len__(self) -> int:
        return len(self.stored)


def _written(fields: Fields) -> Written:
    return Written(
        tuple([Part(part["text"], part["source"]) for part in fields["parts"]]),
        tuple([_file(file) for file in fields["voices"]]),
    )


def _when(fields: Fields) -> When:
    return When(Precision(fields["precision"]), fields["start"], fields["end"], bool(fields["ongoing"]))


def _file(data: Fields) -> FileRef:
    return FileRef(data["id"], FileKind(data["kind"]), data["name"], data["caption"])


_READERS: Mapping[str, Callable[[Fields], Answer]] = {
    "written": _written,
    "number": lambda fields: Number(fields["value"], bool(fields.get("beyond"))),
    "when": _when,
    "chosen": lambda fields: Chosen(tuple(fields["names"])),
    "files": lambda fields: Files(tuple([_file(file) for file in fields["files"]])),
    "place": lambda fields: Place(float(fields["latitude"]), float(fields["longitude"])),
}
"""By the tag."""
