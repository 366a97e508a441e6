"""Times, dates with times, and moments that a form records."""

from datetime import timedelta

import pytest

from bot.form.answers import TextPart, Written
from bot.form.draft import REVIEW
from bot.form.events import Back, DateMode, PickDate, Rewrote, Show
from bot.form.flow.instance import Instance
from bot.form.kinds import KINDS, answer_phrase, fact_of
from bot.form.kinds.date import BlankMetadata
from bot.form.screen import Joined, Key, Said
from tests.bot.form.talks import Talk, form, question


def talk(kind: str, **columns: object) -> Talk:
    """A talk at a question of a kind, with a text after it."""
    begun = Talk(form(question("q", kind, **columns), question("z")))
    begun.send(Show())
    return begun


def text(words: str) -> Written:
    """A text of one part that no edited message changes."""
    return Written((TextPart(words),))


@pytest.mark.parametrize(
    ("typed", "kept"), [("14:30", "14:30"), ("9:05", "09:05"), ("9.05", "09:05"), (" 00:00:59 ", "00:00")]
)
def test_a_time_is_typed(typed: str, kept: str) -> None:
    """To the minute, and written as JavaRosa does, with the offset of the configured zone."""
    begun = talk("time")
    assert Key("flow.time.how") in begun.screen.body
    begun.write(typed, "3")
    assert (begun.answer("q"), begun.place) == (text(f"{kept}:00.000+05:00"), "z")
    asked = begun.form.questions[0]
    assert answer_phrase(asked, begun.answer("q")) == Said(kept)
    assert fact_of(asked, begun.answer("q")) == f"{kept}:00.000+05:00"


@pytest.mark.parametrize("typed", ["24:00", "9", "12:60", "утром", "1430", "٠٩:٠٠"])
def test_other_words_are_no_time(typed: str) -> None:
    """They stay to be corrected, in the chat too."""
    begun = talk("time")
    begun.write(typed, "3")
    assert (begun.notice, begun.draft.view.kept, begun.answer("q")) == (
        "flow.time.not_understood",
        typed,
        None,
    )
    begun.send(Rewrote("9:00", "3"))
    assert begun.answer("q") == text("09:00:00.000+05:00")


def test_the_form_may_refuse_a_time() -> None:
    """Its constraint sees the text."""
    strict = talk("time", constraint="starts-with(., '08')", constraint_message={"en": "at eight"})
    strict.write("9:15")
    assert strict.notice == "at eight"
    strict.write("8:15")
    assert strict.place == "z"


def test_a_date_with_a_time_is_given_in_two_steps() -> None:
    """The date by its buttons, then the time; Back returns to the date."""
    begun = talk("dateTime")
    begun.send(DateMode("calendar"), PickDate("2024-03-01"))
    assert begun.shown("flow.time.day") == {"date": Said("01.03.2024")}
    assert begun.labels[0] == "flow.date.back"
    begun.send(Back())
    assert begun.labels[0] == "flow.date.today"
    begun.send(DateMode("today"))
    begun.write("later")
    assert (begun.notice, begun.place) == ("flow.time.not_understood", "q")
    begun.write("14:30")
    assert (begun.answer("q"), begun.place) == (text("2024-06-06T14:30:00.000+05:00"), "z")
    asked = begun.form.questions[0]
    assert answer_phrase(asked, begun.answer("q")) == Joined((Said("06.06.2024"), Said("14:30")), " ")
    assert fact_of(asked, begun.answer("q")) == "2024-06-06T14:30:00.000+05:00"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2024-03-01 14:30", "2024-03-01T14:30"),
        ("2024-03-01T14:30:15", "2024-03-01T14:30"),
        ("8 марта 2024, 9:05", "2024-03-08T09:05"),
        ("вчера 9.05", "2024-06-05T09:05"),
    ],
)
def test_a_date_with_a_time_may_be_typed_at_once(typed: str, kept: str) -> None:
    """The date in any of the usual ways."""
    begun = talk("dateTime")
    begun.write(typed)
    assert (begun.answer("q"), begun.place) == (text(f"{kept}:00.000+05:00"), "z")


def test_a_date_alone_asks_for_the_time_and_other_words_are_kept() -> None:
    """No half of an answer is kept; the constraint sees the whole one."""
    begun = talk("dateTime", constraint="date(.) < today()", constraint_message={"en": "past"})
    begun.write("31.02.2024")
    assert begun.notice == "flow.date.no_such_day"
    begun.write("8 марта 2024")
    assert (begun.answer("q"), begun.place) == (None, "q")
    begun.send(Back())
    begun.write("2024-06-06 10:00")
    assert begun.notice == "past"
    begun.write("2024-06-05 10:00")
    assert begun.place == "z"


@pytest.mark.parametrize(
    ("kind", "value", "answer"),
    [
        ("time", "14:30:00.000+05:00", "14:30:00.000+05:00"),
        ("time", "14:30", "14:30"),
        ("time", "noon", None),
        ("dateTime", "2024-03-01T14:30:00.000+05:00", "2024-03-01T14:30:00.000+05:00"),
        ("dateTime", "2024-03-01", "2024-03-01T00:00:00.000"),
        ("dateTime", "2024-03-32T14:30", None),
        ("dateTime", "soon", None),
    ],
)
def test_a_default_is_written_as_odk_writes_it(kind: str, value: str, answer: str | None) -> None:
    """Anything else is none."""
    assert KINDS[kind].answer_of(value) == (None if answer is None else text(answer))
    assert talk(kind, default=f"'{value}'").answer("q") == (None if answer is None else text(answer))


def test_an_answer_of_another_kind_does_not_suit() -> None:
    """A form may have changed meanwhile."""
    assert not KINDS["time"].fits(text("at noon"))
    assert not KINDS["dateTime"].fits(text("14:30"))
    assert not KINDS["dateTime"].fits(text("2024-03"))


# Metadata


def moments() -> Talk:
    """A talk with a form that records its moments."""
    return Talk(
        form(
            *(question(name, name) for name in ("start", "end", "today")),
            question("phone", "deviceid"),
            question("a"),
            question("z", relevant="/f/phone = '' and starts-with(/f/start, '2024')"),
        )
    )


def test_moments_are_kept_to_the_hour_from_the_first_answer_on() -> None:
    """Nothing finer is stored about a reporter. The end is that of the submission."""
    begun = moments()
    begun.send(Show())
    assert begun.draft.answers == {}
    begun.now += timedelta(hours=2)
    begun.write("A")
    begun.now += timedelta(hours=23)
    begun.write("Z")
    assert begun.draft.position == REVIEW
    assert {path: one.text for path, one in begun.submission.items() if isinstance(one, Written)} == {
        "start": "2024-06-06T14:00:00.000+05:00",
        "end": "2024-06-07T13:00:00.000+05:00",
        "today": "2024-06-06",
        "a": "A",
        "z": "Z",
    }


def test_what_tells_of_the_phone_or_its_owner_is_always_blank() -> None:
    """Even if a draft says otherwise; expressions see a blank."""
    begun = moments()
    told = Instance(begun.form, {"/f/phone": text("x")}, {}, begun.now)
    assert told.value_at("/f/phone") == ""
    assert begun.submission.keys() == {"start", "end", "today"}
    assert BlankMetadata.is_always_blank
    assert {"username", "email", "phonenumber", "simserial"} <= set(BlankMetadata.spellings)


def test_moments_are_neither_asked_nor_reviewed() -> None:
    """The only questions are those of the form."""
    begun = moments()
    begun.write("A")
    begun.write("Z")
    assert [one for one in begun.draft.trail if one] == ["/f/a", "/f/z"]


def test_a_time_is_compared_with_another() -> None:
    """An answer, or a text."""
    begin, end = (
        question("begin", "time", constraint=". >= '06:00:00.000'"),
        question("end", "time", constraint=". > /f/begin"),
    )
    begun = Talk(form(begin, end, question("z")))
    begun.send(Show())
    for words, place in (("5:30", "begin"), ("9:30", "end"), ("9:15", "end"), ("13:45", "z")):
        begun.write(words)
        assert begun.place == place
