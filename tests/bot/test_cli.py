"""The operator's commands, as they are called and what they print."""

import asyncio
import gc
import json
import logging
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from bot import cli
from bot.demo import TOKEN, USERNAME
from bot.errors import Refusal
from bot.local_api.server import LocalBotApi
from bot.safety import logs
from bot.safety.keys import read_key, read_key_ring
from bot.services.export import exports
from bot.services.keeping import retention
from bot.settings import PREFIX, Settings, load_settings
from bot.wiring import open_work
from bot.work import Work

ROOT = Path(__file__).parents[2]
WRONG_FORM = "| survey |\n| | type | name | label |\n| | text | a b | Hello |\n"


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
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["bot", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        code = ended.value.code
        if isinstance(code, str):  # Python prints it to standard error and ends with 1
            return Done(1, said.out, said.err + code + "\n")
        return Done(int(code or 0), said.out, said.err)

    yield run
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()], force=True)


@pytest.fixture
def set_up(kuager: Kuager, tmp_path: Path) -> None:
    """A folder with good settings and a migrated database."""
    keys = kuager("keys", "new").out
    form = ROOT / "bot/forms/incident.md"
    (tmp_path / ".env").write_text(f"{keys}\nKUAGER_BOT_TOKEN={TOKEN}\nKUAGER_FORM={form}\n", "utf-8")
    assert kuager("migrate").code == 0


@pytest.fixture
def telegram(set_up: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A local Bot API in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    asyncio.run_coroutine_threadsafe(api.start(), loop).result(10)
    monkeypatch.setenv("KUAGER_BOT_API_URL", api.url)
    yield
    asyncio.run_coroutine_threadsafe(api.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def within(work: Callable[[Work], object], settings: Settings) -> None:
    """Let a coroutine function work on the database of these settings."""

    async def go() -> None:
        opened = await open_work(settings)
        await work(opened)  # type: ignore[misc]
        await opened.database.close()

    asyncio.run(go())


def test_new_keys_are_settings_as_they_stand(kuager: Kuager) -> None:
    """Three lines for `.env`, none of them used before."""
    first, second = kuager("keys", "new"), kuager("keys", "new")
    assert first.code == 0
    lines = dict(line.split("=", 1) for line in first.out.splitlines())
    assert list(lines) == ["KUAGER_KEY_RING", "KUAGER_LOOKUP_KEY", "KUAGER_AUDIT_KEY"]
    ring = read_key_ring(lines["KUAGER_KEY_RING"])
    keys = [*ring.keys.values(), read_key(lines["KUAGER_LOOKUP_KEY"]), read_key(lines["KUAGER_AUDIT_KEY"])]
    assert len(set(keys)) == 3
    assert not set(first.out.splitlines()) & set(second.out.splitlines())


@pytest.mark.parametrize("command", ["run", "migrate", "invite", "check", "purge"])
def test_a_missing_setting_stops_a_command_with_one_line(kuager: Kuager, command: str) -> None:
    """The name, what is wrong and an example, to standard error, and code 1."""
    done = kuager(command)
    assert done.code == 1
    assert done.out == ""
    assert re.fullmatch(r"KUAGER_BOT_TOKEN is missing\. Example: KUAGER_BOT_TOKEN=\S+\n", done.err)


def test_a_wrong_setting_stops_the_program_with_one_line(tmp_path: Path) -> None:
    """As a process of its own, as an operator sees it: no traceback and not the value."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "KUAGER_BOT_TOKEN": "my secret token"}
    command = [sys.executable, "-m", "bot", "run"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("KUAGER_BOT_TOKEN is wrong: ")
    assert "my secret" not in done.stderr


def test_a_wrong_language_stops_the_program_with_one_line(tmp_path: Path) -> None:
    """The file, the key and what is wrong, as an operator sees it, whatever else is set."""
    for room in ("bot", "db", "locales", "migrations"):
        copytree(ROOT / room, tmp_path / room, ignore=ignore_patterns("__pycache__"))
    with (tmp_path / "locales/en/language.toml").open("a", encoding="utf-8") as file:
        file.write('exact = "just #"\n')
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "bot", "run"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "locales/en/language.toml: amounts.exact is a key that nothing reads\n"


@pytest.mark.usefixtures("set_up")
def test_a_database_without_tables_is_told(kuager: Kuager, tmp_path: Path) -> None:
    """With the command that makes them."""
    (tmp_path / "data" / "kuager.db").unlink()
    done = kuager("check")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_DATABASE_URL is not up to date. Run: python -m bot migrate")


@pytest.mark.usefixtures("set_up")
def test_check_finds_all_well(kuager: Kuager) -> None:
    """After `migrate`, which may be run again."""
    assert kuager("migrate").code == 0
    done = kuager("check")
    assert (done.code, done.out) == (0, "Settings, form, database and audit log are all well.\n")


@pytest.mark.usefixtures("telegram")
def test_check_finds_a_changed_audit_log(kuager: Kuager, tmp_path: Path) -> None:
    """An entry that was changed behind the program's back breaks the chain."""
    assert kuager("invite").code == 0
    assert kuager("check").code == 0
    settings = load_settings()

    async def tamper(work: Work) -> None:
        async with work.database.write() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE audit_log SET detail = 'admin'")

    within(tamper, settings)
    done = kuager("check")
    assert (done.code, done.err) == (1, "The audit log does not fit its chain from entry 1 on.\n")


@pytest.mark.usefixtures("set_up")
def test_a_wrong_form_stops_a_command_with_one_line(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The place of the first mistake, or that there is no such file."""
    wrong = tmp_path / "wrong.md"
    wrong.write_text(WRONG_FORM, "utf-8")
    for path, told in ((wrong, "survey, row 3"), (tmp_path / "none.md", "there is no such file.")):
        monkeypatch.setenv("KUAGER_FORM", str(path))
        done = kuager("check")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith(f"KUAGER_FORM is wrong: {path}: {told}")
        assert done.err.endswith(" Example: KUAGER_FORM=bot/forms/incident.md\n")


def test_check_reads_a_form(kuager: Kuager, tmp_path: Path) -> None:
    """A good one is counted, a wrong one is told with its place; no settings are needed."""
    form = ROOT / "bot/forms/incident.md"
    good = kuager("check", str(form))
    assert good.code == 0
    assert "all well" in good.out
    wrong = tmp_path / "wrong.md"
    wrong.write_text(WRONG_FORM, "utf-8")
    done = kuager("check", str(wrong))
    assert done.code == 1
    assert "survey" in done.err


@pytest.mark.usefixtures("telegram")
@pytest.mark.parametrize("command", ["run", "invite"])
def test_a_token_that_telegram_does_not_know_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """In one line without the token; no connection is left open, which would be a warning."""
    monkeypatch.setenv("KUAGER_BOT_TOKEN", "999:unknown-to-Telegram")
    done = kuager(command)
    gc.collect()
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_BOT_TOKEN is wrong: Telegram does not know it. Example: ")
    assert "unknown-to-Telegram" not in done.err


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("words", [("check",), ("export", "--out", "no.csv"), ("migrate",), ("run",)])
@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://user:hunter2@127.0.0.1:1/kuager",
        "postgresql+asyncpg://user:hunter2@127.0.0.1:port/kuager",
        "sqlite+aiosqlite:////proc/hunter2.db",
    ],
)
def test_a_database_that_is_not_reached_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], url: str
) -> None:
    """In one line that names the setting, never its value."""
    monkeypatch.setenv("KUAGER_DATABASE_URL", url)
    done = kuager(*words)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_DATABASE_URL is wrong, or the database does not answer: ")
    assert "hunter2" not in done.out + done.err


@pytest.mark.usefixtures("telegram")
def test_an_invitation_is_a_link_that_is_good_once(kuager: Kuager) -> None:
    """To the bot by its name, with a token that stands nowhere; an unknown role is refused."""
    done = kuager("invite", "--role", "admin")
    link = done.out.splitlines()[0]
    assert done.code == 0
    assert re.fullmatch(rf"https://t\.me/{USERNAME}\?start=[A-Za-z0-9_-]{{32}}", link)
    database = load_settings().database_url.removeprefix("sqlite+aiosqlite:///")
    assert link.rpartition("=")[2].encode() not in Path(database).read_bytes()
    refused = kuager("invite", "--role", "king")
    assert refused.code == 2
    assert "admin, moderator" in refused.err


@pytest.mark.usefixtures("set_up")
def test_moderators_are_listed_and_revoked(kuager: Kuager) -> None:
    """By their aliases; who is not there is told in a line."""
    assert "alias" in kuager("moderators", "list").out
    done = kuager("moderators", "revoke", "Nobody")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "Nobody" in done.err


@pytest.mark.usefixtures("set_up")
def test_an_export_of_nothing_has_its_columns(kuager: Kuager, tmp_path: Path) -> None:
    """A CSV with a header that a spreadsheet reads as UTF-8, a JSON Lines file without lines."""
    assert kuager("export", "--out", "a.csv").code == 0
    assert kuager("export", "--out", "a.jsonl", "--format", "jsonl", "--since", "2024-01-01").code == 0
    header = (tmp_path / "a.csv").read_bytes()
    assert header.startswith(b"\xef\xbb\xbf")
    assert header.count(b"\r\n") == 1
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()] == []
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600


def test_an_export_that_breaks_off_leaves_no_part_of_a_file(
    kuager: Kuager, set_up: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there before stays, and that it was tried stands in the audit log."""
    (tmp_path / "a.csv").write_text("before")

    async def broken(*_: object) -> AsyncIterator[bytes]:
        yield b"a row"
        raise Refusal("moderator.export.how")

    monkeypatch.setattr(exports, "stream", broken)
    assert kuager("export", "--out", "a.csv").code == 1
    assert (tmp_path / "a.csv").read_text() == "before"
    assert not list(tmp_path.glob("*.part"))
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        assert database.execute("SELECT act FROM audit_log").fetchall() == [("export",)]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--format", "xml"), "There is no export format “xml”. There are: csv, jsonl."),
        (("--since", "March"), "Write it like this: "),
        (("--until", "2024-02-30"), "Write it like this: "),
    ],
)
def test_an_export_that_cannot_be_is_refused(
    kuager: Kuager, set_up: Settings, words: tuple[str, str], why: str
) -> None:
    """In a line that says why, and no file is made."""
    done = kuager("export", "--out", "no.csv", *words)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith(why)
    assert not Path("no.csv").exists()


@pytest.mark.usefixtures("set_up")
def test_purge_counts_what_it_destroyed(kuager: Kuager) -> None:
    """Each kind with its number."""
    done = kuager("purge")
    assert done.code == 0
    assert "drafts: 0" in done.out.splitlines()
    assert "unopened" not in done.out
    assert "unopened: 0" in kuager("purge", "--unopened").out.splitlines()


@pytest.mark.usefixtures("set_up")
def test_purge_goes_on_until_all_is_destroyed(kuager: Kuager, tmp_path: Path) -> None:
    """However much there is."""
    number = 2 * retention.SWEEP_LIMIT + 1
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database, database:
        database.executemany(
            "INSERT INTO seen_updates (id, hour) VALUES (?, 0)", ((one,) for one in range(number))
        )
    assert f"seen_updates: {number}" in kuager("purge").out.splitlines()


def test_the_demo_needs_nothing_and_stops_when_told(tmp_path: Path) -> None:
    """It prints its address, serves its page there, and ends in good order."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "bot", "demo", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as demo:  # noqa: S603
        assert demo.stdout is not None
        try:
            line = demo.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found is not None, line
            with urllib.request.urlopen(found.group(), timeout=10) as page:  # noqa: S310
                assert b"Kuager" in page.read()
        finally:
            demo.send_signal(signal.SIGTERM)
        assert demo.wait(20) == 0
    assert list(tmp_path.iterdir()) == []
