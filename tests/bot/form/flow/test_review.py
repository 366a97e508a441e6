"""The review: what it shows, editing, sending, what is missing."""

from dataclasses import replace

from bot.form.answers import Chosen, FileKind, Files, Number, TextPart, Written
from bot.form.draft import REVIEW
from bot.form.events import Back, Cancel, Edit, Extend, Goto, Next, Pick, Show, ShowPage, Skip, Submit
from bot.form.model import Group, Node, Question
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


def line(number: int, path: str, answer: object) -> Key:
    """One line of the review."""
    return Key("flow.review.line", {"number": number, "question": Label({"en": path}), "answer": answer})  # type: ignore[dict-item]


def test_the_review_shows_every_question_with_its_answer() -> None:
    """Choices by label, files counted, what has no answer too; notes are left out."""
    begun = talk(
        A,
        question("n", "integer"),
        question("note", "note"),
        question("many", "select_multiple", choices=choices("x", "y")),
        question("files", "file", bot={"max": "2"}),
        group("p", question("p/q"), repeat=True),
        question("never", relevant="false()"),
    )
    begun.draft = replace(
        begun.draft,
        position=REVIEW,
        answers={
            "/f/a": Written((TextPart("one"), TextPart("two")), (file("v", FileKind.VOICE),)),
            "/f/n": Number(5),
            "/f/many": Chosen(("y", "x")),
            "/f/files": Files((file("1"), file("2"))),
            "/f/never": Written((TextPart("x"),)),
        },
    )
    begun.send(Show())
    assert begun.is_at(ScreenKind.REVIEW)
    assert begun.screen.body == (
        Key("flow.review"),
        line(1, "a", Joined((Said("one\ntwo"), Key("flow.voices", {"n": 1})), "\n")),
        line(2, "n", Said("5")),
        line(3, "many", Joined((Label({"en": "Y"}), Label({"en": "X"})))),
        line(4, "files", Key("flow.files", {"n": 2})),
        line(5, "p", Said("0")),
    )
    assert begun.labels == ["flow.send", "flow.edit", "flow.delete"]
    begun.send(Edit(), Goto(0), Skip())
    assert begun.screen.body[1] == line(1, "a", Key("flow.answer.none"))


def test_any_answer_can_be_edited_and_leads_back() -> None:
    """Its question is asked with the answer shown."""
    begun = talk(A, B)
    begun.write("A")
    begun.write("B")
    begun.tap("flow.edit")
    assert begun.is_at(ScreenKind.EDIT)
    assert begun.labels == ["a", "b", "flow.back", "flow.cancel"]
    assert begun.buttons[1].label == Key("flow.edit.entry", {"number": 2, "question": Label({"en": "b"})})
    begun.tap("b")
    assert begun.place == "b"
    assert begun.shown("flow.current") == {"answer": Said("B")}
    begun.write("B2")
    assert begun.draft.position == REVIEW
    assert begun.is_at(ScreenKind.REVIEW)
    assert begun.answer("b") == Written((TextPart("B2"),))


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
    assert begun.answer("a") == Written((TextPart("A"),))


def test_back_from_the_review_leads_through_the_questions() -> None:
    """The last one asked first; an answer leads back to the review."""
    begun = talk(A, B, question("c"))
    for words in "ABC":
        begun.write(words)
    begun.send(Back(), Back())
    assert begun.place == "b"
    begun.write("B2")
    assert begun.draft.position == REVIEW
    assert begun.answer("c") == Written((TextPart("C"),))


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
    begun.write("no")
    assert begun.draft.position == REVIEW
    begun.send(Edit(), Goto(1))
    begun.write("B")
    assert begun.place == "c"
    begun.send(Back(), Back(), Back())
    assert begun.draft.position == REVIEW
    begun.send(Submit())
    assert begun.place == "c"
    begun.write("C")
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED


LEAST = question("least", "integer")
MOST = question("most", "integer", constraint=". >= /f/least", constraint_message={"en": "fewer"})


def test_what_a_correction_makes_wrong_is_asked_next() -> None:
    """With the reason, and the answer to be seen; then the review comes again."""
    begun = talk(LEAST, MOST, A)
    begun.write("1")
    begun.write("2")
    begun.send(Skip(), Edit(), Goto(0))
    begun.write("3")
    assert (begun.place, begun.notice) == ("most", "fewer")
    assert begun.shown("flow.current")
    begun.send(Next())
    assert (begun.place, begun.notice) == ("most", "fewer")
    begun.write("4")
    assert begun.is_at(ScreenKind.REVIEW)
    begun.send(Edit(), Goto(0))
    begun.write("2")
    assert begun.is_at(ScreenKind.REVIEW)


def test_what_a_later_answer_makes_wrong_is_asked_before_the_review() -> None:
    """The first time through the form too."""
    begun = talk(question("most", "integer", constraint="/f/least = '' or . >= /f/least"), LEAST)
    begun.write("2")
    begun.write("3")
    assert (begun.place, begun.notice) == ("most", "flow.refused")
    begun.write("3")
    assert begun.is_at(ScreenKind.REVIEW)


def test_what_a_correction_makes_necessary_is_asked_next() -> None:
    """Although it was passed by before; at once or by way of what is worked out in between."""
    begun = talk(
        A,
        question("b", "calculate", calculation="/f/a"),
        question("c", required="/f/b = 'yes'"),
        question("d"),
    )
    begun.send(Skip(), Skip(), Skip(), Edit(), Goto(0))
    begun.write("yes")
    assert begun.place == "c"
    begun.send(Skip())
    assert (begun.place, begun.notice) == ("c", "flow.required")
    begun.write("C")
    assert begun.is_at(ScreenKind.REVIEW)


def test_what_a_correction_takes_away_is_asked_next() -> None:
    """A choice that the list no longer has, and what then follows from the new one."""
    kinds = question("kinds", "select_one", choices=choices("x", "y"), choice_filter="name = /f/a")
    more = question("more", relevant="/f/kinds = 'y'", required="true()")
    begun = talk(question("a", "select_one", choices=choices("x", "y")), kinds, more, question("d"))
    begun.tap("X")
    begun.tap("X")
    begun.send(Skip(), Edit(), Goto(0))
    begun.tap("Y")
    assert begun.place == "kinds"
    begun.tap("Y")
    assert begun.place == "more"
    begun.write("more")
    assert begun.is_at(ScreenKind.REVIEW)


def test_a_correction_inside_a_repeat_is_followed_up_there() -> None:
    """In the instance that it was made in, before the repeat and the review come again."""
    number = "/f/people/number"
    begun = talk(
        group(
            "people",
            question("people/number", "select_one", choices=choices("one", "some")),
            question("people/least", "integer", relevant=f"{number} = 'some'", required="true()"),
            question(
                "people/name", constraint=f"{number} = 'one'", constraint_message={"en": "of one alone"}
            ),
            repeat=True,
            bot={"first": "yes"},
        )
    )
    begun.tap("ONE")
    begun.write("N")
    begun.send(Next())
    assert begun.is_at(ScreenKind.REVIEW)
    begun.send(Edit(), Goto(1))
    begun.tap("SOME")
    assert begun.place == "people[1]/least"
    begun.write("5")
    assert (begun.place, begun.notice) == ("people[1]/name", "of one alone")
    begun.send(Skip())
    assert begun.is_at(ScreenKind.REVIEW)


def test_what_was_missing_before_is_not_asked_after_a_correction_of_something_else() -> None:
    """A moderator corrects one thing at a time; the rest is asked for when it is sent."""
    begun = at_review(question("a", required="true()"), B, question("c", constraint=". = 'x'"))
    begun.send(Edit(), Goto(1))
    begun.write("B")
    assert begun.is_at(ScreenKind.REVIEW)


def test_what_is_no_longer_allowed_is_asked_before_it_is_sent() -> None:
    """Whoever turned away from it is led there again; the reason is given."""
    begun = talk(LEAST, MOST)
    begun.write("1")
    begun.write("2")
    begun.send(Edit(), Goto(0))
    begun.write("3")
    begun.send(Back(), Back(), Back())
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
    begun = at_review(A, question("c", "select_one", choices=choices("x")))
    for event in (Next(), Skip(), Pick(0), ShowPage(5)):
        begun.send(event)
        assert begun.draft.position == REVIEW
        assert begun.draft.answers == {}


DEPTH = question("depth", "select_one", choices=choices("short", "full"), bot={"extend": "full"})
MORE = "/f/depth = 'full'"


def test_a_report_can_be_made_longer_at_the_review() -> None:
    """Only what is then newly asked is asked, in the order of the form, and the review comes again."""
    begun = talk(
        question("first", relevant=MORE),
        DEPTH,
        A,
        question("b", relevant=MORE),
        question("c"),
        question("d", relevant="/f/b = 'yes'"),
        question("e", relevant=MORE),
    )
    begun.tap("SHORT")
    begun.write("A")
    begun.send(Skip())
    assert begun.labels == ["flow.send", "flow.extend", "flow.edit", "flow.delete"]
    begun.tap("flow.extend")
    places = []
    while begun.draft.position != REVIEW:
        places.append(begun.place)
        begun.write("yes")
    assert places == ["first", "b", "d", "e"]
    assert begun.answer("depth") == Chosen(("full",))
    assert begun.answer("a") == Written((TextPart("A"),))
    assert begun.labels == ["flow.send", "flow.edit", "flow.delete"]
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED


def test_back_from_a_longer_form_leads_to_the_question_that_made_it_longer() -> None:
    """Where the shorter one can be chosen again."""
    begun = talk(DEPTH, A, question("b", relevant=MORE))
    begun.tap("SHORT")
    begun.write("A")
    begun.send(Extend(), Back())
    assert begun.place == "depth"
    begun.tap("SHORT")
    assert begun.draft.position == REVIEW
    assert "flow.extend" in begun.labels


def test_who_turns_back_from_a_longer_form_can_still_be_asked_for_the_rest() -> None:
    """By the same button, or after correcting any answer: what was never asked is not forgotten."""
    for correct in (False, True):
        begun = talk(DEPTH, A, question("b", relevant=MORE), question("c", relevant=MORE))
        begun.tap("SHORT")
        begun.write("A")
        begun.send(Extend(), Back(), Back(), Back())
        assert begun.is_at(ScreenKind.REVIEW)
        assert "flow.extend" in begun.labels
        if correct:
            begun.send(Edit(), Goto(1))
            begun.write("B")
        else:
            begun.tap("flow.extend")
        places = []
        while begun.draft.position != REVIEW:
            places.append(begun.place)
            begun.write("yes")
        assert places == ["b", "c"]
        assert "flow.extend" not in begun.labels


def test_a_list_that_was_passed_by_is_asked_again_when_it_holds_other_choices() -> None:
    """Who corrects what a list depends on has not yet seen the new list."""
    kinds = question("kinds", "select_one", choices=choices("x", "y"), choice_filter="name = /f/a")
    begun = talk(question("a", "select_one", choices=choices("x", "y")), kinds, question("c"))
    begun.tap("X")
    begun.send(Skip(), Skip())
    assert begun.is_at(ScreenKind.REVIEW)
    begun.send(Edit(), Goto(0))
    begun.tap("Y")
    assert begun.place == "kinds"
    begun.send(Skip())
    assert begun.is_at(ScreenKind.REVIEW)


def test_a_question_without_an_answer_can_make_the_form_longer() -> None:
    """One that is not asked, whose list has lost the choice or whose constraint forbids it cannot."""
    begun = talk(DEPTH, A, question("b", relevant=MORE))
    begun.send(Skip(), Skip())
    begun.tap("flow.extend")
    assert begun.place == "b"
    irrelevant = talk(replace(DEPTH, relevant="/f/a = 'x'"), A)
    irrelevant.send(Skip())
    assert "flow.extend" not in irrelevant.labels
    lost = talk(replace(DEPTH, choice_filter="name = 'short'"))
    lost.send(Skip())
    assert "flow.extend" not in lost.labels
    refused = talk(replace(DEPTH, constraint=". = 'short'", constraint_message={"en": "no"}))
    refused.send(Skip(), Extend())
    assert refused.notice == "no"
    assert refused.draft.answers == {}


def test_only_the_review_makes_the_form_longer() -> None:
    """Elsewhere, where it is longer already and where it cannot be, that is told."""
    begun = talk(DEPTH, A)
    begun.send(Extend())
    assert begun.notice == "flow.gone"
    assert begun.place == "depth"
    begun.send(Skip(), Skip(), Edit(), Extend())
    assert begun.notice == "flow.gone"
    assert begun.is_at(ScreenKind.EDIT)
    begun.send(Back(), Extend())
    assert begun.draft.position == REVIEW
    assert begun.answer("depth") == Chosen(("full",))
    begun.send(Extend())
    assert begun.notice == "flow.gone"
    plain = talk(A)
    plain.send(Skip(), Extend())
    assert plain.notice == "flow.gone"


def test_what_is_hidden_is_not_reviewed() -> None:
    """It is submitted all the same."""
    begun = talk(question("h", "hidden", default="'x'"), A)
    begun.send(Skip())
    assert begun.screen.body == (Key("flow.review"), line(1, "a", Key("flow.answer.none")))
    assert begun.submission == {"h": Written((TextPart("x"),))}


REGION = question("region", "select_one", choices=choices("north", "south", "west"))
TOWN = question("town", bot={"follows": "region"})


def test_an_answer_that_goes_with_another_is_asked_again_when_that_is_changed() -> None:
    """A town of the region before is none of the new one; the same region again, and one who named no town, change
    nothing."""
    begun = talk(REGION, TOWN, question("z"))
    begun.send(Pick(0))
    begun.write("Abai")
    begun.send(Skip(), Edit(), Goto(0), Pick(0))
    assert begun.draft.position == REVIEW
    begun.send(Edit(), Goto(0), Pick(1))
    assert begun.place == "town"
    assert "/f/town" not in begun.draft.answers
    begun.send(Skip())
    assert begun.draft.position == REVIEW
    begun.send(Edit(), Goto(0), Pick(2))
    assert begun.draft.position == REVIEW


CONSENT = question("consent", "select_one", choices=choices("yes"), role="consent_store")
SHORT = {"en": "How"}
REPORT = (
    CONSENT,
    DEPTH,
    question("story", role="story"),
    question("when", role="when", short={"en": "On"}),
    group(
        "people", question("people/who", short=SHORT), repeat=True, bot={"role": "affected"}, relevant=MORE
    ),
    question("own", relevant=MORE),
    question("kind", role="category"),
    question("consent_use", role="consent_use", relevant=MORE),
)


def report(depth: str) -> Talk:
    """A report of this length at its review, where only some is told."""
    return at_review(
        *REPORT,
        answers={
            "/f/consent": Chosen(("yes",)),
            "/f/depth": Chosen((depth,)),
            "/f/story": Written((TextPart("So it was."),)),
            "/f/people[1]/who": Written((TextPart("teachers"),)),
            "/f/kind": Written((TextPart("a fine"),)),
        },
        counts={"/f/people": 1},
        trail=tuple(f"/f/{one.name}" for one in REPORT),
    )


def test_a_report_shows_what_is_filled_alone_section_by_section() -> None:
    """Under short labels, numbered through; whether it is kept and how long it is says no line."""

    def section(name: str, *lines: tuple[int, Label | Joined, str]) -> Joined:
        told = [
            Key("flow.review.short", {"number": number, "question": label, "answer": Said(answer)})
            for number, label, answer in lines
        ]
        heading = Key("flow.review.section", {"section": Key(f"flow.section.{name}")})
        return Joined((heading, *told), "\n")

    who = Joined((Joined((Label({"en": "people"}), Said("1")), " "), Label(SHORT)), " · ")
    assert report("full").screen.body == (
        Key("flow.review"),
        section("what", (1, Label({"en": "story"}), "So it was."), (2, Label({"en": "kind"}), "a fine")),
        section("who", (3, who, "teachers")),
    )


def test_what_is_not_filled_is_offered_at_the_review() -> None:
    """After the numbered lines of the list, by one tap; numbers typed lead to the lines that bear them."""
    begun = report("full")
    begun.tap("flow.extend")
    assert begun.is_at(ScreenKind.EDIT)
    assert "flow.send" not in begun.labels
    begun.send(Back())
    begun.write("2")
    assert begun.place == "kind"
    told = {"/f/consent": Chosen(("yes",)), "/f/story": Written((TextPart("So it was."),))}
    assert "flow.extend" not in at_review(CONSENT, question("story", role="story"), answers=told).labels


def test_the_edit_list_of_a_report_leads_to_what_it_names() -> None:
    """Filled lines first, though the form asks in another order."""
    begun = report("full")
    begun.send(Edit())
    entries = [button.label for button in begun.buttons if isinstance(button.event, Goto)]
    assert entries[0] == Key("flow.edit.entry", {"number": 1, "question": Label({"en": "story"})})
    assert Key("flow.edit.blank", {"question": Label({"en": "On"})}) in entries
    blank = next(button for button in begun.buttons if button.label == entries[-1])
    assert blank.label == Key("flow.edit.blank", {"question": Label({"en": "own"})})
    begun.send(blank.event)
    assert begun.place == "own"


def of_groups(*children: Node) -> Talk:
    """A talk of a foreign form, at its first question."""
    consent = question("consent", "select_one", choices=choices("yes"), role="consent_store")
    use = question("use", "select_one", choices=choices("yes"), role="consent_use")
    begun = Talk(form(consent, *children, use))
    begun.send(Pick(0))
    return begun


def crop(name: str) -> Group:
    """A crop with a question that other crops have too, and one that only it has."""
    much = Question("much", f"/f/{name}/much", "integer", {"en": "How much?"}, constraint=". < 10")
    return group(name, much, question(f"{name}/of_{name}"))


def test_alike_questions_of_groups_are_told_apart() -> None:
    """By the label of their group, at the review and in its list; other questions go without, group by group."""
    begun = of_groups(crop("wheat"), crop("rice"))
    for words in ("3", "winter", "4", "long"):
        begun.write(words)
    begun.send(Pick(0))

    def told(number: int, name: str, answers: tuple[str, str]) -> Joined:
        much = Joined((Label({"en": name}), Label({"en": "How much?"})), " · ")
        other = Label({"en": f"{name}/of_{name}"})
        lines = zip((number, number + 1), (much, other), answers, strict=True)
        return Joined(
            tuple(
                Key("flow.review.short", {"number": at, "question": title, "answer": Said(answer)})  # type: ignore[dict-item]
                for at, title, answer in lines
            ),
            "\n",
        )

    wheat, rice = told(1, "wheat", ("3", "winter")), told(3, "rice", ("4", "long"))
    assert begun.screen.body[1:3] == (wheat, rice)
    begun.send(Edit())
    assert [button.label for button in begun.buttons[:3:2]] == [
        Key("flow.edit.entry", {"number": at, "question": line.phrases[0].args["question"]})  # type: ignore[union-attr]
        for at, line in ((1, wheat), (3, rice))
    ]


def test_a_correction_says_its_group() -> None:
    """Also at a question at which the group does not begin."""
    begun = of_groups(crop("wheat"), crop("rice"))
    for words in ("3", "winter", "4", "long"):
        begun.write(words)
    assert begun.screen.heading is None
    begun.send(Pick(0), Edit(), Goto(3))
    assert begun.screen.heading == Joined((Joined((Label({"en": "rice"}),), " "),), "\n")


def test_an_answer_that_is_not_allowed_any_more_cannot_be_kept() -> None:
    """Another is asked for, without the button to leave it."""
    most = question("most", "integer")
    sold = question("sold", "integer", constraint=". <= /f/most")
    begun = of_groups(most, sold)
    for words in ("9", "5"):
        begun.write(words)
    begun.send(Pick(0), Edit(), Goto(1))
    assert "flow.keep" in begun.labels
    begun.write("3")
    assert begun.place == "sold"
    assert "flow.keep" not in begun.labels
