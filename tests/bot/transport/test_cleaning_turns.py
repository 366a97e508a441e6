"""Turns at cleaning: small files first, none passed for ever, no photo behind a video."""

import asyncio

import pytest

from bot.transport import file_job
from bot.transport.file_job import CleaningTurns

VIDEO, PHOTO = b"\0\0\0\x18ftypisom", b"\xff\xd8\xff"


class Line:
    """Files that wait for their turn, the order in which they were called, and a way to let each go."""

    def __init__(self) -> None:
        self.turns, self.called = CleaningTurns(), list[str]()
        self._done: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def join(self, name: str, head: bytes, size: int = 100) -> None:
        """A file joins the line."""
        self._done[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._clean(name, head.ljust(size, b"\0")))
        await asyncio.sleep(0)

    async def _clean(self, name: str, content: bytes) -> None:
        async with self.turns.turn(content):
            self.called.append(name)
            await self._done[name].wait()

    async def leave(self, name: str) -> None:
        """A file is done."""
        self._done[name].set()
        await self._tasks[name]
        await asyncio.sleep(0)

    async def give_up(self, name: str) -> None:
        """A file is no longer wanted."""
        self._tasks[name].cancel()
        await asyncio.gather(self._tasks[name], return_exceptions=True)


async def test_two_are_cleaned_at_once_and_no_photo_waits_for_videos() -> None:
    """However many videos wait."""
    line = Line()
    for name in ("v1", "v2", "v3"):
        await line.join(name, VIDEO)
    assert line.called == ["v1"]
    await line.join("p1", PHOTO)
    await line.join("p2", PHOTO)
    assert line.called == ["v1", "p1"]
    await line.leave("p1")
    assert line.called == ["v1", "p1", "p2"]
    await line.leave("p2")
    await line.leave("v1")
    assert line.called == ["v1", "p1", "p2", "v2"]


async def test_small_files_come_before_large_ones() -> None:
    """Photos before videos, whatever their size."""
    line = Line()
    await line.join("v1", VIDEO)
    await line.join("p1", PHOTO)
    for name, head, size in (
        ("v-large", VIDEO, 900),
        ("v-small", VIDEO, 200),
        ("p-large", PHOTO, 5000),
        ("p-small", PHOTO, 50),
    ):
        await line.join(name, head, size)
    for name in ("p1", "v1", "p-small", "p-large", "v-small"):
        await line.leave(name)
    assert line.called == ["v1", "p1", "p-small", "p-large", "v-small", "v-large"]


async def test_a_file_that_was_passed_for_long_is_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that smaller ones that keep coming hold up none for ever."""
    line = Line()
    await line.join("p1", PHOTO)
    await line.join("p2", PHOTO)
    await line.join("v-large", VIDEO, 900)
    await line.join("p3", PHOTO)
    monkeypatch.setattr(file_job, "MOST_PASSED_SECONDS", 0.0)
    await line.leave("p1")
    assert line.called == ["p1", "p2", "v-large"]


async def test_a_file_that_is_given_up_keeps_no_turn() -> None:
    """Neither while it waits nor while it is cleaned."""
    line = Line()
    for name in ("v1", "v2", "v3"):
        await line.join(name, VIDEO)
    await line.give_up("v2")
    await line.give_up("v1")
    await asyncio.sleep(0)
    assert line.called == ["v1", "v3"]
