"""The card: one message, whose buttons turn its pages in place."""

import re
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.chat.renderer import width
from bot.form.answers import Chosen, GeoPoint, TextPart, Written
from bot.reports import claims
from bot.transport.call import Call
from db.models import AuditEntry
from tests.bench import Bench
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, report

DESK, COLLEAGUE = 5, 6


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """A bot without a network, and a moderator."""
    chats = Chats(bench)
    await enrol(chats, DESK)
    return chats


def cards(calls: Sequence[Call]) -> list[Call]:
    """The calls that show a card."""
    return [call for call in calls if call.method in {"sendMessage", "editMessageText"}]


def to_pages(calls: Sequence[Call]) -> list[str]:
    """The data of the buttons that turn a page."""
    return [data for data in buttons(list(calls)) if re.match(r"amcard\.\w+\.c\d+$", data)]


async def test_a_card_is_one_protected_message_with_a_line_a_fact(chats: Chats) -> None:
    """Under short labels; the story below stands by itself, and all that can be done is under it."""
    ref = await report(chats)
    (card,) = cards(await chats.say(DESK, f"/open {ref}"))
    assert (card.method, card.params["protect_content"]) == ("sendMessage", True)
    paragraphs = card.params["text"].split("\n\n")
    assert f"<b>Story</b>\n{STORY}" in paragraphs
    (facts,) = [one for one in paragraphs if "<b>When</b>: " in one]
    assert "<b>What happened</b>: Detained or arrested\n" in facts
    assert {line.count("</b>: ") for line in facts.split("\n")} == {1}
    assert {"amedit", "amaskq", "amask", "amrelease"} <= {data.split(".")[0] for data in buttons([card])}
    assert to_pages([card]) == []


async def test_what_is_longer_than_a_message_is_turned_in_place(chats: Chats) -> None:
    """Every page within Telegram's limit with the same buttons, nothing lost between them; beyond the last is the last."""
    told = [f"слово{number}я" for number in range(1200)]
    long = Written((TextPart(" ".join(told[:600])), TextPart(" ".join(told[600:]))))
    ref = await report_with(chats, long)
    (first,) = cards(await chats.say(DESK, f"/open {ref}"))
    shown, page, turned = [first], first, to_pages([first])
    assert turned == [f"amcard.{ref}.c1"]
    while turned:
        (page,) = cards(await chats.tap_data(DESK, turned[-1]))
        assert (page.method, page.protect) == ("editMessageText", True)
        shown.append(page)
        turned = [data for data in to_pages([page]) if data.endswith(f".c{len(shown)}")]
    assert len(shown) > 2
    assert re.findall(r"слово\d+я", "".join(one.params["text"] for one in shown)) == told
    for one in shown:
        assert width(one.params["text"]) <= 4096 + 100, "tags do not count"
        assert f"/open_{ref}" in one.params["text"]
        assert f"amrelease.{ref}." in buttons([one])
    (beyond,) = cards(await chats.tap(DESK, Act("mcard", ref, "c999")))
    assert beyond.params["text"] == shown[-1].params["text"]
    (strange,) = cards(await chats.tap(DESK, Act("mcard", ref, "?")))
    assert strange.params["text"] == first.params["text"]


PIN = GeoPoint(43.238949, 76.889709)


async def test_a_point_is_shown_as_roughly_as_it_could_be_published(chats: Chats) -> None:
    """Protected, with its report, to whoever holds it alone, and in the log; the point itself is nowhere."""
    ref = await report(chats, depth=Chosen(("full",)), place=PIN)
    (card,) = cards(await chats.say(DESK, f"/open {ref}"))
    assert f"amplace.{ref}." in buttons([card])
    (venue,) = [one for one in await chats.tap(DESK, Act("mplace", ref)) if one.method == "sendVenue"]
    assert (venue.params["latitude"], venue.params["longitude"]) == (43.24, 76.89)
    assert (venue.params["protect_content"], venue.params["address"]) == (True, ref)
    assert "1 km" in venue.params["title"]
    assert "43.2389" not in str(venue) + str(card)
    async with chats.bench.read() as unit:
        report_id = (await claims.look_up(unit, ref)).id
        assert [row.report_id for row in chats.rows if row.report_id] == [report_id]
        log = (
            await unit.session.scalars(
                select(AuditEntry).order_by(AuditEntry.id).where(AuditEntry.act == "place")
            )
        ).all()
        assert [(one.actor, one.subject, one.detail) for one in log] == [("Aspan", ref, "km 1")]
    await enrol(chats, COLLEAGUE, "Teniz")
    other = await chats.tap(COLLEAGUE, Act("mplace", ref))
    without = await report(chats)
    nothing = await chats.tap(DESK, Act("mplace", without))
    assert "sendVenue" not in {one.method for one in (*other, *nothing)}
    assert f"amplace.{without}." not in buttons(await chats.say(DESK, f"/open {without}"))


async def report_with(chats: Chats, story: Written) -> str:
    """The reference of a report with this story."""
    async with chats.bench.write() as unit:
        return (await chats.bench.submit(unit, story=story)).report.ref


async def test_a_page_is_turned_by_whoever_holds_the_report_alone_and_keeps_it_theirs(chats: Chats) -> None:
    """A tap is work on it; another's tap shows nothing."""
    ref = await report(chats)
    await chats.say(DESK, f"/open {ref}")
    await enrol(chats, COLLEAGUE, "Teniz")
    assert STORY not in words(await chats.tap(COLLEAGUE, Act("mcard", ref, "c0")))
    chats.bench.later(5)
    await chats.tap(DESK, Act("mcard", ref, "c0"))
    async with chats.bench.read() as unit:
        found = await claims.look_up(unit, ref)
        assert found.claimed_until_hour == unit.hour + unit.settings.claim_hours
