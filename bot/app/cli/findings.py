"""Findings of `check`: a line each for a person, or a list of objects for a program."""

import json
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import typer
from telegram.error import TelegramError

from bot.app.cli.console import out
from bot.errors import SettingsError
from bot.store import faults
from bot.store.faults import told
from bot.transport.api import unreached

_COMMAND = re.compile(
    r": ((?:python -m bot|/set|chmod|chown|cp|curl|cut|df|git|grep|journalctl|mount -|ss|sudo|swapoff|timedatectl|ulimit|uv) .+?)"
    r"(?=\.?$|[.,;] | \(|: )"
)
_OWN = re.compile(r"`(run|migrate)`")
_NAMED = re.compile(r"KUAGER_[A-Z_]+")
_SETTING = re.compile(r"(KUAGER_\w+=.+?)(?=\.?$|[.,;)] |\)| \()")


class Level(StrEnum):
    WELL = "well"
    WARNING = "warning"
    FAULT = "fault"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. `why` is a line that holds its remedy too, as a person reads it."""

    level: Level
    what: str
    why: str

    @property
    def command(self) -> str:
        """First command of the remedy, else the setting to change or to look for, else blank."""
        if self.level not in {Level.WARNING, Level.FAULT}:
            return ""
        if found := _COMMAND.search(self.why) or _SETTING.search(self.why):
            return found[1]
        if found := _OWN.search(self.why):
            return f"python -m bot {found[1]}"
        return f"grep -n {found[0]} .env" if (found := _NAMED.search(self.why)) else ""

    def line(self) -> str:
        match self.level:
            case Level.FAULT:
                return self.why
            case Level.UNCHECKED:
                return f"-        {self.what}: not checked, {self.why}"
        return f"{self.level:<8} {self.what}: {self.why}"


@dataclass
class Findings:
    """Findings, printed as they come, or as JSON at the end. Faults go to standard error."""

    as_json: bool = False
    found: list[Finding] = field(default_factory=list)

    @property
    def faults(self) -> int:
        return self._number(Level.FAULT)

    def well(self, what: str, how: str) -> None:
        self._add(Level.WELL, what, how)

    def warn(self, what: str, *doubts: str) -> None:
        """Report a thing that works but needs attention."""
        self._add(Level.WARNING, what, *doubts)

    def wrong(self, what: str, *faults: str) -> None:
        """Report faults, each in a line that says what to do."""
        self._add(Level.FAULT, what, *faults)

    def unchecked(self, what: str, why: str) -> None:
        self._add(Level.UNCHECKED, what, why)

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
        except faults.unreached() as error:
            why = (
                faults.damage_of(error) or f"The {what} cannot be read: {told(error)}. See the disk: df -h ."
            )
            self.wrong(what, why)

    def close(self) -> None:
        """Print the summary or the list. Raises SystemExit if there are faults."""
        warnings = self._number(Level.WARNING)
        if self.as_json:
            rows = [
                {"level": one.level, "what": one.what, "why": one.why, "command": one.command}
                for one in self.found
            ]
            out.print(json.dumps(rows, ensure_ascii=False, indent=1), markup=False)
        elif self.faults:
            out.print(f"Wrong: {self.faults}. Warnings: {warnings}.")
        else:
            warned = f"Nothing is wrong. Warnings: {warnings}."
            out.print(warned if warnings else "All of this is well.")
        if self.faults:
            sys.exit(1)

    def _number(self, level: Level) -> int:
        return sum(one.level is level for one in self.found)

    def _add(self, level: Level, what: str, *lines: str) -> None:
        for line in lines:
            self.found.append(finding := Finding(level, what, line))
            if self.as_json:
                continue
            if level is Level.FAULT:
                typer.echo(line, err=True)
            else:
                out.print(finding.line(), markup=False)
