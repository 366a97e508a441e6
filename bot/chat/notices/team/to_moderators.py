"""Unasked messages to moderators, the only ones besides answers to their own updates.

A notice names an event and a report's reference, never a report's content, since it stays in the chat until
it is seen.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from bot.chat.notices.leaving.taking_back import take_back
from bot.chat.notices.unasked import say
from bot.chat.reporter import receipts
from bot.chat.screens.renderer import ActButtons, Renderer, act_button
from bot.chat.transport.sending.outbox import Outbox
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.services import audit
from bot.services.desk import claims
from bot.services.desk.card import asking
from bot.services.desk.decisions import undoing
from bot.services.desk.people import preferences, team
from bot.services.desk.people.preferences import News
from bot.services.export.register import OtherDocument
from bot.services.export.versions.scope import Scope
from bot.services.keeping.clocks import Look
from bot.services.reports import approvals, holdings
from bot.services.reports.holdings import Holding
from bot.services.reports.states import UNDECIDED
from bot.services.reports.talk import ways
from bot.services.reports.withdrawal import Withdrawn
from bot.services.unit import SECONDS_AN_HOUR, Unit
from db.models import Export, Moderator, Report

MOST_NAMED = 10


def held_by_exports(unit: Unit, ref: str, held: Holding) -> Phrase:
    """Number of exports, their first day, and the newest ones. A lock marks encrypted ones."""
    newest = Joined(tuple(named(unit, one) for one in held.newest), "\n")
    told: dict[str, Phrase | str | int] = {
        "ref": Said(ref),
        "number": held.number,
        "since": held.since(unit),
        "exports": newest,
    }
    return Key("moderator.notice.exported", told)


def named(unit: Unit, row: Export) -> Phrase:
    told: dict[str, Phrase | str | int] = {
        "number": row.number,
        "day": holdings.day_of(unit, row.hour),
        "format": _what(row),
    }
    who = Key("moderator.audit.actor.system") if row.actor == audit.SYSTEM else Said(row.actor)
    return Key("moderator.notice.exported.line", told | {"who": who})


def _what(row: Export) -> Phrase | str:
    match row.scope:
        case OtherDocument.COUNTRY_UPDATE:
            first, last, language, format_ = row.spec.split(":")
            told = {"first": first, "last": last, "language": language, "format": format_.upper()}
            return Key("moderator.export.what.country_update", told)
        case OtherDocument.OPEN_DATA:
            return Key("moderator.export.what.open_data", {"year": row.spec.partition(":")[0]})
    format_ = row.spec.partition(":")[0].upper()
    return format_ if row.scope == Scope.PUBLIC else f"{format_} 🔒"


MOVES = ("claim", "release", "expire", "resume", "revive", "endorse")
"""Acts that move a report into the queue or out of it."""


async def notify_new(renderer: Renderer, unit: Unit, outbox: Outbox, reports: Sequence[Report]) -> None:
    moderators = await team.reviewers(unit)
    reached = await _reached_with_contacts(unit, reports)
    told = {
        urgent: _told(unit, moderators, News.NEW, urgent=urgent) for urgent in {one.urgent for one in reports}
    }
    for report in reports:
        key = "moderator.notice.urgent" if report.urgent else "moderator.notice.new"
        said = Key(key, {"ref": report.ref})
        rows = [[act_button("moderator.open", "mopen", report.ref, role=ButtonRole.ONWARD)]]
        if report.id in reached:
            rows.append([act_button("moderator.contacts", "mcontacts", report.ref)])
        for moderator in told[report.urgent]:
            say(renderer, unit, outbox, moderator, said, rows=rows, report_id=report.id, aloud=report.urgent)


def _told(
    unit: Unit, members: Sequence[Moderator], news: News, *, urgent: bool = False
) -> Sequence[Moderator]:
    """Members to notify now, by preferences and quiet hours. Others get one notice after their quiet hours.

    Urgent reports ignore preferences, and quiet hours too if no member is awake.
    """
    wishing = [one for one in members if urgent or preferences.wants(unit, one, news)]
    awake = [one for one in wishing if not preferences.is_quiet(unit, one)]
    if urgent and not awake:
        return wishing
    for one in wishing:
        one.held_back = one.held_back or one not in awake
    return awake


async def _reached_with_contacts(unit: Unit, reports: Sequence[Report]) -> Collection[str]:
    """Ids of urgent reports whose reporters can get the operator's contacts of helpers at once."""
    urgent = [report.id for report in reports if report.urgent]
    return await ways.leading_to(unit, urgent) if urgent and asking.has_contacts(unit) else ()


async def notify_told(renderer: Renderer, unit: Unit, outbox: Outbox, reports: Sequence[Report]) -> None:
    """Notify a report's holder, or all reviewers if it is unclaimed, of additions by its reporter."""
    moderators = await team.reviewers(unit)
    for report in reports:
        holders = [one for one in moderators if claims.holds(unit, one, report)]
        key = "moderator.notice.told_urgent" if report.urgent else "moderator.notice.told"
        rows = [[act_button("moderator.open", "mopen", report.ref, role=ButtonRole.ONWARD)]]
        # Summaries omit decided reports, so this notice counts as urgent.
        is_pressing = report.urgent or bool(holders) or report.status not in UNDECIDED
        for moderator in _told(unit, holders or moderators, News.ADDED, urgent=is_pressing):
            say(
                renderer,
                unit,
                outbox,
                moderator,
                Key(key, {"ref": report.ref}),
                rows=rows,
                report_id=report.id,
                aloud=report.urgent,
            )


async def notify_back(renderer: Renderer, unit: Unit, outbox: Outbox, reports: Sequence[Report]) -> None:
    """Notify reviewers of returned reports, except the one who returned it and those who already approved
    it."""
    moderators, approving = await team.reviewers(unit), await approvals.standing(unit, reports)
    last = await audit.last_of(unit, MOVES, [report.ref for report in reports])
    for report in reports:
        key = "moderator.notice.back_urgent" if report.urgent else "moderator.notice.back"
        said = Key(key, {"ref": report.ref})
        rows = [[act_button("moderator.open", "mopen", report.ref, role=ButtonRole.ONWARD)]]
        not_told = approving.get(report.id, ())
        others = [
            one
            for one in moderators
            if one not in not_told and last.get(report.ref) != ("release", one.alias)
        ]
        for moderator in _told(unit, others, News.NEW, urgent=report.urgent):
            say(renderer, unit, outbox, moderator, said, rows=rows, report_id=report.id, aloud=report.urgent)


async def withdraw_surely(turn: Turn) -> None:
    """Withdraw the reporter's own report, then tell the team."""
    await notify_withdrawn(turn, await receipts.withdraw_surely(turn))


async def notify_withdrawn(turn: Turn, withdrawn: Withdrawn) -> None:
    """Notify reviewers of a withdrawn report and delete its messages from all chats, also of revoked
    moderators. Administrators learn which exports held it."""
    await take_back(turn.renderer, turn.unit, turn.outbox, withdrawn.report_id, withdrawn.ref)
    said = Key("moderator.notice.withdrawn", {"ref": withdrawn.ref})
    for moderator in await team.reviewers(turn.unit):
        say(turn.renderer, turn.unit, turn.outbox, moderator, said)
    held = await holdings.holding(turn.unit, withdrawn.report_id, MOST_NAMED)
    if held is not None:
        notify_admins(turn, await team.admins(turn.unit), held_by_exports(turn.unit, withdrawn.ref, held))


def notify_released(turn: Turn, holder: Moderator, report: Report) -> None:
    """Notify the former holder that an administrator released a report."""
    said = Key("moderator.notice.released", {"ref": report.ref, "admin": turn.moderator.alias})
    say(turn.renderer, turn.unit, turn.outbox, holder, said, report_id=report.id)


async def take_effect(renderer: Renderer, ref: str, unit: Unit, outbox: Outbox) -> None:
    """Apply a decision that can no longer be undone. Its moderator is told if that failed."""
    unmade = await undoing.take_effect(unit, ref)
    if unmade is not None:
        moderator, refusal = unmade
        said = Key("moderator.undo.unmade", {"ref": ref}), Key(refusal.key, refusal.arguments)
        rows = [[act_button("moderator.open", "mopen", ref, role=ButtonRole.ONWARD)]]
        say(renderer, unit, outbox, moderator, *said, rows=rows)


async def notify_of_clock(renderer: Renderer, unit: Unit, outbox: Outbox, found: Look) -> None:
    """Tell administrators that the clock is wrong and nothing is destroyed, or that it is right again."""
    if found.news is None:
        return
    said = Key(found.news, {"hour": _hour(unit, found.right_hour)})
    for admin in await team.admins(unit):
        say(renderer, unit, outbox, admin, said)


def notify_admins(turn: Turn, admins: Iterable[Moderator], phrase: Phrase, rows: ActButtons = ()) -> None:
    for admin in admins:
        say(turn.renderer, turn.unit, turn.outbox, admin, phrase, rows=rows)


def _hour(unit: Unit, hour: int) -> str:
    at = datetime.fromtimestamp(hour * SECONDS_AN_HOUR, unit.settings.zone)
    return at.isoformat(sep=" ", timespec="minutes")[:16]
