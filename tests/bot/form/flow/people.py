"""A repeat of people, and talks that come to it."""

from bot.form.answers import TextPart, Written
from bot.form.events import AddRepeat, Back, Pick, Show, Skip
from bot.form.model import Node
from tests.bot.form.talks import Talk, choices, form, group, question

ROLE = question("person/role", "select_one", choices=choices("witness", "victim"), required="true()")
PEOPLE = group(
    "person",
    ROLE,
    question("person/age", "integer"),
    question("person/school", relevant="../age < 18"),
    repeat=True,
)
FIRST = group("person", *PEOPLE.children, repeat=True, bot={"first": "yes"})
"""The same, of which the first is begun at once."""


def talk(*children: Node) -> Talk:
    """A talk at the first of these, or at the people between two questions."""
    begun = Talk(form(*(children or (question("a"), PEOPLE, question("z")))))
    begun.send(Show())
    if not children:
        begun.send(Skip())
    return begun


def text(words: str) -> Written:
    """A line."""
    return Written((TextPart(words),))


def two(begun: Talk) -> Talk:
    """Two people, a witness of 30 and a victim of 12 with a school."""
    begun.send(AddRepeat(), Pick(0))
    begun.write("30")
    begun.send(*(() if begun.draft.position.endswith("person") else (Back(),)), AddRepeat(), Pick(1))
    begun.write("12")
    begun.write("Nr 5")
    begun.send(*(() if begun.draft.position.endswith("person") else (Back(),)))
    return begun
