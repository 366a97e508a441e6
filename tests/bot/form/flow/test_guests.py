"""Questions that are answered at the screen of another: links with the files, a point with the town, own words at a list."""

import pytest

from bot.form.answers import Chosen, GeoPoint, TextPart, Written
from bot.form.draft import REVIEW
from bot.form.events import Back, Edit, Extend, Goto, Next, Pick, PointSent, Rewrote, Show, Skip
from bot.form.model import Node
from bot.form.screen import Joined, Key, Label, Said
from tests.bot.form.talks import Talk, choices, form, group, question

STORY = question("story", appearance="multiline")
FILES = question("files", "file", bot={"also": "links story", "max": "3"})
LINKS = question(
    "links", appearance="multiline links", constraint="starts-with(., 'http')", hint={"en": "up to five"}
)
AFTER = question("after")
DEPTH = question("depth", "select_one", choices=choices("short", "full"), bot={"extend": "full"})


def at_files(*children: Node) -> Talk:
    """A talk at the files, with a story before them."""
    begun = Talk(form(*(children or (STORY, FILES, LINKS, AFTER))))
    begun.write("It happened.", "1")
    begun.send(Next())
    assert begun.place == "files"
    return begun


def test_back_from_the_review_does_not_lead_to_a_guest() -> None:
    """It leads to what was asked last: a guest was never a screen of its own."""
    begun = Talk(form(question("n", "integer", bot={"also": "links"}), LINKS, question("m", "integer")))
    begun.send(Show())
    begun.tap("flow.skip.rest")
    assert begun.draft.position == REVIEW
    begun.send(Back())
    assert begun.place == "n"


def test_a_guest_stands_on_the_screen_of_its_host_and_is_not_asked_by_itself() -> None:
    """With its label and hint; the review has it, and it can be answered from there."""
    begun = at_files()
    asked = Joined((Label({"en": "links"}), Label({"en": "up to five"})), " ")
    assert asked in begun.screen.body
    assert Label({"en": "story"}) not in begun.screen.body
    begun.send(Skip())
    assert begun.place == "after"
    begun.send(Skip())
    assert begun.draft.position == REVIEW
    assert "flow.extend" not in begun.labels
    begun.send(Edit())
    begun.tap("links")
    assert begun.place == "links"
    begun.write("example.org/a")
    begun.send(Next())
    assert begun.draft.position == REVIEW
    assert begun.submission["links"] == Written((TextPart("https://example.org/a"),))


def test_a_link_sent_with_the_files_is_a_link() -> None:
    """The screen stays for more, shows it and is done with by Done; an edit of the message changes it."""
    begun = at_files()
    begun.write("example.org/a", "7")
    assert begun.place == "files"
    assert begun.notice == "flow.text.added"
    answer = Written((TextPart("https://example.org/a", "7"),))
    assert begun.answer("links") == answer
    shown = Joined((Label({"en": "links"}), Key("flow.current", {"answer": Said(answer.text)})), "\n")
    assert shown in begun.screen.body
    assert "flow.done" in begun.labels
    assert "flow.skip" not in begun.labels
    begun.write("example.org/b", "8")
    assert begun.answer("links") == Written((*answer.parts, TextPart("https://example.org/b", "8")))
    begun.send(Rewrote("example.org/c", "8"))
    assert begun.answer("links") == Written((*answer.parts, TextPart("https://example.org/c", "8")))
    begun.tap("flow.done")
    assert begun.place == "after"


def test_words_beside_a_link_are_kept_with_the_story() -> None:
    """So are words without any: what one guest does not keep goes to the next."""
    begun = at_files()
    begun.write("They beat him: example.org/a", "7")
    assert begun.answer("links") == Written((TextPart("https://example.org/a", "7"),))
    told = [TextPart("It happened.", "1"), TextPart("They beat him: example.org/a", "7")]
    assert begun.answer("story") == Written(tuple(told))
    begun.write("There is a film of it.", "8")
    assert begun.answer("story") == Written((*told, TextPart("There is a film of it.", "8")))
    assert begun.notice == "flow.text.added"
    assert begun.draft.view.kept == ""


def test_words_that_no_guest_takes_stay_on_the_screen() -> None:
    """As anywhere."""
    begun = Talk(form(question("files", "file", bot={"also": "links"}), LINKS, AFTER))
    begun.write("no link")
    assert begun.notice == "flow.text.no_file"
    assert begun.shown("flow.kept") == {"text": Said("no link")}


TOWN = question("town", bot={"also": "place"})
PLACE = question(
    "place", "geopoint", constraint="selected-at(., 0) > 40", constraint_message={"en": "too far south"}
)


def test_a_point_sent_with_the_town_is_the_place() -> None:
    """Before the town, or right after it; how to send one stands on the screen."""
    begun = Talk(form(TOWN, PLACE, AFTER))
    begun.send(PointSent(43.2, 76.9))
    assert begun.notice == "flow.also.added"
    assert begun.answer("place") == GeoPoint(43.2, 76.9)
    begun.write("Almaty")
    assert begun.place == "after"
    begun = Talk(form(TOWN, PLACE, AFTER))
    begun.send(Skip(), Back())
    assert Key("flow.place.send") in begun.screen.body
    begun.write("Almaty")
    assert begun.place == "after"
    begun.send(PointSent(43.2, 76.9))
    assert begun.answer("place") == GeoPoint(43.2, 76.9)
    assert begun.place == "after"
    begun.write("word")
    begun.send(PointSent(43.2, 76.9))
    assert begun.draft.position == REVIEW
    assert begun.notice == "flow.place.not_here"


@pytest.mark.parametrize(
    ("point", "notice"), [((200.0, 0.0), "flow.place.nowhere"), ((30.0, 70.0), "too far south")]
)
def test_a_point_that_cannot_be_is_refused_at_another_screen_too(
    point: tuple[float, float], notice: str
) -> None:
    """With the reason of its own question."""
    begun = Talk(form(TOWN, PLACE, AFTER))
    begun.send(PointSent(*point))
    assert begun.notice == notice
    assert begun.draft.answers == {}


LAWS = question("laws", "select_multiple", choices=choices("slander", "rally"), bot={"also": "law_text"})
LAW_TEXT = question("law_text", constraint="string-length(.) <= 20")


def test_what_a_list_has_not_is_kept_in_own_words() -> None:
    """It is said so, with the words; choices can still be marked, and several things written."""
    begun = Talk(form(LAWS, LAW_TEXT, AFTER))
    begun.write("art. 174")
    assert begun.screen.notice == Key("flow.also.own_words", {"text": Said("art. 174")})
    assert begun.place == "laws"
    begun.write("slander")
    begun.write("art. 99")
    assert begun.answer("law_text") == Written((TextPart("art. 174"), TextPart("art. 99")))
    assert begun.answer("laws") == Chosen(("slander",))
    begun.write("much too long for this")
    assert begun.notice == "flow.search.none"
    assert begun.shown("flow.kept") == {"text": Said("much too long for this")}
    begun.tap("flow.done")
    assert begun.place == "after"


def test_a_guest_that_must_be_answered_is_asked_by_itself() -> None:
    """Unless it was answered."""
    required = question("law_text", required="true()")
    begun = Talk(form(LAWS, required, AFTER))
    begun.send(Skip())
    assert begun.place == "law_text"


def test_a_guest_of_a_longer_form_is_asked_there_and_not_again() -> None:
    """Its host was asked when there was no such question; once it was asked no correction asks it again."""
    links = question("links", appearance="multiline links", relevant="/f/depth = 'full'")
    files = question("files", "file", bot={"also": "links"})
    begun = Talk(form(DEPTH, files, links, AFTER))
    begun.send(Pick(0))
    begun.send(Skip(), Skip(), Extend())
    assert begun.place == "links"
    begun.send(Skip())
    assert begun.draft.position == REVIEW
    begun.send(Edit(), Goto(3))
    begun.write("again")
    assert begun.draft.position == REVIEW


def test_what_was_not_told_at_a_host_is_not_asked_after_a_correction() -> None:
    """It was on the screen."""
    begun = at_files()
    begun.send(Skip())
    begun.write("x")
    begun.send(Edit(), Goto(3))
    begun.write("y")
    assert begun.draft.position == REVIEW


def test_a_guest_in_the_same_instance_is_answered_there() -> None:
    """Not that of another instance."""
    people = group(
        "p",
        question("p/role", "select_one", choices=choices("a"), bot={"also": "own"}),
        question("p/own"),
        repeat=True,
        bot={"first": "yes"},
    )
    begun = Talk(form(people, AFTER))
    begun.write("a teacher")
    begun.tap("flow.done")
    begun.tap("flow.repeat.more_of")
    begun.write("a driver")
    assert begun.answer("p[1]/own") == Written((TextPart("a teacher"),))
    assert begun.answer("p[2]/own") == Written((TextPart("a driver"),))
