"""`backup`, `backup verify` and `restore`, as an operator calls them."""

import asyncio
import base64
import io
import json
import re
import shutil
import sqlite3
import sys
import tarfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy import select, text

import migrations
from bot.app.cli.console import INCOMPLETE
from bot.app.work import Work
from bot.reports import archive as archive_service
from bot.reports import withdrawal
from bot.reports.states import Status
from bot.safety.pseudonym import Pseudonyms
from bot.settings import load_settings
from bot.store import sent_messages, vault, withdrawals
from bot.store.sent_messages import Stay
from db.models import Moderator, Report, unpadded
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within
from tests.bot.app.cli.test_storage import OF_DRAFT, OF_REPORT, SEALED, destroy, fill
from tests.bot.reports.archive.sealed import RECIPIENT
from tests.bot.reports.talking import begun
from tests.buckets import Bucket

BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
TAKEN = "names what is there already, and nothing is overwritten. Move it away first."


def members(backup: str) -> dict[str, bytes]:
    """Contents of a backup by name."""
    with tarfile.open(backup) as opened:
        return {one.name: found.read() for one in opened if (found := opened.extractfile(one)) is not None}


def manifest(backup: str) -> dict[str, object]:
    said: dict[str, object] = json.loads(members(backup)["manifest.json"])
    return said


async def _counts(work: Work) -> dict[str, int]:
    tables = ("reports", "data_keys", "drafts", "files", "moderators", "audit_log", "outbox")
    async with work.read() as unit:
        return {one: await unit.session.scalar(text(f"SELECT count(*) FROM {one}")) or 0 for one in tables}  # noqa: S608


def counts() -> dict[str, int]:
    """How many rows each table has that a backup could hold."""
    found = dict[str, int]()

    async def count(work: Work) -> None:
        found.update(await _counts(work))

    within(count, load_settings())
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest,
    set_up: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Settings, and a database with a report, a draft and a moderator."""
    if request.param == "postgresql":
        monkeypatch.setenv("KUAGER_DATABASE_URL", request.getfixturevalue("empty_url"))
        capsys.readouterr()  # what the server says
    within(fill, load_settings())


def lose(monkeypatch: pytest.MonkeyPatch, name: str = "lost") -> None:
    """Lose the machine but its settings: SQLite is at another place from now on, and so are files and lists."""
    if Path("data").exists():
        shutil.move("data", name)
    monkeypatch.setenv("KUAGER_DATABASE_URL", "sqlite+aiosqlite:///data/kuager.db")


def test_a_backup_is_restored_with_all_that_is_kept_for_long(
    kuager: Kuager, filled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From SQLite and PostgreSQL: reports with their files, moderators, the audit log whose chain still holds. Drafts stay behind
    with keys and files, and so does what is owed: it would be sent a second time."""
    done = kuager("backup", "old/backup.tar")
    assert (done.code, done.err) == (0, "")
    assert "1 reports and 1 files" in done.out
    before = counts()
    assert (before["drafts"], before["files"], before["data_keys"], before["outbox"]) == (1, 2, 2, 1)
    kept = before | {"drafts": 0, "files": 1, "data_keys": 1, "outbox": 0}
    said = manifest("old/backup.tar")
    assert (said["counts"], said["files"]) == (said["counts"] | {k: n for k, n in kept.items() if n}, 1)  # type: ignore[operator]
    assert {one for one in members("old/backup.tar") if one.startswith("files/")} == {f"files/aa/{OF_REPORT}"}
    assert Path("old/backup.tar").stat().st_mode & 0o077 == 0
    verified = kuager("backup", "verify", "old/backup.tar")
    assert (verified.code, verified.err) == (0, "")
    assert verified.out.startswith("Whole: 1 reports and 1 files")
    lose(monkeypatch)
    done = kuager("restore", "old/backup.tar", "--withdrawals", "lost/withdrawals.list")
    assert (done.code, done.err) == (0, "")
    assert "Withdrawals are known until " in done.out
    assert counts() == kept
    assert Path(f"data/files/aa/{OF_REPORT}").read_bytes() == SEALED
    done = kuager("check", "--offline")
    assert (done.code, done.err) == (0, "")
    assert "the ring opens all 1 reports" in done.out


def test_a_backup_of_sqlite_is_restored_into_postgresql(
    kuager: Kuager, set_up: None, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data that is there already is not overwritten; else the keys open what was restored, and a new report has room."""
    within(fill, load_settings())
    assert kuager("backup", "backup.tar").code == 0
    shutil.move("data", "lost")
    monkeypatch.setenv("KUAGER_DATABASE_URL", empty_url)
    done = kuager("restore", "backup.tar", "--withdrawals", "lost/withdrawals.list")
    assert (done.code, done.err) == (0, "")
    done = kuager("check", "--offline")
    assert (done.code, "the ring opens all 1 reports" in done.out) == (0, True)
    shutil.move("data", "lost-again")
    done = kuager("restore", "backup.tar", "--withdrawals", "lost/withdrawals.list")
    assert (done.code, done.err) == (1, f"KUAGER_DATABASE_URL {TAKEN}\n")

    async def submit(work: Work) -> None:
        bench = Bench(work.database, work.forms, work.settings)
        bench.safe = work.safe
        async with bench.write() as unit:
            await bench.submit(unit)

    within(submit, load_settings())
    assert counts()["reports"] == 2


async def withdraw(work: Work) -> None:
    bench = Bench(work.database, work.forms, work.settings)
    bench.safe = work.safe
    async with bench.write() as unit:
        (report,) = (await unit.session.scalars(select(Report))).all()
        await withdrawal.withdraw(unit, report)


async def keep_list(work: Work) -> None:
    """As the running bot does."""
    async with work.read() as unit:
        withdrawals.keep(work.settings, work.safe.ring, await withdrawals.collect(unit))


async def seal(work: Work) -> None:
    """The report is in the sealed archive."""
    bench = Bench(work.database, work.forms, work.settings)
    bench.safe = work.safe
    async with bench.write() as unit:
        report = (await unit.session.scalars(select(Report))).one()
        report.status, report.closed_hour = Status.REJECTED, unit.hour
        assert await archive_service.seal_report(unit, report, [RECIPIENT])


def test_a_sealed_report_is_restored_as_sealed_and_its_envelope_is_whole(
    kuager: Kuager, filled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the backup nor what it is restored to opens it."""
    within(seal, load_settings())
    assert kuager("backup", "backup.tar").code == 0
    lose(monkeypatch)
    assert kuager("restore", "backup.tar", "--withdrawals", "lost/withdrawals.list").code == 0

    async def look(work: Work) -> None:
        async with work.read() as unit:
            report = (await unit.session.scalars(select(Report))).one()
            assert report.data_key_id is not None
            assert list(await vault.envelopes(unit, [report.data_key_id])) == [report.data_key_id]
            await vault.open_keys(unit, [report.data_key_id], lenient=True)
            assert (report.sealed, unit.keys) == (True, {})

    within(look, load_settings())
    assert kuager("check", "--offline").code == 0


@pytest.mark.parametrize("is_sealed", [False, True])
def test_what_was_withdrawn_after_the_backup_stays_gone(
    kuager: Kuager, filled: None, monkeypatch: pytest.MonkeyPatch, *, is_sealed: bool
) -> None:
    """The machine is lost, with its disk: the daily copy of the list, the backup and the keys are all there is. Nothing of the
    report opens, its file is gone, and the start closes it. So it is if the report was sealed meanwhile."""
    Path("elsewhere").mkdir()
    monkeypatch.setenv("KUAGER_WITHDRAWALS_DIR", "elsewhere")
    assert kuager("backup", "backup.tar").code == 0
    if is_sealed:
        within(seal, load_settings())
    within(withdraw, load_settings())
    within(keep_list, load_settings())
    lose(monkeypatch)
    done = kuager("restore", "backup.tar")
    assert (done.code, done.err) == (0, "")
    assert "1 reports and 0 public versions that were destroyed since the backup stay destroyed" in done.out
    assert not Path(f"data/files/aa/{OF_REPORT}").exists()
    with closing(sqlite3.connect("data/kuager.db")) as database:
        assert database.execute("SELECT count(*) FROM data_keys").fetchone() == (0,)
        assert database.execute(
            "SELECT count(*) FROM key_slots WHERE content <> zeroblob(128)"
        ).fetchone() == (0,)
    within(Work.close_restored, load_settings())
    with closing(sqlite3.connect("data/kuager.db")) as database:
        found = database.execute("SELECT status, content, receipt_hash, category FROM reports").fetchall()
        assert database.execute("SELECT count(*) FROM marks WHERE name = 'restored'").fetchone() == (0,)
    assert found == [("withdrawn", None, None, None)]
    assert kuager("check", "--offline").code == 0


MODERATOR, PERSON = 501, 502


async def show(work: Work) -> None:
    """A moderator is shown a report, and a person something else."""
    bench = Bench(work.database, work.forms, work.settings)
    bench.now, bench.safe = datetime.now(work.settings.zone), work.safe
    async with bench.write() as unit:
        chats = work.safe.pseudonyms.chat(MODERATOR), work.safe.pseudonyms.chat(PERSON)
        moderator = (await unit.session.scalars(select(Moderator))).one()
        moderator.chat_hash = chats[0]
        report = (await unit.session.scalars(select(Report))).one()
        sent_messages.note(unit, chats[0], 77, report.id, Stay.MINUTES)
        sent_messages.note(unit, chats[1], 78)


def test_moderators_chats_are_cleared_after_a_restoration_too(
    kuager: Kuager, filled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their messages are known and due. No chat of another person is in the backup, and rows find room as ever."""
    within(show, load_settings())
    assert kuager("backup", "backup.tar").code == 0
    person = load_settings().lookup
    hashed = Pseudonyms(person).chat(PERSON)
    assert hashed not in decoded("backup.tar")
    assert Pseudonyms(person).chat(MODERATOR) in decoded("backup.tar")
    lose(monkeypatch)
    assert kuager("restore", "backup.tar", "--withdrawals", "lost/withdrawals.list").code == 0

    async def look(work: Work) -> None:
        bench = Bench(work.database, work.forms, work.settings)
        bench.now, bench.safe = datetime.now(work.settings.zone), work.safe
        moderator, other = (work.safe.pseudonyms.chat(one) for one in (MODERATOR, PERSON))
        async with bench.write() as unit:
            assert await sent_messages.known(unit, other) == set()
            for number in range(700):
                sent_messages.note(unit, other, 1000 + number)
        bench.later(3)
        async with bench.write() as unit:
            assert len(await sent_messages.known(unit, other)) == 700
            (due,) = await sent_messages.due(unit)
            assert (due.chat_hash, (await sent_messages.take_shown(unit, due)).ids) == (moderator, [77])

    within(look, load_settings())


@pytest.mark.usefixtures("set_up")
def test_without_a_list_newer_than_the_backup_nothing_is_restored_unless_it_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One from before the backup says nothing of what it holds, and must not destroy what came since."""
    within(keep_list, load_settings())
    shutil.copy("data/withdrawals.list", "older.list")
    within(fill, load_settings())
    assert kuager("backup", "backup.tar").code == 0
    lose(monkeypatch)
    for option in ((), ("--withdrawals", "older.list")):
        done = kuager("restore", "backup.tar", *option)
        assert (done.code, done.err.count("\n"), done.out) == (1, 1, "")
        assert done.err.startswith("No list of withdrawals is newer than this backup of ")
    done = kuager("restore", "backup.tar", "--withdrawals", "backup.tar")
    assert (done.code, "is no list of withdrawals" in done.err) == (1, True)
    assert not Path("data/kuager.db").exists()
    done = kuager("restore", "backup.tar", "--without-withdrawals")
    assert (done.code, "are back. Their reporters must withdraw them again" in done.out) == (0, True)
    assert counts()["reports"] == 1


@pytest.mark.usefixtures("telegram")
def test_after_a_restoration_the_audit_log_is_that_of_the_backup(kuager: Kuager) -> None:
    """The line beside the database told of later entries: it is said and kept, each time, and nothing has to be removed."""
    for number in (1, 2):
        kuager("invite")
        assert kuager("backup", f"backup-{number}.tar").code == 0
        kuager("invite")
        head = kuager("audit", "verify").out.split()[-1]
        for path in Path("data").glob("kuager.db*"):
            path.unlink()
        done = kuager("restore", f"backup-{number}.tar")
        assert (done.code, done.err) == (0, "")
        assert f"stood at {head}, which data/audit.head.retired keeps" in done.out
        done = kuager("audit", "verify")
        assert (done.code, done.err) == (0, "")
        retired = Path("data/audit.head.retired").read_text("ascii").splitlines()
        assert len(retired) == number
        assert retired[-1].startswith(head)
        assert kuager("audit", "verify", head).code == 1
    assert Path("data/audit.head.retired").stat().st_mode & 0o077 == 0


def decoded(backup: str) -> bytes:
    """All that a backup holds of rows, with values out of base64."""
    rows = b"".join(content for name, content in members(backup).items() if name.startswith("rows/"))
    values = {one for line in rows.splitlines() for one in json.loads(line) if isinstance(one, str)}
    return rows + b"".join(base64.b64decode(one) for one in values if BASE64.fullmatch(one))


@pytest.mark.usefixtures("set_up")
def test_a_backup_holds_no_byte_of_a_draft(kuager: Kuager) -> None:
    """Nor of its key, nor of what is owed."""
    within(fill, load_settings())
    with closing(sqlite3.connect("data/kuager.db")) as database:
        (draft,) = database.execute("SELECT state FROM drafts").fetchone()
        rows = database.execute("SELECT id, content FROM data_keys JOIN key_slots ON slot = number")
        keys = {key_id: unpadded(content) for key_id, content in rows}
        (of_report,) = database.execute("SELECT data_key_id FROM reports").fetchone()
    assert kuager("backup", "backup.tar").code == 0
    written = decoded("backup.tar")
    assert keys.pop(of_report) in written
    for gone in (draft, *keys.values(), b"owed"):
        assert gone not in written


@pytest.mark.usefixtures("set_up")
def test_a_backup_holds_what_was_asked_and_no_way_back_to_whoever_was(kuager: Kuager) -> None:
    """Nor the reply that is open: no byte of the address, of its hash or of its key."""

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
    assert kuager("backup", "backup.tar").code == 0
    written = decoded("backup.tar")
    assert asked in written
    assert [one for one in doomed if one[-24:] in written] == []


@pytest.mark.usefixtures("set_up")
def test_a_backup_that_breaks_off_leaves_nothing_that_passes_for_one(kuager: Kuager) -> None:
    within(fill, load_settings())
    with closing(sqlite3.connect("data/kuager.db")) as database:
        database.execute("DROP TABLE talk_messages")
    done = kuager("backup", "there/backup.tar")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert list(Path("there").iterdir()) == []


@pytest.mark.usefixtures("set_up")
def test_a_backup_overwrites_nothing_and_neither_does_its_restoration(kuager: Kuager) -> None:
    """Each is told in one line; what is there stays. In a folder a backup gets a name that tells the hour."""
    Path("there").mkdir()
    assert kuager("backup", "there").code == 0
    (made,) = Path("there").iterdir()
    assert (made.name[:7], made.suffix) == ("kuager-", ".tar")
    done = kuager("backup", str(made))
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "File exists. Example: " in done.err
    done = kuager("restore", str(made))
    assert (done.code, done.err) == (1, f"KUAGER_DATABASE_URL {TAKEN}\n")


@pytest.mark.usefixtures("set_up")
def test_a_backup_that_is_none_is_told_in_a_line(kuager: Kuager, tmp_path: Path) -> None:
    """Cut anywhere, changed in any byte that counts, of another installation, or of another version."""
    within(fill, load_settings())
    assert kuager("backup", "backup.tar").code == 0
    whole = Path("backup.tar").read_bytes()

    def told(content: bytes, *options: str) -> tuple[int, str]:
        Path("wrong.tar").write_bytes(content)
        done = kuager("backup", "verify", "wrong.tar", *options)
        assert (done.out, done.err.count("\n")) == ("", 1)
        return done.code, done.err

    for cut in (0, 100, 512, len(whole) // 2, len(whole) - 10240):
        assert told(whole[:cut]) == (
            2,
            "wrong.tar is cut short or damaged, or no backup. Take another one, or copy this one anew from where it was written\n",
        )
    at = whole.index(SEALED)
    assert "was changed or damaged" in told(whole[:at] + b"X" + whole[at + 1 :])[1]
    revision = migrations.head().encode()
    at = whole.index(b'"revision": "' + revision)
    assert "was changed or damaged" in told(whole[:at] + whole[at:].replace(revision, b"9999", 1))[1]
    env = Path(".env").read_text("utf-8")
    other = "".join(line for line in kuager("keys", "new").out.splitlines(keepends=True) if "AUDIT" in line)
    Path(".env").write_text(
        "".join(one for one in env.splitlines(keepends=True) if "AUDIT" not in one) + other, "utf-8"
    )
    assert "was written with another KUAGER_AUDIT_KEY" in told(whole)[1]
    assert kuager("backup", "verify", "wrong.tar", "--unproved").code == 0
    done = kuager("backup", "verify", "nowhere.tar")
    assert (done.code, done.err.count("\n"), "cannot be read: No such file" in done.err) == (2, 1, True)
    Path("old").mkdir()
    Path("old/kuager.db").touch()
    done = kuager("restore", "old")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert (
        "old is a folder of version 0.2.0. Stop the bot, then run: mkdir -p data && cp -r old/files old/kuager.db data"
        in done.err
    )


@pytest.mark.usefixtures("set_up")
def test_a_backup_that_is_made_without_the_audit_key_is_refused(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However well it is made: by this program, and under the ring of this bot. `restore` writes nothing then."""
    within(fill, load_settings())
    key = kuager("keys", "new").out
    made_up = next(line.partition("=")[2] for line in key.splitlines() if "AUDIT" in line)
    with monkeypatch.context() as patch:
        patch.setenv("KUAGER_AUDIT_KEY", made_up)
        assert kuager("backup", "forged.tar").code == INCOMPLETE
    shutil.copy("data/withdrawals.list", "newest.list")
    lose(monkeypatch)
    done = kuager("restore", "forged.tar", "--withdrawals", "newest.list")
    assert (done.code, "was written with another KUAGER_AUDIT_KEY" in done.err) == (2, True)
    assert not Path("data").exists()
    assert kuager("restore", "forged.tar", "--withdrawals", "newest.list", "--unproved").code == 0


@pytest.mark.usefixtures("set_up")
def test_keys_that_a_backup_needs_are_named(kuager: Kuager) -> None:
    """Where the ring lacks one, by `verify` and by `restore`."""
    within(fill, load_settings())
    assert kuager("backup", "backup.tar").code == 0
    (name,) = load_settings().ring.keys
    assert f"Keys of the ring that it needs: {name}." in kuager("backup", "verify", "backup.tar").out
    env, entry = Path(".env").read_text("utf-8").splitlines(), kuager("keys", "new", "--ring").out.strip()
    entry = entry.replace(name, "other")
    Path(".env").write_text(
        "\n".join([one if "KEY_RING" not in one else f"KUAGER_KEY_RING={entry}" for one in env]), "utf-8"
    )
    done = kuager("backup", "verify", "backup.tar")
    assert (done.code, done.err.startswith(f"KUAGER_KEY_RING lacks {name}: ")) == (INCOMPLETE, True)


@pytest.mark.usefixtures("set_up")
def test_an_encrypted_backup_opens_with_any_of_its_keys(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with no other; cut short it is told as one that is not encrypted."""
    within(fill, load_settings())
    mine, yours, other = (pyrage.x25519.Identity.generate() for _ in range(3))
    to = [option for one in (mine, yours) for option in ("--to", str(one.to_public()))]
    done = kuager("backup", *to, "backup.tar.age")
    assert (done.code, done.err) == (0, "")
    whole = Path("backup.tar.age").read_bytes()
    assert SEALED not in whole
    for number, one in enumerate((mine, yours, other)):
        Path(f"{number}.key").write_text(f"# created\n{one}\n", "utf-8")
    assert "is encrypted. Add --identity FILE" in kuager("backup", "verify", "backup.tar.age").err
    assert kuager("backup", "verify", "backup.tar.age", "--identity", "1.key").code == 0
    done = kuager("backup", "verify", "backup.tar.age", "--identity", "2.key")
    assert (done.code, "does not open with this identity" in done.err) == (2, True)
    for cut in (30, 300, len(whole) - 1):
        Path("cut.age").write_bytes(whole[:cut])
        done = kuager("backup", "verify", "cut.age", "--identity", "0.key")
        assert (done.code, "is cut short or damaged" in done.err, done.err.count("\n")) == (2, True, 1)
    lose(monkeypatch)
    done = kuager(
        "restore", "backup.tar.age", "--identity", "0.key", "--withdrawals", "lost/withdrawals.list"
    )
    assert (done.code, done.err) == (0, "")
    assert counts()["reports"] == 1
    done = kuager("backup", "--to", "age1nobody", "x.age")
    assert (done.code, done.err.startswith("--to is wrong: ")) == (2, True)


@pytest.mark.usefixtures("set_up")
def test_a_backup_to_standard_output_is_all_that_comes_there(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encrypted or not; what is said comes by standard error."""
    within(fill, load_settings())
    key = pyrage.x25519.Identity.generate()
    Path("a.key").write_text(f"{key}\n", "utf-8")
    for options in ((), ("--to", str(key.to_public()))):
        with (
            io.TextIOWrapper(Path("piped").open("wb")) as target,
            monkeypatch.context() as patch,
        ):
            patch.setattr(sys, "stdout", target)
            done = kuager("backup", *options, "-")
        assert (done.code, done.out) == (0, "")
        assert done.err.startswith("Written to FILE: 1 reports and 1 files")
        assert kuager("backup", "verify", "piped", "--identity", "a.key").code == 0


@pytest.mark.usefixtures("set_up")
def test_a_file_that_cannot_be_read_keeps_nothing_else_out_of_a_backup(kuager: Kuager) -> None:
    """It is named, and the command ends with 3."""
    within(fill, load_settings())
    file = Path(f"data/files/aa/{OF_REPORT}")
    file.unlink()
    file.mkdir()  # reading it fails, as of a bad sector
    done = kuager("backup", "kept.tar")
    assert (done.code, done.err) == (
        INCOMPLETE,
        f"The disk could not read these files, which are not in the backup: {OF_REPORT}. Everything else is. Keep older backups: they may "
        "have them.\n",
    )
    assert "1 reports and 0 files" in done.out
    assert kuager("backup", "verify", "kept.tar").code == 0


@pytest.mark.usefixtures("set_up")
def test_what_is_in_a_bucket_is_backed_up_purged_and_restored(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, bucket: Bucket
) -> None:
    """As in a folder; a bucket that is away loses nothing, and is told in one line."""
    within(fill, load_settings())
    for file_id in (OF_REPORT, OF_DRAFT):
        asyncio.run(bucket.store().put(file_id, SEALED))
    for name, value in bucket.settings.items():
        monkeypatch.setenv(f"KUAGER_{name.upper()}", value)
    assert "1 reports and 1 files" in kuager("backup", "kept.tar").out
    within(keep_list, load_settings())
    shutil.copy("data/withdrawals.list", "newest.list")
    within(destroy, load_settings())
    with bucket.server.away():
        done = kuager("purge")
        assert (done.code, done.err) == (
            1,
            "KUAGER_FILES_URL: the bucket cannot be reached: the service does not answer. Run: python -m bot check\n",
        )
    assert "files: 1" in kuager("purge").out.splitlines()
    assert bucket.listed("Key") == [f"kuager/bb/{OF_DRAFT}"]
    Path("data").rename("old")
    given = ("restore", "kept.tar", "--withdrawals", "newest.list")
    assert kuager(*given).err.startswith("KUAGER_FILES_URL names what is there already")
    asyncio.run(bucket.store().remove(OF_DRAFT))
    assert "1 reports and 1 files" in kuager(*given).out
    assert bucket.listed("Key") == [f"kuager/aa/{OF_REPORT}"]
