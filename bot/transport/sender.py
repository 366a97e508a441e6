"""The sender: delivers the outbox in order within each chat, and keeps a journal of what is not recorded yet."""

import asyncio
import heapq
import logging
import math
import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from telegram.error import ChatMigrated, RetryAfter

from bot import json_text
from bot.safety.logs import where
from bot.safety.sealing import RingSeal, UnsealError
from bot.store import faults
from bot.store.faults import SendFault, UnbuildableError, UnsentError, of_sending
from bot.transport.call import (
    Call,
    Delivered,
    Delivery,
    DeliverySnapshot,
    GoneError,
    QueuedRow,
    is_unmodified,
)
from bot.transport.lanes import CALLS_OF_A_START, Lane, Lanes, SendingPace
from bot.transport.replicas import Meter, loop_time, wait_at_most

log = logging.getLogger(__name__)

_PLACE, _LENGTH = 512, 2
_PADDED_TO = 320
"""Padding, so that the length does not reveal the number of messages."""
_NAME = "deliveries."


class Journal:
    """Journal of unrecorded deliveries, in a file in `folder`. `number` is this replica's, or 0 for a single bot.

    After a kill they are recorded instead of sent again. A row dropped during its call is known only here, and its
    message is deleted. The journal is a hint: never flushed, and no delivery waits for it. Calls without an entry are
    sent twice. Entries stay true, since row ids are never reused.

    The file has slots of one size, each with a length and an entry sealed for this slot. Slots are wiped once
    recorded, and the file is truncated when all are.
    """

    def __init__(self, folder: Path, ring: RingSeal, number: int = 0) -> None:
        self._folder, self._ring, self._number = folder, ring, number
        self._file: int | None = None
        self._places: dict[int, int] = {}
        self._free: list[int] = []
        self._told = False

    def note(self, done: Delivered) -> None:
        """Note a delivery."""
        place = self._free[0] if self._free else len(self._places)
        try:
            written = self._sealed(done, place)
            if len(written) > _PLACE:  # very many messages of one call: they may come twice
                return
            if os.pwrite(self._opened(), written.ljust(_PLACE, b"\0"), place * _PLACE) < _PLACE:
                return  # the disk is full
        except OSError as error:
            self._tell(error)
            return
        if self._free:
            heapq.heappop(self._free)
        self._places[done.row.id] = place

    def recorded(self, row_ids: Iterable[int]) -> None:
        """Forget deliveries that the database knows."""
        freed = [place for row_id in row_ids if (place := self._places.pop(row_id, None)) is not None]
        for place in freed:
            heapq.heappush(self._free, place)
        if self._free and not self._places:
            self._empty()
        elif freed:
            with suppress(
                OSError
            ):  # wiped, so that messages the database has forgotten are not recorded again
                for place in freed:
                    os.pwrite(self._opened(), bytes(_PLACE), place * _PLACE)

    def numbers(self) -> Collection[int]:
        """Numbers of the replicas whose journals are here."""
        with suppress(OSError):
            names = [path.name.removeprefix(_NAME) for path in self._folder.glob(f"{_NAME}*")]
            return {int(name) for name in names if name.isdecimal()}
        return ()

    def left_by(self, numbers: Iterable[int], rows: Iterable[QueuedRow]) -> list[Delivered]:
        """Deliveries noted by ended replicas: first those of `rows` in order, then those of deleted rows."""
        told: dict[int, Mapping[str, Any]] = {}
        for number in numbers:
            with suppress(OSError):
                told |= self._read(number, self._path(number).read_bytes())
        owed = [_delivered(row, told.pop(row.id)) for row in rows if row.id in told]
        return owed + [_delivered(_dropped(said), said) for said in told.values() if said.get("c")]

    def drop(self, numbers: Iterable[int]) -> None:
        """Delete the journals of these replicas."""
        for number in set(numbers) - {self._number}:
            with suppress(OSError):
                self._path(number).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop noting. Deletes the file if it is empty."""
        if self._file is None:
            return
        os.close(self._file)
        self._file = None
        if not self._places:
            with suppress(OSError):
                self._path(self._number).unlink(missing_ok=True)

    def _opened(self) -> int:
        """File descriptor. Entries of an earlier process stay until recorded."""
        if self._file is None:
            self._file = os.open(self._path(self._number), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._file

    def _empty(self) -> None:
        self._free.clear()
        if self._file is None:
            return
        try:
            os.ftruncate(self._file, 0)
            if os.fstat(self._file).st_nlink == 0:  # another replica took this one for dead
                os.close(self._file)
                self._file = None
        except OSError as error:
            self._tell(error)

    def _sealed(self, done: Delivered, place: int) -> bytes:
        row = done.row
        said = {"r": row.id, "m": done.message_ids, "d": done.doubtful, "l": done.left}
        said |= {"u": done.unbuilt, "v": done.moved_to, "e": done.edited_at}
        if done.message_ids:  # they may have to be deleted though no row tells of them
            said |= {"c": self._chat_of(row), "k": row.chat_hash.hex()}
            said |= {"p": row.report_id, "s": row.stay, "h": row.hour}
        sealed = self._ring.seal(json_text.dumped(said).ljust(_PADDED_TO), self._context(self._number, place))
        return len(sealed).to_bytes(_LENGTH, "big") + sealed

    def _read(self, number: int, held: bytes) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for place in range(len(held) // _PLACE):
            written = held[place * _PLACE : (place + 1) * _PLACE]
            sealed = written[_LENGTH : _LENGTH + int.from_bytes(written[:_LENGTH], "big")]
            if not sealed:
                continue
            with suppress(UnsealError, ValueError):
                said = json_text.loaded(self._ring.unseal(sealed, self._context(number, place)))
                yield said["r"], said

    def _chat_of(self, row: QueuedRow) -> int | None:
        try:
            return Call.of(self._ring, row).params.get("chat_id")
        except UnsealError:
            return None

    def _path(self, number: int) -> Path:
        return self._folder / f"{_NAME}{number}"

    @staticmethod
    def _context(number: int, place: int) -> str:
        return f"{_NAME}{number}:{place}"

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            log.warning("deliveries cannot be noted beside the database: %s", where(error))


def _delivered(row: QueuedRow, said: Mapping[str, Any]) -> Delivered:
    given = row, tuple(said["m"]), said["d"], tuple(said["l"]), said["u"]
    return Delivered(*given, moved_to=said.get("v"), edited_at=said.get("e"))


def _dropped(said: Mapping[str, Any]) -> QueuedRow:
    call = Call("sendMessage", {"chat_id": said["c"]})
    return QueuedRow(
        said["r"], bytes.fromhex(said["k"]), 0, b"", None, said["p"], said["h"], said["s"], None, call
    )


LATEST_SECONDS = 50.0
"""Time after which a call that may wait is made though others are owed, so that it leaves within about a minute."""
ROOM_SECONDS = 0.2
SOON_SECONDS = 1.0
"""Time within which calls that are owed should leave."""
AT_ONCE = 16
"""Calls to the Bot API under way at once. 28 a second that take half a second each are 14."""
NOTICE_SECONDS = 2.0
"""Time for notices when the bot stops. A chat takes one a second, and people wait until the next process begins."""
OWED_PAUSE = 5.0
"""Pause after a failed look at the outbox."""


@dataclass(eq=False)
class Sender:
    """Takes committed rows by `accept`, and reports finished ones by `drain`. `owes` tells whether a row
    still exists. `news` is set when there is something to drain, and cleared by the caller."""

    _delivery: Delivery
    _ring: RingSeal
    pace: SendingPace
    _owes: Callable[[QueuedRow], Awaitable[bool]]
    hash_of: Callable[[int], bytes]
    journal: Journal
    meter: Meter = field(default_factory=Meter)
    gate: asyncio.Event | None = None
    """Set while this replica may send. Otherwise others may have taken over its rows."""
    flooded: Callable[[float], None] | None = None
    """Called when Telegram refuses all sending for so many seconds."""
    until_erased: Callable[[], Awaitable[bool]] | None = None
    """Waits until destroyed data has left the database's log. False on a timeout."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    lanes: Lanes = field(default_factory=Lanes)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _delivered: list[Delivered] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _sent: int = 0
    _ends: bool = False
    _stopping: bool = False

    @property
    def room(self) -> int:
        """Number of newcomers for whom there is room soon beside what is owed."""
        calls = self.pace.within(SOON_SECONDS) - self.lanes.owed_soon()
        return max(0, math.ceil(min(calls / CALLS_OF_A_START, self.pace.starts())))

    def accept(self, rows: Iterable[QueuedRow], *, tried: bool = False) -> None:
        """Queue committed rows. New prompts replace older ones. `tried` ones may have been shown before."""
        given = list(rows)
        newest: dict[bytes, int] = {}
        for row in given:
            if row.prompt_step is not None:
                newest[row.chat_hash] = max(row.number, newest.get(row.chat_hash, 0))
        for chat_hash, number in newest.items():
            if (lane := self.lanes.get(chat_hash)) is not None:
                self._supersede(lane, number)
        for row in given:
            self._wake(row.chat_hash, self.lanes.add(row, self._sent, tried=tried))

    def accept_left(self, rows: Sequence[QueuedRow], numbers: Iterable[int] = (0,)) -> None:
        """Queue rows of an earlier process or ended replicas, unless their journals know them as delivered."""
        done = self.journal.left_by(numbers, rows)
        known = {one.row.id for one in done}
        for one in done:
            self._done(one)
        self.accept([row for row in rows if row.id not in known], tried=True)

    def drain(self) -> DeliverySnapshot:
        """Take the deliveries to record. If that fails, call `give_back`."""
        unseen = self.lanes.unseen_prompts()
        done, self._delivered = self._delivered, []
        return DeliverySnapshot(done, unseen, self.lanes.numbers(), self.lanes.tried())

    def tried_chats(self) -> Collection[bytes]:
        """Chats that may show messages that are not recorded."""
        return {*self.lanes.tried_chats(), *(done.row.chat_hash for done in self._delivered)}

    def known(self) -> set[int]:
        """Ids of queued rows and of deliveries that are not recorded."""
        return self.lanes.ids() | {done.row.id for done in self._delivered}

    def give_back(self, delivered: Sequence[Delivered]) -> None:
        """Return deliveries that could not be recorded."""
        self._delivered = [*delivered, *self._delivered]

    async def finish(self, seconds: float) -> None:
        """Deliver for at most so many seconds, notices for at most NOTICE_SECONDS, then stop. The next process
        delivers the rest."""
        self._ends, told_until = True, loop_time() + NOTICE_SECONDS
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._tasks and not (self.lanes.are_notices and loop_time() >= told_until):
                    await asyncio.wait(set(self._tasks), timeout=ROOM_SECONDS)
                self._stopping = True  # a call under way ends, since a cancelled one may be made twice
                await self.lanes.settle(self.lanes.tried_chats(), seconds)
        self._stopping = True
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _supersede(self, lane: Lane, number: int) -> None:
        for row in lane.drop_prompts(number):
            call = self._opened(row)
            self._done(Delivered(row, doubtful=call is not None and _may_stand(lane, row, call)))
            lane.tried.discard(row.id)

    def _opened(self, row: QueuedRow) -> Call | None:
        with suppress(UnsealError):
            return Call.of(self._ring, row)
        return None

    def _wake(self, chat_hash: bytes, lane: Lane) -> None:
        if not lane.running and lane.rows and not self._stopping:
            lane.running = True
            task = asyncio.create_task(self._run(chat_hash, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, chat_hash: bytes, lane: Lane) -> None:
        try:
            while lane.rows and not self._stopping:
                await lane.until_free()
                if not lane.rows:
                    break
                pause = await self._advance(lane, lane.rows[0])
                if pause:
                    await asyncio.sleep(pause)
        finally:
            lane.running = False
            if not lane.rows:
                self.lanes.forget(chat_hash)

    async def _advance(self, lane: Lane, row: QueuedRow) -> float:
        call = self._opened(row)
        if call is None:
            log.error("an answer that is owed does not open and is dropped")
            return self._leave(lane, Delivered(row))
        chat_id = call.params.get("chat_id")
        if isinstance(chat_id, int) and self.hash_of(chat_id) != row.chat_hash:
            log.error("an answer that is owed names another chat than its row and is dropped")
            return self._leave(lane, Delivered(row))
        if call.otherwise and not call.attach and self.until_erased and not await self.until_erased():
            call = replace(call, params={**call.params, "text": call.otherwise})
        if call.may_wait and not self._ends and not self.pace.has_room(row.chat_hash):
            lane.moved.clear()
            if await wait_at_most(lane.moved, ROOM_SECONDS) or loop_time() < row.since + LATEST_SECONDS:
                return 0.0
        if call.essential or call.may_wait:
            is_group = isinstance(chat_id, int) and chat_id < 0
            await self.pace.wait(row.chat_hash, call.method, is_group=is_group)
        async with self._slots:
            if self.gate is not None:
                await self.gate.wait()
            owed = await self._is_owed(row, call)
            if not lane.rows or lane.rows[0] is not row:  # superseded or withdrawn meanwhile
                return 0.0
            if not owed:
                gone = Delivered(row, doubtful=_may_stand(lane, row, call))
                return OWED_PAUSE if owed is None else self._leave(lane, gone)
            lane.called_at = loop_time()
            lane.quiet.clear()
            try:
                return await self._try(lane, row, call)
            finally:
                lane.quiet.set()

    async def _is_owed(self, row: QueuedRow, call: Call) -> bool | None:
        """Whether a row may still be sent. None if unknown. Only messages to moderators are taken back."""
        if call.is_silent or (row.report_id is None and not call.attach and not call.guarded):
            return True
        try:
            return await self._owes(row)
        except Exception as error:  # noqa: BLE001 - a boundary: a database that is away must not end the lane
            if not faults.is_away(error):  # an outage is told once
                log.warning("whether an answer is still owed is not known: %s", where(error))
            return None

    async def _try(self, lane: Lane, row: QueuedRow, call: Call) -> float:
        doubtful = row.id in lane.tried
        # Before the call: once it is under way it is unknown whether the person sees it.
        lane.tried.add(row.id)
        began = loop_time()
        try:
            result, left = await self._delivery.send(call, lane.deleted)
        except RetryAfter as held:
            if not doubtful:
                lane.tried.discard(row.id)  # it was certainly not shown
            seconds = faults.retry_seconds(held)
            self.meter.note("flood_waits")
            self.meter.note("flood_wait_seconds", seconds)
            if self.pace.note_refusal(row.chat_hash, seconds) and self.flooded is not None:
                self.flooded(seconds)
            return seconds
        except ChatMigrated as grown:
            return self._leave(lane, Delivered(row, moved_to=grown.new_chat_id))
        except GoneError:
            return self._leave(lane, Delivered(row, doubtful=doubtful and call.shows))
        except Exception as error:  # noqa: BLE001 - a boundary: one row's fault must not silence its chat
            away = of_sending(error) is SendFault.STORED
            if (away or isinstance(error, UnsentError | UnbuildableError)) and not doubtful:
                lane.tried.discard(row.id)
            self.meter.note("send_seconds", loop_time() - began)
            self.meter.note("sends_failed")
            if away:
                return next(lane.pauses)
            return self._after_fault(lane, row, call, error, doubtful=doubtful)
        self.meter.note("send_seconds", loop_time() - began)
        self._sent += 1
        ids = _message_ids(call, result) if call.essential else ()
        edited_at = result.get("edit_date") if ids and isinstance(result, dict) else None
        if edited_at is not None and doubtful:
            edited_at = 0
        return self._leave(lane, Delivered(row, ids, doubtful and call.shows, left, edited_at=edited_at))

    def _after_fault(
        self, lane: Lane, row: QueuedRow, call: Call, error: Exception, *, doubtful: bool
    ) -> float:
        unbuilt = False
        match of_sending(error):
            case SendFault.BLOCKED:
                return self._drop_chat(lane, row)
            case SendFault.REFUSED:
                if not is_unmodified(error) and self._becomes_new(lane, row, call, doubtful=doubtful):
                    return 0.0
            case SendFault.UNBUILDABLE:
                unbuilt = call.essential
                log.error("no request can be made of a call of %s", call.method)
            case SendFault.NETWORK:
                doubtful = row.id in lane.tried
                pause = lane.note_failure(self._sent)
                if call.essential and lane.alone <= faults.MOST_ALONE and row in lane.rows:
                    return pause
            case SendFault.UNKNOWN:
                log.warning("a call of %s failed for good: %s", call.method, type(error).__name__)
            case SendFault.OWN:
                lane.own_faults += 1
                log.error("a call of %s could not be made: %s", call.method, type(error).__name__)
                if lane.own_faults < faults.MOST_FAULTS:
                    return float(2**lane.own_faults)
        left = tuple(one for one in call.doomed if one not in lane.deleted) if call.essential else ()
        return self._leave(lane, Delivered(row, (), doubtful and call.shows, left, unbuilt))

    def _becomes_new(self, lane: Lane, row: QueuedRow, call: Call, *, doubtful: bool) -> bool:
        """Put a new message in place of a refused edit. Returns whether there is one."""
        if (anew := call.anew()) is None:
            if call.essential:
                log.warning("Telegram refused a call of %s", call.method)
            return False
        row.call = anew
        if not doubtful:
            lane.tried.discard(row.id)
        return True

    def _leave(self, lane: Lane, done: Delivered) -> float:
        lane.leave(done.row, self._sent)
        self._done(done)
        return 0.0

    def _drop_chat(self, lane: Lane, refused: QueuedRow) -> float:
        """Drop the rows of a blocked chat, except deletions, which still work."""
        self._leave(lane, Delivered(refused, unreachable=True))
        for row in list(lane.rows):
            call = self._opened(row)
            if call is None or not call.doomed:
                lane.rows.remove(row)
                self._done(Delivered(row, doubtful=row.id in lane.tried))
                lane.tried.discard(row.id)
        return 0.0

    def _done(self, done: Delivered) -> None:
        self.journal.note(done)
        self._delivered.append(done)
        self.news.set()


def _may_stand(lane: Lane, row: QueuedRow, call: Call) -> bool:
    """Whether a row may have put a message into the chat. An edit of an earlier life may have become one."""
    is_earlier = row.call is None
    return row.id in lane.tried and (call.shows or (is_earlier and call.anew() is not None))


def _message_ids(call: Call, result: object) -> tuple[int, ...]:
    """Ids of sent messages, but none of groups and channels, whose ids are negative (Bot API)."""
    chat_id = call.params.get("chat_id")
    if isinstance(chat_id, int) and chat_id < 0:
        return ()
    found = result if isinstance(result, list) else [result]
    return tuple(entry["message_id"] for entry in found if isinstance(entry, dict) and "message_id" in entry)
