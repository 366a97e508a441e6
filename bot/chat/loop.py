"""The batch loop: fetch, fold in one transaction, commit, acknowledge; then the outbox is sent.

Nothing is acknowledged before it is durable. A batch that fails is folded again update by update, and the
one that fails alone is set aside and reported.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress

from telegram.error import Conflict, NetworkError, RetryAfter, TelegramError

from bot.chat.api import Api
from bot.chat.batch import Folded, Folder, Raw
from bot.chat.outbox import Call
from bot.chat.sender import Delivered, Sender
from bot.services.unit import Unit
from db.models import FailedUpdate, OutboxRow, SeenUpdate

log = logging.getLogger(__name__)

MakeUnit = Callable[[], AbstractAsyncContextManager[Unit]]
SETTLE_SECONDS = 5.0
FLUSH_SECONDS = 0.2
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

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        self._stop.set()

    def flush_soon(self) -> None:
        """Something was delivered: if no batch records it soon, an empty one does."""
        self._flush.set()

    async def run(self) -> None:
        """Fetch and fold until stopped."""
        flusher = asyncio.create_task(self._run_flusher())
        offset: int | None = None
        pause = 0.5
        try:
            while not self._stop.is_set():
                try:
                    raws = await self._fetch(offset)
                except TelegramError as error:
                    log.warning("getUpdates failed: %s", type(error).__name__)
                    await self._wait(_pause_after(error, pause))
                    pause = min(pause * 2, LONGEST_PAUSE)
                    continue
                pause = 0.5
                if raws:
                    await self.take(raws)
                    offset = raws[-1]["update_id"] + 1
        finally:
            flusher.cancel()
            with suppress(asyncio.CancelledError):
                await flusher
        if offset is not None:
            with suppress(TelegramError):
                await self._api.updates(offset, 0)  # acknowledge the last batch

    async def _fetch(self, offset: int | None) -> list[Raw]:
        fetching = asyncio.create_task(self._api.updates(offset, self._poll_seconds))
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({fetching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not fetching.done():
            fetching.cancel()
            with suppress(asyncio.CancelledError, TelegramError):
                await fetching
            return []
        return fetching.result()

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _run_flusher(self) -> None:
        while True:
            await self._flush.wait()
            await asyncio.sleep(FLUSH_SECONDS)
            self._flush.clear()
            await self.take([])

    async def take(self, raws: Sequence[Raw]) -> None:
        """Fold these updates, durably; afterwards they may be acknowledged."""
        async with self._busy:
            await self._settle(raws)
            delivered = self._sender.drain_delivered()
            if not raws and not delivered:
                return
            try:
                folded = await self.fold(raws, delivered)
            except Exception:  # noqa: BLE001 - the one boundary: a batch that fails is folded one by one
                self._sender.restore(delivered)
                log.warning("a batch of %d failed and is folded one by one", len(raws))
                await self._take_singly(raws)
            else:
                self.after(folded)

    async def _take_singly(self, raws: Sequence[Raw]) -> None:
        delivered = self._sender.drain_delivered()
        if delivered:
            self.after(await self.fold([], delivered))
        for raw in raws:
            try:
                folded = await self.fold([raw], [])
            except Exception as error:  # noqa: BLE001 - the same boundary: this one is set aside
                folded = await self._set_aside(raw, error)
            self.after(folded)

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
        chats = {chat_id for raw in raws if (chat_id := _written_in(raw)) is not None}
        if chats:
            await asyncio.gather(
                *(self._sender.settle(self._lane(chat_id), SETTLE_SECONDS) for chat_id in chats)
            )

    async def _set_aside(self, raw: Raw, error: Exception) -> Folded:
        """Keep an update that fails alone, sealed, and give its person the reference."""
        reference = secrets.token_hex(4).upper()
        log.error("update set aside, reference %s: %s", reference, _where(error))
        rows: list[OutboxRow] = []
        async with self._work() as unit:
            plain = json.dumps(raw, ensure_ascii=False).encode()
            sealed = unit.safe.ring.seal(plain, f"failed_updates.raw:{reference}")
            unit.session.add(SeenUpdate(id=raw["update_id"], hour=unit.hour))
            unit.session.add(
                FailedUpdate(reference=reference, update_id=raw["update_id"], raw=sealed, hour=unit.hour)
            )
            chat_id = _written_in(raw)
            if chat_id is not None and chat_id > 0:
                language = unit.settings.languages[0]
                text = self._folder.renderer.texts.text(language, "reporter.failed", {"reference": reference})
                call = Call("sendMessage", {"chat_id": chat_id, "text": text})
                row = OutboxRow(
                    chat_hash=unit.safe.pseudonyms.chat(chat_id),
                    payload=call.dump(unit.safe.ring),
                    hour=unit.hour,
                )
                unit.session.add(row)
                rows.append(row)
        return Folded(rows)


def _pause_after(error: TelegramError, pause: float) -> float:
    if isinstance(error, RetryAfter):
        after = error.retry_after
        return float(after) if isinstance(after, int) else after.total_seconds()
    return pause if isinstance(error, NetworkError) and not isinstance(error, Conflict) else max(pause, 3.0)


def _written_in(raw: Raw) -> int | None:
    """The chat of a message or a tap, read without trusting the update's shape."""
    for kind in ("message", "edited_message"):
        message = raw.get(kind)
        if isinstance(message, dict) and isinstance(message.get("chat"), dict):
            chat_id = message["chat"].get("id")
            return chat_id if isinstance(chat_id, int) else None
    tap = raw.get("callback_query")
    if isinstance(tap, dict) and isinstance(tap.get("from"), dict):
        chat_id = tap["from"].get("id")
        return chat_id if isinstance(chat_id, int) else None
    return None


def _where(error: Exception) -> str:
    """The kind of an error and where it happened: never its text, which may hold a person's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"
    return f"{type(error).__name__} in {place}"
