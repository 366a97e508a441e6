"""Acts that decide what becomes of a report."""

import random

from bot.desk.decisions import service as decisions_service
from bot.desk.people import service as people_service
from bot.reports import claims
from bot.reports.states import Status
from tests.benchmarks.growth.people import People, Took


async def approve(people: People) -> Took:
    """The moderator approves a public version that was shown."""
    async with people.bench.write() as unit:
        (moderator,) = (
            await people_service.of_chats(unit, [unit.safe.pseudonyms.chat(people.moderator)])
        ).values()
        report = (await people.bench.submit(unit)).report
        report.announced = True
        await people.bench.propose(unit, moderator, report)
        await claims.claim(unit, moderator, report)
        proof = (await decisions_service.proposal(unit, report)).proof
    return await people.act("mapprove", report.ref, proof)


async def preview(people: People) -> Took:
    """The moderator looks at a public version that waits for approval."""
    async with people.bench.write() as unit:
        (moderator,) = (
            await people_service.of_chats(unit, [unit.safe.pseudonyms.chat(people.moderator)])
        ).values()
        report = (await people.bench.submit(unit)).report
        report.announced = True
        await people.bench.propose(unit, moderator, report)
        await claims.claim(unit, moderator, report)
    took = await people.act("mpreview", report.ref, shows="mapprove")
    await people.act("mrejectyes", report.ref, "spam")
    return took


async def _opened(people: People) -> str:
    ref = random.choice(people.waiting)
    await people.say(people.moderator, f"/open {ref}")
    return ref


async def _back(people: People, ref: str) -> None:
    """A report that was rejected goes back to those that wait."""
    await people.act("mreopen", ref)
    await people.say(people.moderator, f"/release {ref}")


async def reject_asked(people: People) -> Took:
    """The moderator is asked for the reason."""
    ref = await _opened(people)
    took = await people.act("mask", ref, shows="mreject")
    await people.say(people.moderator, f"/release {ref}")
    return took


async def reject(people: People) -> Took:
    """The moderator rejects a report that waited."""
    ref = await _opened(people)
    took = await people.act("mrejectyes", ref, "spam", shows="mnext")
    await _back(people, ref)
    return took


async def reopen(people: People) -> Took:
    """The moderator opens a report again that was rejected."""
    ref = await _opened(people)
    await people.act("mrejectyes", ref, "spam")
    took = await people.act("mreopen", ref, shows="medit")
    await people.say(people.moderator, f"/release {ref}")
    return took


async def duplicate_asked(people: People) -> Took:
    """The moderator is asked which report is repeated."""
    ref = await _opened(people)
    took = await people.act("mdup", ref)
    await people.say(people.moderator, f"/release {ref}")
    return took


async def duplicate(people: People) -> Took:
    """The moderator closes a report that repeats an approved one."""
    ref = await _opened(people)
    took = await people.act("mdupof", ref, random.choice(people.approved), shows="mopen")
    await _back(people, ref)
    return took


async def asked(people: People) -> Took:
    """The moderator asks the reporter of a report that was just sent something."""
    ref = await people.sent()
    took = await people.act("masks", ref, "when")
    await people.act("mrejectyes", ref, "spam")
    return took


async def aside(people: People) -> Took:
    """The moderator sets such a report aside."""
    ref = await people.sent()
    await people.act("masks", ref, "when")
    return await people.act("maside", ref, shows="mnext")


async def correct(people: People) -> Took:
    """The moderator begins to correct what is public. It becomes what it was, past the bot."""
    ref = random.choice(people.approved)
    took = await people.act("mcorrect", ref)
    await people.say(people.moderator, f"/release {ref}")
    async with people.bench.write() as unit:
        report = await claims.find(unit, ref)
        report.status, report.closed_hour = Status.APPROVED, unit.hour
    return took


async def join_asked(people: People) -> Took:
    """The moderator is asked which incident a public report is of."""
    return await people.act("mjoin", random.choice(people.approved), shows="mkeep")


async def join(people: People) -> Took:
    """The moderator joins two public reports to an incident, and takes them out untimed."""
    ref, other = random.sample(people.approved, 2)
    took = await people.act("mjoinwith", ref, other, shows="mopen")
    for one in (ref, other):
        await people.act("munjoin", one)
    return took


async def leave(people: People) -> Took:
    """The moderator takes a report out of its incident, the last but one."""
    ref, other = random.sample(people.approved, 2)
    await people.act("mjoinwith", ref, other)
    took = await people.act("munjoin", ref)
    await people.act("munjoin", other)
    return took


async def relate(people: People) -> Took:
    """The moderator relates two public reports, and parts them untimed."""
    ref, other = random.sample(people.approved, 2)
    took = await people.act("mrelateto", ref, other)
    await people.act("munrelate", ref, other)
    return took
