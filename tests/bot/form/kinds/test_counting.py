"""Amounts typed at a list of numbers, and at a question for a number."""

import pytest

from bot.form.answers import Chosen, Number
from bot.form.draft import REVIEW
from bot.form.events import Back, Edit, Goto, Next, Rewrote, Show, Skip
from bot.form.model import Choice, Node
from bot.form.screen import PAGE, Said
from tests.bot.form.talks import Talk, form, group, question


def band(name: str, low: str = "", high: str = "", typed: str = "") -> Choice:
    """A choice of a list of numbers."""
    return Choice(name, {"en": name.upper()}, {"min": low, "max": high, "typed": typed})


BANDS = (
    band("1", "1", "1"),
    band("2-5", "2", "5"),
    band("6-99", "6", "99"),
    band("99+", "99"),
    band("number", typed="exact exactly"),
    band("some", typed="least least"),
    band("between", typed="range least most"),
    band("unknown"),
)
UP = {"constraint": ". >= 1", "constraint_message": {"en": "one or more"}, "required": "true()"}


def asked(inside: str = "") -> tuple[Node, ...]:
    """A list of numbers with the questions that follow it, and one more."""
    many = f"/f/{inside}many"
    return (
        question(f"{inside}many", "select_one", choices=BANDS),
        question(f"{inside}exactly", "integer", relevant=f"{many} = 'number'", **UP),
        question(f"{inside}least", "integer", relevant=f"{many} = 'some' or {many} = 'between'", **UP),
        question(
            f"{inside}most",
            "integer",
            relevant=f"{many} = 'between'",
            required="true()",
            constraint=f"/f/{inside}least = '' or . >= /f/{inside}least",
            constraint_message={"en": "fewer than the least"},
        ),
        question(f"{inside}after"),
    )


def talk() -> Talk:
    """A talk at the list of numbers."""
    begun = Talk(form(*asked()))
    begun.send(Show())
    return begun


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("3", {"many": Chosen(("number",)), "exactly": Number(3)}),
        ("20 человек", {"many": Chosen(("number",)), "exactly": Number(20)}),
        ("at least 20", {"many": Chosen(("some",)), "least": Number(20)}),
        ("100-ден астам", {"many": Chosen(("some",)), "least": Number(101, beyond=True)}),
        ("30–40", {"many": Chosen(("between",)), "least": Number(30), "most": Number(40)}),
        ("2–5", {"many": Chosen(("between",)), "least": Number(2), "most": Number(5)}),
        ("2-5", {"many": Chosen(("2-5",))}),
        ("1", {"many": Chosen(("1",))}),
    ],
)
def test_an_amount_is_its_choice_and_the_numbers_after_it(typed: str, told: dict[str, object]) -> None:
    """Nothing that it said is asked again; a label is a label all the same."""
    begun = talk()
    begun.write(typed)
    assert begun.submission == told
    assert begun.place == "after"


def test_back_undoes_what_was_told() -> None:
    """It leads to where it was typed; from there each of the numbers is found again, to be corrected."""
    begun = talk()
    begun.write("30–40")
    begun.send(Back())
    places = [begun.place]
    while begun.place != "after":
        begun.send(Next())
        places.append(begun.place)
    assert places == ["many", "least", "most", "after"]


def test_a_greatest_number_asks_for_the_least() -> None:
    """Which nobody has said; one that was told before does not stand for it."""
    for first in ((), ("at least 70",)):
        begun = talk()
        for text in first:
            begun.write(text)
            begun.send(Back())
        begun.write("до 50")
        assert (begun.place, begun.answer("least"), begun.answer("most")) == ("least", None, Number(50))
        begun.write("40")
        assert begun.answer("many") == Chosen(("between",))


@pytest.mark.parametrize(
    ("typed", "fitting"),
    [
        ("около 50", ["6-99"]),
        ("about 99", ["6-99", "99+"]),
        ("шамамен 3", ["2-5"]),
        ("300 журналистов", ["99+"]),
    ],
)
def test_an_amount_that_is_not_exact_chooses_nothing(typed: str, fitting: list[str]) -> None:
    """The choices that it may mean are shown, with those that ask for the number; then one is tapped."""
    begun = talk()
    begun.write(typed)
    offered = [*fitting, "NUMBER", "SOME", "BETWEEN"]
    assert begun.labels[: len(offered) + 1] == [*offered, "flow.search.all"]
    assert begun.shown("flow.count.fitting") == {"text": Said(typed)}
    assert begun.draft.answers == {}
    begun.tap("NUMBER")
    assert begun.place == "exactly"
    begun.send(Back())
    assert len([label for label in begun.labels if not label.startswith("flow.")]) == min(PAGE, len(BANDS))


@pytest.mark.parametrize("typed", ["много", "7-8-9", "40-30", "-3", "5%", "87011234567"])
def test_what_tells_no_amount_is_told_how_one_is_told(typed: str) -> None:
    """And kept, to be corrected."""
    begun = talk()
    begun.write(typed, "9")
    assert (begun.notice, begun.draft.answers) == ("flow.count.how", {})
    assert begun.shown("flow.kept") == {"text": Said(typed)}
    begun.send(Rewrote("7-8", "9"))
    assert begun.submission == {"many": Chosen(("between",)), "least": Number(7), "most": Number(8)}


def test_a_number_that_is_not_allowed_is_told_why() -> None:
    """In the words of the question that it is for; nothing is chosen."""
    begun = talk()
    begun.write("0")
    assert (begun.notice, begun.draft.answers, begun.place) == ("one or more", {}, "many")


def test_the_list_says_that_an_amount_may_be_typed() -> None:
    """One that takes none does not."""
    assert talk().shown("flow.count.hint") == {}
    plain = Talk(form(question("many", "select_one", choices=(band("a"), band("b")))))
    plain.send(Show())
    with pytest.raises(StopIteration):
        plain.shown("flow.count.hint")


def test_a_list_takes_no_amount_for_questions_that_are_not_there() -> None:
    """Nor one that says nothing of amounts, nor one of several choices."""
    several = question("many", "select_multiple", choices=BANDS)
    plain = question("many", "select_one", choices=BANDS[:4])
    for nodes in (
        (asked()[0],),
        (plain, *asked()[1:]),
        (several, *asked()[1:]),
    ):
        begun = Talk(form(*nodes))
        begun.write("7")
        assert begun.draft.answers == {}


def test_an_amount_belongs_to_the_instance_that_it_was_typed_in() -> None:
    """The questions beside the list, in the same instance of a repeat."""
    begun = Talk(form(group("people", *asked("people/"), repeat=True, bot={"first": "yes"})))
    begun.send(Show())
    begun.write("30–40")
    told = {"many": Chosen(("between",)), "least": Number(30), "most": Number(40)}
    assert begun.submission == {f"people[1]/{name}": answer for name, answer in told.items()}
    assert begun.place == "people[1]/after"


def test_an_amount_corrected_from_the_review_leads_back_there() -> None:
    """Its numbers are not asked, as they were told."""
    begun = talk()
    begun.write("3")
    begun.send(Skip(), Edit(), Goto(0))
    begun.write("30–40")
    assert begun.draft.position == REVIEW
    assert begun.submission == {"many": Chosen(("between",)), "least": Number(30), "most": Number(40)}


@pytest.mark.parametrize(
    ("choice", "typed", "taken"),
    [
        ("number", "20 человек", 20),
        ("number", "двадцать", 20),
        ("number", "около 20", None),
        ("number", "at least 20", None),
        ("some", "не менее 20", 20),
        ("some", "20", 20),
        ("some", "up to 20", None),
        ("some", "30–40", None),
    ],
)
def test_the_number_itself_may_be_told_in_words(choice: str, typed: str, taken: int | None) -> None:
    """By the end that its question is for; what is not exact never becomes exact."""
    begun = talk()
    begun.tap(choice.upper())
    path = begun.place
    begun.write(typed)
    assert begun.answer(path) == (None if taken is None else Number(taken))
    assert begun.notice == ("flow.number.digits" if taken is None else "")


def test_the_greater_end_may_be_told_as_a_greatest_number() -> None:
    """The question for the lesser one takes no such number."""
    begun = talk()
    begun.tap("flow.page.after")
    begun.tap("BETWEEN")
    begun.write("от 7")
    begun.write("не больше 5")
    assert begun.notice == "fewer than the least"
    begun.write("не больше 9")
    assert (begun.answer("least"), begun.answer("most")) == (Number(7), Number(9))


ENDS = (
    question("low", "integer", bot={"most": "high"}, constraint="/f/high = '' or . <= /f/high"),
    question("high", "integer", constraint=". >= /f/low"),
    question("after"),
)


@pytest.mark.parametrize(
    ("typed", "low", "high", "place"),
    [
        ("30–40", 30, 40, "after"),
        ("кемінде 30", 30, None, "high"),
        ("30", 30, 30, "after"),
        ("about 30", None, None, "low"),
        ("up to 30", None, None, "low"),
    ],
)
def test_a_range_at_the_lesser_of_two_numbers_answers_both(
    typed: str, low: int | None, high: int | None, place: str
) -> None:
    """Where the form says which the greater one is."""
    begun = Talk(form(*ENDS))
    begun.write(typed)
    found = tuple(begun.answer(name) for name in ("low", "high"))
    assert found == tuple(None if number is None else Number(number) for number in (low, high))
    assert begun.place == place
