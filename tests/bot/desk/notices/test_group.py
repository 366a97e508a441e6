"""The team's group by the number that it has now, where copies of the bot learn it at once."""

import asyncio

import pytest
from sqlalchemy import select

from bot.desk.notices import service as notices_service
from db.models import Mark
from tests.bench import Bench, count

GROUP, GROWN, ANOTHER = -1001, -1_001_234_567_890, -1_009_876_543_210


class _NoLock:
    async def __aenter__(self) -> None:
        """Let everybody in."""

    async def __aexit__(self, *_: object) -> None:
        """Let everybody out."""


async def test_copies_that_learn_its_number_at_once_both_remember_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL; the second waits for the first, whose row it could not see, and fails by nothing. SQLite has one bot."""
    bench.settings = bench.settings.model_copy(update={"notice_chat": GROUP})
    if not bench.database.is_sqlite:
        monkeypatch.setattr(bench.database, "_lock", _NoLock())

    async def learn() -> None:
        async with bench.write() as unit:
            await notices_service.note_group_successor(unit, GROWN)

    if bench.database.is_sqlite:
        await learn()
        await learn()
    else:
        async with bench.write() as first:
            await notices_service.note_group_successor(first, GROWN)
            second = asyncio.create_task(learn())
            await asyncio.wait([second], timeout=0.3)
            assert not second.done()
        await second
    async with bench.read() as unit:
        assert await notices_service.group_number(unit) == GROWN
        assert await count(unit, Mark) == 1


async def test_what_was_learnt_holds_at_once_and_what_is_learnt_later_replaces_it(bench: Bench) -> None:
    """Also for what comes later in the same batch."""
    bench.settings = bench.settings.model_copy(update={"notice_chat": GROUP})
    async with bench.write() as unit:
        for number in (GROWN, ANOTHER, GROWN):
            await notices_service.note_group_successor(unit, number)
            assert await notices_service.group_number(unit) == number
    async with bench.read() as unit:
        assert (await unit.session.scalars(select(Mark.name))).all() == ["notice_chat"]
