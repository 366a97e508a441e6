"""Stock: the initial reports of a demo, one for each action of a team."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from bot.app.work import Work
from bot.demo.cases import backfill
from bot.demo.cases.backfill import SEED
from bot.demo.cases.stories import Testimony, all_cases, note_in
from bot.desk.asking import service as asking_service
from bot.desk.card import service as card_service
from bot.desk.decisions import incidents
from bot.desk.decisions import service as decisions_service
from bot.desk.people import service as people_service
from bot.form.answers import Precision, When
from bot.reports import claims
from bot.store.roles import Role
from bot.store.unit import UnitOfWork
from db.models import Moderator, Report

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
    """A stock report. `title` is the English title of its case.

    `came` and `dealt` are hours ago. The incident happened the day before the report.
    """

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
    """Add the stock to an empty database, in one transaction. A database with reports stays unchanged.

    Public versions and notes are in `language`. Raises LookupError without an administrator and another
    moderator.
    """
    async with work.write() as unit:
        if await unit.session.scalar(select(Report.id).limit(1)) is not None:
            return
        now, desk = unit.now, await _desk(unit)
        told = told_on(now)
        filed: list[tuple[Testimony, Report]] = []
        came = [(-one.came, number) for number, one in enumerate(STOCK)]
        dealt = [(-one.dealt, number) for number, one in enumerate(STOCK) if one.fate is not Fate.WAITS]
        for at, number in sorted([*came, *dealt]):
            unit.now, one = now + timedelta(hours=at), STOCK[number]
            if number == len(filed):
                receipt = await backfill.submit(unit, told[number])
                filed.append((told[number], receipt.report))
                continue
            before = filed[number - 1][1] if one.fate is Fate.JOINED else None
            await _deal(unit, desk, one.fate, *filed[number], before, language)
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
    fate: Fate,
    testimony: Testimony,
    report: Report,
    before: Report | None,
    language: str,
) -> None:
    admin, colleague = desk
    if fate in {Fate.PROPOSED, Fate.ENDORSED, Fate.APPROVED}:
        holder = admin if fate is Fate.PROPOSED else colleague
        await backfill.propose(unit, holder, report, testimony, language)
        if fate is not Fate.PROPOSED:
            await backfill.approve(unit, [colleague] if fate is Fate.ENDORSED else [colleague, admin], report)
        return
    await claims.claim(unit, colleague, report)
    match fate:
        case Fate.HELD:
            await card_service.add_note(unit, colleague, report, note_in(language))
            await card_service.toggle(unit, colleague, report, "date")
        case Fate.JOINED if before is not None:
            await incidents.join(unit, colleague, report, before.ref)
            await claims.release(unit, colleague, report)
        case Fate.ANSWERED:
            await asking_service.ask_ready(unit, colleague, report, "safe")
            await backfill.answer(unit, report, testimony)
            await claims.release(unit, colleague, report)
        case Fate.AWAITED:
            await asking_service.ask_ready(unit, colleague, report, "evidence")
            await decisions_service.set_aside(unit, colleague, report)
        case Fate.REJECTED:
            await decisions_service.reject(unit, colleague, report, "not_enough")
