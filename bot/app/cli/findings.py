"""Findings of `check`: a line each for a person, or a list of objects for a program."""

import json
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import typer
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.app.cli.console import out
from bot.errors import SettingsError
from bot.store import faults
from bot.transport.api import unreached

WELL, WARNING, FAULT, UNCHECKED = "well", "warning", "fault", "unchecked"
_PROGRAMS = "python -m bot|/set|chmod|cp|curl|df|fuser|grep|git|journalctl|ls|mount -|ss|sudo|swapoff|timedatectl|ulimit|uv"
_REMEDIES = (
    (re.compile(rf": ((?:{_PROGRAMS}).+?)(?=\.?$|[.,;] | \(|: )"), "{}"),
    (re.compile(r"(KUAGER_\w+=.+?)(?=\.?$|[.,;)] |\)| \()"), "{}"),
    (re.compile(r"`(run|migrate)`"), "python -m bot {}"),
    (re.compile(r"(KUAGER_[A-Z_]+)"), "grep -n {} .env"),
)
"""Commands as the lines write them, and settings to change or to look for, by falling use."""


def command_in(line: str) -> str:
    """First command of a line's remedy, or ''."""
    found = ((pattern.search(line), form) for pattern, form in _REMEDIES)
    return next((form.format(match[1]) for match, form in found if match), "")


@dataclass
class Findings:
    """Findings, printed as they come, or as JSON at the end. Faults go to standard error."""

    as_json: bool = False
    found: list[tuple[str, str, str]] = field(default_factory=list)
    """Level, thing, and the line on it, with its remedy."""

    def number(self, level: str) -> int:
        return sum(one == level for one, _, _ in self.found)

    def well(self, what: str, how: str) -> None:
        self._add(WELL, what, how)

    def warn(self, what: str, *doubts: str) -> None:
        """Report a thing that works but needs attention."""
        self._add(WARNING, what, *doubts)

    def wrong(self, what: str, *faults: str) -> None:
        """Report faults, each in a line that says what to do."""
        self._add(FAULT, what, *faults)

    def unchecked(self, what: str, why: str) -> None:
        self._add(UNCHECKED, what, f"not checked, {why}")

    def all_of(self, what: str, doubts: Sequence[str], how: str) -> None:
        """Report doubts about a thing, or that it is in order."""
        self.warn(what, *doubts)
        if not doubts:
            self.well(what, how)

    @asynccontextmanager
    async def part(self, what: str) -> AsyncIterator[None]:
        """Part of the check. The others go on when it fails."""
        try:
            yield
        except SettingsError as error:
            self.wrong(what, str(error))
        except TelegramError as error:
            self.wrong(what, unreached(error))
        except (OSError, SQLAlchemyError) as error:
            why = f"The {what} cannot be read: {faults.told(error)}. See the disk: df -h ."
            self.wrong(what, faults.damage_of(error) or why)

    def close(self) -> None:
        """Print the summary or the list. Raises SystemExit if there are faults."""
        wrong, warnings = self.number(FAULT), self.number(WARNING)
        if self.as_json:
            rows = [
                {"level": level, "what": what, "why": why, "command": command_in(why) if level in {WARNING, FAULT} else ""}
                for level, what, why in self.found
            ]  # fmt: skip
            typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        elif wrong or warnings:
            out.print(f"{f'Wrong: {wrong}' if wrong else 'Nothing is wrong'}. Warnings: {warnings}.")
        else:
            out.print("All of this is well.")
        if wrong:
            sys.exit(1)

    def _add(self, level: str, what: str, *lines: str) -> None:
        self.found += [(level, what, line) for line in lines]
        for line in lines if not self.as_json else ():
            if level == FAULT:
                typer.echo(line, err=True)
            else:
                out.print(f"{'-' if level == UNCHECKED else level:<8} {what}: {line}", markup=False)
