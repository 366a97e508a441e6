"""Numbers with a fraction: typed, refused, shown, compared by expressions, exported and started from."""

from pathlib import Path

import pytest

from bot.form.answers import Chosen, Number, from_json, to_json
from bot.form.events import Back, Next, Show
from bot.form.kinds import KINDS, answer_phrase, fact_of
from bot.form.screen import Key, Said
from bot.form.xlsform.reader import load
from bot.form.xlsform.sheets import FormError
from tests.bot.form.talks import Talk, form, question

SIZE = question("size", "decimal", constraint=". <= 100.5", constraint_message={"en": "at most 100.5"})
MUCH = question("much", relevant="/f/size > 2.4")


def talk() -> Talk:
    """A talk at a question for a number with a fraction."""
    begun = Talk(form(SIZE, MUCH))
    begun.send(Show())
    return begun


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("-0,25", -0.25),
        ("+7", 7),
        ("1 00,5", 100.5),
        ("0,125", 0.125),
        ("3.0", 3),
    ],
)
def test_digits_with_a_point_or_a_comma_are_taken(typed: str, value: float) -> None:
    """Both marks are in use; a whole number stays one."""
    begun = talk()
    begun.write(typed)
    assert begun.answer("size") == Number(value)
    assert isinstance(begun.answer("size"), Number)
    assert type(begun.submission["size"].value) is type(value)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "typed", ["two", "2.5.1", "about 2", "1e5", "nan", "inf", "0.00001", "12345678901", "½"]
)
def test_what_is_no_plain_number_is_kept_to_be_corrected(typed: str) -> None:
    """The words stay on the screen, with what to write instead."""
    begun = talk()
    begun.write(typed)
    assert (begun.notice, begun.draft.view.kept, begun.answer("size")) == ("flow.number.decimal", typed, None)


def test_a_comma_before_three_digits_is_asked_about() -> None:
    """1,234 is a fraction to some and more than a thousand to others: neither is taken in silence."""
    begun = talk()
    begun.write("1,234")
    assert isinstance(begun.screen.notice, Key)
    assert begun.screen.notice.args == {"typed": Said("1,234"), "whole": "1234", "fraction": "1.234"}
    begun.write("1.234")
    assert begun.answer("size") == Number(1.234)


def test_constraints_and_relevance_see_the_fraction() -> None:
    """100.6 is refused in the form's words, and 2.5 is more than 2.4."""
    begun = talk()
    begun.write("100.6")
    assert begun.notice == "at most 100.5"
    begun.write("2.5")
    assert begun.place == "much"
    begun.send(Back())
    begun.write("2.4")
    assert "much" not in begun.submission


def test_the_mark_of_the_fraction_is_the_languages() -> None:
    """A review in Russian has a comma, one in English a point; a whole number needs neither."""
    assert answer_phrase(SIZE, Number(2.5)) == Key(
        "flow.number.with_fraction", {"whole": "2", "fraction": "5"}
    )
    assert answer_phrase(SIZE, Number(3)) == Said("3")
    assert answer_phrase(SIZE, Number(-0.0001)) == Key(
        "flow.number.with_fraction", {"whole": "-0", "fraction": "0001"}
    )


def test_an_export_has_the_number_itself() -> None:
    """As JSON a number, not a text; nothing where there is no answer."""
    assert fact_of(SIZE, Number(2.5)) == 2.5
    assert fact_of(SIZE, None) is None
    assert from_json(to_json(Number(2.5))) == Number(2.5)


def test_it_starts_from_a_number_or_a_column_of_a_choice() -> None:
    """As `bind::bot:from` says; never from anything else."""
    kind = KINDS["decimal"]
    assert kind.adopted(SIZE, Number(4)) == Number(4)
    assert kind.adopted(SIZE, Chosen(("4",))) is None
    assert (kind.of_column("0.5"), kind.of_column("half")) == (Number(0.5), None)


def test_a_form_may_have_one_with_a_default(tmp_path: Path) -> None:
    """The type is read by its XLSForm name, and a default that is no number is refused with its row."""
    path = tmp_path / "f.md"
    row = "| | decimal | size | Size | {} |\n"
    head = "| survey |\n| | type | name | label::English (en) | default |\n"
    end = "| settings |\n| | form_id | default_language |\n| | f | English (en) |\n"
    path.write_text(head + row.format("1.5") + end, "utf-8")
    read = load(path)
    assert read.questions[0].kind == "decimal"
    begun = Talk(read)
    begun.send(Show(), Next())
    assert begun.draft.answers == {"/f/size": Number(1.5)}
    path.write_text(head + row.format("half") + end, "utf-8")
    with pytest.raises(FormError, match="row 3, column default"):
        load(path)
