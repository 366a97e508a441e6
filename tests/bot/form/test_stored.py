"""Answers as they are stored: what is taken of them is what the answers themselves would give."""

import pytest

from bot.form.answers import (
    TAGS,
    Answer,
    Chosen,
    FileKind,
    FileRef,
    Files,
    GeoPoint,
    Number,
    Precision,
    StoredAnswers,
    TextPart,
    When,
    Written,
    tag_of,
    to_json,
)
from bot.form.kinds import KINDS, fact_of, fact_of_stored, readers_of
from bot.form.model import Question

_FILE = FileRef("f1", FileKind.VOICE, "told.ogg", "at noon")
ANSWERS: tuple[Answer, ...] = (
    Written(),
    Written((TextPart("  "),)),
    Written((TextPart(" Held at the akimat", "m1"), TextPart("Let go at noon. "))),
    Written((), (_FILE,)),
    Number(3),
    Number(3.5),
    When(Precision.DAY, "2024-03-08", "2024-03-08"),
    When(Precision.RANGE, "2024-03", ongoing=True),
    When(Precision.UNKNOWN),
    Chosen(()),
    Chosen(("police",)),
    Chosen(("police", "court")),
    Files((_FILE,)),
    GeoPoint(43.2, 76.9),
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stored_answer_gives_the_fact_of_the_answer(kind: str) -> None:
    """Whatever kind of question it is to: forms change, and answers stay."""
    question = Question("asked", "/f/asked", kind, {})
    assert {tag_of(type(answer)) for answer in ANSWERS} == set(TAGS)
    for answer in ANSWERS:
        ((tag, fields),) = to_json(answer).items()
        fact = fact_of(question, answer)
        assert fact_of_stored(question, {tag: fields}) == readers_of(question)[tag](fields) == fact
    assert fact_of_stored(question, None) == fact_of(question, None)


def test_stored_answers_are_the_answers() -> None:
    """They are made once, and what is not there is missed."""
    given = {f"/f/q{place}": answer for place, answer in enumerate(ANSWERS)}
    stored = StoredAnswers.of(given)
    assert stored == given
    assert StoredAnswers(stored.stored)["/f/q4"] == Number(3)
    assert stored["/f/q2"] is stored["/f/q2"]
    assert StoredAnswers.of(stored) is stored
    assert ("/f/q2" in stored, "/f/gone" in stored, stored.get("/f/gone"), len(stored)) == (
        True,
        False,
        None,
        len(ANSWERS),
    )
