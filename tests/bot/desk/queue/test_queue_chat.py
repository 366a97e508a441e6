"""/queue: what its rows tell and lead to, however many reports there are."""

from dataclasses import replace
from typing import Any

import pytest

from bot.desk.people import service as people_service
from bot.desk.queue.service import Filter, ReportScope, numbers
from bot.form.answers import Chosen, Precision, When
from bot.form.model import Choice, Form
from bot.reports import claims
from db.models import Report
from tests.bench import approve_proposal
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, report


async def test_the_queue_shows_no_content_and_opens_by_buttons(chats: Chats) -> None:
    """Reference, category, place, day and language; a button a report."""
    refs = [await report(chats, urgent=Chosen((urgent,))) for urgent in ("no", "yes")]
    await enrol(chats, 5)
    calls = await chats.say(5, "/queue")
    said = words(calls)
    assert said.index(refs[1]) < said.index(refs[0])
    assert "Detained or arrested" in said
    assert STORY not in said
    assert "Almaty · 08.03.2024 · Русский · 🕒\xa0less than an hour" in said
    assert set(buttons(calls)) == {"amfilt.w.", *(f"amopen.{ref}." for ref in refs)}


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (When(Precision.RANGE, "2024-01", ongoing=True), "began: January 2024, still going on"),
        (When(Precision.RANGE, "2024-01"), "began: January 2024, end not known"),
        (When(Precision.RANGE, end="2024-04"), "until April 2024"),
        (When(Precision.RANGE, ongoing=True), "Still going on"),
        (When(Precision.RANGE, "2024-01", "2024-04"), "January 2024 – April 2024"),
    ],
)
async def test_a_row_gives_a_period_as_the_card_does(chats: Chats, when: When, told: str) -> None:
    """Open ends included: going on is not an unknown end."""
    ref = await report(chats, when=when)
    await enrol(chats, 5)
    assert told in words(await chats.say(5, "/queue"))
    assert told in words(await chats.say(5, f"/open {ref}"))


async def test_a_claim_whose_hours_are_over_is_in_no_list_of_mine(chats: Chats) -> None:
    """Before any sweep: neither beside the queue, nor in /mine, nor in their numbers."""
    ref = await report(chats)
    await enrol(chats, 5)
    await chats.say(5, f"/open {ref}")
    await chats.say(5, "/next")
    assert ref in words(await chats.say(5, "/mine"))
    chats.bench.later(chats.bench.settings.claim_hours)
    held = TEXTS.text("en", "moderator.queue.held", {"refs": f"/open_{ref}"})
    assert held not in words(await chats.say(5, "/queue"))
    assert ref not in words(await chats.say(5, "/mine"))
    async with chats.bench.read() as unit:
        (me,) = await people_service.list_moderators(unit)
        assert await claims.held_by(unit, me) == []
        (mine,) = await numbers(unit, [Filter(ReportScope.MINE)], me)
        assert mine.none


async def test_a_row_counts_the_approvals_that_are_good_now(chats: Chats) -> None:
    """Once more are needed, none is; nor beside what the moderator holds."""
    await enrol(chats, 5)
    chats.bench.settings = chats.bench.settings.model_copy(update={"approvals": 2, "approvals_named": 2})
    async with chats.bench.write() as unit:
        moderator = await chats.bench.moderator(unit, "Teniz")
        found = (await chats.bench.submit(unit)).report
        await chats.bench.propose(unit, moderator, found)
        await approve_proposal(unit, moderator, found)
    mark = TEXTS.text("en", "moderator.queue.approvals", {"n": 1, "of": 2})
    assert mark in words(await chats.say(5, "/queue"))
    assert TEXTS.text("en", "moderator.report.approved_by", {"aliases": "Teniz"}) in words(
        await chats.say(5, f"/open {found.ref}")
    )
    assert f"/open_{found.ref} {mark}" in words(await chats.say(5, "/queue"))
    chats.bench.settings = chats.bench.settings.model_copy(update={"approvals": 3, "approvals_named": 3})
    assert mark not in words(await chats.say(5, "/queue"))
    assert "Teniz" not in words(await chats.say(5, f"/open {found.ref}"))
    assert mark not in words(await chats.say(5, "/mine"))


def wordy(form: Form) -> Form:
    """The form with one category, whose label is half a message."""

    def worded(node: Any) -> Any:
        if hasattr(node, "children"):
            return replace(node, children=tuple(worded(child) for child in node.children))
        long = (Choice("long", {"en": "x" * 2000}),)
        return replace(node, choices=long) if node.role == "category" else node

    return replace(form, children=tuple(worded(node) for node in form.children))


async def test_a_moderator_who_holds_many_reports_sees_the_queue(chats: Chats) -> None:
    """The first ten are named, the others are counted, and a button leads to them all; labels are cut: it fits a message."""
    chats.bench.forms = {**chats.bench.forms, "report": wordy(chats.bench.forms["report"])}
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await people_service.list_moderators(unit))[0]
        facts: dict[str, Any] = {
            "form": "f",
            "form_version": "1",
            "language": "en",
            "submitted_hour": 1,
            "urgent": False,
        }
        for number in range(130):
            held = {"moderator_id": me.id, "claimed_until_hour": unit.hour + 9} if number < 120 else {}
            name = f"R{number:05}"
            status = "claimed" if held else "new"
            facts |= {"id": name, "ref": name, "status": status, "category": "long"}
            unit.session.add(Report(**facts | held))
    calls = await chats.say(5, "/queue")
    assert "and 110 more" in words(calls)
    assert len(words(calls)) < 3900
    assert sum(name.startswith("amopen.") for name in buttons(calls)) == 6
    assert "Mine: 99+" in words(
        await chats.tap_data(5, next(one for one in buttons(calls) if one == "amlist.m."))
    )
