"""A demo is kept in a folder for its owner alone, one demo at a time, and says what is wrong with the folder."""

import stat
import subprocess
import sys
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest

from bot.demo.folder import MAX_HOURS_AHEAD, DemoFolder, MovableClock
from bot.errors import SettingsError

ROOT = Path(__file__).parents[3]
URL = "http://127.0.0.1:1"


def test_a_folders_keys_are_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """The next start reads the same keys; another folder has others."""
    first, again, other = (DemoFolder(tmp_path / name).settings(URL) for name in ("a", "a", "b"))
    assert stat.S_IMODE((tmp_path / "a" / "keys.env").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert (again.key_ring, again.lookup_key, again.audit_key) == (
        first.key_ring,
        first.lookup_key,
        first.audit_key,
    )
    assert other.key_ring != first.key_ring
    assert again.database_url.endswith(str(tmp_path / "a" / "kuager.db"))


def test_a_folder_that_lost_a_key_is_refused(tmp_path: Path) -> None:
    """In one line, since nothing in it could be opened."""
    folder = DemoFolder(tmp_path)
    folder.settings(URL)
    lines = (tmp_path / "keys.env").read_text().splitlines()
    (tmp_path / "keys.env").write_text("\n".join(line for line in lines if "LOOKUP" not in line))
    with pytest.raises(SettingsError, match="lacks KUAGER_LOOKUP_KEY"):
        folder.settings(URL)


def test_what_two_administrators_share_is_sealed_to_a_key_that_is_stored_nowhere(tmp_path: Path) -> None:
    """Each start draws another; /share can be tried all the same, and so can /translate, in three languages."""
    first, again = (DemoFolder(tmp_path).settings(URL) for _ in range(2))
    assert pyrage.encrypt(b"shared", [pyrage.x25519.Recipient.from_str(*first.export_recipients)])
    assert first.export_recipients != again.export_recipients
    assert [path.name for path in tmp_path.iterdir()] == ["keys.env"]
    assert "AGE-SECRET-KEY" not in (tmp_path / "keys.env").read_text()
    assert first.published_languages == ("kk", "ru", "en")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file stands in its way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be kept"):
        DemoFolder(tmp_path / "file").settings(URL)


def test_the_clock_goes_on_where_it_was_left(tmp_path: Path) -> None:
    """A new folder's clock is not ahead, and an unreadable file counts as 0."""
    folder = DemoFolder(tmp_path)
    assert folder.hours_ahead() == 0
    folder.keep_hours_ahead(48)
    assert DemoFolder(tmp_path).hours_ahead() == 48
    (tmp_path / "hours-ahead").write_text("?")
    assert folder.hours_ahead() == 0


@pytest.mark.parametrize("hours", [-1, MAX_HOURS_AHEAD + 1])
def test_a_clock_moves_neither_back_nor_beyond_the_calendar(hours: int) -> None:
    """It stays as it was."""
    clock = MovableClock(lambda: 0.0)
    with pytest.raises(ValueError, match="ahead"):
        clock.advance(hours)
    assert clock.seconds() == 0.0


def test_a_folder_is_held_once_and_is_free_again_afterwards(tmp_path: Path) -> None:
    """A second demo is refused in one line; a missing folder is made for its owner alone."""
    folder = DemoFolder(tmp_path / "kept")
    with folder.held():
        with pytest.raises(SettingsError, match="kept is in use by another demo"):  # noqa: SIM117 - what is raised
            with folder.held():
                pytest.fail("both hold it")
        with DemoFolder(tmp_path / "other").held():
            pass
    with folder.held():
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_a_demo_that_fails_releases_the_folder(tmp_path: Path) -> None:
    """Whatever ended it."""
    folder = DemoFolder(tmp_path)
    with pytest.raises(ZeroDivisionError), folder.held():
        raise ZeroDivisionError
    with folder.held():
        pass


def test_a_killed_demo_leaves_the_folder_free(tmp_path: Path) -> None:
    """Its lock holds as long as its process and no longer."""
    source = """
import sys, time
from pathlib import Path
from bot.demo.folder import DemoFolder
with DemoFolder(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(60)
"""
    command = [sys.executable, "-c", source, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(SettingsError, match="in use"), DemoFolder(tmp_path).held():
            pytest.fail("both hold it")
        process.kill()
    with DemoFolder(tmp_path).held():
        pass


@pytest.mark.parametrize("content", ["", "not a lock" * 200])
def test_a_lock_file_is_no_lock_by_itself(tmp_path: Path, content: str) -> None:
    """An empty one, as earlier versions left it, stops nobody; one that is something else is refused."""
    (tmp_path / "lock").write_text(content)
    if content:
        with pytest.raises(SettingsError, match="cannot be kept"), DemoFolder(tmp_path).held():
            pytest.fail("nothing to hold")
    else:
        with DemoFolder(tmp_path).held():
            pass


def test_a_folder_that_cannot_be_held_is_refused(tmp_path: Path) -> None:
    """A file stands in its way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be kept"), DemoFolder(tmp_path / "file").held():
        pytest.fail("nothing to hold")
