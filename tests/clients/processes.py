"""Programs in processes of their own, with what they wrote and an end for certain."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0
"""Seconds that a program may take to end or to say something; a busy machine is no reason to fail."""


class EndedError(Exception):
    """The program ended by itself; the message has what it wrote."""


@dataclass
class Program:
    """A running program; what it writes goes to `log`."""

    process: asyncio.subprocess.Process
    log: Path

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text("utf-8", "replace")

    async def until(self, words: str) -> str:
        """Wait until it has written these words; everything it wrote. Raises EndedError or TimeoutError."""
        try:
            async with asyncio.timeout(PATIENCE):
                while words not in self.output():
                    if self.process.returncode is not None:
                        raise EndedError(f"ended with {self.process.returncode}:\n{self.output()}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise TimeoutError(f"no {words!r} within {PATIENCE} s:\n{self.output()}") from None
        return self.output()

    async def stop(self) -> int:
        """Ask it to stop as a service manager does; its exit code. It is killed if it does not obey."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise TimeoutError(f"did not stop within {PATIENCE} s:\n{self.output()}") from None


@asynccontextmanager
async def running(
    python: Path, *arguments: str | Path, log: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """A Python program that is stopped at the end; what it wrote is shown beside a failed test."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BOT_", "PTB_"))
    }
    told = {**clean, "PYTHONUNBUFFERED": "1", **(environment or {})}
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            python,
            *arguments,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
            env=told,
        )
    program = Program(process, log)
    try:
        yield program
        await program.stop()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        sys.stdout.write(f"--- {arguments[0]}\n{program.output()}\n")
