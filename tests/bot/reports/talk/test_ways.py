"""The ways back to reporters: kept only with consent, found by nobody else, destroyed whenever they are no longer wanted."""

from sqlalchemy import select

from bot.desk.decisions import service as decisions_service
from bot.reports import claims, withdrawal
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import ways
from db.models import Report, WayBack
from tests.bench import Bench, count, opens
from tests.bot.reports.talking import ME, OTHER, begun


async def rows(bench: Bench) -> list[WayBack]:
    """All ways."""
    async with bench.read() as unit:
        return list(await unit.session.scalars(select(WayBack)))


async def test_a_chat_is_kept_only_of_a_reporter_who_agrees(bench: Bench) -> None:
    """Whoever says no, or nothing, is not kept."""
    await begun(bench, None)
    async with bench.write() as unit:
        await bench.submit(unit, ME, consent_ask=None)
    assert await rows(bench) == []
    talk = await begun(bench)
    assert await talk.ways() == [ME]


async def test_no_row_tells_which_chat_it_leads_to_nor_which_belong_together(bench: Bench) -> None:
    """The ways of one chat have different hashes, of which none is the chat's; all rows are of one size."""
    for chat in (ME, ME, OTHER, ME):
        await begun(bench, chat)
    found = await rows(bench)
    hashes = {row.chat_hash for row in found}
    assert len(hashes) == 4
    assert not hashes & {bench.safe.pseudonyms.chat(chat) for chat in (ME, OTHER)}
    assert len({len(row.address) for row in found}) == 1
    assert not [row for row in found if str(ME).encode() in row.address]


async def test_one_way_too_many_takes_the_place_of_the_one_that_ends_first(bench: Bench) -> None:
    """A chat has at most eight."""
    first = await begun(bench)
    bench.later(24)
    others = [await begun(bench) for _ in range(ways.MOST_OF_A_CHAT)]
    assert await first.ways() == []
    assert [await one.ways() for one in others] == [[ME]] * ways.MOST_OF_A_CHAT
    assert len(await rows(bench)) == ways.MOST_OF_A_CHAT


async def test_a_way_is_found_by_the_part_of_its_own_code(bench: Bench) -> None:
    """Or without one once its reporter keeps none; of the others nothing changes."""
    kept, dropped = await begun(bench), await begun(bench)
    async with bench.write() as unit:
        for code in (kept.code, kept.code[-4:]):
            assert (await ways.proved(unit, ME, code, None)).row.report_id == kept.receipt.report.id
        check = receipts_service.check_of(unit, dropped.code)
        assert await ways.keeps_no_code(unit, ME, check)
        assert not await ways.keeps_no_code(unit, OTHER, check)
    async with bench.read() as unit:
        parts = {way.row.report_id: way.part for way in await ways.of_chats(unit, [ME])}
    assert parts[dropped.receipt.report.id] is None
    assert parts[kept.receipt.report.id] is not None
    assert len({len(row.address) for row in await rows(bench)}) == 1


async def test_a_way_ends_days_after_the_last_word_or_the_decision(bench: Bench) -> None:
    """It leads nowhere from the day after on, and the sweep destroys it with its key."""
    talk, decided = await begun(bench), await begun(bench)
    days = bench.settings.talk_days
    bench.later(24 * days)
    await talk.ask("when")
    async with bench.write() as unit:
        moderator, report = await decided._desk(unit)
        await claims.claim(unit, moderator, report)
        await decisions_service.reject(unit, moderator, report, "spam")
        assert await ways.over(unit, 9) == []
    bench.later(24 * days)
    assert (await talk.ways(), await decided.ways()) == ([ME], [ME])
    bench.later(24)
    assert (await talk.ways(), await decided.ways()) == ([], [])
    keys = [row.data_key_id for row in await rows(bench)]
    async with bench.write() as unit:
        assert await ways.expire(unit, await ways.over(unit, 9)) == 2
        assert unit.erased
        assert not any(await opens(unit, *keys))


async def test_a_way_goes_with_its_report_and_with_its_key(bench: Bench) -> None:
    """Once the report is withdrawn, or the ring has lost what opens the address."""
    talk, other = await begun(bench), await begun(bench, OTHER)
    async with bench.write() as unit:
        report = await unit.session.get(Report, talk.receipt.report.id)
        assert report is not None
        await withdrawal.withdraw(unit, report)
        assert await count(unit, WayBack) == 1
    bench.change_ring()
    assert await other.ways() == []
    async with bench.write() as unit:
        assert await ways.of_chats(unit, [OTHER]) == []
        assert [way for way, _ in await ways.take_due(unit, await ways.due(unit))] == []


async def test_ways_that_are_due_are_told_once_and_taken_back_in_between(bench: Bench) -> None:
    """Nobody is told whose consent went between the look and the telling."""
    talk, gone = await begun(bench), await begun(bench, OTHER)
    await talk.ask("when")
    await gone.ask("when")
    async with bench.read() as unit:
        due = await ways.due(unit)
    assert len(due) == 2
    async with bench.write() as unit:
        assert await ways.forget_chat(unit, OTHER) == 1
    async with bench.write() as unit:
        assert [way.chat_id for way, _ in await ways.take_due(unit, due)] == [ME]
        assert unit.erased
    async with bench.write() as unit:
        assert await ways.take_due(unit, due) == []


async def test_a_chat_is_told_though_its_older_way_stands_under_a_lost_lookup_key(bench: Bench) -> None:
    """It has ways under two hashes then. What told of the older is remembered, and the newer is told of in its place."""
    older = await begun(bench)
    async with bench.write() as unit:
        (row,) = await unit.session.scalars(select(WayBack))
        row.chat_hash = b"of another key".ljust(len(row.chat_hash))
    newer = await begun(bench, chats=older.chats)
    await older.ask("when")
    assert [call.params["chat_id"] for call in await older.notices()] == [ME]
    (number,) = await older.deliver()
    async with bench.read() as unit:
        found = [await ways.of_report(unit, await one.report()) for one in (older, newer)]
    assert [one.notice for one in found if one is not None] == [number, None]
