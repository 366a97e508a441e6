"""Short summaries of answers and instances."""

from collections.abc import Iterator
from itertools import islice

from bot.form.answers import Written
from bot.form.flow.filled.filling import Filling
from bot.form.flow.filled.outline import Place
from bot.form.kinds import NO_ANSWER, answer_phrase
from bot.form.kinds.text import is_put_there
from bot.form.model import Question
from bot.form.screen import Joined, Key, Label, Phrase, Said

SUMMARY = 2
SUMMARY_TEXT = 60
_MOST_TOLD = 3


def told_places(filling: Filling) -> Iterator[Place]:
    """Places with a line in the review: repeats and questions with answers."""
    for place in filling.asked_places.values():
        if place.part.group is not None or place.part.takes_answer:
            yield place


def answered(filling: Filling, path: str, question: Question) -> Phrase:
    """An answer, marked if it is derived or prefilled with words from elsewhere."""
    answer = filling.answer(path)
    shown = answer_phrase(question, answer)
    if answer is not None and path not in filling.draft.answers:
        return Key("flow.review.derived", {"answer": shown})
    if "from" in question.bot and isinstance(answer, Written):
        sources = [part.source for part in answer.parts]
        if is_put_there(question, answer.text, sources):
            return Key("flow.review.put_there", {"answer": shown})
    return shown


def said_in(filling: Filling, repeat: str, number: int) -> Phrase | None:
    """First answers of an instance. None if it is empty."""
    answered = (
        answer_phrase(place.part.question, answer, SUMMARY_TEXT)
        for place in filling.asked_inside(f"{repeat}[{number}]")
        if place.part.question is not None and (answer := filling.answer(place.path)) is not None
    )
    said = tuple(islice(answered, SUMMARY))
    return Joined(said) if said else None


def numbered(filling: Filling, repeat: str, number: int) -> Phrase:
    return Joined((Said(f"{number}."), said_in(filling, repeat, number) or NO_ANSWER), " ")


def told_of(filling: Filling, repeat: str) -> Phrase:
    count = filling.draft.count(repeat)
    numbers = range(max(1, count - _MOST_TOLD + 1), count + 1)
    said = tuple(found for number in numbers if (found := said_in(filling, repeat, number)) is not None)
    more = (Said("…"),) if count > _MOST_TOLD else ()
    label = Label(filling.instance.node(repeat).label)
    return Key("flow.repeat.told", {"repeat": label, "number": count, "said": Joined((*more, *said), "; ")})
