"""Database migrations by Alembic, async and without an ini file. Alembic is imported only to migrate."""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.engine import make_file
from db.presence import LIVING

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).resolve().parent
GIVE_PAGES_BACK = "PRAGMA auto_vacuum=INCREMENTAL"
"""Lets unused pages leave a SQLite file (https://www.sqlite.org/pragma.html#pragma_auto_vacuum). In a file that
has tables it holds from the next VACUUM on."""
AlembicCommand = Callable[["Config"], None]
EXPAND, CONTRACT = "expand", "contract"
"""Phases. An older program goes on with a database that only expanded. One that contracted lacks or changed something that it
needs."""
_NAMES = re.compile(r'^(revision|down_revision|phase) = "(.+)"$', re.MULTILINE)
_VERSION = "alembic_version"
LOCK_TIMEOUT = "500ms"
"""How long a migration waits for a lock. Less than PostgreSQL's deadlock_timeout, so that no copy's transaction is rolled
back for it."""
LOCK_TRIES, TRY_AGAIN_SECONDS = 60, 0.5
_LOCKED = frozenset({"55P03", "40P01"})
"""SQLSTATEs of a lock that was not available, and of a deadlock (PostgreSQL, appendix A)."""


class CopiesError(Exception):
    """Copies of the bot run on a database that is to contract. `number` of them live."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def config() -> "Config":
    """Alembic configuration."""
    from alembic.config import Config  # noqa: PLC0415 - see the package

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return made


@cache
def _named() -> Mapping[str, Mapping[str, str]]:
    """Names in the files of the revisions, by revision."""
    named = [dict(_NAMES.findall(path.read_text("utf-8"))) for path in (FOLDER / "versions").glob("*.py")]
    return {one["revision"]: one for one in named}


@cache
def _revisions() -> Mapping[str, str | None]:
    """Revisions and their predecessors, as named in their files."""
    return {revision: one.get("down_revision") for revision, one in _named().items()}


def phases() -> Mapping[str, str | None]:
    """Phase of each revision: EXPAND or CONTRACT."""
    return {revision: one.get("phase") for revision, one in _named().items()}


def _back_from(revision: str) -> Iterator[str]:
    step: str | None = revision
    while step is not None:
        yield step
        step = _revisions()[step]


def last_contraction(revision: str) -> str | None:
    """Newest revision that contracted, up to this one. A program that knows it can use the database."""
    return next((one for one in _back_from(revision) if _named()[one].get("phase") != EXPAND), None)


def contracts(found: str, to: str = "head") -> bool:
    """Whether an upgrade from a known revision takes away anything that a program at it needs."""
    return last_contraction(head() if to == "head" else to) not in set(_back_from(found))


def only_expanded(revision: str | None, contraction: str | None) -> bool:
    """Whether a database's revision is newer than this program, which yet knows its last contraction."""
    return not is_known(revision or "") and is_known(contraction or "")


def head() -> str:
    """Newest revision."""
    (newest,) = _revisions().keys() - set(_revisions().values())
    return newest


def is_known(revision: str) -> bool:
    """Whether this program knows a revision."""
    return revision in _revisions()


async def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade the database to `revision`. Raises CopiesError if it would contract under copies of the bot."""
    make_file(url)
    before = await current(url)
    from alembic import command  # noqa: PLC0415 - see the package

    await _run(url, lambda made: command.upgrade(made, revision), revision)
    if before is not None and (before != await current(url) or not _gives_pages_back(url)):
        _write_anew(url)


async def downgrade(url: str, revision: str) -> None:
    """Downgrade the database to `revision` (`base` empties it)."""
    from alembic import command  # noqa: PLC0415 - see the package

    await _run(url, lambda made: command.downgrade(made, revision))


def _gives_pages_back(url: str) -> bool:
    """Whether unused pages can leave a SQLite file. True on PostgreSQL."""
    if not url.startswith("sqlite"):
        return True
    with closing(sqlite3.connect(str(make_url(url).database))) as database:
        return bool(database.execute("PRAGMA auto_vacuum").fetchone() == (2,))


def _write_anew(url: str) -> None:
    """Rewrite a SQLite file, so that no gap holds moved or deleted bytes, and unused pages can leave it."""
    if not url.startswith("sqlite"):
        return
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as database:
        database.execute(GIVE_PAGES_BACK)
        database.execute("PRAGMA temp_store=MEMORY")  # no copy in a temporary file
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


async def current(url: str) -> str | None:
    """Revision of the database. None if it is empty."""
    return (await stamp(url))[0]


async def stamp(url: str) -> tuple[str | None, str | None]:
    """Revision of the database and its last contraction. None if it is empty, or was migrated before contractions were
    noted."""
    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            if not await connection.run_sync(lambda sync: inspect(sync).has_table(_VERSION)):
                return None, None
            row = (await connection.execute(text(f"SELECT * FROM {_VERSION}"))).mappings().first()  # noqa: S608 - a name of ours
            return (row["version_num"], row.get("contracted")) if row else (None, None)
    finally:
        await engine.dispose()


async def _run(url: str, run: AlembicCommand, upgrade_to: str | None = None) -> None:
    engine = _engine(url)
    try:
        await _apply_or_wait(engine, run, upgrade_to)
        if url.startswith("sqlite"):
            async with engine.connect() as connection:
                broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
                if broken:
                    raise RuntimeError(f"the migration left {len(broken)} rows without their parents")
    finally:
        await engine.dispose()


async def _apply_or_wait(engine: AsyncEngine, run: AlembicCommand, upgrade_to: str | None) -> None:
    """Run in one transaction, which gives way to those of copies and is tried again."""
    for tries_left in reversed(range(LOCK_TRIES)):
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_apply, run, upgrade_to)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _LOCKED or not tries_left:
                raise
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        else:
            return


def _apply(connection: Connection, run: AlembicCommand, upgrade_to: str | None) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        if upgrade_to is not None:
            _require_alone(connection, upgrade_to)
    made = config()
    made.attributes["connection"] = connection
    run(made)
    if inspect(connection).has_table(_VERSION):
        _note_contraction(connection)


def _require_alone(connection: Connection, to: str) -> None:
    """Raise CopiesError where copies live and would lose anything."""
    found = _found(connection) if inspect(connection).has_table(_VERSION) else None
    if found is None or not is_known(found) or not contracts(found, to):
        return
    # A copy that starts after the question reads the new revision first, for which it waits here.
    connection.execute(text(f"LOCK TABLE {_VERSION} IN ACCESS EXCLUSIVE MODE"))
    if living := connection.execute(text(LIVING)).all():
        raise CopiesError(len(living))


def _note_contraction(connection: Connection) -> None:
    """Note the last contraction for older programs, which do not know the newer revisions."""
    columns = {one["name"] for one in inspect(connection).get_columns(_VERSION)}
    if "contracted" not in columns:
        connection.execute(text(f"ALTER TABLE {_VERSION} ADD COLUMN contracted VARCHAR(32)"))
    if found := _found(connection):
        noted = text(f"UPDATE {_VERSION} SET contracted = :contracted")  # noqa: S608 - a name of ours
        connection.execute(noted, {"contracted": last_contraction(found)})


def _found(connection: Connection) -> str | None:
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSION}"))  # noqa: S608 - a name of ours
    return found


def _engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url)
    if url.startswith("sqlite"):

        @event.listens_for(engine.sync_engine, "connect")
        def _connect(connection: object, _record: object) -> None:
            # Batch mode drops and rebuilds tables; with foreign keys on, that would delete the rows of their children.
            connection.isolation_level = None  # type: ignore[attr-defined] # the driver's connection is untyped
            cursor = connection.cursor()  # type: ignore[attr-defined] # the same
            cursor.execute(GIVE_PAGES_BACK)  # before anything is in the file
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA foreign_keys=OFF")
            # Free pages must not hold dropped data.
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
