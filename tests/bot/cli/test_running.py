"""The bot itself as a command."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.cli.running import _require_alone
from bot.errors import SettingsError
from tests.conftest import sqlite_url


def test_a_second_bot_on_one_sqlite_file_is_told_in_a_line(tmp_path: Path) -> None:
    """Both would send what one owes, and neither would know what the other has shown."""
    url = sqlite_url(tmp_path / "kuager.db")
    with ExitStack() as first, ExitStack() as second:
        _require_alone(first, url)
        with pytest.raises(SettingsError, match=r"on which a bot runs already") as told:
            _require_alone(second, url)
    assert "\n" not in str(told.value)
