"""Database migrations by Alembic, async and without an ini file."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.engine import make_file

FOLDER = Path(__file__).resolve().parent
AlembicCommand = Callable[[Config], None]


def config() -> Config:
    """Alembic's configuration, made here instead of in a file."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return made


@cache
def _scripts() -> ScriptDirectory:
    """The migrations, which are read from their files once."""
    return ScriptDirectory.from_config(config())


def head() -> str:
    """The newest revision."""
    found = _scripts().get_current_head()
    assert found is not None  # noqa: S101 - there is always a first migration
    return found


def is_known(revision: str) -> bool:
    """Whether a revision is one of these migrations: that of a newer program, or of another one, is not."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database up to `revision`."""
    make_file(url)
    before = await current(url)
    await _run(url, lambda made: command.upgrade(made, revision))
    if before not in {None, await current(url)}:
        _write_anew(url)


async def downgrade(url: str, revision: str) -> None:
    """Bring the database down to `revision` (`base` empties it)."""
    await _run(url, lambda made: command.downgrade(made, revision))


def _write_anew(url: str) -> None:
    """Leave nothing of what a migration moved, or an earlier version deleted, in the gaps of a SQLite file."""
    if not url.startswith("sqlite"):
        return
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as database:
        database.execute("PRAGMA temp_store=MEMORY")  # no copy in a file of its own
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


async def current(url: str) -> str | None:
    """The revision of the database; None when it is empty."""
    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    finally:
        await engine.dispose()


async def _run(url: str, run: AlembicCommand) -> None:
    engine = _engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_apply, run)
        if url.startswith("sqlite"):
            async with engine.connect() as connection:
                broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
                if broken:
                    raise RuntimeError(f"the migration left {len(broken)} rows without their parents")
    finally:
        await engine.dispose()


def _apply(connection: Connection, run: AlembicCommand) -> None:
    made = config()
    made.attributes["connection"] = connection
    run(made)


def _engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url)
    if url.startswith("sqlite"):

        @event.listens_for(engine.sync_engine, "connect")
        def _connect(connection: object, _record: object) -> None:
            # Batch mode drops and rebuilds tables; with foreign keys on, that would delete the rows of their children.
            connection.isolation_level = None  # type: ignore[attr-defined] # the driver's connection is untyped
            cursor = connection.cursor()  # type: ignore[attr-defined] # the same
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA foreign_keys=OFF")
            # What a migration drops is not to be found in free pages.
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
