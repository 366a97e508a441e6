"""What else the card's message can show: the report's history, and reports that may tell of the same event."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.card import service as card_service
from bot.desk.people import service as people_service
from bot.form.answers import Chosen, Precision, When
from bot.reports import claims
from bot.store import audit
from db.models import AuditEntry
from tests.bench import Bench, text
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.chat.moderating import enrol
from tests.plans import growing, planned

DESK, COLLEAGUE = 5, 6
STORY = "Three people were held at the akimat for an hour after they unrolled a poster about clean water"
NEARLY = (
    "three people were held at the akimat for an hour, after they had unrolled a poster about clean water!"
)
OTHER = "Редактору сайта запретили выезд из страны"
SECRET = "Aigerim"


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """A bot without a network, and two moderators."""
    chats = Chats(bench)
    await enrol(chats, DESK)
    await enrol(chats, COLLEAGUE, "Teniz")
    return chats


def day(start: str | None) -> When | None:
    """A day, a month, or no date."""
    if start is None:
        return None
    is_day = len(start) == len("2024-03-08")
    return When(Precision.DAY, start, start) if is_day else When(Precision.MONTH, start)


async def told(chats: Chats, story: str, when: str | None = "2024-03-08", **more: Any) -> str:
    """The reference of a report with this story and date."""
    async with chats.bench.write() as unit:
        return (
            await chats.bench.submit(unit, **{"story": text(story), "when": day(when), **more})
        ).report.ref


async def view(chats: Chats, ref: str, place: str, chat: int = DESK) -> str:
    """What a view says, in place of the card."""
    calls = await chats.tap(chat, Act("mcard", ref, place))
    (edit,) = [call for call in calls if call.method == "editMessageText"]
    assert edit.protect
    assert f"amcard.{ref}.c0" in buttons([edit])
    return str(edit.params["text"])


async def test_the_history_says_who_did_what_newest_first(chats: Chats) -> None:
    """In words, to the hour; of another report's acts nothing. What has no words stands as it is in the log."""
    ref, other = await told(chats, STORY), await told(chats, OTHER)
    await chats.say(COLLEAGUE, f"/open {other}")
    await chats.say(DESK, f"/open {ref}")
    chats.bench.later(3)
    await chats.tap(DESK, Act("mcheck", ref, "date"))
    async with chats.bench.write() as unit:
        await audit.record(unit, "Aspan", "strange", ref, "code")
    lines = (await view(chats, ref, "h0")).split("\n\n")[1].split("\n")
    assert lines == [
        "less than an hour · Aspan: strange · code",
        "less than an hour · Aspan: ticked · The date fits",
        "3\u00a0hours · Aspan: claimed and opened",
        "3\u00a0hours · reporter: sent a report",
    ]


async def test_a_long_history_is_bounded_and_read_by_its_index(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever works on a report for long does not make its view slow."""
    ref = await told(chats, STORY)
    await chats.say(DESK, f"/open {ref}")
    monkeypatch.setattr(card_service, "MOST_HISTORY", 1)
    shown = await view(chats, ref, "h0")
    assert "claimed" in shown
    assert "sent a report" not in shown
    assert "Only the newest 1" in shown


async def test_reports_of_one_event_are_told_apart_from_others_by_place_date_kind_and_words(
    chats: Chats,
) -> None:
    """The most alike first, each with why; of other regions, days and kinds nothing, nor of what was destroyed."""
    ref = await told(chats, STORY)
    same_words = await told(chats, NEARLY)
    same_event = await told(chats, OTHER)
    near = await told(chats, NEARLY, "2024-03-10", category=Chosen(("assembly",)))
    month = await told(chats, NEARLY, "2024-03")
    for unlike in (
        {"when": "2024-03-20", "story": NEARLY},
        {"story": NEARLY, "region": Chosen(("KZ-71",))},
        {"story": OTHER, "category": Chosen(("assembly",)), "violations": None},
        {"story": OTHER, "when": "2024-03-09"},
    ):
        await told(chats, **unlike)
    await chats.say(DESK, f"/open {ref}")
    shown = await view(chats, ref, "s0")
    found = re.findall(r"\bR[0-9A-Z]{5}\b", shown.partition("\n\n")[2])
    assert (found[0], set(found[1:3]), found[3:]) == (same_words, {near, month}, [same_event])
    why = {part.split(" · ")[0]: part.split("\n")[1] for part in shown.split("\n\n")[1:-1]}
    assert why[same_words] == "same date, same kind, nearly the same words"
    assert why[near] == "near date, nearly the same words"
    assert why[same_event] == "same date, same kind"
    assert "poster" not in shown
    async with chats.bench.read() as unit:
        query = (
            select(AuditEntry.actor, AuditEntry.subject, AuditEntry.detail)
            .order_by(AuditEntry.id)
            .where(AuditEntry.act == "similar")
        )
        assert [tuple(row) for row in await unit.session.execute(query)] == [("Aspan", ref, "4")]


async def test_a_report_that_is_set_aside_is_among_those_that_are_alike(chats: Chats) -> None:
    """And said to wait for its answer."""
    ref, other = await told(chats, STORY), await told(chats, NEARLY)
    await chats.say(COLLEAGUE, f"/open {other}")
    await chats.tap(COLLEAGUE, Act("masks", other, "when"))
    await chats.tap(COLLEAGUE, Act("maside", other))
    await chats.say(DESK, f"/open {ref}")
    assert f"{other} · waits for an answer" in await view(chats, ref, "s0")


async def test_nothing_is_compared_but_what_moderators_may_read(chats: Chats) -> None:
    """A sealed name makes no two reports alike; a colleague who does not hold the report is shown nothing."""
    name: dict[str, Any] = {"depth": Chosen(("full",)), "affected_name": text(SECRET)}
    ref = await told(chats, OTHER, **name)
    await told(chats, STORY, "2024-03-10", **name)
    await chats.say(DESK, f"/open {ref}")
    assert "Nothing alike" in await view(chats, ref, "s0")
    other = words(await chats.tap(COLLEAGUE, Act("mcard", ref, "s0")))
    assert "Nothing alike" not in other


async def test_only_so_many_are_compared_each_by_an_index(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest of a date; neither this nor the history reads or sorts more than what is shown."""
    monkeypatch.setattr(card_service, "MOST_OF_A_DATE", 2)
    ref, seen = await told(chats, STORY), []
    for _ in range(5):
        chats.bench.later(1)
        seen.append(await told(chats, NEARLY))
    await chats.say(DESK, f"/open {ref}")
    shown = await view(chats, ref, "s0")
    assert [one in shown for one in seen[2:]] == [False, True, True]
    dateless = await told(chats, STORY, None)
    async with planned(chats.bench.database) as plans, chats.bench.write() as unit:
        (moderator, *_) = await people_service.list_moderators(unit)
        for one in (ref, dateless):
            report = await claims.find(unit, one)
            await card_service.similar_to(unit, moderator, report)
            await card_service.history_of(unit, report)
    assert growing(plans) == []
