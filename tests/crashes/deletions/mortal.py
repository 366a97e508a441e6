"""The bot as it is killed from outside: each of its lives is a process of its own, forked from one that has imported it.

Run as `python -m tests.crashes.deletions.mortal`. Each line of standard input is an order in JSON, which begins a life and is answered by
`born <pid>`: the program's `settings` as environment variables, the `log` to write to, and either the `command` to run or how
many seconds the bot's clock is `ahead` and how many `times` faster time goes for whatever it waits for.
"""

import asyncio
import gc
import json
import logging
import os
import sys
import time
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy.orm import configure_mappers

from bot import cli, texts, wiring
from bot.form.xlsform import reader
from bot.safety import logs
from bot.services.forms.questionnaires import FORMS
from bot.settings import load_settings
from tests.crashes.deletions.hasty import HastyLoop

log = logging.getLogger(__name__)


async def live(ahead: float) -> None:
    """One life of the bot, as `python -m bot run` leads it."""
    settings = load_settings(_env_file=None)
    work = await wiring.open_work(
        settings, lambda: datetime.fromtimestamp(time.time() + ahead, settings.zone)
    )
    try:
        await wiring.Bot(settings, work).run()
    finally:
        await work.database.close()


def lead(order: dict[str, Any]) -> None:
    """Be what was ordered; the process ends with it."""
    code = 1
    try:
        os.dup2(os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT), sys.stderr.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        os.environ.update(order["settings"])
        if "command" in order:
            sys.argv = ["bot", *order["command"]]
            cli.main()
        else:
            with asyncio.Runner(loop_factory=partial(HastyLoop, order["times"])) as runner:
                runner.run(live(order["ahead"]))
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
    for name in ("incident.md", "review.md"):
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
