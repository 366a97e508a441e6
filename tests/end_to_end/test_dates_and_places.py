"""Dates and places as people type them."""

from dataclasses import replace

import pytest

from tests.end_to_end.details import Details
from tests.end_to_end.people import Dated, labels_on
from tests.end_to_end.reporting import SIMPLE, Reporter, to


async def test_a_date_that_no_calendar_has_is_asked_again(anna: Reporter) -> None:
    """The words stay in sight and the next try is taken."""
    await to(anna, "when")
    await anna.write("31 апреля")
    shown = await anna.phone.wait(anna.word("flow.kept", text="31 апреля"))
    assert anna.place_of(shown) == "when"
    await anna.date("when", Dated("2024-03-08", "2024-03-08"), typed=True)
    await anna.fill(SIMPLE)
    assert "08.03.2024" in anna.phone.last.text


async def test_a_period_without_a_beginning_is_told_back_at_once_and_in_the_review(anna: Reporter) -> None:
    """Nobody has to make up a beginning."""
    await to(anna, "when")
    await anna.write("2024 жылғы сәуірге дейін")
    until = anna.word("flow.date.until", end=anna.word("flow.month.4", year="2024"))
    await anna.at("region")
    assert anna.seen is not None
    assert anna.word("flow.date.understood", date=until) in anna.seen.text
    await anna.fill(SIMPLE)
    assert until in anna.phone.last.text


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("shymkent", "KZ-79"),
        ("шығыс қазақстан", "KZ-63"),
        ("Восточно-Казахстанская", "KZ-63"),
        ("abroad", "XX-ABROAD"),
    ],
)
async def test_a_place_is_found_in_any_language(anna: Reporter, typed: str, code: str) -> None:
    """Part of a name in another language than the chat's is enough."""
    await to(anna, "region")
    await anna.write(typed)
    label = anna.choice("region", code)
    found = await anna.phone.wait(
        lambda shown: label in labels_on(shown) or anna.place_of(shown) == "consent_use"
    )
    if anna.place_of(found) == "region":
        await anna.press(label)
    await anna.at("consent_use")
    await anna.fill(SIMPLE)
    assert label in anna.phone.last.text


async def test_an_unknown_place_is_shown_again_to_be_corrected(anna: Reporter) -> None:
    """What is not in the list is not lost: it stands in the question that comes again."""
    await to(anna, "region")
    await anna.write("Атлантида")
    shown = await anna.phone.wait(anna.word("flow.search.none"))
    assert anna.word("flow.kept", text="Атлантида") in shown.text


async def test_a_point_is_taken_where_its_town_is_asked(anna: Reporter) -> None:
    """The screen of the town asks for the point too: one sent there is kept, stays in the chat and is in the review."""
    told = replace(SIMPLE, region="KZ-33", details=Details())
    await anna.begin()
    await anna.fill(told, until="locality")
    sent = await anna.phone.locate(45.02, 78.37)
    await anna.phone.wait(anna.word("flow.also.added", question=anna.label("place")))
    await anna.pass_by("flow.done")
    await anna.fill(told)
    assert f"{anna.short('place')}: 📍 45.02, 78.37" in "\n\n".join(anna.lines())
    assert not sent.deleted
