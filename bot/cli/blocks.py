"""Senders whose reports are not taken: listed by numbers, and let in again."""

from typing import Annotated

import typer
from rich.table import Table

from bot.cli.console import finish, opened, out
from bot.errors import ArgumentError
from bot.services.desk.people import blocks


def list_blocks() -> None:
    """Show how many senders are blocked and for how long, by numbers that tell nothing of anybody."""

    async def go() -> list[tuple[str, str]]:
        async with opened() as work, work.read() as unit:
            return [(one.id, f"{one.expires_hour - unit.hour} h") for one in await blocks.list_blocks(unit)]

    rows = finish(go())
    table = Table("block", "goes on for")
    for row in rows:
        table.add_row(*row)
    out.print(table)
    out.print(f"Blocked: {len(rows)}.")


def clear_blocks(
    number: Annotated[str, typer.Argument(help="Its number in `blocks list`.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
) -> None:
    """End a block, or all of them."""
    if bool(number) == every:
        raise ArgumentError("Name one block, or give --all. Example: blocks clear 3f9a1b2c")

    async def go() -> int:
        async with opened() as work, work.write() as unit:
            if every:
                return await blocks.unblock_all(unit)
            await blocks.unblock(unit, number)
            return 1

    out.print(f"Blocks that are ended: {finish(go())}.")
