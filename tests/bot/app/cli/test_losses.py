"""Lost files and a damaged database are noticed, each with the command that helps."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from bot.app.work import Work
from bot.form.answers import FileKind
from bot.safety.cleaning import cleaner
from bot.safety.cleaning.cleaner import Cleaned, Refused
from bot.settings import load_settings
from bot.store import files
from bot.store.files import Incoming, open_store
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within
from tests.bot.safety.cleaning import planted
from tests.buckets import Bucket

PHOTO = planted.jpeg()
PAGE = 4096


@cache
def clean_photo() -> Cleaned | Refused:
    """The clean copy, made once."""
    return cleaner.clean(PHOTO)


async def keep_photos(work: Work) -> None:
    """Two reports with a photo each: the original and its clean copy."""
    bench = Bench(work.database, work.forms, work.settings)
    bench.now, bench.safe = datetime.now(work.settings.zone), work.safe
    store = open_store(work.settings)
    for number in (1, 2):
        async with bench.write() as unit:
            report = (await bench.submit(unit)).report
            assert report.data_key_id is not None
            incoming = Incoming(FileKind.PHOTO, f"telegram-{number}", "", "image/jpeg", len(PHOTO))
            ref = files.take_note(unit, report.data_key_id, incoming)
            await unit.session.flush()
            key = await files.sealing_key(unit, ref.id)
            assert key is not None
            sealed = files.seal_file(key, ref.id, PHOTO, clean_photo(), (), unit.hour)
            assert sealed.copy is not None
            await store.put(ref.id, sealed.original)
            await store.put(files.copy_id(ref.id), sealed.copy)
            await files.note_stored(unit, ref.id, sealed)


def stored() -> list[Path]:
    """The files of the folder."""
    return sorted(Path("data/files").glob("??/*"))


@pytest.mark.usefixtures("set_up")
def test_files_that_are_gone_are_told_and_put_back_from_a_backup(kuager: Kuager) -> None:
    """`check` and `backup` name them, and a backup is made all the same."""
    within(keep_photos, load_settings())
    assert kuager("check", "--offline").code == 0
    assert kuager("backup", "whole.tar").code == 0
    kept = {path: path.read_bytes() for path in stored()}
    shutil.rmtree("data/files")
    done = kuager("check", "--offline")
    assert (done.code, "2 are not there, 0 have another length" in done.err) == (1, True)
    assert done.err.endswith("tar -xf BACKUP --strip-components=1 -C data/files files\n")
    done = kuager("backup", "empty.tar")
    assert (done.code, "2 are not there" in done.err) == (3, True)
    assert Path("empty.tar").is_file()
    Path("data/files").mkdir(exist_ok=True)
    subprocess.run(
        ["tar", "-xf", "whole.tar", "--strip-components=1", "-C", "data/files", "files"],  # noqa: S607 - the same
        check=True,
    )
    assert {path: path.read_bytes() for path in stored()} == kept
    assert kuager("check", "--offline").code == 0


@pytest.mark.usefixtures("set_up")
def test_a_file_of_another_length_is_told(kuager: Kuager) -> None:
    """A byte less or more, or none left, of each original and each clean copy."""
    within(keep_photos, load_settings())
    assert len(stored()) == 4
    for path in stored():
        whole = path.read_bytes()
        for spoilt in (whole[:-1], whole + b"x", b""):
            path.write_bytes(spoilt)
            done = kuager("check", "--offline")
            assert (done.code, "0 are not there, 1 have another length" in done.err) == (1, True)
        path.write_bytes(whole)
    assert kuager("check", "--offline").code == 0


@pytest.mark.usefixtures("set_up")
def test_what_a_bucket_has_lost_is_told(
    kuager: Kuager, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a folder."""
    for name, value in bucket.settings.items():
        monkeypatch.setenv(f"KUAGER_{name.upper()}", value)
    within(keep_photos, load_settings())
    assert kuager("check", "--offline").code == 0

    async def lose(work: Work) -> None:
        store = open_store(work.settings)
        await store.remove((await store.ids())[0])

    within(lose, load_settings())
    done = kuager("check", "--offline")
    assert (done.code, "1 are not there" in done.err) == (1, True)


@pytest.mark.usefixtures("telegram")
def test_a_damaged_database_does_not_start_and_is_told_with_what_helps(kuager: Kuager) -> None:
    """Three pages are overwritten. `check` sends nobody to `check`."""
    within(keep_photos, load_settings())
    assert kuager("backup", "whole.tar").code == 0
    with closing(sqlite3.connect("data/kuager.db")) as database:
        roots = "SELECT rootpage FROM sqlite_master WHERE name IN ('outbox', 'shown_chats', 'take_backs')"
        pages = [page for (page,) in database.execute(roots)]
    with Path("data/kuager.db").open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(b"\xa5" * PAGE)
    for command in (("check", "--offline"), ("run",)):
        done = kuager(*command)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith("KUAGER_DATABASE_URL names a database that is damaged (")
        assert "python -m bot restore BACKUP" in done.err
        assert "python -m bot check" not in done.err
    Path("damaged").mkdir()
    for path in Path("data").glob("*"):
        if path.name not in {"audit.head", "withdrawals.list"}:
            path.rename(Path("damaged") / path.name)
    assert kuager("restore", "whole.tar").code == 0
    assert kuager("check", "--offline").code == 0
