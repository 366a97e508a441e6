"""How commands end that cannot do their work: one line, and a code."""

import gc
import logging
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest

from bot import __version__
from bot.store import faults
from bot.store.faults import Backoff
from db import engine
from tests.bot.app.cli.conftest import Kuager
from tests.buckets import Bucket

ROOT = Path(__file__).parents[4]
AWAY = "postgresql+asyncpg://user:hunter2@127.0.0.1:1/kuager"
"""Where no server is."""


def as_a_program(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command as a process of its own, as an operator sees it."""
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env}
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)  # noqa: S603 - our own


def test_the_version_is_that_of_the_project(kuager: Kuager) -> None:
    """Printed alone, as `pyproject.toml` has it, without any settings."""
    assert kuager("--version").out == f"Kuager {__version__}\n"
    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("command", ["run", "migrate", "invite", "check", "purge"])
def test_a_missing_setting_stops_a_command_with_one_line(kuager: Kuager, command: str) -> None:
    """The name, what is wrong and an example, to standard error, and code 1."""
    done = kuager(command)
    assert done.code == 1
    assert done.out == ""
    assert re.fullmatch(
        r"KUAGER_BOT_TOKEN is missing \(there is no \.env in this folder\)\. Example: KUAGER_BOT_TOKEN=\S+\n",
        done.err,
    )


def test_a_wrong_setting_stops_the_program_with_one_line(tmp_path: Path) -> None:
    """As a process of its own, as an operator sees it: no traceback and not the value."""
    done = as_a_program(tmp_path, "run", KUAGER_BOT_TOKEN="my secret token")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("KUAGER_BOT_TOKEN is wrong: ")
    assert "my secret" not in done.stderr


@pytest.fixture
def example(kuager: Kuager, tmp_path: Path) -> str:
    """The example of the settings, in which somebody has filled in the token; it stands in `.env`."""
    given = (ROOT / ".env.example").read_text("utf-8")
    given = given.replace("KUAGER_BOT_TOKEN=\n", "KUAGER_BOT_TOKEN=123456789:AAE-made-up\n")
    (tmp_path / ".env").write_text(given, "utf-8")
    return given


@pytest.mark.usefixtures("example")
def test_the_example_of_the_settings_does_not_run_with_a_token_alone(kuager: Kuager, tmp_path: Path) -> None:
    """Whoever only fills in the token has no keys, and nothing is sealed by keys that anybody can read."""
    for words in (("migrate",), ("check", "--offline"), ("run",)):
        done = kuager(*words)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith("KUAGER_KEY_RING is missing; this prints one: python -m bot keys new. ")
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_the_shortest_way_to_settings_that_work_is_the_one_that_is_told(
    kuager: Kuager, example: str, tmp_path: Path
) -> None:
    """The example, `keys new` behind it, and the token; what is made then is closed to others."""
    (tmp_path / ".env").write_text(example + kuager("keys", "new").out, "utf-8")
    done = as_a_program(tmp_path, "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "data", *(tmp_path / "data").rglob("*"))} == {
        0
    }


def test_a_wrong_language_stops_the_program_with_one_line(tmp_path: Path) -> None:
    """The file, the key and what is wrong, as an operator sees it, whatever else is set."""
    for room in ("bot", "db", "locales", "migrations"):
        copytree(ROOT / room, tmp_path / room)
    with (tmp_path / "locales/en/language.toml").open("a", encoding="utf-8") as file:
        file.write('exact = "just #"\n')
    done = as_a_program(tmp_path, "run", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "locales/en/language.toml: search.exact is a key that nothing reads\n"


@pytest.mark.usefixtures("telegram")
@pytest.mark.parametrize("command", ["run", "invite", "check"])
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


@pytest.mark.usefixtures("telegram")
@pytest.mark.parametrize("command", ["run", "invite", "check"])
def test_an_address_that_is_no_bot_api_is_told_from_a_wrong_token(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The token may be right: whoever revokes it for a wrong path has lost the bot for nothing."""
    monkeypatch.setenv("KUAGER_BOT_API_URL", os.environ["KUAGER_BOT_API_URL"] + "/none")
    done = kuager(command)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_BOT_API_URL is wrong: the address answers, but not as a Bot API. ")


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("command", ["invite", "check"])
def test_an_address_that_nobody_answers_at_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """With the kind of the fault; `run` waits for the network instead."""
    monkeypatch.setattr(faults, "REQUEST_BACKOFF", Backoff(0.01, 0.02))
    monkeypatch.setenv("KUAGER_BOT_API_URL", "http://127.0.0.1:1")
    done = kuager(command)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert re.match(
        r"KUAGER_BOT_API_URL is wrong, or Telegram is not reached: no connection comes about: .+\. Example: ",
        done.err,
    )


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize(
    ("words", "url"),
    [
        (words, url)
        for words in (("check", "--offline"), ("export", "--out", "no.csv"), ("migrate",), ("run",))
        for url in (AWAY, AWAY.replace(":1/", ":port/"), "sqlite+aiosqlite:////proc/hunter2.db")
        if (words, url) != (("run",), AWAY)  # it waits
    ],
)
def test_a_database_that_is_not_reached_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], url: str
) -> None:
    """In one line that names the setting, never its value."""
    monkeypatch.setenv("KUAGER_DATABASE_URL", url)
    done = kuager(*words)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert re.match(
        "KUAGER_DATABASE_URL(?: is wrong, or the database does not answer|: there is no database yet| is wrong: must name .+ a port by its number)",
        done.err,
    )
    assert "hunter2" not in done.out + done.err


@pytest.mark.usefixtures("set_up")
def test_a_bot_that_waits_for_its_database_can_be_stopped(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the signal that a service manager sends, in good order; the wait was said in a line without the address."""
    monkeypatch.setenv("KUAGER_DATABASE_URL", AWAY)
    said: list[str] = []

    def stop(record: logging.LogRecord) -> bool:
        said.append(record.getMessage())
        os.kill(os.getpid(), signal.SIGTERM)
        return True

    monkeypatch.setattr(logging.getLogger("bot.app.work"), "filters", [stop])
    done = kuager("run")
    assert done.code == 0
    assert [line.partition(":")[0] for line in said] == ["the database is away and is waited for"]
    assert "hunter2" not in done.out + done.err + said[0]


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("words", [("check", "--offline"), ("migrate",), ("run",), ("purge",)])
def test_a_database_of_another_version_is_told(
    kuager: Kuager, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Its revision, and what to do; nothing is changed."""
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999', contracted = '9998'")
    done = kuager(*words)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "at revision '9999', which this program does not know" in done.err
    assert (
        "Update this one, go back by the backup from before (docs/routine.md, Updates), or name" in done.err
    )
    assert "Example: KUAGER_DATABASE_URL=" in done.err


@pytest.mark.usefixtures("set_up")
def test_a_database_that_a_newer_version_only_added_to_is_used(kuager: Kuager, tmp_path: Path) -> None:
    """With a line in the log; to migrate, back up or copy it is for the newer version."""
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9990'")
    done = kuager("check", "--offline")
    assert (done.code, "warning  database: a newer version added to it" in done.out) == (0, True)
    assert done.err.endswith(
        " the database is at revision 9990 of a newer version, which only added to it: this one goes on\n"
    )
    for words in (
        ("migrate",),
        ("backup", "kept"),
        ("db", "copy", f"sqlite+aiosqlite:///{tmp_path}/copy.db"),
    ):
        done = kuager(*words)
        assert (done.code, "at revision '9990', which this program does not know" in done.err) == (1, True)


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("words", [("check", "--offline"), ("migrate",), ("run",)])
def test_the_missing_driver_of_postgresql_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """With the command that installs it: an update without the extra removes it."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    monkeypatch.setenv("KUAGER_DATABASE_URL", "postgresql+asyncpg://user:hunter2@127.0.0.1:1/kuager")
    done = kuager(*words)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "whose driver is not installed. Run: uv sync --no-dev --extra postgresql " in done.err
    assert "hunter2" not in done.err


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("words", [("migrate",), ("run",)])
def test_a_folder_that_cannot_be_made_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A file stands in the way of the database's folder."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KUAGER_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/file/kuager.db")
    done = kuager(*words)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_DATABASE_URL is wrong")


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize(
    "words", [("purge",), ("export", "--out", "a.csv"), ("check", "--offline"), ("run",)]
)
def test_a_database_that_takes_nothing_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """As one on a disk that is mounted for reading alone; in its own words, which name no value."""
    monkeypatch.setattr(engine, "PRAGMAS", {"query_only": "ON"})
    done = kuager(*words)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert re.match(r"KUAGER_DATABASE_URL\b.*: attempt to write a readonly database\. ", done.err)


@pytest.mark.usefixtures("telegram")
def test_a_folder_of_files_that_cannot_be_written_to_stops_the_start(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Else a report with a photo would be taken, and the photo lost."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KUAGER_FILES_DIR", str(tmp_path / "file" / "files"))
    for command in ("run", "check"):
        done = kuager(command)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith(
            "KUAGER_FILES_DIR is wrong: the folder cannot be written to: Not a directory. "
        )
        assert done.err.endswith("Example: KUAGER_FILES_DIR=data/files\n")


@pytest.mark.usefixtures("telegram")
def test_a_bucket_that_cannot_be_written_to_stops_the_start(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, bucket: Bucket
) -> None:
    """And is told by what its service says; one that is well is named."""
    for name, value in bucket.settings.items():
        monkeypatch.setenv(f"KUAGER_{name.upper()}", value)
    assert f"files: s3://{bucket.name}/kuager can be written to\n" in kuager("check", "--offline").out
    bucket.keep_versions()
    assert "warning  files: the bucket keeps versions" in kuager("check", "--offline").out
    monkeypatch.setenv("KUAGER_FILES_URL", "s3://no-such-bucket")
    for command in ("run", "check"):
        done = kuager(command)
        assert (done.code, done.err) == (
            1,
            "KUAGER_FILES_URL is wrong: the bucket cannot be written to: the service says NoSuchBucket. "
            "Example: KUAGER_FILES_URL=s3://bucket/kuager\n",
        )


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
