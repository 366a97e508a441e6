"""Files: for the question at hand, or kept for the one that asks for files."""

from bot.form.answers import Answer, FileKind, FileRef, Files, Written
from bot.form.events import Gave, RemoveFile
from bot.form.flow.objections import is_multiline
from bot.form.flow.route import forward
from bot.form.flow.turn import FILE_KINDS, Turn
from bot.form.kinds.writing import speaks, written
from bot.form.model import Kind, Question
from bot.form.screen import Label

MOST_VOICES = 10
"""Voice messages with one text."""

_KINDS = {
    Kind.IMAGE: frozenset({FileKind.PHOTO}),
    Kind.AUDIO: frozenset({FileKind.AUDIO, FileKind.VOICE}),
    Kind.VIDEO: frozenset({FileKind.VIDEO}),
    Kind.FILE: frozenset(FileKind),
    Kind.TEXT: frozenset({FileKind.AUDIO, FileKind.VOICE}),
}
_ENDINGS = {
    Kind.IMAGE: (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff"),
    Kind.AUDIO: (".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".aac", ".amr", ".flac"),
    Kind.VIDEO: (".mp4", ".mov", ".mkv", ".webm", ".avi", ".3gp", ".m4v"),
}


def give(turn: Turn, event: Gave) -> Turn:
    """A file for the question at hand if it takes files, for the first that does if not."""
    if any(event.file in files_of(answer) for answer in turn.draft.answers.values()):
        return turn
    earlier = turn.draft.trail[-1] if event.continues and turn.draft.trail else ""
    if earlier and earlier != turn.position and _has_place(turn, earlier, event.file):
        return _attach(turn, earlier, event.file)
    question = turn.question
    if question is not None and (question.kind in FILE_KINDS or _takes(question, event.file)):
        return _add(turn, question, event.file)
    places = (path for path in turn.steps if _is_for_files(turn, path))
    place = next((path for path in places if _has_place(turn, path, event.file)), None)
    if place is not None:
        return _attach(turn, place, event.file)
    return _no_place(turn, event.file)


def remove_file(turn: Turn, event: RemoveFile) -> Turn:
    """The answer at hand without one of its files."""
    question = turn.question
    answer = turn.answer(turn.position) if question is not None else None
    files = files_of(answer)
    if answer is None or not 0 <= event.index < len(files):
        return turn.say("flow.gone")
    left = files[: event.index] + files[event.index + 1 :]
    answer = Written(answer.parts, left) if isinstance(answer, Written) else Files(left)
    return turn.put(turn.position, answer).shift().say("flow.file.removed")


def files_of(answer: Answer | None) -> tuple[FileRef, ...]:
    """The files and voice messages of an answer."""
    match answer:
        case Files():
            return answer.files
        case Written():
            return answer.voices
    return ()


def most_files(question: Question) -> int:
    """How many files a question takes."""
    if question.kind is Kind.TEXT:
        return MOST_VOICES
    most = question.bot.get("max", "")
    return max(1, int(most)) if most.isascii() and most.isdigit() else 1


def _add(turn: Turn, question: Question, file: FileRef) -> Turn:
    if not _takes(question, file):
        return turn.say(f"flow.file.only.{question.kind}")
    if len(files_of(turn.answer(turn.position))) >= most_files(question):
        return turn.say("flow.file.full", n=most_files(question))
    turn = _put(turn, turn.position, file)
    # A voice message is a whole answer, as a line of text is.
    if question.kind is Kind.TEXT and not is_multiline(question) and not turn.confirming:
        return forward(turn)
    return turn.unkept().look(begun="yes")


def _no_place(turn: Turn, file: FileRef) -> Turn:
    questions = [question for path in turn.steps if (question := turn.asked_at(path)) is not None]
    full = next((asked for asked in questions if asked.kind in FILE_KINDS and _takes(asked, file)), None)
    if full is not None:
        return turn.say("flow.file.full", n=most_files(full))
    later = any(asked.kind in FILE_KINDS for asked in turn.form.questions)
    return turn.say("flow.file.later" if later else "flow.file.nowhere")


def _attach(turn: Turn, path: str, file: FileRef) -> Turn:
    label = Label(turn.instance.node(path).label)
    return _put(turn, path, file).say("flow.file.attached", question=label)


def _put(turn: Turn, path: str, file: FileRef) -> Turn:
    question = turn.asked_at(path)
    if question is not None and question.kind is Kind.TEXT:
        old = written(turn, path)
        return turn.put(path, Written(old.parts, (*old.voices, file)))
    return turn.put(path, Files((*files_of(turn.answer(path)), file)))


def _is_for_files(turn: Turn, path: str) -> bool:
    question = turn.asked_at(path)
    return question is not None and question.kind in FILE_KINDS


def _has_place(turn: Turn, path: str, file: FileRef) -> bool:
    question = turn.asked_at(path)
    if question is None or not _takes(question, file):
        return False
    return len(files_of(turn.answer(path))) < most_files(question)


def _takes(question: Question, file: FileRef) -> bool:
    if question.kind is Kind.TEXT and not speaks(question):
        return False
    if file.kind is FileKind.DOCUMENT and question.kind in _ENDINGS:
        return file.name.lower().endswith(_ENDINGS[question.kind])
    return file.kind in _KINDS.get(question.kind, frozenset())
