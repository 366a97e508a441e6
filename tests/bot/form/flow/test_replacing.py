"""A message that is edited after it was taken: another file in it, another caption, the same words."""

from dataclasses import replace

import pytest

from bot.form.answers import FileKind, FileRef, Files, TextPart, Written, files_of
from bot.form.draft import Origin, dump, load
from bot.form.events import Clear, Gave, Next, RemoveFile, Replaced, Rewrote
from bot.form.flow.filling import Filling
from bot.form.flow.late_messages import changes_nothing, is_told
from tests.bot.form.talks import Talk, choices, file, form, question

FILES = question("files", "image", bot={"max": "3"})
STORY = question("story", appearance="multiline", bot={"voice": "yes"})
YES = question("yes", "select_one", choices=choices("yes"))


def given() -> Talk:
    """Two photos, each of a message; the next question is asked."""
    talk = Talk(form(FILES, YES))
    talk.send(Gave(file("a"), "1", look="x"), Gave(file("b"), "2", look="y"), Next())
    return talk


def ids(talk: Talk, path: str = "files") -> list[str]:
    """The files of an answer."""
    return [one.id for one in files_of(talk.answer(path))]


def test_another_file_takes_the_place_of_the_one_that_its_message_brought() -> None:
    """Where that stands, whatever is asked by now; the first is no part of the answer any more."""
    talk = given()
    talk.send(Replaced("a", file("c"), "1", "z"))
    assert (ids(talk), talk.notice, talk.place) == (["c", "b"], "flow.file.replaced", "yes")
    assert talk.draft.brought == {"c": Origin("1", "z"), "b": Origin("2", "y")}


def test_a_file_of_another_kind_replaces_nothing_and_that_is_said() -> None:
    """So it is where the first is not there any more."""
    talk = given()
    for event in (Replaced("a", file("c", FileKind.AUDIO), "1"), Replaced("gone", file("c"), "1")):
        talk.send(event)
        assert (ids(talk), talk.notice) == (["a", "b"], "flow.file.not_replaced")


def test_a_voice_message_with_a_story_is_replaced_too() -> None:
    """The words beside it stay."""
    talk = Talk(form(STORY, YES))
    talk.write("At noon.", "1")
    talk.send(Gave(file("v", FileKind.VOICE), "2"), Replaced("v", file("w", FileKind.VOICE), "2"))
    assert talk.answer("story") == Written((TextPart("At noon.", "1"),), (file("w", FileKind.VOICE),))


def test_a_caption_is_changed_with_its_file() -> None:
    """The file stays."""
    talk = given()
    talk.send(Replaced("a", FileRef("a", FileKind.PHOTO, "", "on the square")))
    assert talk.answer("files") == Files((replace(file("a"), caption="on the square"), file("b")))
    assert talk.notice == "flow.text.changed"
    assert talk.draft.brought["a"] == Origin("1", "x")


def test_of_a_file_that_was_taken_away_nothing_is_known() -> None:
    """Neither its message nor its look stays in the draft."""
    talk = Talk(form(FILES, YES))
    talk.send(Gave(file("a"), "1", look="x"), Gave(file("b"), "2", look="y"), RemoveFile(0))
    assert talk.draft.brought == {"b": Origin("2", "y")}
    talk.send(Clear())
    assert talk.draft.brought == {}


def test_where_files_came_from_is_stored_with_the_draft_and_not_sent() -> None:
    """A draft of an earlier version has nothing of it."""
    talk = given()
    stored = dump(talk.draft)
    assert load(stored).brought == talk.draft.brought
    del stored["brought"]
    assert load(stored).brought == {}
    assert "Origin" not in str(talk.submission)


@pytest.mark.parametrize(
    ("event", "is_same"),
    [
        (Rewrote("At noon.", "1"), True),
        (Rewrote(" At noon. ", "1"), True),
        (Rewrote("At one.", "1"), False),
        (Rewrote("At noon.", "9"), False),
        (Rewrote("At noon.", ""), False),
    ],
)
def test_words_that_are_kept_are_told_from_others(event: Rewrote, is_same: bool) -> None:
    """By the message that they came with."""
    talk = Talk(form(STORY, YES))
    talk.write("At noon.", "1")
    assert changes_nothing(Filling(talk.form, talk.draft), event) is is_same


def test_words_that_could_not_be_taken_are_known_too() -> None:
    """They stand on the screen, and another wording of them is a new try."""
    talk = Talk(form(question("n", "integer"), YES))
    talk.write("many", "5")
    filling = Filling(talk.form, talk.draft)
    assert (is_told(filling, "5"), is_told(filling, "6")) == (True, False)
    assert changes_nothing(filling, Rewrote("many", "5"))
    assert not changes_nothing(filling, Rewrote("20", "5"))


def test_words_that_are_kept_because_the_form_has_changed_are_known_too() -> None:
    """An edit of them answers the question that is asked by now."""
    talk = Talk(form(question("a"), YES))
    talk.form = form(STORY, YES)
    talk.write("At noon.", "5")
    assert (talk.notice, is_told(Filling(talk.form, talk.draft), "5")) == ("flow.changed", True)
    talk.send(Rewrote("At one.", "5"))
    assert talk.answer("story") == Written((TextPart("At one.", "5"),))
