"""Texts: in one message, in several, going on after the next question, edited in the chat, too long."""

from dataclasses import replace

from bot.form.answers import FileKind, TextPart, Written
from bot.form.draft import REVIEW
from bot.form.events import (
    Back,
    Cancel,
    Clear,
    Edit,
    Gave,
    Goto,
    Next,
    Pick,
    RemoveFile,
    Rewrote,
    Show,
    Skip,
    Submit,
    Wrote,
)
from bot.form.kinds.text import LONGEST_LINE, LONGEST_STORY
from bot.form.model import Node
from bot.form.screen import Key, Label, Said, ScreenKind
from tests.bot.form.talks import Talk, choices, file, form, question

STORY = question("story", appearance="multiline", bot={"voice": "yes"}, required="true()")
LINE = question("line")
YES = question("yes", "select_one", choices=choices("yes", "no"))


def talk(*children: Node) -> Talk:
    """A talk at the first of these questions."""
    begun = Talk(form(*children))
    begun.send(Show())
    return begun


def parts(*texts: str) -> Written:
    """A text in these parts, whose sources are their numbers."""
    return Written(tuple(TextPart(text, str(number)) for number, text in enumerate(texts, 1)))


def test_a_story_is_told_in_several_messages_until_done() -> None:
    """Each is a part; Done comes with the first."""
    begun = talk(STORY, LINE)
    assert "flow.done" not in begun.labels
    begun.write("First", "1")
    begun.write("second", "2")
    assert begun.answer("story") == parts("First", "second")
    assert begun.shown("flow.current") == {"answer": Said("First\nsecond")}
    begun.tap("flow.done")
    assert begun.place == "line"


def test_a_story_goes_on_when_it_is_asked_again() -> None:
    """Clear begins it anew."""
    begun = talk(STORY, LINE)
    begun.write("First", "1")
    begun.send(Next(), Back())
    begun.write("second", "2")
    assert begun.answer("story") == parts("First", "second")
    begun.tap("flow.clear")
    begun.write("New", "1")
    assert begun.answer("story") == parts("New")


def test_an_empty_message_is_no_answer() -> None:
    """Spaces neither."""
    begun = talk(STORY)
    begun.write("  \n ")
    assert begun.notice == "flow.empty"
    assert begun.draft.answers == {}


def test_a_message_sent_before_the_next_question_goes_on_with_the_story() -> None:
    """The question at hand stays as it is, and it is said where the words went."""
    begun = talk(STORY, YES)
    begun.write("First", "1")
    begun.send(Next())
    begun.write("second", "2", continues=True)
    assert begun.answer("story") == parts("First", "second")
    assert begun.place == "yes"
    assert begun.screen.notice == Key("flow.text.added", {"question": Label({"en": "story"})})


def test_a_line_goes_on_too() -> None:
    """Even where a text is asked next; once that is begun, or asked, it is its own."""
    begun = talk(LINE, STORY)
    begun.write("First", "1")
    begun.write("second", "2", continues=True)
    assert begun.answer("line") == parts("First", "second")
    begun.write("Once", "1")
    begun.send(Wrote("upon", "2", (begun.draft.position, *begun.before)))
    assert begun.answer("line") == parts("First", "second")
    assert begun.answer("story") == parts("Once", "upon")


def test_a_voice_begins_a_story_too() -> None:
    """What follows it belongs to it, also where it is not known what was in sight."""
    begun = talk(LINE, STORY)
    begun.write("First", "1")
    begun.give("v", FileKind.VOICE)
    begun.send(Wrote("Once", "1", (begun.draft.position, *begun.before)))
    assert begun.answer("line") == parts("First")
    assert begun.answer("story") == Written((TextPart("Once", "1"),), (file("v", FileKind.VOICE),))


def test_a_message_before_the_review_goes_on_with_the_last_text() -> None:
    """The last one asked, also when it was asked from the review."""
    begun = talk(LINE, question("other"))
    begun.write("First", "1")
    begun.write("Other", "1")
    begun.write("more", "2", continues=True)
    assert begun.draft.position == REVIEW
    assert begun.answer("other") == parts("Other", "more")
    begun.send(Edit(), Goto(0))
    begun.write("Changed", "1")
    begun.write("again", "2", continues=True)
    assert begun.answer("line") == parts("Changed", "again")


def test_a_message_that_goes_on_with_no_text_answers_the_text_at_hand() -> None:
    """Words are not lost."""
    begun = talk(YES, LINE)
    begun.send(Pick(0))
    begun.write("words", "1", continues=True)
    assert begun.answer("line") == parts("words")


def test_a_message_that_goes_on_with_nothing_is_kept_on_the_screen() -> None:
    """Between two lists it can be no answer; it does not search either."""
    begun = talk(YES, question("two", "select_one", choices=choices("yes", "no")))
    begun.send(Pick(0))
    begun.write("yes", continues=True)
    assert begun.notice == "flow.text.unused"
    assert begun.shown("flow.kept") == {"text": Said("yes")}
    assert begun.answer("two") is None


def test_what_makes_an_earlier_text_too_long_is_kept_and_said() -> None:
    """The earlier text stays as it was."""
    begun = talk(question("a", constraint="string-length(.) <= 10"), YES)
    begun.write("12345678", "1")
    begun.write("9012", "2", continues=True)
    assert begun.answer("a") == parts("12345678")
    assert begun.notice == "flow.text.not_added"
    assert begun.shown("flow.kept") == {"text": Said("9012")}


def test_an_irrelevant_text_is_not_gone_on_with() -> None:
    """What was asked before may be asked no longer."""
    begun = talk(question("a", relevant="/f/b != 'no'"), question("b", appearance="multiline"))
    begun.write("A", "1")
    begun.write("no", "1")
    begun.send(Next())
    assert begun.draft.position == REVIEW
    begun.send(Back())
    begun.draft = begun.draft.at(begun.now)
    begun.write("more", "2", continues=True)
    assert begun.answer("a") == parts("A")


def test_an_edited_message_is_replaced_wherever_it_stands() -> None:
    """The position stays; words that were irrelevant are changed too."""
    begun = talk(STORY, YES)
    begun.write("First", "1")
    begun.write("second", "2")
    begun.send(Next(), Rewrote("2nd", "2"))
    assert begun.answer("story") == parts("First", "2nd")
    assert begun.notice == "flow.text.changed"
    assert begun.place == "yes"
    begun.send(Cancel(), Rewrote("1st", "1"))
    assert begun.is_at(ScreenKind.CONFIRM_CANCEL)
    assert begun.answer("story") == parts("1st", "2nd")


def test_an_edited_message_has_the_bounds_of_an_answer() -> None:
    """Neither the length nor the form's own condition is got round by an edit; the answer stays as it was."""
    short = question("short", constraint="string-length(.) <= 5")
    begun = talk(STORY, short, LINE, YES)
    begun.write("First", "1")
    begun.send(Next())
    begun.write("abc", "2")
    begun.write("word", "3")
    before = begun.draft
    for text, source in (("x" * (LONGEST_STORY + 1), "1"), ("abcdef", "2"), ("x" * (LONGEST_LINE + 1), "3")):
        begun.send(Rewrote(text, source))
        assert begun.notice == "flow.text.not_changed"
        assert begun.draft == before
    begun.send(Rewrote("abcde", "2"))
    assert begun.notice == "flow.text.changed"


def test_an_edited_message_that_gave_no_answer_is_told() -> None:
    """An empty edit changes nothing either; parts without a source are nobody's."""
    begun = talk(STORY)
    begun.write("First", "1")
    begun.write("nameless")
    before = begun.draft
    for event, notice in (
        (Rewrote("x", "9"), "flow.text.not_found"),
        (Rewrote("x", ""), "flow.text.not_found"),
        (Rewrote(" ", "1"), "flow.empty"),
    ):
        begun.send(event)
        assert begun.notice == notice
        assert begun.draft == before


def test_editing_a_refused_message_is_a_new_try() -> None:
    """What was typed wrong is corrected where it was typed."""
    begun = talk(question("n", "integer"), LINE)
    begun.write("twenty", "5")
    begun.send(Rewrote("20", "5"))
    assert begun.place == "line"
    begun.send(Back(), Rewrote("30", "5"))
    assert begun.notice == "flow.text.not_found"


def test_a_text_may_be_as_long_as_its_constraint_says() -> None:
    """Too long by how much is told, and what was typed stays on the screen."""
    begun = talk(question("a", constraint="string-length(.) <= 10", constraint_message={"en": "ten"}), LINE)
    begun.write("1234567890ab")
    assert begun.screen.notice == Key("flow.text.too_long", {"n": 2, "most": 10})
    assert begun.shown("flow.kept") == {"text": Said("1234567890ab")}
    assert begun.answer("a") is None
    begun.write("1234567890")
    assert begun.place == "line"
    strict = talk(question("a", constraint="string-length(.) < 10"))
    strict.write("1234567890")
    assert strict.screen.notice == Key("flow.text.too_long", {"n": 1, "most": 9})
    other = talk(question("a", constraint="string-length(.) <= 3 or . = 'exception'"))
    other.write("exception")
    assert other.draft.position == REVIEW


def test_texts_have_limits_of_our_own() -> None:
    """A story more than a line; all parts count."""
    line = talk(LINE)
    line.write("x" * (LONGEST_LINE + 1))
    assert line.screen.notice == Key("flow.text.too_long", {"n": 1, "most": LONGEST_LINE})
    line.write("x" * LONGEST_LINE)
    assert line.draft.position == REVIEW
    story = talk(STORY)
    for number in range(5):
        story.write("x" * 3990, str(number))
    story.write("x" * 50, "6")
    assert story.draft.view.kept == "x" * 50
    assert story.screen.notice == Key("flow.text.too_long", {"n": 5, "most": LONGEST_STORY})
    story.write("x" * 45, "6")
    assert story.draft.view.kept == ""
    story.send(Next())
    assert story.draft.position == REVIEW


def test_a_long_answer_is_shortened_beside_its_question_and_whole_in_the_review() -> None:
    """So that a question stays one message."""
    begun = talk(STORY)
    begun.write("x" * 3000)
    shown = begun.shown("flow.current")["answer"]
    assert isinstance(shown, Said)
    assert len(shown.text) == 700
    assert shown.text.endswith("x…")
    begun.send(Next())
    assert begun.shown("flow.review.line")["answer"] == Said("x" * 3000)


def test_a_voice_message_is_an_answer_where_it_is_allowed() -> None:
    """It satisfies what is required, and can be taken away again."""
    begun = talk(STORY, LINE)
    begun.give("v1", FileKind.VOICE)
    begun.give("v2", FileKind.AUDIO)
    assert begun.answer("story") == Written((), (file("v1", FileKind.VOICE), file("v2", FileKind.AUDIO)))
    assert begun.shown("flow.current") == {"answer": Key("flow.voices", {"n": 2})}
    step = begun.draft.step
    begun.send(RemoveFile(0))
    assert begun.draft.step == step + 1
    assert begun.answer("story") == Written((), (file("v2", FileKind.AUDIO),))
    begun.send(Next())
    assert begun.place == "line"


def test_a_line_that_may_be_spoken_leads_on() -> None:
    """Written later, it keeps the voice."""
    begun = talk(question("a", bot={"voice": "yes"}), LINE)
    begun.give("v", FileKind.VOICE)
    assert begun.place == "line"
    begun.send(Back())
    begun.write("words", "1")
    assert begun.answer("a") == Written((TextPart("words", "1"),), (file("v", FileKind.VOICE),))


def test_a_voice_sent_before_the_next_question_goes_on_with_the_story() -> None:
    """As a text does."""
    begun = talk(STORY, YES)
    begun.write("First", "1")
    begun.send(Next())
    begun.send(Gave(file("v", FileKind.VOICE), "2", begun.before))
    assert begun.answer("story") == Written((TextPart("First", "1"),), (file("v", FileKind.VOICE),))
    assert begun.place == "yes"
    assert begun.notice == "flow.file.attached"


def test_words_that_are_not_asked_for_are_told() -> None:
    """At files, at a note, at the review; nothing is kept as an answer."""
    begun = talk(question("files", "file"), LINE, question("note", "note"))
    begun.write("hello")
    assert begun.notice == "flow.text.no_file"
    assert begun.shown("flow.kept") == {"text": Said("hello")}
    begun.send(Skip(), Skip())
    assert begun.place == "note"
    begun.write("hello")
    assert begun.notice == "flow.text.not_here"
    begun.send(Next())
    begun.write("hello")
    assert begun.notice == "flow.use_buttons"
    begun.send(Edit())
    begun.write("hello")
    assert begun.is_at(ScreenKind.EDIT)
    assert begun.draft.answers == {}


def test_an_answer_that_the_form_takes_no_longer_is_asked_again_at_the_end() -> None:
    """One that was given before the form was changed: nothing wrong is sent."""
    begun = talk(question("a", constraint="string-length(.) <= 5"), LINE)
    begun.write("12345", "1")
    begun.send(Skip())
    (path,) = begun.draft.answers
    begun.draft = replace(begun.draft, answers={path: parts("123456")})
    begun.send(Submit())
    assert begun.place == "a"
    assert begun.notice == "flow.text.too_long"
    begun.send(Next())
    assert begun.notice == "flow.text.too_long"
    begun.send(Clear(), Next())
    assert begun.send(Submit()).kind is ScreenKind.SUBMITTED
