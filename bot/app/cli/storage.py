"""Commands for retention, backups, restores and originals, and for this machine's clock."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from bot.app import machine, operator_keys, retention
from bot.app.cli import console
from bot.app.cli.console import Recipients, opened, out, read_recipients, time_of
from bot.app.wiring import wall_clock
from bot.app.work import Work, require_newest
from bot.errors import ArgumentError, SettingsError
from bot.reports import reading
from bot.settings import STANDARD_INPUT, Settings, load_settings
from bot.store import audit, backup_file, backups, clocks, files, withdrawals
from bot.store.backup_file import BackupReader, Manifest
from bot.store.clocks import ClockState
from bot.store.files import open_store
from bot.store.unit import SECONDS_AN_HOUR, UnitOfWork
from bot.store.withdrawals import WithdrawalList

_STANDARD_OUTPUT = STANDARD_INPUT
_IDENTITY = typer.Option("--identity", help="File with the age key of an encrypted backup.")
_PLACE = typer.Argument(help="A file that `backup` wrote.")
_STATES = {
    ClockState.GOING: "Nothing is wrong with it: what expires is destroyed.",
    ClockState.STOPPED: "It does not fit: nothing is destroyed until Telegram's time agrees, or you say that it is right.",
    ClockState.TOLD: "It does not fit: nothing is destroyed until Telegram's time agrees, or you say that it is right.",
    ClockState.CONFIRMED: "You said that it is right: what expires is destroyed for a day from then.",
}


async def clock(
    right: Annotated[
        bool, typer.Option("--right", help="It is right, though it jumped or Telegram says otherwise.")
    ] = False,
) -> None:
    """Show this machine's clock, and whether expired data is destroyed by it."""
    async with opened() as work:
        own = work.clock()
        async with work.write() as unit:
            if right:
                await clocks.confirm(unit, own.timestamp())
            state, hour = await clocks.stored(unit)
    out.print(f"This machine's clock says {_shown(own)}.")
    if hour is not None:
        out.print(f"It was last known to be right at {time_of(hour, work.settings)}.")
    out.print(_STATES[state])


async def require_right(work: Work, now_is: datetime | None = None) -> None:
    """Raise SettingsError if the clock is wrong. It is right if it agrees with `now_is`, the time by the operator's own watch."""
    async with work.write() as unit:
        if now_is is not None:
            own, said = work.clock(), now_is.replace(tzinfo=work.settings.zone)
            if abs((own - said).total_seconds()) > clocks.TOLERANCE:
                why = f"this machine's clock says {_shown(own)}, and you say {_shown(said)}. Set it."
                raise SettingsError(f"Nothing is destroyed: {why}")
            await clocks.confirm(unit, own.timestamp())
        found = await work.look_at_clock(unit)
        if not found.may_destroy:
            now, right = _shown(work.clock()), time_of(found.right_hour, work.settings)
            raise SettingsError(
                f"Nothing is destroyed: this machine's clock says {now}, and it was last known to be right at {right}. "
                'Set it; if it is right, say the time by another clock: python -m bot purge --now-is "YYYY-MM-DD HH:MM"'
            )


def _shown(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M")


LONGEST_COUNT = 3.0
"""Seconds for which a dry run may block the bot's writes."""
ERASURE_TRIES, ERASURE_PAUSE = 20, 0.25


async def purge(
    unopened: Annotated[
        bool, typer.Option("--unopened", help="Also everything that needs a key lost for good.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before reports are given up.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell how much it would be, and change nothing.")
    ] = False,
    now_is: Annotated[
        datetime | None,
        typer.Option(
            "--now-is",
            formats=["%Y-%m-%d %H:%M"],
            help="The time by another clock, where Telegram has been away for more than a day.",
        ),
    ] = None,
) -> None:
    """Destroy expired data now, with its files. The running bot does so by itself every ten minutes."""
    if unopened and not (dry_run or yes):
        await _ask_first()
    if dry_run:
        counts, all_ = await _count(unopened=unopened)
    else:
        counts, all_ = await _purge(unopened=unopened, now_is=now_is), True
    for name, count in counts.items():
        out.print(f"{name}: {count}")
    if not all_:
        out.print("There is more: counting on would keep the bot from storing anything.")
    if dry_run:
        out.print("Nothing was changed.")


async def _ask_first() -> None:
    async with opened() as work, work.read() as unit:
        reports, number = await operator_keys.unopened_reports(unit)
    if reports:
        typer.confirm(
            f"KUAGER_KEY_RING does not open {reports} of {number} reports and public versions. Once they are given up no key brings "
            "them back. Is that key lost for good?",
            abort=True,
            err=True,
        )


async def _purge(*, unopened: bool, now_is: datetime | None) -> Mapping[str, int]:
    async with opened() as work:
        await require_right(work, now_is)
        counts, failures = Counter[str](), list[Exception]()
        while True:
            swept = await work.destroy_due()
            counts.update(swept.numbers)
            failures += swept.failures
            if swept.is_done:
                break
        if unopened:
            counts["unopened"] = await _give_up(work)
        counts["files"] = await _remove_files(work)
        await _finish_erasures(work)
        if failures:  # all other data is destroyed
            raise failures[0]
        return counts


async def _give_up(work: Work) -> int:
    given_up = 0
    after: str | None = ""
    while after is not None:
        async with work.write() as unit:
            number, after = await operator_keys.give_up(unit, after)
        given_up += number
    return given_up


async def _remove_files(work: Work) -> int:
    """Remove destroyed files, since the bot may not run for long."""
    store, removed = open_store(work.settings), 0
    while True:
        async with work.read() as unit:
            doomed = await files.doomed(unit, retention.SWEEP_LIMIT)
        await files.remove_doomed(work.write, store, doomed)
        removed += len(doomed)
        if not doomed:
            return removed


async def _finish_erasures(work: Work) -> None:
    """Empty the log, or raise SettingsError. Only then data counts as destroyed."""
    for _ in range(ERASURE_TRIES):
        if await work.finish_erasures():
            return
        await asyncio.sleep(ERASURE_PAUSE)
    raise SettingsError(
        "Not done yet: the database's log is being read and still holds what was destroyed. Run again: python -m bot purge"
    )


async def _count(*, unopened: bool) -> tuple[Mapping[str, int], bool]:
    """Count by purging briefly in a transaction that is rolled back."""
    counts, all_ = Counter[str](), False
    async with opened() as work:
        with suppress(_Undone):
            async with work.write() as unit:
                all_ = await _try(unit, counts, unopened=unopened)
                counts["files"] = await files.number_doomed(unit)
                raise _Undone
    return counts, all_


async def _try(unit: UnitOfWork, counts: Counter[str], *, unopened: bool) -> bool:
    time = asyncio.get_running_loop().time
    until, done = time() + LONGEST_COUNT, False
    while not done:
        swept = await retention.sweep(unit)
        counts.update(swept)
        done = retention.is_done(swept)
        if not done and time() > until:
            return False
    last: str | None = "" if unopened else None
    while last is not None:
        if time() > until:
            return False
        number, last = await operator_keys.give_up(unit, last)
        counts["unopened"] += number
    return True


class _Undone(Exception):  # noqa: N818 - nothing is wrong: the transaction is not to be committed
    pass


async def backup(
    place: Annotated[Path, typer.Argument(help="A new file, a folder for one, or - for standard output.")],
    recipients: Recipients = None,
) -> None:
    """Write reports, public versions, their files, moderators and the audit log into one file, still sealed,
    from SQLite or PostgreSQL. The bot may run meanwhile. Drafts and the keys of .env are left out: keep the
    keys elsewhere. Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 written, but something faulty is
    missing."""
    settings = load_settings()
    keys = read_recipients(recipients or ())
    await require_newest(settings)
    async with opened(settings, any_keys=True) as work:  # a damaged log must not prevent a backup
        with _written(place, keys) as (target, stream):
            manifest = await backups.back_up(work.read, work.write, open_store(settings), stream)
        work.destroyed.set()  # so that the list of withdrawals names this backup
    machine.note_backup(settings, wall_clock())
    verify = f"python -m bot backup verify {target}{' --identity FILE' if keys else ''}"
    typer.echo(
        f"Written to {target}: {_said(manifest)}. Withdrawals do not reach it: destroy it in time. Now run: {verify}",
        err=str(place) == _STANDARD_OUTPUT,
    )
    told = [*await _lost(settings)]
    if unread := ", ".join(manifest.unread):
        why = f"The disk could not read these files, which are not in the backup: {unread}."
        told.append(f"{why} Everything else is. Keep older backups: they may have them.")
    console.end_with(told)


@contextmanager
def _written(place: Path, keys: Sequence[str]) -> Iterator[tuple[str, BinaryIO]]:
    with ExitStack() as stack:
        if str(place) == _STANDARD_OUTPUT:
            name, target = "FILE", sys.stdout.buffer
        else:
            if place.is_dir():
                ending = ".tar.age" if keys else ".tar"
                place /= f"kuager-{datetime.fromtimestamp(wall_clock(), UTC):%Y-%m-%d-%H}{ending}"
            name, target = str(place), stack.enter_context(backups.new_file(place))
        yield name, stack.enter_context(backup_file.sealed(keys, target))


def _said(manifest: Manifest) -> str:
    reports = manifest.counts.get("reports", 0)
    return f"{reports} reports and {manifest.files} files of {_time(manifest.hour)}, audit log {manifest.head[:24]}"


def _time(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * SECONDS_AN_HOUR, UTC):%Y-%m-%d %H:00} UTC"


async def _lost(settings: Settings) -> Sequence[str]:
    try:
        await backups.require_whole(settings.database_url)
        async with opened(settings) as work, work.read() as unit:
            found, store = await audit.check_log(unit), open_store(settings)
            lost = await backups.lost_files(work.read, store)
            return [*console.lost_files(lost, store), *found.faults(settings)]
    except SettingsError as error:
        return [str(error)]


def verify(
    place: Annotated[Path, _PLACE],
    identity: Annotated[Path | None, _IDENTITY] = None,
    unproved: Annotated[
        bool, typer.Option("--unproved", help="Without the keys of .env, as on another machine.")
    ] = False,
) -> None:
    """Read a whole backup and check that it was neither cut nor changed, and that the keys of .env fit it.
    Nothing is written."""
    settings = None if unproved else load_settings()
    manifest = backups.verify(_reader(place, identity), settings)
    out.print(f"Whole: {_said(manifest)}, of version {manifest.version}, revision {manifest.revision}.")
    out.print(f"Keys of the ring that it needs: {', '.join(manifest.ring) or 'none'}.")
    if settings is not None:
        _tell_lacking(manifest, settings)


def _reader(place: Path, identity: Path | None) -> BackupReader:
    try:
        lines = identity.read_text("utf-8").splitlines() if identity is not None else []
    except (OSError, ValueError):
        raise ArgumentError(
            f"--identity is wrong: {identity} cannot be read. Example: --identity backup.key"
        ) from None
    return BackupReader(place, [line.strip() for line in lines if line.strip() and not line.startswith("#")])


def _tell_lacking(manifest: Manifest, settings: Settings) -> None:
    """End with INCOMPLETE if the ring lacks keys."""
    lacking = ", ".join(one for one in manifest.ring if one not in settings.ring.keys)
    told = (
        f"KUAGER_KEY_RING lacks {lacking}: what these keys sealed does not open. Put them behind the others."
    )
    console.end_with([told] if lacking else [])


async def restore(
    place: Annotated[Path, _PLACE],
    identity: Annotated[Path | None, _IDENTITY] = None,
    listed: Annotated[
        Path | None,
        typer.Option(
            "--withdrawals", help="The newest list of withdrawals, besides those that the settings name."
        ),
    ] = None,
    without: Annotated[
        bool, typer.Option("--without-withdrawals", help="Bring back what was withdrawn or expired since.")
    ] = False,
    unproved: Annotated[
        bool, typer.Option("--unproved", help="Though the audit key of its time is lost.")
    ] = False,
) -> None:
    """Verify a backup and restore it where no database and no files are yet, in SQLite or PostgreSQL, without what
    was withdrawn or expired since. The keys of its time must be in .env. Exit codes: 0 done, 1 failed, 2 wrong
    arguments, 3 restored, but keys are missing."""
    settings, reader = load_settings(), _reader(place, identity)
    manifest = backups.verify(reader, None if unproved else settings)
    known = None if without else _known(settings, manifest, listed)
    restored = await backups.restore(settings, reader, manifest, known)
    out.print(f"Restored: {_said(manifest)}. Now run: python -m bot migrate, then python -m bot check")
    if known is None:
        out.print("Reports withdrawn or expired since are back. Their reporters must withdraw them again.")
    else:
        out.print(
            f"Withdrawals are known until {_time(known.hour)}: {restored.lost['reports']} reports and "
            f"{restored.lost['public_versions']} public versions that were destroyed since the backup stay destroyed. If that is "
            "more than you expect, the backup still has them: --without-withdrawals. "
            "What was withdrawn later is back: tell reporters over other channels."
        )
    if restored.head is not None:
        out.print(
            f"The audit log that was here before stood at {restored.head.short()}, which {restored.retired} keeps. Tell the "
            "administrators: what they are told daily counts from the backup's log now."
        )
    _tell_lacking(manifest, settings)


def _known(settings: Settings, manifest: Manifest, listed: Path | None) -> WithdrawalList:
    found = withdrawals.known(settings, manifest.id, listed)
    if found is None:
        raise SettingsError(
            f"No list of withdrawals is newer than this backup of {_time(manifest.hour)}: what was withdrawn since would be back. "
            "Name the newest: --withdrawals FILE. If there is none: --without-withdrawals"
        )
    return found


async def take_out_originals(
    ref: Annotated[str, typer.Argument(help="The reference of a report.")],
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
) -> None:
    """Write a report's original files, encrypted to KUAGER_ORIGINAL_RECIPIENTS, with the record of their
    custody."""
    async with opened() as work:
        store = open_store(work.settings)
        async with work.write() as unit:
            await reading.note_originals_taken(unit, ref)
        async with work.read() as unit:
            number = await reading.write_originals(unit, store, ref, folder)
    out.print(f"Written to {folder}: {number} originals, encrypted, and their custody.")
