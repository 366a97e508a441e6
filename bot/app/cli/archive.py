"""Commands for the archive's files: bundles that leave, and new envelopes that come back."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import typer

from bot.app.cli.console import INCOMPLETE, opened, out, registered, require_place, whole
from bot.errors import ArgumentError
from bot.publish import bundles
from bot.publish.bundles import Asked, Bundle
from bot.publish.export import making, register
from bot.publish.export.making import Counting
from bot.publish.export.register import MadeFile
from bot.publish.export.selection import Period
from bot.reports import archive as archive_service
from bot.store import audit
from bot.store.files import open_store

MOST_DETAIL = 64
"""Characters of a detail in the audit log."""
_EXAMPLE = "Example: archive export bundle.age --from 2026-01-01 --to 2026-03-31"


async def export(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="REF…", help="Reports; without any all.")
    ] = None,
    since: Annotated[str, typer.Option("--from", help="First day of decision, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option("--to", help="Last day of decision, YYYY-MM-DD.")] = "",
) -> None:
    """Write decided reports with their files to a bundle, which the recipients of the archive open on a machine of the
    organisation. Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 written, but something in it is damaged or lost."""
    period = _period(since, until)
    if refs and (since or until):
        raise ArgumentError(f"REF is wrong beside --from and --to: give the one or the other. {_EXAMPLE}")
    require_place(file, "FILE")
    async with opened() as work:
        store = open_store(work.settings)
        async with work.write() as unit:
            asked = Asked(period, await bundles.require_decided(unit, refs or []))
            bundle = await bundles.begin(unit, audit.SYSTEM, asked)
        async with registered(work, bundle.number, is_seen=False):
            with whole(file, "FILE") as opened_file:
                counting = Counting(opened_file)
                pieces = bundle.pieces(work.read, work.write, store)
                seal = making.to_recipients(bundle.to)
                await making.write_sealed(pieces, cast("BinaryIO", counting), seal)
                digest = counting.digest.hexdigest()
                made = MadeFile(file.name, counting.bytes, digest, bundle.reports, is_encrypted=True)
                async with work.write() as unit:
                    await register.complete(unit, bundle.number, 0, made, is_last=True)
    _tell(file, bundle, digest)


async def take(
    file: Annotated[Path, typer.Argument(help="A file that `archive reseal` made.")],
) -> None:
    """Take in new envelopes from the organisation's machine, all of them or none."""
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ArgumentError(f"FILE is wrong: {file}: {why}. Example: archive take resealed.age") from None
    async with opened() as work, work.write() as unit:
        await audit.begin(unit)  # withdrawals wait
        told = await archive_service.read(unit, content, archive_service.Kind.RESEALING)
        names, keys, gone = await archive_service.reseal(unit, told)
        await audit.record(unit, audit.SYSTEM, "reseal", "", f"{keys} {names}"[:MOST_DETAIL])
    since = f" {gone} were destroyed since." if gone else ""
    out.print(f"Sealed anew, to {names}: {keys} keys.{since}")


def _tell(file: Path, bundle: Bundle, digest: str) -> None:
    out.print(
        f"Written to {file}: {bundle.reports} reports, {bundle.files} files. SHA-256: {digest}. On a machine of the organisation, offline: "
        f"python -m bot archive open {file.name} --identity KEY",
        markup=False,
    )
    for line in bundle.faults():
        typer.echo(line, err=True)
    if bundle.lost or bundle.unopened:
        raise typer.Exit(INCOMPLETE)


def _period(since: str, until: str) -> Period:
    days = [_day("--from", since), _day("--to", until)]
    if days[0] and days[1] and days[0] > days[1]:
        raise ArgumentError(f"--from is wrong: it is after --to. {_EXAMPLE}")
    return Period(*days)


def _day(option: str, written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise ArgumentError(f"{option} is wrong: it is a day as YYYY-MM-DD. {_EXAMPLE}") from None
