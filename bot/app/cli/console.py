"""Console of a command: its output, the database of this machine, findings, faulty reports, and files written whole."""

import json
import os
import re
import sys
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.app import jobs, operator_keys
from bot.app.wiring import open_work
from bot.app.work import Work
from bot.errors import ArgumentError, SettingsError
from bot.publish.export import register
from bot.publish.export.formats import FORMATS
from bot.publish.export.selection import Faulty, Period
from bot.safety import offline
from bot.settings import Settings, load_settings
from bot.store import audit, faults
from bot.store.backups import LostFile
from bot.store.unit import SECONDS_AN_HOUR
from bot.transport.api import unreached
from db.presence import NotAloneError, alone

MISUSED, INCOMPLETE = 2, 3
"""Exit codes of a wrong command line, as in Typer, and of output that lacks something faulty."""
AsJson = Annotated[bool, typer.Option("--json", help="A list of objects: level, what, why, command.")]
FormatName = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]
Recipients = Annotated[
    list[str] | None, typer.Option("--to", help="Encrypt to this age key (age1…), or to several.")
]
Since = Annotated[str, typer.Option(help="First day of approval, YYYY-MM-DD.")]
Until = Annotated[str, typer.Option(help="Last day of approval, YYYY-MM-DD.")]
out = Console(soft_wrap=True, highlight=False)


@asynccontextmanager
async def opened(
    settings: Settings | None = None, work: Work | None = None, *, any_keys: bool = False
) -> AsyncIterator[Work]:
    """Open the database, or use `work`, and close it at the end.

    The bot and the audit key must be the database's own, unless `any_keys`. If data was destroyed, the
    write-ahead log is emptied, and the list of withdrawals written.
    """
    if work is None:
        work = await open_work(settings or load_settings())
        work.before_writing = None if any_keys else operator_keys.require_ours
    try:
        yield work
        if work.erasing.is_set():
            await work.finish_erasures()
        if work.destroyed.is_set():
            try:
                await jobs.keep_withdrawals_once(work)
            except SettingsError as error:  # what the command did is done
                typer.echo(str(error), err=True)
        if work.audited.is_set():
            async with work.read() as unit:
                await audit.update_head(unit)
    finally:
        await work.database.close()


def require_one_of(option: str, given: str, known: Collection[str], example: str) -> None:
    """Raise ArgumentError for a value that an option does not have."""
    if given not in known:
        why = f"it is one of {', '.join(known)}. Example: {option} {example}"
        raise ArgumentError(f"{option} is wrong: {why}")


def read_recipients(given: Iterable[str]) -> Sequence[str]:
    """Age recipients as typed behind --to. Raises ArgumentError."""
    try:
        return [offline.read_recipient(one) for one in given]
    except ValueError as error:
        raise ArgumentError(f"--to is wrong: it {error}. Example: --to age1…") from None


def read_period(
    since: str, until: str, options: Sequence[str] = ("--since", "--until"), example: str = ""
) -> Period:
    """Days as typed behind two options, each or none. Raises ArgumentError."""
    days = list[date | None]()
    for option, written in zip(options, (since, until), strict=True):
        try:
            days.append(date.fromisoformat(written) if written else None)
        except ValueError:
            why = f"it is a day as YYYY-MM-DD. Example: {example or f'{option} 2026-01-31'}"
            raise ArgumentError(f"{option} is wrong: {why}") from None
    if days[0] and days[1] and days[0] > days[1]:
        why = f"it is after {options[1]}. Example: {example or '--since 2026-01-01 --until 2026-03-31'}"
        raise ArgumentError(f"{options[0]} is wrong: {why}")
    return Period(*days)


@contextmanager
def the_only_bot(url: str) -> Iterator[None]:
    """Be the only bot on a SQLite file inside the block. Raises SettingsError."""
    try:
        with alone(url):
            yield
    except NotAloneError:
        raise SettingsError(
            "KUAGER_DATABASE_URL names a SQLite file on which a bot runs already, and SQLite serves one. Stop the other, or let "
            "several share a PostgreSQL (Example: KUAGER_DATABASE_URL=postgresql+asyncpg://user:password@host/name)"
        ) from None


def lines(faults: Faulty) -> Iterator[str]:
    if faults.changed:
        yield (
            f"The consent in the database is not the one that was sealed: {', '.join(faults.changed)}. These reports are in no "
            "export. Find out who can write to the database. See whether the log is whole: python -m bot audit verify"
        )
    if faults.damaged:
        yield (
            f"These public versions, or what they were made of, are damaged in the database: {', '.join(faults.damaged)}. They are in no "
            "export. Check who can write to the database, and the disk: journalctl -k -p err. A backup may hold them whole: keep it."
        )


def lost_files(lost: Sequence[LostFile], store: object, kept: int | None = None) -> Iterator[str]:
    if lost:
        of_all = f"{len(lost)} of {kept}: " if kept else ""
        absent, refs = sum(one.absent for one in lost), sorted({one.ref for one in lost if one.ref})
        yield (
            f"{store} has lost files that the database knows: {of_all}{absent} are not there, {len(lost) - absent} have another length than when they "
            f"were kept. Reports: {', '.join(refs) or 'none that is sent'}. If its disk is not mounted, mount it. Else keep every older backup, "
            f"and put their files back, the newest that has them: tar -xf BACKUP --strip-components=1 -C {store} files"
        )


def time_of(hour: int, settings: Settings) -> str:
    """When an hour began (since 1970-01-01 UTC), in the time of the settings."""
    return f"{datetime.fromtimestamp(hour * SECONDS_AN_HOUR, settings.zone):%Y-%m-%d %H:%M}"


def table(rows: Iterable[Sequence[str]], *columns: str) -> Table:
    made = Table(*columns)
    for row in rows:
        made.add_row(*row)
    return made


def too_old(faults: Faulty) -> Iterator[str]:
    if faults.too_old:
        listed = ", ".join(f"{ref} ({consent})" for ref, consent in faults.too_old.items())
        yield (
            f"Too old to tell their consent, as their reports are destroyed: {listed}. They are in no export. Where an older export or the "
            "reporter bears out the consent in brackets: python -m bot confirm-consent CONSENT REF…"
        )


def end(faults: Faulty) -> None:
    """Tell faults on standard error, and exit with INCOMPLETE if there are any."""
    end_with([*lines(faults), *too_old(faults)])


def end_with(told: Iterable[str]) -> None:
    """Tell lines on standard error, and exit with INCOMPLETE if there are any."""
    for line in (every := [*told]):
        typer.echo(line, err=True)
    if every:
        raise typer.Exit(INCOMPLETE)


@asynccontextmanager
async def registered(work: Work, number: int, *, is_seen: bool) -> AsyncIterator[None]:
    """Mark an export as broken off if the block fails, unless its beginning `is_seen`."""
    try:
        yield
    except Exception:
        if not is_seen:
            async with work.write() as unit:
                await register.break_off(unit, number)
        raise


_EXAMPLES = {"--out": "2026-03.csv", "--manifest": "2026-03.csv.manifest.json", "FILE": "bundle.age"}


@contextmanager
def whole(to: Path, option: str = "--out") -> Iterator[BinaryIO]:
    """File that gets its name when the block ends well."""
    part = part_of(to)
    try:
        with open_part(to) as file:
            yield file
        part.replace(to)
    except OSError as error:
        raise wrong_place(error.strerror or str(error), option) from None
    finally:
        part.unlink(missing_ok=True)


def write_whole(to: Path, content: bytes) -> None:
    with whole(to) as file:
        file.write(content)


def part_of(to: Path) -> Path:
    return to.with_name(f"{to.name}.part")


def require_place(to: Path, option: str = "--out") -> None:
    """Raise an error unless the file can be written. To be called before the audit log tells of it."""
    if to.is_dir():
        raise wrong_place("it is a folder", option)
    try:
        open_part(to).close()
        part_of(to).unlink()
    except OSError as error:
        raise wrong_place(error.strerror or type(error).__name__, option) from None


def open_part(to: Path) -> BinaryIO:
    """Open the temporary file. Raises OSError, also for a link, whose target must not be overwritten."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)  # Windows has no such flag
    return os.fdopen(os.open(part_of(to), flags, 0o600), "wb")


def wrong_place(why: str, option: str = "--out") -> ArgumentError:
    return ArgumentError(
        f"{option} is wrong: the file cannot be written: {why}. Example: {option} {_EXAMPLES[option]}"
    )


# Findings of `check`: a line each for a person, or a list of objects for a program

WELL, WARNING, FAULT, UNCHECKED = "well", "warning", "fault", "unchecked"
_PROGRAMS = "python -m bot|/set|chmod|cp|curl|df|fuser|grep|git|journalctl|ls|mount -|ss|sudo|swapoff|tar|timedatectl|ulimit|uv"
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

    def all_of(self, what: str, doubts: Sequence[str], how: str, level: str = WARNING) -> None:
        """Report doubts about a thing, or that it is in order."""
        self._add(level, what, *doubts)
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
