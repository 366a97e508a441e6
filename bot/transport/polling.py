"""Polling by getUpdates: offsets, updates without a usable id, and a second program on the same token."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from telegram.error import Conflict, TelegramError

from bot.safety.logs import where
from bot.store import faults
from bot.transport.api import Api
from bot.transport.replicas import ALONE, Copies, loop_time
from bot.transport.updates import RawUpdate, id_of, ids_of

log = logging.getLogger(__name__)

PEACE_SECONDS = 20.0
"""Time of undisturbed fetching after which a program serves."""
SILENCE_SECONDS = 3600.0
SERVES = (
    "another program tries to fetch the updates of this KUAGER_BOT_TOKEN. This one came first and goes on. Stop the other; "
    "if you do not know of one, revoke the token at @BotFather and set the new one"
)
WAITS = (
    "another program fetches the updates of this KUAGER_BOT_TOKEN. This one waits until it is gone. Stop one of them; if you "
    "do not know of another, revoke the token at @BotFather and set the new one"
)


def _looks() -> Iterator[float]:
    return faults.RIVAL_BACKOFF.pauses()


@dataclass(slots=True)
class Rivalry:
    """Decides whether this program serves: the one that has fetched undisturbed. The other waits longer each
    time. Times are those of a monotonic clock, in seconds."""

    serves: bool = False
    waits: bool = False
    _since: float | None = None
    _told_at: float | None = None
    _pauses: Iterator[float] = field(default_factory=_looks)

    def asks(self, now: float) -> None:
        self._since = now if self._since is None else self._since

    def fetched(self, now: float) -> bool:
        """Note a successful fetch. Returns whether the wait for a rival ends."""
        self._settle(now)
        ended, self.waits = self.waits and self.serves, self.waits and not self.serves
        return ended

    def met(self, now: float) -> tuple[float, str]:
        """Note a conflict. Returns the seconds until the next fetch, and a line to log."""
        self._settle(now)
        self._since = None
        self.waits = not self.serves
        # Random, so that two that began together do not keep disturbing each other in step.
        pause = faults.CONFLICT_PAUSE if self.serves else next(self._pauses) * random.uniform(0.7, 1.3)  # noqa: S311 - no secret
        if self._told_at is not None and now - self._told_at < SILENCE_SECONDS:
            return pause, ""
        self._told_at = now
        return pause, SERVES if self.serves else WAITS

    def _settle(self, now: float) -> None:
        if self._since is not None and now - self._since >= PEACE_SECONDS:
            self.serves, self._pauses = True, _looks()


_MOST_KEPT = 1000


@dataclass(slots=True)
class UnusableUpdates:
    """Updates without a usable id that were set aside since the start."""

    _known: set[int] = field(default_factory=set)

    def without_known(self, raws: Iterable[RawUpdate]) -> list[RawUpdate]:
        return [raw for raw in raws if id_of(raw) is not None or _look_of(raw) not in self._known]

    def note(self, raw: RawUpdate) -> None:
        if id_of(raw) is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known.add(_look_of(raw))


def _look_of(raw: RawUpdate) -> int:
    """Hash that recognises an update without keeping its content."""
    try:
        return hash(repr(raw))
    except RecursionError:
        return 0


SAME_OFFSET_SECONDS = 0.5
WEBHOOK = (
    "a webhook was set for this KUAGER_BOT_TOKEN after the start, so Telegram sends the updates there. Restart, "
    "which removes it; if you did not set it, revoke the token at @BotFather and set the new one"
)

ELSEWHERE = (
    "another copy of the bot on this database fetches the updates; this one takes its place when it ends"
)
ELSEWHERE_SECONDS = 0.5
GONE = "the other program with this KUAGER_BOT_TOKEN is gone: this one fetches the updates now"


class Polling:
    """A `Source` for the leader. One getUpdates waits up to `seconds`."""

    pending = 0

    def __init__(self, api: Api, seconds: int, copies: Copies = ALONE) -> None:
        self._api, self._seconds, self._copies = api, seconds, copies
        self._offset: int | None = None
        self._given: set[int] = set()
        self._done: set[int] = set()
        """Ids behind the offset."""
        self._asked: tuple[int | None, float] = None, 0.0
        self._unusable = UnusableUpdates()
        self._rivalry = Rivalry()
        self._pauses = faults.FETCH_BACKOFF.pauses()
        self._rests_until = 0.0
        self._has_no_webhook = False
        self.fault = ""

    @property
    def waiting(self) -> int:
        return len(self._given)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Remove an old webhook, which would refuse getUpdates. Its pending updates are kept."""
        await self._remove_webhook()
        yield
        if self._offset not in {None, self._asked[0]}:
            with suppress(TelegramError):
                await self._api.updates(self._offset, 0)  # acknowledges the last batch

    async def _remove_webhook(self) -> None:
        try:
            await self._api.call("deleteWebhook", {})
        except TelegramError as error:
            log.warning("Telegram was not told that no webhook is wanted: %s", where(error))
        else:
            self._has_no_webhook = True

    async def next(self, *, wait: bool) -> list[RawUpdate]:
        """Call getUpdates once, after the pause of a fault. Without `wait`, not if it would get only a part."""
        waits = self.fault == ELSEWHERE and not self._copies.is_leader
        if waits or self._copies.another_leads:
            self.fault = ELSEWHERE
            await asyncio.sleep(ELSEWHERE_SECONDS if wait else 0)
            return []
        if self.fault == ELSEWHERE:
            self.fault = ""
        (asked, at), rest = self._asked, self._rests_until - loop_time()
        would_repeat = asked == self._offset and loop_time() < at + SAME_OFFSET_SECONDS
        if not wait and (rest > 0 or would_repeat):
            return []
        await asyncio.sleep(rest)
        self._rivalry.asks(loop_time())
        self._asked = self._offset, loop_time()
        try:
            fetched = await self._api.updates(self._offset, self._seconds if wait else 0)
        except TelegramError as error:
            self._rests_until = loop_time() + await self._pause_after(error)
            return []
        self._note_peace()
        if fetched and not ids_of(fetched):
            # Updates without an id cannot be acknowledged and come again at once: do not spin.
            self._rests_until = loop_time() + faults.UNUSABLE_PAUSE
        self._api.note_messages(fetched)
        known = self._done | self._given
        new = [raw for raw in self._unusable.without_known(fetched) if id_of(raw) not in known]
        self._given.update(ids_of(new))
        return new

    def done(self, raws: Sequence[RawUpdate]) -> None:
        """Move the offset forward, but not beyond an unfinished update."""
        for raw in raws:
            self._unusable.note(raw)
        ids = ids_of(raws)
        self._given.difference_update(ids)
        self._done.update(ids)
        if self._given:
            self._offset = min(self._given)
        elif self._done:
            self._offset = max(self._done) + 1
            self._done.clear()

    def failed(self) -> None:
        """Let unfinished updates be fetched again, with finished ones behind them, whose ids would move the
        offset too far."""
        self._given.clear()
        self._done.clear()

    def _note_peace(self) -> None:
        self._pauses = faults.FETCH_BACKOFF.pauses()
        self._api.outage.end()
        if self._rivalry.fetched(loop_time()):
            log.warning(GONE)
        self.fault = WAITS if self._rivalry.waits else ""

    async def _pause_after(self, error: TelegramError) -> float:
        pause, told = faults.fetch_pause(error, next(self._pauses)), ""
        if not isinstance(error, Conflict):
            self.fault = f"updates could not be fetched: {type(error).__name__}"
            self._api.outage.note(f"{self.fault}. Telegram keeps them for 24 hours")
        elif "webhook" not in error.message.lower():
            pause, told = self._rivalry.met(loop_time())
            self.fault = WAITS if self._rivalry.waits else ""
        elif not self._has_no_webhook:
            await self._remove_webhook()
        elif self.fault != WEBHOOK:
            told = self.fault = WEBHOOK
        if told:
            log.error("%s", told)
        return pause
