"""Daily counts of each sender's updates, so that a flood does not cost other senders their answers.

Senders are counted by a hash under a random key that is destroyed after its day. A derived key could be
derived again by an attacker who seizes the server. Without the random key, past senders stay unknown even to
a holder of all other keys.
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, func, select, update

from bot.safety.keys import SecretKey
from bot.safety.sealing import ready
from bot.services import sender_counts, vault
from bot.services.unit import SenderDay, Unit
from db.models import DayKey, WaitingUpdate

HOURS_A_DAY = 24
_LOCK = 0x6B756461
_MOST_DAYS_LATE = 1
"""Days after which a key is replaced although updates wait. These may then overtake each other."""


@dataclass(slots=True)
class Allowance:
    """Counts of a sender's day.

    - `updates`: with those of this batch.
    - `in_report`: a form was open after the batch before, or the sender is a moderator.
    - `inside`: updates that came `in_report`.
    - `open_now`: new value of `in_report`, or None if unchanged.
    - `waits`: an earlier update of the sender still waits.
    """

    sender: bytes
    updates: int = 0
    reports: int = 0
    guesses: int = 0
    in_report: bool = False
    told_blocked: bool = False
    waits: bool = False
    open_now: bool | None = None
    inside: int = 0
    told_enough: bool = False

    def outside(self, number: int) -> int:
        """Position, from 1, of the day's `number`th update among those outside a report. Later updates
        inside a report lower it."""
        return max(0, number - self.inside)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Senders of a batch by chat. `anybody_waits`: an update of any sender waits."""

    by_chat: Mapping[int, Allowance]
    anybody_waits: bool = False


async def count(unit: Unit, updates: Mapping[int, int]) -> Crowd:
    """Count updates per chat, with one query. `write` keeps the counts."""
    if not updates:
        return Crowd({})
    key, _ = await day_key(unit)
    unit.day_key = key
    senders = {_sender(key, chat_id): chat_id for chat_id in updates}
    days, anybody_waits = await sender_counts.read(unit, key, senders)
    waiting = await _waiting(unit, senders) if anybody_waits else frozenset()
    found = {}
    for sender, chat_id in senders.items():
        found[chat_id] = allowance = _allowance(sender, days[sender], waits=sender in waiting)
        allowance.updates += updates[chat_id]
        allowance.inside += updates[chat_id] if allowance.in_report else 0
        _note(unit, allowance)
    return Crowd(found, anybody_waits)


async def _waiting(unit: Unit, senders: Collection[bytes]) -> frozenset[bytes]:
    query = select(WaitingUpdate.sender).where(WaitingUpdate.sender.in_(senders)).distinct()
    return frozenset(await unit.session.scalars(query))


def _allowance(sender: bytes, day: SenderDay, *, waits: bool = False) -> Allowance:
    counted = day.updates, day.reports, day.guesses, day.in_report, day.told_blocked
    return Allowance(sender, *counted, waits, inside=day.inside, told_enough=day.told_enough)


def _note(unit: Unit, one: Allowance) -> None:
    counted = one.updates, one.reports, one.guesses, one.in_report, one.told_blocked
    unit.counted[one.sender] = SenderDay(*counted, one.inside, one.told_enough)


async def of(unit: Unit, chat_ids: Collection[int]) -> Crowd:
    """Senders of these chats, as counted when their updates began to wait."""
    key, _ = await day_key(unit)
    unit.day_key = key
    senders = {_sender(key, chat_id): chat_id for chat_id in chat_ids}
    days, _ = await sender_counts.read(unit, key, senders)
    return Crowd({chat_id: _allowance(sender, days[sender]) for sender, chat_id in senders.items()})


def note_report(unit: Unit, allowance: Allowance) -> None:
    allowance.reports += 1
    _note(unit, allowance)


def note_guess(unit: Unit, allowance: Allowance) -> None:
    allowance.guesses += 1
    _note(unit, allowance)


def note_told_blocked(unit: Unit, allowance: Allowance) -> None:
    allowance.told_blocked = True
    _note(unit, allowance)


def note_told_enough(unit: Unit, allowance: Allowance) -> None:
    allowance.told_enough = True
    _note(unit, allowance)


async def note_reports_open(unit: Unit, crowd: Crowd) -> None:
    """Keep whether a form is open, where this batch changed that, for waiting updates too, so that these
    stay in order."""
    changed = [one for one in crowd.by_chat.values() if one.open_now is not None]
    if changed:
        await unit.session.flush()  # updates that wait since this batch
    for value in {one.open_now for one in changed}:
        of_value = [one for one in changed if one.open_now is value]
        for one in of_value:
            one.in_report = bool(value)
            _note(unit, one)
        theirs = WaitingUpdate.sender.in_([one.sender for one in of_value])
        waiting = update(WaitingUpdate).where(theirs).values(in_report=value)
        await unit.session.execute(waiting.execution_options(synchronize_session=False))


async def write(unit: Unit) -> None:
    """Write the counts as the last step before a commit. No other transaction may write counts of these
    senders meanwhile."""
    counted, unit.counted = unit.counted, {}
    if counted:
        key = unit.day_key or (await day_key(unit))[0]
        await sender_counts.write(unit, key, counted)


async def over(unit: Unit, limit: int) -> Sequence[int]:
    """At most `limit` past days that still have a key."""
    return (
        await unit.session.scalars(select(DayKey.day).where(DayKey.day < _today(unit)).limit(limit))
    ).all()


async def forget(unit: Unit) -> int:
    """Destroy the keys of past days and their counts. A key with waiting updates stays a day longer, so that
    senders are not mixed up."""
    kept = await _newest(unit)
    today = _today(unit)
    first = today if kept is None or not await _still_good(unit, kept) else min(today, kept.day)
    over = (await unit.session.scalars(select(DayKey).where(DayKey.day < first))).all()
    if over:
        if kept is not None and kept.day < first:  # else today's counts belong to the newest key
            await sender_counts.empty(unit)
        await unit.session.execute(delete(DayKey).where(DayKey.day < first))
        await vault.destroy(unit, [row.data_key_id for row in over])
        vault.note_erasure(unit)
    return len(over)


async def day_key(unit: Unit) -> tuple[SecretKey, int]:
    """Key for the day's hashes, and its day."""
    today = _today(unit)
    if today in unit.safe.day_keys:
        return unit.safe.day_keys[today], today
    newest = await _newest(unit)
    if newest is None or not await _still_good(unit, newest):
        await _lock_out_other_makers(unit)
        newest = await _newest(unit)
    if newest is None or not await _still_good(unit, newest):
        newest = await _make(unit, today)
        return unit.keys[str(newest.data_key_id)], today
    await vault.open_keys(unit, [newest.data_key_id], lenient=True)
    key = unit.keys.get(newest.data_key_id or "")
    if key is None:  # its key has left the ring: no sender is recognised by it
        await unit.session.delete(newest)
        await unit.session.flush()
        newest = await _make(unit, newest.day)
        return unit.keys[str(newest.data_key_id)], newest.day
    if newest.day == today:
        unit.safe.day_keys.clear()
        unit.safe.day_keys[today] = key = ready(key)
    return key, newest.day


async def _newest(unit: Unit) -> DayKey | None:
    found: DayKey | None = await unit.session.scalar(select(DayKey).order_by(DayKey.day.desc()).limit(1))
    return found


async def _still_good(unit: Unit, newest: DayKey) -> bool:
    """Whether the newest key is today's or, with updates waiting, yesterday's. A later day, from a clock
    that was put back, is good too."""
    age = _today(unit) - newest.day
    if age <= 0:
        return True
    waiting = await unit.session.scalar(select(exists(select(WaitingUpdate.id))))
    return age <= _MOST_DAYS_LATE and bool(waiting)


async def _lock_out_other_makers(unit: Unit) -> None:
    if unit.session.get_bind().dialect.name == "postgresql":
        await unit.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def _make(unit: Unit, day: int) -> DayKey:
    made = DayKey(day=day, data_key_id=vault.make_key(unit))
    await unit.session.flush()
    unit.session.add(made)
    await unit.session.flush()
    return made


def _today(unit: Unit) -> int:
    return unit.hour // HOURS_A_DAY


def _sender(key: SecretKey, chat_id: int) -> bytes:
    """HMAC-SHA256 (RFC 2104) of a chat id under the key of the day."""
    return hmac.digest(key, str(chat_id).encode(), "sha256")
