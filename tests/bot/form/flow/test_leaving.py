"""What leaves: an optional public answer, or an instance of a repeat, is taken out by one tap and brought back by one."""

from dataclasses import replace

from bot.form.answers import Answer, Chosen, TextPart, Written
from bot.form.draft import REVIEW, Withheld, dump, joined, load, parted
from bot.form.events import Back, Edit, Goto, ListLeaving, RemoveRepeat, Show, Skip, Submit, Withhold
from bot.form.model import Node, Privacy
from bot.form.screen import Key, Said, ScreenKind
from tests.bot.form.talks import Talk, choices, form, group, question

PUBLIC = {"privacy": Privacy.PUBLIC}
TITLE = question("title", required="true()", **PUBLIC)
TOWN = question("town", **PUBLIC)
NOTE = question("note")
PEOPLE = group(
    "people",
    question("people/role", required="true()", **PUBLIC),
    question("people/number", **PUBLIC),
    repeat=True,
)
ROLES = {f"/f/people[{number}]/role": f"role {number}" for number in (1, 2, 3)}
TOLD = {"/f/title": "T", "/f/town": "Karasu", "/f/note": "N", **ROLES, "/f/people[2]/number": "7"}
EVERYTHING = (TITLE, TOWN, NOTE, PEOPLE)


def text(words: str) -> Answer:
    """A text of one message."""
    return Written((TextPart(words, "m"),))


def at_review(*children: Node, told: dict[str, str] = TOLD, counts: int = 3) -> Talk:
    """A talk at the review of a form from which something can be taken out."""
    begun = Talk(form(*children))
    answers = {path: text(words) for path, words in told.items()}
    begun.draft = replace(
        begun.draft, position=REVIEW, answers=answers, counts={"/f/people": counts}, withheld=()
    )
    begun.send(Show())
    return begun


def listed(begun: Talk) -> list[str]:
    """The titles of the list, each with its mark."""
    begun.send(ListLeaving())
    return [
        f"{'+' if one.marked else '-'} {label}"
        for one, label in zip(begun.buttons, begun.labels, strict=True)
        if one.marked is not None
    ]


def taken_out(begun: Talk) -> list[str]:
    """The places that are taken out."""
    assert begun.draft.withheld is not None
    return list(begun.draft.withheld)


def test_what_must_be_given_or_is_not_public_cannot_be_taken_out() -> None:
    """Offered are optional public answers that are there, and whole instances; nothing in a form that has no such list."""
    begun = at_review(*EVERYTHING)
    assert listed(begun) == ["+ town", "+ people 1", "+ people 2", "+ people 2 · people/number", "+ people 3"]
    plain = at_review(*EVERYTHING)
    plain.draft = replace(plain.draft, withheld=None)
    plain.send(Show())
    assert "flow.leaving" not in plain.labels
    plain.send(ListLeaving())
    assert plain.notice == "flow.gone"


def test_one_tap_takes_out_and_one_brings_back() -> None:
    """The answer stays on the screen, marked; a second tap on the same button changes nothing."""
    begun = at_review(*EVERYTHING)
    begun.tap("flow.leaving")
    assert begun.is_at(ScreenKind.EDIT)
    taken = begun.button("town").event
    begun.send(taken, taken)
    assert taken_out(begun) == ["/f/town"]
    assert Key("flow.review.withheld", {"answer": Said("Karasu")}) in [
        one.args["answer"] for one in begun.screen.body if isinstance(one, Key) and "answer" in one.args
    ]
    begun.send(Back())
    assert begun.is_at(ScreenKind.REVIEW)
    assert begun.button("flow.leaving.but").label == Key("flow.leaving.but", {"number": 1})
    assert begun.answer("town") == text("Karasu")
    assert listed(begun)[0] == "- town"
    begun.tap("town")
    assert taken_out(begun) == []


def test_what_is_taken_out_is_in_nothing_that_is_sent() -> None:
    """An instance goes with all in it, and those after it move up."""
    begun = at_review(*EVERYTHING)
    begun.tap("flow.leaving")
    for label in ("town", "people 1", "people 2 · people/number"):
        begun.tap(label)
    sent, taken = parted(begun.draft)
    assert {path: one.text for path, one in sent.answers.items() if isinstance(one, Written)} == {
        "/f/title": "T",
        "/f/note": "N",
        "/f/people[1]/role": "role 2",
        "/f/people[2]/role": "role 3",
    }
    assert sent.counts == {"/f/people": 2}
    assert taken == Withheld(
        {"/f/town": text("Karasu"), "/f/people[1]/number": text("7")},
        (("/f/people", {"role": text("role 1")}),),
    )


def test_it_can_be_brought_back_later() -> None:
    """Joined again everything is there, what was taken out still is, and an instance stands last."""
    begun = at_review(*EVERYTHING)
    begun.tap("flow.leaving")
    for label in ("town", "people 1", "people 2 · people/number"):
        begun.tap(label)
    sent, taken = parted(begun.draft)
    again = joined(sent, taken)
    assert again.withheld == ("/f/town", "/f/people[1]/number", "/f/people[3]")
    assert again.counts == {"/f/people": 3}
    assert again.answers["/f/people[3]/role"] == text("role 1")
    assert parted(again) == (sent, taken)
    other = joined(sent.changed(answers={**sent.answers, "/f/town": text("Other")}), taken)
    assert other.answers["/f/town"] == text("Other"), "what was said since is not overwritten"
    assert "/f/town" not in (other.withheld or ())


def test_an_answer_that_is_gone_is_not_taken_out_any_more() -> None:
    """Skipped, or removed with its instance; other instances keep what they have."""
    begun = at_review(*EVERYTHING)
    begun.tap("flow.leaving")
    for label in ("town", "people 1", "people 3"):
        begun.tap(label)
    begun.send(Back(), Edit(), Goto(1), Skip())
    assert taken_out(begun) == ["/f/people[1]", "/f/people[3]"]
    begun.send(Edit(), Goto(3), RemoveRepeat(1))
    assert taken_out(begun) == ["/f/people[2]"]


def test_what_others_cannot_do_without_stays() -> None:
    """The tap is refused; where it only came to that later, sending leads to the list."""
    needy = question("needy", required="${town} = ''".replace("${town}", "/f/town"), **PUBLIC)
    begun = at_review(TITLE, TOWN, needy, told={"/f/title": "T", "/f/town": "Karasu"}, counts=0)
    begun.tap("flow.leaving")
    begun.tap("town")
    assert begun.notice == "flow.leaving.needed"
    assert taken_out(begun) == []
    begun.draft = replace(begun.draft, withheld=("/f/town",))
    begun.send(Back(), Submit())
    assert begun.notice == "flow.leaving.needed"
    assert begun.is_at(ScreenKind.EDIT)


def test_what_follows_from_another_answer_is_not_offered() -> None:
    """It would follow all the same."""
    source = question("source", "select_multiple", choices=choices("x"), required="true()", **PUBLIC)
    rights = question(
        "rights", "select_multiple", choices=choices("x"), bot={"derived": "source/right"}, **PUBLIC
    )
    begun = at_review(source, rights, TOWN, told={"/f/town": "Karasu"}, counts=0)
    begun.draft = replace(
        begun.draft, answers={**begun.draft.answers, "/f/source": Chosen(("x",)), "/f/rights": Chosen(("x",))}
    )
    assert listed(begun) == ["+ town"]


def test_a_long_list_has_pages_and_buttons_name_the_same_on_each() -> None:
    """By their place in the whole list."""
    many = [question(f"q{number}", **PUBLIC) for number in range(14)]
    begun = at_review(*many, told={f"/f/q{number}": "x" for number in range(14)}, counts=0)
    begun.tap("flow.leaving")
    begun.tap("flow.page.after")
    begun.tap("q9")
    assert taken_out(begun) == ["/f/q9"]
    assert begun.button("q9").event == Withhold(9, on=False)


def test_a_draft_keeps_it() -> None:
    """Also one of an earlier version, which has no such list."""
    begun = at_review(*EVERYTHING)
    begun.send(ListLeaving(), Withhold(0, on=True))
    kept = dump(begun.draft)
    assert load(kept) == begun.draft.changed(now=load(kept).now)
    del kept["withheld"]
    assert load(kept).withheld is None
