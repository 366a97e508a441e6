"""A demo's first reports: taken in, read and decided by the services, as if months of work had gone by."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from bot.demo.cases import version
from bot.demo.fates import SEED, Fate, Plan, plans
from bot.form.draft import REVIEW
from bot.services.desk import claims, decisions, editing, team
from bot.services.desk.decisions import REASONS
from bot.services.keeping import retention
from bot.services.reports import drafting, intake, withdrawal
from bot.services.reports.states import Move
from bot.services.unit import REPORT_FORM, Unit
from bot.work import Work
from db.models import Moderator, Report

BATCH = 200
"""Acts of one unit of work."""
_FIRST_CHAT = 7_000_000_000
"""Ids of chats that no phone of a demo has."""
WRITTEN = ("en", "ru", "ru")
"""Languages of public versions, in turn."""
Steps = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Act:
    """A report that comes (`decides` false) or is dealt with."""

    at: datetime
    decides: bool
    plan: Plan


@dataclass(frozen=True, slots=True)
class _Filed:
    report_id: str
    code: str


async def fill(
    work: Work,
    number: int,
    filled: Steps = lambda _done, _all: None,
    seed: int = SEED,
    until: Callable[[], bool] = lambda: False,
    language: str | None = None,
) -> None:
    """Put so many reports into the database, in all states, over the last eighteen months: the same ones for the
    same number, seed and time. `filled` is told how many acts of how many are done. It stops between two units of
    work once `until` holds. With a `language` all of it is told and written in that one. There must be a moderator who has no form open; raises LookupError when there is
    none."""
    if number <= 0:
        return
    async with work.read() as unit:
        now = unit.now
        seed += await unit.session.scalar(select(func.count()).select_from(Report)) or 0
    wrote = (language,) if language else WRITTEN
    acts = sorted(
        _acts(plans(number, now, seed, language)), key=lambda act: (act.at, act.plan.told.number, act.decides)
    )
    filed: dict[int, _Filed] = {}
    for begun in range(0, len(acts), BATCH):
        if until():
            break
        async with work.write() as unit:
            hands = await _hands(unit)
            for act in acts[begun : begun + BATCH]:
                unit.now = act.at
                await _do(unit, act, hands, filed, wrote)
        filled(min(begun + BATCH, len(acts)), len(acts))
        await asyncio.sleep(0)
    await work.finish_erasures()


def _acts(planned: Iterable[Plan]) -> Iterator[_Act]:
    for plan in planned:
        yield _Act(plan.submitted, decides=False, plan=plan)
        if plan.fate not in {Fate.NEW, Fate.URGENT}:
            yield _Act(plan.closed, decides=True, plan=plan)


async def _hands(unit: Unit) -> Sequence[Moderator]:
    """The moderators who can write a version, since they have no form open, and behind them all the others."""
    found = await team.list_moderators(unit, active=True)
    busy = await drafting.load(unit, [one.chat_hash for one in found])
    free = [one for one in found if one.chat_hash not in busy]
    if not free:
        raise LookupError("no moderator has a free hand")
    return [*free, *(one for one in found if one.chat_hash in busy)]


async def _do(
    unit: Unit, act: _Act, hands: Sequence[Moderator], filed: dict[int, _Filed], wrote: Sequence[str]
) -> None:
    number = act.plan.told.number
    if not act.decides:
        receipt = await _submit(unit, act.plan)
        filed[number] = _Filed(receipt.report.id, receipt.code)
        return
    report = await unit.session.get_one(Report, filed[number].report_id)
    match act.plan.fate:
        case Fate.WITHDRAWN:
            await withdrawal.withdraw(unit, await intake.find_by_code(unit, filed[number].code))
        case Fate.EXPIRED:
            await retention.expire(unit, report, Move.EXPIRE)
        case Fate.CLAIMED:
            await claims.claim(unit, hands[number // 10 % len(hands)], report)
        case Fate.REJECTED:
            await claims.claim(unit, hands[0], report)
            await decisions.reject(unit, hands[0], report, REASONS[number // 10 % len(REASONS)])
        case Fate.PROPOSED:
            await _propose(unit, hands[0], report, act.plan, wrote)
            await _hand_over(unit, hands[0], hands[number // 10 % len(hands)], report)
        case Fate.APPROVED:
            await _propose(unit, hands[0], report, act.plan, wrote)
            proposal = await decisions.proposal(unit, report)
            await decisions.approve(unit, hands[0], report, proposal.proof)


async def _submit(unit: Unit, plan: Plan) -> intake.Receipt:
    told = plan.told
    chat = unit.safe.pseudonyms.chat(_FIRST_CHAT + told.number)
    filling = await drafting.start(unit, chat, REPORT_FORM, told.language)
    paper = told.answers(filling.form)
    filling.draft = replace(filling.draft, answers=paper.answers, counts=paper.counts, position=REVIEW)
    drafting.save(unit, filling)
    return await intake.submit(unit, filling)


async def _propose(
    unit: Unit, moderator: Moderator, report: Report, plan: Plan, wrote: Sequence[str]
) -> None:
    """Claim a report and write its public version."""
    await claims.claim(unit, moderator, report)
    filling = await editing.begin(unit, moderator, report, None)
    filling.row.language = wrote[plan.told.number % len(wrote)]
    draft = filling.draft
    written = version(plan.told.case, filling.row.language, draft.answers, filling.form)
    filling.draft = replace(draft, answers={**draft.answers, **written})
    drafting.save(unit, filling)
    await editing.save_edit(unit, filling)


async def _hand_over(unit: Unit, giver: Moderator, taker: Moderator, report: Report) -> None:
    if giver is not taker:
        await claims.release(unit, giver, report)
        await claims.claim(unit, taker, report)
