"""The card: one message, whose buttons turn its pages in place."""

import re
from collections.abc import Sequence

import pytest

from bot.chat.screens.callback import Act
from bot.chat.screens.markup import width
from bot.chat.transport.sending.call import Call
from bot.form.answers import Number, Part, Written
from bot.services.desk import claims
from tests.bench import Bench
from tests.bot.chat.chats import Chats
from tests.bot.chat.moderation.test_moderation import STORY, buttons, enrol, report, words

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
    long = Written((Part(" ".join(told[:600])), Part(" ".join(told[600:]))))
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
        assert f"/open {ref}" in one.params["text"]
        assert f"amrelease.{ref}." in buttons([one])
    (beyond,) = cards(await chats.tap(DESK, Act("mcard", ref, "c999")))
    assert beyond.params["text"] == shown[-1].params["text"]
    (strange,) = cards(await chats.tap(DESK, Act("mcard", ref, "?")))
    assert strange.params["text"] == first.params["text"]


async def report_with(chats: Chats, story: Written) -> str:
    """The reference of a report with this story."""
    async with chats.bench.write() as unit:
        return (await chats.bench.submit(unit, story=story)).report.ref


async def test_a_page_is_turned_by_whoever_holds_the_report_alone_and_keeps_it_theirs(chats: Chats) -> None:
    """A tap is work on it; another's tap shows nothing."""
    ref = await report(chats, affected_exact=Number(3))
    await chats.say(DESK, f"/open {ref}")
    await enrol(chats, COLLEAGUE, "Teniz")
    assert STORY not in words(await chats.tap(COLLEAGUE, Act("mcard", ref, "c0")))
    chats.bench.later(5)
    await chats.tap(DESK, Act("mcard", ref, "c0"))
    async with chats.bench.read() as unit:
        found = await claims.find(unit, ref)
        assert found.claimed_until_hour == unit.hour + unit.settings.claim_hours
