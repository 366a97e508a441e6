"""Copies of the bot on one PostgreSQL, each a process of some tree's program, and a crowd that reports while they are changed."""

import asyncio
import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import pytest

from bot.local_api.client import ExpectedMessage, Phone, ShownMessage
from bot.settings import PREFIX, FixedValues, Settings
from tests.bot.transport.test_copies import Proxy, accepts, until
from tests.end_to_end.conftest import _plain
from tests.end_to_end.people import ROOT
from tests.end_to_end.reporting import SIMPLE, Reporter
from tests.ports import free_port

PARTS = ("bot", "db", "locales", "migrations")
_MIGRATION = '''"""Made up for a test."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"
phase = "{phase}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reports", sa.Column("newer", sa.Integer(), nullable=True))
    op.add_column("drafts", sa.Column("newer", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table("newer", sa.Column("id", sa.Integer(), primary_key=True))
'''


def newer_tree(folder: Path, head: str, phase: str) -> Path:
    """The program of today with a migration more."""
    for name in PARTS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    written = _MIGRATION.format(head=head, phase=phase)
    (folder / "migrations" / "versions" / "9001_made_up.py").write_text(written, "utf-8")
    return folder


def tree_of(commit: str, folder: Path) -> Path:
    """The program of a commit. Skips the test in a clone that lacks it."""
    packed = subprocess.run(  # noqa: S603 - names of ours
        ["git", "archive", commit, *PARTS],  # noqa: S607 - from the path
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if packed.returncode:
        pytest.skip(f"this clone has no commit {commit}: git fetch --unshallow")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    printed: str


@dataclass
class Fleet:
    """Two copies behind a proxy. Their settings are those that `settings` was given by name."""

    settings: Settings
    folder: Path
    proxy: Proxy
    given: Mapping[str, str] = field(default_factory=dict)
    _processes: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)

    def _environment(self, tree: Path, **more: str) -> Mapping[str, str]:
        names = self.settings.model_fields_set - FixedValues.model_fields.keys() - {"form", "contacts"}
        given = {name: getattr(self.settings, name) for name in names}
        env = {f"{PREFIX}{name.upper()}": _plain(value) for name, value in given.items()}
        env |= {f"{PREFIX}{name.upper()}": value for name, value in more.items()}
        return env | {"PATH": os.environ["PATH"], "PYTHONPATH": str(tree), "PTB_TIMEDELTA": "1", **self.given}

    async def run(self, tree: Path, *words: str) -> Ended:
        """A command of a tree's program."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=self.folder,
            env=self._environment(tree),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        return Ended(process.returncode or 0, printed.decode())

    async def start(self, port: int, tree: Path) -> None:
        """Start the copy at a port, and wait until it is ready, as an operator does before going on."""
        status = free_port()
        env = self._environment(
            tree, webhook_url=self.proxy.url, webhook_listen=f"127.0.0.1:{port}", status_port=str(status)
        )
        with self.log(port).open("ab") as log:
            self._processes[port] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"), cwd=self.folder, env=env, stdout=log, stderr=log
            )
        await until(lambda: accepts(status))
        async with aiohttp.ClientSession() as session:

            async def is_ready() -> bool:
                assert self._processes[port].returncode is None, self.log(port).read_text("utf-8")
                async with session.get(f"http://127.0.0.1:{status}/ready") as answer:
                    return answer.status == 200

            await until(is_ready)

    async def stop(self, port: int) -> int:
        """Stop a copy in good order. Returns its exit code."""
        process = self._processes.pop(port)
        if process.returncode is None:
            process.terminate()
        return await process.wait()

    async def stop_all(self) -> list[int]:
        """Stop all copies at once."""
        return await asyncio.gather(*(self.stop(port) for port in self.proxy.ports))

    async def change(self, tree: Path) -> None:
        """Restart one copy after the other with a tree's program."""
        for port in self.proxy.ports:
            if port in self._processes:
                assert await self.stop(port) == 0
            await self.start(port, tree)

    def live(self) -> int:
        """Number of copies that run."""
        return sum(process.returncode is None for process in self._processes.values())

    def log(self, port: int) -> Path:
        """File of what a copy logs."""
        return self.folder / f"{port}.log"

    async def end(self) -> None:
        """Kill what is left."""
        for process in self._processes.values():
            if process.returncode is None:
                process.kill()
            await process.wait()


class PatientPhone(Phone):
    """A phone that knows how long its person waited at most."""

    silence = 0.0

    async def wait(
        self,
        expected: ExpectedMessage = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as of Phone
        *,
        since: int | None = None,
    ) -> ShownMessage:
        begun = time.monotonic()
        try:
            return await super().wait(expected, timeout, since=since)
        finally:
            self.silence = max(self.silence, time.monotonic() - begun)


@dataclass
class Crowd:
    """People who report one after the other until `over`. Promises to each are kept."""

    url: str
    over: asyncio.Event = field(default_factory=asyncio.Event)
    codes: list[str] = field(default_factory=list)
    silence: float = 0.0
    begun: float = field(default_factory=time.time)
    _next: int = 40_000

    async def _report(self) -> None:
        self._next += 1
        words = f"Рассказ {self._next}."
        async with PatientPhone(self.url, self._next, "ru", patience=90) as phone:
            reporter = Reporter(phone, "ru")
            code = await reporter.report(replace(SIMPLE, story=(words,)))
            self.codes.append(code)
            receipts = [bubble for bubble in phone.messages if not bubble.mine and code in bubble.text]
            assert len(receipts) == 1, phone.transcript()
            self.silence = max(self.silence, phone.silence)

    async def _go_on(self) -> None:
        while not self.over.is_set():
            await self._report()

    @asynccontextmanager
    async def reporting(self, number: int) -> AsyncIterator[None]:
        """So many people report at a time inside the block. At its end all have what they were promised."""
        async with asyncio.TaskGroup() as people:
            for _ in range(number):
                people.create_task(self._go_on())
            yield
            self.over.set()

    async def more(self, number: int) -> None:
        """Wait until so many more have reported."""
        wanted = len(self.codes) + number
        await until(lambda: len(self.codes) >= wanted)


def figures(name: str, crowd: Crowd, seconds: Sequence[float] = ()) -> None:
    """Print what people noticed."""
    steps = "".join(f", {one:.1f} s" for one in seconds)
    print(f"\n{name}: {len(crowd.codes)} reports, longest silence {crowd.silence:.1f} s{steps}")  # noqa: T201 - figures for people
