"""Commands as they are called, in a folder of the test's own, and what they print."""

import asyncio
import logging
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

from bot.app import machine
from bot.app.cli import application
from bot.app.wiring import open_work
from bot.app.work import Work
from bot.demo import TOKEN, USERNAME
from bot.local_api.server import LocalBotApi
from bot.safety import logs
from bot.safety.offline import open_stream, recipient_of
from bot.settings import PREFIX, Settings
from bot.store import archive_keys
from db.engine import make_file
from tests.bench import FORMS


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Kuager = Callable[..., Done]


@pytest.fixture
def kuager(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Kuager]:
    """Runs a command of `python -m bot` in an empty folder without any settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(logs, "quiet_crashes", lambda: None)  # these hooks are pytest's here
    monkeypatch.setattr(
        machine, "swap_in_clear", lambda: iter(())
    )  # this machine's swap is none of these tests' business
    resource.setrlimit(
        resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1])
    )  # as the entry point does
    for name in filter(lambda name: name.startswith(PREFIX), list(os.environ)):
        monkeypatch.delenv(name)

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["bot", *words])
        with pytest.raises(SystemExit) as ended:
            application.main()
        said = capsys.readouterr()
        code = ended.value.code
        if isinstance(code, str):  # Python prints it to standard error and ends with 1
            return Done(1, said.out, said.err + code + "\n")
        return Done(int(code or 0), said.out, said.err)

    yield run
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()], force=True)


@pytest.fixture
def set_up(kuager: Kuager, migrated_file: Path, tmp_path: Path) -> None:
    """A folder with good settings and a migrated database."""
    keys = kuager("keys", "new").out
    form = FORMS / "incident.md"
    (tmp_path / ".env").write_text(f"{keys}\nKUAGER_BOT_TOKEN={TOKEN}\nKUAGER_FORM={form}\n", "utf-8")
    (tmp_path / ".env").chmod(0o600)
    make_file("sqlite+aiosqlite:///data/kuager.db")  # the default; closed to others
    Path("data/kuager.db").write_bytes(migrated_file.read_bytes())


@pytest.fixture
def bot_api(kuager: Kuager, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalBotApi]:
    """A local Bot API in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    asyncio.run_coroutine_threadsafe(api.start(), loop).result(10)
    monkeypatch.setenv("KUAGER_BOT_API_URL", api.url)
    yield api
    asyncio.run_coroutine_threadsafe(api.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def telegram(set_up: None, bot_api: LocalBotApi) -> LocalBotApi:
    """A local Bot API, beside good settings."""
    return bot_api


def words_of(kuager: Kuager, *identities: str) -> Mapping[str, str]:
    """The words that `archive words` encrypts to these identities, by the fingerprints of their recipients."""
    assert kuager("archive", "words", "words").code == 0
    found = {}
    for identity in identities:
        name, plain = archive_keys.fingerprint(recipient_of(identity)), BytesIO()
        with Path("words", f"{name}.age").open("rb") as file:
            open_stream([identity], file, plain)
        found[name] = plain.getvalue().decode().strip()
    return found


def within(work: Callable[[Work], object], settings: Settings) -> None:
    """Let a coroutine function work on the database of these settings."""

    async def go() -> None:
        opened = await open_work(settings)
        await work(opened)  # type: ignore[misc]
        await opened.database.close()

    asyncio.run(go())
