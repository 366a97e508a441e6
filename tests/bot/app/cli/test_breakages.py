"""Breakages by an administrator, each on an installation of its own: `check` names it, with one command, and the start refuses what it must."""

import json
import logging
import os
import resource
import shutil
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.app import machine
from bot.app.cli.console import the_only_bot
from bot.app.work import Work
from bot.demo import TOKEN
from bot.errors import LanguageError
from bot.languages import LOCALES
from bot.local_api.server import LocalBotApi
from bot.safety.cleaning import cleaner
from bot.safety.sealing import new_key, show_key
from bot.settings import load_settings
from bot.store import faults
from bot.store.faults import Backoff
from bot.texts import Texts
from db import engine
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within
from tests.bot.app.cli.test_losses import PAGE, keep_photos, stored

DAY = 24 * 3600


@dataclass
class Installation:
    """A bot's folder with two reports, four files and a log of one entry, to be broken."""

    kuager: Kuager
    patch: pytest.MonkeyPatch
    other: sqlite3.Connection | None = None

    def let(self, **values: str) -> None:
        """Set settings, named without their prefix."""
        for name, value in values.items():
            self.patch.setenv(f"KUAGER_{name.upper()}", value)

    def sql(self, statement: str) -> None:
        """Change the database behind the program's back."""
        with closing(sqlite3.connect("data/kuager.db")) as database, database:
            database.execute(statement)

    def key(self, name: str) -> str:
        """Value of a setting that stands in `.env`."""
        lines = Path(".env").read_text("utf-8").splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"KUAGER_{name.upper()}="))


Break = Callable[[Installation], object]


def blank_token(_one: Installation) -> None:
    lines = Path(".env").read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("KUAGER_BOT_TOKEN=")]
    Path(".env").write_text("\n".join([*kept, "KUAGER_BOT_TOKEN="]), "utf-8")


def let(**values: str) -> Break:
    return lambda one: one.let(**values)


def fresh_key(name: str) -> Break:
    return lambda one: one.let(**{name: show_key(new_key())})


def other_ring(one: Installation) -> None:
    name, _, _ = one.key("key_ring").partition(":")
    one.let(key_ring=f"{name}:{show_key(new_key())}")


def open_to_others(path: str) -> Break:
    def act(_one: Installation) -> None:
        for each in (Path(path), Path(path).parent):
            each.chmod(0o755 if each.is_dir() else 0o644)

    return act


def cut_short(_one: Installation) -> None:
    with Path("data/kuager.db").open("r+b") as file:
        file.truncate(Path("data/kuager.db").stat().st_size // PAGE // 2 * PAGE)


def overwrite(_one: Installation) -> None:
    with Path("data/kuager.db").open("r+b") as file:
        for number in range(20, 40):
            file.seek(number * PAGE)
            file.write(b"\xa5" * PAGE)


def full(one: Installation) -> None:
    """A disk without a free block, on which SQLite can write nothing."""
    found = os.statvfs
    one.patch.setattr(os, "statvfs", lambda at: os.statvfs_result((*found(at)[:3], 0, 0, *found(at)[5:])))
    one.patch.setattr(engine, "PRAGMAS", {"query_only": "ON"})


def hold(one: Installation) -> None:
    """Another program writes, and does not end."""
    one.patch.setattr(engine, "PRAGMAS", engine.PRAGMAS | {"busy_timeout": "10"})
    one.other = sqlite3.connect("data/kuager.db", isolation_level=None)
    one.other.execute("BEGIN IMMEDIATE")


def no_folder(_one: Installation) -> None:
    shutil.rmtree("data")


def lose(path: str) -> Break:
    return lambda _one: Path(path).unlink()


def lose_a_file(_one: Installation) -> None:
    stored()[0].unlink()


def cut_a_file(_one: Installation) -> None:
    stored()[0].write_bytes(b"x")


def cut_log(one: Installation) -> None:
    Path("data/audit.head").unlink()
    one.sql("DELETE FROM audit_log")


def change_clock(one: Installation) -> None:
    now = time.time
    one.patch.setattr(time, "time", lambda: now() + 3 * DAY)


def write(path: str, text: str, **values: str) -> Break:
    def act(one: Installation) -> None:
        Path(path).write_text(text, "utf-8")
        one.let(**values)

    return act


def can_dump(one: Installation) -> None:
    """As a system has it that forbids no dumps."""
    limits = resource.getrlimit
    one.patch.setattr(resource, "getrlimit", lambda of: (1, 1) if of == resource.RLIMIT_CORE else limits(of))


def without(module: str, **values: str) -> Break:
    def act(one: Installation) -> None:
        one.patch.setitem(sys.modules, module, None)
        one.let(**values)

    return act


def unconfined(one: Installation) -> None:
    one.patch.setattr(cleaner, "holds", lambda: False)


def quickly(act: Break) -> Break:
    """A network that is away, without the pauses between tries."""

    def broken(one: Installation) -> None:
        one.patch.setattr(faults, "REQUEST_BACKOFF", Backoff(0.01, 0.02))
        act(one)

    return broken


@dataclass(frozen=True)
class Broken:
    """A row of the table: words that `check` must say, and a part of its one command."""

    by: Break
    says: str
    command: str
    level: str = "fault"
    refused: bool = False


refused = partial(Broken, refused=True)
warned = partial(Broken, level="warning")
POSTGRESQL = "postgresql+asyncpg://user:hunter2@127.0.0.1:1/kuager"
S3 = {"files_url": "s3://bucket", "files_key_id": "id", "files_secret": "secret"}

TABLE = {
    "token blank": refused(blank_token, "KUAGER_BOT_TOKEN is missing", "KUAGER_BOT_TOKEN="),
    "token misshapen": refused(let(bot_token="abc"), "KUAGER_BOT_TOKEN is wrong", "KUAGER_BOT_TOKEN="),
    "token unknown": refused(let(bot_token=f"{TOKEN.partition(':')[0]}:unknown"), "Telegram does not know it", "KUAGER_BOT_TOKEN="),
    "lookup key of another": refused(fresh_key("lookup_key"), "KUAGER_LOOKUP_KEY", "moderators revoke"),
    "ring key missing": Broken(lambda one: one.let(key_ring=f"other:{show_key(new_key())}"), "It does not open 2 of 2", "KUAGER_KEY_RING="),
    "ring key with other bytes": Broken(other_ring, "does not open 2 of 2", "KUAGER_KEY_RING="),
    "audit key of another": refused(fresh_key("audit_key"), "KUAGER_AUDIT_KEY is not the one", "audit restart"),
    "a key used twice": refused(lambda one: one.let(audit_key=one.key("lookup_key")), "is also a key of", "keys new"),
    "a short key": refused(let(audit_key="AAAA"), "KUAGER_AUDIT_KEY is wrong", "keys new"),
    "settings open to others": warned(open_to_others(".env"), "can be read by others", "chmod 600 .env"),
    "database open to others": warned(open_to_others("data/kuager.db"), "can be read by others", "chmod 600 data/kuager.db"),
    "database file missing": refused(lose("data/kuager.db"), "there is no database yet", "restore BACKUP"),
    "database folder missing": refused(no_folder, "there is no database yet", "migrate"),
    "database of a newer version": refused(lambda one: one.sql("UPDATE alembic_version SET version_num = '9999', contracted = '9998'"), "a newer version wrote it", "KUAGER_DATABASE_URL="),
    "database that a newer version added to": warned(lambda one: one.sql("UPDATE alembic_version SET version_num = '9999'"), "a newer version added to it", "git pull"),
    "migration not run": refused(lambda one: one.sql("UPDATE alembic_version SET version_num = '0008'"), "is not up to date", "migrate"),
    "database cut short": refused(cut_short, "damaged", "restore BACKUP"),
    "pages overwritten": refused(overwrite, "damaged", "restore BACKUP"),
    "disk nearly full": warned(lambda one: one.patch.setattr(machine, "ROOM", 1 << 60), "MB are free", "df -h"),
    "disk full soon": Broken(lambda one: (one.patch.setattr(machine, "ROOM", 1 << 60), one.patch.setattr(machine, "NO_ROOM", 1 << 59)), "no report is taken", "df -h"),
    "disk full": Broken(full, "The disk of", "df -h"),
    "read-only disk": refused(lambda one: one.patch.setattr(engine, "PRAGMAS", {"query_only": "ON"}), "readonly", "KUAGER_DATABASE_URL="),
    "database held by another": Broken(hold, "database is locked", "fuser -v"),
    "folder not writable": refused(let(files_dir="/proc/kuager"), "the folder cannot be written to", "KUAGER_FILES_DIR="),
    "file store emptied": Broken(lambda _one: shutil.rmtree("data/files"), "2 of 2: 2 are not there", "tar -xf BACKUP"),
    "one file missing": Broken(lose_a_file, "1 of 2: 1 are not there", "tar -xf BACKUP"),
    "one file cut": Broken(cut_a_file, "1 of 2: 0 are not there, 1 have another length", "tar -xf BACKUP"),
    "audit.head deleted": Broken(lose("data/audit.head"), "that administrators were told", "audit verify HEAD"),
    "audit.head deleted, log cut": Broken(cut_log, "entries cut off the audit log would not be noticed", "audit verify HEAD"),
    "clock days ahead": Broken(change_clock, "clock does not agree with Telegram's", "timedatectl"),
    "clock stepped": Broken(lambda one: one.sql("INSERT OR REPLACE INTO marks VALUES ('clock', 'told')"), "nothing is destroyed until it is right", "bot clock"),
    "retention far too long": warned(let(report_days="9999"), "a seized server with its keys", "KUAGER_REPORT_DAYS=365"),
    "drafts kept for ever": warned(let(draft_hours="999999"), "a seized phone ", "KUAGER_DRAFT_HOURS=72"),
    "group that does not exist": Broken(let(notice_chat="-100123"), "Chat not found", "KUAGER_NOTICE_CHAT="),
    "group that is text": refused(let(notice_chat="team"), "KUAGER_NOTICE_CHAT is wrong", "KUAGER_NOTICE_CHAT="),
    "API not reached": Broken(quickly(let(bot_api_url="http://127.0.0.1:1")), "no network, or a block", "curl"),
    "API of no name": Broken(quickly(let(bot_api_url="http://no-such-host.invalid")), "no DNS", "curl"),
    "API answers something else": refused(lambda one: one.let(bot_api_url=load_settings().bot_api_url + "/none"), "not as a Bot API", "KUAGER_BOT_API_URL="),
    "webhook by http": refused(let(bot_api_url="https://api.telegram.org", webhook_url="http://bot.example.org/x"), "KUAGER_WEBHOOK_URL is wrong", "KUAGER_WEBHOOK_URL="),
    "webhook on a strange port": refused(let(bot_api_url="https://api.telegram.org", webhook_url="https://bot.example.org:81/x"), "KUAGER_WEBHOOK_URL is wrong", "KUAGER_WEBHOOK_URL="),
    "PostgreSQL away": Broken(let(database_url=POSTGRESQL), "Connection refused", "KUAGER_DATABASE_URL=postgresql+asyncpg://"),
    "PostgreSQL without its extra": refused(without("asyncpg", database_url=POSTGRESQL), "driver is not installed", "uv sync"),
    "S3 away": Broken(let(**S3, files_endpoint="http://127.0.0.1:1"), "the bucket cannot be written to", "KUAGER_FILES_URL="),
    "language that is not there": refused(let(languages="kk,xx"), "KUAGER_LANGUAGES is wrong", "KUAGER_LANGUAGES="),
    "form broken": refused(write("form.md", "| survey |\n| | type |\n", form="form.md"), "KUAGER_FORM is wrong", "KUAGER_FORM="),
    "contacts missing": refused(let(contacts="none.csv"), "KUAGER_CONTACTS is wrong", "KUAGER_CONTACTS="),
    "recipient wrong": refused(let(export_recipients="age1wrong"), "KUAGER_EXPORT_RECIPIENTS is wrong", "KUAGER_EXPORT_RECIPIENTS="),
    "setting misspelt": refused(let(report_day="9"), "Did you mean KUAGER_REPORT_DAYS", "grep -n KUAGER_REPORT_DAY .env"),
    "time zone misspelt": warned(let(time_zone="Asia/Almati"), "days are those of Asia/Almaty", "grep -n KUAGER_TIME_ZONE .env"),
    "everything expires today": warned(let(report_days="1"), "2 of 2 reports are destroyed by", "backup PLACE"),
    "newest backup too old": warned(write("data/backup.last", "480000\n"), "2 reports are in none", "backup PLACE"),
    "no backup": warned(lambda _one: None, "none is known", "backup PLACE"),
    "cleaner not confined": warned(unconfined, "could read the keys", "grep Seccomp"),
    "core dumps": warned(can_dump, "keys and words to a disk", "ulimit -c 0"),
}  # fmt: skip


async def enrol(work: Work) -> None:
    """A moderator, whose chat is known by its hash alone."""
    async with (bench := Bench(work.database, work.forms, work.settings)).write() as unit:
        await bench.moderator(unit)


@pytest.fixture
def installation(telegram: None, kuager: Kuager, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    within(keep_photos, load_settings())
    within(enrol, load_settings())
    assert kuager("invite").code == 0
    one = Installation(kuager, monkeypatch)
    yield one
    if one.other is not None:
        one.other.close()


@pytest.mark.parametrize("name", TABLE)
def test_what_is_broken_is_named_with_one_command(installation: Installation, name: str) -> None:
    """By `check` in one line without a class name, by `check --json` with its parts, and by the start where it refuses."""
    row, kuager = TABLE[name], installation.kuager
    row.by(installation)
    found = json.loads(kuager("check", "--json").out)
    told = [one for one in found if one["level"] == row.level and row.says in one["why"]]
    assert told, [one["why"] for one in found if one["level"] in {"warning", "fault"}]
    assert row.command in told[0]["command"]
    assert not any("Error" in one["why"] or "\n" in one["why"] for one in found)
    if row.refused:
        done = kuager("run")
        assert done.code == 1
        assert row.says in done.err.splitlines()[-1]


def test_a_start_on_a_narrow_disk_says_so_and_goes_on(installation: Installation) -> None:
    """A bot that refused would take no reports at all."""
    said: list[str] = []

    def stop(record: logging.LogRecord) -> bool:
        if " MB are free on the disk of " in record.getMessage():
            said.append(record.levelname)
            os.kill(os.getpid(), signal.SIGTERM)
        return True

    installation.patch.setattr(machine, "ROOM", 1 << 60)
    installation.patch.setattr(logging.getLogger("bot"), "filters", [stop])
    assert installation.kuager("run").code == 0
    assert said == ["WARNING"]


def test_a_port_that_another_process_has_is_told(installation: Installation) -> None:
    """With the command that names the process, and no fault while the bot itself runs."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        installation.let(status_port=str(port))
        done = installation.kuager("check", "--offline")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith(
            f"KUAGER_STATUS_PORT: the bot cannot listen at port {port}: Address already in use."
        )
        assert done.err.endswith(f"ss -ltnp sport = :{port}\n")
        assert installation.kuager("run").err.splitlines()[-1].startswith("KUAGER_STATUS_PORT is wrong")
        with the_only_bot(load_settings().database_url):
            assert installation.kuager("check", "--offline").code == 0
    assert installation.kuager("check", "--offline").code == 0


def test_a_group_is_asked_for_at_telegram(installation: Installation, telegram: LocalBotApi) -> None:
    """Whether it is one, and whether the bot may write there. Its number is never printed."""
    group = telegram.accounts[TOKEN].new_group("Team", 1)
    installation.let(notice_chat=str(group.id))
    for kind, status, level, says in (
        ("group", "member", "well", "the bot can write there"),
        ("group", "left", "fault", "the bot cannot write there (left)"),
        ("channel", "member", "fault", "it is a channel, no group"),
    ):
        group.kind, group.status = kind, status
        out = installation.kuager("check", "--json").out
        (told,) = [one for one in json.loads(out) if one["what"] == "group"]
        assert (told["level"], says in told["why"], str(group.id) in out) == (level, True, False)


def test_files_that_wait_are_counted_while_their_bucket_is_away(installation: Installation) -> None:
    """They stay at Telegram until then."""
    installation.sql("UPDATE files SET status = 'pending' WHERE id = (SELECT min(id) FROM files)")
    installation.let(**S3, files_endpoint="http://127.0.0.1:1")
    done = installation.kuager("check", "--offline")
    assert done.err.splitlines()[-1].endswith(" Files that wait at Telegram until then: 1")


@pytest.mark.usefixtures("set_up")
def test_postgresql_is_spoken_of_in_its_own_words(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, empty_url: str
) -> None:
    """A user and a database that it does not know, with an example of PostgreSQL and no name of a class."""
    plain = make_url(empty_url)
    for url, says in (
        (plain.set(username="stranger"), "it refuses this user or password"),
        (plain.set(database="nowhere"), "the server has no database of this name"),
    ):
        monkeypatch.setenv("KUAGER_DATABASE_URL", url.render_as_string(hide_password=False))
        done = kuager("check", "--offline")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert (
            f": {says}. Example: KUAGER_DATABASE_URL=postgresql+asyncpg://user:password@host/name" in done.err
        )
        assert "Error" not in done.err


@pytest.mark.usefixtures("telegram")
def test_a_second_bot_of_another_token_is_refused_on_postgresql(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, empty_url: str
) -> None:
    """By the start and by `check`: it would take the first one's people for its own."""
    monkeypatch.setenv("KUAGER_DATABASE_URL", empty_url)
    assert kuager("invite").code == 0
    assert kuager("check", "--offline").code == 0
    monkeypatch.setenv("KUAGER_BOT_TOKEN", "456:another-bots")
    for command in (("run",), ("check", "--offline")):
        done = kuager(*command)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith("KUAGER_BOT_TOKEN is that of another bot ")
        assert done.err.endswith("python -m bot adopt\n")


@pytest.mark.parametrize("lost", ["kk", "kk/LC_MESSAGES", "kk/LC_MESSAGES/flow.po"])
def test_texts_that_are_missing_are_named_by_their_file(tmp_path: Path, lost: str) -> None:
    """A folder, or one file of it: the start and `check` read them all, so that no person meets the gap."""
    shutil.copytree(LOCALES, tmp_path / "locales")
    gone = tmp_path / "locales" / lost
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    with pytest.raises(
        LanguageError, match=r"texts are missing \((\d+|all)\)\. .*: git checkout -- locales"
    ) as told:
        Texts(("kk", "ru"), tmp_path / "locales")
    assert str(tmp_path / "locales" / "kk" / "LC_MESSAGES") in str(told.value)
