"""Tables beside a form: looked up by `pulldata` and `instance`, and lists whose rows a filter finds at once."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.answers import Answer, Chosen, Number, TextPart, Written
from bot.form.expressions.coercion import to_text
from bot.form.expressions.compiler import ExpressionError
from bot.form.expressions.expression import check, parse
from bot.form.expressions.paths import paths_of
from bot.form.flow.instance import Instance
from bot.form.model import Choice, Form, Table
from tests.bot.form.talks import NOW, choices, form, question

VILLAGES = Table((
    {"name": "v1", "label": "Aksu", "district": "d1", "people": "120"},
    {"name": "v2", "label": "Karasu", "district": "d1", "people": "80"},
    {"name": "v3", "label": "Aksu", "district": "d2", "people": "1300"},
    {"name": "v4", "label": "Taldy"},
))  # fmt: skip


def told(text: str) -> Written:
    return Written((TextPart(text),))


def asking(*calculations: str) -> Form:
    """A form with a table of villages, two questions and these calculations."""
    made = form(
        question("place", "select_one", choices=choices("v1", "v2", "v3", "v4")),
        question("words"),
        *(question(f"c{at}", "calculate", calculation=source) for at, source in enumerate(calculations)),
    )
    return Form(**{**vars(made), "tables": {"villages": VILLAGES}})


def value(source: str, **answers: Answer) -> str:
    """The value of a calculation beside the table."""
    given = {f"/f/{name}": answer for name, answer in answers.items()}
    return to_text(Instance(asking(source), given, {}, NOW).value_at("/f/c0"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("pulldata('villages', 'label', 'name', /f/place)", "Karasu"),
        ("pulldata('villages.csv', 'people', 'name', /f/place)", "80"),
        ("pulldata('villages', 'label', 'people', 80)", "Karasu"),
        ("pulldata('villages', 'name', 'label', 'Aksu')", "v1"),
        ("pulldata('villages', 'district', 'name', 'v4')", ""),
        ("pulldata('villages', 'nothing', 'name', 'v1')", ""),
        ("pulldata('villages', 'label', 'name', 'v9')", ""),
        ("pulldata('villages', 'name', 'district', '')", ""),
        ("pulldata('towns', 'label', 'name', 'v1')", ""),
        ("instance('villages')/root/item[name = /f/place]/label", "Karasu"),
        ("instance('villages')/root/item[name=current()/../place]/people + 1", "81"),
        ("count(instance('villages')/root/item)", "4"),
        ("count(instance('villages')/root/item[district = 'd1'])", "2"),
        ("count(instance('villages')/root/item[district = ''])", "1"),
        ("count(instance('villages')/root/item[people > 100])", "2"),
        ("sum(instance('villages')/root/item[district = 'd1']/people)", "200"),
        ("sum(instance('villages')/root/item[district = 'd1' and people < 100]/people)", "80"),
        ("instance('villages')/root/item[label = 'Aksu' and district = 'd2']/name", "v3"),
        ("instance('villages')/root/item[label = 'Aksu'][2]/name", "v3"),
        ("instance('villages')/root/item[3]/name", "v3"),
        ("instance('villages')/root/item[position() = 4]/name", "v4"),
        ("instance('villages')/root/item[district = 'd2' and position() = 3]/name", "v3"),
        ("instance('villages')/root/item[contains(label, 'ara')]/name", "v2"),
        ("instance('villages')/root/item[number(people) = 1300]/name", "v3"),
        ("instance('towns')/root/item[name = 'v1']/label", ""),
    ],
)
def test_a_table_is_looked_up(source: str, expected: str) -> None:
    """By the first row that fits. A row, column or table that is not there is blank."""
    assert value(source, place=Chosen(("v2",))) == expected


def test_a_value_follows_the_answer_that_it_is_looked_up_by() -> None:
    """Also inside the condition of a path."""
    made = asking(
        "pulldata('villages', 'label', 'name', /f/place)",
        "instance('villages')/root/item[name = /f/place]/label",
    )
    first = Instance(made, {"/f/place": Chosen(("v2",))}, {}, NOW)
    assert [first.value_at("/f/c0"), first.value_at("/f/c1")] == ["Karasu", "Karasu"]
    second = first.changed({"/f/place": Chosen(("v4",))}, {})
    assert [second.value_at("/f/c0"), second.value_at("/f/c1")] == ["Taldy", "Taldy"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("instance('villages')/root/item[nam = 'v1']/label", "`villages/root/item/nam`"),
        ("instance('villages')/root/item[name = 'v1']/lable", "`villages/root/item/lable`"),
        ("instance('towns')/root/item/name", "`towns/root/item/name`"),
        ("instance('villages')/root/row/name", "`villages/root/row/name`"),
        ("instance('villages')/root/item[name = /f/gone]/label", "`/f/gone` is not in this form"),
    ],
)
def test_a_path_that_no_table_has_is_named(source: str, said: str) -> None:
    """With the list, so that a misspelt column is found in its form."""
    known = {*asking().nodes, *paths_of("villages", VILLAGES)}
    with pytest.raises(ExpressionError, match=r"there is no list|not in this form") as caught:
        check(parse(source), "/f/c0", "/f/c0", known)
    assert said in str(caught.value)


def test_the_name_of_a_table_is_a_literal() -> None:
    """Lookups are checked when the form is loaded."""
    with pytest.raises(ExpressionError):
        parse("instance(/f/place)/root/item/name")


LIST = tuple(
    Choice(f"n{number}", {"en": "x"}, {"a": "pqr"[number % 3], "b": str(number % 5), "t": f"ab{number}c"})
    for number in range(150)
)
Row = Mapping[str, str]
FILTERS: Mapping[str, Callable[[Row, str, int | None], bool]] = {
    "a = /f/words": lambda row, text, _: row["a"] == text,
    "/f/words = a": lambda row, text, _: row["a"] == text,
    "b = /f/number": lambda row, _, number: number is not None and int(row["b"]) == number,
    "a = /f/words and b = /f/number": lambda row, text, number: row["a"] == text and int(row["b"]) == number,
    "a = 'p' or b = '1'": lambda row, _, __: row["a"] == "p" or row["b"] == "1",
    "/f/words = '' or a = /f/words": lambda row, text, _: text in {"", row["a"]},
    "(a = 'q') and not(b = '1')": lambda row, _, __: row["a"] == "q" and row["b"] != "1",
    "selected(/f/words, a)": lambda row, text, _: row["a"] in text.split(),
    "contains(t, /f/words)": lambda row, text, _: text in row["t"],
    "starts-with(t, concat('ab', /f/number))": lambda row, _, number: row["t"].startswith(f"ab{'' if number is None else number}"),
    "ends-with(t, '9c') and a != /f/words": lambda row, text, _: row["t"].endswith("9c") and row["a"] != text,
    "b > /f/number": lambda row, _, number: number is not None and int(row["b"]) > number,
    "c = /f/words": lambda _, text, __: text == "",
    "/f/number > 2": lambda _, __, number: number is not None and number > 2,
    "a": lambda _, __, ___: True,
    "if(/f/number > 2, a = 'p', a = 'q')": lambda row, _, number: row["a"] == ("p" if (number or 0) > 2 else "q"),
}  # fmt: skip


@pytest.mark.parametrize("source", FILTERS)
@given(
    text=st.sampled_from(["", "p", "q", "p q", "1", "14", "z"]),
    number=st.one_of(st.none(), st.integers(0, 6)),
)
def test_an_index_finds_what_each_row_tells(source: str, text: str, number: int | None) -> None:
    """Rows stay in their order, whether a filter is found by an index, in part, or not at all."""
    made = form(
        question("words"), question("number", "integer"),
        question("list", "select_one", choices=LIST, choice_filter=source),
    )  # fmt: skip
    answers: dict[str, Answer] = {"/f/words": told(text)} if text else {}
    answers |= {} if number is None else {"/f/number": Number(number)}
    instance = Instance(made, answers, {}, NOW)
    expected = [one.name for one in LIST if FILTERS[source](one.columns, text, number)]
    assert [choice.name for _, choice in instance.choices("/f/list")] == expected
    assert instance.has_choices(instance.place("/f/list")) is bool(expected)
