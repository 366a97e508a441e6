"""Choices in an order of their own (`randomize`), steady while a report is filled in."""

from dataclasses import replace

from bot.form.answers import Chosen
from bot.form.events import Back, Pick, Show
from tests.bot.form.talks import Talk, choices, form, question

NAMES = ("a", "b", "c", "d", "e", "f")


def talk(draft: str = "", *names: str, **parameters: str) -> Talk:
    """A talk of a draft with this seed, at a number and then a list with these parameters."""
    columns = {"choices": choices(*(names or NAMES)), "parameters": {"randomize": "true", **parameters}}
    begun = Talk(
        form(question("number", "integer"), question("one", "select_one", **columns), question("after"))
    )
    begun.draft = replace(begun.draft, seed=draft)
    begun.send(Show())
    begun.write("1")
    return begun


def test_a_seed_gives_the_order_of_odk() -> None:
    """Park and Miller's numbers after 1 are 16807, 282475249 and 1622650073 of 2147483647: their parts of 1, 2 and 3
    are 0, 0 and 2, so the second choice takes the first place and the third keeps its own."""
    assert talk("x", "a", "b", "c", seed="1").labels[:3] == ["B", "A", "C"]
    assert talk("y", "a", "b", "c", seed="/f/number").labels[:3] == ["B", "A", "C"]


def test_without_a_seed_each_draft_has_an_order_that_stays() -> None:
    """Twenty drafts have more than one order, and none loses a choice. A tap means the choice that it shows."""
    orders = {"".join(talk(f"draft {number}").labels[:6]) for number in range(20)}
    assert len(orders) > 1
    assert {"".join(sorted(order)) for order in orders} == {"ABCDEF"}
    begun = talk("draft 3")
    shown = begun.labels[:6]
    begun.tap(shown[0])
    assert begun.answer("one") == Chosen((shown[0].lower(),))
    begun.send(Back())
    assert begun.labels[:6] == shown
    begun.send(Pick(2))
    assert begun.answer("one") == Chosen(("c",))


def test_only_true_shuffles() -> None:
    assert talk("x", randomize="false").labels[:6] == ["A", "B", "C", "D", "E", "F"]
