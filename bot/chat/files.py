"""The job that fetches files after their message was committed, seals and stores them; it also removes
what was destroyed. A report can be submitted meanwhile."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

from telegram.error import BadRequest, TelegramError

from bot.chat.api import Api
from bot.services import filing
from bot.services.store import FileStore
from bot.services.unit import Unit

log = logging.getLogger(__name__)
AT_ONCE = 4
MOST_TRIES = 12
LONGEST_PAUSE = 300.0

MakeUnit = Callable[[], AbstractAsyncContextManager[Unit]]


class FileJob:
    """`run` until `stop`; `wake` when a batch brought files or destroyed some."""

    def __init__(self, api: Api, store: FileStore, work: MakeUnit) -> None:
        self._api, self._store, self._work = api, store, work
        self._news = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """There may be something to do."""
        self._news.set()

    def stop(self) -> None:
        """Finish the fetch under way and end."""
        self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Fetch what is pending, now and whenever woken; failures are tried again with growing pauses."""
        pause = 1.0
        while not self._stopping:
            self._news.clear()
            more, failed = await self.work_once()
            pause = min(pause * 2, LONGEST_PAUSE) if failed else 1.0
            if more and not failed:
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause if failed else None)

    async def work_once(self) -> tuple[bool, bool]:
        """One round: whether there was something to do, and whether some of it failed."""
        async with self._work() as unit:
            removed = await filing.remove_doomed(unit, self._store, 100)
            waiting = await filing.pending(unit, AT_ONCE)
        results = await asyncio.gather(*(self._fetch(*entry) for entry in waiting))
        return bool(removed or waiting), not all(results)

    async def _fetch(self, file_id: str, telegram_id: str) -> bool:
        try:
            file = await self._api.bot.get_file(telegram_id)
            content = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            log.warning("fetching a file failed: %s", type(error).__name__)
            final = isinstance(error, BadRequest)  # too big, or unknown: it will not get better
            async with self._work() as unit:
                await filing.note_failure(unit, file_id, final=final, most=MOST_TRIES)
            return final
        async with self._work() as unit:
            if not await filing.keep(unit, self._store, file_id, content):
                await self._store.remove(file_id)
        return True
