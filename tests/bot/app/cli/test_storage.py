"""What the command line destroys and keeps."""

import asyncio
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy import select

from bot.app import retention, wiring
from bot.app.cli import storage
from bot.app.cli.console import INCOMPLETE
from bot.app.work import Work
from bot.form.answers import Chosen, FileKind, FileRef, Files
from bot.safety import offline
from bot.safety.cleaning import cleaner
from bot.settings import load_settings
from bot.store import drafting, vault
from bot.store.file_store import FolderStore
from bot.store.files import CLEANED, STORED, seal_file
from bot.store.unit import REPORT_FORM
from db.models import File, OutboxRow, Report, unpadded
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within
from tests.bot.reports.talking import begun
from tests.bot.safety.cleaning import planted
from tests.buckets import Bucket

PHOTO = planted.jpeg()
SEALED = b"sealed" * 8
OF_REPORT, OF_DRAFT = "a" * 32, "b" * 32
"""The ids of two files."""


async def fill(work: Work) -> None:
    """A report and a draft, each with a file, an answer that is owed and a moderator."""
    bench = Bench(work.database, work.forms, work.settings)
    bench.now = datetime.now(work.settings.zone)  # the command's clock must fit it
    store = FolderStore(work.settings.files_dir)
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
            await store.put(file_id, SEALED)
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
    assert Path(f"data/files/aa/{OF_REPORT}").read_bytes() == SEALED
    done = kuager("check", "--offline")
    assert (done.code, done.err) == (0, "")
    assert "the ring opens all 1 reports" in done.out


@pytest.mark.usefixtures("telegram")
def test_after_a_restoration_the_audit_log_is_that_of_the_backup(kuager: Kuager) -> None:
    """What stood beside the database told of later entries: it is said and kept, each time, and nothing has to be removed."""
    for number in (1, 2):
        kuager("invite")
        assert kuager("backup", f"backup-{number}").code == 0
        kuager("invite")
        head = kuager("audit", "verify").out.split()[-1]
        for path in Path("data").glob("kuager.db*"):
            path.unlink()
        done = kuager("restore", f"backup-{number}")
        assert (done.code, done.err) == (0, "")
        assert f"stood at {head}, which data/audit.head.retired keeps" in done.out
        done = kuager("audit", "verify")
        assert (done.code, done.err) == (0, "")
        retired = Path("data/audit.head.retired").read_text("ascii").splitlines()
        assert len(retired) == number
        assert retired[-1].startswith(head)
        assert kuager("audit", "verify", head).code == 1
    assert Path("data/audit.head.retired").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("set_up")
def test_a_backup_holds_no_byte_of_a_draft(kuager: Kuager, tmp_path: Path) -> None:
    """Not even in pages that are free."""
    within(fill, load_settings())
    with closing(sqlite3.connect("data/kuager.db")) as database:
        (draft,) = database.execute("SELECT state FROM drafts").fetchone()
        rows = database.execute("SELECT id, content FROM data_keys JOIN key_slots ON slot = number")
        keys = {key_id: unpadded(content) for key_id, content in rows}
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
def test_a_backup_holds_what_was_asked_and_no_way_back_to_whoever_was(kuager: Kuager, tmp_path: Path) -> None:
    """Nor the reply that is open: no byte of the address, of its hash or of its key, also where pages are free."""

    async def ask(work: Work) -> None:
        talk = await begun(Bench(work.database, work.forms, work.settings))
        await talk.ask("when")
        await talk.open()

    within(ask, load_settings())
    with closing(sqlite3.connect("data/kuager.db")) as database:
        key = "SELECT content FROM {0} JOIN data_keys ON data_keys.id = data_key_id JOIN key_slots ON number = slot"
        doomed = [
            unpadded(database.execute(key.format(one)).fetchone()[0]) for one in ("ways_back", "drafts")
        ]
        doomed += database.execute("SELECT address, chat_hash FROM ways_back").fetchone()
        doomed += database.execute("SELECT state, address, chat_hash FROM drafts").fetchone()
        (asked,) = database.execute("SELECT content FROM talk_messages").fetchone()
        whole = Path("data/kuager.db").read_bytes() + Path("data/kuager.db-wal").read_bytes()
    pieces = [one[-24:] for one in doomed]  # a page may end within a longer one
    assert all(one in whole for one in (*pieces, asked[-24:]))
    assert kuager("backup", "backup").code == 0
    written = (tmp_path / "backup/kuager.db").read_bytes()
    assert asked[-24:] in written
    assert [one for one in pieces if one in written] == []


@pytest.mark.usefixtures("set_up")
def test_a_backup_that_breaks_off_leaves_nothing_that_passes_for_one(kuager: Kuager) -> None:
    """It would hold drafts, and what is owed, which a restoration would have sent a second time."""
    within(fill, load_settings())
    with closing(sqlite3.connect("data/kuager.db")) as database:
        database.execute("DROP TABLE files")
    done = kuager("backup", "backup")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert list(Path("backup").iterdir()) == []
    assert kuager("restore", "backup").err.startswith("the folder is wrong: there is no kuager.db in it. ")


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
def test_reports_whose_key_is_lost_are_given_up_after_a_question(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It says how many: with a key that was only left out of the settings they would open."""
    within(fill, load_settings())
    env, entry = tmp_path / ".env", kuager("keys", "new", "--ring").out.strip()
    env.write_text(
        re.sub("(?m)^KUAGER_KEY_RING=.*$", f"KUAGER_KEY_RING={entry}", env.read_text("utf-8")), "utf-8"
    )
    told = kuager("purge", "--unopened", "--dry-run")
    assert "unopened: 2" in told.out.splitlines()
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    done = kuager("purge", "--unopened")
    assert done.code == 1
    assert "does not open 1 of 1 reports and public versions" in done.err
    assert (counts(Path("data/kuager.db"))["data_keys"], Path(f"data/files/aa/{OF_REPORT}").exists()) == (
        2,
        True,
    )
    done = kuager("purge", "--unopened", "--yes")
    assert (done.code, done.err) == (0, "")
    assert "unopened: 2" in done.out.splitlines()
    assert (counts(Path("data/kuager.db"))["data_keys"], Path(f"data/files/aa/{OF_REPORT}").exists()) == (
        0,
        False,
    )
    assert kuager("check", "--offline").code == 0


@pytest.mark.usefixtures("set_up")
def test_purge_goes_on_until_all_is_destroyed(kuager: Kuager, tmp_path: Path) -> None:
    """However much there is."""
    number = 2 * retention.SWEEP_LIMIT + 1
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database, database:
        database.executemany(
            "INSERT INTO seen_updates (id, hour) VALUES (?, 0)", ((one,) for one in range(number))
        )
    assert f"seen_updates: {number}" in kuager("purge").out.splitlines()


async def destroy(work: Work) -> None:
    """The report's key is destroyed, as by a withdrawal, while no bot runs."""
    bench = Bench(work.database, work.forms, work.settings)
    async with bench.write() as unit:
        report = (await unit.session.scalars(select(Report))).one()
        await vault.destroy(unit, [report.data_key_id])


@pytest.mark.usefixtures("set_up")
def test_purge_removes_the_sealed_bodies_of_what_was_destroyed(kuager: Kuager) -> None:
    """It does not leave them to a bot that may not run for long; those of others stay."""
    within(fill, load_settings())
    within(destroy, load_settings())
    assert Path(f"data/files/aa/{OF_REPORT}").exists()
    done = kuager("purge")
    assert (done.code, done.err) == (0, "")
    assert "files: 1" in done.out.splitlines()
    assert not Path(f"data/files/aa/{OF_REPORT}").exists()
    assert Path(f"data/files/bb/{OF_DRAFT}").exists()


@pytest.mark.usefixtures("set_up")
def test_a_file_that_cannot_be_read_keeps_nothing_else_out_of_a_backup(kuager: Kuager) -> None:
    """Nor out of what is restored; it is named, and the command ends with 3."""
    within(fill, load_settings())
    file = Path(f"data/files/aa/{OF_REPORT}")
    file.unlink()
    file.mkdir()  # reading it fails, as of a bad sector
    done = kuager("backup", "kept")
    assert (done.code, done.err) == (
        INCOMPLETE,
        f"The disk could not read these files, which are not in the backup: {OF_REPORT}. Everything else is. Keep older backups: they may "
        "have them.\n",
    )
    assert "the database and 0 files" in done.out
    shutil.rmtree("data")
    Path("kept/files/aa").mkdir(parents=True, exist_ok=True)
    Path(f"kept/files/aa/{OF_REPORT}").mkdir()
    done = kuager("restore", "kept")
    assert (done.code, f"which are not restored: {OF_REPORT}. " in done.err) == (INCOMPLETE, True)
    done = kuager("check", "--offline")
    assert (done.code, "1 are not there" in done.err) == (1, True)


@pytest.mark.usefixtures("set_up")
def test_what_is_in_a_bucket_is_backed_up_purged_and_restored(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, bucket: Bucket
) -> None:
    """As in a folder; a bucket that is away loses nothing, and is told in one line."""
    within(fill, load_settings())
    for file_id in (OF_REPORT, OF_DRAFT):
        asyncio.run(FolderStore(Path("data/files")).copy(file_id, bucket.store()))
    for name, value in bucket.settings.items():
        monkeypatch.setenv(f"KUAGER_{name.upper()}", value)
    assert "the database and 1 files" in kuager("backup", "kept").out
    within(destroy, load_settings())
    with bucket.server.away():
        done = kuager("purge")
        assert (done.code, done.err) == (
            1,
            "KUAGER_FILES_URL: the bucket cannot be reached: the service does not answer. Run: python -m bot check\n",
        )
    assert "files: 1" in kuager("purge").out.splitlines()
    assert bucket.listed("Key") == [f"kuager/bb/{OF_DRAFT}"]
    Path("data/kuager.db").rename("old.db")
    assert kuager("restore", "kept").err.startswith("KUAGER_FILES_URL names what is there already")
    asyncio.run(bucket.store().remove(OF_DRAFT))
    assert "the database and 1 files" in kuager("restore", "kept").out
    assert bucket.listed("Key") == [f"kuager/aa/{OF_REPORT}"]


@pytest.mark.usefixtures("set_up")
def test_a_purge_is_not_done_before_the_log_is_emptied(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads the database keeps what was destroyed in its log: the command says so and ends with 1."""
    monkeypatch.setattr(storage, "ERASURE_PAUSE", 0.0)
    within(fill, load_settings())
    with closing(sqlite3.connect("data/kuager.db", isolation_level=None)) as busy:
        busy.execute("BEGIN")
        busy.execute("SELECT count(*) FROM reports").fetchone()
        within(destroy, load_settings())
        done = kuager("purge")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith("Not done yet: ")
    done = kuager("purge")
    assert (done.code, done.err) == (0, "")


@pytest.mark.usefixtures("set_up")
def test_a_dry_run_tells_what_a_purge_would_destroy_and_destroys_nothing(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same figures, row for row; afterwards all is as it was."""
    within(fill, load_settings())
    monkeypatch.setenv("KUAGER_DRAFT_HOURS", "1")
    with closing(sqlite3.connect("data/kuager.db")) as database, database:
        database.execute("UPDATE drafts SET touched_hour = 1")
    before = counts(Path("data/kuager.db"))
    told = kuager("purge", "--dry-run").out.splitlines()
    assert "drafts: 1" in told
    assert "files: 1" in told
    assert told[-1] == "Nothing was changed."
    assert counts(Path("data/kuager.db")) == before
    assert Path(f"data/files/bb/{OF_DRAFT}").exists()
    assert kuager("purge").out.splitlines() == told[:-1]
    assert counts(Path("data/kuager.db")) == before | {"drafts": 0, "data_keys": 1, "files": 1}


@pytest.mark.usefixtures("set_up")
def test_a_dry_run_keeps_the_bot_from_storing_anything_for_seconds_at_most(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has not counted by then it says to be more."""
    monkeypatch.setattr(storage, "LONGEST_COUNT", -1.0)
    number = retention.SWEEP_LIMIT + 1
    with closing(sqlite3.connect("data/kuager.db")) as database, database:
        database.executemany(
            "INSERT INTO seen_updates (id, hour) VALUES (?, 0)", ((one,) for one in range(number))
        )
    told = kuager("purge", "--dry-run").out.splitlines()
    assert f"seen_updates: {retention.SWEEP_LIMIT}" in told
    assert told[-2].startswith("There is more: ")
    assert f"seen_updates: {number}" in kuager("purge").out.splitlines()


@pytest.mark.usefixtures("set_up")
def test_purge_destroys_nothing_by_a_clock_that_jumped(kuager: Kuager) -> None:
    """It says in one line what the clock says, since when, and what to do, and leaves it to the bot to tell the administrators.
    With the operator's word it goes on."""
    hour = int(time.time()) // 3600
    for ahead, code in ((0, 0), (-400 * 24, 1), (-4 * 24, 1)):
        with closing(sqlite3.connect("data/kuager.db")) as database, database:
            database.execute("DELETE FROM marks")
            database.execute("INSERT INTO marks VALUES ('hour', ?)", [str(hour + ahead)])
        done = kuager("purge")
        assert (done.code, done.err.count("\n")) == (code, code)
        assert done.err.startswith("Nothing is destroyed: this machine's clock says ") or code == 0
        with closing(sqlite3.connect("data/kuager.db")) as database:
            states = database.execute("SELECT value FROM marks WHERE name = 'clock'").fetchall()
        assert states == [("going",)] * (1 - code)
    assert "Nothing is wrong with it" in kuager("clock").out
    assert "You said that it is right" in kuager("clock", "--right").out
    assert kuager("purge").code == 0


@pytest.mark.usefixtures("set_up")
def test_a_clock_moved_by_a_day_at_a_time_destroys_nothing(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty purges, the machine's clock a day further before each. Once the operator says the same time, it goes on; a
    time that the clock does not show is no such word."""
    within(fill, load_settings())
    real, before = wiring.system_clock, counts(Path("data/kuager.db"))
    ahead = timedelta()
    monkeypatch.setattr(wiring, "system_clock", lambda settings: lambda: real(settings)() + ahead)
    codes = []
    for days in range(30):
        ahead = timedelta(days=days)
        codes.append(kuager("purge").code)
    after = counts(Path("data/kuager.db"))
    assert (codes, after["drafts"], after["data_keys"]) == ([0, 0, *[1] * 28], 1, before["data_keys"])
    now = datetime.now(load_settings().zone)
    for said, code, drafts in ((now, 1, 1), (now + ahead, 0, 0)):
        assert kuager("purge", "--now-is", said.strftime("%Y-%m-%d %H:%M")).code == code
        assert counts(Path("data/kuager.db"))["drafts"] == drafts


@pytest.mark.usefixtures("kuager")
def test_a_database_made_by_hand_is_for_its_owner_alone(kuager: Kuager) -> None:
    """Whatever the shell's mask is; one that stands open is closed by the next migration."""
    before = os.umask(0o022)
    try:
        keys = kuager("keys", "new").out
        Path(".env").write_text(f"{keys}\nKUAGER_BOT_TOKEN=1:made-up\n", "utf-8")
        assert kuager("migrate").code == 0
        assert modes("data") == {0}
        Path("data/kuager.db").chmod(0o644)
        assert kuager("migrate").code == 0
        assert modes("data") == {0}
    finally:
        os.umask(before)


def modes(folder: str) -> set[int]:
    """What others may do with a folder and the files in it."""
    return {path.stat().st_mode & 0o077 for path in (Path(folder), *Path(folder).iterdir())}


async def fill_with_a_photo(work: Work) -> None:
    """A report with a photo."""
    bench, store = Bench(work.database, work.forms, work.settings), FolderStore(work.settings.files_dir)
    ref = FileRef("c" * 32, FileKind.PHOTO, "x.jpg")
    async with bench.write() as unit:
        report = (await bench.submit(unit, evidence=Files((ref,)))).report
        assert report.data_key_id is not None
        key, content = unit.keys[report.data_key_id], PHOTO
        sealed = seal_file(key, ref.id, content, cleaner.clean(content), unit.settings.original_recipients, 7)
        meta = {"name": "x.jpg", "mime": "", "custody": asdict(sealed.custody)}
        kept = vault.seal(unit, report.data_key_id, meta, f"files.meta:{ref.id}")
        facts = {"status": CLEANED, "kind": "photo", "attempts": 0, "meta": kept, "hour": 7}
        unit.session.add(File(id=ref.id, data_key_id=report.data_key_id, **facts))
        await store.put(ref.id, sealed.original)


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("from_the_first", [True, False])
def test_originals_leave_only_encrypted(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, from_the_first: bool
) -> None:
    """Also those that came before there were recipients; without any nothing leaves. It stands in the audit log."""
    identity = pyrage.x25519.Identity.generate()
    if from_the_first:
        monkeypatch.setenv("KUAGER_ORIGINAL_RECIPIENTS", str(identity.to_public()))
    within(fill_with_a_photo, load_settings())
    with closing(sqlite3.connect("data/kuager.db")) as opened:
        ((ref,),) = opened.execute("SELECT ref FROM reports").fetchall()
    if not from_the_first:
        refused = kuager("originals", ref, "taken")
        assert (refused.code, refused.err.count("\n")) == (1, 1)
        assert refused.err.startswith("KUAGER_ORIGINAL_RECIPIENTS is not set")
        monkeypatch.setenv("KUAGER_ORIGINAL_RECIPIENTS", str(identity.to_public()))
    done = kuager("originals", ref, "taken")
    assert (done.code, done.err) == (0, "")
    photo, custody = Path(f"taken/{ref}-1.jpg.age"), Path("taken/custody.json.age")
    assert {path.name for path in Path("taken").iterdir()} == {photo.name, custody.name}
    assert pyrage.decrypt(photo.read_bytes(), [identity]) == PHOTO
    told = json.loads(pyrage.decrypt(custody.read_bytes(), [identity]))
    assert told["1"]["original"]["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    assert {path.stat().st_mode & 0o777 for path in (photo, custody)} == {0o600}
    with closing(sqlite3.connect("data/kuager.db")) as opened:
        acts = [row[0] for row in opened.execute("SELECT act FROM audit_log ORDER BY id")]
    assert acts[-1] == "originals"
    again = kuager("originals", ref, "taken")
    assert (again.code, again.err.count("\n")) == (2, 1)
    with closing(sqlite3.connect("data/kuager.db")) as opened:
        tried = opened.execute("SELECT count(*) FROM audit_log WHERE act = 'originals'").fetchone()
    assert tried == (2,)  # some may have been read before it broke off


@pytest.mark.usefixtures("set_up")
def test_an_original_that_the_store_has_lost_holds_up_no_other(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named in the record of custody, which is written all the same."""
    identity = pyrage.x25519.Identity.generate()
    monkeypatch.setenv("KUAGER_ORIGINAL_RECIPIENTS", str(identity.to_public()))
    within(fill_with_a_photo, load_settings())
    for path in Path("data/files").rglob("*"):
        if path.is_file():
            path.write_bytes(b"other bytes")
    with closing(sqlite3.connect("data/kuager.db")) as opened:
        ((ref,),) = opened.execute("SELECT ref FROM reports").fetchall()
    done = kuager("originals", ref, "taken")
    assert (done.code, done.err) == (0, "")
    told = json.loads(pyrage.decrypt(Path("taken/custody.json.age").read_bytes(), [identity]))
    assert told == {"1": {"lost": True}}


@pytest.mark.usefixtures("set_up")
def test_the_bot_can_write_while_originals_are_taken_out(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes."""
    monkeypatch.setenv("KUAGER_ORIGINAL_RECIPIENTS", str(pyrage.x25519.Identity.generate().to_public()))
    within(fill_with_a_photo, load_settings())
    with closing(sqlite3.connect("data/kuager.db")) as opened:
        ((ref,),) = opened.execute("SELECT ref FROM reports").fetchall()
    sealing = offline.seal_to

    def seal_while_the_bot_writes(recipients: Sequence[str], plain: bytes) -> bytes:
        with closing(sqlite3.connect("data/kuager.db", timeout=0)) as bot, bot:
            bot.execute("INSERT OR REPLACE INTO marks VALUES ('bot', 'wrote')")
        return sealing(recipients, plain)

    monkeypatch.setattr(offline, "seal_to", seal_while_the_bot_writes)
    done = kuager("originals", ref, "taken")
    assert (done.code, done.err) == (0, "")
