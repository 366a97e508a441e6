"""Assignment of files to questions, and replacement of earlier files."""

from bot.form.answers import FileRef, files_of
from bot.form.draft import Origin
from bot.form.events import Gave, Replaced
from bot.form.flow.filled.filling import Filling
from bot.form.flow.routing.route import forward
from bot.form.kinds import kind_of
from bot.form.model import Question
from bot.form.screen import Label


def give(filling: Filling, event: Gave, earlier: str) -> Filling:
    """Add a file to the `earlier` question it was sent for, else to the current one if it takes files, else
    to the first that does."""
    file = event.file
    if any(file in files_of(answer) for answer in filling.draft.answers.values()):
        return filling
    if earlier:
        return _attach(filling, earlier, event)
    question = filling.question
    if question is not None and (kind_of(question).takes_files or _takes(question, file)):
        return _add(filling, question, event)
    places = (path for path in filling.steps if _asks_for_files(filling.asked_at(path)))
    place = next((path for path in places if has_room(filling, path, file)), None)
    return _no_room(filling, file) if place is None else _attach(filling, place, event)


def exchange(filling: Filling, event: Replaced) -> Filling:
    answers = filling.draft.answers
    path = next((path for path in answers if any(one.id == event.old for one in files_of(answers[path]))), "")
    question = filling.form.question_at(path) if path else None
    if question is None or not _takes(question, event.file):
        return filling.say("flow.file.not_replaced")
    given = tuple(event.file if one.id == event.old else one for one in files_of(answers[path]))
    changed = {**answers, path: kind_of(question).with_files(answers[path], given)}
    if event.file.id == event.old:
        return filling.change(answers=changed).say("flow.text.changed")
    brought = {**filling.draft.brought, event.file.id: Origin(event.source, event.look)}
    return filling.change(answers=changed, brought=brought).say("flow.file.replaced")


def without_gone(filling: Filling) -> Filling:
    """Forget the origins of removed files."""
    brought = filling.draft.brought
    if not brought:
        return filling
    here = filling.draft.file_ids
    kept = {file_id: origin for file_id, origin in brought.items() if file_id in here}
    return filling if len(kept) == len(brought) else filling.change(brought=kept)


def _add(filling: Filling, question: Question, event: Gave) -> Filling:
    kind, most = kind_of(question), kind_of(question).most_files(question)
    if not _takes(question, event.file):
        return filling.say(f"flow.file.only.{question.kind}")
    if len(files_of(filling.answer(filling.position))) >= most:
        return filling.say("flow.file.full", n=most)
    filling = _put(filling, filling.position, event)
    # A voice message is a complete answer, like a line of text.
    if not kind.is_gathered(question) and not filling.view.confirming:
        return forward(filling)
    return filling.look(filling.view.changed(kept="", kept_source="", begun=True))


def _no_room(filling: Filling, file: FileRef) -> Filling:
    questions = [question for path in filling.steps if (question := filling.asked_at(path)) is not None]
    full = next((asked for asked in questions if _asks_for_files(asked) and _takes(asked, file)), None)
    if full is not None:
        return filling.say("flow.file.full", n=kind_of(full).most_files(full))
    later = any(map(_asks_for_files, filling.form.questions))
    return filling.say("flow.file.later" if later else "flow.file.nowhere")


def _attach(filling: Filling, path: str, event: Gave) -> Filling:
    label = Label(filling.instance.node(path).label)
    return _put(filling, path, event).say("flow.file.attached", question=label)


def _put(filling: Filling, path: str, event: Gave) -> Filling:
    question, old = filling.asked_at(path), filling.answer(path)
    if question is None:
        return filling
    put = filling.put(path, kind_of(question).with_files(old, (*files_of(old), event.file)))
    if not event.source:
        return put
    return put.change(brought={**put.draft.brought, event.file.id: Origin(event.source, event.look)})


def has_room(filling: Filling, path: str, file: FileRef) -> bool:
    """Whether a question accepts this file and has room for it."""
    question = filling.asked_at(path)
    if question is None or not _takes(question, file):
        return False
    return len(files_of(filling.answer(path))) < kind_of(question).most_files(question)


def _asks_for_files(question: Question | None) -> bool:
    return question is not None and kind_of(question).takes_files


def _takes(question: Question, file: FileRef) -> bool:
    return kind_of(question).takes_file(question, file)
