"""Commands for moderators, invitations and blocked senders."""

from typing import Annotated

import typer

from bot.app.cli.console import opened, out, require_one_of, table
from bot.app.wiring import started_api
from bot.desk.people import service as people_service
from bot.errors import ArgumentError
from bot.settings import load_settings
from bot.store.sent_messages import MESSAGE_HOURS


async def invite(
    role: Annotated[
        str, typer.Option(help=f"One of: {', '.join(people_service.ROLES)}.")
    ] = people_service.MODERATOR,
) -> None:
    """Print a one-time link that makes the person who opens it a member of the team."""
    require_one_of("--role", role, people_service.ROLES, people_service.ADMIN)
    settings = load_settings()
    async with started_api(settings) as api:
        username = api.bot.username
    async with opened(settings) as work, work.write() as unit:
        token = await people_service.invite(unit, role)
    out.print(people_service.link(username or "", token))
    out.print(f"Good once, for {people_service.INVITE_HOURS} hours. Send it by a safe way.")


async def list_moderators() -> None:
    """Show all moderators."""
    async with opened() as work, work.read() as unit:
        found = await people_service.list_moderators(unit)
        rows = [(one.alias, one.role, "active" if one.active else "revoked") for one in found]
    out.print(table(rows, "alias", "role", "state"))


async def revoke(alias: str) -> None:
    """Revoke a moderator at once. Claimed reports go back to the queue, open invitations become void, and
    the running bot clears the chat."""
    async with opened() as work, work.write() as unit:
        voided = len(await people_service.list_open_invitations(unit))
        await people_service.revoke(unit, alias)
    out.print(f"{alias} is revoked.")
    out.print(
        f"The running bot now deletes the messages of the last {MESSAGE_HOURS} hours from that chat, on both sides, and its menu of "
        "commands. Older ones it cannot delete, nor one that Telegram refuses or whose id was lost: if the phone is in your "
        "hands, delete the chat."
    )
    if voided:
        out.print(f"Open invitations that are void now: {voided}. Invite anew whom you meant.")


async def list_invitations() -> None:
    """Show the valid invitations, by names that open nothing."""
    async with opened() as work, work.read() as unit:
        rows = [
            (
                people_service.invitation_name(one),
                one.role,
                "opened" if one.chat_hash else "not opened",
                f"{one.expires_hour - unit.hour} h",
            )
            for one in await people_service.list_open_invitations(unit)
        ]
    out.print(table(rows, "invitation", "role", "state", "good for"))


async def revoke_invitation(
    name: Annotated[str, typer.Argument(help="Its name in `invites list`.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
) -> None:
    """Make an open invitation void, or all of them."""
    if bool(name) == every:
        raise ArgumentError("Name one invitation, or give --all. Example: invites revoke 3f9a1b2c")
    async with opened() as work, work.write() as unit:
        number = await people_service.void_all_invitations(unit) if every else 1
        if not every:
            await people_service.void_invitation(unit, name)
    out.print(f"Invitations that are void now: {number}.")


async def list_blocks() -> None:
    """Show the number of blocked senders and the time left, by numbers that identify no one."""
    async with opened() as work, work.read() as unit:
        rows = [
            (one.id, f"{one.expires_hour - unit.hour} h") for one in await people_service.list_blocks(unit)
        ]
    out.print(table(rows, "block", "goes on for"))
    out.print(f"Blocked: {len(rows)}.")


async def clear_blocks(
    number: Annotated[str, typer.Argument(help="Its number in `blocks list`.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
) -> None:
    """End a block, or all of them."""
    if bool(number) == every:
        raise ArgumentError("Name one block, or give --all. Example: blocks clear 3f9a1b2c")
    async with opened() as work, work.write() as unit:
        ended = await people_service.unblock_all(unit) if every else 1
        if not every:
            await people_service.unblock(unit, number)
    out.print(f"Blocks that are ended: {ended}.")
