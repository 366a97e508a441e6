"""A point lies in the place that was chosen before, as far as a rectangle tells."""

import pytest

from bot.form.answers import GeoPoint
from bot.form.events import Back, PointSent, Show
from bot.form.model import Choice
from bot.form.screen import Key, Label
from bot.form.xlsform.reader import load
from tests.bench import FORMS
from tests.bot.form.talks import Talk, form, question

STEPPE = {"south": "45", "west": "60", "north": "50.5", "east": "70"}
LIST = (
    Choice("steppe", {"en": "STEPPE"}, STEPPE),
    Choice("online", {"en": "ONLINE"}, dict.fromkeys(STEPPE, "")),
)


def talk(chosen: str) -> Talk:
    """A talk at a point within what was chosen."""
    asked = question("region", "select_one", choices=LIST)
    begun = Talk(form(asked, question("where", "geopoint", bot={"bounds": "region"}), question("z")))
    begun.send(Show())
    begun.tap(chosen)
    return begun


@pytest.mark.parametrize("point", [(45.0, 60.0), (50.5, 70.0), (48.0, 66.9)])
def test_a_point_within_is_taken(point: tuple[float, float]) -> None:
    """Its edges too."""
    begun = talk("STEPPE")
    begun.send(PointSent(*point))
    assert begun.answer("where") == GeoPoint(*point)


@pytest.mark.parametrize("point", [(55.75, 37.62), (44.99, 66.0), (48.0, 70.01), (48.0, -66.0)])
def test_a_point_elsewhere_is_not(point: tuple[float, float]) -> None:
    """The reporter is told which place was chosen; one that fits is taken after it."""
    begun = talk("STEPPE")
    begun.send(PointSent(*point))
    assert begun.answer("where") is None
    assert begun.screen.notice == Key("flow.place.elsewhere", {"place": Label({"en": "STEPPE"})})
    begun.send(PointSent(48, 66))
    assert begun.answer("where") == GeoPoint(48, 66)


def test_typed_degrees_are_looked_at_too_and_stay_to_be_corrected() -> None:
    """What was typed is not lost."""
    begun = talk("STEPPE")
    begun.write("55.75, 37.62")
    assert begun.notice == "flow.place.elsewhere"
    assert begun.draft.view.kept == "55.75, 37.62"


def test_a_place_without_a_rectangle_takes_any_point() -> None:
    """So does a question before which nothing was chosen."""
    begun = talk("ONLINE")
    begun.send(PointSent(55.75, 37.62))
    assert begun.answer("where") == GeoPoint(55.75, 37.62)


def test_a_change_of_the_place_is_told_where_the_point_is_asked_again() -> None:
    """Back, another place, and the point is judged by that."""
    begun = talk("ONLINE")
    begun.send(PointSent(55.75, 37.62), Back(), Back())
    begun.tap("STEPPE")
    begun.send(PointSent(55.75, 37.62))
    assert begun.notice == "flow.place.elsewhere"


def test_of_all_regions_those_on_the_map_have_a_rectangle_around_their_seat() -> None:
    """And none of them reaches Moscow."""
    regions = load(FORMS / "incident.md").by_role["region"].choices
    assert len(regions) == 24
    for choice in regions:
        sides = [choice.columns[side] for side in ("south", "west", "north", "east")]
        assert all(sides) == bool(choice.columns["seat"]) == any(sides)
        if all(sides):
            south, west, north, east = map(float, sides)
            assert south < float(choice.columns["seat_lat"]) < north < 55.65
            assert west < float(choice.columns["seat_lon"]) < east
            assert west > 46
