"""`open-data`, as it is called and what it writes."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.bot.app.cli.conftest import Kuager


def acts(tmp_path: Path) -> list[tuple[str, str]]:
    """What the audit log says."""
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        return database.execute("SELECT act, detail FROM audit_log").fetchall()


@pytest.mark.usefixtures("set_up")
def test_a_year_without_events_has_a_head_and_is_noted(kuager: Kuager, tmp_path: Path) -> None:
    """Who took it and with what least number stands in the audit log."""
    assert kuager("open-data", "--year", "2024", "--out", "2024.csv").code == 0
    content = (tmp_path / "2024.csv").read_bytes()
    assert content == b'\xef\xbb\xbf"year","by","code","label_en","label_ru","label_kk","events"\r\n'
    assert acts(tmp_path) == [("open_data", "1 2024:5")]
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database:
        (row,) = database.execute("SELECT actor, scope, spec, state, rows, files FROM exports").fetchall()
        assert database.execute("SELECT count(*) FROM export_rows").fetchone() == (
            0,
        )  # it counts, and holds none
    assert row[:-1] == ("system", "open_data", "2024:5", "made", 0)
    (file,) = json.loads(row[-1])
    assert (file["name"], file["sha256"]) == ("2024.csv", hashlib.sha256(content).hexdigest())
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("set_up")
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(
    kuager: Kuager, tmp_path: Path
) -> None:
    """And before the audit log says that it was."""
    (tmp_path / "folder").mkdir()
    done = kuager("open-data", "--year", "2024", "--out", "folder")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("--out is wrong: the file cannot be written: it is a folder.")
    assert acts(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--year", "2999"), "--year is wrong: 2999 is not over. Example: --year "),
        (("--year", "2024", "--least", "2"), "--least is wrong: it is 3 or more. Example: --least 5"),
    ],
)
def test_what_would_tell_of_few_is_refused(
    kuager: Kuager, set_up: Settings, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    """In a line; nothing is written or noted."""
    done = kuager("open-data", "--out", "no.csv", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(told)
    assert not (tmp_path / "no.csv").exists()
    assert acts(tmp_path) == []
