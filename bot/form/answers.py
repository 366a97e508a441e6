"""Answers as values that can be compared and stored as JSON."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from bot.form.model import Form, Question


class FileKind(StrEnum):
    """Types of files that Telegram distinguishes."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A received file. `id` is its id in the store, never Telegram's."""

    id: str
    kind: FileKind
    name: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class TextPart:
    """One message of a text. `source` names the message, so that an edit finds its part."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A text, and the voice messages that replace or complement it."""

    parts: tuple[TextPart, ...] = ()
    voices: tuple[FileRef, ...] = ()

    @classmethod
    def of(cls, text: str, source: str = "") -> "Written":
        return cls((TextPart(text, source),))

    @property
    def text(self) -> str:
        return "\n".join([part.text for part in self.parts])


@dataclass(frozen=True, slots=True)
class Number:
    """A number, `int` if it is whole. `beyond`: the answer was "more than N", and `value` is N + 1."""

    value: int | float
    beyond: bool = False


class Precision(StrEnum):
    """Precision of a date: the codes of the list `date_precision`."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class When:
    """A date of any precision. `start` and `end` are `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

    - A day has `end == start`.
    - A month or a year has no end.
    - A range has both, each a day or a month, or None if unknown.
    - An `ongoing` range has no end.
    """

    precision: Precision
    start: str | None = None
    end: str | None = None
    ongoing: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """Names of the chosen choices, in the order they were chosen."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Files:
    files: tuple[FileRef, ...]


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """A point on the map, in degrees of WGS 84, north and east positive."""

    latitude: float
    longitude: float


Answer = Written | Number | When | Chosen | Files | GeoPoint
Fields = Mapping[str, Any]
Stored = Mapping[str, Fields]
"""Fields of a stored answer under its tag, the only key."""

TAGS: Mapping[str, type[Answer]] = {
    "written": Written, "number": Number, "when": When, "chosen": Chosen, "files": Files, "place": GeoPoint,
}  # fmt: skip
_NAMES = {kind: tag for tag, kind in TAGS.items()}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in (*TAGS.values(), TextPart, FileRef)}


def is_blank(answer: Answer) -> bool:
    """Whether an answer is empty and counts as none."""
    match answer:
        case Written():
            return not answer.text.strip() and not answer.voices
        case Chosen():
            return not answer.names
        case Files():
            return not answer.files
    return False


def files_of(answer: Answer | None) -> tuple[FileRef, ...]:
    """Files of an answer, or the voice messages of a text."""
    match answer:
        case Files():
            return answer.files
        case Written():
            return answer.voices
    return ()


def degrees(value: float, decimals: int = 7) -> str:
    """Degrees without trailing zeros."""
    # Adding zero turns -0.0 into 0.0.
    return f"{round(value, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".")


def to_json(answer: Answer) -> dict[str, Any]:
    """Convert an answer to plain JSON values with its tag, e.g. `{"number": {"value": 3}}`."""
    return {_NAMES[type(answer)]: _plain(answer)}


def _plain(value: Any) -> Any:
    names = _FIELDS.get(type(value))
    if names is not None:
        return {name: _plain(getattr(value, name)) for name in names}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def from_json(data: Stored) -> Answer:
    """Inverse of `to_json`. Raises KeyError or TypeError for other input."""
    ((tag, fields),) = data.items()
    return _READERS[tag](fields)


def tag_of(kind: type[Answer]) -> str:
    return _NAMES[kind]


class StoredAnswers(Mapping[str, Answer]):
    """Answers by path, decoded when first read. `stored` holds them as `to_json` wrote them."""

    def __init__(self, stored: Mapping[str, Stored]) -> None:
        self.stored = stored
        self._made: dict[str, Answer] = {}

    @classmethod
    def of(cls, answers: Mapping[str, Answer]) -> "StoredAnswers":
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


def _file(data: Fields) -> FileRef:
    return FileRef(data["id"], FileKind(data["kind"]), data["name"], data["caption"])


_READERS: Mapping[str, Callable[[Fields], Answer]] = {
    "written": lambda fields: Written(
        tuple([TextPart(part["text"], part["source"]) for part in fields["parts"]]),
        tuple([_file(file) for file in fields["voices"]]),
    ),
    "number": lambda fields: Number(fields["value"], bool(fields.get("beyond"))),
    "when": lambda fields: When(
        Precision(fields["precision"]), fields["start"], fields["end"], bool(fields["ongoing"])
    ),
    "chosen": lambda fields: Chosen(tuple(fields["names"])),
    "files": lambda fields: Files(tuple([_file(file) for file in fields["files"]])),
    "place": lambda fields: GeoPoint(float(fields["latitude"]), float(fields["longitude"])),
}


DERIVED = "derived"


def source_of(form: Form, question: Question) -> tuple[Question, str] | None:
    """The question, outside repeats, that this one is derived from, and its column of codes."""
    name, _, column = question.bot.get(DERIVED, "").partition("/")
    found = next((one for one in form.questions if one.name == name), None) if column else None
    return None if found is None else (found, column)


def codes_by(source: Question, chosen: Iterable[str], column: str) -> Sequence[str]:
    """Codes in a column of the chosen choices, in order. A group (`detention`) counts only if none of its types
    (`detention.mass`) is chosen."""
    return tuple(dict.fromkeys(code for cell in cells_by(source, chosen, column) for code in cell.split()))


def cells_by(source: Question, chosen: Iterable[str], column: str) -> Iterator[str]:
    """Cells of a column. A group (`detention`) counts only if none of its types (`detention.mass`) is chosen."""
    names = tuple(chosen)
    typed = {name.partition(".")[0] for name in names if "." in name}
    counted = (name for name in names if "." in name or name not in typed)
    return (source.columns.get(name, {}).get(column, "") for name in counted)
