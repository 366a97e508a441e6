"""Files: what is taken where, how many, taken away, kept for later, not twice."""

import pytest

from bot.form.answers import FileKind, FileRef, Files
from bot.form.draft import REVIEW
from bot.form.events import Back, Cancel, Gave, Next, Pick, RemoveFile, Show, Skip
from bot.form.model import Node
from bot.form.screen import Key, Label, Said, ScreenKind
from tests.bot.form.talks import Talk, choices, file, form, question

YES = question("yes", "select_one", choices=choices("yes", "no"))
EVIDENCE = question("files", "file", bot={"max": "3"})


def talk(*children: Node) -> Talk:
    """A talk at the first of these questions."""
    begun = Talk(form(*children))
    begun.send(Show())
    return begun


def test_files_are_gathered_until_done() -> None:
    """Each can be taken away by its button, told apart by its name where it has one."""
    begun = talk(EVIDENCE, YES)
    assert begun.labels == ["flow.skip", "flow.cancel"]
    begun.give("a", FileKind.VIDEO)
    begun.give("b", FileKind.DOCUMENT, "протокол задержания 2024.pdf")
    assert begun.answer("files") == Files(
        (file("a", FileKind.VIDEO), file("b", FileKind.DOCUMENT, "протокол задержания 2024.pdf"))
    )
    assert begun.shown("flow.current") == {"answer": Key("flow.files", {"n": 2})}
    removals = [button.label for button in begun.buttons[:2]]
    name = Said("протокол… 2024.pdf")
    assert removals == [
        Key("flow.file.remove.video", {"number": 1}),
        Key("flow.file.remove_named", {"number": 2, "name": name}),
    ]
    begun.tap("flow.done")
    assert begun.place == "yes"


@pytest.mark.parametrize("kind", ["file", "image", "audio", "video"])
def test_a_foreign_form_says_how_a_file_is_sent(kind: str) -> None:
    """Until there is one, and again if words come; no more is offered than the one that it takes."""
    begun = talk(question("q", kind), YES)
    assert Key(f"flow.file.send.{kind}") in begun.screen.body
    begun.write("I have none")
    assert begun.notice == "flow.text.no_file"
    begun.give(
        "a", FileKind.AUDIO if kind == "audio" else FileKind.VIDEO if kind == "video" else FileKind.PHOTO
    )
    assert {one.key for one in begun.screen.body if isinstance(one, Key)} == {"flow.current"}


def test_photos_are_told_apart_by_their_number_among_photos() -> None:
    """Whatever the bot calls them: Telegram has no names for what it has taken or recorded itself."""
    begun = talk(question("files", "file", bot={"max": "5"}))
    begun.give("a", FileKind.PHOTO, "photo.jpg")
    begun.give("b", FileKind.DOCUMENT, "photo.jpg")
    begun.give("c", FileKind.PHOTO, "photo.jpg")
    begun.give("d", FileKind.VOICE, "voice.ogg")
    begun.give("e", FileKind.DOCUMENT)
    assert [button.label for button in begun.buttons[:5]] == [
        Key("flow.file.remove.photo", {"number": 1}),
        Key("flow.file.remove_named", {"number": 2, "name": Said("photo.jpg")}),
        Key("flow.file.remove.photo", {"number": 2}),
        Key("flow.file.remove.audio", {"number": 1}),
        Key("flow.file.remove", {"number": 5}),
    ]


def test_a_file_taken_away_makes_the_buttons_others() -> None:
    """So the step rises: a second tap must not take the next file."""
    begun = talk(EVIDENCE)
    for name in "abc":
        begun.give(name)
    step = begun.draft.step
    begun.send(RemoveFile(1))
    assert begun.answer("files") == Files((file("a"), file("c")))
    assert begun.draft.step == step + 1
    for index in (-1, 2):
        begun.send(RemoveFile(index))
        assert begun.notice == "flow.gone"
    begun.send(RemoveFile(0), RemoveFile(0))
    assert begun.answer("files") is None


def test_no_more_files_than_the_form_says() -> None:
    """One where it says nothing."""
    begun = talk(EVIDENCE)
    for name in "abcd":
        begun.give(name)
    assert begun.answer("files") == Files((file("a"), file("b"), file("c")))
    assert begun.screen.notice == Key("flow.file.full", {"n": 3})
    single = talk(question("files", "file"))
    single.give("a")
    single.give("b")
    assert single.answer("files") == Files((file("a"),))


def test_a_file_given_twice_is_kept_once() -> None:
    """A redelivered one changes nothing, wherever it is kept by now."""
    begun = talk(EVIDENCE, YES)
    begun.give("a")
    before = begun.draft
    begun.give("a")
    assert begun.draft == before
    begun.send(Next())
    begun.give("a")
    assert begun.answer("files") == Files((file("a"),))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("image", [file("1"), file("2", FileKind.DOCUMENT, "X.JPG")], [file("3", FileKind.VIDEO)]),
        (
            "audio",
            [file("1", FileKind.VOICE), file("2", FileKind.AUDIO), file("3", FileKind.DOCUMENT, "a.mp3")],
            [file("4"), file("5", FileKind.DOCUMENT, "a.jpg")],
        ),
        (
            "video",
            [file("1", FileKind.VIDEO), file("2", FileKind.DOCUMENT, "a.mov")],
            [file("3", FileKind.VOICE)],
        ),
        ("file", [file(str(n), kind) for n, kind in enumerate(FileKind)], []),
    ],
)
def test_a_question_takes_its_kind_of_file(kind: str, good: list[FileRef], bad: list[FileRef]) -> None:
    """Sent as a document too; for another kind it is said what is taken."""
    begun = talk(question("files", kind, bot={"max": "9"}))
    for given in good:
        begun.send(Gave(given))
        assert begun.notice == ""
    assert begun.answer("files") == Files(tuple(good))
    for given in bad:
        begun.send(Gave(given))
        assert begun.notice == f"flow.file.only.{kind}"
    assert begun.answer("files") == Files(tuple(good))


def test_a_file_sent_elsewhere_is_kept_for_the_question_that_asks_for_files() -> None:
    """The first that takes it and has place; the screen stays the same and says where it went."""
    begun = talk(YES, question("song", "audio"), EVIDENCE)
    begun.give("a")
    assert begun.answer("files") == Files((file("a"),))
    assert begun.place == "yes"
    assert begun.screen.notice == Key("flow.file.attached", {"question": Label({"en": "files"})})
    begun.give("v", FileKind.VOICE)
    assert begun.answer("song") == Files((file("v", FileKind.VOICE),))
    begun.give("w", FileKind.VOICE)
    assert begun.answer("files") == Files((file("a"), file("w", FileKind.VOICE)))


def test_a_file_sent_at_the_review_or_when_stopping_is_kept() -> None:
    """Nothing moves."""
    begun = talk(EVIDENCE)
    begun.send(Skip())
    begun.give("a")
    assert begun.draft.position == REVIEW
    begun.send(Cancel())
    begun.give("b")
    assert begun.is_at(ScreenKind.CONFIRM_CANCEL)
    assert begun.answer("files") == Files((file("a"), file("b")))


def test_a_voice_when_stopping_does_not_lead_on() -> None:
    """The answer to the question beneath is kept, the confirmation stays."""
    begun = talk(question("a", bot={"voice": "yes"}), YES)
    begun.send(Cancel())
    begun.give("v", FileKind.VOICE)
    assert begun.is_at(ScreenKind.CONFIRM_CANCEL)
    begun.send(Back())
    assert begun.place == "a"
    assert begun.shown("flow.current") == {"answer": Key("flow.voices", {"n": 1})}


def test_a_file_is_not_kept_for_a_question_that_is_not_asked() -> None:
    """Before consent, for one; it is said that there will be a place, that there is none, or none left."""
    begun = talk(YES, question("files", "file", relevant="/f/yes = 'yes'"))
    begun.give("a")
    assert begun.notice == "flow.file.later"
    assert begun.draft.answers == {}
    begun.send(Pick(0))
    begun.give("a")
    begun.send(Next())
    begun.give("b")
    assert begun.screen.notice == Key("flow.file.full", {"n": 1})
    nowhere = talk(YES)
    nowhere.give("a")
    assert nowhere.notice == "flow.file.nowhere"


def test_a_file_sent_before_the_next_question_goes_with_those_before() -> None:
    """An album arrives in pieces; when those are full it goes where files go."""
    begun = talk(EVIDENCE, question("picture", "image"), YES)
    begun.give("a")
    begun.send(Next())
    begun.send(Gave(file("b"), places=begun.before))
    assert begun.answer("files") == Files((file("a"), file("b")))
    assert begun.place == "picture"
    begun.send(Gave(file("c"), places=begun.before), Gave(file("d"), places=begun.before))
    assert begun.answer("files") == Files((file("a"), file("b"), file("c")))
    assert begun.answer("picture") == Files((file("d"),))


def test_a_text_that_may_not_be_spoken_takes_no_voice() -> None:
    """The voice is kept with the files."""
    begun = talk(question("a"), EVIDENCE)
    begun.give("v", FileKind.VOICE)
    assert begun.place == "a"
    assert begun.answer("a") is None
    assert begun.answer("files") == Files((file("v", FileKind.VOICE),))
    pictures = talk(question("a", bot={"voice": "yes"}), EVIDENCE)
    pictures.give("p")
    assert pictures.answer("files") == Files((file("p"),))


def test_no_more_than_ten_voices_with_a_text() -> None:
    """A flood of them is told."""
    begun = talk(question("a", appearance="multiline", bot={"voice": "yes"}))
    for number in range(11):
        begun.give(str(number), FileKind.VOICE)
    assert begun.screen.notice == Key("flow.file.full", {"n": 10})
