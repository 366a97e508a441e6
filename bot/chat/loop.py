"""The batch loop: fetch, fold in one transaction, commit, acknowledge; then the outbox is sent.

Nothing is acknowledged before it is durable. A batch that fails is folded again update by update, and the
one that fails alone is set aside and reported. Where the database itself refuses, the loop waits and
fetches the same updates again.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.chat.api import Api
from bot.chat.batch import Folded, Folder, Raw, id_of
from bot.chat.failed import set_aside, written_in
from bot.chat.sender import Delivered, Sender
from bot.safety.logs import where
from bot.services.unit import MakeUnit

log = logging.getLogger(__name__)

DATABASE_ERRORS = (SQLAlchemyError, OSError)
UNAVAILABLE = (OperationalError, InterfaceError)
"""Errors of a database that is full, locked or away: no update's fault, as far as can be told."""
AWAY = ("08", "40", "53", "57P")
"""How the SQLSTATE of a PostgreSQL begins that is not reached, undoes what collided, is full or shuts down."""
MOST_REFUSALS = 6
"""Rounds that a database may refuse before the update at hand is blamed after all: about half a minute."""
SETTLE_SECONDS = 5.0
FLUSH_SECONDS = 0.2
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


class Loop:
    """`run` until `stop`. `committed` is told what each batch left to do after its commit; `lane` gives the
    hash by which a chat is known."""

    def __init__(
        self,
        api: Api,
        work: MakeUnit,
        folder: Folder,
        sender: Sender,
        poll_seconds: int,
        committed: Callable[[Folded], None],
        lane: Callable[[int], bytes],
    ) -> None:
        self._api, self._work, self._folder, self._sender = api, work, folder, sender
        self._poll_seconds, self._committed, self._lane = poll_seconds, committed, lane
        self._stop = asyncio.Event()
        self._flush = asyncio.Event()
        self._busy = asyncio.Lock()
        self._offset: int | None = None
        self._refusals = 0

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        self._stop.set()
        self._flush.set()

    def flush_soon(self) -> None:
        """Something was delivered: if no batch records it soon, an empty one does."""
        self._flush.set()

    async def run(self) -> None:
        """Fetch and fold until stopped."""
        flusher = asyncio.create_task(self._run_flusher())
        pause = FIRST_PAUSE
        try:
            while not self._stop.is_set():
                try:
                    await self._round()
                except Exception as error:
                    if not (isinstance(error, (TelegramError, *DATABASE_ERRORS)) or is_away(error)):
                        raise
                    log.warning("a round failed: %s", where(error))
                    await self._wait(_pause_after(error, pause))
                    pause = min(pause * 2, LONGEST_PAUSE)
                else:
                    pause = FIRST_PAUSE
        finally:
            self.stop()
            await flusher
        if self._offset is not None:
            with suppress(TelegramError):
                await self._api.updates(self._offset, 0)  # acknowledge the last batch

    async def _round(self) -> None:
        raws = await self._fetch()
        if not raws:
            return
        await self.take(raws)
        ids = [update_id for raw in raws if (update_id := id_of(raw)) is not None]
        if ids:
            self._offset = max(ids) + 1
        else:
            await self._wait(LONGEST_PAUSE)  # what has no id cannot be acknowledged, and comes again

    async def _fetch(self) -> list[Raw]:
        fetching = asyncio.create_task(self._api.updates(self._offset, self._poll_seconds))
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({fetching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not fetching.done():
                fetching.cancel()
        try:
            return await fetching
        except asyncio.CancelledError:
            if self._stop.is_set():
                return []
            raise

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _run_flusher(self) -> None:
        while not self._stop.is_set():
            await self._flush.wait()
            await self._wait(FLUSH_SECONDS)
            self._flush.clear()
            try:
                await self.take([])
            except Exception as error:
                if not (isinstance(error, DATABASE_ERRORS) or is_away(error)):
                    raise
                log.warning("deliveries could not be recorded: %s", where(error))
                self._flush.set()
                await self._wait(LONGEST_PAUSE)

    async def take(self, raws: Sequence[Raw]) -> None:
        """Fold these updates, durably; afterwards they may be acknowledged. Raises what the database
        raises when it refuses all; then nothing is lost, and the same updates may be taken again."""
        async with self._busy:
            try:
                await self._commit(raws)
            except Exception:
                if not raws:
                    raise
                log.warning("a batch of %d failed and is folded one by one", len(raws))
                for raw in raws:
                    await self._commit_alone(raw)

    async def _commit(self, raws: Sequence[Raw]) -> None:
        await self._settle(raws)
        delivered = self._sender.drain_delivered()
        if not raws and not delivered:
            return
        try:
            folded = await self.fold(raws, delivered)
        except BaseException:
            self._sender.restore(delivered)
            raise
        self._refusals = 0
        self.after(folded)

    async def _commit_alone(self, raw: Raw) -> None:
        try:
            await self._commit([raw])
        except Exception as error:
            if is_away(error):
                raise
            self._refusals += isinstance(error, UNAVAILABLE)
            if isinstance(error, UNAVAILABLE) and self._refusals < MOST_REFUSALS:
                raise
            reference = secrets.token_hex(4).upper()
            log.error("update set aside, reference %s: %s", reference, where(error))  # noqa: TRY400 - no words
            async with self._work() as unit:
                rows = await set_aside(unit, self._folder.renderer.texts, raw, reference)
            self.after(Folded(rows))

    async def fold(self, raws: Sequence[Raw], delivered: Sequence[Delivered]) -> Folded:
        """One transaction."""
        async with self._work() as unit:
            return await self._folder.fold(unit, raws, delivered)

    def after(self, folded: Folded) -> None:
        """The batch is committed: its answers may go."""
        for report_id in folded.withdrawn:
            self._sender.drop_report(report_id)
        self._sender.accept(folded.rows)
        self._committed(folded)

    async def _settle(self, raws: Sequence[Raw]) -> None:
        """Before a person's message is read, no prompt to the same chat may be half-sent: else nobody
        could tell which question the message was for."""
        chats = {chat_id for raw in raws if (chat_id := written_in(raw)) is not None}
        await self._sender.settle([self._lane(chat_id) for chat_id in chats], SETTLE_SECONDS)


def is_away(error: BaseException) -> bool:
    """Whether an error says surely that the database is not to be had now: no update is to be blamed for it.
    While PostgreSQL's driver connects its errors come as they are, later in SQLAlchemy's."""
    if isinstance(error, OSError | PoolTimeoutError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _says_away(error.orig)
    return _says_away(error)


def _says_away(error: BaseException | None) -> bool:
    """Whether an error of PostgreSQL carries a SQLSTATE of AWAY."""
    state = getattr(error, "sqlstate", None)
    return isinstance(state, str) and state.startswith(AWAY)


def _pause_after(error: Exception, pause: float) -> float:
    if isinstance(error, RetryAfter):
        after = error.retry_after
        return float(after) if isinstance(after, int) else after.total_seconds()
    return max(pause, 3.0) if isinstance(error, Conflict | InvalidToken) else pause
