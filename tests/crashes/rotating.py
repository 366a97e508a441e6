"""`keys rotate`, which dies by SIGKILL again and again, in the middle of a batch or just after its commit.

Run as `python -m tests.crashes.rotating SEED ROWS`, with the bot's settings in the environment; ROWS are those of one
transaction. The program is imported once and each life is forked from there. Prints how often it died."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bot.app.cli import application
from bot.store import ring_keys

MOST_BATCHES = 3
"""A life ends within so many batches, and does one at least."""


def die() -> None:
    """By the one signal that nothing can catch."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(chance: random.Random) -> None:
    """Let this life end, after its first batch, either when a batch has written or when it was committed."""
    left = chance.randint(2, MOST_BATCHES)
    committed = chance.random() < 0.5

    def doomed(step: Callable[..., Awaitable[tuple[int, Any]]]) -> Callable[..., Awaitable[tuple[int, Any]]]:
        async def do(*given: Any) -> tuple[int, Any]:
            nonlocal left
            if left == 0:  # a fast machine comes here before the hundredth of a second is over
                die()
            found = await step(*given)
            if found[0]:
                left -= 1
            if left == 0 and not committed:
                await given[0].session.flush()
                die()
            if left == 0:
                asyncio.get_running_loop().call_later(chance.random() / 100, die)
            return found

        return do

    for step in (ring_keys.rewrap, ring_keys.reseal):
        setattr(ring_keys, step.__name__, doomed(step))


def live(seed: int) -> None:
    """One life."""
    arm(random.Random(seed))
    sys.argv = ["bot", "keys", "rotate", "--stopped"]
    application.main()


def main() -> None:
    """One life after the other, until one comes to its end."""
    seed, ring_keys.AT_ONCE = int(sys.argv[1]), int(sys.argv[2])
    deaths = 0
    while True:
        child = os.fork()
        if child == 0:
            live(seed + deaths)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != -signal.SIGKILL:
            break
        deaths += 1
    sys.stdout.write(f"{deaths}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
