"""Database migrations by Alembic, async and without an ini file. Alembic is imported only to migrate."""

import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, event, inspect, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.engine import make_file

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).resolve().parent
GIVE_PAGES_BACK = "PRAGMA auto_vacuum=INCREMENTAL"
"""Lets unused pages leave a SQLite file (https://www.sqlite.org/pragma.html#pragma_auto_vacuum). In a file that
has tables it holds from the next VACUUM on."""
AlembicCommand = Callable[["Config"], None]
_NAMES = re.compile(r'^(revision|down_revision) = "(.+)"$', re.MULTILINE)


def config() -> "Config":
    """Alembic configuration."""
    from alembic.config import Config  # noqa: PLC0415 - see the package

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return made


@cache
def _revisions() -> Mapping[str, str | None]:
    """Revisions and their predecessors, as named in their files."""
    named = [dict(_NAMES.findall(path.read_text("utf-8"))) for path in (FOLDER / "versions").glob("*.py")]
    return {one["revision"]: one.get("down_revision") for one in named}


def head() -> str:
    """Newest revision."""
    (newest,) = _revisions().keys() - set(_revisions().values())
    return newest


def is_known(revision: str) -> bool:
    """Whether this program knows a revision."""
    return revision in _revisions()


async def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade the database to `revision`."""
    make_file(url)
    before = await current(url)
    from alembic import command  # noqa: PLC0415 - see the package

    await _run(url, lambda made: command.upgrade(made, revision))
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
    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
                return None
            found: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found
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
