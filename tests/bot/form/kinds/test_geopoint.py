"""Places: sent from the map, typed, refused, in the wrong moment."""

from dataclasses import replace

import pytest

from bot.form.answers import GeoPoint, TextPart, Written
from bot.form.draft import REVIEW, dump, load
from bot.form.events import AddRepeat, Back, Cancel, Event, Next, PointSent, Rewrote, Show, Skip
from bot.form.flow.instance import Instance
from bot.form.screen import Key, Said, ScreenKind
from tests.bot.form.talks import Talk, form, group, question

ALMATY = PointSent(43.238949, 76.889709, "5")


def talk(**columns: object) -> Talk:
    """A talk at a place between two texts."""
    begun = Talk(form(question("a"), question("where", "geopoint", **columns), question("z")))
    begun.write("A")
    return begun


def test_a_place_is_asked_for_with_how_to_send_it() -> None:
    """And that it can be passed over, where it can. No button asks where the phone is."""
    begun = talk(role="place")
    assert begun.screen.body[1:] == (Key("flow.place.how"), Key("flow.place.optional"))
    assert begun.labels == ["flow.back", "flow.skip", "flow.cancel"]
    required = talk(required="true()")
    assert required.screen.body[1:] == (Key("flow.place.send"),), "a survey may mean any place"
    assert required.labels == ["flow.back", "flow.cancel"]


def test_a_place_from_the_map_leads_on() -> None:
    """Shown again to four decimals, kept as it came; another takes its place."""
    begun = talk()
    begun.send(ALMATY)
    assert begun.place == "z"
    assert begun.answer("where") == GeoPoint(43.238949, 76.889709)
    begun.send(Back())
    point = Key("flow.place.point", {"latitude": "43.2389", "longitude": "76.8897"})
    assert begun.shown("flow.current") == {"answer": point}
    begun.tap("flow.keep")
    begun.send(Back(), PointSent(0, -180.0))
    assert begun.answer("where") == GeoPoint(0.0, -180.0)
    assert load(dump(begun.draft)).answers == begun.draft.answers
    begun.send(Back(), Skip())
    assert begun.answer("where") is None


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("43.238, 76.945", 43.238, 76.945),
        ("43.238,76.945", 43.238, 76.945),
        (" 43.238 76.945\n", 43.238, 76.945),
        ("43.238; 76.945", 43.238, 76.945),
        ("43,238; 76,945", 43.238, 76.945),
        ("43,238 76,945", 43.238, 76.945),
        ("43.238°, 76.945°", 43.238, 76.945),
        ("−43.5, +76", -43.5, 76.0),
        ("-0.5,-0.25", -0.5, -0.25),
    ],
)
def test_typed_degrees_are_a_place(text: str, latitude: float, longitude: float) -> None:
    """In the ways that maps and people write them."""
    begun = talk()
    begun.write(text)
    assert begun.answer("where") == GeoPoint(latitude, longitude)
    assert begun.place == "z"


@pytest.mark.parametrize(
    "text", ["у акимата", "43", "43, 76", "43,5", "12 45", "43.2.1, 5", "٤٣.٢, ٧٦.٩", "1e1, 2.5"]
)
def test_other_words_are_kept_with_how_to_send_a_place(text: str) -> None:
    """They may be corrected in the chat."""
    begun = talk()
    begun.write(text, "7")
    assert begun.place == "where"
    assert begun.notice == "flow.place.not_understood"
    assert begun.shown("flow.kept") == {"text": Said(text)}
    begun.send(Rewrote("43.2, 76.9", "7"))
    assert begun.answer("where") == GeoPoint(43.2, 76.9)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(90.1, 0.0), (0.0, -180.5), (float("nan"), 0.0), (0.0, float("inf"))],
)
def test_what_is_nowhere_is_refused(latitude: float, longitude: float) -> None:
    """From the map and typed alike; an answer that was there stays."""
    begun = talk()
    begun.send(ALMATY, Back(), PointSent(latitude, longitude))
    assert begun.notice == "flow.place.nowhere"
    assert begun.place == "where"
    assert begun.answer("where") == GeoPoint(43.238949, 76.889709)
    begun.write("91.5, 181.5")
    assert begun.notice == "flow.place.nowhere"
    assert begun.shown("flow.kept") == {"text": Said("91.5, 181.5")}


def test_the_form_may_refuse_a_place() -> None:
    """Expressions see it as ODK writes it."""
    north = {"constraint": "number(selected-at(., 0)) > 40", "constraint_message": {"en": "too far south"}}
    begun = talk(**north)
    begun.send(PointSent(39.5, 70.0))
    assert begun.notice == "too far south"
    begun.send(PointSent(41.5, 70.0))
    assert begun.place == "z"
    instance = Instance(begun.form, begun.draft.answers, begun.draft.counts, begun.now)
    assert instance.value_at("/f/where") == "41.5 70 0 0"


@pytest.mark.parametrize("continues", [False, True])
def test_a_place_that_is_not_asked_for_is_told(continues: bool) -> None:
    """At a text, at a repeat, at the review: nothing is lost, nothing begins."""
    begun = Talk(form(question("a"), group("r", question("r/b"), repeat=True)))
    ways: list[tuple[str, list[Event]]] = [
        ("a", [Skip()]),
        ("r", [AddRepeat()]),
        ("r[1]/b", [Back(), Next()]),
        (REVIEW, []),
    ]
    for place, way in ways:
        before = begun.send(Show())
        draft = begun.draft
        begun.send(PointSent(43.2, 76.9, "5", begun.before if continues else ()))
        assert begun.place == place
        assert begun.draft == draft
        assert begun.screen == replace(before, notice=Key("flow.place.not_here"))
        begun.send(*way)


def test_a_place_sent_while_stopping_is_asked_about_is_kept() -> None:
    """The question whether to stop stays."""
    begun = talk()
    begun.send(Cancel(), ALMATY)
    assert begun.is_at(ScreenKind.CONFIRM_CANCEL)
    assert begun.notice == "flow.use_buttons"
    assert begun.answer("where") == GeoPoint(43.238949, 76.889709)


def test_words_sent_before_a_place_was_asked_for_go_on_with_the_text() -> None:
    """As with any other question."""
    begun = talk()
    begun.write("more", continues=True)
    assert begun.notice == "flow.text.added"
    assert begun.answer("a") == Written((TextPart("A"), TextPart("more")))


def test_a_default_is_a_place() -> None:
    """Written as ODK writes one."""
    begun = talk(default="'43.2 76.9 0 0'")
    assert begun.answer("where") == GeoPoint(43.2, 76.9)
    assert talk(default="'somewhere'").answer("where") is None
