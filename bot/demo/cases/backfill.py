"""Backfill: made-up reports of eighteen months, submitted and decided through the services."""

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select

from bot.app import retention
from bot.app.work import Work
from bot.demo.cases.stories import Testimony, all_cases, answer_to_question, public_answers, urgent_cases
from bot.desk.asking import service as asking_service
from bot.desk.decisions import service as decisions_service
from bot.desk.decisions.service import REJECTION_REASONS
from bot.desk.people import service as people_service
from bot.desk.publishing import service as publishing_service
from bot.form.answers import TextPart, Written
from bot.form.draft import REVIEW
from bot.reports import claims, withdrawal
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.store import drafting
from bot.store.unit import REPORT_FORM, UnitOfWork
from db.models import Moderator, Report

_FIRST_CHAT = 7_000_000_000
"""Start of chat ids that no demo phone uses."""


async def submit(unit: UnitOfWork, testimony: Testimony) -> receipts_service.Receipt:
    """Submit a report without notifying anyone, since it is an old one."""
    chat = unit.safe.pseudonyms.chat(_FIRST_CHAT + testimony.number)
    filling = await drafting.start(unit, chat, REPORT_FORM, testimony.language)
    sheet = testimony.answers(filling.form)
    filling.draft = replace(filling.draft, answers=sheet.answers, counts=sheet.counts, position=REVIEW)
    drafting.save(unit, filling)
    receipt = await receipts_service.submit(unit, filling)
    receipt.report.announced = True
    return receipt


async def answer(unit: UnitOfWork, report: Report, testimony: Testimony) -> None:
    """Answer a question by receipt code, without notifying anyone."""
    chat = unit.safe.pseudonyms.chat(_FIRST_CHAT + testimony.number)
    asked = await messages.unanswered(unit, report)
    reply = await talk_service.begin(unit, chat, report, report.language, asked)
    said = Written((TextPart(answer_to_question(testimony)),))
    reply.draft = reply.draft.changed(answers={**reply.draft.answers, talk_service.WORDS: said})
    await talk_service.take(unit, reply)
    report.untold = False


async def ask(unit: UnitOfWork, moderator: Moderator, report: Report, name: str) -> None:
    await asking_service.ask_ready(unit, moderator, report, name)


async def propose(
    unit: UnitOfWork, moderator: Moderator, report: Report, testimony: Testimony, language: str
) -> None:
    await claims.claim(unit, moderator, report)
    filling = await publishing_service.begin(unit, moderator, report, None)
    filling.row.language = language
    draft = filling.draft
    written = public_answers(testimony.case, language, draft.answers, filling.form)
    filling.draft = replace(draft, answers={**draft.answers, **written})
    drafting.save(unit, filling)
    await publishing_service.save_edit(unit, filling)


async def approve(unit: UnitOfWork, people: Sequence[Moderator], report: Report) -> None:
    """Approve a proposed version and the reporter's own words, in turn until it is public."""
    for moderator in people:
        await claims.claim(unit, moderator, report)
        proposal = await decisions_service.proposal(unit, report)
        if proposal.words:
            proof = decisions_service.words_proof(unit, proposal, proposal.words)
            await decisions_service.confirm_words(unit, moderator, report, proposal, proposal.words, proof)
            proposal = await decisions_service.proposal(unit, report)
        outcome = await decisions_service.approve(unit, moderator, report, proposal.proof)
        if outcome.is_public:
            return


async def hand_over(unit: UnitOfWork, giver: Moderator, taker: Moderator, report: Report) -> None:
    if giver is not taker:
        await claims.release(unit, giver, report)
        await claims.claim(unit, taker, report)


SEED = 20_260_101
DAYS = 548


class PlannedState(StrEnum):
    NEW = "new"
    URGENT = "urgent"
    CLAIMED = "claimed"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PlannedTalk(StrEnum):
    """Talk about an undecided report. AWAITED reports are set aside until the answer."""

    NONE = "none"
    ASKED = "asked"
    AWAITED = "awaited"
    ANSWERED = "answered"


# Assigned in turn by a report's number. The lengths share no divisor, so every combination occurs.
_STATES = (
    PlannedState.NEW, PlannedState.APPROVED, PlannedState.CLAIMED, PlannedState.APPROVED, PlannedState.PROPOSED,
    PlannedState.APPROVED, PlannedState.URGENT, PlannedState.REJECTED, PlannedState.APPROVED,
    PlannedState.WITHDRAWN, PlannedState.EXPIRED,
)  # fmt: skip
_CONSENTS = (
    "publish_no_names", "share_trusted", "publish_no_names", "statistics_only",
    "publish_no_names", "publish_no_names", "share_trusted",
)  # fmt: skip
# In turn for each further report of the state.
_TALKS = {
    PlannedState.NEW: (PlannedTalk.ASKED, PlannedTalk.AWAITED, PlannedTalk.ANSWERED),
    PlannedState.CLAIMED: (PlannedTalk.ANSWERED, PlannedTalk.ASKED, PlannedTalk.NONE),
}
_LANGUAGES = ("kk", "ru", "kk", "ru", "en", "kk", "ru", "kk", "ru")

_DAYS_OPEN = {
    PlannedState.NEW: 20, PlannedState.CLAIMED: 12, PlannedState.PROPOSED: 12, PlannedState.URGENT: 1,
}  # fmt: skip
_DAYS_REJECTED = 25
"""Maximum age in days of most rejections, since the content of older ones is destroyed."""
_DAYS_KEPT = 366
"""Retention in days. An undecided report has expired by then."""
_HOURS_HELD = 6
_HOURS_UNASKED = 5
"""Hours between a new report and a moderator's question, where time allows."""


@dataclass(frozen=True, slots=True)
class CasePlan:
    testimony: Testimony
    state: PlannedState
    submitted: datetime
    decided: datetime
    talk: PlannedTalk


def plans(number: int, now: datetime, seed: int = SEED, language: str | None = None) -> Iterator[CasePlan]:
    """Plans spread over DAYS, ending an hour before `now`, all in `language` if given."""
    spoken = (language,) if language else _LANGUAGES
    return (_plan(one, now, random.Random(f"{seed}:{one}"), spoken) for one in range(number))  # noqa: S311 - no secrets


def _plan(number: int, now: datetime, rng: random.Random, spoken: Sequence[str]) -> CasePlan:
    state = _STATES[number % len(_STATES)]
    submitted, decided = _times(state, now, rng)
    cases = urgent_cases() if state is PlannedState.URGENT else all_cases()
    testimony = Testimony(
        case=cases[number % len(cases)],
        number=number,
        language=spoken[number % len(spoken)],
        day=submitted.date(),
        consent=_CONSENTS[number % len(_CONSENTS)],
        urgent=state is PlannedState.URGENT,
        full=rng.random() < 0.6,
        rng=rng,
    )
    talks = _TALKS.get(state, (PlannedTalk.NONE,))
    return CasePlan(testimony, state, submitted, decided, talks[number // len(_STATES) % len(talks)])


def _times(state: PlannedState, now: datetime, rng: random.Random) -> tuple[datetime, datetime]:
    latest = now - timedelta(hours=1)
    if state in {PlannedState.CLAIMED, PlannedState.PROPOSED}:
        claimed = latest - timedelta(hours=rng.randrange(_HOURS_HELD))
        return claimed - timedelta(hours=rng.randrange(24 * _DAYS_OPEN[state])), claimed
    if state is PlannedState.EXPIRED:
        submitted = latest - timedelta(days=_DAYS_KEPT, hours=rng.randrange(24 * (DAYS - _DAYS_KEPT)))
        return submitted, submitted + timedelta(days=_DAYS_KEPT)
    if state in _DAYS_OPEN:
        submitted = latest - timedelta(hours=rng.randrange(24 * _DAYS_OPEN[state]))
        return submitted, min(submitted + timedelta(hours=_HOURS_UNASKED), latest)
    recent = state is PlannedState.REJECTED and rng.random() < 0.7
    decided = latest - timedelta(hours=rng.randrange(24 * (_DAYS_REJECTED if recent else DAYS - 10)))
    return decided - timedelta(hours=rng.randrange(24 * 10)), decided


OnProgress = Callable[[int, int], None]
_STEPS_PER_UNIT = 50
"""Small enough to notice a signal within a second: it is checked between units of work."""
_PUBLIC_LANGUAGES = ("en", "ru", "ru")


@dataclass(frozen=True, slots=True)
class _PlanStep:
    """Submission of a report, or with `decides` its later decision."""

    at: datetime
    decides: bool
    plan: CasePlan


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


def _steps(planned: Iterable[CasePlan]) -> Iterator[_PlanStep]:
    for plan in planned:
        yield _PlanStep(plan.submitted, decides=False, plan=plan)
        is_untouched = plan.state in {PlannedState.NEW, PlannedState.URGENT}
        if not is_untouched or plan.talk is not PlannedTalk.NONE:
            yield _PlanStep(plan.decided, decides=True, plan=plan)


async def _people(unit: UnitOfWork) -> Sequence[Moderator]:
    found = await people_service.reviewers(unit)
    busy = await drafting.load(unit, [one.chat_hash for one in found])
    free = [one for one in found if one.chat_hash not in busy]
    if not free:
        raise LookupError("no moderator is free")
    return [*free, *(one for one in found if one.chat_hash in busy)]


async def _take(
    unit: UnitOfWork,
    step: _PlanStep,
    people: Sequence[Moderator],
    filed: dict[int, _Filed],
    languages: Sequence[str],
) -> None:
    number = step.plan.testimony.number
    if not step.decides:
        receipt = await submit(unit, step.plan.testimony)
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
            await withdrawal.withdraw(unit, await receipts_service.find_by_code(unit, filed[number].code))
        case PlannedState.EXPIRED:
            await retention.expire_all(unit, [report])
        case PlannedState.CLAIMED:
            await claims.claim(unit, people[turn % len(people)], report)
            await _talk(unit, people[turn % len(people)], report, step.plan)
        case PlannedState.REJECTED:
            await claims.claim(unit, people[0], report)
            await decisions_service.reject(
                unit, people[0], report, REJECTION_REASONS[turn % len(REJECTION_REASONS)]
            )
        case PlannedState.PROPOSED:
            await propose(unit, people[0], report, step.plan.testimony, language)
            await hand_over(unit, people[0], people[turn % len(people)], report)
        case PlannedState.APPROVED:
            await propose(unit, people[0], report, step.plan.testimony, language)
            await approve(unit, people, report)


async def _let_go(unit: UnitOfWork, moderator: Moderator, report: Report, plan: CasePlan) -> None:
    if plan.talk is PlannedTalk.AWAITED:
        await decisions_service.set_aside(unit, moderator, report)
    else:
        await claims.release(unit, moderator, report)


async def _talk(unit: UnitOfWork, moderator: Moderator, report: Report, plan: CasePlan) -> None:
    if plan.talk is PlannedTalk.NONE:
        return
    is_answered = plan.talk is PlannedTalk.ANSWERED
    await ask(unit, moderator, report, "safe" if is_answered else "evidence")
    if is_answered:
        await answer(unit, report, plan.testimony)
