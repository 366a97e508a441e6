"""`open-data`: the numbers of a year, for anybody."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import finish, opened, out
from bot.cli.exporting.outfile import require_place, whole
from bot.errors import ArgumentError
from bot.languages import exported_codes
from bot.services import audit
from bot.services.open_data import yearly
from bot.services.open_data.counts import tally
from bot.texts import Texts


def open_data(
    year: Annotated[int, typer.Option(help="The year, which must be over.")],
    to: Annotated[Path, typer.Option("--out", help="File to write, in CSV.")],
    least: Annotated[int, typer.Option(help="The least number that is shown by itself.")] = 5,
) -> None:
    """Write how many events a year had by month, by region and by category, small numbers merged with others."""
    if least < yearly.SMALLEST:
        raise ArgumentError(f"--least is wrong: it is {yearly.SMALLEST} or more. Example: --least 5")
    require_place(to)

    async def go() -> bytes:
        async with opened() as work:
            async with work.write() as unit:
                # Two files of a year that goes on would tell what came between them.
                if year >= unit.now.year:
                    raise ArgumentError(
                        f"--year is wrong: {year} is not over. Example: --year {unit.now.year - 1}"
                    )
                await audit.record(unit, audit.SYSTEM, "open_data", "", f"{year}:{least}")
            async with work.read() as unit:
                found = await tally(unit, year)
                return yearly.as_csv(year, found, unit.forms, Texts(exported_codes()), least)

    content = finish(go())
    with whole(to) as file:
        file.write(content)
    out.print(f"Written to {to}.")
