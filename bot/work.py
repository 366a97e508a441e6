"""Units of work for whoever begins and commits them: the batch loop, the jobs and the command line."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

import migrations
from bot import database_faults, faults
from bot.errors import SettingsError, UnreachedError
from bot.safety.logs import where
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import RingSeal
from bot.services import allowances, row_proofs, sent_messages, vault
from bot.services.forms import questionnaires
from bot.services.keeping import clocks, older_consents, operator_keys, proving, retention, upgrade_copies
from bot.services.keeping.clocks import ClockState, Look, TelegramTime
from bot.services.keeping.originals import database_file
from bot.services.unit import AS_STORED, Safe, Unit
from bot.settings import Settings
from bot.waiting import wait_at_most
from db import wholeness
from db.bulk import evened
from db.engine import Database, make_file
from db.models import Erasure, Moderator

_T = TypeVar("_T")
log = logging.getLogger(__name__)
ERASURES_AT_ONCE = 512
PIECE_SECONDS = 0.01
"""How long a transaction that destroys what is due is to take: the next has fewer rows if one took longer."""
Clock = Callable[[], datetime]
"""Gives the time, aware, in the configured time zone."""


@dataclass(slots=True)
class Swept:
    """How many rows of each kind a sweep has destroyed, and what it failed of."""

    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(retention.STEPS, 0))
    failures: list[Exception] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether it reached none of its limits, so that nothing is left for the next that this one could destroy."""
        return retention.is_done(self.numbers)

    def note_failure(self, name: str, error: Exception) -> None:
        """Something of a kind could not be destroyed. Raises the error of a database that is away: nothing else is to be had then."""
        if database_faults.is_away(error):
            raise error
        log.warning("what is due of %s was not destroyed: %s", name, where(error))
        self.failures.append(error)


class Work:
    """Begins units of work and commits them. `telegram` is the time as Telegram tells it, where it is asked.
    `safe` are the keys ready for use, those of the settings by default.

    What a commit leaves to be done outside the transaction is signalled, never awaited, since it must neither
    delay nor fail what is committed: `erasing` is set when keys were destroyed, `files_due` when files came or are to
    be removed, `notices_due` when a report came, `audited` when the audit log has grown. The jobs that see to it clear
    these events."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        telegram: TelegramTime | None = None,
        safe: Safe | None = None,
    ) -> None:
        self.settings, self.database, self.clock = settings, database, clock
        self.telegram = telegram
        self.forms = questionnaires.load(settings)
        self.safe = safe or Safe(RingSeal(settings.ring), Pseudonyms(settings.lookup), settings.audit)
        self.erasing, self.files_due = asyncio.Event(), asyncio.Event()
        self.notices_due, self.audited = asyncio.Event(), asyncio.Event()
        self.sweeping = asyncio.Lock()
        """Held by whoever destroys what is over its time."""
        self.before_writing: Callable[[Unit], Awaitable[None]] | None = None
        """Done in the first transaction that writes."""
        self._is_confirmed = False
        self.copy: int | None = None
        """The number of this copy of the bot, where there may be several."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        """A unit that commits at its end, or rolls back when an exception leaves it."""
        async with self.database.write() as session:
            unit = self._unit(session)
            if self.before_writing is not None:
                await self.before_writing(unit)
                self.before_writing = None
            yield unit
            await sent_messages.write(unit)
            await session.flush()
            await vault.write(unit)
            await allowances.write(unit)
        if unit.erased:
            self.erasing.set()
        if unit.filed:
            self.files_due.set()
        if unit.reported:
            self.notices_due.set()
        if unit.last_audit_entry is not None:
            self.audited.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        """A unit that only reads."""
        async with self.database.read() as session:
            yield self._unit(session)

    async def destroy_due(self) -> Swept:
        """Destroy what is over its time, as far as one sweep goes (`retention.STEPS`).

        Nothing is written to find it. Each piece is a transaction of its own, of so few rows that it takes about PIECE_SECONDS,
        and for as long again others have their turn: whoever waits for an answer waits no longer than that. What cannot be destroyed
        keeps back nothing else. Raises what a database raises that is away."""
        swept = Swept()
        for name, step in retention.STEPS.items():
            try:
                async with self.read() as unit:
                    keys = await step.find(unit, retention.SWEEP_LIMIT)
            except Exception as error:  # noqa: BLE001 - a boundary: what is due of other kinds is destroyed all the same
                swept.note_failure(name, error)
            else:
                await self._destroy(swept, name, step, keys)
        return swept

    async def _destroy(self, swept: Swept, name: str, step: retention.Step, keys: Sequence[Any]) -> None:
        time, at_once = asyncio.get_running_loop().time, 1
        while keys:
            piece, rest = keys[:at_once], keys[at_once:]
            begun = time()
            try:
                async with self.write() as unit:
                    begun = time()
                    unit.session.info[AS_STORED] = True  # whoever wrote it, it is destroyed
                    done = await step.act(unit, piece)
                swept.numbers[name] += done
            except Exception as error:  # noqa: BLE001 - a boundary: what is due beside it is destroyed all the same
                if len(piece) > 1 and not database_faults.is_away(error):
                    at_once = 1  # one of them, which is found by taking each alone
                    continue
                swept.note_failure(name, error)
            taken, keys = time() - begun, rest
            fitting = int(len(piece) * PIECE_SECONDS / max(taken, 1e-6))
            at_once = max(1, min(step.at_once, 2 * at_once, fitting))
            await asyncio.sleep(taken)

    async def finish_erasures(self) -> bool:
        """Empty SQLite's write-ahead log, which still holds what was destroyed, if anything was, and remove copies that hold it. False
        when a reader was in the way: call again.

        The reminder is a row that the destroying transaction wrote. It goes only once the log is empty, so a crash
        anywhere in between leaves it for the next start. Others may do the same at the same time: each takes away those rows
        alone that were there before it emptied the log."""
        async with self.database.read() as session:
            before = (await session.scalars(select(Erasure.id))).all()
        if before and not await self.database.truncate_log():
            return False
        if (file := database_file(self.settings)) is not None:
            await asyncio.to_thread(upgrade_copies.remove_due, file, self.now())
        if not before:
            return True
        async with self.database.write() as session:
            for start in range(0, len(before), ERASURES_AT_ONCE):
                ids = evened(before[start : start + ERASURES_AT_ONCE])
                await session.execute(delete(Erasure).where(Erasure.id.in_(ids)))
        return True

    async def look_at_clock(self, unit: Unit) -> Look:
        """Judge this machine's clock, which must be right before anything is destroyed because its time is over."""
        own = self.clock().timestamp()
        found = await clocks.look(unit, own, self.telegram.bears_out(own) if self.telegram else None)
        self._is_confirmed = found.state is ClockState.CONFIRMED
        return found

    async def learn_clock(self) -> None:
        """Know whether the operator has said that the clock is right: another copy of the bot judges it."""
        async with self.read() as unit:
            state, _ = await clocks.stored(unit)
        self._is_confirmed = state is ClockState.CONFIRMED

    def now(self) -> datetime:
        """The time: this machine's, or Telegram's where they do not agree and the operator has not said who is right."""
        own = self.clock()
        if self.telegram is None or self._is_confirmed:
            return own
        return datetime.fromtimestamp(self.telegram.corrected(own.timestamp()), self.settings.zone)

    def is_told_the_time(self) -> bool:
        """Whether Telegram's time is known, so that `now` is right though this machine's clock may not be."""
        return self.telegram is not None and self.telegram.bears_out(self.clock().timestamp()) is not None

    def _unit(self, session: AsyncSession) -> Unit:
        return Unit(session, self.now(), self.safe, self.settings, self.forms, self.copy)


async def prove_rows(
    work: Work, told: Callable[[int], object] = lambda _: None, *, anew: bool = False
) -> Sequence[tuple[str, str, bool]]:
    """Prove the rows of a database that had no proofs, or, with `anew`, all, in batches: broken off, it goes on when called again. `told`
    how many, each time. The members (`proving.prove_team`); none where nothing is to be proved."""
    async with work.write() as unit:
        if not anew and not await proving.is_due(unit):
            return ()
        for table in row_proofs.tables() if anew else ():
            await unit.session.execute(update(table).values(row_mac=None))
        members = await proving.prove_team(unit)
        await operator_keys.check(unit)
    for table in set(row_proofs.tables()) - {Moderator}:
        count = 1
        while count:
            async with work.write() as unit:
                count = await row_proofs.prove_next(unit, table)
            told(count)
    async with work.write() as unit:
        await proving.finish(unit)
    return members


async def take_over_consents(work: Work) -> None:
    """Take the consents of older public versions over (`older_consents.take_over`), some in a transaction: broken off, it goes on when
    called again."""
    after: str | None = ""
    while after is not None:
        async with work.write() as unit:
            after = await older_consents.take_over(unit, after)


async def until_reached(act: Callable[[], Awaitable[_T]], stopping: asyncio.Event) -> _T | None:
    """What `act` gives, retried by START_BACKOFF for as long as the database is away; None once `stopping` is set. One line tells
    the operator that it is waited for, and one that it is there."""
    waits = False
    for pause in faults.START_BACKOFF.pauses():
        try:
            done = await act()
        except Exception as error:
            if not isinstance(error, UnreachedError) and not database_faults.may_pass(error):
                raise
            if not waits:
                log.warning("the database is away and is waited for: %s", _told(error))
            waits = True
        else:
            if waits:
                log.warning("the database is there")
            return done
        if await wait_at_most(stopping, pause):
            return None
    raise AssertionError("unreachable")


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, SettingsError) else database_faults.told(error)


def _is_sqlite(settings: Settings) -> bool:
    return settings.database_url.startswith("sqlite")


async def revision(settings: Settings) -> str | None:
    """The migration that the database is at; raises SettingsError when the database cannot be reached, and for a
    migration that this program does not have."""
    found = await _revision(settings)
    if found is not None and not migrations.is_known(found):
        raise newer_database(found)
    return found


def newer_database(found: str) -> SettingsError:
    """What is said of a database at a revision that this program does not have."""
    return SettingsError(
        f"KUAGER_DATABASE_URL names a database at revision {found!r:.40}, which this program does not know: a newer "
        "version wrote it, or another program. Update this one, or name another database "
        "(Example: KUAGER_DATABASE_URL=sqlite+aiosqlite:///data/kuager.db)"
    )


async def _revision(settings: Settings) -> str | None:
    try:
        _open_sqlite(settings.database_url)
        return await migrations.current(settings.database_url)
    except ModuleNotFoundError:
        raise SettingsError(
            "KUAGER_DATABASE_URL names a PostgreSQL, whose driver is not installed. Run: "
            "uv sync --no-dev --extra postgresql (Example: KUAGER_DATABASE_URL=postgresql+asyncpg://user:password@host/name)"
        ) from None
    except database_faults.unreached() as error:
        if why := database_faults.damage_of(error):
            raise SettingsError(why) from None
        passes = database_faults.may_pass(error) or (isinstance(error, OSError) and not _is_sqlite(settings))
        # The error's own words may hold the address, which holds the password.
        raise (UnreachedError if passes else SettingsError)(
            f"KUAGER_DATABASE_URL is wrong, or the database does not answer: {database_faults.told(error)}. "
            "Example: KUAGER_DATABASE_URL=sqlite+aiosqlite:///data/kuager.db (python -m bot migrate makes it)"
        ) from None


def _open_sqlite(url: str) -> None:
    """Open the file once without the async driver, whose thread outlives a failure to connect. One that is not there yet is
    made for its owner alone."""
    if url.startswith("sqlite"):
        make_file(url)
        sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///")).close()


async def require_newest(settings: Settings) -> None:
    """Raise SettingsError unless the database is at the newest migration."""
    if await revision(settings) != migrations.head():
        raise SettingsError(
            "KUAGER_DATABASE_URL is not up to date. Run: python -m bot migrate "
            "(Example: KUAGER_DATABASE_URL=sqlite+aiosqlite:///data/kuager.db)"
        )


async def require_whole(url: str, *seconds: float) -> None:
    """Raise SettingsError for a SQLite file in which damage is found, if need be within so many seconds."""
    if found := await asyncio.to_thread(wholeness.faults, url, *seconds):
        raise SettingsError(database_faults.damaged("; ".join(found)))


async def require_writable(database: Database, *seconds: float) -> None:
    """Raise SettingsError unless the database is whole, as `require_whole` looks, and a row can be written; it is not kept."""
    await require_whole(database.url, *seconds)
    try:
        async with database.write() as session:
            session.add(Erasure(hour=0))
            await session.flush()
            await session.rollback()
    except SQLAlchemyError as error:
        raise (UnreachedError if database_faults.may_pass(error) else SettingsError)(
            f"KUAGER_DATABASE_URL is wrong: the database cannot be written to: {database_faults.told(error)}. "
            "Example: KUAGER_DATABASE_URL=sqlite+aiosqlite:///data/kuager.db"
        ) from None
