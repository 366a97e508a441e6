"""A moderator's saved filters: named, sealed, offered as buttons, and theirs alone."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.notices import service as notices_service
from bot.desk.notices.service import Preferences
from bot.desk.people import service as people_service
from bot.desk.queue.found import FACETS, MOST_NAME, MOST_ROWS, MOST_SAVED
from bot.desk.queue.service import Filter, ReportScope
from bot.form.answers import Chosen
from bot.transport.call import Call
from db.models import AuditEntry, Moderator
from tests.bench import Bench, approve_proposal
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol, report

DESK, COLLEAGUE = 5, 6
WANTED = Filter(ReportScope.OPEN, urgent=True, older=3)


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """Two moderators."""
    chats = Chats(bench)
    await enrol(chats, DESK)
    await enrol(chats, COLLEAGUE, "Teniz")
    return chats


def rows(calls: Sequence[Call]) -> list[list[dict[str, Any]]]:
    """The last keyboard."""
    shown = [
        one.params["reply_markup"] for one in calls if "inline_keyboard" in one.params.get("reply_markup", {})
    ]
    found: list[list[dict[str, Any]]] = shown[-1]["inline_keyboard"]
    return found


def labels(calls: Sequence[Call]) -> list[list[str]]:
    """Labels of the last keyboard."""
    return [[one["text"] for one in row] for row in rows(calls)]


async def question(chats: Chats, wanted: Filter = WANTED) -> str:
    """The question for the name of a filter."""
    calls = await chats.tap(DESK, Act("msave", str(wanted)))
    (asked,) = [one.params["text"] for one in calls if "force_reply" in one.params.get("reply_markup", {})]
    return str(asked)


async def save(chats: Chats, wanted: Filter = WANTED, name: str = "Mine") -> list[Call]:
    """Save a filter under a name; what is shown then."""
    return await chats.reply(DESK, name, await question(chats, wanted))


async def test_a_filter_is_saved_under_a_name_and_opened_by_a_button(chats: Chats) -> None:
    """From /search, for its moderator alone; saved again it has the new name."""
    ref = await report(chats, urgent=Chosen(("yes",)))
    await report(chats)
    wanted = Filter(ReportScope.OPEN, urgent=True)
    assert f"amsave.{wanted}." in buttons(await chats.tap(DESK, Act("mfilt", str(wanted))))
    assert labels(await save(chats, wanted, "First"))[0] == ["First", "Delete"]
    assert labels(await save(chats, wanted, "  Look\nfirst "))[:-1] == [["Look first", "Delete"]]
    assert labels(await chats.say(DESK, "/search"))[-1] == ["💾 My filters", "📄 Show"]
    saved = await chats.tap(DESK, Act("msaved"))
    shown = words(await chats.tap_data(DESK, rows(saved)[0][0]["callback_data"]))
    assert "Undecided · 🔴 Urgent: 1" in shown
    assert ref in shown
    assert labels(await chats.say(COLLEAGUE, "/search"))[-1] == ["📄 Show"]
    gone = await chats.tap_data(DESK, rows(saved)[0][1]["callback_data"])
    assert TEXTS.text("en", "moderator.filters.none") in words(gone)
    assert labels(await chats.say(DESK, "/search"))[-1] == ["📄 Show"]


async def test_names_and_filters_are_sealed_and_logged_without_words(chats: Chats) -> None:
    """Beside the wishes for notices, which stay; five take as much room as one."""
    await chats.tap(DESK, Act("mquiet", "22", "8"))
    await save(chats, WANTED, "Самое срочное")
    sizes = []
    for older in range(4, 3 + MOST_SAVED):
        async with chats.bench.read() as unit:
            me = await people_service.find(unit, "Aspan")
            sizes.append(len(me.preferences or b""))
            assert "Самое".encode() not in (me.preferences or b"")
        await save(chats, Filter(ReportScope.OPEN, older=older), "Қ" * MOST_NAME)
    assert len(set(sizes)) == 1
    async with chats.bench.read() as unit:
        wished = notices_service.preferences_of(unit, await people_service.find(unit, "Aspan"))
        assert (wished.quiet, wished.filters[0]) == ((22, 8), (str(WANTED), "Самое срочное"))
        details = select(AuditEntry.detail).where(AuditEntry.act == "settings")
        assert set(await unit.session.scalars(details)) == {""}
    await chats.tap(DESK, Act("mquiet", "never"))
    async with chats.bench.read() as unit:
        wished = notices_service.preferences_of(unit, await people_service.find(unit, "Aspan"))
        assert (wished.quiet, len(wished.filters)) == (None, MOST_SAVED)


async def test_a_few_are_saved_and_what_does_not_fit_is_refused(chats: Chats) -> None:
    """A sixth, a longer name, and a filter that no form knows."""
    asked = await question(chats)
    for older in range(1, MOST_SAVED + 1):
        calls = await save(chats, Filter(older=older))
    assert len(rows(calls)) == MOST_ROWS
    refused = words(await chats.tap(DESK, Act("msave", str(WANTED)))).strip()
    assert refused == TEXTS.text("en", "moderator.filters.enough", {"n": MOST_SAVED})
    bad = TEXTS.text("en", "moderator.filters.bad", {"most": MOST_NAME, "n": MOST_SAVED})
    assert words(await chats.reply(DESK, "Sixth", asked)).strip() == bad
    assert words(await save(chats, Filter(older=1), "x" * (MOST_NAME + 1))).strip() == bad
    stale = await chats.tap(DESK, Act("msave", "wCzzzz"))
    assert TEXTS.text("en", "reporter.tap.stale") in words(stale)


def test_preferences_of_an_earlier_version_are_read() -> None:
    """Four bytes, without filters; and those of this version are read as they were written."""
    assert Preferences.read(bytes([22, 8, 255, 0])) == Preferences((22, 8))
    kept = Preferences((22, 8), 9, filters=(("wU", "Қала"),))
    assert Preferences.read(kept.packed()) == kept
    assert len(Preferences((22, 8)).packed()) == 4


async def test_the_second_vote_has_a_filter_of_its_own(chats: Chats) -> None:
    """In the queue as a button with its number, among the filters as a toggle, and in the words of a list."""
    chats.bench.settings = chats.bench.settings.model_copy(update={"approvals": 2, "approvals_named": 2})
    others = [await report(chats) for _ in range(3)]
    async with chats.bench.write() as unit:
        (me,) = await unit.session.scalars(select(Moderator).where(Moderator.alias == "Aspan"))
        found = (await chats.bench.submit(unit)).report
        await chats.bench.propose(unit, me, found)
        await approve_proposal(unit, me, found)
    queue = await chats.say(COLLEAGUE, "/queue")
    assert labels(queue)[-1] == ["🔎 Filter", "☑️ Second vote: 1"]
    shown = words(await chats.tap_data(COLLEAGUE, rows(queue)[-1][1]["callback_data"]))
    assert shown.strip().startswith("One more approval is needed: 1")
    assert found.ref in shown
    assert not [ref for ref in others if ref in shown]
    menu = await chats.say(COLLEAGUE, "/search")
    (toggle,) = [one for row in rows(menu) for one in row if one["text"] == "☑️ Second vote · 1"]
    shown = words(await chats.tap_data(COLLEAGUE, toggle["callback_data"]))
    assert "All · ☑️ Second vote: 1" in shown
    assert found.ref in shown


async def test_filters_and_their_choices_fit_above_the_thumb(chats: Chats) -> None:
    """Six rows at most, however many categories and regions have reports; further pages show the rest, each once."""
    form = chats.bench.forms["report"]
    kinds, places = [[one.name for one in form.by_role[role].choices] for role in ("category", "region")]
    for kind, place in zip((kinds * 3)[: len(places)], places, strict=True):
        await report(chats, category=Chosen((kind,)), region=Chosen((place,)))
    await save(chats, Filter(ReportScope.ALL, older=1))
    for typed in ("/search", "/queue", "/mine"):
        assert len(rows(await chats.say(DESK, typed))) <= MOST_ROWS
    for facet, all_ in zip(FACETS, (8, len(kinds), len(places), 0, 0), strict=True):
        seen: list[str] = []
        data: str | None = f"amfilt.x.{facet}"
        while data is not None:
            keyboard = rows(await chats.tap_data(DESK, data))
            assert len(keyboard) <= MOST_ROWS, facet
            seen += [one["callback_data"] for row in keyboard[:-1] for one in row]
            further = [one["callback_data"] for one in keyboard[-1] if f".{facet}-" in one["callback_data"]]
            data = further[0] if further else None
        assert len(set(seen)) == len(seen) >= all_, facet
    grades: list[str] = []
    data = "amgrades.."
    while data is not None:
        keyboard = rows(await chats.tap_data(DESK, data))
        assert len(keyboard) <= MOST_ROWS
        grades += [one["text"] for row in keyboard[:-1] for one in row]
        data = next(
            (one["callback_data"] for one in keyboard[-1] if one["callback_data"][:9] == "amgrades."), None
        )
    assert len(set(grades)) == len(grades) > MOST_ROWS
