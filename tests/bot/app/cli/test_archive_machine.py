"""`archive open`, `originals`, `share`, `reopen` and `reseal`, on a machine without settings, database and network."""

import csv
import io
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest

from bot.safety import offline
from bot.settings import PREFIX
from tests.bot.app.archive.lives import FIRST, NARROW, PICTURE, RECIPIENTS, SECOND, STORY, STRANGER, Life
from tests.bot.app.cli.conftest import Kuager

ROOT = Path(__file__).resolve().parents[4]
TO = offline.recipient_of(STRANGER)


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path) -> None:
    """Files of two persons' keys, and of a stranger's."""
    for name, identity in {"first": FIRST, "second": SECOND, "stranger": STRANGER}.items():
        (tmp_path / f"{name}.txt").write_text(
            f"# created: 2026-11-25\n# public key: …\n{identity}\n", "utf-8"
        )


def opened(path: str, identity: str = STRANGER) -> bytes:
    """Content of an age file."""
    return bytes(pyrage.decrypt(Path(path).read_bytes(), [pyrage.x25519.Identity.from_str(identity)]))


@pytest.mark.usefixtures("bundle")
def test_two_persons_share_what_the_server_would(kuager: Kuager, life: Life) -> None:
    """Stories of those who agreed to be shared, encrypted to the recipients; the manifest stands beside the file."""
    ways = "--identity", "first.txt", "--identity", "second.txt", "--to", TO, "--out", "s.age"
    done = kuager("archive", "share", "archive.age", *ways, "--scope", "stories")
    assert (done.code, done.err) == (0, "")
    (row,) = csv.DictReader(io.StringIO(opened("s.age").decode("utf-8-sig")))
    assert (row["id"], NARROW in row.values()) == (life.shared, True)
    assert '"scope": "stories"' in Path("s.age.manifest.json").read_text("utf-8")
    done = kuager("archive", "share", "archive.age", *ways, "--since", "2020-01-01", "--until", "2020-01-31")
    assert (done.code, "no record of this period" in done.err) == (1, True)


@pytest.mark.usefixtures("bundle")
@pytest.mark.parametrize(
    ("identities", "why"),
    [
        (["first.txt"], "the keys of two persons"),
        (["first.txt", "first.txt"], "the keys of two persons"),
        (["first.txt", "second.txt", "stranger.txt"], "the keys of two persons"),
        (["first.txt", "stranger.txt"], "it does not open archive.age"),
    ],
)
def test_one_person_alone_shares_nothing(kuager: Kuager, identities: list[str], why: str) -> None:
    """Nor does one with a key that opens nothing."""
    given = [word for one in identities for word in ("--identity", one)]
    done = kuager("archive", "share", "archive.age", *given, "--to", TO, "--out", "s.age")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert why in done.err
    assert not Path("s.age").exists()


@pytest.mark.usefixtures("bundle")
def test_originals_are_saved_encrypted_to_the_keys_given(kuager: Kuager, life: Life) -> None:
    """Into a new folder, with their custody."""
    done = kuager("archive", "originals", "archive.age", life.public, "saved", "--identity", "first.txt")
    assert (done.code, done.err) == (0, "")
    assert {one.name for one in Path("saved").iterdir()} == {f"{life.public}-1.jpg.age", "custody.json.age"}
    assert opened(f"saved/{life.public}-1.jpg.age", FIRST) == PICTURE
    again = kuager("archive", "originals", "archive.age", life.public, "saved", "--identity", "first.txt")
    assert (again.code, "File exists" in again.err) == (2, True)


@pytest.mark.usefixtures("bundle")
def test_small_files_go_back_to_the_server(kuager: Kuager, life: Life) -> None:
    """For its own key alone; a report that is not there and a wrong recipient are named."""
    done = kuager(
        "archive", "reopen", "archive.age", life.shared, "--identity", "second.txt", "--out", "r.age"
    )
    assert (done.code, done.err) == (0, "")
    assert b'"kuager":"reopening"' in opened("r.age", life.server)
    done = kuager(
        "archive",
        "reseal",
        "archive.age",
        "--identity",
        "second.txt",
        "--to",
        f"{TO},{RECIPIENTS[0]}",
        "--out",
        "t.age",
    )
    assert (done.code, "3 reports" in done.out, done.err) == (0, True, "")
    assert b'"kuager":"resealing"' in opened("t.age", life.server)
    for words, why in (
        (("reopen", "archive.age", "R00000", "--identity", "first.txt", "--out", "x.age"), "REF is wrong"),
        (
            ("reseal", "archive.age", "--identity", "first.txt", "--to", "age1", "--out", "x.age"),
            "--to is wrong",
        ),
        (("reopen", "first.txt", life.shared, "--identity", "first.txt", "--out", "x.age"), "is no bundle"),
        (
            ("reopen", "archive.age", life.shared, "--identity", "stranger.txt", "--out", "x.age"),
            "does not open archive.age",
        ),
    ):
        done = kuager("archive", *words)
        assert (done.code, done.err.count("\n"), why in done.err) == (2, 1, True)
    assert not Path("x.age").exists()


@pytest.mark.usefixtures("bundle")
def test_a_page_opens_without_settings_and_ends_with_its_command(tmp_path: Path) -> None:
    """A setting of this machine changes nothing, and nothing is written to a disk."""
    folder = tmp_path / "empty"
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "COLUMNS": "300",
    }
    command = [
        sys.executable,
        "-m",
        "bot",
        "archive",
        "open",
        str(tmp_path / "archive.age"),
        "--identity",
        str(tmp_path / "first.txt"),
    ]
    with subprocess.Popen(  # noqa: S603 - ours
        command,
        cwd=folder,
        env={**environment, "KUAGER_LANGUAGES": "xx"},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a shell's background ignores it
    ) as running:
        assert running.stdout is not None
        url = next(line for line in running.stdout if "http://" in line).split()[-1]
        with pytest.raises(OSError, match="403"):  # without a cookie
            urlopen(url.rpartition("/open/")[0])  # noqa: S310 - this machine
        running.send_signal(signal.SIGINT)
        assert "Ended." in running.stdout.read()
        assert running.wait(20) == 0
    assert list(folder.iterdir()) == []
    assert STORY not in url


def test_its_modules_come_without_those_of_posix(tmp_path: Path) -> None:
    """As on Windows."""
    hidden = ("fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty")
    code = (
        "import asyncio, concurrent.futures, getpass, shutil, subprocess, sys, tarfile, tempfile\n"  # which need them here
        f"sys.modules |= dict.fromkeys({hidden})\n"
        "import bot.app.archive.page, bot.app.cli.archive, bot.__main__\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (done.returncode, done.stderr) == (0, "")
