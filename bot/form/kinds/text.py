"""Text in one message, or in several (`multiline`), optionally spoken, and files."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar

from bot.form.answers import Answer, Fields, FileKind, FileRef, Files, TextPart, Written, files_of
from bot.form.events import Event, Pick, RemoveFile, Wrote
from bot.form.expressions.coercion import Scalar, to_text
from bot.form.kinds.kind import AnswerResult, Fact, FactType, Kind, QuestionContext
from bot.form.model import Choice, Question
from bot.form.screen import Button, ButtonRole, ButtonRow, Joined, Key, Phrase, Said, button, cut, page_of
from bot.form.typed.links import APPEARANCE, as_links

LONGEST_LINE = 4000
"""Default limit of a text in one message, in characters."""
LONGEST_STORY = 20000
"""Default limit of a text in several messages, in characters."""
# `string-length(.) <= 500`: a limit that the bot can state, instead of the form's message.
_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*(<=?)\s*(\d+)")
_SPOKEN = frozenset({FileKind.AUDIO, FileKind.VOICE})
_UNNAMED = {FileKind.PHOTO: "photo", FileKind.VIDEO: "video"} | dict.fromkeys(_SPOKEN, "audio")
_MADE_UP = frozenset({"", "photo.jpg", "video.mp4", "voice.ogg"})
"""Names that the bot gives to unnamed files."""


class TextQuestion(Kind):
    name = "text"
    spellings: ClassVar[Sequence[str]] = ("string",)
    answered_with = Written
    fact_type = FactType.TEXT
    takes_text = True
    starts_from_column = True

    def answer_of(self, value: Scalar) -> Answer | None:
        return written(to_text(value).strip())

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        begun = asked.answer is not None and is_multiline(asked.question)
        return (Key("flow.more_or_done"),) if begun else ()

    def rows(self, asked: QuestionContext) -> tuple[ButtonRow, ...]:
        return removal_rows("flow.voice.remove", _written(asked.answer).voices, asked.view.page)

    def is_gathered(self, question: Question) -> bool:
        return is_multiline(question)

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        match event:
            case Wrote():
                old, several = _written(asked.answer), is_multiline(asked.question)
                part = TextPart(told(asked.question, event.text), event.source)
                answer = Written((*old.parts, part) if several else (part,), old.voices)
                view = asked.view.changed(kept="", kept_source="", begun=several or asked.view.begun)
                return AnswerResult({asked.path: answer}, done=not several, view=view)
            case RemoveFile():
                return without_file(asked, event, self)
        return None

    def refusal(self, question: Question, answer: Answer) -> Phrase | None:
        most = longest(question)
        over = len(answer.text) - most if isinstance(answer, Written) else 0
        return Key("flow.text.too_long", {"n": over, "most": most}) if over > 0 else None

    def takes_file(self, question: Question, file: FileRef) -> bool:
        return file.kind in _SPOKEN and question.bot.get("voice") == "yes"

    def most_files(self, question: Question) -> int:
        return 10

    def with_files(self, answer: Answer | None, files: tuple[FileRef, ...]) -> Answer:
        return Written(_written(answer).parts, files)

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        told = _written(answer)
        text = told.text.strip() if most is None else cut(told.text.strip(), most)
        if text and not told.voices:
            return Said(text)
        voices = Key("flow.voices", {"n": len(told.voices)})
        return Joined((Said(text), voices), "\n") if text else voices

    def fact(self, fields: Fields) -> Fact:
        return text_of(fields).strip() or None

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        return written(answer.text.strip()) if isinstance(answer, Written) else None

    def of_column(self, cell: str) -> Answer | None:
        return written(cell)


def told(question: Question, text: str) -> str:
    """The text to keep: only its links if links are asked for."""
    return as_links(text).strip() if APPEARANCE in question.appearance.split() else text.strip()


def text_of(fields: Fields) -> str:
    return "\n".join([part["text"] for part in fields["parts"]])


def is_put_there(question: Question, text: str, sources: Iterable[str]) -> bool:
    """Whether a text came from another form or an expression, and is not the literal default. One part without a
    source is enough: an expression may have joined it to others."""
    return bool(text) and not all(sources) and question.default not in {f"'{text}'", f'"{text}"'}


def written(text: str) -> Written | None:
    """A text as an answer, or None if blank."""
    return Written.of(text) if text.strip() else None


def longest(question: Question) -> int:
    """Limit in characters: from the constraint, else the default."""
    own = LONGEST_STORY if is_multiline(question) else LONGEST_LINE
    if not question.constraint:
        return own
    limits = [int(number) - (sign == "<") for sign, number in _LENGTH.findall(question.constraint)]
    # If the constraint names several lengths, only the constraint itself can decide.
    return limits[0] if len(limits) == 1 and " or " not in question.constraint else own


def is_multiline(question: Question) -> bool:
    """Whether the text is given in several messages, until Done."""
    return "multiline" in question.appearance.split()


def _written(answer: Answer | None) -> Written:
    return answer if isinstance(answer, Written) else Written()


class BarcodeQuestion(TextQuestion):
    """The digits or letters that stand with a code, typed."""

    name = "barcode"

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        return (Key("flow.barcode.how"),)


class AcknowledgeQuestion(TextQuestion):
    """One button. The answer is `OK`, as in ODK."""

    name = "acknowledge"
    spellings = ("trigger",)
    tells_words = takes_text = starts_from_column = False

    def fits(self, answer: Answer) -> bool:
        return answer == _ACKNOWLEDGED

    def answer_of(self, value: Scalar) -> Answer | None:
        return _ACKNOWLEDGED if to_text(value) == _ACKNOWLEDGED.text else None

    def rows(self, asked: QuestionContext) -> tuple[ButtonRow, ...]:
        return () if asked.answer else ((button("flow.acknowledge", Pick(0), ButtonRole.ONWARD),),)

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        return AnswerResult({asked.path: _ACKNOWLEDGED}, done=True) if isinstance(event, Pick) else None

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        return Key("flow.acknowledge")


_ACKNOWLEDGED = Written.of("OK")


class HiddenQuestion(Kind):
    """A value set by a service, or the default."""

    name = "hidden"
    tells_words = False
    is_asked = False
    starts_from_column = True

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        return True

    def fits(self, answer: Answer) -> bool:
        return True

    def answer_of(self, value: Scalar) -> Answer | None:
        return written(to_text(value))


class CalculateQuestion(HiddenQuestion):
    name = "calculate"
    tells_words = True
    starts_from_column = False
    fact_type: ClassVar[FactType | None] = FactType.TEXT


class NoteQuestion(CalculateQuestion):
    """Words to read, perhaps with a value that the form gives."""

    name = "note"
    is_asked = True
    fact_type = None


class FileQuestion(Kind):
    """Any file. Answered with `Files`, up to `bot:max`, by default one."""

    name = "file"
    answered_with = Files
    takes_files = True
    media: ClassVar[Collection[FileKind]] = frozenset(FileKind)
    endings: ClassVar[tuple[str, ...]] = ()

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        if asked.answer is None:
            return () if asked.question.has_own_columns else (Key(f"flow.file.send.{self.name}"),)
        is_full = len(files_of(asked.answer)) >= self.most_files(asked.question)
        return () if is_full else (Key("flow.more_or_done"),)

    def rows(self, asked: QuestionContext) -> tuple[ButtonRow, ...]:
        return removal_rows("flow.file.remove", files_of(asked.answer), asked.view.page)

    def is_gathered(self, question: Question) -> bool:
        return True

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        return without_file(asked, event, self) if isinstance(event, RemoveFile) else None

    def takes_file(self, question: Question, file: FileRef) -> bool:
        if file.kind is FileKind.DOCUMENT and self.endings:
            return file.name.lower().endswith(self.endings)
        return file.kind in self.media

    def most_files(self, question: Question) -> int:
        most = question.bot.get("max", "")
        return max(1, int(most)) if most.isascii() and most.isdigit() else 1

    def with_files(self, answer: Answer | None, files: tuple[FileRef, ...]) -> Answer:
        return Files(files)

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        return Key("flow.files", {"n": len(files_of(answer))})


class ImageQuestion(FileQuestion):
    name = "image"
    spellings = ("photo",)
    media = frozenset({FileKind.PHOTO})
    endings = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff")


class AudioQuestion(FileQuestion):
    name = "audio"
    media = _SPOKEN
    endings = (".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".aac", ".amr", ".flac")


class VideoQuestion(FileQuestion):
    name = "video"
    media = frozenset({FileKind.VIDEO})
    endings = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".3gp", ".m4v")


def removal_rows(
    key: str, files: Sequence[FileRef], page: int | None, first: int = 0
) -> tuple[ButtonRow, ...]:
    """A row for each file of a page, by default the last one, numbered from `first`."""
    shown, turning = page_of(range(len(files)), page, len(files) - 1)
    rows = ((Button(_removal(key, files[: index + 1]), RemoveFile(first + index)),) for index in shown)
    return (*rows, *turning)


def without_file(asked: QuestionContext, event: RemoveFile, kind: Kind) -> AnswerResult | None:
    files = files_of(asked.answer)
    if not 0 <= event.index < len(files):
        return None
    left = kind.with_files(asked.answer, files[: event.index] + files[event.index + 1 :])
    # Later files move up, so buttons of an old screen would remove another file.
    return AnswerResult({asked.path: left}, shifted=True, notice=Key("flow.file.removed"), lenient=True)


def _removal(key: str, files: Sequence[FileRef]) -> Phrase:
    """Label for the last of these files. Photos and videos have no names."""
    name, what = files[-1].name, _UNNAMED.get(files[-1].kind)
    if key == "flow.voice.remove" or (what is None and not name):
        return Key(key, {"number": len(files)})
    if what is not None and name in _MADE_UP:
        alike = [one for one in files if _UNNAMED.get(one.kind) == what]
        return Key(f"flow.file.remove.{what}", {"number": len(alike)})
    short = name if len(name) <= 18 else f"{name[:8]}…{name[-9:]}"
    return Key("flow.file.remove_named", {"number": len(files), "name": Said(short)})
