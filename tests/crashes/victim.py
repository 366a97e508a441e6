"""The bot as a victim: each of its lives is a process of its own, which dies by SIGKILL at a chosen moment.

Run as `python -m tests.crashes.victim`, with the bot's settings in the environment and in VICTIM_RECORD the
file in which deaths are recorded. Each line of standard input, `moment:occurrence`, begins a life, which is told on
standard output: `born <pid>`, `ready`, `dead <exit code>`. The bot is imported once and each life is
forked from there: what is inherited are modules, and a restart need not wait for their import.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot import wiring
from bot.chat.transport.api import Api
from bot.chat.transport.batches.batch import BatchProcessor, BatchResult
from bot.chat.transport.processing.committer import Committer
from bot.chat.transport.processing.loop import Loop
from bot.chat.transport.receiving.updates import RawUpdate
from bot.chat.transport.sending.delivered import Drained
from bot.safety import logs
from bot.services.unit import Unit
from bot.settings import load_settings
from db.models import SeenUpdate

FETCHED = "fetched"
IN_TRANSACTION = "in the transaction"
COMMITTED = "committed but unsent"
SENT = "sent but unrecorded"
MOMENTS = (FETCHED, IN_TRANSACTION, COMMITTED, SENT)
RECORD = "VICTIM_RECORD"


class Doom:
    """The moment of death, at its so-maniest occurrence in this life. `done` is the newest update that an
    earlier life has done: fetching such again is no new occurrence."""

    def __init__(self, moment: str, occurrence: int, record: Path) -> None:
        self.moment, self.left, self.record = moment, occurrence, record
        self.done = 0

    def meet(self, moment: str) -> None:
        """The bot is at this moment; this may be the last thing it knows."""
        if moment != self.moment:
            return
        self.left -= 1
        if self.left > 0:
            return
        record = os.open(self.record, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(record, f"{moment}\n".encode())
        os.fsync(record)
        os.kill(os.getpid(), signal.SIGKILL)


def arm(doom: Doom) -> None:
    """Let the wiring use the real parts with the doom added to them."""

    class DoomedApi(Api):
        async def call(
            self,
            method: str,
            params: Mapping[str, Any],
            files: Mapping[str, tuple[str, bytes, str]] | None = None,
            *,
            once: bool = False,
        ) -> Any:
            result = await super().call(method, params, files, once=once)
            if method == "sendMessage":
                doom.meet(SENT)
            return result

    class DoomedBatchProcessor(BatchProcessor):
        async def process(
            self,
            unit: Unit,
            raws: Sequence[RawUpdate],
            drained: Drained,
            busy: Collection[int] = (),
            overdue: Collection[int] = (),
        ) -> BatchResult:
            result = await super().process(unit, raws, drained, busy, overdue)
            if result.rows:
                doom.meet(IN_TRANSACTION)
            return result

    class DoomedLoop(Loop):
        async def _next(self) -> list[RawUpdate]:
            raws = await super()._next()
            if any(raw["update_id"] > doom.done for raw in raws):
                doom.meet(FETCHED)
            return raws

    class DoomedCommitter(Committer):
        def after_commit(self, result: BatchResult) -> None:
            if result.rows:
                doom.meet(COMMITTED)
            super().after_commit(result)

    doomed: tuple[type, ...] = (DoomedApi, DoomedBatchProcessor, DoomedCommitter, DoomedLoop)
    for part in doomed:
        setattr(wiring, part.__bases__[0].__name__, part)


async def live(doom: Doom) -> None:
    """One life of the bot, as `python -m bot run` leads it."""
    settings = load_settings(_env_file=None)
    work = await wiring.open_work(settings)
    async with work.read() as unit:
        doom.done = await unit.session.scalar(select(func.max(SeenUpdate.id))) or 0
    bot = wiring.Bot(settings, work)
    bot.stop_on_signals()
    try:
        await bot.run(lambda: say("ready"))
    finally:
        await work.database.close()


def say(line: str) -> None:
    """Tell whoever watches."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def main() -> None:
    """Lead one life after the other."""
    logs.set_up()
    record = Path(os.environ[RECORD])
    for line in sys.stdin:
        moment, _, occurrence = line.strip().partition(":")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                doom = Doom(moment, int(occurrence), record)
                arm(doom)
                asyncio.run(live(doom))
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        say(f"born {child}")
        _, status = os.waitpid(child, 0)
        say(f"dead {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
