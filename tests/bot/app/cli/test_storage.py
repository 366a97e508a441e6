"""What the command line destroys and keeps."""

import hashlib
import io
import json
import os
import re
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
from bot.app.work import Work
from bot.form.answers import Chosen, FileKind, FileRef, Files
from bot.safety import offline
from bot.safety.cleaning import cleaner
from bot.settings import load_settings
from bot.store import drafting, vault
from bot.store.file_store import FolderStore
from bot.store.files import CLEANED, STORED, seal_file
from bot.store.unit import REPORT_FORM
from db.models import File, OutboxRow, Report
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within
from tests.bot.safety.cleaning import planted

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
