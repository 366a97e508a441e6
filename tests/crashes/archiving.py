"""The bot's store as reports are sealed, reopened, resealed and withdrawn, in lives that end by SIGKILL.

Run as `python -m tests.crashes.archiving`, with the bot's settings and IDENTITIES in the environment. Each line of standard
input is an order in JSON, `{"seed", "record"}`, for one life, and is answered by how it ended. The program is imported once
and each life is forked from there. With the seed 0 a life only finishes what others left.
"""

import asyncio
import hashlib
import json
import os
import random
import signal
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
from sqlalchemy import ColumnElement, event, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.app import jobs
from bot.app.wiring import open_work
from bot.app.work import Work
from bot.reports import archive as archive_service
from bot.reports import withdrawal
from bot.reports.states import UNDECIDED, Status
from bot.safety.sealing import SecretKey
from bot.settings import load_settings
from bot.store import archive_keys, vault
from bot.store.unit import UnitOfWork
from db.models import PublicVersion, Report
from tests import archived

IDENTITIES = "KUAGER_TEST_IDENTITIES"
STEPS, MOMENTS, EDGES, SECONDS = 6, 90, 14, 0.25
"""Steps of a life, and the most statements, edges of a commit or seconds after which it dies."""
BEFORE_COMMIT, AFTER_COMMIT = "before a commit", "after a commit"
WITHDRAWALS = 0.06


class Doom:
    """End of a life: at one of its moments, before or after a statement or a commit, or after some time."""

    def __init__(self, chance: random.Random, record: Path) -> None:
        self._chance, self.record, self.step = chance, record, "begun"
        self._edges = chance.random() < 0.5
        self._left = chance.randint(1, EDGES if self._edges else MOMENTS)
        self._committed = False

    def note(self, line: str) -> None:
        """Write a line that survives."""
        file = os.open(self.record, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{line}\n".encode())
        os.fsync(file)
        os.close(file)

    def die(self, moment: str) -> None:
        """Die by the one signal that nothing can catch."""
        self.note(f"died {self.step} {moment}")
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

    def arm(self, work: Work) -> None:
        """Choose the moment."""
        if self._chance.random() < 0.2:
            timer = threading.Timer(self._chance.uniform(0, SECONDS), self.die, ["at some time"])
            timer.daemon = True
            timer.start()
            return
        for engine in {work.database.writer.sync_engine, work.database.reader.sync_engine}:
            event.listen(engine, "begin", lambda *_: self._meet("before a statement"))
            event.listen(engine, "before_cursor_execute", lambda *_: self._meet("before a statement"))
            event.listen(engine, "after_cursor_execute", lambda *_: self._meet("after a statement"))
            event.listen(engine, "commit", lambda *_: self._meet(BEFORE_COMMIT))

    def _meet(self, moment: str) -> None:
        if self._committed:
            moment = AFTER_COMMIT
        self._committed = moment == BEFORE_COMMIT
        if self._edges and moment not in {BEFORE_COMMIT, AFTER_COMMIT}:
            return
        self._left -= 1
        if self._left == 0:
            self.die(moment)

    def passed(self) -> None:
        """Note that a step is over, its commit included."""
        self._meet("after a step")


async def seal(work: Work, _chance: random.Random, _doom: Doom) -> None:
    """Let the bot's job seal a few."""
    await jobs.Sealing(work).once()


async def reopen(work: Work, chance: random.Random, _doom: Doom) -> None:
    """Take in a file that opens a sealed report again."""
    async with work.write() as unit:
        if (report := await _some(unit, chance, Report.sealed)) is not None:
            lie = await vault.envelopes(unit, await archived.keys_to_seal(unit, report))
            keys = {
                key_id: {"data": b64encode(key).decode(), "envelope": hashlib.sha256(lie[key_id]).hexdigest()}
                for key_id, key in (await _opened(unit, report)).items()
            }
            found = await archive_service.reopening(unit, {"report": report.ref, "keys": keys})
            await archive_service.bring_back(unit, found)


async def decide(work: Work, chance: random.Random, _doom: Doom) -> None:
    """Decide a report anew that was opened again."""
    async with work.write() as unit:
        if (report := await _some(unit, chance, Report.status.in_(UNDECIDED))) is not None:
            public = PublicVersion.report_id == report.id, PublicVersion.current
            is_public = await unit.session.scalar(select(exists().where(*public)))
            report.status = Status.APPROVED if is_public else Status.REJECTED
            report.closed_hour = unit.hour


async def reseal(work: Work, chance: random.Random, _doom: Doom) -> None:
    """Take in a file that gives the envelopes of two sealed reports to other recipients."""
    async with work.write() as unit:
        to = chance.choice([_recipients()[:1], _recipients()[1:], _recipients()])
        recipients = [pyrage.x25519.Recipient.from_str(one) for one in to]
        installed, told = await archive_keys.installation(unit), dict[str, dict[str, str]]()
        for report in filter(None, [await _some(unit, chance, Report.sealed) for _ in range(2)]):
            lie = await vault.envelopes(unit, await archived.keys_to_seal(unit, report))
            for key_id, key in (await _opened(unit, report)).items():
                plain = archive_keys.sealed_key(installed, report.ref, key_id, key)
                new = b64encode(pyrage.encrypt(plain, recipients)).decode()
                told[key_id] = {"old": hashlib.sha256(lie[key_id]).hexdigest(), "new": new}
        await archive_service.reseal(unit, {"to": to, "envelopes": told})


async def withdraw(work: Work, chance: random.Random, doom: Doom) -> None:
    """Withdraw a report, whatever it is just now."""
    async with work.write() as unit:
        report = await _some(unit, chance, Report.data_key_id.is_not(None))
        if report is not None:
            await withdrawal.withdraw(unit, report)
    if report is not None:
        doom.note(f"withdrawn {report.ref}")
        await work.finish_erasures()


Step = Callable[[Work, random.Random, Doom], Awaitable[None]]
TURNS: Sequence[Step] = (seal, seal, reopen, reseal, decide)


async def _some(
    unit: UnitOfWork, chance: random.Random, condition: ColumnElement[bool] | InstrumentedAttribute[bool]
) -> Report | None:
    query = select(Report).where(condition).order_by(Report.id).with_for_update()
    found = (await unit.session.scalars(query)).all()
    return chance.choice(found) if found else None


async def _opened(unit: UnitOfWork, report: Report) -> dict[str, SecretKey]:
    """Data keys of a sealed report, as the organisation's machine opens them."""
    installed = await archive_keys.installation(unit)
    identities = [pyrage.x25519.Identity.from_str(one) for one in os.environ[IDENTITIES].split(",")]
    sealed = await vault.envelopes(unit, await archived.keys_to_seal(unit, report))
    return {
        key_id: archive_keys.read_key(pyrage.decrypt(one, identities), installed, report.ref, key_id)
        for key_id, one in sealed.items()
    }


def _recipients() -> list[str]:
    names = os.environ[IDENTITIES].split(",")
    return [str(pyrage.x25519.Identity.from_str(one).to_public()) for one in names]


async def live(seed: int, record: Path) -> None:
    """One life."""
    work = await open_work(load_settings(_env_file=None))
    await work.finish_erasures()
    if seed == 0:
        await work.database.close()
        return
    chance = random.Random(seed)
    doom = Doom(chance, record)
    doom.arm(work)
    for _ in range(STEPS):
        step = withdraw if chance.random() < WITHDRAWALS else chance.choice(TURNS)
        doom.step = step.__name__
        await step(work, chance, doom)
        doom.passed()
    doom.die("at its end")


def main() -> None:
    """One life for each order."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            asyncio.run(live(order["seed"], Path(order["record"])))
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(sys.stdout.fileno(), f"{code}\n".encode())


if __name__ == "__main__":
    main()
