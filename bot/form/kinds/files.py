"""Files: pictures, sound, video and any file."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from bot.form.answers import Answer, FileKind, FileRef, Files, files_of
from bot.form.events import Event, RemoveFile
from bot.form.kinds.kind import AnswerResult, Kind, QuestionContext
from bot.form.model import Question
from bot.form.screen import Button, ButtonRow, Key, Phrase, Said, page_of

SPOKEN = frozenset({FileKind.AUDIO, FileKind.VOICE})
_UNNAMED = {FileKind.PHOTO: "photo", FileKind.VIDEO: "video"} | dict.fromkeys(SPOKEN, "audio")
_MADE_UP = frozenset({"", "photo.jpg", "video.mp4", "voice.ogg"})
"""Names that the bot gives to unnamed files."""


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
    media = SPOKEN
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
