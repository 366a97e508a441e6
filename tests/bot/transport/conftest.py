"""A bot that loses no time."""

import pytest

from bot.store import faults
from bot.store.faults import Backoff
from bot.transport import loop
from db.engine import PRAGMAS


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pause is short, and SQLite waits for no lock."""
    for name in ("DATABASE_BACKOFF", "FETCH_BACKOFF", "SEND_BACKOFF", "REQUEST_BACKOFF", "START_BACKOFF"):
        monkeypatch.setattr(faults, name, Backoff(0.01, 0.02))
    monkeypatch.setattr(faults, "UNUSABLE_PAUSE", 0.02)
    monkeypatch.setattr(loop, "FLUSH_SECONDS", 0.02)
    monkeypatch.setitem(PRAGMAS, "busy_timeout", "1")
