"""Reply channels: chats of reporters who agreed to be asked.

A channel is sealed under a key of its own, at a constant size. It ends `talk_days` after the last word or the
decision, by the reporter's wish, or with the report. Its hash has no other use and numbers a chat's channels,
so that the database tells neither a channel's chat nor which channels share one.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, or_, select, update

from bot.errors import Refusal
from bot.safety.pseudonym import Purpose, last_part, read_part, short_check
from bot.safety.sealing import UnsealError
from bot.store import allowances, vault
from bot.store.unit import UnitOfWork
from db.models import Report, WayBack

MOST_OF_A_CHAT = 8
"""Reply channels of one chat. One more replaces the one that ends first."""
MOST_DUE = 100
_BYTES = 192


@dataclass(frozen=True, slots=True)
class Way:
    """Reply channel to a reporter.

    - `part`: keyed hash of the receipt code's last part, in hexadecimal. None for a reporter who keeps no
      code.
    - `notice`: message that tells of a question, if any.
    """

    row: WayBack
    chat_id: int
    part: str | None
    language: str
    notice: int | None = None

    @property
    def check(self) -> str:
        """Check of the receipt code (`receipts.service.check_of`), or ''."""
        return short_check(bytes.fromhex(self.part)) if self.part else ""


async def make(unit: UnitOfWork, report: Report, chat_id: int, language: str, code: str | None) -> None:
    """Store the chat of a reporter who agreed to be asked, in place of the report's former one."""
    hashes = _hashes(unit, chat_id)
    is_in_place = or_(WayBack.report_id == report.id, WayBack.chat_hash.in_(hashes))
    found = (await unit.session.scalars(select(WayBack).where(is_in_place))).all()
    await _destroy(unit, [row for row in found if row.report_id == report.id])
    if "ways_back" in unit.safe.foreign:  # a forged row must not block the channel
        others = WayBack.id.not_in([row.id for row in found])
        await unit.session.execute(delete(WayBack).where(is_in_place, others))
    taken = {row.chat_hash: row for row in found if row.report_id != report.id}
    free = next((one for one in hashes if one not in taken), None)
    if free is None:
        first = min(taken.values(), key=lambda row: row.until_day)
        free = first.chat_hash
        await _destroy(unit, [first])
    row = WayBack(
        id=secrets.randbits(63),
        report_id=report.id,
        chat_hash=free,
        data_key_id=vault.make_key(unit),
        until_day=until(unit),
        asked=False,
    )
    part = None if code is None else _part(unit, last_part(code))
    _seal(unit, Way(row, chat_id, part, language))
    unit.session.add(row)
    await unit.session.flush()


async def of_report(unit: UnitOfWork, report: Report) -> Way | None:
    """Reply channel of a report, or None without consent or after its time."""
    row = await unit.session.scalar(select(WayBack).where(WayBack.report_id == report.id))
    return next(iter(await _opened(unit, [row])), None) if row is not None else None


async def leading_to(unit: UnitOfWork, report_ids: Collection[str]) -> Collection[str]:
    query = select(WayBack.report_id).where(WayBack.report_id.in_(report_ids), WayBack.until_day >= unit.day)
    return set(await unit.session.scalars(query))


async def of_chats(unit: UnitOfWork, chat_ids: Collection[int]) -> Sequence[Way]:
    hashes = [one for chat_id in set(chat_ids) for one in _hashes(unit, chat_id)]
    return await _opened(unit, await _rows(unit, hashes)) if hashes else ()


async def oldest(unit: UnitOfWork, found: Collection[Way]) -> Report | None:
    reports = select(Report).where(Report.id.in_([way.row.report_id for way in found]))
    return await unit.session.scalar(reports.order_by(Report.submitted_hour, Report.ref).limit(1))


async def proved(unit: UnitOfWork, chat_id: int, typed: str, allowance: allowances.Allowance | None) -> Way:
    """Reply channel by its code, whole or last part. Raises Refusal if wrong, or after many guesses."""
    part = read_part(typed)
    if part is None:
        raise Refusal("talk.part.unread")
    if allowance is not None and allowance.guesses >= unit.settings.guesses_a_day:
        raise Refusal("receipt.enough_guesses")
    hashed = _part(unit, part)
    for way in await of_chats(unit, [chat_id]):
        if way.part == hashed:
            return way
    if allowance is not None:
        allowance.guesses += 1
        allowances.note(unit, allowance)
    raise Refusal("talk.part.wrong")


async def keeps_no_code(unit: UnitOfWork, chat_id: int, check: str) -> bool:
    """Let a report open without its code, which is not kept. Returns whether this check has a channel."""
    found = [one for one in await of_chats(unit, [chat_id]) if one.part is not None]
    mine = [one for one in found if one.check == check]
    for way in mine:
        _seal(unit, replace(way, part=None))
        vault.note_erasure(unit)
    return bool(mine)


async def prolong_of(unit: UnitOfWork, report: Report) -> None:
    change = update(WayBack).where(WayBack.report_id == report.id).values(until_day=until(unit))
    await unit.session.execute(change)


async def forget(unit: UnitOfWork, report_ids: Collection[str]) -> int:
    if not report_ids:
        return 0
    await unit.session.flush()
    rows = (await unit.session.scalars(select(WayBack).where(WayBack.report_id.in_(report_ids)))).all()
    return await _destroy(unit, rows)


async def forget_chat(unit: UnitOfWork, chat_id: int) -> int:
    await unit.session.flush()
    return await _destroy(unit, await _rows(unit, _hashes(unit, chat_id)))


async def lost(unit: UnitOfWork, chat_ids: Collection[int]) -> Sequence[str]:
    """Destroy the reply channels of unreachable chats. Returns their report ids."""
    rows = [way.row for way in await of_chats(unit, chat_ids)]
    report_ids = [row.report_id for row in rows]
    await _destroy(unit, rows)
    return report_ids


async def due(unit: UnitOfWork) -> Sequence[int]:
    """Ids of at most MOST_DUE reply channels to tell of a question."""
    return (await unit.session.scalars(select(WayBack.id).where(WayBack.asked).limit(MOST_DUE))).all()


async def take_due(unit: UnitOfWork, way_ids: Collection[int]) -> list[tuple[Way, Sequence[int]]]:
    """One of these reply channels for each chat to be told in this transaction, and the messages that it
    replaces. Empties the write-ahead log, which would join the row to the chat."""
    vault.note_erasure(unit)
    query = select(WayBack).where(WayBack.id.in_(way_ids), WayBack.asked)
    rows = (await unit.session.scalars(query.with_for_update(skip_locked=True))).all()
    for row in rows:
        row.asked = False
    due = {way.chat_id: way for way in await _opened(unit, rows)}
    standing: dict[int, list[int]] = {chat_id: [] for chat_id in due}
    for way in await of_chats(unit, due):
        if way.notice is not None:
            standing[way.chat_id].append(way.notice)
            _seal(unit, replace(way, notice=None))
    return [(way, sorted(standing[chat_id])) for chat_id, way in due.items()]


async def note_told(unit: UnitOfWork, told: Mapping[int, Collection[int]]) -> Mapping[int, Collection[int]]:
    """Remember sent notices by channel id, for later ones to replace. Returns the replaced ones by chat."""
    query = select(WayBack).where(WayBack.id.in_(told)).order_by(WayBack.id)
    rows = (await unit.session.scalars(query.with_for_update())).all()
    opened = {way.row.id: way for way in await _opened(unit, rows)}
    # After the loss of a lookup key a chat has channels under two hashes, so those told of are added.
    chats = {way.chat_id for way in opened.values()}
    found = [*opened.values(), *(way for way in await of_chats(unit, chats) if way.row.id not in opened)]
    standing: dict[int, set[int]] = {chat_id: set() for chat_id in chats}
    for way in found:
        standing[way.chat_id] |= {*told.get(way.row.id, ()), *([way.notice] if way.notice else [])}
    for way in found:
        if not standing[way.chat_id]:
            continue
        newest = max(standing[way.chat_id])
        is_its = newest in told.get(way.row.id, ()) or newest == way.notice
        _seal(unit, replace(way, notice=newest if is_its else None))
    vault.note_erasure(unit)
    return {chat_id: ids - {max(ids)} for chat_id, ids in standing.items() if len(ids) > 1}


async def over(unit: UnitOfWork, limit: int) -> Sequence[int]:
    """Ids of at most `limit` expired reply channels."""
    query = select(WayBack.id).where(WayBack.until_day < unit.day).limit(limit)
    return (await unit.session.scalars(query)).all()


async def expire(unit: UnitOfWork, way_ids: Collection[int]) -> int:
    query = select(WayBack).where(WayBack.id.in_(way_ids), WayBack.until_day < unit.day)
    rows = (await unit.session.scalars(query.with_for_update(skip_locked=True))).all()
    return await _destroy(unit, rows)


async def _rows(unit: UnitOfWork, hashes: Collection[bytes]) -> Sequence[WayBack]:
    return (await unit.session.scalars(select(WayBack).where(WayBack.chat_hash.in_(hashes)))).all()


async def _opened(unit: UnitOfWork, rows: Sequence[WayBack]) -> Sequence[Way]:
    await vault.open_keys(unit, (row.data_key_id for row in rows), lenient=True)
    found = []
    for row in rows:
        if row.data_key_id not in unit.keys or row.until_day < unit.day:
            continue
        try:
            told: dict[str, Any] = vault.unseal(unit, row.data_key_id or "", row.address, _context(row))
        except UnsealError:
            continue
        found.append(Way(row, told["chat"], told["part"], told["language"], told["notice"]))
    return found


async def _destroy(unit: UnitOfWork, rows: Iterable[WayBack]) -> int:
    doomed = list(rows)
    if doomed:
        keys = [row.data_key_id for row in doomed]
        await unit.session.execute(delete(WayBack).where(WayBack.id.in_([row.id for row in doomed])))
        await vault.destroy(unit, keys)
        vault.note_erasure(unit)
    return len(doomed)


def _seal(unit: UnitOfWork, way: Way) -> None:
    row = way.row
    told = {"chat": way.chat_id, "part": way.part, "language": way.language, "notice": way.notice}
    row.address = vault.seal(unit, row.data_key_id or "", told, _context(row), filled_to=_BYTES)


def _context(row: WayBack) -> str:
    return f"ways_back.address:{row.id}"


def _hashes(unit: UnitOfWork, chat_id: int) -> Sequence[bytes]:
    of = unit.safe.pseudonyms.of
    return [of(Purpose.WAY_BACK, f"{chat_id}:{number}") for number in range(MOST_OF_A_CHAT)]


def _part(unit: UnitOfWork, part: str) -> str:
    return unit.safe.pseudonyms.of(Purpose.PART, part).hex()


def until(unit: UnitOfWork) -> int:
    return unit.day + unit.settings.talk_days
