"""Backfill: made-up reports of eighteen months, submitted and decided through the services."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bot.demo.cases import filing
from bot.demo.cases.plans import SEED, Plan, PlannedState, PlannedTalk, plans
from bot.services.desk import claims
from bot.services.desk.decisions import rejection, setting_aside
from bot.services.desk.decisions.rejection import REASONS
from bot.services.desk.people import team
from bot.services.keeping import retention
from bot.services.reports import intake, withdrawal
from bot.services.reports.drafts import drafting
from bot.services.reports.states import Move
from bot.services.unit import Unit
from bot.work import Work
from db.models import Moderator, Report

OnProgress = Callable[[int, int], None]
_STEPS_PER_UNIT = 50
"""Small enough to notice a signal within a second: it is checked between units of work."""
_PUBLIC_LANGUAGES = ("en", "ru", "ru")


@dataclass(frozen=True, slots=True)
class _PlanStep:
    """Submission of a report, or with `decides` its later decision."""

    at: datetime
    decides: bool
    plan: Plan


@dataclass(frozen=True, slots=True)
class _Filed:
    report_id: str
    code: str


async def backfill(
    work: Work,
    number: int,
    on_progress: OnProgress = lambda _done, _total: None,
    seed: int = SEED,
    until: Callable[[], bool] = lambda: False,
    language: str | None = None,
) -> None:
    """Add `number` reports in all states to the database.

    Deterministic for a number, seed, time and count of existing reports. Stops between units of work once
    `until` holds. All texts are in `language` if given. Raises LookupError when every moderator has a form
    open.
    """
    if number <= 0:
        return
    async with work.read() as unit:
        now = unit.now
        seed += await unit.session.scalar(select(func.count()).select_from(Report)) or 0
    languages = (language,) if language else _PUBLIC_LANGUAGES
    steps = sorted(
        _steps(plans(number, now, seed, language)),
        key=lambda step: (step.at, step.plan.testimony.number, step.decides),
    )
    filed: dict[int, _Filed] = {}
    for begun in range(0, len(steps), _STEPS_PER_UNIT):
        if until():
            break
        async with work.write() as unit:
            people = await _people(unit)
            for step in steps[begun : begun + _STEPS_PER_UNIT]:
                unit.now = step.at
                await _take(unit, step, people, filed, languages)
        on_progress(min(begun + _STEPS_PER_UNIT, len(steps)), len(steps))
        await asyncio.sleep(0)  # let other tasks and signals run
    await work.finish_erasures()


def _steps(planned: Iterable[Plan]) -> Iterator[_PlanStep]:
    for plan in planned:
        yield _PlanStep(plan.submitted, decides=False, plan=plan)
        is_untouched = plan.state in {PlannedState.NEW, PlannedState.URGENT}
        if not is_untouched or plan.talk is not PlannedTalk.NONE:
            yield _PlanStep(plan.decided, decides=True, plan=plan)


async def _people(unit: Unit) -> Sequence[Moderator]:
    found = await team.reviewers(unit)
    busy = await drafting.load(unit, [one.chat_hash for one in found])
    free = [one for one in found if one.chat_hash not in busy]
    if not free:
        raise LookupError("no moderator is free")
    return [*free, *(one for one in found if one.chat_hash in busy)]


async def _take(
    unit: Unit,
    step: _PlanStep,
    people: Sequence[Moderator],
    filed: dict[int, _Filed],
    languages: Sequence[str],
) -> None:
    number = step.plan.testimony.number
    if not step.decides:
        receipt = await filing.submit(unit, step.plan.testimony)
        filed[number] = _Filed(receipt.report.id, receipt.code)
        return
    report = await unit.session.get_one(Report, filed[number].report_id)
    language = languages[number % len(languages)]
    turn = number // 10  # slower than the number, which already determines state and consent
    match step.plan.state:
        case PlannedState.NEW:
            await _talk(unit, people[0], report, step.plan)
            await _let_go(unit, people[0], report, step.plan)
        case PlannedState.WITHDRAWN:
            await withdrawal.withdraw(unit, await intake.find_by_code(unit, filed[number].code))
        case PlannedState.EXPIRED:
            await retention.expire(unit, report, Move.EXPIRE)
        case PlannedState.CLAIMED:
            await claims.claim(unit, people[turn % len(people)], report)
            await _talk(unit, people[turn % len(people)], report, step.plan)
        case PlannedState.REJECTED:
            await claims.claim(unit, people[0], report)
            await rejection.reject(unit, people[0], report, REASONS[turn % len(REASONS)])
        case PlannedState.PROPOSED:
            await filing.propose(unit, people[0], report, step.plan.testimony, language)
            await filing.hand_over(unit, people[0], people[turn % len(people)], report)
        case PlannedState.APPROVED:
            await filing.propose(unit, people[0], report, step.plan.testimony, language)
            await filing.approve(unit, people, report)


async def _let_go(unit: Unit, moderator: Moderator, report: Report, plan: Plan) -> None:
    if plan.talk is PlannedTalk.AWAITED:
        await setting_aside.set_aside(unit, moderator, report)
    else:
        await claims.release(unit, moderator, report)


async def _talk(unit: Unit, moderator: Moderator, report: Report, plan: Plan) -> None:
    if plan.talk is PlannedTalk.NONE:
        return
    is_answered = plan.talk is PlannedTalk.ANSWERED
    await filing.ask(unit, moderator, report, "safe" if is_answered else "evidence")
    if is_answered:
        await filing.answer(unit, report, plan.testimony)
