"""Kinds of questions of surveys made elsewhere: ranges, orders, acknowledgements, codes, traces and shapes."""

import pytest

from bot.form.answers import Chosen, Number, TextPart, Written
from bot.form.draft import dump, load
from bot.form.events import Back, Clear, Edit, Goto, Next, Pick, PointSent, Rewrote, Show, Skip
from bot.form.flow.instance import Instance
from bot.form.kinds import KINDS, answer_phrase, fact_of
from bot.form.screen import Joined, Key, Label, Said
from tests.bot.form.talks import Talk, choices, form, question

A, B, C = PointSent(43.25, 76.5, "1"), PointSent(43.5, 76.75, "2"), PointSent(43.0, 77.0, "3")


def talk(kind: str, **columns: object) -> Talk:
    """A talk at a question of a kind, with a text after it."""
    begun = Talk(form(question("q", kind, **columns), question("z")))
    begun.send(Show())
    return begun


def value(begun: Talk) -> object:
    """The value that expressions see, as JavaRosa has it."""
    return Instance(begun.form, begun.draft.answers, begun.draft.counts, begun.now).value_at("/f/q")


def text(words: str) -> Written:
    """A text of one part that no edited message changes."""
    return Written((TextPart(words),))


# range


def test_a_range_has_a_button_for_each_of_a_few_values() -> None:
    """From 1 to 10 without parameters; a greater start counts down."""
    begun = talk("range")
    assert begun.labels[:10] == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
    begun.tap("7")
    assert (begun.answer("q"), value(begun), begun.place) == (Number(7), 7.0, "z")
    begun = talk("range", parameters={"start": "2", "end": "0", "step": "0.5"})
    assert [button.label for button in begun.buttons[:5]] == [
        Said("2"), mark("1", "5"), Said("1"), mark("0", "5"), Said("0")
    ]  # fmt: skip
    begun.send(Pick(1))
    assert begun.answer("q") == Number(1.5)
    begun.send(Back(), Pick(5))
    assert (begun.notice, begun.answer("q")) == ("flow.gone", Number(1.5))


def mark(whole: str, fraction: str) -> Key:
    """A number whose decimal mark the language gives."""
    return Key("flow.number.with_fraction", {"whole": whole, "fraction": fraction})


def test_a_long_range_is_typed() -> None:
    """Only a number in it and on its steps is an answer; the screen says which."""
    begun = talk("range", parameters={"start": "0", "end": "100", "step": "0.5"}, required="true()")
    limits = {"start": Said("0"), "end": Said("100"), "step": mark("0", "5")}
    assert begun.shown("flow.range.how") == limits
    assert begun.labels == ["flow.cancel"]
    begun.write("half")
    assert begun.notice == "flow.number.decimal"
    for typed in ("100.5", "-1", "7.3"):
        begun.write(typed)
        assert (begun.notice, begun.draft.view.kept) == ("flow.range.how", typed)
    begun.write("7,5")
    assert (begun.answer("q"), begun.place) == (Number(7.5), "z")
    assert fact_of(begun.form.questions[0], Number(7.5)) == 7.5


def test_a_default_of_a_range_is_a_number_and_its_constraint_holds() -> None:
    """As with any number."""
    begun = talk("range", default="'4'", constraint=". > 2", constraint_message={"en": "more"})
    assert begun.answer("q") == Number(4)
    begun.tap("2")
    assert begun.notice == "more"
    assert (KINDS["range"].suits("4", ()), KINDS["range"].suits("four", ())) == (True, False)


# rank


def test_all_choices_are_put_in_order_by_one_tap_each() -> None:
    """A second tap takes one out; Done needs them all; the value is their names in that order."""
    begun = talk("rank", choices=choices("a", "b", "c"), required="true()")
    begun.tap("C")
    begun.tap("A")
    begun.tap("flow.done")
    assert isinstance(begun.screen.notice, Key)
    assert (begun.notice, begun.screen.notice.args) == ("flow.rank.left", {"n": 1})
    begun.send(begun.buttons[2].event)
    assert begun.answer("q") == Chosen(("a",))
    begun.tap("C")
    begun.tap("B")
    assert [button.label for button in begun.buttons[:3]] == [
        Joined((Said(f"{place}."), Label({"en": name})), " ")
        for place, name in ((1, "A"), (3, "B"), (2, "C"))
    ]
    begun.tap("flow.done")
    assert (begun.answer("q"), value(begun), begun.place) == (Chosen(("a", "c", "b")), "a c b", "z")
    assert fact_of(begun.form.questions[0], begun.answer("q")) == ["a", "c", "b"]


def test_an_order_of_filtered_choices_needs_only_these() -> None:
    """Typed names count like taps, and an order that lacks a new choice is asked again."""
    few = question("few", "select_one", choices=choices("yes", "no"))
    order = question(
        "q", "rank", choices=choices("a", "b", "c"), choice_filter="name != 'c' or /f/few = 'no'"
    )
    begun = Talk(form(few, order, question("z")))
    begun.send(Pick(0))
    begun.write("b")
    begun.write("a")
    begun.tap("flow.done")
    assert (begun.answer("q"), begun.place) == (Chosen(("b", "a")), "z")
    begun.write("Z")
    begun.send(Edit(), Goto(0), Pick(1))
    assert (begun.place, begun.notice) == ("q", "flow.rank.left")
    begun.tap("C")
    begun.tap("flow.done")
    assert begun.answer("q") == Chosen(("b", "a", "c"))


def test_an_order_is_shown_with_its_numbers() -> None:
    """In the review and beside a correction."""
    asked = question("q", "rank", choices=choices("a", "b"))
    assert answer_phrase(asked, Chosen(("b", "a"))) == Joined((
        Joined((Said("1."), Joined((Label({"en": "B"}),))), " "),
        Joined((Said("2."), Joined((Label({"en": "A"}),))), " "),
    ))  # fmt: skip


# acknowledge and barcode


def test_an_acknowledgement_is_one_button() -> None:
    """Its value is ODK's `OK`; a required one cannot be skipped; nothing else answers it."""
    begun = talk("acknowledge", required="true()")
    assert begun.labels == ["flow.acknowledge", "flow.cancel"]
    begun.write("why?")
    assert begun.place == "q"
    begun.tap("flow.acknowledge")
    assert (begun.answer("q"), value(begun), begun.place) == (text("OK"), "OK", "z")
    asked = begun.form.questions[0]
    assert answer_phrase(asked, text("OK")) == Key("flow.acknowledge")
    assert (fact_of(asked, text("OK")), fact_of(asked, None)) == ("OK", None)
    assert (KINDS["acknowledge"].answer_of("OK"), KINDS["acknowledge"].answer_of("yes")) == (text("OK"), None)


def test_a_code_is_typed() -> None:
    """As it is, leading zeros and all."""
    begun = talk("barcode", constraint="string-length(.) = 13")
    assert Key("flow.barcode.how") in begun.screen.body
    begun.write("400638133393")
    assert begun.notice == "flow.refused"
    begun.write("0400638133393", "5")
    assert (value(begun), begun.place) == ("0400638133393", "z")


# geotrace and geoshape


def test_a_trace_is_sent_point_by_point() -> None:
    """Typed degrees count too; Done needs two, and says so only then; the value is ODK's."""
    begun = talk("geotrace", required="true()")
    assert Key("flow.place.points", {"least": 2}) in begun.screen.body
    begun.send(A)
    assert begun.notice == ""
    begun.send(Next())
    assert (begun.notice, begun.place) == ("flow.place.few", "q")
    begun.write("43.5, 76.75")
    begun.write("43, 77.0")
    begun.tap("flow.done")
    assert value(begun) == "43.25 76.5 0 0; 43.5 76.75 0 0; 43 77 0 0"
    assert begun.place == "z"
    asked = begun.form.questions[0]
    assert answer_phrase(asked, begun.answer("q")) == Key("flow.place.told", {"n": 3})
    assert load(dump(begun.draft)).answers == begun.draft.answers


def test_a_shape_closes_itself() -> None:
    """The first point stands last too, and a further point is put before that."""
    begun = talk("geoshape")
    begun.send(A, B, Next())
    assert begun.notice == "flow.place.few"
    begun.send(C)
    assert value(begun) == "43.25 76.5 0 0; 43.5 76.75 0 0; 43 77 0 0; 43.25 76.5 0 0"
    begun.send(PointSent(43.1, 76.6))
    assert value(begun) == "43.25 76.5 0 0; 43.5 76.75 0 0; 43 77 0 0; 43.1 76.6 0 0; 43.25 76.5 0 0"
    begun.send(Clear())
    assert (begun.answer("q"), begun.place) == (None, "q")
    begun.send(Skip())
    assert begun.place == "z"


@pytest.mark.parametrize("kind", ["geotrace", "geoshape"])
def test_a_point_that_cannot_be_changes_nothing(kind: str) -> None:
    """Words that are none are kept to be corrected, and so is one too many."""
    begun = talk(kind)
    begun.send(A, PointSent(91.0, 0.0))
    assert begun.notice == "flow.place.nowhere"
    begun.write("there", "7")
    assert (begun.notice, begun.draft.view.kept) == ("flow.place.not_understood", "there")
    begun.send(Rewrote("43.5 76.75", "7"))
    assert value(begun) == "43.25 76.5 0 0; 43.5 76.75 0 0"
    begun.send(*[B] * 199)
    assert begun.notice == "flow.place.full"
    assert str(value(begun)).count("43.5 76.75 0 0") == 199


def test_a_default_is_a_trace_or_shape_as_odk_writes_it() -> None:
    """Anything else is none."""
    closed = "1.5 2 0 0; 1.5 3 0 0; 2 3 0 0; 1.5 2 0 0"
    assert value(talk("geoshape", default=f"'{closed}'")) == closed
    assert value(talk("geotrace", default="'1.5 2;1.5 3'")) == "1.5 2 0 0; 1.5 3 0 0"
    assert talk("geotrace", default="'here; there'").answer("q") is None
