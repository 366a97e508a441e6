"""A release has a date, a commit of its own, and a changelog that says what to do."""

import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest

import migrations
from bot import __version__
from scripts.released_stores import RELEASES

ROOT = Path(__file__).parents[1]
COMING = "not yet released"
PARTS = {
    version: (told, text)
    for version, told, text in re.findall(
        r"(?ms)^## (\S+) \(([^)]+)\)\n(.*?)(?=^## |\Z)", (ROOT / "CHANGELOG.md").read_text("utf-8")
    )
}
"""Each version's heading in the changelog, and the text below it, newest first."""
RELEASED = [version for version, (told, _) in PARTS.items() if told != COMING]


def to_do(version: str) -> list[str]:
    """Steps of an operator to update to a version."""
    text = PARTS[version][1].partition("### To do when you update\n")[2].partition("\n### ")[0]
    return re.findall(r"(?m)^- (.+)$", text)


def git(*words: str) -> str:
    """Output of git. Skips the test in a clone without that."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607 - from the path
    if done.returncode:
        pytest.skip(f"this clone lacks it: {done.stderr.strip()}")
    return done.stdout.strip()


def test_the_newest_part_of_the_changelog_is_of_this_version() -> None:
    """Only it may be not yet released, and the others come in their order."""
    numbers = [tuple(map(int, version.split("."))) for version in PARTS]
    assert numbers == sorted(set(numbers), reverse=True)
    assert RELEASED in (list(PARTS), list(PARTS)[1:])
    given = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert next(iter(PARTS)) == given == __version__


@pytest.mark.parametrize("version", PARTS)
def test_each_version_says_what_to_do(version: str) -> None:
    """In lines under one heading, also if it is nothing."""
    assert to_do(version)


def test_the_newest_version_names_its_revision() -> None:
    """So that an operator knows whether `migrate` has done its work."""
    assert any(f"(revision {migrations.head()})" in line for line in to_do(__version__))


@pytest.mark.release
@pytest.mark.parametrize("version", RELEASED)
def test_a_released_version_is_dated_by_its_commit(version: str) -> None:
    """Which says that it is this version."""
    commit = RELEASES[version]
    assert date.fromisoformat(PARTS[version][0]).isoformat() == git("log", "-1", "--format=%as", commit)
    assert f'version = "{version}"' in git("show", f"{commit}:pyproject.toml")
