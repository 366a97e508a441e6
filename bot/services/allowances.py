"""What each sender asks of the bot on a day, so that nobody's flood costs the others their answers.

Senders are counted by a hash whose key is made at random for a day and destroyed after it. A key that is derived from
another one could be derived again by whoever seizes the server; what was random and is gone cannot, so that of earlier
days nobody can tell who wrote to the bot, with whatever keys. Of the day at hand whoever holds all keys can.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Executable, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.safety.keys import SecretKey
from bot.services import vault
from bot.services.unit import Unit
from db import models
from db.models import DayKey, WaitingUpdate

HOURS_A_DAY = 24
_MOST_DAYS_LATE = 1
"""A key that is so many days old is replaced although updates of its senders wait: they may then overtake each other."""


@dataclass(slots=True)
class Allowance:
    """What a sender has asked today: `updates` counts those of this batch too. `waits`: an earlier update of the sender
    still waits for its turn. `in_report`: a form was open after the last batch, or it is a moderator; `open_now` says so
    after this batch, where that has changed."""

    sender: bytes
    updates: int = 0
    reports: int = 0
    guesses: int = 0
    in_report: bool = False
    told_blocked: bool = False
    waits: bool = False
    open_now: bool | None = None


@dataclass(frozen=True, slots=True)
class Crowd:
    """The senders of a batch by their chats. `anybody_waits`: some update of somebody waits for its turn."""

    by_chat: Mapping[int, Allowance]
    anybody_waits: bool = False


def _counting(insert: Any) -> Executable:
    """Count updates of senders, and tell what each has asked."""
    table: Any = models.Allowance.__table__
    added = insert(table)
    more = {"updates": table.c.updates + added.excluded.updates}
    told = (
        table.c[name] for name in ("sender", "updates", "reports", "guesses", "in_report", "told_blocked")
    )
    return added.on_conflict_do_update(index_elements=[table.c.sender], set_=more).returning(  # type: ignore[no-any-return] # of two dialects
        *told,
        table.c.sender.in_(select(WaitingUpdate.sender)).label("waits"),
        exists(select(WaitingUpdate.id)).label("anybody"),
    )


_COUNT = {"sqlite": _counting(sqlite.insert), "postgresql": _counting(postgresql.insert)}
"""Built and compiled once, since both take longer than the database does."""


async def count(unit: Unit, updates: Mapping[int, int]) -> Crowd:
    """Count so many updates of each chat, with one statement; none for no chats. The first time on a day it takes a few
    more."""
    if not updates:
        return Crowd({})
    key, day = await day_key(unit)
    senders = {_sender(key, chat_id): chat_id for chat_id in updates}
    rows = [
        {
            "sender": sender, "day": day, "updates": updates[chat_id], "reports": 0, "guesses": 0, "in_report": False,
            "told_blocked": False,
        }
        for sender, chat_id in senders.items()
    ]  # fmt: skip
    connection = await unit.session.connection()
    found = (await connection.execute(_COUNT[connection.dialect.name], rows)).all()
    return Crowd(
        {senders[row.sender]: replace(_allowance(row), waits=bool(row.waits)) for row in found},
        any(row.anybody for row in found),
    )


def _allowance(row: Any) -> Allowance:
    counted = (row.sender, row.updates, row.reports, row.guesses, row.in_report, row.told_blocked)
    return Allowance(*counted)


async def of(unit: Unit, chat_ids: Collection[int]) -> Crowd:
    """The senders of these chats as they were counted before, when their updates began to wait; one statement."""
    key, _ = await day_key(unit)
    senders = {_sender(key, chat_id): chat_id for chat_id in chat_ids}
    rows = await unit.session.scalars(select(models.Allowance).where(models.Allowance.sender.in_(senders)))
    known = {senders[row.sender]: row for row in rows}
    return Crowd(
        {
            chat_id: _allowance(row) if (row := known.get(chat_id)) is not None else Allowance(sender)
            for sender, chat_id in senders.items()
        }
    )


async def note_report(unit: Unit, allowance: Allowance) -> None:
    """One more report begun."""
    allowance.reports += 1
    await _set(unit, [allowance.sender], reports=allowance.reports)


async def note_guess(unit: Unit, allowance: Allowance) -> None:
    """One more code that no report has."""
    allowance.guesses += 1
    await _set(unit, [allowance.sender], guesses=allowance.guesses)


async def note_told_blocked(unit: Unit, allowance: Allowance) -> None:
    """A sender who is blocked was told so today."""
    allowance.told_blocked = True
    await _set(unit, [allowance.sender], told_blocked=True)


async def note_reports_open(unit: Unit, crowd: Crowd) -> None:
    """Keep whether a form is open, for those for whom that has changed in this batch. It counts for their updates that
    wait too, so that these stay together and in order."""
    changed = [one for one in crowd.by_chat.values() if one.open_now is not None]
    if changed:
        await unit.session.flush()  # those that wait since this very batch
    for value in {one.open_now for one in changed}:
        senders = [one.sender for one in changed if one.open_now is value]
        await _set(unit, senders, in_report=value)
        waiting = update(WaitingUpdate).where(WaitingUpdate.sender.in_(senders)).values(in_report=value)
        await unit.session.execute(waiting.execution_options(synchronize_session=False))


async def forget(unit: Unit) -> int:
    """Destroy the keys of days that are over, and what was counted by them; how many senders. A key that updates still
    wait under stays a day longer, so that nobody's are mixed up."""
    kept = await _newest(unit)
    today = _today(unit)
    first = today if kept is None or not await _still_good(unit, kept) else min(today, kept.day)
    over = (await unit.session.scalars(select(DayKey).where(DayKey.day < first))).all()
    gone = await unit.session.execute(delete(models.Allowance).where(models.Allowance.day < first))
    if over:
        await unit.session.execute(delete(DayKey).where(DayKey.day < first))
        await vault.destroy(unit, [row.data_key_id for row in over])
        vault.note_erasure(unit)
    return int(getattr(gone, "rowcount", 0))


async def _set(unit: Unit, senders: Collection[bytes], **values: object) -> None:
    changed = update(models.Allowance).where(models.Allowance.sender.in_(senders)).values(**values)
    await unit.session.execute(changed.execution_options(synchronize_session=False))


async def day_key(unit: Unit) -> tuple[SecretKey, int]:
    """The key of the day's hashes, and that day. It is remembered once it was read from an earlier commit: it never changes."""
    today = _today(unit)
    if today in unit.safe.day_keys:
        return unit.safe.day_keys[today], today
    newest = await _newest(unit)
    if newest is None or not await _still_good(unit, newest):
        newest = await _make(unit, today)
        return unit.keys[str(newest.data_key_id)], today
    await vault.open_keys(unit, [newest.data_key_id], lenient=True)
    key = unit.keys.get(newest.data_key_id or "")
    if key is None:  # its key has left the ring: nobody is known by it any more
        await unit.session.delete(newest)
        await unit.session.flush()
        newest = await _make(unit, newest.day)
        return unit.keys[str(newest.data_key_id)], newest.day
    if newest.day == today:
        unit.safe.day_keys.clear()
        unit.safe.day_keys[today] = key
    return key, newest.day


async def _newest(unit: Unit) -> DayKey | None:
    found: DayKey | None = await unit.session.scalar(select(DayKey).order_by(DayKey.day.desc()).limit(1))
    return found


async def _still_good(unit: Unit, newest: DayKey) -> bool:
    """Whether the newest key is today's, or yesterday's under which updates still wait. So is one of a day to come, under
    a clock that was put back."""
    age = _today(unit) - newest.day
    if age <= 0:
        return True
    waiting = await unit.session.scalar(select(func.count()).select_from(WaitingUpdate))
    return age <= _MOST_DAYS_LATE and bool(waiting)


async def _make(unit: Unit, day: int) -> DayKey:
    made = DayKey(day=day, data_key_id=vault.make_key(unit))
    await unit.session.flush()
    unit.session.add(made)
    await unit.session.flush()
    return made


def _today(unit: Unit) -> int:
    """Days since 1970-01-01 UTC."""
    return unit.hour // HOURS_A_DAY


def _sender(key: SecretKey, chat_id: int) -> bytes:
    """HMAC-SHA256 (RFC 2104) of a chat's id under the key of the day."""
    return hmac.new(key, str(chat_id).encode(), hashlib.sha256).digest()
