"""Made-up reports, submitted and decided through the services: a backfill of eighteen months, and a stock
with a report for each action of a team."""

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select

from bot.app import retention
from bot.app.work import Work
from bot.demo.stories import Testimony, all_cases, answer_to_question, note_in, public_answers, urgent_cases
from bot.desk.asking import service as asking_service
from bot.desk.card import service as card_service
from bot.desk.decisions import incidents
from bot.desk.decisions import service as decisions_service
from bot.desk.decisions.service import REJECTION_REASONS
from bot.desk.people import service as people_service
from bot.desk.publishing import service as publishing_service
from bot.form.answers import Precision, TextPart, When, Written
from bot.form.draft import REVIEW
from bot.reports import claims, withdrawal
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.store import drafting
from bot.store.unit import REPORT_FORM, Role, UnitOfWork
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


_PlanStep = tuple[datetime, int, bool, CasePlan]
"""Time and number of a report, whether it is decided or else submitted, and its plan."""


async def backfill(
    work: Work,
    number: int,
    on_progress: OnProgress = lambda _done, _total: None,
    until: Callable[[], bool] = lambda: False,
    language: str | None = None,
) -> None:
    """Add `number` reports in all states to the database, deterministic for the number, time and count of
    existing reports. Stops between units of work once `until` holds. All texts are in `language` if given.
    Raises LookupError when every moderator has a form open."""
    if number <= 0:
        return
    async with work.read() as unit:
        now = unit.now
        seed = SEED + (await unit.session.scalar(select(func.count()).select_from(Report)) or 0)
    languages = (language,) if language else _PUBLIC_LANGUAGES
    steps = sorted(_steps(plans(number, now, seed, language)))
    filed: dict[int, tuple[str, str]] = {}
    for begun in range(0, len(steps), _STEPS_PER_UNIT):
        if until():
            break
        async with work.write() as unit:
            people = await _people(unit)
            for at, place, decides, plan in steps[begun : begun + _STEPS_PER_UNIT]:
                unit.now = at
                if decides:
                    await _decide(unit, plan, people, *filed[place], languages[place % len(languages)])
                else:
                    receipt = await submit(unit, plan.testimony)
                    filed[place] = receipt.report.id, receipt.code
        on_progress(min(begun + _STEPS_PER_UNIT, len(steps)), len(steps))
        await asyncio.sleep(0)  # let other tasks and signals run
    await work.finish_erasures()


def _steps(planned: Iterable[CasePlan]) -> Iterator[_PlanStep]:
    for plan in planned:
        yield plan.submitted, plan.testimony.number, False, plan
        is_untouched = plan.state in {PlannedState.NEW, PlannedState.URGENT}
        if not is_untouched or plan.talk is not PlannedTalk.NONE:
            yield plan.decided, plan.testimony.number, True, plan


async def _people(unit: UnitOfWork) -> Sequence[Moderator]:
    found = await people_service.reviewers(unit)
    busy = await drafting.load(unit, [one.chat_hash for one in found])
    free = [one for one in found if one.chat_hash not in busy]
    if not free:
        raise LookupError("no moderator is free")
    return [*free, *(one for one in found if one.chat_hash in busy)]


async def _decide(
    unit: UnitOfWork, plan: CasePlan, people: Sequence[Moderator], report_id: str, code: str, language: str
) -> None:
    first, report = people[0], await unit.session.get_one(Report, report_id)
    turn = plan.testimony.number // 10  # slower than the number, which already determines state and consent
    other = people[turn % len(people)]
    match plan.state:
        case PlannedState.NEW:
            await _talk_and_release(unit, first, report, plan.testimony, plan.talk)
        case PlannedState.WITHDRAWN:
            await withdrawal.withdraw(unit, await receipts_service.find_by_code(unit, code))
        case PlannedState.EXPIRED:
            await retention.expire_all(unit, [report])
        case PlannedState.CLAIMED:
            await claims.claim(unit, other, report)
            await _talk(unit, other, report, plan.testimony, plan.talk)
        case PlannedState.REJECTED:
            await claims.claim(unit, first, report)
            reason = REJECTION_REASONS[turn % len(REJECTION_REASONS)]
            await decisions_service.reject(unit, first, report, reason)
        case PlannedState.PROPOSED | PlannedState.APPROVED:
            await propose(unit, first, report, plan.testimony, language)
            if plan.state is PlannedState.APPROVED:
                await approve(unit, people, report)
            elif other is not first:
                await claims.release(unit, first, report)
                await claims.claim(unit, other, report)


async def _talk(
    unit: UnitOfWork, moderator: Moderator, report: Report, testimony: Testimony, talk: PlannedTalk
) -> None:
    if talk is not PlannedTalk.NONE:
        ready = "safe" if talk is PlannedTalk.ANSWERED else "evidence"
        await asking_service.ask_ready(unit, moderator, report, ready)
    if talk is PlannedTalk.ANSWERED:
        await answer(unit, report, testimony)


async def _talk_and_release(
    unit: UnitOfWork, moderator: Moderator, report: Report, testimony: Testimony, talk: PlannedTalk
) -> None:
    await _talk(unit, moderator, report, testimony, talk)
    if talk is PlannedTalk.AWAITED:
        await decisions_service.set_aside(unit, moderator, report)
    else:
        await claims.release(unit, moderator, report)


_DAY = 24
_NUMBERED_FROM = 1_000_000
"""Numbers that no backfill reaches, so that no story appears twice."""


class Fate(StrEnum):
    WAITS = "waits"
    JOINED = "joined"
    ANSWERED = "answered"
    AWAITED = "awaited"
    HELD = "held"
    PROPOSED = "proposed"
    ENDORSED = "endorsed"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Stocked:
    """A stock report. `title` is the English title of its case. `came` and `dealt` are hours ago. The
    incident happened the day before the report."""

    title: str
    language: str
    region: str
    came: int
    fate: Fate = Fate.WAITS
    dealt: int = 0
    consent: str = "publish_no_names"
    urgent: bool = False
    full: bool = False


STOCK = (
    Stocked("Women's rights march refused", "ru", "KZ-75", 60 * _DAY, Fate.APPROVED, 58 * _DAY, full=True),
    Stocked("Closed trial without the lawyer of choice", "kk", "KZ-19", 44 * _DAY, Fate.APPROVED, 41 * _DAY, full=True),
    Stocked("Journalist fined for criticism", "ru", "KZ-63", 30 * _DAY, Fate.APPROVED, 29 * _DAY, "share_trusted", full=True),
    Stocked("Asylum seeker faces extradition", "en", "KZ-47", 20 * _DAY, Fate.APPROVED, 16 * _DAY, "statistics_only"),
    Stocked("Activist acquitted on appeal", "kk", "KZ-71", 9 * _DAY, Fate.APPROVED, 7 * _DAY, full=True),
    Stocked("Film crew attacked", "ru", "KZ-27", 6 * _DAY, Fate.REJECTED, 5 * _DAY),
    Stocked("Threats and surveillance after a corruption video", "kk", "KZ-39", 5 * _DAY, Fate.AWAITED, 4 * _DAY),
    Stocked("Single picketer with a blank sheet detained", "ru", "KZ-71", 4 * _DAY, Fate.ENDORSED, 30, full=True),
    Stocked("Internet cut and news site blocked", "en", "XX-ONLINE", 3 * _DAY),
    Stocked("Fourth inspection of an organisation in a month", "ru", "KZ-55", 50, Fate.ANSWERED, 26),
    Stocked("Newsroom refused accreditation", "kk", "KZ-71", 40, Fate.PROPOSED, 4, full=True),
    Stocked("Beating in a police station alleged", "ru", "KZ-59", 28, Fate.HELD, 3, full=True),
    Stocked("Mass detentions on a square", "kk", "KZ-75", 12, full=True),
    Stocked("Mass detentions on a square", "ru", "KZ-75", 10, Fate.JOINED, 6),
    Stocked("Registration refused for the tenth time", "kk", "KZ-61", 8),
    Stocked("Activists held on the eve of a rally", "ru", "KZ-75", 2, urgent=True),
)  # fmt: skip
"""Oldest first. A JOINED report belongs to the incident of the one before it."""


async def stock(work: Work, language: str) -> None:
    """Add the stock to an empty database, in one transaction, with public versions and notes in `language`. A
    database with reports stays unchanged. Raises LookupError without an administrator and another
    moderator."""
    async with work.write() as unit:
        if await unit.session.scalar(select(Report.id).limit(1)) is not None:
            return
        now, desk = unit.now, await _desk(unit)
        told = told_on(now)
        filed: list[tuple[Testimony, Report]] = []
        came = [(-one.came, number) for number, one in enumerate(STOCK)]
        dealt = [(-one.dealt, number) for number, one in enumerate(STOCK) if one.fate is not Fate.WAITS]
        for at, number in sorted([*came, *dealt]):
            unit.now = now + timedelta(hours=at)
            if number < len(filed):
                await _deal(unit, desk, filed, number, language)
            else:
                receipt = await submit(unit, told[number])
                filed.append((told[number], receipt.report))
    await work.finish_erasures()


def told_on(now: datetime) -> Sequence[Testimony]:
    return [_testimony(one, number, now) for number, one in enumerate(STOCK)]


async def _desk(unit: UnitOfWork) -> tuple[Moderator, Moderator]:
    """An administrator and another moderator."""
    people = await people_service.reviewers(unit)
    admin = next((one for one in people if one.role == Role.ADMIN), None)
    colleague = next((one for one in people if one is not admin), None)
    if admin is None or colleague is None:
        raise LookupError("an administrator and another moderator are needed")
    return admin, colleague


def _testimony(one: Stocked, number: int, now: datetime) -> Testimony:
    day = (now - timedelta(days=one.came // _DAY + 1)).date()  # equal for all reports of one day
    return Testimony(
        case=next(case for case in all_cases() if case["title"]["en"] == one.title),
        number=_NUMBERED_FROM + number,
        language=one.language,
        day=day,
        consent=one.consent,
        urgent=one.urgent,
        full=one.full,
        rng=random.Random(f"{SEED}:{number}"),  # noqa: S311 - no secrets
        region=one.region,
        when=When(Precision.DAY, day.isoformat(), day.isoformat()),
    )


async def _deal(
    unit: UnitOfWork,
    desk: tuple[Moderator, Moderator],
    filed: Sequence[tuple[Testimony, Report]],
    number: int,
    language: str,
) -> None:
    (admin, colleague), fate = desk, STOCK[number].fate
    testimony, report = filed[number]
    if fate in {Fate.PROPOSED, Fate.ENDORSED, Fate.APPROVED}:
        holder = admin if fate is Fate.PROPOSED else colleague
        await propose(unit, holder, report, testimony, language)
        if fate is not Fate.PROPOSED:
            await approve(unit, [colleague] if fate is Fate.ENDORSED else [colleague, admin], report)
        return
    await claims.claim(unit, colleague, report)
    match fate:
        case Fate.HELD:
            await card_service.add_note(unit, colleague, report, note_in(language))
            await card_service.toggle(unit, colleague, report, "date")
        case Fate.JOINED:
            await incidents.join(unit, colleague, report, filed[number - 1][1].ref)
            await claims.release(unit, colleague, report)
        case Fate.ANSWERED | Fate.AWAITED:
            await _talk_and_release(unit, colleague, report, testimony, PlannedTalk(fate))
        case Fate.REJECTED:
            await decisions_service.reject(unit, colleague, report, "not_enough")
