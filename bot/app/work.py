"""Units of work for the batch loop, the jobs and the command line."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

import migrations
from bot.app import operator_keys, questionnaires, retention, upgrades
from bot.desk.forms import service as forms_service
from bot.desk.forms.service import FormState
from bot.errors import SettingsError, UnreachedError
from bot.form.model import Form
from bot.safety.logs import where
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import RingSeal
from bot.settings import Settings
from bot.store import allowances, backups, clocks, faults, row_proofs, sent_messages, vault
from bot.store.clocks import ClockCheck, ClockState, TelegramTime
from bot.store.faults import Outage
from bot.store.file_store import SQLITE, database_file, unwritable
from bot.store.unit import AS_STORED, Safe, UnitOfWork
from bot.transport.replicas import wait_at_most
from db.engine import Database, make_file, padded_to_power_of_two
from db.models import Erasure, Moderator

log = logging.getLogger(__name__)

_T = TypeVar("_T")
ERASURES_AT_ONCE = 512
POSTGRESQL_EXAMPLE = "KUAGER_DATABASE_URL=postgresql+asyncpg://user:password@host/name"
PIECE_SECONDS = 0.01
"""Target duration of a transaction that destroys expired rows."""
Clock = Callable[[], datetime]


@dataclass(slots=True)
class Swept:
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(retention.STEPS, 0))
    failures: list[Exception] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether the sweep reached no limit, so that it left nothing for the next one."""
        return retention.is_done(self.numbers)

    def note_failure(self, name: str, error: Exception) -> None:
        """Log a kind of record that could not be destroyed. Raises the error if the database is unavailable."""
        if faults.is_away(error):
            raise error
        log.warning("what is due of %s was not destroyed: %s", name, where(error))
        self.failures.append(error)


class Work:
    """Begins units of work and commits them.

    `telegram` is the time that Telegram tells, if known. `safe` holds the keys, by default those of the
    settings.

    Commits set events for work outside the transaction, which must neither delay nor fail the commit. The
    jobs clear them:

    - `erasing`: bytes were destroyed.
    - `destroyed`: keys were destroyed.
    - `files_due`: files came or must be removed.
    - `notices_due`: a report came.
    - `audited`: the audit log has grown.
    - `installed`: forms came to the chat or changed.
    """

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
        self._own_forms = questionnaires.load(settings)
        self.forms: Mapping[str, Form] = self._own_forms
        self.safe = safe or Safe(RingSeal(settings.ring), Pseudonyms(settings.lookup), settings.audit)
        self.erasing, self.files_due = asyncio.Event(), asyncio.Event()
        self.notices_due, self.audited = asyncio.Event(), asyncio.Event()
        self.destroyed, self.installed = asyncio.Event(), asyncio.Event()
        self.sweeping = asyncio.Lock()
        self.before_writing: Callable[[UnitOfWork], Awaitable[None]] | None = None
        self._is_confirmed = False
        self._form_states: dict[str, str] = {}
        self.copy: int | None = None
        """Number of this replica; None for a single bot."""
        self.outage: Outage | None = None
        """Log of outages of the database. None until a bot runs."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """Unit of work that commits at its end, or rolls back on an exception."""
        with self._watched(writing=True):
            async with self._writing() as unit:
                yield unit
        if unit.erased:
            self.erasing.set()
        if unit.destroyed:
            self.destroyed.set()
        if unit.filed:
            self.files_due.set()
        if unit.reported:
            self.notices_due.set()
        if unit.installed:
            self.installed.set()
        if unit.audited is not None:
            self.audited.set()

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[UnitOfWork]:
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

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        with self._watched(writing=False):
            async with self.database.read() as session:
                yield self._unit(session)

    def _watched(self, *, writing: bool) -> AbstractContextManager[None]:
        return nullcontext() if self.outage is None else self.outage.of_database(writing=writing)

    async def destroy_due(self) -> Swept:
        """Destroy expired records, within the limits of one sweep (`retention.STEPS`).

        Each transaction takes about PIECE_SECONDS and is followed by an equal pause, so that people need not
        wait. One failure does not stop the rest. Raises the error of an unavailable database.
        """
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

    async def _destroy(
        self, swept: Swept, name: str, step: retention.RetentionStep, keys: Sequence[Any]
    ) -> None:
        time, at_once = asyncio.get_running_loop().time, 1
        while keys:
            piece, rest = keys[:at_once], keys[at_once:]
            begun = time()
            try:
                async with self.write() as unit:
                    begun = time()
                    unit.session.info[AS_STORED] = True  # destroyed even if its proof does not fit
                    done = await step.act(unit, piece)
                swept.numbers[name] += done
            except Exception as error:  # noqa: BLE001 - a boundary: what is due beside it is destroyed all the same
                if len(piece) > 1 and not faults.is_away(error):
                    at_once = 1  # take each alone to find the failing one
                    continue
                swept.note_failure(name, error)
            taken, keys = time() - begun, rest
            fitting = int(len(piece) * PIECE_SECONDS / max(taken, 1e-6))
            at_once = max(1, min(step.at_once, 2 * at_once, fitting))
            await asyncio.sleep(taken)

    async def close_restored(self) -> None:
        """Close reports that a restoration left without a key, before anyone is told of them."""
        while True:
            async with self.read() as unit:
                ids = await retention.restored(unit)
            if not ids:
                return
            async with self.write() as unit:
                await retention.close_restored(unit, ids)

    async def finish_erasures(self) -> bool:
        """Empty SQLite's write-ahead log, which still holds destroyed records, and remove due copies of the
        database. Returns False when a reader was in the way.

        The destruction's reminder row is deleted only once the log is empty, so that a crash leaves it for
        the next start. Concurrent calls are safe.
        """
        async with self.read() as unit:
            before = (await unit.session.scalars(select(Erasure.id))).all()
        if before and not await self.database.truncate_log():
            return False
        if (file := database_file(self.settings)) is not None:
            await asyncio.to_thread(upgrades.remove_due, file, self.now())
        if not before:
            return True
        with self._watched(writing=True):
            async with self.database.write() as session:
                for start in range(0, len(before), ERASURES_AT_ONCE):
                    ids = padded_to_power_of_two(before[start : start + ERASURES_AT_ONCE])
                    await session.execute(delete(Erasure).where(Erasure.id.in_(ids)))
        return True

    async def look_at_clock(self, unit: UnitOfWork) -> ClockCheck:
        """Check this machine's clock. It must be right before expired records are destroyed."""
        own = self.clock().timestamp()
        found = await clocks.look(unit, own, self.telegram.bears_out(own) if self.telegram else None)
        self._is_confirmed = found.state is ClockState.CONFIRMED
        return found

    async def learn_clock(self) -> None:
        """Read whether the operator confirmed the clock, since another replica checks it."""
        async with self.read() as unit:
            state, _ = await clocks.stored(unit)
        self._is_confirmed = state is ClockState.CONFIRMED

    def now(self) -> datetime:
        """This machine's time, or Telegram's if they disagree and the operator has not confirmed the clock."""
        own = self.clock()
        if self.telegram is None or self._is_confirmed:
            return own
        return datetime.fromtimestamp(self.telegram.corrected(own.timestamp()), self.settings.zone)

    def is_told_the_time(self) -> bool:
        """Whether Telegram's time is known, so that `now` is right even with a wrong clock."""
        return self.telegram is not None and self.telegram.bears_out(self.clock().timestamp()) is not None

    async def read_forms(self) -> None:
        """Read the forms that administrators brought, if any came, went, or was put into force since."""
        async with self.read() as unit:
            found = await forms_service.read(unit)
            states = {row.id: row.state for row in found}
            if states == self._form_states:
                return
            forms = {row.id: form for row in found if (form := forms_service.opened(unit, row)) is not None}
        if len(forms) < len(found):
            log.error(
                "%d forms from the chat do not open: is their key still in the ring?", len(found) - len(forms)
            )
        fitted = {row_id: questionnaires.fitted(form, self.settings) for row_id, form in forms.items()}
        in_force = [row.id for row in found if row.state == FormState.IN_FORCE and row.id in forms]
        self.forms, self._form_states = self._own_forms.with_installed(fitted, in_force), states

    def _unit(self, session: AsyncSession) -> UnitOfWork:
        return UnitOfWork(session, self.now(), self.safe, self.settings, self.forms, self.copy)


async def prove_rows(
    work: Work, told: Callable[[int], object] = lambda _: None, *, anew: bool = False
) -> Sequence[tuple[str, str, bool]]:
    """Prove the rows of a database that lacks proofs, or all `anew`, in batches. Resumes when called again.

    `told` gets the number of rows of each batch. Returns the members (`upgrades.prove_team`) if there was work.
    """
    async with work.write() as unit:
        if not anew and not await upgrades.is_due(unit):
            return ()
        for table in row_proofs.tables() if anew else ():
            await unit.session.execute(update(table).values(row_mac=None))
        members = await upgrades.prove_team(unit)
        await operator_keys.check(unit)
    for table in set(row_proofs.tables()) - {Moderator}:
        count = 1
        while count:
            async with work.write() as unit:
                count = await row_proofs.prove_next(unit, table)
            told(count)
    async with work.write() as unit:
        await upgrades.finish(unit)
    return members


async def take_over_consents(work: Work) -> None:
    """Move the consents of older public versions (`upgrades.take_over`), in batches."""
    after: str | None = ""
    while after is not None:
        async with work.write() as unit:
            after = await upgrades.take_over(unit, after)


async def until_reached(act: Callable[[], Awaitable[_T]], stopping: asyncio.Event) -> _T | None:
    """Call `act`, retried by START_BACKOFF while the database is away. Returns None once `stopping` is set."""
    waits = False
    for pause in faults.START_BACKOFF.pauses():
        try:
            done = await act()
        except Exception as error:
            if not isinstance(error, UnreachedError) and not faults.may_pass(error):
                raise
            if not waits:
                told = str(error) if isinstance(error, SettingsError) else faults.told(error)
                log.warning("the database is away and is waited for: %s", told)
            waits = True
        else:
            if waits:
                log.warning("the database is there")
            return done
        if await wait_at_most(stopping, pause):
            return None
    raise AssertionError("unreachable")


async def revision(settings: Settings, *, make: bool = False) -> str | None:
    """Migration of the database, None without tables. `make` makes a SQLite file. Raises SettingsError if it is away or unknown."""
    found, _ = await _stamp(settings, make=make)
    if found is not None and not migrations.is_known(found):
        raise newer_database(found)
    return found


def newer_database(found: str) -> SettingsError:
    return SettingsError(
        f"KUAGER_DATABASE_URL names a database at revision {found!r:.40}, which this program does not know: a newer "
        "version wrote it and changed what this one needs, or another program did. Update this one, go back by the backup from "
        "before (docs/routine.md, Updates), or name another database (Example: KUAGER_DATABASE_URL=sqlite+aiosqlite:///data/kuager.db)"
    )


@cache
def warn_of_newer(found: str) -> None:
    """Log once that the database is newer, and why this program goes on."""
    log.warning(
        "the database is at revision %.40s of a newer version, which only added to it: this one goes on",
        found,
    )


async def _stamp(settings: Settings, *, make: bool = False) -> tuple[str | None, str | None]:
    url, is_sqlite = settings.database_url, settings.database_url.startswith("sqlite")
    file = database_file(settings)
    if file is not None and not make and not os.path.lexists(file):  # noqa: ASYNC240 - once, and False where it may not look
        return None, None
    try:
        if is_sqlite:
            # Without the async driver, whose thread outlives a failure to connect. A new file is for its owner alone.
            make_file(url)
            sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///")).close()
        return await migrations.stamp(url)
    except ModuleNotFoundError:
        raise SettingsError(
            "KUAGER_DATABASE_URL names a PostgreSQL, whose driver is not installed. Run: "
            "uv sync --no-dev --extra postgresql (Example: " + POSTGRESQL_EXAMPLE + ")"
        ) from None
    except faults.unreached() as error:
        if why := faults.damage_of(error):
            raise SettingsError(why) from None
        passes = faults.may_pass(error) or (isinstance(error, OSError) and not is_sqlite)
        # The error's message may hold the address with the password.
        raise (UnreachedError if passes else SettingsError)(
            f"KUAGER_DATABASE_URL is wrong, or the database does not answer: {faults.told(error)}. {_remedy(settings.database_url, error)}"
        ) from None


async def require_usable(settings: Settings) -> str:
    """Revision of the database: this program's, or one that only added to it. Raises SettingsError."""
    found, contraction = await _stamp(settings)
    if found is None or not migrations.only_expanded(found, contraction):
        await require_newest(settings)
        return migrations.head()
    warn_of_newer(found)
    return found


def _remedy(url: str, error: Exception) -> str:
    if not url.startswith(SQLITE):
        return f"Example: {POSTGRESQL_EXAMPLE}"
    file = Path(url.removeprefix(SQLITE))
    usual = "Example: KUAGER_DATABASE_URL=sqlite+aiosqlite:///data/kuager.db (python -m bot migrate makes it)"
    held = f"Another process holds it: end it, or wait. Its name: fuser -v {file}"
    blamed = unwritable(file) or unwritable(file.parent)
    return blamed or (held if "locked" in faults.told(error) else usual)


async def require_newest(settings: Settings) -> None:
    found = await revision(settings)
    if found is None:
        raise SettingsError(_missing(settings))
    if found != migrations.head():
        raise SettingsError("KUAGER_DATABASE_URL is not up to date. Run: python -m bot migrate")


def _missing(settings: Settings) -> str:
    file, begin, again = database_file(settings), "python -m bot migrate", "python -m bot restore BACKUP"
    where = "this PostgreSQL" if file is None else f"the folder {file.parent}"
    if file is not None and (why := unwritable(file)):
        return f"KUAGER_DATABASE_URL is wrong: there is no database in {where}, and none can be made. {why}"
    how = f"Make it: {begin}. Where there is a backup: {again}"
    if settings.audit_head_file.exists():
        how = f"There was one, as {settings.audit_head_file} says: mount its disk, or put it back: {again}. To begin anew: {begin}"
    return f"KUAGER_DATABASE_URL: there is no database yet in {where}. {how}"


async def require_writable(database: Database, *seconds: float) -> None:
    """Raise SettingsError unless the database is whole and accepts a row, which is rolled back."""
    await backups.require_whole(database.url, *seconds)
    try:
        async with database.write() as session:
            session.add(Erasure(hour=0))
            await session.flush()
            await session.rollback()
    except SQLAlchemyError as error:
        raise (UnreachedError if faults.may_pass(error) else SettingsError)(
            f"KUAGER_DATABASE_URL is wrong: the database cannot be written to: {faults.told(error)}. {_remedy(database.url, error)}"
        ) from None
