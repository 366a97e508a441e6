"""The batch loop and the jobs beside it: backlog, adoption of outbox rows, recording of deliveries, and signs of life."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from telegram.error import RetryAfter, TelegramError

from bot.store import faults
from bot.transport.api import Api
from bot.transport.backlog import MOST_AT_ONCE, MOST_OF_A_CHAT, Arrival, Backlog
from bot.transport.committer import SETTLE_SECONDS, Committer, FaultIsolation, Intake
from bot.transport.replicas import ReplicaMessage, loop_time, wait_at_most
from bot.transport.reservation import HeldUpdates
from bot.transport.updates import RawUpdate, Source, chat_of, id_of, private_chat_of, tap_of

WAITING_OF_ONE = 3
"""Updates of one newcomer per turn."""
REST = 3.0
"""Pause of those who rest after a turn of theirs, in multiples of it: what waits of them gets a quarter of the time."""
SHORTEST_REST = 0.1
FLOOD_REST = 1.0
"""Shortest pause after a person who wrote more than MOST_AT_ONCE today, as all wrote who wait then. A chat gets an answer
a second at most."""
ONE_SECONDS = 2.0
"""Time after which one newcomer is taken in though much is owed: Telegram takes about two reports a second."""
UNTOLD_SECONDS = 30.0
"""Pause between looks at the backlog: a replica that ended may not have told that updates wait."""
MOST_LOOKS = 8
BACKLOG_ELSEWHERE_SECONDS = 0.2


def rest_after(turn: Sequence[Arrival], seconds: float) -> float:
    """Pause of those who rest after a turn that took so many seconds."""
    numbers = [one.number for one in turn if one.rests]
    if not numbers:
        return 0.0
    return max(REST * seconds, FLOOD_REST if min(numbers) > MOST_AT_ONCE else 0.0)


class BacklogJob:
    """Runs until `stopping` and `committer.waiting` are set."""

    def __init__(self, backlog: Backlog, committer: Committer, stopping: asyncio.Event) -> None:
        self._backlog, self._committer, self._stopping = backlog, committer, stopping
        self._isolation = FaultIsolation(committer)
        sender = committer.sender
        self._held = HeldUpdates(sender.hash_of, sender.lanes.is_quiet, sender.lanes.is_slow)
        self._found: dict[int | None, Arrival] = {}
        self._waiting = committer.waiting
        self._waiting.set()  # some may wait since before the start

    async def run(self) -> None:
        one_at, rested_at, pauses = 0.0, 0.0, faults.Pauses()
        while not self._stopping.is_set():
            await wait_at_most(self._waiting, UNTOLD_SECONDS)
            if not self._committer.cooperation.copies.is_leader:
                self._waiting.clear()
                self._held.clear()
                continue
            begun = loop_time()
            newcomers = self._committer.newcomers or int(begun >= one_at)
            with self._committer.noting("what waits could not be processed") as met:
                of_reports = MOST_OF_A_CHAT if begun >= rested_at else 0
                turn = await self.take_waiting(WAITING_OF_ONE, newcomers, of_reports=of_reports)
            if met:
                self._held.clear()  # the database still has them
                self._waiting.set()
                await wait_at_most(self._stopping, pauses.after(met[0]))
                continue
            pauses = faults.Pauses()
            if newcomers:
                one_at = begun + ONE_SECONDS
            rested_at = max(rested_at, loop_time() + rest_after(turn, loop_time() - begun))
            if all(one.rests for one in turn):
                await wait_at_most(self._stopping, SHORTEST_REST)

    async def take_waiting(self, each: int, newcomers: int, *, of_reports: int) -> Sequence[Arrival]:
        """Process so many waiting updates durably. Returns them."""
        self._waiting.clear()  # first, so that nothing that comes meanwhile is missed
        async with self._committer.busy:
            turn = await self._next(each, newcomers, of_reports=of_reports)
            if turn:  # nothing is awaited since it was ready
                intake = Intake(turn=turn, overdue=self._held.overdue, settled=True)
                left = await self._isolation.commit(intake)
                self._held.put_back(left, loop_time(), BACKLOG_ELSEWHERE_SECONDS)
        is_all = newcomers and of_reports
        if turn or self._held.ids or (not is_all and not await self._backlog.is_empty()):
            self._waiting.set()
        return turn

    async def _next(self, each: int, newcomers: int, *, of_reports: int) -> Sequence[Arrival]:
        held = self._held.ids
        self._found = {update_id: one for update_id, one in self._found.items() if update_id in held}
        for _ in range(MOST_LOOKS):
            found = await self._backlog.next(each, newcomers, self._held.ids, of_reports=of_reports)
            self._found |= {id_of(one.raw): one for one in found}
            self._held.add([one.raw for one in found], loop_time() + SETTLE_SECONDS)
            ready = self._held.take_ready(loop_time())
            if ready or not found:
                break
        return [self._found[id_of(raw)] for raw in ready]


FLUSH_SECONDS = 0.2
"""Time in which a batch may record deliveries."""
LONGEST_FLUSH_SECONDS = 1.0
"""Longest wait while batches follow each other. After a kill, unrecorded deliveries are sent again."""
LONGEST_HURRIED_SECONDS = 0.5
"""Longest wait while another replica wants deliveries recorded."""
CROWD = 8
"""Size of the last batch from which another replica does not shorten the wait of so many people."""
MORE_SECONDS = 0.02


class Flusher:
    """Runs until `stopping`, the sender's `news` and `cooperation.hurry` are set."""

    def __init__(self, committer: Committer, stopping: asyncio.Event) -> None:
        self._committer, self._stopping = committer, stopping
        self._cooperation, self._news = committer.cooperation, committer.sender.news

    async def run(self) -> None:
        pauses = faults.Pauses()
        while not self._stopping.is_set():
            await self._news.wait()
            await self._until_due()
            self._news.clear()
            with self._committer.noting("deliveries could not be recorded") as met:
                await self._committer.flush()
                pauses = faults.Pauses()
            if met:
                self._news.set()
                await wait_at_most(self._stopping, pauses.after(met[0]))

    async def _until_due(self) -> None:
        await self._until_hurried(FLUSH_SECONDS)
        if self._cooperation.is_hurried:
            await wait_at_most(self._stopping, MORE_SECONDS)
        while (soon := self._next_batch_in()) > 0:
            if self._cooperation.is_hurried:
                await wait_at_most(self._stopping, min(soon, MORE_SECONDS))
            else:
                await self._until_hurried(soon)

    async def _until_hurried(self, seconds: float) -> None:
        if self._stopping.is_set() or self._cooperation.is_hurried:
            return
        self._cooperation.hurry.clear()
        await wait_at_most(self._cooperation.hurry, seconds)

    def _next_batch_in(self) -> float:
        if self._stopping.is_set():
            return 0.0
        if self._committer.busy.locked():
            return MORE_SECONDS
        likely = 1.5 * self._committer.between
        is_hurried = self._cooperation.is_hurried
        is_spare = is_hurried and self._committer.last_number < CROWD
        longest = LONGEST_HURRIED_SECONDS if is_spare else LONGEST_FLUSH_SECONDS
        least = 0.0 if is_hurried else FLUSH_SECONDS
        patience = max(least, likely) if likely <= longest else least
        return self._committer.last_at + patience - loop_time()


PATIENCE_SECONDS = 10.0
ACTION_SECONDS = 5.0
"""How long Telegram shows that a bot is typing (Bot API, sendChatAction)."""
MOST_ACTIONS = 12
"""Repeats for a person's newest message. More would keep the person waiting."""
GAP_SECONDS = 0.1
"""Pause between signs, which use a third of Telegram's limit."""
CALL_SECONDS = 2.0
LOOK_SECONDS = 0.5
MOST_CHATS = 1000
"""Limit beyond which no sign would come in time."""


@dataclass(slots=True)
class _WaitingPerson:
    tap: str = ""
    words: str = ""
    actions: int = 0
    next_at: float = 0.0


@dataclass(slots=True)
class SignsOfLife:
    """Shows signs while the database accepts nothing: a passing line for a tap, and typing after a message.
    Nothing stays in a chat, since it could not be noted for deletion (decision 3). `words` answers a tap, in
    200 characters at most (Bot API)."""

    api: Api
    words: Callable[[RawUpdate], str]
    _since: float | None = None
    _chats: dict[int, _WaitingPerson] = field(default_factory=dict)
    _known: set[int] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self._news.set()

    def note(self, raws: Sequence[RawUpdate]) -> None:
        if self._since is None:
            self._since = loop_time()
        for raw in raws:
            update_id, chat_id = id_of(raw), private_chat_of(raw)
            if update_id is None or chat_id is None or update_id in self._known:
                continue
            if chat_id in self._chats or len(self._chats) < MOST_CHATS:
                self._known.add(update_id)
                waiting = self._chats.setdefault(chat_id, _WaitingPerson())
                if (tap := tap_of(raw)) is not None:
                    waiting.tap, waiting.words = tap, self.words(raw)
                else:
                    waiting.actions = MOST_ACTIONS
        self._news.set()

    def end(self) -> None:
        if self._since is not None:
            self._since = None
            self._chats.clear()
            self._known.clear()

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            if self._since is None:
                self._news.clear()
                await self._news.wait()
                continue
            if (early := self._since + PATIENCE_SECONDS - loop_time()) > 0:
                await wait_at_most(stopping, min(early, LOOK_SECONDS))
                continue
            for chat_id in list(self._chats):
                if stopping.is_set():
                    return
                await wait_at_most(stopping, await self._show(chat_id))
            await wait_at_most(stopping, LOOK_SECONDS)

    async def _show(self, chat_id: int) -> float:
        waiting = self._chats.get(chat_id)
        if waiting is None:  # it is over
            return 0.0
        if waiting.tap:
            params: dict[str, object] = {"callback_query_id": waiting.tap, "text": waiting.words}
            waiting.tap = ""
            return await self._call("answerCallbackQuery", params)
        if waiting.actions and waiting.next_at <= loop_time():
            waiting.actions, waiting.next_at = waiting.actions - 1, loop_time() + ACTION_SECONDS
            return await self._call("sendChatAction", {"chat_id": chat_id, "action": "typing"})
        return 0.0

    async def _call(self, method: str, params: dict[str, object]) -> float:
        """Try a call once. Returns the seconds until the next. A sign may be lost."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self.api.call(method, params, once=True)
        except RetryAfter as held:
            return min(faults.LONGEST_HOLD, faults.retry_seconds(held))
        except (TelegramError, TimeoutError):
            pass
        return GAP_SECONDS


ADOPT_SECONDS = 5.0
HELD_SECONDS = 0.02
"""Pause between rounds while some updates wait."""
ELSEWHERE_SECONDS = 0.05
"""First pause for chats that another replica is working on."""


class Loop:
    """Runs until `stop`. `fault` says in a line why nothing is processed now."""

    def __init__(
        self, source: Source, committer: Committer, backlog: Backlog, signs_of_life: SignsOfLife
    ) -> None:
        self._source, self._committer, self._signs_of_life = source, committer, signs_of_life
        self._isolation = FaultIsolation(committer)
        self._cooperation = committer.cooperation
        self.fault = ""
        self._stopping = asyncio.Event()
        self._flusher = Flusher(committer, self._stopping)
        self._backlog_job = BacklogJob(backlog, committer, self._stopping)
        sender = committer.sender
        self._held = HeldUpdates(sender.hash_of, sender.lanes.is_quiet, sender.lanes.is_slow)

    def stop(self) -> None:
        self._stopping.set()
        woken = self._cooperation.adopts, self._cooperation.hurry, self._committer.sender.news
        for event in (*woken, self._committer.waiting):
            event.set()
        self._signs_of_life.wake()

    def look(self, *, back: bool, leads_now: bool) -> None:
        """Adapt to a change among the replicas, to the end of this one's absence (`back`), or to its lead."""
        if back:
            self._cooperation.be_owed()
        if self._cooperation.copies.is_leader:
            self._cooperation.adopts.set()
        if leads_now:
            self._committer.waiting.set()

    def hear(self, word: ReplicaMessage, *, is_ours: bool) -> None:
        match word:
            case ReplicaMessage.OWED if is_ours:
                self._cooperation.be_owed()
            case ReplicaMessage.HURRY if is_ours:
                self._cooperation.hurry_up()
            case ReplicaMessage.RECORDED:
                self._held.wake()
            case ReplicaMessage.WAITS:
                self._committer.waiting.set()

    async def run(self) -> None:
        """Process updates until stopped. A bug in a job beside the loop ends it too, else updates would wait."""
        jobs = self._flusher.run(), self._adopt_owed(), self._backlog_job.run()
        beside = [asyncio.create_task(job) for job in (*jobs, self._signs_of_life.run(self._stopping))]
        for task in beside:
            task.add_done_callback(lambda _: self.stop())
        pauses = faults.Pauses()
        try:
            while not self._stopping.is_set():
                try:
                    await self._round()
                except Exception as error:
                    if not faults.is_waited_for(error):
                        raise
                    self._committer.note(error, "a round failed")
                    self.fault = f"the database refuses: {type(error).__name__}"
                    await wait_at_most(self._stopping, pauses.after(error))
                else:
                    pauses, self.fault = faults.Pauses(), ""
        finally:
            self.stop()
            await asyncio.gather(*beside)

    async def _round(self) -> None:
        came = await self._next()
        self._held.add(came, loop_time() + SETTLE_SECONDS)
        try:
            taken, left = await self._take_ready()
        except BaseException as error:
            self._held.clear()  # nothing was acknowledged: they come again
            self._source.failed()
            if faults.is_of_database(error):
                self._signs_of_life.note(came)
            raise
        if taken:
            self._signs_of_life.end()
        self._held.put_back(left, loop_time(), ELSEWHERE_SECONDS)
        again = {id_of(raw) for raw in left}
        self._source.done([raw for raw in taken if id_of(raw) not in again])
        if self._held.ids:
            await wait_at_most(self._stopping, HELD_SECONDS)

    async def _next(self) -> list[RawUpdate]:
        giving = asyncio.create_task(self._source.next(wait=not self._held.ids))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({giving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not giving.done():
                giving.cancel()
        try:
            return await giving
        except asyncio.CancelledError:
            if self._stopping.is_set():
                return []
            raise

    async def _take_ready(self) -> tuple[Sequence[RawUpdate], Sequence[RawUpdate]]:
        async with self._committer.busy:
            ready = self._held.take_ready(loop_time())
            crowds = self._held.take_crowds(MOST_OF_A_CHAT)
            taken = [*ready, *crowds]
            if not taken:
                return [], []
            busy = {chat_id for raw in crowds if (chat_id := chat_of(raw)) is not None}
            intake = Intake(taken, (), busy, self._held.overdue, settled=True)
            return taken, await self.process(intake)

    async def _adopt_owed(self) -> None:
        look_at = loop_time() + ADOPT_SECONDS
        while not self._stopping.is_set():
            if not await wait_at_most(self._cooperation.adopts, look_at - loop_time()):
                look_at = loop_time() + ADOPT_SECONDS
                self._cooperation.be_owed()
            self._cooperation.adopts.clear()
            if self._stopping.is_set():
                return
            with self._committer.noting("the outbox could not be looked at"):
                await self.adopt()

    async def adopt(self) -> None:
        async with self._committer.busy:
            await self._cooperation.adopt()

    async def leave(self) -> None:
        """Record the last deliveries, which the next start sends again if that fails. Let other replicas send
        the remaining rows, or if that fails, once this one is gone."""
        with self._committer.noting("what was delivered last could not be recorded"):
            await self._committer.flush()
        with self._committer.noting("what is left could not be handed over"):
            await self._cooperation.leave()

    async def process(self, intake: Intake) -> Sequence[RawUpdate]:
        """Process an intake durably. Returns the updates that were not taken."""
        return await self._isolation.commit(intake)
