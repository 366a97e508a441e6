"""The public export, written to a file."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import finish, opened, out
from bot.errors import ArgumentError
from bot.services import audit
from bot.services.export import exports
from bot.services.export.formats import FORMATS
from bot.services.export.request import ExportRequest
from bot.services.export.selection import Period, consent_differs


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

    try:
        differing = finish(go())
    except OSError as error:
        raise _wrong_place(error.strerror or type(error).__name__) from None
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
