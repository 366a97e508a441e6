"""The kinds of questions, one module each: read from a form, asked, answered, refused, shown and exported.

A new kind is a module with a subclass of `Kind`, and its place in the list below; its texts are in `flow.po`. One whose
answers are of a type of their own also adds that type to `bot.form.answers`.
"""

from collections.abc import Callable, Mapping

from bot.form.answers import Answer, Fields, Stored, tag_of
from bot.form.kinds.dates.question import DateQuestion
from bot.form.kinds.files import AudioQuestion, FileQuestion, ImageQuestion, VideoQuestion
from bot.form.kinds.geopoint import GeopointQuestion
from bot.form.kinds.integer import DecimalQuestion, IntegerQuestion
from bot.form.kinds.kind import Fact, Kind
from bot.form.kinds.select import SelectMultipleQuestion, SelectOneQuestion
from bot.form.kinds.text import CalculateQuestion, HiddenQuestion, NoteQuestion, TextQuestion
from bot.form.model import Question
from bot.form.screen import Key, Phrase

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        TextQuestion(),
        IntegerQuestion(),
        DecimalQuestion(),
        DateQuestion(),
        SelectOneQuestion(),
        SelectMultipleQuestion(),
        NoteQuestion(),
        ImageQuestion(),
        AudioQuestion(),
        VideoQuestion(),
        FileQuestion(),
        GeopointQuestion(),
        CalculateQuestion(),
        HiddenQuestion(),
    )
}
"""By the name that `Question.kind` has it by."""

NO_ANSWER = Key("flow.answer.none")

_OF_ANSWER: Mapping[type[Answer], Kind] = {
    kind.answered_with: kind for kind in reversed(list(KINDS.values())) if kind.answered_with is not None
}
_READERS: Mapping[str, Mapping[str, Callable[[Fields], Fact]]] = {
    name: {
        tag_of(type_): (own if own.answered_with is type_ else of_answer).fact_of_fields
        for type_, of_answer in _OF_ANSWER.items()
    }
    for name, own in KINDS.items()
}
"""What makes a fact of an answer, by the kind of its question and by the answer's tag."""


def kind_of(question: Question) -> Kind:
    """All that depends on the kind of a question."""
    return KINDS[question.kind]


def answer_phrase(question: Question, answer: Answer | None, most: int | None = None) -> Phrase:
    """An answer as the person who gave it would read it; a text cut to `most` characters."""
    return NO_ANSWER if answer is None else _shown_by(question, answer).phrase(question, answer, most)


def fact_of(question: Question, answer: Answer | None) -> Fact:
    """An answer in an export; None for none, an empty list where several could be chosen."""
    if answer is None:
        return [] if KINDS[question.kind].has_several_facts else None
    return _shown_by(question, answer).fact(answer)


def fact_of_stored(question: Question, stored: Stored | None) -> Fact:
    """`fact_of` of an answer as it is stored, which is made only where it has to be: an export has millions."""
    if stored is None:
        return fact_of(question, None)
    ((tag, fields),) = stored.items()
    return _READERS[question.kind][tag](fields)


def readers_of(question: Question) -> Mapping[str, Callable[[Fields], Fact]]:
    """`fact_of_stored` of the answers to a question, for whoever reads many of them: by the answer's tag, of its fields."""
    return _READERS[question.kind]


def _shown_by(question: Question, answer: Answer) -> Kind:
    """The question's own kind; for an answer that is none to it, since the form has changed or a service gave it, a
    kind with such answers."""
    kind = kind_of(question)
    own = kind.answered_with is not None and isinstance(answer, kind.answered_with)
    return kind if own else _OF_ANSWER[type(answer)]
