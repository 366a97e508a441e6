"""What filters leave, remembered: the same as if it were worked out each time, and nobody's words."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.answers import Answer, Chosen, Number, Precision, TextPart, When, Written
from bot.form.flow.instance import Instance
from bot.form.flow.outline import MOST_CACHED, FilterCache, filter_cache
from bot.form.model import Choice, Form, Question
from tests.bot.form.talks import NOW, choices, form, group, question

LIST = tuple(
    Choice(f"{place}{kind}", {"en": "x"}, {"place": place, "kind": kind, "until": until})
    for place, kind, until in product("ab", "cd", ["", "2024-01-01"])
)
FILTERS = [
    "place = /f/one",
    "selected(/f/many, place) or kind = 'c'",
    "place = /f/one and (until = '' or /f/day = '' or until >= /f/day)",
    "place = /f/sum",
    "count(/f/r) > 1 and place = 'a'",
    "contains(join('', /f/r/x), kind)",
    "place = /f/seed",
    "kind = current()/../one",
    "position(..) = 1 and place = /f/one",
]


def asking(choice_filter: str) -> Form:
    """A form with a filtered list and what its filter may look at."""
    names = choices("a", "b", "c")
    return form(
        question("one", "select_one", choices=names),
        question("many", "select_multiple", choices=names, relevant="/f/one != 'c'"),
        question("day", "date"),
        question("words"),
        question("sum", "calculate", calculation="concat(/f/one, '')"),
        question("told", "calculate", calculation="concat(/f/words, '')"),
        question("seed", "hidden", default="'b'"),
        group("r", question("r/x", "select_one", choices=names), repeat=True),
        question("list", "select_one", choices=LIST, choice_filter=choice_filter),
    )


names = st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(lambda found: Chosen(tuple(found)))
one = st.sampled_from("abc").map(lambda name: Chosen((name,)))
words = st.sampled_from("abc").map(lambda text: Written((TextPart(text),)))
days = st.sampled_from(["2023-05-01", "2024-05-01"]).map(lambda day: When(Precision.DAY, day, day))
answers = st.fixed_dictionaries(
    {},
    optional={
        "/f/one": one,
        "/f/many": names,
        "/f/day": days,
        "/f/words": words,
        "/f/seed": st.one_of(one, words),
        "/f/r[1]/x": one,
        "/f/r[2]/x": one,
        "/f/list": st.sampled_from(LIST).map(lambda choice: Chosen((choice.name,))),
    },
)


@given(
    st.sampled_from([*FILTERS, "place = /f/words", "place = /f/told"]),
    st.lists(st.tuples(answers, st.integers(0, 2)), min_size=1, max_size=8),
)
def test_what_is_remembered_is_what_would_be_worked_out(
    source: str, drafts: list[tuple[dict[str, Answer], int]]
) -> None:
    """Whatever was asked of the same form before."""
    shared = asking(source)
    for said, instances in drafts:
        counts = {"/f/r": instances}
        old, new = (Instance(asked, said, counts, NOW) for asked in (shared, replace(shared)))
        assert old.has_choices(old.place("/f/list")) == new.has_choices(new.place("/f/list"))
        assert old.answer("/f/list") == new.answer("/f/list")
        assert old.choices("/f/list") == new.choices("/f/list")


def remembered(asked: Form, said: Mapping[str, Answer]) -> FilterCache | None:
    """The memory of the list's filter after one look."""
    Instance(asked, said, {}, NOW).choices("/f/list")
    listed = asked.nodes["/f/list"]
    assert isinstance(listed, Question)
    return filter_cache(asked, listed)


@pytest.mark.parametrize("source", FILTERS[:-1])
def test_a_filter_that_looks_at_choices_is_remembered(source: str) -> None:
    """Once for the same values."""
    asked = asking(source)
    for _ in range(2):
        found = remembered(asked, {"/f/one": Chosen(("a",)), "/f/seed": Chosen(("a",))})
        assert found is not None
        assert len(found.results) == 1


@pytest.mark.parametrize(
    "source",
    [
        "place = /f/words",
        "place = /f/told",
        "selected(concat(/f/one, /f/*), place)",
        "until > today() and place = /f/one",
        "position(..) = 1",
        "place = /f/list",
        "place = /f/r[x = 'a']/x",
        "place = indexed-repeat(/f/r/x, /f/r, 1)",
    ],
)
def test_a_filter_that_looks_at_more_is_not_remembered(source: str) -> None:
    """At words, at the time, at where it stands, at itself, by conditions."""
    assert remembered(asking(source), {}) is None


def test_words_that_a_service_has_hidden_are_not_remembered() -> None:
    """A choice or number that it has is."""
    asked = asking("place = /f/seed")
    found = remembered(asked, {"/f/seed": Written((TextPart("secret"),))})
    assert found is not None
    assert not found.results
    remembered(asked, {"/f/seed": Number(3)})
    assert len(found.results) == 1


def test_only_so_much_is_remembered() -> None:
    """The oldest goes first."""
    asked = asking("place = /f/seed")
    for number in range(MOST_CACHED + 5):
        found = remembered(asked, {"/f/seed": Number(number)})
    assert found is not None
    assert len(found.results) == MOST_CACHED
    assert ((5.0,),) in found.results
    assert ((4.0,),) not in found.results
