"""What each sender asks of the bot on a day, so that nobody's flood costs the others their answers.

Senders are counted by a hash whose key is made at random for a day and destroyed after it. A key that is derived from
another one could be derived again by whoever seizes the server; what was random and is gone cannot, so that of earlier
days nobody can tell who wrote to the bot, with whatever keys. Of the day at hand whoever holds all keys can.
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, select, update

from bot.safety.keys import SecretKey
from bot.services import sender_counts, vault
from bot.services.sender_counts import Counts
from bot.services.unit import Unit
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


async def count(unit: Unit, updates: Mapping[int, int]) -> Crowd:
    """Count so many updates of each chat, with two statements; none for no chats. The first time on a day it takes a few
    more, and one more while anything waits."""
    if not updates:
        return Crowd({})
    key, _ = await day_key(unit)
    senders = {_sender(key, chat_id): chat_id for chat_id in updates}
    buckets = await sender_counts.read(unit, key, senders)
    waiting = await _waiting(unit, senders) if buckets.anybody_waits else frozenset()
    found = {}
    for sender, chat_id in senders.items():
        counts = buckets.of(sender)
        counts.updates += updates[chat_id]
        found[chat_id] = _allowance(sender, counts, waits=sender in waiting)
    await sender_counts.write(unit, buckets)
    return Crowd(found, buckets.anybody_waits)


async def _waiting(unit: Unit, senders: Collection[bytes]) -> frozenset[bytes]:
    """Those of whom an update waits for its turn."""
    query = select(WaitingUpdate.sender).where(WaitingUpdate.sender.in_(senders)).distinct()
    return frozenset(await unit.session.scalars(query))


def _allowance(sender: bytes, counts: Counts, *, waits: bool = False) -> Allowance:
    counted = counts.updates, counts.reports, counts.guesses, counts.in_report, counts.told_blocked
    return Allowance(sender, *counted, waits)


async def of(unit: Unit, chat_ids: Collection[int]) -> Crowd:
    """The senders of these chats as they were counted before, when their updates began to wait; one statement."""
    key, _ = await day_key(unit)
    senders = {_sender(key, chat_id): chat_id for chat_id in chat_ids}
    buckets = await sender_counts.read(unit, key, senders)
    return Crowd({chat_id: _allowance(sender, buckets.of(sender)) for sender, chat_id in senders.items()})


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


async def over(unit: Unit, limit: int) -> Sequence[int]:
    """At most so many days that are over and have a key."""
    return (
        await unit.session.scalars(select(DayKey.day).where(DayKey.day < _today(unit)).limit(limit))
    ).all()


async def forget(unit: Unit) -> int:
    """Destroy the keys of days that are over, and what was counted by them; how many days. A key that updates still
    wait under stays a day longer, so that nobody's are mixed up."""
    kept = await _newest(unit)
    today = _today(unit)
    first = today if kept is None or not await _still_good(unit, kept) else min(today, kept.day)
    over = (await unit.session.scalars(select(DayKey).where(DayKey.day < first))).all()
    if over:
        if kept is not None and kept.day < first:  # else what is counted now is of the newest
            await sender_counts.empty(unit)
        await unit.session.execute(delete(DayKey).where(DayKey.day < first))
        await vault.destroy(unit, [row.data_key_id for row in over])
        vault.note_erasure(unit)
    return len(over)


async def _set(unit: Unit, senders: Collection[bytes], **values: object) -> None:
    key, _ = await day_key(unit)
    buckets = await sender_counts.read(unit, key, senders)
    for sender in senders:
        for name, value in values.items():
            setattr(buckets.of(sender), name, value)
    await sender_counts.write(unit, buckets)


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
    waiting = await unit.session.scalar(select(exists(select(WaitingUpdate.id))))
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
    return hmac.digest(key, str(chat_id).encode(), "sha256")
