"""A language is data: a new one needs files alone."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

from bot.settings import Settings
from tests.end_to_end import made_up_language
from tests.end_to_end.made_up_language import CODE, translated
from tests.end_to_end.people import ROOT, TEXTS
from tests.end_to_end.reporting import SIMPLE

ZONE = ZoneInfo(Settings.model_fields["time_zone"].default)
PLAIN = re.compile(r"(?<!/)\b[a-zа-яәғқңөұүһі]{4,}\b")
"""A word of any other language; commands are words of none."""


def day() -> str:
    """The day that was three days ago where the bot is."""
    return (datetime.now(ZONE).date() - timedelta(3)).isoformat()


def test_a_report_is_filed_in_a_language_that_is_added_with_files_alone(tmp_path: Path) -> None:
    """Its texts are shown, a date typed in its words is understood, the report is marked with
    it, and its plural forms are its own."""
    root = tmp_path / "kuager"
    for room in ("bot", "db", "locales", "migrations", "tests/end_to_end"):
        copytree(ROOT / room, root / room)
    made_up_language.add(root)
    days = {day()}
    seen = filed(root, tmp_path)
    days.add(day())

    assert seen["languages"] == ["kk", "ru", "en", CODE]
    greeting, *prompts = seen["prompts"]
    assert translated(TEXTS.text("en", "reporter.welcome")).splitlines()[0] in greeting
    assert len(prompts) > 5
    told = SIMPLE.story[0]
    assert [word for prompt in prompts for word in PLAIN.findall(prompt.replace(told, ""))] == []
    language, precision, start, end = stored(tmp_path)
    assert (language, precision) == (CODE, "day")
    assert start == end
    assert start in days
    assert seen["files"] == [
        translated(TEXTS.text("en", "flow.files", {"n": 2})).replace("2", n) for n in "12"
    ]


def filed(root: Path, folder: Path) -> dict[str, list[str]]:
    """What a reporter saw, by a process that runs the copy."""
    command = [sys.executable, "-m", "tests.end_to_end.made_up_language", str(folder)]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root)}
    run = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert run.returncode == 0, run.stderr
    found: dict[str, list[str]] = json.loads(run.stdout)
    return found


def stored(folder: Path) -> tuple[str, ...]:
    """Language and date of the one report."""
    connection = sqlite3.connect(folder / "kuager.db")
    ((*found,),) = connection.execute("select language, date_precision, date_start, date_end from reports")
    connection.close()
    return tuple(found)
