"""Commands about this machine's clock and about blocked senders."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.console import finish, opened, out
from bot.errors import ArgumentError, SettingsError
from bot.services.desk.people import blocks
from bot.services.keeping import clocks
from bot.services.keeping.clocks import ClockState, Look
from bot.services.unit import SECONDS_AN_HOUR, Unit
from bot.work import Work

_STATES = {
    ClockState.GOING: "Nothing is wrong with it: what expires is destroyed.",
    ClockState.STOPPED: "It does not fit: nothing is destroyed until Telegram's time agrees, or you say that it is right.",
    ClockState.TOLD: "It does not fit: nothing is destroyed until Telegram's time agrees, or you say that it is right.",
    ClockState.CONFIRMED: "You said that it is right: what expires is destroyed for a day from then.",
}


def clock(
    right: Annotated[
        bool, typer.Option("--right", help="It is right, though it jumped or Telegram says otherwise.")
    ] = False,
) -> None:
    """Show this machine's clock, and whether expired data is destroyed by it."""
    finish(_show(confirm=right))


async def _show(*, confirm: bool) -> None:
    async with opened() as work:
        own = work.clock()
        async with work.write() as unit:
            if confirm:
                await clocks.confirm(unit, own.timestamp())
            state, hour = await clocks.stored(unit)
    out.print(f"This machine's clock says {_shown(own)}.")
    if hour is not None:
        out.print(f"It was last known to be right at {_shown(_at(work, hour))}.")
    out.print(_STATES[state])


async def require_right(work: Work, now_is: datetime | None = None) -> None:
    """Raise SettingsError if the clock is wrong, since nothing may be destroyed then.

    `now_is` is the time by the operator's own watch. The clock counts as right if it agrees.
    """
    async with work.write() as unit:
        if now_is is not None:
            await _take_word(work, unit, now_is.replace(tzinfo=work.settings.zone))
        found = await work.look_at_clock(unit)
        if not found.may_destroy:
            raise SettingsError(_refused(work, found))


async def _take_word(work: Work, unit: Unit, said: datetime) -> None:
    own = work.clock()
    if abs((own - said).total_seconds()) > clocks.TOLERANCE:
        raise SettingsError(
            f"Nothing is destroyed: this machine's clock says {_shown(own)}, and you say {_shown(said)}. Set it."
        )
    await clocks.confirm(unit, own.timestamp())


def _refused(work: Work, found: Look) -> str:
    return (
        f"Nothing is destroyed: this machine's clock says {_shown(work.clock())}, and it was last known to be right at "
        f"{_shown(_at(work, found.right_hour))}. Set it; if it is right, say the time by another clock: "
        'python -m bot purge --now-is "YYYY-MM-DD HH:MM"'
    )


def _at(work: Work, hour: int) -> datetime:
    return datetime.fromtimestamp(hour * SECONDS_AN_HOUR, work.settings.zone)


def _shown(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M")


def list_blocks() -> None:
    """Show the number of blocked senders and the time left, by numbers that identify no one."""

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
