"""The way through a form: on, back, skip, what becomes relevant, steps, progress, refusals."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.form.answers import Chosen, FileKind, Number, Precision, TextPart, When, Written
from bot.form.draft import REVIEW, dump, load
from bot.form.events import (
    Back,
    Cancel,
    Clear,
    Edit,
    Event,
    Gave,
    Goto,
    Misheard,
    Next,
    Pick,
    Show,
    ShowPage,
    Skip,
    Submit,
    Toggle,
    Wrote,
)
from bot.form.flow.advance import begin
from bot.form.model import Question
from bot.form.screen import Key, Label, Said, ScreenKind
from bot.form.xlsform.reader import load as load_form
from tests.bot.form.talks import Talk, choices, file, form, group, question

ROOT = Path(__file__).parents[4]

PERSON = (
    question("name", hint={"en": "as you like"}),
    question("age", "integer", required="true()", constraint=". < 150", constraint_message={"en": "too old"}),
    question("school", relevant="/f/age < 18"),
    question("note", "note"),
    question("end"),
)


def talk(*children: object) -> Talk:
    """A talk that has just begun, its first question on the screen."""
    begun = Talk(form(*children or PERSON))  # type: ignore[arg-type]
    begun.send(Show())
    return begun


def test_a_form_begins_at_its_first_question() -> None:
    """Its label and hint are shown; there is no way back from it, but one to skip it and one to stop."""
    begun = talk()
    assert begun.place == "name"
    assert begun.screen.body == (Label({"en": "name"}), Label({"en": "as you like"}))
    assert begun.labels == ["flow.skip", "flow.cancel"]
    assert begun.is_at(ScreenKind.QUESTION)
    assert begun.screen.path == "/f/name"


def test_a_form_that_asks_nothing_begins_at_its_review() -> None:
    """There is nobody to strand."""
    begun = talk(question("a", relevant="false()"), question("sum", "calculate", calculation="1"))
    assert begun.draft.position == REVIEW
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED


def test_a_line_of_text_leads_on_at_once() -> None:
    """Without a tap, with the words as they were typed."""
    begun = talk()
    begun.write(" Aigul ", "m1")
    assert begun.answer("name") == Written((TextPart("Aigul", "m1"),))
    assert begun.place == "age"


def test_a_question_that_becomes_relevant_is_asked() -> None:
    """And one that does not is passed over; a note is told on the way and costs no tap."""
    begun = talk()
    begun.write("A")
    begun.write("12")
    assert begun.place == "school"
    begun.send(Back())
    begun.write("30")
    assert begun.place == "end"
    assert [*begun.screen.notes] == [(Label({"en": "note"}),)]
    begun.send(Show())
    assert [*begun.screen.notes] == []


def test_a_note_before_the_review_waits_for_next() -> None:
    """So does one before a repeat: only a question shows that the note was passed."""
    begun = talk(question("a"), question("note", "note"), question("last", "note"))
    begun.write("A")
    assert begun.place == "last"
    assert begun.screen.notes == ((Label({"en": "note"}),),)
    assert begun.labels == ["flow.next", "flow.back", "flow.cancel"]
    begun.send(Next())
    assert begun.draft.position == REVIEW


def test_a_note_at_the_beginning_is_told_with_the_first_question() -> None:
    """It is no step: there is nothing to go back to."""
    begun = talk(question("note", "note"), question("a"))
    assert begun.place == "a"
    assert begun.screen.notes == ((Label({"en": "note"}),),)
    assert "flow.back" not in begun.labels


def test_back_shows_the_question_before_with_its_answer() -> None:
    """What is irrelevant is passed over; the first question stays."""
    begun = talk()
    begun.write("A")
    begun.write("30")
    begun.send(Back())
    assert begun.place == "age"
    assert begun.shown("flow.current") == {"answer": Said("30")}
    begun.send(Back())
    assert begun.shown("flow.current") == {"answer": Said("A")}
    assert "flow.back" not in begun.labels
    step = begun.draft.step
    begun.send(Back())
    assert begun.place == "name"
    assert begun.draft.step == step


def test_back_passes_over_what_is_asked_no_longer() -> None:
    """A later answer may take an earlier question away."""
    begun = talk(question("a", relevant="/f/c != 'no'"), question("b"), question("c"), question("d"))
    for words in ("A", "B", "no"):
        begun.write(words)
    begun.send(Back(), Back(), Back())
    assert begun.place == "b"
    assert "flow.back" not in begun.labels


def test_what_a_later_answer_makes_relevant_is_asked_before_the_review() -> None:
    """Even where the form has it earlier; once it was skipped it is not asked again."""
    begun = talk(question("a", relevant="/f/b = 'yes'"), question("b"), question("c"))
    begun.write("yes")
    begun.write("C")
    assert begun.place == "a"
    begun.send(Skip())
    assert begun.draft.position == REVIEW


def test_an_answer_that_is_kept_leads_on() -> None:
    """Next with the answer shown changes nothing."""
    begun = talk()
    begun.write("A", "m")
    begun.send(Back())
    begun.tap("flow.keep")
    assert begun.place == "age"
    assert begun.answer("name") == Written((TextPart("A", "m"),))


def test_what_is_required_is_not_passed_over() -> None:
    """Neither by Skip nor by Next; no button offers it."""
    begun = talk()
    begun.send(Skip())
    assert "flow.skip" not in begun.labels
    for event in (Skip(), Next()):
        begun.send(event)
        assert begun.place == "age"
        assert begun.notice == "flow.required"


def test_what_a_form_says_of_a_missing_answer_is_said() -> None:
    """In its own words, where the question is passed over and where all is sent without it."""
    message = {"en": "We need it", "ru": "Нужно", "kk": "Керек"}
    needed = question("needed", required="true()", required_message=message)
    begun = talk(needed, question("last"))
    for event in (Skip(), Next()):
        begun.send(event)
        assert (begun.place, begun.screen.notice) == ("needed", Label(message))
    begun.write("A")
    begun.write("B")
    begun.draft = replace(begun.draft, answers={})
    begun.send(Submit())
    assert begun.place == "needed"
    assert begun.notice == "flow.submit.missing\nWe need it"


def test_skip_takes_the_answer_away() -> None:
    """A question skipped after Back has none."""
    begun = talk()
    begun.write("A")
    begun.send(Back(), Skip())
    assert begun.answer("name") is None
    assert begun.place == "age"


@pytest.mark.parametrize(
    ("asked", "event"),
    [
        (question("told", appearance="multiline"), Wrote("A")),
        (question("told", "file"), Gave(file("A"))),
        (question("told", "select_multiple", choices=choices("a", "b")), Toggle(0, on=True)),
    ],
    ids=["text", "file", "choices"],
)
def test_skip_on_an_older_copy_throws_nothing_away(asked: Question, event: Event) -> None:
    """Once something was gathered no button of the screen offers it."""
    begun = talk(asked, question("last"))
    begun.send(event)
    given = begun.answer("told")
    begun.send(Skip())
    assert given is not None
    assert (begun.place, begun.answer("told"), begun.notice) == ("told", given, "flow.gone")


def test_clear_takes_the_answer_away_and_asks_again() -> None:
    """The screen is the same one."""
    begun = talk()
    begun.write("A")
    begun.send(Back())
    step = begun.draft.step
    begun.send(Clear())
    assert begun.answer("name") is None
    assert (begun.place, begun.draft.step) == ("name", step)


def test_a_refused_answer_is_shown_with_the_reason() -> None:
    """The answer before it stays; a good one then takes its place."""
    begun = talk()
    begun.send(Skip())
    begun.write("20")
    begun.send(Back())
    begun.write("200")
    assert begun.notice == "too old"
    assert begun.shown("flow.kept") == {"text": Said("200")}
    assert begun.answer("age") == Number(20)
    assert begun.place == "age"
    begun.send(ShowPage(3), Show())
    assert begun.shown("flow.kept") == {"text": Said("200")}
    begun.write("100")
    assert begun.answer("age") == Number(100)
    assert begun.draft.view.kept == ""


@pytest.mark.parametrize("typed", ["около 20", "20.5", "не менее 20", "20–30", "9" * 13, "--1", "²"])
def test_only_a_whole_number_is_a_number(typed: str) -> None:
    """Anything else is kept on the screen with an example."""
    begun = talk(question("n", "integer"))
    begun.write(typed)
    assert begun.notice == "flow.number.digits"
    assert begun.shown("flow.kept") == {"text": Said(typed)}
    assert begun.answer("n") is None


@pytest.mark.parametrize(
    ("typed", "number"), [("20", 20), (" 1 000 ", 1000), ("1 000", 1000), ("-3", -3), ("+5", 5), ("007", 7)]
)
def test_a_number_may_be_typed_with_spaces(typed: str, number: int) -> None:
    """As people group digits."""
    begun = talk(question("n", "integer"))
    begun.write(typed)
    assert begun.answer("n") == Number(number)


def test_a_constraint_without_a_message_has_one_of_ours() -> None:
    """Nobody is refused without a word."""
    begun = talk(question("n", "integer", constraint=". > 5"))
    begun.write("1")
    assert begun.notice == "flow.refused"


def test_the_step_rises_with_the_screen_and_only_then() -> None:
    """Toggles, pages and searches are the same screen; positions, review, list and confirmation others."""
    begun = talk(
        question("many", "select_multiple", choices=choices(*(f"c{n:02}" for n in range(30)))),
        question("a"),
    )
    same: tuple[Event, ...] = (
        Toggle(3, on=True),
        ShowPage(2),
        Show(),
        Toggle(3, on=False),
        Back(),
        Pick(77),
        Clear(),
    )
    for event in same:
        begun.send(event)
        assert begun.draft.step == 0, event
    begun.write("c1")
    assert begun.draft.step == 0
    steps = [1, 2, 3, 4, 5, 6, 7, 8]
    others: tuple[Event, ...] = (Next(), Skip(), Edit(), Goto(1), Cancel(), Back(), Skip(), Cancel())
    for event in others:
        begun.send(event)
        assert begun.draft.step == steps.pop(0), event


def test_no_progress_is_told_where_it_would_not_be_true() -> None:
    """A form without sections is as long as there is to tell; on the way back to the review nothing is counted."""
    begun = talk(question("a"), question("b"))
    assert begun.screen.progress is None
    begun = talk(
        question("consent", "select_one", choices=choices("yes"), role="consent_store"),
        question("story", role="story"),
        question("use", role="consent_use"),
    )
    begun.tap("YES")
    assert begun.screen.progress == (1, 2)
    begun.send(Skip(), Skip())
    begun.send(Edit(), Goto(1))
    assert begun.place == "story"
    assert begun.screen.progress is None


def test_a_long_form_without_sections_counts_its_questions() -> None:
    """Those of repeats once, and no notes; on the way back to the review nothing is counted."""
    singles = [question(f"q{number}") for number in range(8)]
    people = group("people", question("people/who"), repeat=True)
    begun = talk(question("note", "note"), *singles, people, question("last"))
    seen = [begun.screen.progress]
    for _ in range(8):
        begun.write("so")
        seen.append(begun.screen.progress)
    assert seen == [*((number, 10) for number in range(1, 9)), None]
    begun.tap("flow.repeat.add")
    assert begun.screen.progress == (9, 10)
    begun.write("so")
    assert begun.screen.progress == (10, 10)
    begun.write("so")
    begun.send(Edit(), Goto(1))
    assert begun.place == "q1"
    assert begun.screen.progress is None


def test_a_report_counts_its_sections() -> None:
    """They stay as many however often a repeat is told; nothing is counted until it is known how long the report is."""
    more = "/f/depth = 'full'"
    begun = talk(
        question("consent", "select_one", choices=choices("yes"), role="consent_store"),
        question("depth", "select_one", choices=choices("short", "full"), bot={"extend": "full"}),
        question("story", role="story"),
        question("kind", role="category"),
        group(
            "people",
            question("people/who"),
            repeat=True,
            relevant=more,
            bot={"role": "affected", "first": "yes"},
        ),
        question("consent_use", role="consent_use"),
    )
    for depth, counted in (("FULL", [(1, 3), (1, 3), (2, 3), (3, 3)]), ("SHORT", [(1, 2), (1, 2), (2, 2)])):
        seen = [begun.screen.progress]
        begun.tap("YES")
        seen.append(begun.screen.progress)
        begun.tap(depth)
        for _ in counted:
            seen.append(begun.screen.progress)
            begun.write("so")
        assert seen == [None, None, *counted]
        begun = talk(*begun.form.children)


def test_answers_made_irrelevant_are_not_submitted_and_come_back() -> None:
    """They stay in the draft meanwhile and are not asked for again."""
    begun = talk()
    begun.write("A")
    begun.write("12")
    begun.write("Nr 5")
    begun.send(Next(), Skip(), Edit(), Goto(1))
    begun.write("30")
    assert begun.draft.position == REVIEW
    assert "school" not in begun.submission
    begun.send(Edit(), Goto(1))
    begun.write("13")
    assert begun.draft.position == REVIEW
    assert begun.submission["school"] == Written((TextPart("Nr 5"),))


def test_a_question_that_an_edit_makes_relevant_is_asked_before_the_review() -> None:
    """With its notes; then the review is back."""
    begun = talk()
    begun.write("A")
    begun.write("30")
    begun.send(Next(), Skip())
    assert begun.draft.position == REVIEW
    begun.send(Edit(), Goto(1))
    begun.write("12")
    assert begun.place == "school"
    begun.send(Back())
    assert begun.place == "age"
    begun.tap("flow.keep")
    assert begun.place == "school"
    begun.write("Nr 5")
    assert begun.draft.position == REVIEW


def test_a_choice_that_an_edit_takes_away_is_asked_again() -> None:
    """When the filter no longer lets it stand; a list of which nothing is left is not asked at all."""
    kinds = tuple(choice for choice in choices("a1", "a2", "b1"))
    begun = talk(
        question("letter", "select_one", choices=choices("a", "b", "c"), required="true()"),
        question(
            "kind",
            "select_one",
            choices=kinds,
            choice_filter="starts-with(name, /f/letter)",
            required="true()",
        ),
    )
    begun.send(Pick(0), Pick(1))
    assert begun.draft.position == REVIEW
    begun.send(Edit(), Goto(0), Pick(1))
    assert begun.place == "kind"
    assert begun.labels[0] == "B1"
    begun.send(Pick(2))
    assert begun.draft.position == REVIEW
    begun.send(Edit(), Goto(0), Pick(2))
    assert begun.draft.position == REVIEW
    assert begun.submission == {"letter": Chosen(("c",))}
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED


def test_a_default_is_the_first_answer_shown() -> None:
    """It can be kept, and does not come back to one who took it away."""
    begun = talk(question("a", default="'hello'"), question("b", "integer", default="3"), question("c"))
    assert begun.shown("flow.current") == {"answer": Said("hello")}
    begun.tap("flow.keep")
    assert begun.answer("a") == Written((TextPart("hello"),))
    assert begun.shown("flow.current") == {"answer": Said("3")}
    begun.send(Skip(), Back())
    assert begun.place == "b"
    assert begun.answer("b") is None


def test_a_default_that_is_no_choice_is_none() -> None:
    """A list offers only what it has."""
    begun = talk(question("a", "select_one", choices=choices("x"), default="'y'"))
    assert begun.answer("a") is None


def test_stopping_is_asked_for_and_wipes_nothing_yet() -> None:
    """No leads back to the same screen, Yes ends the flow with the draft as it was."""
    begun = talk()
    begun.write("A")
    begun.write("no number")
    begun.tap("flow.cancel")
    assert begun.is_at(ScreenKind.CONFIRM_CANCEL)
    assert begun.labels == ["flow.cancel.sure", "flow.cancel.no"]
    begun.write("hello", "m5")
    assert begun.is_at(ScreenKind.CONFIRM_CANCEL)
    assert begun.notice == "flow.use_buttons"
    begun.send(Skip())
    assert begun.is_at(ScreenKind.CONFIRM_CANCEL)
    begun.tap("flow.cancel.no")
    assert begun.place == "age"
    assert begun.shown("flow.kept") == {"text": Said("hello")}
    begun.tap("flow.cancel")
    before = begun.draft
    begun.tap("flow.cancel.sure")
    assert begun.is_at(ScreenKind.CANCELLED)
    assert begun.screen.body == (Key("flow.cancelled"),)
    assert begun.draft == before


def test_submitting_changes_nothing_of_the_draft() -> None:
    """So that a service can take it."""
    begun = talk(question("a"))
    begun.write("A")
    before = begun.draft
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED
    assert begun.draft == before


def test_a_draft_at_a_place_that_is_gone_goes_on_at_what_is_open() -> None:
    """A form may have changed under a draft."""
    begun = talk()
    begun.draft = load({**dump(begun.draft), "position": "/f/nowhere", "trail": ["/f/name"]})
    begun.send(Show())
    assert begun.place == "age"


def test_a_draft_keeps_all_of_it_as_json() -> None:
    """But the time, which comes with each event."""
    begun = talk()
    begun.write("A", "m1")
    begun.write("old")
    assert load(dump(begun.draft)).at(begun.now) == begun.draft
    assert begin(begun.form) == load(dump(begin(begun.form)))


def test_the_short_questionnaire_can_be_filled_and_submitted() -> None:
    """By what a person on a phone would do."""
    begun = Talk(load_form(ROOT / "bot" / "forms" / "incident.md"))
    begun.send(Next())
    begun.write("да")
    begun.write("Расскажу по порядку", "1")
    begun.write("и коротко", "2")
    begun.give("v", FileKind.VOICE)
    begun.give("p")
    begun.send(Next(), Misheard(0))
    begun.write("үндемеу")
    assert begun.notice == "flow.search.none"
    begun.write("задержание")
    begun.send(begun.buttons[0].event)
    begun.send(begun.buttons[0].event, Next())
    assert begun.place.endswith("urgent")
    begun.send(begun.buttons[0].event)
    begun.write("с 8 марта")
    assert begun.notice == "flow.date.understood"
    begun.write("Абай облысы")
    begun.write("заңгер")
    begun.send(begun.buttons[0].event, Next())
    assert [phrase.key for (phrase,) in begun.screen.notes if isinstance(phrase, Key)] == [
        "flow.contact.none"
    ]
    assert begun.place.endswith("consent_use")
    begun.send(begun.buttons[0].event)
    assert begun.place.endswith("consent_ask")
    begun.send(begun.buttons[1].event)
    assert begun.draft.position == REVIEW
    assert "flow.extend" in begun.labels
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED
    by_role = {role: begun.draft.answers.get(asked.path) for role, asked in begun.form.by_role.items()}
    assert by_role["when"] == When(Precision.RANGE, "2024-03-08", ongoing=True)
    assert by_role["region"] == Chosen(("KZ-10",))
    assert isinstance(by_role["story"], Written)
    assert by_role["story"].text == "Расскажу по порядку\nи коротко"


def test_groups_do_not_show_but_their_relevance_counts() -> None:
    """A whole group is passed over."""
    begun = talk(question("a"), group("g", question("g/b"), relevant="/f/a = 'yes'"), question("c"))
    begun.write("no")
    assert begun.place == "c"
    begun.send(Back())
    begun.write("yes")
    assert begun.place == "g/b"
