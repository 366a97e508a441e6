"""The public export, and what two administrators share, written to a file."""

from collections.abc import Coroutine, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.console import finish, opened, out
from bot.cli.outfile import require_place, whole
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
    require_place(to)

    async def go() -> Sequence[str]:
        async with opened() as work:
            # Noted first: an export that breaks off may have been read as far as it came.
            async with work.write() as unit:
                await audit.record(unit, audit.SYSTEM, "export", "", request.spec())
            with whole(to) as file:
                async with work.read() as unit:
                    async for piece in exports.stream(unit, request):
                        file.write(piece)
                    return await consent_differs(unit, request.period)

    _finish(go(), to)


def share(
    request: Annotated[
        str, typer.Argument(help="The number of a request that two administrators made in the chat.")
    ],
    to: Annotated[Path, typer.Option("--out", help="File to write, encrypted.")],
) -> None:
    """Write what two administrators agreed to share to a file, encrypted to KUAGER_EXPORT_RECIPIENTS. It can be made once."""
    require_place(to)

    async def go() -> Sequence[str]:
        async with opened() as work:
            with whole(to) as file:
                async with work.read() as unit:
                    row = await sharing.find(unit, request, SharingState.CONFIRMED)
                    asked = SharedExport.read_spec(row.spec)
                    await shared.write(unit, asked, file)
                    differing = await consent_differs(unit, asked.request.period)
                file.flush()
                # Used up once the file is whole, and before it has its name: nobody can have it twice.
                async with work.write() as unit:
                    await sharing.use(unit, request, None)
            return differing

    _finish(go(), to)


def _finish(work: Coroutine[Any, Any, Sequence[str]], to: Path) -> None:
    """Do the work, which tells of which reports the consent differs, and say what came of it."""
    differing = finish(work)
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
