"""The practice report: worked on like a report, marked on every screen, and in nothing that others see."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from sqlalchemy import select

from bot.app import retention
from bot.app.commands import ACTS, FOR_TEAM, Permission
from bot.chat.buttons import Act
from bot.desk.asking.service import READY
from bot.desk.decisions import service as decisions_service
from bot.desk.notices import service as notices_service
from bot.desk.notices.jobs import NEWS
from bot.desk.people import service as people_service
from bot.desk.queue.found import PendingSearch, Search
from bot.desk.queue.service import Filter, ReportScope
from bot.desk.references import PRACTICE
from bot.publish import open_data
from bot.publish.country_update import service as country_update_service
from bot.publish.country_update.request import UpdateRequest
from bot.publish.export.exports import stream
from bot.publish.export.formats import FORMATS
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ExportScope, Period, statistics
from bot.publish.statistics import PeriodLength, figures
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from bot.transport.call import Call
from db.models import Base, DataKey, DraftRow
from tests.bench import Bench, approve_proposal
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import confirmation, enrol, press, report, send

ME, OTHER = 5, 6
NAMES = ("Жаттығу", "Тренировка", "Practice")
HEAD = TEXTS.text("en", "practice.head", {"names": " · ".join(NAMES)})
TITLE, SUMMARY = "Zhattygu of a title", "Zhattygu of a summary"
SIGNS = (PRACTICE, "Zhattygu", "Mysal", "blank sheet")
"""Words of the practice report, and of what was typed about it."""
MINE = frozenset({"drafts", "data_keys", "key_slots", "free_slots", "sent_messages", "shown_chats", "outbox"})
COUNTED = frozenset({"seen_updates", "sender_buckets"})
"""Tables that a member's own open form and messages change, and those that each update changes."""


def said(calls: list[Call]) -> list[str]:
    """All messages that a member is shown."""
    return [
        str(one.params.get("text", one.attach))
        for one in calls
        if one.method in {"sendMessage", "editMessageText"}
    ]


async def practised(chats: Chats) -> list[Call]:
    """All that can be done with a practice report, whose edit is left open."""
    calls = await chats.say(ME, "/practice")
    calls += await chats.tap(ME, Act("maskq", PRACTICE))
    for name in READY:
        calls += await chats.tap(ME, Act("maskr", PRACTICE, name))
        calls += await chats.tap(ME, Act("masks", PRACTICE, name))
    calls += await chats.tap(ME, Act("mask", PRACTICE))
    calls += await chats.tap(ME, Act("mreject", PRACTICE, "spam"))
    calls += await chats.tap(ME, Act("mundo", PRACTICE))
    calls += await chats.tap(ME, Act("medit", PRACTICE))
    calls += await chats.say(ME, TITLE)
    calls += await chats.say(ME, SUMMARY)
    saved = await send(chats, ME)
    (confirmed,) = [one for one in buttons(saved) if one.startswith("amwords.")]
    calls += [*saved, *await chats.tap(ME, Act("mleave", PRACTICE, "1"))]
    previewed = await chats.tap_data(ME, confirmed)
    calls += [*previewed, *await chats.tap_data(ME, confirmation(previewed, PRACTICE))]
    return calls + await chats.tap(ME, Act("mundo", PRACTICE))


async def test_every_screen_of_it_says_practice_in_all_three_languages(chats: Chats) -> None:
    """From its first screen to its end, and when its edit is thrown away."""
    await enrol(chats, ME)
    calls = await practised(chats)
    calls += await chats.say(ME, f"/open {PRACTICE}")
    calls += await press(chats, ME, "ca", "1")
    calls += await chats.tap(ME, Act("mpractend"))
    shown = said(calls)
    assert len(shown) > 30
    assert [one for one in shown if not one.startswith(HEAD)] == []
    assert all(name in HEAD for name in NAMES)


async def test_it_is_opened_asked_about_edited_approved_and_undone(chats: Chats) -> None:
    """Its reporter answers at once; what is saved is shown as it would be exported; decisions are undone."""
    await enrol(chats, ME)
    opened = await chats.tap(ME, Act("mpractice"))
    assert "blank sheet of paper" in words(opened)
    assert not [one for one in buttons(opened) if one.startswith("ampreview")]
    asked = words(await chats.tap(ME, Act("masks", PRACTICE, "how_many")))
    assert TEXTS.text("en", "talk.ready.how_many") in asked
    assert TEXTS.text("en", "practice.answer.how_many") in asked
    nothing = TEXTS.text("en", "moderator.approve.nothing", {"ref": PRACTICE})
    assert nothing in words(await chats.tap(ME, Act("mapprove", PRACTICE)))
    await chats.tap(ME, Act("medit", PRACTICE))
    await chats.say(ME, TITLE)
    assert "not finished" in words(await chats.tap(ME, Act("mapprove", PRACTICE)))
    await chats.say(ME, SUMMARY)
    saved = words(await send(chats, ME))
    assert "in my street" in saved
    assert "speaks of themselves" in saved
    left_out = words(await chats.tap(ME, Act("mleave", PRACTICE, "1")))
    assert TITLE in left_out
    assert "in my street" not in left_out
    for act, done in (
        (Act("mapprove", PRACTICE), "approved"),
        (Act("mreject", PRACTICE, "spam"), "rejected"),
    ):
        decided = await chats.tap(ME, act)
        assert f"{PRACTICE} is {done}" in words(decided)
        assert f"amundo.{PRACTICE}." in buttons(decided)
        assert "is undone" in words(await chats.tap(ME, Act("mundo", PRACTICE)))


async def rows(bench: Bench) -> Mapping[str, list[Any]]:
    """All rows of all tables."""
    found = {}
    async with bench.read() as unit:
        for table in Base.metadata.sorted_tables:
            found[table.name] = sorted(map(repr, await unit.session.execute(select(table))))
    return found


def changed(before: Mapping[str, list[Any]], after: Mapping[str, list[Any]]) -> set[str]:
    """Tables with other rows than before."""
    return {name for name in after if after[name] != before[name]}


async def test_a_button_that_needs_a_real_report_does_nothing_in_practice(chats: Chats) -> None:
    """No verb of the desk reaches a service with the practice report's reference."""
    await enrol(chats, ME, role="admin")
    verbs = {verb for one in FOR_TEAM if one.permission is Permission.MODERATOR for verb in one.acts}
    assert len(verbs) > 50
    for verb in sorted(verbs):
        before = await rows(chats.bench)
        calls = await chats.tap(ME, Act(verb, PRACTICE, "x"))
        assert calls, verb
        assert changed(before, await rows(chats.bench)) <= MINE | COUNTED | {"erasures"}, verb


async def test_practice_changes_no_table_but_those_of_ones_own_form_and_messages(chats: Chats) -> None:
    """No report, talk, version, approval, decision, incident, export, audit entry or notice."""
    await enrol(chats, ME)
    before = await rows(chats.bench)
    await practised(chats)
    after = await rows(chats.bench)
    assert "drafts" in changed(before, after)
    assert changed(before, after) <= MINE | COUNTED


async def outputs(chats: Chats) -> Mapping[str, Any]:
    """All that others are told, sent and shown: exports, figures, lists, searches, notices and the audit log."""
    bench = chats.bench
    found: dict[str, Any] = {}
    for name in FORMATS:
        for scope in ExportScope:
            request = ExportRequest.read(name, "", "")
            async with aclosing(stream(bench.read, request, scope)) as pieces:
                found[f"export {name} {scope}"] = b"".join([piece async for piece in pieces])
    for listed in ReportScope:
        found[f"list {listed}"] = said(await chats.tap(OTHER, Act("mlist", str(Filter(listed)))))
        for sought in SIGNS:
            asked = PendingSearch(sought, str(Filter(listed)), "", "en", "")
            found[f"search {sought} {listed}"] = await Search(bench.read, chats.renderer)(
                asked.name().partition(":")[2]
            )
    for typed in TYPED:
        found[typed] = said(await chats.say(OTHER, typed))
    async with bench.read() as unit:
        found |= await told(unit)
    return found


TYPED = (
    *("/queue", "/mine", "/approved", "/incidents", "/stats", "/team", "/blocks", "/setup", "/menu"),
    *(f"/audit {PRACTICE}", "/audit Aspan", "/export history", f"/search {PRACTICE}", "/settings"),
)


async def told(unit: UnitOfWork) -> Mapping[str, Any]:
    """Figures and news."""
    year = unit.now.year
    update = UpdateRequest.read(f"{year}-01", f"{year}-11", "en", "docx")
    return {
        "figures": [repr(await figures(unit, step)) for step in PeriodLength],
        "statistics": repr(await statistics(unit, Period())),
        "open data": repr(await open_data.tally(unit, year)),
        "country update": repr(await country_update_service.composed(unit, update)),
        "news": [await news.find(unit) for news in NEWS],
        "alarms": await notices_service.standing_alarms(unit),
        "due": await decisions_service.due(unit),
        "faulty": repr(unit.safe.foreign),
    }


async def test_practice_is_in_no_export_figure_list_search_notice_or_audit_entry(chats: Chats) -> None:
    """Beside a public and a waiting report all that others get is the same as without it, in every byte."""
    await enrol(chats, OTHER, "Bota", "admin")
    async with chats.bench.write() as unit:
        admin = (await people_service.admins(unit))[0]
        public = (await chats.bench.submit(unit)).report
        await chats.bench.propose(unit, admin, public)
        await approve_proposal(unit, admin, public)
    await report(chats)
    await chats.announce()
    await enrol(chats, ME)
    before = await outputs(chats)
    await practised(chats)
    after = await outputs(chats)
    assert len(before) > 80
    assert [name for name in before if repr(before[name]) != repr(after[name])] == []
    assert [name for name in after if "Zhattygu" in repr(after[name]) and "search" not in name] == []


async def test_a_colleague_cannot_come_upon_it(chats: Chats) -> None:
    """Its reference opens a colleague's own practice report, of which nothing was typed."""
    await enrol(chats, ME)
    await enrol(chats, OTHER, "Bota")
    await practised(chats)
    shown = words(await chats.say(OTHER, f"/open {PRACTICE}"))
    assert shown.startswith(HEAD)
    assert "Zhattygu" not in shown + words(await chats.tap(OTHER, Act("medit", PRACTICE)))


async def kept(bench: Bench) -> tuple[int, int]:
    """Numbers of drafts and of data keys."""
    async with bench.read() as unit:
        found = [(await unit.session.scalars(select(table.id))).all() for table in (DraftRow, DataKey)]
        return len(found[0]), len(found[1])


async def test_it_is_destroyed_at_its_end(chats: Chats) -> None:
    """With its key, and its messages leave the chat."""
    await enrol(chats, ME)
    before = await kept(chats.bench)
    calls = await practised(chats)
    assert await kept(chats.bench) == (before[0] + 1, before[1] + 1)
    assert calls
    ended = await chats.tap(ME, Act("mpractend"))
    assert "keeps nothing of it" in words(ended)
    assert await kept(chats.bench) == before


async def test_it_is_destroyed_when_its_member_leaves(chats: Chats) -> None:
    """As open edits of reports are."""
    await enrol(chats, ME)
    before = await kept(chats.bench)
    await practised(chats)
    async with chats.bench.write() as unit:
        await people_service.revoke(unit, "Aspan")
    assert await kept(chats.bench) == before


async def test_it_is_destroyed_after_a_day(chats: Chats) -> None:
    """By the sweep, while another open form is kept for longer."""
    await enrol(chats, ME)
    before = await kept(chats.bench)
    await chats.tap(OTHER, Act("begin", "en"))
    await practised(chats)
    chats.bench.later(HOURS_A_DAY)
    assert await swept(chats.bench) == 0
    chats.bench.later(1)
    assert await swept(chats.bench) == 1
    assert await kept(chats.bench) == (before[0] + 1, before[1])


async def swept(bench: Bench) -> int:
    """Number of drafts that a sweep destroys."""
    step = retention.STEPS["drafts"]
    async with bench.write() as unit:
        return await step.act(unit, await step.find(unit, 10))


async def test_real_work_takes_the_place_of_an_open_practice(chats: Chats) -> None:
    """It is in the way of no edit, and a real edit is not destroyed by practice."""
    name = await report(chats)
    await enrol(chats, ME)
    await practised(chats)
    assert HEAD not in words(await chats.say(ME, f"/edit {name}"))
    assert f"You are editing report {name}" in words(await chats.tap(ME, Act("medit", PRACTICE)))


async def test_nobody_outside_the_team_meets_it(chats: Chats) -> None:
    """Its reference and its buttons say no more to a reporter than any other words."""
    unknown = words(await chats.say(OTHER, "/nonsense"))
    for typed in (f"/open {PRACTICE}", "/practice", f"/approve {PRACTICE}"):
        assert words(await chats.say(OTHER, typed)) == unknown
    stale = words(await chats.tap(OTHER, Act("nothing", PRACTICE)))
    for verb in sorted(ACTS):
        shown = words(await chats.tap(OTHER, Act(verb, PRACTICE)))
        assert HEAD not in shown, verb
        assert ACTS[verb].permission is Permission.ANYBODY or shown == stale, verb
    assert TEXTS.text("en", "practice.not_here") not in words(await chats.say(OTHER, f"/status {PRACTICE}"))
