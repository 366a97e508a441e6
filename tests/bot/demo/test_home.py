"""What is kept of a demo, for its owner alone, and what is wrong with a folder is told."""

import stat
from pathlib import Path

import pytest

from bot.demo.clock import MOST_AHEAD, MovableClock
from bot.demo.home import Home
from bot.errors import SettingsError

URL = "http://127.0.0.1:1"


def test_the_keys_of_a_folder_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    """Another start reads the same; another folder has others."""
    first, again, other = (Home(tmp_path / name).settings(URL) for name in ("a", "a", "b"))
    assert stat.S_IMODE((tmp_path / "a" / "keys.env").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert (again.key_ring, again.lookup_key, again.audit_key) == (
        first.key_ring,
        first.lookup_key,
        first.audit_key,
    )
    assert other.key_ring != first.key_ring
    assert again.database_url.endswith(str(tmp_path / "a" / "kuager.db"))


def test_a_folder_that_lost_a_key_is_told(tmp_path: Path) -> None:
    """In a line, since nothing of it could be opened."""
    home = Home(tmp_path)
    home.settings(URL)
    lines = (tmp_path / "keys.env").read_text().splitlines()
    (tmp_path / "keys.env").write_text("\n".join(line for line in lines if "LOOKUP" not in line))
    with pytest.raises(SettingsError, match="lacks KUAGER_LOOKUP_KEY"):
        home.settings(URL)


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    """A file stands in its way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be kept"):
        Home(tmp_path / "file").settings(URL)


def test_the_clock_goes_on_from_where_it_was_left(tmp_path: Path) -> None:
    """A new folder's is not ahead, and what is no number counts as nothing."""
    home = Home(tmp_path)
    assert home.hours_ahead() == 0
    home.keep_hours_ahead(48)
    assert Home(tmp_path).hours_ahead() == 48
    (tmp_path / "hours-ahead").write_text("?")
    assert home.hours_ahead() == 0


@pytest.mark.parametrize("hours", [-1, MOST_AHEAD + 1])
def test_a_clock_does_not_go_back_nor_beyond_the_calendar(hours: int) -> None:
    """It stays where it is."""
    clock = MovableClock(lambda: 0.0)
    with pytest.raises(ValueError, match="ahead"):
        clock.advance(hours)
    assert clock.seconds() == 0.0
