"""The wheel installs one name, `kuager`, holds all that the program reads, and runs it."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

import bot
from bot import __version__
from bot.texts import Texts

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "db", "migrations", "locales")
PATIENCE = 120


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    (made,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("dist")))
    return Path(made)


def test_the_wheel_holds_every_file_of_the_program_under_one_name(wheel: Path) -> None:
    """Catalogues, forms, templates, fonts and the demo's page too; nothing else is installed."""
    listing = ("git", "ls-files", "--cached", "--others", "--exclude-standard", *ROOMS)
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - git is needed to have the tree
    tree = {one for one in listed.splitlines() if (ROOT / one).is_file()}
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == {"kuager/__init__.py", *(f"kuager/{one}" for one in tree)}
    assert {Path(one).suffix for one in held} >= {
        ".po",
        ".toml",
        ".md",
        ".csv",
        ".docx",
        ".ttf",
        ".html",
        ".js",
    }


def run(*words: str, folder: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """A program in a folder, without settings of this machine."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("KUAGER_")}
    return subprocess.run(words, cwd=folder, env=own | env, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603, PLW1510 - its code is asked


def test_the_installed_command_is_not_misled_and_names_itself(wheel: Path, tmp_path: Path) -> None:
    """Another `bot` where it is called is not its own, and what it tells to run is what was typed."""
    ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "bot.py").write_text("raise SystemExit('another bot')\n", "utf-8")
    (tmp_path / "kuager").write_text("import kuager\nkuager.main()\n", "utf-8")

    (tmp_path / ".env").write_text("KUAGER_BOT_TOKEN=1:a\n", "utf-8")
    refused = run(
        sys.executable, "kuager", "check", folder=tmp_path, PYTHONPATH=str(tmp_path / "site")
    ).stderr
    assert (
        refused
        == "KUAGER_KEY_RING is missing; this prints one: kuager keys new. Example: KUAGER_KEY_RING=k2026:<44-characters>\n"
    )


def test_a_chat_names_the_installed_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator passes it on to the operator, who types it."""
    monkeypatch.setattr(bot, "COMMAND", "kuager")
    texts = Texts(("kk", "ru", "en"))
    for language in texts.languages:
        assert texts.text(language, "moderator.setup.then").endswith(": kuager check")


@pytest.mark.release
def test_uvx_runs_the_demo_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """With the versions of the lock. It needs uv's cache, or the network once."""
    export = ("uv", "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes")
    (tmp_path / "lock.txt").write_text(run(*export, "--project", str(ROOT), folder=tmp_path).stdout, "utf-8")
    command = ["uvx", "--python", sys.executable, "--constraints", "lock.txt", "--from", str(wheel), "kuager"]
    assert run(*command, "--version", folder=tmp_path).stdout == f"Kuager {__version__}\n"
    assert "Usage: kuager [OPTIONS]" in run(*command, "--help", folder=tmp_path).stdout
    command += ["demo", "--no-open", "--port", "0"]
    env: Mapping[str, str] = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as demo:  # noqa: S603
        assert demo.stdout is not None
        found = re.search(r"http://\S+", line := demo.stdout.readline())
        assert found is not None, line
        with urllib.request.urlopen(found.group(), timeout=PATIENCE) as page:  # noqa: S310 - our own
            assert b"Kuager" in page.read()
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(PATIENCE) == 0
