"""`export`, as it is called and what it writes."""

import json
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import Refusal
from bot.safety.keys import new_key, show_key
from bot.services.export import exports
from bot.settings import Settings, load_settings
from bot.work import Work
from tests.bench import Bench, approve_proposal
from tests.bot.cli.conftest import Kuager, within


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
    ("words", "told"),
    [
        (("--format", "xml"), "--format is wrong: it is one of csv, jsonl. Example: --format csv"),
        (
            ("--since", "2026-13-01"),
            "--since is wrong: it is a day as YYYY-MM-DD. Example: --since 2026-01-31",
        ),
        (("--until", "March"), "--until is wrong: it is a day as YYYY-MM-DD. Example: --until 2026-01-31"),
        (
            ("--since", "2026-03-01", "--until", "2026-02-01"),
            "--since is wrong: it is after --until. Example: ",
        ),
        (
            ("--out", "none/no.csv"),
            "--out is wrong: the file cannot be written: No such file or directory. Example: ",
        ),
        (
            ("--out", "data"),
            "--out is wrong: the file cannot be written: it is a folder. Example: --out export.csv",
        ),
    ],
)
def test_an_export_that_cannot_be_is_refused(
    kuager: Kuager, set_up: Settings, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    """In a line in the words of the command line; no file is made, and the audit log does not say that it was tried."""
    done = kuager("export", "--out", "no.csv", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(told)
    assert not list(tmp_path.glob("no.csv*"))
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        assert database.execute("SELECT act FROM audit_log").fetchall() == []


async def publish_a_report(work: Work) -> None:
    """A report that may be published, and is."""
    bench = Bench(work.database, work.forms, work.settings)
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        moderator = await bench.moderator(unit)
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)


@pytest.mark.usefixtures("set_up")
def test_an_export_that_the_ring_does_not_open_is_told(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In one line that names the setting, and no half of a file stays."""
    within(publish_a_report, load_settings())
    assert kuager("export", "--out", "a.csv").code == 0
    assert (tmp_path / "a.csv").read_bytes().count(b"\r\n") == 2
    monkeypatch.setenv("KUAGER_KEY_RING", f"other:{show_key(new_key())}")
    done = kuager("export", "--out", "b.csv")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_KEY_RING does not open what is stored: ")
    assert not list(tmp_path.glob("b.csv*"))
