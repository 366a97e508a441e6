"""Processes of a benchmark: the bot in one, Telegram and its people in another."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from tests.benchmarks.conversation.contenders import Contender
from tests.benchmarks.conversation.place import Place

SPAWNED = multiprocessing.get_context("spawn")
_PATIENCE = 60.0


@contextmanager
def people_beside(run: Callable[..., None], *given: object) -> Iterator[Connection]:
    """A process that serves the Bot API by `run(pipe, *given)`, which first tells its address and ends when told None."""
    ours, theirs = SPAWNED.Pipe()
    process = SPAWNED.Process(target=run, args=(theirs, *given), daemon=True)
    process.start()
    try:
        yield ours
    finally:
        ours.send(None)
        process.join()


@contextmanager
def running(contender: Contender, place: Place) -> Iterator[int]:
    """The id of the bot's process, which updates reach. Raises RuntimeError if it does not start."""
    ready = SPAWNED.Event()
    bot = SPAWNED.Process(target=contender.run, args=(place, ready.set), daemon=True)
    bot.start()
    try:
        if not ready.wait(_PATIENCE) or bot.pid is None:
            raise RuntimeError(f"{contender.name} did not start")
        yield bot.pid
    finally:
        bot.terminate()
        bot.join()


def received(pipe: Connection, patience: float = _PATIENCE) -> Any:
    """The next message. Raises TimeoutError after so many seconds."""
    if not pipe.poll(patience):
        raise TimeoutError("the people say nothing")
    return pipe.recv()
