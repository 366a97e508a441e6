"""Inviting, listing and revoking moderators."""

from typing import Annotated

import typer
from rich.table import Table

from bot.chat.transport.api import Api
from bot.cli.console import finish, opened, out
from bot.errors import ArgumentError
from bot.services.desk import team
from bot.settings import load_settings


def invite(
    role: Annotated[str, typer.Option(help="admin or moderator")] = team.MODERATOR,
) -> None:
    """Print a one-time link that makes whoever opens it a moderator."""
    if role not in team.ROLES:
        raise ArgumentError(
            f"--role is wrong: it is one of {', '.join(team.ROLES)}. Example: --role {team.ADMIN}"
        )
    settings = load_settings()

    async def go() -> str:
        api = Api(settings.bot_token.get_secret_value(), settings.bot_api_url)
        await api.start()
        try:
            username = api.bot.username
        finally:
            await api.stop()
        async with opened(settings) as work, work.write() as unit:
            token = await team.invite(unit, role)
        return f"https://t.me/{username}?start={token}"

    out.print(finish(go()))
    out.print(f"Good once, for {settings.invite_hours} hours. Send it by a safe way.")


def list_moderators() -> None:
    """Show all moderators."""

    async def go() -> list[tuple[str, str, str]]:
        async with opened() as work, work.read() as unit:
            return [
                (row.alias, row.role, "active" if row.active else "revoked")
                for row in await team.list_moderators(unit)
            ]

    table = Table("alias", "role", "state")
    for row in finish(go()):
        table.add_row(*row)
    out.print(table)


def revoke(alias: str) -> None:
    """Take a moderator's rights away at once; the reports they held go back to the queue."""

    async def go() -> None:
        async with opened() as work, work.write() as unit:
            await team.revoke(unit, alias)

    finish(go())
    out.print(f"{alias} is revoked.")
