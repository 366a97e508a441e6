"""The job that fetches files after their message was committed, seals and stores them; it also removes
what was destroyed. A report can be submitted meanwhile."""

import asyncio
import logging
from contextlib import suppress

from telegram.error import BadRequest

from bot.chat.api import Api
from bot.safety.logs import where
from bot.services.reports import files
from bot.services.reports.store import FileStore
from bot.services.unit import MakeUnit

log = logging.getLogger(__name__)
AT_ONCE = 4
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
MOST_TRIES = 1440
"""A file is given up after a day of tries at the longest pause: evidence outlives an outage."""


class FileJob:
    """`run` until `stop`; `wake` when a batch brought files or destroyed some."""

    def __init__(self, api: Api, store: FileStore, work: MakeUnit) -> None:
        self._api, self._store, self._work = api, store, work
        self._news = asyncio.Event()
        self._stop = asyncio.Event()

    def wake(self) -> None:
        """There may be something to do."""
        self._news.set()

    def stop(self) -> None:
        """Finish the fetch under way and end."""
        self._stop.set()
        self._news.set()

    async def run(self) -> None:
        """Fetch what is pending, now and whenever woken; failures are tried again with growing pauses,
        which no news cuts short: a busy bot would use up all tries within seconds."""
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            self._news.clear()
            try:
                more, failed = await self.work_once()
            except Exception as error:  # noqa: BLE001 - a boundary: whatever a round fails of, the next is tried
                log.warning("a round of files failed: %s", where(error))
                more, failed = True, True
            if failed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            if not more:
                await self._news.wait()

    async def work_once(self) -> tuple[bool, bool]:
        """One round: whether there was something to do, and whether some of it failed."""
        async with self._work() as unit:
            removed = await files.remove_doomed(unit, self._store, 100)
            waiting = await files.pending(unit, AT_ONCE)
        results = await asyncio.gather(*(self._fetch(*entry) for entry in waiting), return_exceptions=True)
        for error in results:
            if isinstance(error, BaseException):
                log.warning("a failed fetch could not be counted: %s", where(error))
        return bool(removed or waiting), not all(done is True for done in results)

    async def _fetch(self, file_id: str, telegram_id: str) -> bool:
        try:
            file = await self._api.bot.get_file(telegram_id)
            content = bytes(await file.download_as_bytearray())
            await keep(self._work, self._store, file_id, content)
        except Exception as error:  # noqa: BLE001 - a boundary: one file's fault must not stop the others
            log.warning("fetching a file failed: %s", where(error))
            # Telegram's other 400 is "wrong file_id or the file is temporarily unavailable".
            final = isinstance(error, BadRequest) and "too big" in error.message
            async with self._work() as unit:
                await files.note_failure(unit, file_id, final=final, most=MOST_TRIES)
            return final
        return True


async def keep(work: MakeUnit, store: FileStore, file_id: str, content: bytes) -> bool:
    """Seal a fetched file into the store; False when it is no longer wanted, then nothing of it stays there.

    Sealing and storing take their time and hold up no transaction.
    """
    async with work() as unit:
        key = await files.sealing_key(unit, file_id)
    if key is None:
        return False
    sealed = await asyncio.to_thread(files.seal_file, key, file_id, content)
    await store.put(file_id, sealed.content)
    async with work() as unit:
        kept = await files.note_stored(unit, file_id, sealed)
    if not kept:
        await store.remove(file_id)
    return kept
