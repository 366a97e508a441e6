"""Command that writes the public figures of a year."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import finish, opened, out
from bot.cli.exporting.outfile import require_place, whole
from bot.cli.faulty import end
from bot.errors import ArgumentError
from bot.languages import exported_codes
from bot.services import audit
from bot.services.export import register
from bot.services.export.register import MadeFile, OtherDocument
from bot.services.export.versions.scope import FEWEST_TOLD
from bot.services.export.versions.selection import Faulty, Period, faulty
from bot.services.open_data import yearly
from bot.services.open_data.yearly import tally
from bot.texts import Texts
from bot.work import Work


def open_data(
    year: Annotated[int, typer.Option(help="The year, which must be over.")],
    to: Annotated[Path, typer.Option("--out", help="File to write, in CSV.")],
    least: Annotated[int, typer.Option(help="The least number that is shown by itself.")] = FEWEST_TOLD,
) -> None:
    """Write the number of a year's events by month, region and category. Small numbers are merged with
    others."""
    if least < yearly.SMALLEST:
        raise ArgumentError(f"--least is wrong: it is {yearly.SMALLEST} or more. Example: --least 5")
    require_place(to)

    async def go() -> Faulty:
        async with opened() as work:
            async with work.write() as unit:
                # Two files of a running year would reveal the events between them.
                if year >= unit.now.year:
                    raise ArgumentError(
                        f"--year is wrong: {year} is not over. Example: --year {unit.now.year - 1}"
                    )
                row = await register.begin_other(
                    unit, audit.SYSTEM, OtherDocument.OPEN_DATA, f"{year}:{least}"
                )
            async with work.read() as unit:
                found = await tally(unit, year)
                content = yearly.as_csv(year, found, unit.forms, Texts(exported_codes()), least)
            try:
                with whole(to) as file:
                    file.write(content)
                    await _settle(work, row.number, to.name, content)
            except Exception:
                async with work.write() as unit:
                    await register.break_off(unit, row.number)
                raise
            async with work.read() as unit:
                return await faulty(unit, Period())

    held = finish(go())
    out.print(f"Written to {to}.")
    end(held)


async def _settle(work: Work, number: int, name: str, content: bytes) -> None:
    """Register the file without rows, so that the register does not tell which reports were counted."""
    made = MadeFile(name, len(content), hashlib.sha256(content).hexdigest(), 0)
    async with work.write() as unit:
        await register.complete(unit, number, 0, made, is_last=True)
