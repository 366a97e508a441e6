"""What the command line destroys and keeps."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.form.answers import Chosen
from bot.services.keeping import retention
from bot.services.reports import drafting
from bot.services.reports.files import STORED
from bot.services.reports.store import FileStore
from bot.services.unit import REPORT_FORM
from bot.settings import load_settings
from bot.work import Work
from db.models import File, OutboxRow
from tests.bench import Bench
from tests.bot.cli.conftest import Kuager, within

OF_REPORT, OF_DRAFT = "a" * 32, "b" * 32
"""The ids of two files."""


async def fill(work: Work) -> None:
    """A report and a draft, each with a file, an answer that is owed and a moderator."""
    bench = Bench(work.database, work.forms, work.settings)
    store = FileStore(work.settings.files_dir)
    async with bench.write() as unit:
        await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        draft = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
        consent = draft.form.by_role["consent_store"].path
        draft.draft = replace(draft.draft, answers={consent: Chosen(("yes",))})
        drafting.save(unit, draft)
        await unit.session.flush()
        for file_id, key_id in ((OF_REPORT, report.data_key_id), (OF_DRAFT, draft.row.data_key_id)):
            row = File(
                id=file_id, data_key_id=key_id, status=STORED, kind="photo", attempts=1, meta=b"", hour=0
            )
            unit.session.add(row)
            await store.put(file_id, b"sealed")
        unit.session.add(OutboxRow(id=1, number=1, chat_hash=b"c", payload=b"owed", hour=0))


def counts(database: Path) -> dict[str, int]:
    """How many rows each table has that a backup could hold."""
    tables = ("reports", "data_keys", "drafts", "files", "moderators", "audit_log", "outbox")
    with closing(sqlite3.connect(database)) as opened:
        return {one: opened.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in tables}  # noqa: S608


@pytest.mark.usefixtures("set_up")
def test_a_backup_is_restored_with_all_that_is_kept_for_long(kuager: Kuager, tmp_path: Path) -> None:
    """Taken while the database is open elsewhere: reports with their files, moderators, the audit log whose chain still
    holds. Drafts stay behind with keys and files, and so does what is owed: it would be sent a second time."""
    within(fill, load_settings())
    with closing(sqlite3.connect("data/kuager.db", isolation_level=None)) as busy:
        busy.execute("BEGIN")
        assert busy.execute("SELECT count(*) FROM reports").fetchone() == (
            1,
        )  # keeps the log from being emptied
        done = kuager("backup", "old/backup")
    assert (done.code, done.err) == (0, "")
    assert "the database and 1 files" in done.out
    before = counts(tmp_path / "data/kuager.db")
    assert (before["drafts"], before["files"], before["data_keys"], before["outbox"]) == (1, 2, 2, 1)
    kept = before | {"drafts": 0, "files": 1, "data_keys": 1, "outbox": 0}
    assert counts(tmp_path / "old/backup/kuager.db") == kept
    found = {str(path.relative_to("old/backup")) for path in Path("old/backup").rglob("*") if path.is_file()}
    assert found == {"kuager.db", f"files/aa/{OF_REPORT}"}
    shutil.move("data", "lost")
    assert kuager("restore", "old/backup").code == 0
    assert counts(tmp_path / "data/kuager.db") == kept
    assert Path(f"data/files/aa/{OF_REPORT}").read_bytes() == b"sealed"
    done = kuager("check", "--offline")
    assert (done.code, done.err) == (0, "")
    assert "the ring opens all 1 reports" in done.out


@pytest.mark.usefixtures("set_up")
def test_a_backup_holds_no_byte_of_a_draft(kuager: Kuager, tmp_path: Path) -> None:
    """Not even in pages that are free."""
    within(fill, load_settings())
    with closing(sqlite3.connect("data/kuager.db")) as database:
        (draft,) = database.execute("SELECT state FROM drafts").fetchone()
        keys = dict(database.execute("SELECT id, wrapped FROM data_keys"))
        (of_report,) = database.execute("SELECT data_key_id FROM reports").fetchone()
    assert kuager("backup", "backup").code == 0
    written = (tmp_path / "backup/kuager.db").read_bytes()
    assert keys.pop(of_report) in written
    for gone in (draft, *keys.values(), b"owed"):
        assert gone not in written
    modes = {
        path: path.stat().st_mode & 0o077 for path in (tmp_path / "backup", tmp_path / "backup/kuager.db")
    }
    assert set(modes.values()) == {0}


@pytest.mark.usefixtures("set_up")
def test_a_backup_overwrites_nothing_and_neither_does_its_restoration(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is told in one line; what is there stays."""
    Path("there").mkdir()
    done = kuager("backup", "there")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("the folder is wrong: the backup cannot be written: File exists. Example: ")
    assert kuager("backup", "backup").code == 0
    done = kuager("restore", "backup")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_DATABASE_URL names what is there already")
    done = kuager("restore", "there")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("the folder is wrong: there is no kuager.db in it. ")
    monkeypatch.setenv("KUAGER_DATABASE_URL", "postgresql+asyncpg://user:hunter2@127.0.0.1:1/kuager")
    done = kuager("restore", "backup")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "pg_dump" in done.err
    assert "hunter2" not in done.err


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
