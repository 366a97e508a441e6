"""The ways to have a report, or what shows it, deleted; each a run from the first message to the judgement."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.local_api.client import ShownMessage
from tests.crashes.deletions.people import Desk, Quitter
from tests.crashes.deletions.trial import (
    ELSEWHERE,
    IDLE_MINUTES,
    MODERATOR,
    REPLY_HOURS,
    REPORT_DAYS,
    REPORTER,
    Trial,
)


def said(reporter: Quitter, *keys: str) -> dict[str, str]:
    """What may stand in a reporter's chat once it was cleared, beside the texts with these keys."""
    return {
        key: reporter.word(key) for key in ("reporter.left", "reporter.may_remain", "reporter.older", *keys)
    }


async def delete_everything(run: Trial) -> None:
    """In the middle of a report: /cancel, Yes."""
    await _midway(run, Quitter.cancel, "reporter.panic")


async def panic(run: Trial) -> None:
    """In the middle of a report: /panic."""
    await _midway(run, Quitter.panic, "reporter.panic")


async def _midway(run: Trial, way: Callable[[Quitter], Awaitable[None]], *keys: str) -> None:
    run.disturb()
    async with run.reporter(run.chance.randint(5, 11)) as reporter:
        await reporter.begin()
        run.arm(REPORTER)
        await way(reporter)
        await run.settle()
        run.judge(REPORTER, said(reporter, *keys))


async def clear(run: Trial) -> None:
    """The button below the receipt."""
    await _afterwards(run, Quitter.clear)


async def panic_afterwards(run: Trial) -> None:
    """/panic once the report was sent."""
    await _afterwards(run, Quitter.panic, "reporter.panic")


async def _afterwards(run: Trial, way: Callable[[Quitter], Awaitable[None]], *keys: str) -> None:
    run.disturb()
    async with run.reporter() as reporter:
        await reporter.begin()
        run.arm(REPORTER)
        await way(reporter)
        await run.settle()
        run.judge(REPORTER, said(reporter, *keys))


async def withdraw(run: Trial) -> None:
    """In the chat of the report, which a moderator may have open."""
    run.disturb()
    async with run.desk() as desk, run.reporter() as reporter:
        await reporter.begin()
        ref = run.ref()
        if run.chance.random() < 0.7:
            await desk.open(ref)
        run.arm(REPORTER, MODERATOR)
        await reporter.withdraw(reporter.code)
        run.die_when_said()
        await run.settle()
        run.judge(REPORTER, said(reporter, "reporter.withdraw.done"))
        judge_desk(run, desk, ref, "moderator.notice.withdrawn")


async def withdraw_elsewhere(run: Trial) -> None:
    """From another account, by the code alone."""
    run.disturb()
    async with run.desk() as desk, run.reporter() as reporter, run.reporter(None, ELSEWHERE) as other:
        await reporter.begin()
        other.language = reporter.language
        ref = run.ref()
        if run.chance.random() < 0.7:
            await desk.open(ref)
        await other.phone.say("/help")
        await other.phone.wait()
        run.arm(ELSEWHERE, MODERATOR)
        await other.withdraw(reporter.code)
        await run.settle()
        run.judge(ELSEWHERE, said(other, "reporter.withdraw.done"))
        judge_desk(run, desk, ref, "moderator.notice.withdrawn")


async def reject(run: Trial) -> None:
    """A moderator rejects it; a day later it is destroyed."""
    async with _opened(run) as (desk, ref):
        await desk.reject(ref)
        await run.settle(destroyed=False)
        judge_desk(run, desk, ref, "moderator.rejected")
        await run.pass_hours(26)
        await run.settle()


async def revoke(run: Trial) -> None:
    """The operator revokes the moderator who has it open. Nothing is said to somebody who was revoked."""
    async with _opened(run) as _:
        await run.bot.run("moderators", "revoke", "Aspan")
        await run.settle()
        run.judge(MODERATOR, {}, is_told=False)


async def leave(run: Trial) -> None:
    """The moderator who has it open does nothing more."""
    async with _opened(run) as (desk, ref):
        await _put_away(run, desk, ref)


@asynccontextmanager
async def _opened(run: Trial) -> AsyncIterator[tuple[Desk, str]]:
    """A moderator who has opened a report, and its reference; from then on everything fails."""
    run.disturb()
    async with run.desk() as desk, run.reporter() as reporter:
        await reporter.begin()
        ref = run.ref()
        await desk.open(ref)
        run.arm(MODERATOR)
        yield desk, ref


async def expire(run: Trial) -> None:
    """Its time is over while a moderator has it open."""
    run.disturb()
    async with run.reporter() as reporter:
        await reporter.begin()
    await run.settle(destroyed=False)
    await run.pass_hours(24 * REPORT_DAYS - 1)
    async with run.desk() as desk:
        ref = run.ref()
        await desk.open(ref)
        run.arm(MODERATOR)
        await run.pass_hours(2.1)
        await run.settle()
        judge_desk(run, desk, ref)


async def expire_unsent(run: Trial) -> None:
    """Its reporter has said nothing for three days."""
    run.disturb()
    async with run.reporter(run.chance.randint(5, 11)) as reporter:
        await reporter.begin()
    await run.settle()
    run.arm()
    await run.pass_hours(74)


async def answer(run: Trial) -> None:
    """Its reporter was asked something, and answers."""
    await _talk(run, Quitter.answer, "reporter.reply.sent")


async def skip(run: Trial) -> None:
    """The same, who does not want to answer."""
    await _talk(run, Quitter.skip, "reporter.talk.skipped")


async def want_no_more(run: Trial) -> None:
    """The same, who wants to be asked nothing more."""
    await _talk(run, Quitter.want_no_more, "reporter.talk.never.done")


async def _talk(run: Trial, way: Callable[[Quitter], Awaitable[None]], *keys: str) -> None:
    async with _asked(run) as (desk, reporter, ref):
        await way(reporter)
        await run.settle()
        run.judge(REPORTER, said(reporter, *keys))
        await _put_away(run, desk, ref)


async def withdraw_asked(run: Trial) -> None:
    """The same, who withdraws the report while the question stands open."""
    async with _asked(run) as (desk, reporter, ref):
        await reporter.withdraw(reporter.code)
        await run.settle()
        run.judge(REPORTER, said(reporter, "reporter.withdraw.done"))
        judge_desk(run, desk, ref, "moderator.notice.withdrawn")


async def withdraw_asked_elsewhere(run: Trial) -> None:
    """The same from another account: the question stands in a chat that has nothing to do with it, and leaves that."""
    async with _asked(run) as (desk, reporter, ref), run.reporter(None, ELSEWHERE) as other:
        other.language = reporter.language
        await other.withdraw(reporter.code)
        await run.settle()
        run.judge(REPORTER, said(reporter))
        run.judge(ELSEWHERE, said(other, "reporter.withdraw.done"))
        judge_desk(run, desk, ref, "moderator.notice.withdrawn")


async def leave_unanswered(run: Trial) -> None:
    """The same, who does nothing more: what stood open goes, and a notice says again that something is there."""
    async with _asked(run) as (_, reporter, _):
        await run.pass_hours(REPLY_HOURS + 1.1)
        await run.settle()
        run.judge(REPORTER, said(reporter, "reporter.talk.notice"))


@asynccontextmanager
async def _asked(run: Trial) -> AsyncIterator[tuple[Desk, Quitter, str]]:
    """A moderator has asked something, and the reporter has opened it; from then on everything fails."""
    run.disturb()
    async with run.desk() as desk, run.reporter(asks=True) as reporter:
        await reporter.begin()
        ref = run.ref()
        await desk.ask(ref, run.chance.choice(["", f"Неге {run.secret}?"]))
        await reporter.open_question()
        run.arm(REPORTER, MODERATOR)
        yield desk, reporter, ref


async def _put_away(run: Trial, desk: Desk, ref: str) -> None:
    """The moderator does nothing more; what was shown goes."""
    for _ in range(2):  # what was still owed at the end of the first is shown then
        await run.pass_hours(IDLE_MINUTES / 60 + 0.1)
        await run.settle()
    unasked = ("new", "urgent", "told", "told_urgent")
    kept = "moderator.put_away", "moderator.put_away.held", "reporter.left", "reporter.may_remain"
    judge_desk(run, desk, ref, *(f"moderator.notice.{key}" for key in unasked), *kept, all_own=False)


def judge_desk(run: Trial, desk: Desk, ref: str, *keys: str, all_own: bool = True) -> None:
    """Nothing of the report stands in the moderator's chat; `all_own`, but what the moderator wrote."""
    texts = {
        key: desk.word(key, ref=ref, refs=f"/open_{ref}")
        for key in ("moderator.left", "moderator.may_remain", *keys)
    }

    def is_harmless(shown: ShownMessage) -> bool:
        tells = run.secret in shown.text or ref in shown.text or shown.files or shown.protected
        return all_own if shown.mine else not tells

    run.judge(MODERATOR, texts, is_harmless)


Way = Callable[[Trial], Awaitable[None]]
WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        *(delete_everything, withdraw, panic, expire, withdraw_elsewhere, clear),
        *(reject, expire_unsent, revoke, panic_afterwards, leave),
        *(answer, skip, want_no_more, withdraw_asked, leave_unanswered, withdraw_asked_elsewhere),
    )
}
"""The ways by name."""
DESTROY = frozenset(
    {
        delete_everything,
        withdraw,
        panic,
        expire,
        withdraw_elsewhere,
        reject,
        expire_unsent,
        withdraw_asked,
        withdraw_asked_elsewhere,
    }
)
"""Those by which the report itself is destroyed; after the others it is there as before."""
