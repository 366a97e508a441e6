"""One demo at a time keeps its things in a folder."""

import stat
from pathlib import Path

import pytest

from bot.demo.lock import HAS_KERNEL_LOCKS, held
from bot.errors import SettingsError

WAYS = [False, True] if HAS_KERNEL_LOCKS else [False]


@pytest.mark.parametrize("by_kernel", WAYS)
def test_a_folder_is_held_once_and_is_free_again_afterwards(tmp_path: Path, by_kernel: bool) -> None:
    """Whoever comes second is told in a line; a folder that is not there is made for the owner alone."""
    folder = tmp_path / "kept"
    with held(folder, by_kernel=by_kernel):
        with pytest.raises(SettingsError, match="kept is in use by another demo"):  # noqa: SIM117 - what is raised
            with held(folder, by_kernel=by_kernel):
                pytest.fail("both hold it")
        with held(tmp_path / "other", by_kernel=by_kernel):
            pass
    with held(folder, by_kernel=by_kernel):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("by_kernel", WAYS)
def test_who_fails_lets_the_folder_go(tmp_path: Path, by_kernel: bool) -> None:
    """Whatever ends the demo."""
    with pytest.raises(ZeroDivisionError), held(tmp_path, by_kernel=by_kernel):
        raise ZeroDivisionError
    with held(tmp_path, by_kernel=by_kernel):
        pass


@pytest.mark.skipif(not HAS_KERNEL_LOCKS, reason="the kernel locks no files here")
def test_a_lock_that_a_killed_demo_left_behind_stops_nobody(tmp_path: Path) -> None:
    """The file alone is no lock where the kernel has them."""
    (tmp_path / "lock").write_text("")
    with held(tmp_path):
        pass


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    """A file stands in its way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be kept"), held(tmp_path / "file"):
        pytest.fail("nothing to hold")
