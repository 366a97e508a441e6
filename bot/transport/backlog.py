"""Admission of updates and the sealed backlog of those that wait, including senders over their daily limit."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, delete, exists, func, insert, or_, select

from bot import json_text
from bot.safety.sealing import UnsealError
from bot.store import vault
from bot.store.allowances import IS_NEW, Allowance, SenderLimits
from bot.store.unit import MakeUnit, UnitOfWork
from bot.store.vault import RingSealed
from bot.transport.updates import RawUpdate, chat_of, id_of, ids_of
from db.models import WaitingUpdate

log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
"""Limit for people in the middle of a report, beyond the first update of each."""
MOST_OF_A_CHAT = 10
"""Limit for one chat: an album of photos."""
MOST_URGENT_NEW = 10
"""Limit for urgent updates of newcomers (people with no open report), beside those that are admitted."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update with its `number` among its sender's of the day, and the count `before` it in this batch.
    `rests`: one that waited, of a sender in the middle of a report, or who wrote much today."""

    raw: RawUpdate
    chat_id: int | None = None
    number: int = 0
    before: int = 0
    rests: bool = False


def arrivals(raws: Sequence[RawUpdate], crowd: SenderLimits, counts: Mapping[int, int]) -> Iterator[Arrival]:
    before: dict[int, int] = {}
    for raw in raws:
        chat_id = chat_of(raw)
        if chat_id is None:
            yield Arrival(raw)
            continue
        place = before[chat_id] = before.get(chat_id, -1) + 1
        first = crowd.by_chat[chat_id].updates - counts[chat_id]
        yield Arrival(raw, chat_id, first + place + 1, place)


def counted(raws: Sequence[RawUpdate]) -> dict[int, int]:
    return Counter(chat_id for raw in raws if (chat_id := chat_of(raw)) is not None)


def admitted(
    came: Sequence[Arrival],
    crowd: SenderLimits,
    busy: Collection[int],
    is_urgent: Callable[[RawUpdate], bool],
    newcomers: int,
) -> tuple[list[Arrival], list[Arrival]]:
    """Split updates into those answered at once, of at most `newcomers`, and those that wait, as `busy` chats."""
    share = min(MOST_OF_A_CHAT, max(1, MOST_AT_ONCE // max(1, len(crowd.by_chat))))
    new, urgent = 0 if crowd.newcomers_wait else newcomers, MOST_URGENT_NEW
    now: list[Arrival] = []
    later: list[Arrival] = []
    held = set(busy)
    for one in came:
        if one.chat_id is None:
            now.append(one)
            continue
        sender = crowd.by_chat[one.chat_id]
        in_turn = sender.in_report or new > 0
        is_first = not in_turn and urgent > 0 and is_urgent(one.raw)
        if sender.waits or one.chat_id in held or one.before >= share or not (in_turn or is_first):
            held.add(one.chat_id)
            later.append(one)
            continue
        new -= in_turn and not sender.in_report
        urgent -= is_first
        now.append(one)
    return now, later


MOST_URGENT = 5
"""Limit on a sender's waiting urgent updates: enough to prove a code, clear the chat and withdraw."""
MOST_OF_BLOCKED = 100
"""Limit on other waiting updates of a blocked sender with an open form. Unblocked ones lose nothing."""
TOLD = 1
"""Limit on waiting updates of a sender who must still be told that nothing more is answered."""


def kept(
    found: Iterable[Arrival],
    most_others: int,
    is_urgent: Callable[[RawUpdate], bool],
    repeated: Callable[[RawUpdate], str | None],
) -> Sequence[Arrival]:
    """Updates of one chat that keep waiting: the last urgent ones, without repetitions, and the first others."""
    urgent: dict[str | int | None, Arrival] = {}
    others = []
    for one in found:
        if is_urgent(one.raw):
            same = repeated(one.raw) or id_of(one.raw)
            urgent.pop(same, None)
            urgent[same] = one
        else:
            others.append(one)
    return [*others[:most_others], *list(urgent.values())[-MOST_URGENT:]]


_MOST_LOOKED_AT = 128
"""Updates per sender that are opened, newest first. More wait only after an open form."""
_AT_ONCE = 500


def _context(update_id: int | None) -> str:
    return f"waiting_updates.raw:{update_id}"


RING_SEALED = RingSealed(WaitingUpdate.raw, lambda row: _context(row.id))


def is_over(unit: UnitOfWork, one: Arrival, crowd: SenderLimits) -> bool:
    """Whether an update exceeds the daily limit, outside a report."""
    sender = crowd.by_chat[one.chat_id or 0]
    return sender.outside(one.number) > unit.settings.updates_a_day and not sender.in_report


async def put(unit: UnitOfWork, later: Iterable[Arrival], crowd: SenderLimits) -> None:
    rows = []
    for one in later:
        update_id, sender = id_of(one.raw), crowd.by_chat[one.chat_id or 0]
        sealed = unit.safe.ring.seal(json_text.dumped(one.raw), _context(update_id))
        facts = {"id": update_id, "sender": sender.sender, "number": one.number}
        rows.append({**facts, "in_report": sender.in_report, "raw": sealed})
    if rows:
        await unit.session.execute(insert(WaitingUpdate), rows)


async def over(unit: UnitOfWork, senders: Mapping[int, Allowance]) -> Mapping[int, Sequence[Arrival]]:
    """Waiting updates beyond the daily limit, by chat. Old ones are not opened."""
    chats = {sender.sender: chat_id for chat_id, sender in senders.items()}
    most = unit.settings.updates_a_day
    theirs = (
        and_(WaitingUpdate.sender == one.sender, WaitingUpdate.number > one.inside + most)
        for one in senders.values()
    )
    query = select(WaitingUpdate.id, WaitingUpdate.sender, WaitingUpdate.number).where(or_(*theirs))
    query = query.where(~WaitingUpdate.in_report).order_by(WaitingUpdate.number, WaitingUpdate.id)
    found: dict[int, list[Arrival]] = {}
    for row in (await unit.session.execute(query)).all():
        chat_id = chats[row.sender]
        found.setdefault(chat_id, []).append(Arrival({"update_id": row.id}, chat_id, row.number))
    newest = [one for each in found.values() for one in each[-_MOST_LOOKED_AT:]]
    raws = await _raws(unit, ids_of(one.raw for one in newest))
    return {
        chat_id: [replace(one, raw=raws.get(id_of(one.raw), one.raw)) for one in each]
        for chat_id, each in found.items()
    }


async def _raws(unit: UnitOfWork, update_ids: Sequence[int]) -> Mapping[int | None, RawUpdate]:
    raws: dict[int | None, RawUpdate] = {}
    for ids in _pieces(update_ids):
        query = select(WaitingUpdate.id, WaitingUpdate.raw).where(WaitingUpdate.id.in_(ids))
        for row in (await unit.session.execute(query)).all():
            raws[row.id] = _unsealed(unit, row.id, row.raw)
    return raws


def _pieces(update_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(update_ids), _AT_ONCE):
        yield update_ids[start : start + _AT_ONCE]


async def take(unit: UnitOfWork, update_ids: Collection[int]) -> set[int]:
    """Delete updates from the backlog. Returns the ids that were still there: none is processed twice."""
    taken = set[int]()
    for ids in _pieces(sorted(update_ids)):
        gone = delete(WaitingUpdate).where(WaitingUpdate.id.in_(ids)).returning(WaitingUpdate.id)
        taken.update(await unit.session.scalars(gone.execution_options(synchronize_session=False)))
    if update_ids:
        vault.note_erasure(unit)
    return taken


@dataclass(frozen=True, slots=True)
class Backlog:
    """Committed backlog."""

    read: MakeUnit

    async def next(
        self, each: int, newcomers: int, but: Collection[int] = (), *, of_reports: int = MOST_OF_A_CHAT
    ) -> list[Arrival]:
        """Updates whose turn it is, without the senders of `but`: at most `of_reports` of the person with the fewest
        today among those who rest (`each` if they have no open report), and `each` of each newcomer, at most
        `newcomers` in all."""
        turn = WaitingUpdate.number, WaitingUpdate.id
        waiting = select(WaitingUpdate).order_by(*turn)
        if but:
            senders = select(WaitingUpdate.sender).where(WaitingUpdate.id.in_(but))
            waiting = waiting.where(WaitingUpdate.sender.not_in(senders))
        in_report = WaitingUpdate.in_report
        resting = waiting.where(in_report).limit(1), waiting.where(~in_report, ~IS_NEW).limit(1)
        async with self.read() as unit:
            taken, found = Counter[bytes](), list[WaitingUpdate]()
            for row in (
                await unit.session.scalars(waiting.where(IS_NEW).limit(newcomers)) if newcomers else ()
            ):
                taken[row.sender] += 1
                found += [row] if taken[row.sender] <= each else []
            new = len(found)
            firsts = [await unit.session.scalar(theirs) for theirs in resting if of_reports]
            if first := min(filter(None, firsts), key=lambda row: (row.number, row.id), default=None):
                theirs = waiting.where(
                    WaitingUpdate.sender == first.sender, in_report == first.in_report, ~IS_NEW
                )
                most = of_reports if first.in_report else min(each, of_reports)
                found += await unit.session.scalars(theirs.limit(most))
            raws = [(_unsealed(unit, row.id, row.raw), row.number) for row in found]
            return [
                Arrival(raw, chat_of(raw), number, rests=at >= new) for at, (raw, number) in enumerate(raws)
            ]

    async def length(self) -> int:
        async with self.read() as unit:
            return await unit.session.scalar(select(func.count()).select_from(WaitingUpdate)) or 0

    async def is_empty(self) -> bool:
        async with self.read() as unit:
            return not await unit.session.scalar(select(exists(select(WaitingUpdate.id))))


def _unsealed(unit: UnitOfWork, update_id: int, sealed: bytes) -> RawUpdate:
    """Unseal an update. Without its key only the id is left, and nothing tells whose it was."""
    try:
        raw: RawUpdate = json_text.loaded(unit.safe.ring.unseal(sealed, _context(update_id)))
    except UnsealError:
        log.error("an update that waits does not open and is dropped")  # noqa: TRY400 - no trace helps
        return {"update_id": update_id}
    return raw
