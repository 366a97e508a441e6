"""Choices found by what is named within them, and those of a list that depends on the one at hand: one text answers both questions."""

import pytest

from bot.form.answers import Chosen, TextPart, Written
from bot.form.events import Back, Pick
from bot.form.model import Choice
from bot.form.screen import Joined, Key, Label, Said
from tests.bot.form.talks import Talk, choices, form, question

TOWNS = tuple(
    Choice(name, {"en": label}, {"within": within, "search": search})
    for name, label, within, search in (
        ("east", "East Region", "Riddler Oskemen", "EKO"),
        ("north", "Oskemen Region", "Aksu", ""),
        ("south", "South Region", "Aksu Turkistan", ""),
    )
)


def towns() -> Talk:
    """A talk at regions with towns in them, and a question for the town."""
    asked = question("one", "select_one", choices=TOWNS, bot={"within": "town"})
    town = question("town", constraint="string-length(.) <= 20", bot={"also": "place"})
    return Talk(form(asked, town, question("place", "geopoint"), question("after")))


@pytest.mark.parametrize(
    ("typed", "region"), [("Turkistan", "south"), ("t. turkistan ", "south"), ("Riddler", "east")]
)
def test_a_town_typed_at_the_regions_answers_both(typed: str, region: str) -> None:
    """As it was typed; Back undoes both. What can be answered at the screen of the town, which never came, is asked."""
    begun = towns()
    begun.write(typed)
    assert begun.answer("one") == Chosen((region,))
    assert begun.answer("town") == Written((TextPart(typed.strip()),))
    assert begun.place == "place"
    label = next(choice.label for choice in TOWNS if choice.name == region)
    both = Joined((Label(label), Said(typed.strip())), " → ")
    assert begun.screen.notice == Key("flow.search.taken", {"choice": both})
    begun.send(Back())
    assert begun.place == "one"


def test_a_town_of_several_regions_is_asked_about() -> None:
    """The region that is tapped then has the town."""
    begun = towns()
    begun.write("aksu")
    assert begun.labels[:2] == ["Oskemen Region", "South Region"]
    begun.tap("South Region")
    assert begun.answer("town") == Written((TextPart("aksu"),))
    assert begun.place == "place"


@pytest.mark.parametrize("typed", ["South Region", "south", "Turk", "EKO", "Oskemen Region"])
def test_a_region_that_was_named_itself_leaves_its_town_to_be_asked(typed: str) -> None:
    """So does part of a town's name."""
    begun = towns()
    begun.write(typed)
    assert begun.answer("one") is not None
    assert begun.answer("town") is None
    assert begun.place == "town"


GROUPS = choices("jail", "net")
TYPES = (
    Choice("jail.mass", {"en": "Mass arrests"}, {"group": "jail"}),
    Choice("jail.days", {"en": "Some days in jail"}, {"group": "jail"}),
    Choice("net.block", {"en": "Site blocked"}, {"group": "net"}),
    Choice("net.down", {"en": "Internet down"}, {"group": "net"}),
)


def groups() -> Talk:
    """A talk at groups of acts whose types are found there too."""
    group_ = question("group", "select_one", choices=GROUPS, bot={"finds": "types/group"})
    types = question("types", "select_multiple", choices=TYPES, choice_filter="group = /f/group")
    return Talk(form(group_, types, question("after")))


def test_the_first_list_finds_what_hangs_on_it() -> None:
    """What is clearly named answers both at once; Back leads to where it was typed."""
    begun = groups()
    begun.write("blocked")
    assert begun.answer("group") == Chosen(("net",))
    assert begun.answer("types") == Chosen(("net.block",))
    assert begun.place == "after"
    (said,) = [begun.screen.notice]
    both = Joined((Label({"en": "NET"}), Label({"en": "Site blocked"})), " → ")
    assert said == Key("flow.search.taken", {"choice": both})
    begun.send(Back())
    assert begun.place == "group"


def test_types_of_several_groups_can_be_found_and_tapped() -> None:
    """The whole list has the groups alone."""
    begun = groups()
    begun.write("s")
    found = begun.labels
    assert {"Mass arrests", "Some days in jail", "Site blocked"} <= set(found)
    begun.tap("Mass arrests")
    assert begun.answer("group") == Chosen(("jail",))
    assert begun.answer("types") == Chosen(("jail.mass",))
    begun.send(Back())
    assert begun.labels[:2] == ["JAIL", "NET"]
    begun.send(Pick(99))
    assert begun.notice == "flow.gone"
