"""The public export, and what two administrators share, written to a file."""

import os
from collections.abc import Coroutine, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.console import finish, opened, out
from bot.errors import ArgumentError
from bot.services import audit
from bot.services.desk.people import sharing
from bot.services.desk.people.sharing import SharingState
from bot.services.export import exports, shared
from bot.services.export.formats import FORMATS
from bot.services.export.request import ExportRequest
from bot.services.export.selection import Period, consent_differs
from bot.services.export.shared import SharedExport


def export(
    to: Annotated[Path, typer.Option("--out", help="File to write.")],
    format_: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "csv",
    since: Annotated[str, typer.Option(help="First day of approval, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Last day of approval, YYYY-MM-DD.")] = "",
) -> None:
    """Write the approved reports whose reporters agreed to publication to a file."""
    request = _request(format_, since, until)
    part = to.with_name(f"{to.name}.part")
    _require_place(to, part)

    async def go() -> Sequence[str]:
        async with opened() as work:
            # Noted first: an export that breaks off may have been read as far as it came.
            async with work.write() as unit:
                await audit.record(unit, audit.SYSTEM, "export", "", request.spec())
            with os.fdopen(_open(part), "wb") as file:
                async with work.read() as unit:
                    async for piece in exports.stream(unit, request):
                        file.write(piece)
                    differing = await consent_differs(unit, request.period)
            part.replace(to)
            return differing

    _finish(go(), to, part)


def share(
    request: Annotated[
        str, typer.Argument(help="The number of a request that two administrators made in the chat.")
    ],
    to: Annotated[Path, typer.Option("--out", help="File to write, encrypted.")],
) -> None:
    """Write what two administrators agreed to share to a file, encrypted to KUAGER_EXPORT_RECIPIENTS. It can be made once."""
    part = to.with_name(f"{to.name}.part")
    _require_place(to, part)

    async def go() -> Sequence[str]:
        async with opened() as work:
            async with work.read() as unit:
                row = await sharing.find(unit, request, SharingState.CONFIRMED)
                asked = SharedExport.read_spec(row.spec)
                with os.fdopen(_open(part), "wb") as file:
                    await shared.write(unit, asked, file)
                differing = await consent_differs(unit, asked.request.period)
            # Used up once the file is whole, and before it has its name: nobody can have it twice.
            async with work.write() as unit:
                await sharing.use(unit, request, None)
            part.replace(to)
            return differing

    _finish(go(), to, part)


def _finish(work: Coroutine[Any, Any, Sequence[str]], to: Path, part: Path) -> None:
    """Do the work, which tells of which reports the consent differs, and say what came of it."""
    try:
        differing = finish(work)
    except OSError as error:
        raise _wrong_place(error.strerror or str(error)) from None
    finally:
        part.unlink(missing_ok=True)
    out.print(f"Written to {to}.")
    if differing:
        typer.echo(
            "The consent in the database is not the one that was sealed, so these reports are not exported: "
            f"{', '.join(differing)}. Find out who can write to the database.",
            err=True,
        )


def _request(name: str, since: str, until: str) -> ExportRequest:
    format_ = FORMATS.get(name)
    if format_ is None:
        raise ArgumentError(f"--format is wrong: it is one of {', '.join(FORMATS)}. Example: --format csv")
    period = Period(_day("--since", since), _day("--until", until))
    if period.since and period.until and period.since > period.until:
        raise ArgumentError(
            "--since is wrong: it is after --until. Example: --since 2026-01-01 --until 2026-03-31"
        )
    return ExportRequest(format_, period)


def _day(option: str, written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise ArgumentError(
            f"{option} is wrong: it is a day as YYYY-MM-DD. Example: {option} 2026-01-31"
        ) from None


def _require_place(to: Path, part: Path) -> None:
    """Try the place before anything is read, and before the audit log says that it was."""
    if to.is_dir():
        raise _wrong_place("it is a folder")
    try:
        os.close(_open(part))
        part.unlink()
    except OSError as error:
        raise _wrong_place(error.strerror or type(error).__name__) from None


def _open(part: Path) -> int:
    return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _wrong_place(why: str) -> ArgumentError:
    return ArgumentError(f"--out is wrong: the file cannot be written: {why}. Example: --out export.csv")
