"""Preferences, saved filters and quiet hours of members, alarms, reports that wait, and the team's group."""

import base64
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.desk.people import service as people_service
from bot.errors import Refusal
from bot.reports import claims
from bot.reports.approvals import ALARM
from bot.reports.states import Status
from bot.reports.talk import messages
from bot.safety import sealing
from bot.safety.pseudonym import Purpose
from bot.safety.sealing import SecretKey, UnsealError
from bot.store import audit
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from bot.store.vault import RingSealed
from db.models import HAS_ALARM, IN_QUEUE, Mark, Moderator, Report

log = logging.getLogger(__name__)

_NEVER, _FILLED_TO = 255, 1024


class NoticeKind(StrEnum):
    """Notices that a member can turn off. Those of urgent and of withdrawn reports always come."""

    NEW = "new"
    ADDED = "added"
    """The reporter of an unheld report added words."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """Preferences, in hours of the bot's time zone: quiet time and the hour after it, hour of the daily digest, notices
    turned off, and saved filters of lists as pairs of a button's code and a name."""

    quiet: tuple[int, int] | None = None
    digest: int | None = None
    unwanted: frozenset[NoticeKind] = frozenset()
    filters: tuple[tuple[str, str], ...] = ()

    def is_quiet(self, hour: int) -> bool:
        if self.quiet is None:
            return False
        begin, end = self.quiet
        return (hour - begin) % HOURS_A_DAY < (end - begin) % HOURS_A_DAY

    def packed(self) -> bytes:
        begin, end = self.quiet or (_NEVER, _NEVER)
        wishes = sum(1 << place for place, one in enumerate(NoticeKind) if one in self.unwanted)
        saved = json.dumps(self.filters, ensure_ascii=False).encode() if self.filters else b""
        filled = saved.ljust(-(-len(saved) // _FILLED_TO) * _FILLED_TO)  # the size tells no number of filters
        return bytes([begin, end, _NEVER if self.digest is None else self.digest, wishes]) + filled

    @classmethod
    def read(cls, packed: bytes) -> "Preferences":
        begin, end, digest, wishes = packed[:4]
        saved = tuple((code, name) for code, name in json.loads(packed[4:] or b"[]"))
        unwanted = frozenset(one for place, one in enumerate(NoticeKind) if wishes >> place & 1)
        quiet = None if begin == _NEVER else (begin, end)
        return cls(quiet, None if digest == _NEVER else digest, unwanted, saved)


def _context(member: Moderator) -> str:
    return f"moderators.preferences:{member.id}"


RING_SEALED = RingSealed(Moderator.preferences, _context)


def preferences_of(unit: UnitOfWork, member: Moderator) -> Preferences:
    """Preferences of a member. Defaults when none are set or their key has left the ring."""
    with suppress(UnsealError):  # the address does not open either, which is logged with the next notice
        if member.preferences is not None:
            return Preferences.read(unit.safe.ring.unseal(member.preferences, _context(member)))
    return Preferences()


async def keep_preferences(unit: UnitOfWork, member: Moderator, wished: Preferences) -> None:
    """Store a member's preferences. Raises Refusal for an invalid hour."""
    if any(not 0 <= hour < HOURS_A_DAY for hour in (*(wished.quiet or ()), wished.digest or 0)):
        raise Refusal("reporter.tap.stale")
    member.told_hour = unit.hour  # a digest whose hour has passed today comes tomorrow
    await _keep(unit, member, wished)


async def keep_filters(unit: UnitOfWork, member: Moderator, filters: Mapping[str, str]) -> None:
    await _keep(unit, member, replace(preferences_of(unit, member), filters=tuple(filters.items())))


async def _keep(unit: UnitOfWork, member: Moderator, wished: Preferences) -> None:
    member.preferences = unit.safe.ring.seal(wished.packed(), _context(member))
    await audit.record(unit, member.alias, "settings", "")


MOST_COUNTED = 100
UNSEEN_HOURS = 24
"""Absence after which a member is reminded of what waits: once a day, so that it stays news."""


class WaitingReason(StrEnum):
    DIGEST = "digest"
    QUIET = "quiet"
    """The end of quiet hours in which notices were held back."""
    UNSEEN = "unseen"


def reason(unit: UnitOfWork, member: Moderator) -> WaitingReason | None:
    wished, now = preferences_of(unit, member), unit.now.hour
    if wished.is_quiet(now):
        return None
    if wished.digest is not None and member.told_hour < unit.hour - (now - wished.digest) % HOURS_A_DAY:
        return WaitingReason.DIGEST
    if member.held_back:
        return WaitingReason.QUIET
    silent = unit.hour - max(member.seen_hour, member.told_hour)
    return WaitingReason.UNSEEN if silent >= UNSEEN_HOURS else None


async def members_due(unit: UnitOfWork) -> list[str]:
    """Ids of members to tell now. One query."""
    return [one.id for one in await people_service.reviewers(unit) if reason(unit, one) is not None]


async def take_waiting(unit: UnitOfWork, member: Moderator) -> tuple[WaitingReason, int, int] | None:
    """Why the member is told now, and the numbers of `waiting`. None if nothing is to be told."""
    why = reason(unit, member)
    if why is None or not member.active:
        return None
    since = member.seen_hour if why is WaitingReason.UNSEEN else 0
    member.told_hour, member.held_back = unit.hour, False
    number, urgent = await waiting(unit, since)
    return (why, number, urgent) if number else None


async def waiting(unit: UnitOfWork, since_hour: int = 0) -> tuple[int, int]:
    """Numbers of unheld waiting reports, and of urgent ones among them, up to MOST_COUNTED."""
    counted = []
    for urgent in (True, False):
        since = Report.urgent == urgent, Report.submitted_hour >= since_hour
        some = select(Report.ref).where(text(IN_QUEUE), *since, claims.unheld(unit)).limit(MOST_COUNTED)
        counted.append(await unit.session.scalar(select(func.count()).select_from(some.subquery())) or 0)
    return min(sum(counted), MOST_COUNTED), counted[0]


MOST_ALARMS = 100


class Alarm(IntEnum):
    NONE = 0
    """No alarm, or all were told."""
    SOME = ALARM
    """Members outside their quiet hours."""
    ALL = 2
    """All members who may read it."""


async def standing_alarms(unit: UnitOfWork) -> Mapping[str, Alarm]:
    """Alarm of each unread urgent report by id."""
    query = select(Report.id, Report.alarm).where(text(HAS_ALARM)).limit(MOST_ALARMS)
    return {report_id: Alarm(min(alarm, Alarm.ALL)) for report_id, alarm in await unit.session.execute(query)}


async def take_alarms(unit: UnitOfWork, report_ids: Collection[str]) -> Sequence[tuple[Report, Alarm]]:
    """Reports still unread, each with the members to tell in this transaction: ALL, or NONE for administrators."""
    await audit.begin(unit)
    found = select(Report).where(Report.id.in_(report_ids), text(HAS_ALARM))
    taken = []
    reports = (await unit.session.scalars(found.with_for_update())).all()
    pressing = await messages.pressing(unit, [one for one in reports if one.status == Status.CLAIMED])
    for report in sorted(reports, key=lambda one: one.id):
        waits = report.status == Status.NEW or report.id in pressing
        report.alarm = Alarm.ALL if waits and report.alarm == Alarm.SOME else Alarm.NONE
        if waits:
            taken.append((report, Alarm(report.alarm)))
    told = [(report.ref, "all" if alarm is Alarm.ALL else "admins") for report, alarm in taken]
    await audit.record_all(unit, audit.SYSTEM, "alarm", told)
    return taken


_NAME = "notice_chat"
_LOWEST_OF_BASIC = -999_999_999_999
"""Numbers of supergroups and channels are lower (Bot API)."""


async def group_number(unit: UnitOfWork) -> int | None:
    configured = unit.settings.notice_chat
    if configured is not None:
        value = await unit.session.scalar(select(Mark.value).where(Mark.name == _NAME))
        with suppress(UnsealError, ValueError):
            plain = sealing.unseal(_key(unit, configured), base64.b64decode(value or ""), f"marks:{_NAME}")
            return int.from_bytes(plain, "big", signed=True) or configured
    return configured


async def note_group_successor(unit: UnitOfWork, new: int) -> None:
    """Remember the group's supergroup."""
    configured = unit.settings.notice_chat
    if configured is None or new >= 0 or await group_number(unit) == new:
        return
    # Logs never hold chat numbers.
    log.warning(
        "Telegram has made a supergroup of the team's group, which has another number now, beginning with -100. The bot "
        "follows it; set KUAGER_NOTICE_CHAT to it when you can"
    )
    plain = new.to_bytes(8, "big", signed=True)
    sealed = base64.b64encode(sealing.seal(_key(unit, configured), plain, f"marks:{_NAME}")).decode()
    on_postgresql = unit.session.get_bind().dialect.name == "postgresql"
    made = (postgresql if on_postgresql else sqlite).insert(Mark).values(name=_NAME, value=sealed)
    # Two replicas may learn the number at once.
    made = made.on_conflict_do_update(index_elements=[Mark.name], set_={"value": sealed})
    await (await unit.session.connection()).execute(made)


_ILL = "server:"
"""Prefix of marks with the hour at which administrators were told of an ill of the server."""


async def told_ills(unit: UnitOfWork) -> Mapping[str, Mark]:
    found = await unit.session.scalars(select(Mark).where(Mark.name.startswith(_ILL)))
    return {one.name: one for one in found}


async def note_ills(unit: UnitOfWork, found: Collection[str]) -> bool:
    """Note the hour of the ills to tell, forget those that are gone, and return whether there is one to tell."""
    marks, names = await told_ills(unit), {_ILL + one for one in found}
    recent = range(unit.hour - HOURS_A_DAY + 1, unit.hour + 1)
    for name in marks.keys() - names:
        await unit.session.delete(marks[name])
    new = [name for name in names if name not in marks or int(marks[name].value) not in recent]
    for name in new:
        await unit.session.merge(Mark(name=name, value=str(unit.hour)))
    return bool(new)


async def may_become_group(unit: UnitOfWork, chat_id: int) -> bool:
    """Whether a chat may be the group's still unknown supergroup."""
    configured = unit.settings.notice_chat
    if configured is None or chat_id >= _LOWEST_OF_BASIC or configured < _LOWEST_OF_BASIC:
        return False
    return await group_number(unit) == configured


def _key(unit: UnitOfWork, configured: int) -> SecretKey:
    """Key for this group alone, derived from the lookup key. Another group's number does not open."""
    return SecretKey(unit.safe.pseudonyms.of(Purpose.GROUP, str(configured)))
