"""Journal of unrecorded deliveries, in a file beside the bot's data. After a kill they are recorded instead
of sent again. A row dropped during its call is known only here, and its message is deleted.

The journal is a hint: never flushed, and no delivery waits for it. Calls without an entry are sent twice.
Entries stay true, since row ids are never reused.

The file has slots of one size, each with a length and an entry sealed for this slot. Slots are wiped once
recorded, and the file is truncated when all are.
"""

import heapq
import logging
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot import json_text
from bot.safety.logs import where
from bot.safety.sealing import RingSeal, UnsealError
from bot.transport.call import Call, Delivered, QueuedRow

log = logging.getLogger(__name__)
_PLACE, _LENGTH = 512, 2
_PADDED_TO = 320
"""Padding, so that the length does not reveal the number of messages."""
_NAME = "deliveries."


class Journal:
    """Journal in `folder`. `number` is this replica's, or 0 for a single bot."""

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
        """Deliveries that ended replicas noted: first those of `rows` in order, then those whose row was
        deleted meanwhile."""
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
