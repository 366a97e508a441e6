"""Periodic jobs: the loop that runs each, and rounds of those without a chat (expired data, the clock, memory)."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import text

import migrations
from bot.app import machine, questionnaires
from bot.app.work import Work
from bot.chat.renderer import Renderer
from bot.desk import reopening as reopening_chat
from bot.desk.forms import chat as forms_chat
from bot.desk.forms import service as forms_service
from bot.desk.notices import service as notices_service
from bot.desk.notices.chat import Post
from bot.form.model import Form
from bot.form.xlsform.reader import read_confined
from bot.reports import archive as archive_service
from bot.reports.filling import endings
from bot.safety.logs import where
from bot.store import archive_keys, audit, faults, sent_messages, withdrawals
from bot.store.clocks import ClockCheck
from bot.store.unit import SECONDS_AN_HOUR
from bot.transport.api import Api
from bot.transport.outbox import Enqueue
from bot.transport.replicas import ALONE, Copies, ReplicaMessage, wait_at_most
from db import transfers

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_Act = Callable[[], Awaitable[None]]
ELSEWHERE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """Row of the schedule.

    - `failed` begins the log line of a failed round.
    - `once` does one round. It may return the seconds until the next, which no event shortens.
    - `seconds` is the pause between rounds, which `wake` ends early. Without it only `wake` does, and
      the last round comes when the bot stops.
    - `rest` is a pause before each round that nothing ends.
    - `after_failure` is the pause after a failed round, if another one, and no event shortens it.
    - `leader_only` rows rest in other replicas, which send the leader `word`, if any.
    """

    failed: str
    once: Callable[[], Awaitable[float | None]]
    seconds: float | Callable[[], float] | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    rest: float = 0.0
    after_failure: float | None = None
    leader_only: bool = False
    word: ReplicaMessage | None = None

    async def run(self, copies: Copies = ALONE) -> None:
        """Run until cancelled. A round that has begun is finished first."""
        pause: float | None = FIRST_SECONDS
        while True:
            await asyncio.sleep(self.rest)
            await wait_at_most(self.wake, pause)
            self.wake.clear()  # first, so that nothing that comes meanwhile is missed
            if self.leader_only and not copies.is_leader:
                if self.word is not None:
                    copies.tell(self.word)
                pause = ELSEWHERE_SECONDS if self.word is None else None  # it is woken once it leads
            elif (asked := await _whole(self.round())) is not None:
                await asyncio.sleep(asked)
                pause = 0.0
            else:
                pause = self.seconds() if callable(self.seconds) else self.seconds

    async def round(self) -> float | None:
        """Do one round. A failure is logged."""
        return await attempt(self.failed, self.once, self.after_failure)


async def attempt(failed: str, act: Callable[[], Awaitable[_T]], otherwise: _T) -> _T:
    """Return the result of `act`, or log its failure without content and return `otherwise`."""
    try:
        return await act()
    except Exception as error:  # noqa: BLE001 - a boundary: the next round tries again
        if not faults.is_away(error):  # an outage is told once
            log.warning("%s: %s", failed, where(error))
        return otherwise


async def _whole(one_round: Coroutine[None, None, _T]) -> _T:
    task = asyncio.create_task(one_round)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


FIRST_SECONDS = 0.3
"""Time until the first round: those who wrote before the start are answered first."""
NOT_EMPTIED = "emptying the log failed"
SWEEP_SECONDS = 600.0
NEXT_SWEEP_SECONDS = 1.0
EMPTY_LOG_SECONDS = 1.0
ERASED_SECONDS = 30.0
"""Longest wait for the write-ahead log before a deletion is confirmed."""

AUDIT_HEAD_SECONDS = 1.0
AFTER_HOUR_SECONDS = 1.0
PUT_AWAY_SECONDS = 5.0
FORGET_HELD_SECONDS = 30.0

CLOCK_SECONDS = 5.0
WRONG_CLOCK_SECONDS = 60.0


async def learn_clock_once(work: Work, copies: Copies) -> None:
    """Read the state of the clock, which the leader or the operator determined."""
    if not copies.is_leader:
        await work.learn_clock()


def until_next_sweep(work: Work) -> float:
    """Seconds until the next sweep is due, at the latest just after a full hour."""
    return min(SWEEP_SECONDS, SECONDS_AN_HOUR - work.now().timestamp() % SECONDS_AN_HOUR + AFTER_HOUR_SECONDS)


async def sweep_once(
    work: Work, look: Callable[[], Awaitable[ClockCheck]], put_away: _Act, remind: _Act
) -> float | None:
    """Destroy expired records. `put_away` removes abandoned replies from chats, `remind` also reminds of drafts that expire soon.

    With a wrong clock only messages are removed, by Telegram's time. Without that they would count as too old to delete.
    """
    work.files_due.set()  # files that an earlier round could not remove are tried again
    pause = None
    if not (await look()).may_destroy:
        if work.is_told_the_time():
            await attempt("unanswered replies were not put away", put_away, None)
        log.warning("the clock of this machine seems wrong: nothing is destroyed; see: python -m bot clock")
        pause = min(WRONG_CLOCK_SECONDS, until_next_sweep(work))
    else:
        await attempt("reminders failed", remind, None)
        async with work.sweeping:
            swept = await work.destroy_due()
        if not swept.is_done:
            pause = NEXT_SWEEP_SECONDS
    await work.finish_erasures()
    return pause


async def put_away_once(work: Work, take_back: _Act) -> None:
    """Take back what moderators were shown, if any of it is due."""
    async with work.read() as unit:
        due = await sent_messages.is_anything_due(unit)
    if due:
        await take_back()


async def forget_held_once(work: Work) -> None:
    """Destroy messages that people sent before consent, once they were held for their time."""
    async with work.read() as unit:
        due = await endings.held_over(unit)
    if due:
        async with work.write() as unit:
            await endings.forget_held(unit)


async def empty_log_once(work: Work) -> float | None:
    """Empty SQLite's write-ahead log. Returns the seconds until the next try if a reader was in the way."""
    return None if await work.finish_erasures() else EMPTY_LOG_SECONDS


async def until_log_empty(work: Work) -> bool:
    """Wait at most ERASED_SECONDS until SQLite's log is empty, and return whether it is."""
    until = asyncio.get_running_loop().time() + ERASED_SECONDS
    while work.database.is_sqlite and not await attempt(NOT_EMPTIED, work.finish_erasures, False):
        if asyncio.get_running_loop().time() > until:
            return False
        await asyncio.sleep(ERASED_SECONDS / 100)
    return True


async def keep_audit_head_once(work: Work) -> None:
    """Write the audit log's head to its file."""
    async with work.read() as unit:
        await audit.update_head(unit)


KEEP_LIST_SECONDS, KEEP_LIST_REST = 600.0, 10.0


async def keep_withdrawals_once(work: Work) -> None:
    """Write the list of withdrawals and its copy."""
    async with work.read() as unit:
        found = await withdrawals.collect(unit)
    await asyncio.to_thread(withdrawals.keep, work.settings, work.safe.ring, found)


SEAL_SECONDS, SEAL_REST = 30.0, 0.2
"""Pause after a pass over what is to be sealed, and the least pause within one."""
_RESTS = 40
"""Times that a pause lasts longer than the sealing before it, so that fewer than one answer in twenty meets it."""


@dataclass
class Sealing:
    """Background sealing of decided reports, by passes through all that are left. One that cannot be sealed is tried once an hour."""

    work: Work
    place: archive_service.Place = archive_service.FIRST
    _due: list[str] = field(default_factory=list)
    _missed: set[str] = field(default_factory=set)
    _hour: int = 0

    async def once(self) -> float | None:
        """Seal the next few reports. Returns the seconds until the next ones, or None at the end of a pass."""
        time, taken = asyncio.get_running_loop().time, 0.0
        if not self._due and not await self._look():
            return None
        due, self._due = self._due[: archive_service.AT_ONCE], self._due[archive_service.AT_ONCE :]
        if due:
            async with self.work.write() as unit:
                begun = time()
                if await archive_service.seal_due(unit, due) < len(due):
                    self._missed.update(due)
            taken = time() - begun
        is_end = not self._due and self.place == archive_service.FIRST
        return None if is_end else max(SEAL_REST, _RESTS * taken)

    async def _look(self) -> bool:
        """Find what is due next. Returns False until all recipients have answered."""
        async with self.work.read() as unit:
            if not await archive_keys.ready_recipients(unit):
                return False
            found, self.place = await archive_service.archivable(unit, self.place)
            if self._hour != unit.hour:
                self._missed, self._hour = set(), unit.hour
        self._due = [one for one in found if one not in self._missed]
        return True


SERVER_SECONDS = 600.0
WHOLE_SECONDS = 2.0
"""Longest look for damage in each round. The daily one has no end."""


async def look_at_server_once(work: Work, tell: Callable[[Sequence[str]], Awaitable[None]]) -> None:
    """Tell the names of what an operator should look at, unless administrators know as much. `check` says why."""
    async with work.read() as unit:
        told = await notices_service.told_ills(unit)
        revision = await unit.session.scalar(text("SELECT version_num FROM alembic_version"))
        hours = machine.backup_hours(unit.settings, unit.hour)
    ills = {
        "revision": revision != migrations.head(),
        "backup": (hours or 0) > machine.LATE,
        "space": any(machine.room(work.settings)),
        "damaged": any(await asyncio.to_thread(transfers.faults, work.database.url, WHOLE_SECONDS)),
    }
    if told or any(ills.values()):
        await tell([name for name, is_there in ills.items() if is_there])


READ_FORMS_SECONDS = 5.0
"""Pause between looks at forms that another replica put into force."""
NOT_FETCHED = "The file could not be fetched from Telegram. Send it again."


async def read_forms_once(work: Work, api: Api, enqueue: Enqueue, renderer: Renderer) -> None:
    """Read the files that administrators sent, forms in a confined process, then the forms in force."""
    async with work.read() as unit:
        uploads = await forms_service.uploads(unit)
    for upload in uploads:
        await _read_upload(api, enqueue, renderer, *upload)
    await work.read_forms()


async def _read_upload(
    api: Api, enqueue: Enqueue, renderer: Renderer, row_id: str, file_id: str, name: str
) -> None:
    content = await _fetched(api, file_id)
    if name.lower().endswith(reopening_chat.ENDING):
        await enqueue(lambda unit, outbox: reopening_chat.take(Post(renderer, unit, outbox), row_id, content))
        return
    form, said = await _read_form(name, content)
    await enqueue(lambda unit, outbox: forms_chat.tell_read(Post(renderer, unit, outbox), row_id, form, said))


async def _fetched(api: Api, file_id: str) -> bytes | None:
    try:
        return bytes(await (await api.bot.get_file(file_id)).download_as_bytearray())
    except Exception as error:
        if not faults.is_final_for_file(error):
            raise
        log.warning("fetching a file of an administrator failed: %s", where(error))
        return None


async def _read_form(name: str, content: bytes | None) -> tuple[Form | None, list[str]]:
    if content is None:
        return None, [NOT_FETCHED]
    form, said = await asyncio.to_thread(read_confined, name, content)
    fault = form and questionnaires.report_form_fault(questionnaires.around(form))
    return (None, [fault]) if fault else (form, said)


GIVE_BACK_SECONDS = 60.0


async def give_back_once() -> None:
    """Return every free page of the heaps to the system (malloc_trim(3)). By itself glibc returns only the end of a heap. Takes milliseconds."""
    import ctypes  # noqa: PLC0415 - a start needs none of it

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
