"""Findings of a check."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import typer
from telegram.error import TelegramError

from bot.chat.transport.api import unreached
from bot.cli.console import out
from bot.errors import SettingsError


@dataclass
class Findings:
    """Findings, printed as they come. Faults go to standard error."""

    faults: int = 0
    warnings: int = 0

    def well(self, what: str, how: str) -> None:
        """Report a thing that is in order."""
        out.print(f"well     {what}: {how}", markup=False)

    def warn(self, what: str, why: str) -> None:
        """Report a thing that works but needs attention."""
        self.warnings += 1
        out.print(f"warning  {what}: {why}", markup=False)

    def wrong(self, why: str) -> None:
        """Report a fault, in a line that says what to do."""
        self.faults += 1
        typer.echo(why, err=True)

    def unchecked(self, what: str, why: str) -> None:
        """Report a skipped check, with the reason."""
        out.print(f"-        {what}: not checked, {why}", markup=False)

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """Part of the check. The others go on when it fails."""
        try:
            yield
        except SettingsError as error:
            self.wrong(str(error))
        except TelegramError as error:
            self.wrong(unreached(error))
        except OSError as error:
            self.wrong(
                f"The store of files cannot be read: {error.strerror}. Look after its folder, disk or bucket."
            )

    def close(self) -> None:
        """Print the summary. Raises SystemExit if there are faults."""
        if self.faults:
            out.print(f"Wrong: {self.faults}. Warnings: {self.warnings}.")
            sys.exit(1)
        out.print(
            f"Nothing is wrong. Warnings: {self.warnings}." if self.warnings else "All of this is well."
        )
