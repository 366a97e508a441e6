"""Kinds of questions. A new one is a subclass of `Kind`, listed in `KINDS`, with texts in `flow.po`."""

from collections.abc import Callable, Mapping

from bot.form.answers import Answer, Fields, Stored, When, tag_of, to_json
from bot.form.kinds import date, geopoint, integer, select, text
from bot.form.kinds.calendar import when_phrase
from bot.form.kinds.kind import Fact, Kind
from bot.form.markup import UNTOLD
from bot.form.model import Question
from bot.form.screen import Key, Phrase, Said
from bot.form.typed.links import APPEARANCE

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (
    text.TextQuestion(), integer.IntegerQuestion(), integer.DecimalQuestion(), date.DateQuestion(),
    select.SelectOneQuestion(), select.SelectMultipleQuestion(), text.NoteQuestion(),
    text.ImageQuestion(), text.AudioQuestion(), text.VideoQuestion(), text.FileQuestion(),
    geopoint.GeopointQuestion(), text.CalculateQuestion(), text.HiddenQuestion(), text.BarcodeQuestion(),
    text.AcknowledgeQuestion(), integer.RangeQuestion(), select.RankQuestion(),
    geopoint.GeotraceQuestion(), geopoint.GeoshapeQuestion(), date.TimeQuestion(), date.DateTimeQuestion(),
    date.StartMetadata(), date.EndMetadata(), date.TodayMetadata(), date.BlankMetadata(),
)}  # fmt: skip

NO_ANSWER = Key("flow.answer.none")

_OF_ANSWER: Mapping[type[Answer], Kind] = {
    kind.answered_with: kind for kind in reversed(list(KINDS.values())) if kind.answered_with is not None
}
_READERS: Mapping[str, Mapping[str, Callable[[Fields], Fact]]] = {
    name: {
        tag_of(type_): (own if own.answered_with is type_ else of_answer).fact
        for type_, of_answer in _OF_ANSWER.items()
    }
    for name, own in KINDS.items()
}


def kind_of(question: Question) -> Kind:
    """Kind that asks the question. One that is read-only is shown as a note."""
    kind = KINDS[question.kind]
    return KINDS["note"] if question.is_read_only and kind.is_asked else kind


def value_kind(question: Question) -> Kind:
    """Kind of the question's values, whether people are asked for them or not."""
    return KINDS[question.kind]


def takes_parts(question: Question) -> bool:
    """Whether a part of a text can answer a question as a guest: a number with its unit, a date, a link."""
    return "unit" in question.bot or question.kind == "date" or question.appearance == APPEARANCE


def answer_phrase(question: Question, answer: Answer | None, most: int | None = None) -> Phrase:
    """An answer for the person who gave it, cut to `most` characters."""
    if answer is None:
        return NO_ANSWER
    # The form may have changed since the answer.
    kind = value_kind(question)
    kind = kind if kind.answered_with is type(answer) else _OF_ANSWER[type(answer)]
    return kind.phrase(question, answer, most)


def answer_in_text(question: Question | None, answer: Answer | None) -> Phrase:
    """An answer inside a text of the form, with dates in words. Blank is a gap."""
    if question is None or answer is None:
        return Said(UNTOLD)
    return when_phrase(answer, in_words=True) if isinstance(answer, When) else answer_phrase(question, answer)


def fact_of(question: Question, answer: Answer | None) -> Fact:
    """Value of an answer in an export."""
    return fact_of_stored(question, None if answer is None else to_json(answer))


def fact_of_stored(question: Question, stored: Stored | None) -> Fact:
    """Form of `fact_of` for stored answers, decoded only if necessary: an export has millions."""
    if stored is None:
        return [] if value_kind(question).has_several_facts else None
    ((tag, fields),) = stored.items()
    return _READERS[question.kind][tag](fields)


def readers_of(question: Question) -> Mapping[str, Callable[[Fields], Fact]]:
    return _READERS[question.kind]
