"""A setting that is a path is refused where it is read, as the others are when they are loaded."""

from pathlib import Path

import pytest

from bot.settings import PREFIX
from tests.bot.app.cli.conftest import Kuager
from tests.bot.test_settings import PATHS

LOST, FOLDER, NO_SUCH = "none/at/all", "folder", "text.txt"
WRONG = [
    ("files_dir", NO_SUCH, "the folder cannot be written to: File exists"),
    ("audit_head", FOLDER, "is a folder, and must be a file"),
    ("form", LOST, "there is no such file"),
    ("form", NO_SUCH, "is not a form. Use .xlsx, .xls, .md, .csv or .zip"),
    ("review_form", LOST, "there is no such file"),
    ("more_forms", LOST, "there is no such file"),
    ("contacts", LOST, "there is no such file"),
    ("contacts", NO_SUCH, "The list cannot be read (it is no .csv, .geojson or .xml). Save it as UTF-8 CSV"),
    ("update_template", LOST, "No such file or directory"),
    ("update_template", NO_SUCH, "it is no Word document"),
    ("keys_from", LOST, "it cannot be read: No such file or directory"),
    ("keys_from", NO_SUCH, "it holds no keys"),
    ("webhook_certificate", LOST, "it cannot be read: No such file or directory"),
    ("webhook_certificate", NO_SUCH, "it is no certificate in PEM"),
]


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize(("name", "value", "why"), WRONG)
def test_a_path_that_leads_to_nothing_of_use_is_told_in_one_line(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    """Its name, what is wrong, an example."""
    Path(FOLDER).mkdir()
    Path(NO_SUCH).write_text("no setting\n", "utf-8")
    monkeypatch.setenv("KUAGER_BOT_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("KUAGER_WEBHOOK_URL", "http://127.0.0.1:8090/")
    monkeypatch.setenv(full := f"{PREFIX}{name.upper()}", value)
    done = kuager("check", "--offline")
    assert done.code == 1
    (line,) = [one for one in done.err.splitlines() if full in one]
    assert line.startswith(f"{full} is wrong: ")
    assert why in line
    assert f". Example: {full}=" in line


def test_every_path_is_tried() -> None:
    """With what the other settings are tried with, all of them. Another machine's folder may be away for a while, of
    which `check` warns."""
    assert {name for name, _, _ in WRONG} == PATHS - {"withdrawals_dir"}
