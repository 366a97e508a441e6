"""A form that starts from another's answers: one screen of filled lines with lasting numbers, what the other form says beside."""

from dataclasses import replace

import pytest

from bot.form.answers import Answer, Chosen, Number, Precision, TextPart, When, Written
from bot.form.draft import REVIEW
from bot.form.events import Goto, Show, Submit
from bot.form.flow.outline import line_number
from bot.form.model import Node
from bot.form.screen import Key, Label, Said, ScreenKind
from tests.bot.form.talks import Talk, choices, form, group, question

TITLE = question("title", required="true()")
PLACE = question("place", bot={"from": "where"})
TOWN = question("town")
KIND = question("kind", "select_one", choices=choices("incident", "pattern"), bot={"quick": "yes"})
HOW = question("how", "select_one", choices=choices("alleged", "confirmed"))
WHOSE = question(
    "done/whose", "select_one", choices=choices("victim", "official"), bot={"also": "years people day"}
)
DONE = group(
    "done",
    question("done/what", "select_one", choices=choices("jailed", "freed"), required="true()"),
    WHOSE,
    question("done/years", "decimal", bot={"unit": "year год лет"}, constraint=". < 100"),
    question("done/people", "integer", bot={"unit": "people адам"}),
    question("done/day", "date"),
    repeat=True,
    bot={"quick": "yes", "from": "done"},
)
FORM = (TITLE, PLACE, TOWN, KIND, HOW, DONE)


def text(words: str) -> Written:
    """A text of another form."""
    return Written((TextPart(words),))


def at_review(*children: Node, said: dict[str, Answer] | None = None, **fields: object) -> Talk:
    """A talk at the review, as an edit begins with a title."""
    begun = Talk(form(*(children or FORM)))
    answers = {"/f/title": text("T"), **fields.pop("answers", {})}  # type: ignore[dict-item]
    begun.draft = replace(begun.draft, position=REVIEW, answers=answers, said=said or {}, **fields)  # type: ignore[arg-type]
    begun.send(Show())
    return begun


def lines(talk: Talk) -> dict[str, object]:
    """Lines of the review, by number."""
    return {
        str(one.args["number"]): one.args["answer"] for one in talk.screen.body[1:] if isinstance(one, Key)
    }


JAILED = {"/f/done[1]/what": Chosen(("jailed",)), "/f/done[2]/what": Chosen(("freed",))}


def test_the_review_has_filled_and_required_lines_alone() -> None:
    """Under the numbers that they have with all lines filled."""
    begun = at_review(answers={"/f/how": Chosen(("alleged",)), **JAILED}, counts={"/f/done": 2})
    assert list(lines(begun)) == ["1", "5", "6", "6.1.1", "6.2.1"]
    begun.draft = replace(begun.draft, answers={})
    begun.send(Show())
    assert lines(begun)["1"] == Key("flow.answer.none")


def test_a_number_stays_while_other_lines_are_filled_and_emptied() -> None:
    """Typed, it leads there, blank lines too."""
    begun = at_review()
    for place in ("town", "place"):
        begun.write(line_number(begun.form, f"/f/{place}"))
        assert begun.place == place
        begun.write("Oral")
        assert lines(begun)["1"] == Said("T")
    begun.write("3.")
    assert begun.place == "town"
    assert list(lines(at_review(answers={"/f/town": text("x")}))) == ["1", "3"]


def test_a_line_of_an_instance_is_reached_by_its_number() -> None:
    """Of the repeat, the instance and the question."""
    begun = at_review(answers=JAILED, counts={"/f/done": 2})
    begun.write("6.2.3")
    assert begun.place == "done[2]/years"


def test_what_the_other_form_says_stands_beside_where_it_differs() -> None:
    """Also of a line that was emptied; where both are the same it is not said twice."""
    said: dict[str, Answer] = {"/f/place": text("Oral"), "/f/town": text("Aqtau")}
    begun = at_review(answers={"/f/place": text(" Oral"), "/f/kind": Chosen(("pattern",))}, said=said)
    assert lines(begun)["2"] == Key("flow.review.put_there", {"answer": Said("Oral")})
    assert lines(begun)["3"] == Key(
        "flow.review.said", {"said": Said("Aqtau"), "answer": Key("flow.answer.none")}
    )
    begun.write("3")
    assert begun.shown("flow.said") == {"said": Said("Aqtau")}


def test_what_the_other_form_says_is_kept_apart_from_the_answers() -> None:
    """It is neither an answer nor sent."""
    begun = at_review(said={"/f/town": text("SECRET")})
    begun.send(Submit())
    assert begun.is_at(ScreenKind.SUBMITTED)
    assert "town" not in begun.submission


@pytest.mark.parametrize(
    ("counts", "second", "beside"),
    [(2, "freed", {}), (2, "jailed", {"6.1.1", "6.2.1"}), (1, "freed", {"6"})],
)
def test_instances_that_were_removed_or_moved_are_not_compared_by_place(
    counts: int, second: str, beside: set[str]
) -> None:
    """Of another number of them the number is said."""
    said: dict[str, Answer] = {
        "/f/done": Number(2),
        "/f/done[1]/what": Chosen(("jailed",)),
        "/f/done[2]/what": Chosen(("wanted",)),
    }
    if second == "freed":
        said["/f/done[2]/what"] = Chosen(("freed",))
    else:
        said["/f/done[1]/what"] = Chosen(("freed",))
    answers = {"/f/done[1]/what": Chosen((second,)), "/f/done[2]/what": Chosen(("jailed",))}
    begun = at_review(answers=answers, counts={"/f/done": counts}, said=said)
    differing = {
        number
        for number, one in lines(begun).items()
        if isinstance(one, Key) and one.key == "flow.review.said"
    }
    assert differing == set(beside)


def test_choices_named_at_the_review_are_taken_together() -> None:
    """By label or name; nothing is taken where one names none, or is missing."""
    begun = at_review()
    begun.write("Pattern, confirmed")
    assert (begun.answer("kind"), begun.answer("how")) == (Chosen(("pattern",)), Chosen(("confirmed",)))
    assert begun.notice == "flow.review.named"
    for words in ("incident, unheard", "incident,", "jailed"):
        begun.write(words)
        assert (begun.answer("kind"), begun.notice) == (Chosen(("pattern",)), "flow.use_buttons"), words


def test_a_name_that_two_questions_have_is_not_guessed() -> None:
    """Neither is answered."""
    both = (
        question("a", "select_one", choices=choices("x")),
        question("b", "select_one", choices=choices("x")),
    )
    begun = at_review(TITLE, PLACE, *both)
    begun.write("x")
    assert (begun.answer("a"), begun.answer("b"), begun.notice) == (None, None, "flow.use_buttons")


def test_a_missing_text_is_taken_before_choices_are_named() -> None:
    """A title may be the name of a choice."""
    begun = at_review(answers={"/f/title": text(" ")})
    begun.write("Confirmed")
    assert (begun.answer("title"), begun.answer("how")) == (text("Confirmed"), None)


def test_an_outcome_is_told_in_one_dialogue() -> None:
    """Its kind, then in one message whose it is, with term, people and date."""
    begun = at_review()
    begun.tap("done")
    begun.tap("JAILED")
    assert begun.place == "done[1]/whose"
    assert isinstance(begun.shown("flow.also.parts")["facts"].phrases[0], Label)  # type: ignore[union-attr]
    begun.write("official, 3,5 года; 2 адам, 5.06.2024", "9")
    assert begun.is_at(ScreenKind.REVIEW)
    assert begun.answer("done[1]/whose") == Chosen(("official",))
    assert begun.answer("done[1]/years") == Number(3.5)
    assert begun.answer("done[1]/people") == Number(2)
    assert begun.answer("done[1]/day") == When(Precision.DAY, "2024-06-05", "2024-06-05")


def test_parts_without_the_answer_itself_stay_on_the_screen() -> None:
    """A tap on the answer ends it."""
    begun = at_review(answers=JAILED, counts={"/f/done": 2})
    begun.tap("done")
    begun.write("7 years")
    assert (begun.place, begun.answer("done[1]/years")) == ("done[1]/whose", Number(7))
    begun.tap("VICTIM")
    assert begun.place == "done[2]/whose"  # the next that is open
    assert begun.screen.told is not None
    begun.tap("VICTIM")
    assert begun.is_at(ScreenKind.REVIEW)


@pytest.mark.parametrize(
    "words", ["3 years, someone", "3 years, 2 years", "300 years", "3", "2 people, 31.02.2024"]
)
def test_a_message_with_a_part_that_is_not_understood_changes_nothing(words: str) -> None:
    """It stays to be corrected."""
    begun = at_review(answers=JAILED, counts={"/f/done": 2})
    begun.tap("done")
    before = begun.draft.answers
    begun.write(words, "9")
    assert (begun.place, begun.draft.answers) == ("done[1]/whose", before)
    assert words in {begun.draft.view.kept, begun.draft.view.search}


def test_the_buttons_of_the_review_lead_to_lines_that_stand_in_no_list() -> None:
    """A number of the list leads to the same place as before."""
    begun = at_review()
    begun.send(Goto(3))
    assert begun.place == "kind"
