"""What a sender has asked of the bot on a day, and what is left of that afterwards."""

from sqlalchemy import select

from bot.services import allowances
from bot.services.keeping import retention
from db.models import Allowance, DataKey, DayKey, WaitingUpdate
from tests.bench import Bench, count

CHAT, OTHER = 7_000_000_001, 7_000_000_002


async def senders(bench: Bench) -> set[bytes]:
    """The hashes of today's senders."""
    async with bench.read() as unit:
        return set(await unit.session.scalars(select(Allowance.sender)))


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
        await allowances.note_report(unit, found)
        await allowances.note_guess(unit, found)
    assert (await ask(bench)).updates == 5
    again = await ask(bench)
    assert (again.updates, again.reports, again.guesses) == (6, 1, 1)
    bench.later(24)
    tomorrow = await ask(bench)
    assert (tomorrow.updates, tomorrow.reports, tomorrow.guesses) == (1, 0, 0)


async def test_nobody_can_tell_who_wrote_on_an_earlier_day(bench: Bench) -> None:
    """The key is random and gone with the day, and so is what was counted by it: no other key gives it back. On the next
    day the same person has another hash."""
    await ask(bench)
    today = await senders(bench)
    bench.later(24)
    await ask(bench)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["senders"] == 1
    tomorrow = await senders(bench)
    assert len(today) == len(tomorrow) == 1
    assert not today & tomorrow
    async with bench.read() as unit:
        assert await count(unit, DayKey) == 1
        assert await count(unit, DataKey) == 1


async def test_the_key_of_a_day_comes_from_no_other_key(bench: Bench) -> None:
    """Two servers with the same settings have different ones."""
    await ask(bench)
    first = await senders(bench)
    async with bench.write() as unit:
        for table in (Allowance, DayKey):
            for row in await unit.session.scalars(select(table)):
                await unit.session.delete(row)
    bench.safe.day_keys.clear()
    await ask(bench)
    assert first != await senders(bench)


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
