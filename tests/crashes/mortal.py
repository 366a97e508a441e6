"""The bot as it is killed from outside: each of its lives is a process of its own, forked from one that has imported it.

Run as `python -m tests.crashes.mortal`. Each line of standard input is an order in JSON, which begins a life and is answered by
`born <pid>`: the program's `settings` as environment variables, its `fixed` values, the `log` to write to, and either the `command` to run or how
many seconds the bot's clock is `ahead` and how many `times` faster time goes for whatever it waits for. Its clock may jump
while it lives: `jumps` is a file that holds by how many seconds more it is ahead just now. `mark_for_removal` is the moment at which it
kills itself (see `dooms`), as `moment:occurrence:after so many seconds:file to record it in`.
"""

import asyncio
import gc
import json
import logging
import mmap
import os
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import configure_mappers

from bot import texts
from bot.app import wiring
from bot.app.cli import application
from bot.app.questionnaires import FORMS
from bot.app.work import until_reached
from bot.form.xlsform import reader
from bot.safety import logs
from bot.settings import load_settings
from tests.crashes.dooms import arm
from tests.crashes.hasty import HastyLoop

log = logging.getLogger(__name__)


async def live(fixed: dict[str, Any], ahead: float, jumps: str, mark_for_removal: str) -> None:
    """One life of the bot, as `python -m bot run` leads it."""
    settings = load_settings(_env_file=None, **fixed)
    jumped = read_jumps(Path(jumps)) if jumps else lambda: 0.0

    def now() -> datetime:
        return datetime.fromtimestamp(time.time() + ahead + jumped(), settings.zone)

    stopping = asyncio.Event()
    wiring.on_signals(stopping.set)
    work = await until_reached(lambda: wiring.open_work(settings, now), stopping)
    if work is None:
        return
    try:
        if mark_for_removal:
            await until_reached(lambda: arm(mark_for_removal, work), stopping)
        bot = wiring.Bot(settings, work)
        wiring.on_signals(bot.stop)
        if stopping.is_set():
            bot.stop()
        await bot.run()
    finally:
        await work.database.close()


def read_jumps(path: Path) -> Callable[[], float]:
    """Gives by how many seconds the clock has jumped; the file holds them as a double."""
    with path.open("rb") as file:
        held = mmap.mmap(file.fileno(), struct.calcsize("d"), prot=mmap.PROT_READ)
    return lambda: float(struct.unpack("d", held[:])[0])


def lead(order: dict[str, Any]) -> None:
    """Be what was ordered; the process ends with it."""
    code = 1
    try:
        os.dup2(os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT), sys.stderr.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        os.environ.update(order["settings"])
        if "command" in order:
            sys.argv = ["bot", *order["command"]]
            application.main()
        else:
            with asyncio.Runner(loop_factory=partial(HastyLoop, order["times"])) as runner:
                runner.run(
                    live(order["fixed"], order["ahead"], order.get("jumps", ""), order.get("doom", ""))
                )
        code = 0
    except SystemExit as end:
        code = 0
        if end.code:
            log.critical("this life ended with %s", end.code)
    except BaseException as error:
        log.critical("this life ended with an error", exc_info=error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def read_once() -> None:
    """Read what comes with the program before any life: none changes it."""
    reader.load = cache(reader.load)
    texts._read = cache(texts._read)
    for name in ("incident.md", "review.md", "reply.md", "question.md"):
        reader.load(FORMS / name)
    texts.Texts(("kk", "ru", "en"))
    configure_mappers()
    gc.collect()
    gc.freeze()  # else the first collection of each life copies all of it


def bury() -> None:
    """Let go of the processes that have ended: whoever began them watches them by itself."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    """Begin a life for each order."""
    logs.set_up()
    read_once()
    for line in sys.stdin:
        bury()
        child = os.fork()
        if child == 0:
            lead(json.loads(line))
        os.write(sys.stdout.fileno(), f"born {child}\n".encode())


if __name__ == "__main__":
    main()
