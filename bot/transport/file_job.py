"""The file job: fetches, cleans, seals and stores files, and removes destroyed ones. The leader runs it.
Messages do not wait for downloads: they only write a `pending` row, which survives a kill."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Final

from bot.errors import StoreAwayError
from bot.safety.cleaning import cleaner
from bot.safety.cleaning.cleaner import IMAGES, type_of
from bot.safety.logs import where
from bot.store import faults, files
from bot.store.file_store import FileStore
from bot.store.files import SealedFile
from bot.store.unit import MakeUnit
from bot.transport.api import Api
from bot.transport.replicas import loop_time, wait_at_most

log = logging.getLogger(__name__)

CLEANED_AT_ONCE: Final = 2
"""Files cleaned at once. Each may use `confinement.MOST_MEMORY`."""
MOST_PASSED_SECONDS: Final = 60.0
"""How long a file lets smaller ones pass, so that none waits five minutes."""


@dataclass(eq=False, slots=True)
class _Waiting:
    is_image: bool
    size: int
    since: float
    called: "asyncio.Future[None]"


class CleaningTurns:
    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._called: list[_Waiting] = []

    @asynccontextmanager
    async def turn(self, content: bytes) -> AsyncIterator[None]:
        kind = type_of(content)
        is_image = kind is None or kind.room == IMAGES  # an unknown type takes no time
        mine = _Waiting(is_image, len(content), loop_time(), asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            self._call()
            await mine.called
            yield
        finally:
            (self._called if mine in self._called else self._waiting).remove(mine)
            self._call()

    def _call(self) -> None:
        while len(self._called) < CLEANED_AT_ONCE:
            others_too = all(one.is_image for one in self._called)
            may = [one for one in self._waiting if one.is_image or others_too]
            if not may:
                return
            late = [one for one in may if loop_time() - one.since >= MOST_PASSED_SECONDS]
            first = late[0] if late else min(may, key=lambda one: (not one.is_image, one.size))
            self._waiting.remove(first)
            self._called.append(first)
            if not first.called.done():  # it may have been cancelled just now
                first.called.set_result(None)


NoteStored = Callable[[str, SealedFile], Awaitable[bool]]
"""Notes durably that a file is stored (see `files.note_stored`)."""
FETCHED_AT_ONCE = 3
MOST_REMOVED = 100


class FileJob:
    """Rounds of the job. `due` signals files to fetch or remove."""

    def __init__(
        self, api: Api, store: FileStore, work: MakeUnit, note_stored: NoteStored, due: asyncio.Event
    ) -> None:
        self._api, self._store, self._work, self._due = api, store, work, due
        self._note_stored, self._stopping = note_stored, False
        self._pauses, self._again_at = faults.FILE_BACKOFF.pauses(), 0.0
        self._turns = CleaningTurns()
        self._under_way: list[dict[str, asyncio.Task[bool]]] = [{} for _ in files.LANES]

    def stop(self) -> None:
        """Begin no more rounds."""
        self._stopping = True
        self._due.set()

    async def finish(self) -> None:
        """Stop, and finish the running fetches."""
        self.stop()
        running = chain.from_iterable(one.values() for one in self._under_way)
        await asyncio.gather(*running, return_exceptions=True)

    async def once(self) -> float | None:
        """Fetch pending files. New ones neither wait for the pause of a failure nor shorten it, since a busy
        bot would use up all tries within seconds."""
        if self._stopping:
            return None
        resting = loop_time() < self._again_at
        try:
            more, failed = await self.work_once(new_alone=resting)
        except Exception as error:  # noqa: BLE001 - a boundary: the next round is tried
            self._tell("a round of files failed", error)
            return next(self._pauses)
        if failed:
            self._again_at = loop_time() + next(self._pauses)
        elif not resting:
            self._pauses = faults.FILE_BACKOFF.pauses()
        if resting and not more:
            await wait_at_most(self._due, self._again_at - loop_time())
        return 0.0 if more or resting else None

    async def work_once(self, *, new_alone: bool = False) -> tuple[bool, bool]:
        """Fetch pending files until one is done, with `new_alone` only untried ones. Returns whether there
        was work, and whether some failed. Raises StoreAwayError, which does not count as a try."""
        async with self._work() as unit:
            doomed = await files.doomed(unit, MOST_REMOVED)
            found = [
                await files.pending(unit, FETCHED_AT_ONCE - len(busy), lane, busy, new_alone=new_alone)
                for lane, busy in zip(files.LANES, self._under_way, strict=True)
            ]
        for busy, entries in zip(self._under_way, found, strict=True):
            busy |= {entry[0]: asyncio.create_task(self._fetch(*entry)) for entry in entries}
        kept = await self._remove(doomed)
        fetching = any(self._under_way)
        results = await self._done()
        for error in results:
            if isinstance(error, StoreAwayError):
                raise error
            if isinstance(error, BaseException):
                self._tell("a failed fetch could not be counted", error)
        return bool(fetching or (doomed and not kept)), kept or not all(done is True for done in results)

    async def _done(self) -> list[bool | BaseException]:
        tasks = [task for busy in self._under_way for task in busy.values()]
        if not tasks:
            return []
        more = asyncio.create_task(self._due.wait())
        if self._stopping:
            await asyncio.wait(tasks)
        else:
            await asyncio.wait({more, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        more.cancel()
        ended = [(busy, one) for busy in self._under_way for one, task in busy.items() if task.done()]
        return await asyncio.gather(*(busy.pop(one) for busy, one in ended), return_exceptions=True)

    async def _remove(self, doomed: Sequence[str]) -> bool:
        """Remove files. A failure must not keep new files out."""
        try:
            await files.remove_doomed(self._work, self._store, doomed)
        except OSError as error:
            log.warning("files that were destroyed are not removed yet: %s", error.strerror)
            return True
        return False

    def _tell(self, what: str, error: BaseException) -> None:
        """Report a failure, unless it is part of an outage, which is told once."""
        if not faults.is_away(error) and not (self._api.outage.is_on and faults.is_unreached(error)):
            log.warning("%s: %s", what, where(error))

    async def _fetch(self, file_id: str, telegram_id: str) -> bool:
        try:
            file = await self._api.bot.get_file(telegram_id)
            content = bytes(await file.download_as_bytearray())
            await keep(self._work, self._store, self._note_stored, file_id, content, self._turns)
        except StoreAwayError:
            raise
        except Exception as error:  # noqa: BLE001 - a boundary: one file's fault must not stop the others
            self._tell("fetching a file failed", error)
            final = faults.is_final_for_file(error)
            async with self._work() as unit:
                await files.note_failure(unit, file_id, final=final, most=faults.MOST_FETCHES)
            return final
        return True


async def keep(
    work: MakeUnit,
    store: FileStore,
    note_stored: NoteStored,
    file_id: str,
    content: bytes,
    turns: CleaningTurns,
) -> bool:
    """Clean a file and seal it into the store, outside transactions. False if it is no longer wanted: nothing
    of it stays."""
    async with work() as unit:
        key, hour = await files.sealing_key(unit, file_id), unit.hour
        scheme, recipients = unit.safe.ring.scheme, unit.settings.original_recipients
    if key is None:
        return False
    async with turns.turn(content):
        cleaned = await asyncio.to_thread(cleaner.clean, content)
    sealed = await asyncio.to_thread(
        files.seal_file, key, file_id, content, cleaned, recipients, hour, scheme
    )
    await store.put(file_id, sealed.original)
    if sealed.copy is not None:
        await store.put(files.copy_id(file_id), sealed.copy)
    kept = await note_stored(file_id, sealed)
    if not kept:
        await store.remove(file_id)
        await store.remove(files.copy_id(file_id))
    return kept
