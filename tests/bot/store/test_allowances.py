"""What a sender has asked of the bot on a day, and what is left of that afterwards."""

from sqlalchemy import select

from bot.app import retention
from bot.store import allowances
from db.models import DataKey, DayKey, SenderBucket, WaitingUpdate
from tests.bench import Bench, count

CHAT, OTHER = 7_000_000_001, 7_000_000_002


async def ask(bench: Bench, chat: int = CHAT, updates: int = 1) -> allowances.Allowance:
    """Count so many updates of a chat."""
    async with bench.write() as unit:
        crowd = await allowances.count(unit, {chat: updates})
    return crowd.by_chat[chat]


async def test_what_somebody_asks_on_a_day_adds_up(bench: Bench) -> None:
    """Each by themselves; the next day begins anew."""
    await ask(bench, updates=3)
    await ask(bench, OTHER)
    found = await ask(bench)
    async with bench.write() as unit:
        found.reports += 1
        found.guesses += 1
        allowances.note(unit, found)
    assert (await ask(bench)).updates == 5
    again = await ask(bench)
    assert (again.updates, again.reports, again.guesses) == (6, 1, 1)
    bench.later(24)
    tomorrow = await ask(bench)
    assert (tomorrow.updates, tomorrow.reports, tomorrow.guesses) == (1, 0, 0)


async def test_what_came_inside_a_report_is_told_from_the_rest(bench: Bench) -> None:
    """By what was open when it came."""
    async with bench.write() as unit:
        crowd = await allowances.count(unit, {CHAT: 2})
        crowd.by_chat[CHAT].open_now = True
        await allowances.note_reports_open(unit, crowd)
    found = await ask(bench, updates=100)
    assert (found.updates, found.outside(found.updates)) == (102, 2)
    async with bench.write() as unit:
        crowd = await allowances.count(unit, {CHAT: 5})
        crowd.by_chat[CHAT].open_now = False
        await allowances.note_reports_open(unit, crowd)
    found = await ask(bench, updates=3)
    assert (found.updates, found.outside(found.updates)) == (110, 5)


async def contents(bench: Bench) -> list[bytes]:
    """The buckets as they lie in the database."""
    async with bench.read() as unit:
        return list(await unit.session.scalars(select(SenderBucket.content).order_by(SenderBucket.number)))


async def test_nobody_can_tell_who_wrote_on_an_earlier_day(bench: Bench) -> None:
    """The key is random and gone with the day, and so is what was counted by it: no other key gives it back. On the next
    day the same person has another hash."""
    today = (await ask(bench)).sender
    bench.later(24)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["senders"] == 1
    assert not any(map(any, await contents(bench)))
    assert (await ask(bench)).sender != today
    async with bench.read() as unit:
        assert await count(unit, DayKey) == 1
        assert await count(unit, DataKey) == 1


async def test_a_new_day_reads_nothing_of_the_old_one(bench: Bench) -> None:
    """Also before the sweep: what another key sealed is empty."""
    await ask(bench, updates=5)
    bench.later(24)
    assert (await ask(bench)).updates == 1
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["senders"] == 1
    assert (await ask(bench)).updates == 2


async def test_the_key_of_a_day_comes_from_no_other_key(bench: Bench) -> None:
    """Two servers with the same settings have different ones."""
    first = (await ask(bench)).sender
    async with bench.write() as unit:
        for row in await unit.session.scalars(select(DayKey)):
            await unit.session.delete(row)
    bench.safe.day_keys.clear()
    assert (await ask(bench)).sender != first


async def test_what_is_counted_tells_neither_who_nor_how_much(bench: Bench) -> None:
    """The table is as large before anybody wrote as after many did, and every row of it as long as any other; no hash is in
    it. A bucket that gets full grows, and forgets nobody."""
    await ask(bench)
    chats = range(CHAT, CHAT + 300)
    for updates in (1, 70_000):
        async with bench.write() as unit:
            crowd = await allowances.count(unit, dict.fromkeys(chats, updates))
    found = await contents(bench)
    assert len(found) == allowances.BUCKETS
    assert len({len(content) for content in found}) == 1
    assert not [one for one in crowd.by_chat.values() for content in found if one.sender[:8] in content]
    assert {one.updates for one in crowd.by_chat.values()} == {70_001, 70_002}
    many = range(CHAT, CHAT + 40 * allowances.BUCKETS)
    async with bench.write() as unit:
        await allowances.count(unit, dict.fromkeys(many, 1))
    async with bench.write() as unit:
        crowd = await allowances.count(unit, dict.fromkeys(many, 1))
    assert {one.updates for one in crowd.by_chat.values()} == {2, 70_003, 70_004}


async def test_whoever_has_updates_that_wait_keeps_the_key_over_midnight(bench: Bench) -> None:
    """Else a message of the new day would overtake those of the old one; the day after it is replaced all the same."""
    sender = (await ask(bench)).sender
    async with bench.write() as unit:
        unit.session.add(WaitingUpdate(id=1, sender=sender, number=1, in_report=True, raw=b""))
    bench.later(24)
    async with bench.write() as unit:
        await retention.sweep(unit)
    still = await ask(bench)
    assert (still.sender, still.waits) == (sender, True)
    bench.later(24)
    assert (await ask(bench)).sender != sender


async def test_a_form_that_is_opened_counts_for_what_waits_too(bench: Bench) -> None:
    """So that the updates of one chat stay together, and in order."""
    found = await ask(bench)
    async with bench.write() as unit:
        unit.session.add(WaitingUpdate(id=1, sender=found.sender, number=1, in_report=False, raw=b""))
    async with bench.write() as unit:
        crowd = await allowances.count(unit, {CHAT: 1})
        crowd.by_chat[CHAT].open_now = True
        await allowances.note_reports_open(unit, crowd)
    async with bench.read() as unit:
        assert await unit.session.scalar(select(WaitingUpdate.in_report))
    assert (await ask(bench)).in_report
