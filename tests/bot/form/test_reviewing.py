"""The review: what it shows, editing, sending, what is missing."""

from dataclasses import replace

from bot.form.answers import Chosen, FileKind, Files, Number, Part, Written
from bot.form.draft import REVIEW
from bot.form.events import Back, Cancel, Edit, Goto, Next, Page, Pick, Show, Skip, Submit
from bot.form.model import Kind, Node
from bot.form.screen import Joined, Key, Label, Said, ScreenKind
from tests.bot.form.talks import Talk, choices, file, form, group, question

A, B = question("a"), question("b", required="true()")


def talk(*children: Node) -> Talk:
    """A talk at the first of these questions."""
    begun = Talk(form(*children))
    begun.send(Show())
    return begun


def at_review(*children: Node, **fields: object) -> Talk:
    """A talk at the review of a draft as a service might make it."""
    begun = Talk(form(*children))
    begun.draft = replace(begun.draft, position=REVIEW, **fields)  # type: ignore[arg-type]
    begun.send(Show())
    return begun


def line(path: str, answer: object) -> Key:
    """One line of the review."""
    return Key("flow.review.line", {"question": Label({"en": path}), "answer": answer})  # type: ignore[dict-item]


def test_the_review_shows_every_question_with_its_answer() -> None:
    """Choices by label, files counted, what has no answer too; notes are left out."""
    begun = talk(
        A,
        question("n", Kind.INTEGER),
        question("note", Kind.NOTE),
        question("many", Kind.SELECT_MULTIPLE, choices=choices("x", "y")),
        question("files", Kind.FILE, bot={"max": "2"}),
        group("p", question("p/q"), repeat=True),
        question("never", relevant="false()"),
    )
    begun.draft = replace(
        begun.draft,
        position=REVIEW,
        answers={
            "/f/a": Written((Part("one"), Part("two")), (file("v", FileKind.VOICE),)),
            "/f/n": Number(5),
            "/f/many": Chosen(("y", "x")),
            "/f/files": Files((file("1"), file("2"))),
            "/f/never": Written((Part("x"),)),
        },
    )
    begun.send(Show())
    assert begun.is_at(ScreenKind.REVIEW)
    assert begun.screen.body == (
        Key("flow.review"),
        line("a", Joined((Said("one\ntwo"), Key("flow.voices", {"n": 1})), "\n")),
        line("n", Said("5")),
        line("many", Joined((Label({"en": "Y"}), Label({"en": "X"})))),
        line("files", Key("flow.files", {"n": 2})),
        line("p", Said("0")),
    )
    assert begun.labels == ["flow.send", "flow.edit", "flow.delete"]
    begun.send(Edit(), Goto(0), Skip())
    assert begun.screen.body[1] == line("a", Key("flow.answer.none"))


def test_any_answer_can_be_edited_and_leads_back() -> None:
    """Its question is asked with the answer shown."""
    begun = talk(A, B)
    begun.write("A")
    begun.write("B")
    begun.tap("flow.edit")
    assert begun.is_at(ScreenKind.EDIT)
    assert begun.labels == ["a", "b", "flow.back", "flow.cancel"]
    begun.tap("b")
    assert begun.place == "b"
    assert begun.shown("flow.current") == {"answer": Said("B")}
    begun.write("B2")
    assert begun.draft.position == REVIEW
    assert begun.is_at(ScreenKind.REVIEW)
    assert begun.answer("b") == Written((Part("B2"),))


def test_back_from_an_edit_leads_to_the_list_and_from_there_to_the_review() -> None:
    """Nothing is changed on the way, and the way stays as long as it was."""
    begun = talk(A, B)
    begun.write("A")
    begun.write("B")
    for _ in range(5):
        begun.send(Edit(), Goto(0), Back())
        assert begun.is_at(ScreenKind.EDIT)
        begun.send(Back())
        assert begun.is_at(ScreenKind.REVIEW)
    assert len(begun.draft.trail) <= 2
    assert begun.answer("a") == Written((Part("A"),))


def test_back_from_the_review_leads_through_the_questions() -> None:
    """The last one asked first; an answer leads back to the review."""
    begun = talk(A, B, question("c"))
    for words in "ABC":
        begun.write(words)
    begun.send(Back(), Back())
    assert begun.place == "b"
    begun.write("B2")
    assert begun.draft.position == REVIEW
    assert begun.answer("c") == Written((Part("C"),))


def test_a_long_list_of_questions_has_pages() -> None:
    """The places on a later page are those of the whole list."""
    begun = talk(*(question(f"q{number:02}") for number in range(20)))
    begun.send(*[Skip()] * 20, Edit())
    begun.tap("flow.page.after")
    begun.tap("q09")
    assert begun.place == "q09"


def test_only_the_list_leads_to_its_entries() -> None:
    """Elsewhere and beyond its ends that is told."""
    begun = talk(A, B)
    for event in (Goto(0), Edit()):
        begun.send(event)
        assert begun.notice == "flow.gone"
        assert begun.place == "a"
    begun.send(Skip())
    begun.write("B")
    begun.send(Goto(0))
    assert begun.notice == "flow.gone"
    begun.send(Edit())
    for index in (-1, 2):
        begun.send(Goto(index))
        assert begun.notice == "flow.gone"
        assert begun.is_at(ScreenKind.EDIT)


def test_only_the_review_sends() -> None:
    """Not a question, not the list, not the confirmation."""
    begun = talk(A)
    begun.send(Submit())
    assert begun.notice == "flow.submit.not_yet"
    begun.send(Skip(), Edit(), Submit())
    assert begun.is_at(ScreenKind.EDIT)
    assert begun.notice == "flow.submit.not_yet"
    begun.send(Back(), Cancel(), Submit())
    assert begun.is_at(ScreenKind.CONFIRM_CANCEL)
    begun.send(Back(), Submit())
    assert begun.is_at(ScreenKind.SUBMITTED)


def test_what_is_missing_is_asked_before_it_is_sent() -> None:
    """One after the other, each leading back to the review."""
    begun = at_review(A, B, question("c", required="/f/b = 'B'"))
    begun.send(Submit())
    assert begun.place == "b"
    assert begun.notice == "flow.submit.missing"
    begun.write("B")
    assert begun.draft.position == REVIEW
    begun.send(Submit())
    assert begun.place == "c"
    begun.write("C")
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED


def test_what_is_no_longer_allowed_is_asked_before_it_is_sent() -> None:
    """An edit elsewhere may have made it wrong; the reason is given."""
    least = question("least", Kind.INTEGER)
    most = question("most", Kind.INTEGER, constraint=". >= /f/least", constraint_message={"en": "fewer"})
    begun = talk(least, most)
    begun.write("1")
    begun.write("2")
    begun.send(Edit(), Goto(0))
    begun.write("3")
    assert begun.draft.position == REVIEW
    begun.send(Submit())
    assert begun.place == "most"
    assert begun.notice == "fewer"
    begun.send(Next())
    assert begun.place == "most"
    assert begun.notice == "fewer"
    begun.write("3")
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED


def test_editing_a_draft_that_a_service_made_asks_only_what_is_edited() -> None:
    """What was left open there is not asked for; what an edit makes relevant is."""
    begun = at_review(
        question("x"), A, B, question("c", relevant="/f/a = 'yes'"), group("p", question("p/q"), repeat=True)
    )
    begun.send(Edit(), Goto(1))
    begun.write("no")
    assert begun.draft.position == REVIEW
    begun.send(Edit(), Goto(1))
    begun.write("yes")
    assert begun.place == "c"
    begun.send(Skip())
    assert begun.draft.position == REVIEW


def test_events_of_questions_at_the_review_are_told() -> None:
    """They change nothing."""
    begun = at_review(A, question("c", Kind.SELECT_ONE, choices=choices("x")))
    for event in (Next(), Skip(), Pick(0), Page(5)):
        begun.send(event)
        assert begun.draft.position == REVIEW
        assert begun.draft.answers == {}
