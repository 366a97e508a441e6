"""What one copy of the bot does for the others, where whole bots take too long to show it (see `test_copies`)."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.demo import TOKEN
from bot.store.unit import UnitOfWork
from bot.transport import committer
from bot.transport.api import Api
from bot.transport.call import Delivered, Delivery
from bot.transport.committer import Cooperation
from bot.transport.lanes import SendingPace
from bot.transport.outbox import CommittedOutbox
from bot.transport.replicas import Alone
from bot.transport.sender import Journal, Sender
from tests.bot.transport.post import RING, A, hash_of, owes
from tests.bot.transport.test_journal import rows

OWN, LIVING, GONE = 1, 2, 3


@dataclass(frozen=True)
class Others(Alone):
    """Copies of which one is gone; another, on another machine, keeps house."""

    is_leader: bool = False
    another_leads: bool = False
    number_there: int = 2

    def is_gone(self, number: int) -> bool:
        return number == GONE

    def tell(self, word: str, about: object = "") -> None:
        """They need nothing."""


def no_unit() -> AbstractAsyncContextManager[UnitOfWork]:
    """The database is not needed."""
    raise AssertionError


async def test_the_journal_of_a_dead_copy_stays_for_a_time_where_another_machine_takes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes over may be here after all; then it goes, and those of the living stay."""
    pace = SendingPace(1e6, 1e6, 1000, asyncio.get_running_loop().time)
    api, journal = Api(TOKEN, "http://127.0.0.1:1"), Journal(tmp_path, RING, OWN)
    sender = Sender(Delivery(api, {}), RING, pace, owes, hash_of, journal)
    for number in (LIVING, GONE):
        Journal(tmp_path, RING, number).note(Delivered(rows(1)[0], (A,)))
    made = Cooperation(Others(), no_unit, CommittedOutbox(no_unit), sender)
    await made.adopt()
    assert set(sender.journal.numbers()) == {LIVING, GONE}
    monkeypatch.setattr(committer, "ORPHANED_SECONDS", 0.0)
    await made.adopt()
    assert set(sender.journal.numbers()) == {LIVING}
