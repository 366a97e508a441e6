"""Command that copies a whole database into another."""

import sys
from typing import Annotated

import typer
from rich.progress import Progress
from sqlalchemy.exc import SQLAlchemyError

import migrations
from bot import database_faults
from bot.cli.console import finish, out
from bot.errors import ArgumentError, SettingsError
from bot.settings import STANDARD_INPUT, Settings, load_settings
from bot.work import require_newest, revision
from db import transfers
from db.engine import close_to_others

EXAMPLE = "Example: python -m bot db copy postgresql+asyncpg://user:password@host/name"


def copy(
    url: Annotated[
        str,
        typer.Argument(
            help="The other database, written as for KUAGER_DATABASE_URL; - reads it from standard input."
        ),
    ],
) -> None:
    """Copy the whole database into an empty one, SQLite or PostgreSQL, and compare both. Everything is
    copied, or nothing. Stop the bot first."""
    settings = load_settings()
    target = _target(url)
    if target.database_url == settings.database_url:
        raise ArgumentError(f"the URL is wrong: it is the database that is to be copied. {EXAMPLE}")
    rows, tables = finish(_copy(settings, target))
    close_to_others(target.database_url)
    out.print(
        f"Copied, and the same when read back: {rows} rows of {tables} tables. Now set KUAGER_DATABASE_URL to the copy, run "
        "python -m bot check, and start the bot. The old database still holds everything: destroy it then."
    )


def _target(url: str) -> Settings:
    given = sys.stdin.readline().strip() if url == STANDARD_INPUT else url
    try:
        return load_settings(database_url=given)
    except SettingsError:  # of the URL, since the other settings were valid before
        raise ArgumentError(
            f"the URL is wrong: it must start with sqlite+aiosqlite:/// or postgresql+asyncpg://. {EXAMPLE}"
        ) from None


async def _copy(settings: Settings, target: Settings) -> tuple[int, int]:
    await require_newest(settings)
    await _make_ready(target)
    try:
        async with transfers.held(settings.database_url) as source:
            total = await transfers.row_count(source)
            with Progress(console=out) as progress:
                copying = progress.add_task("Rows copied", total=total, visible=False)
                comparing = progress.add_task("Rows compared", total=total, visible=False)
                found = await transfers.transfer(
                    source,
                    target.database_url,
                    lambda rows: progress.update(copying, advance=rows, visible=True),
                    lambda rows: progress.update(comparing, advance=rows, visible=True),
                )
    except transfers.InUseError:
        raise SettingsError(
            "KUAGER_DATABASE_URL names a database that is in use. Stop the bot and every command: what they wrote meanwhile "
            "would be missing in the copy"
        ) from None
    except transfers.NotEmptyError as error:
        raise ArgumentError(
            f"the URL is wrong: there are rows already in its table {error}, and nothing is overwritten. {EXAMPLE}"
        ) from None
    except transfers.UnlikeError as error:
        raise SettingsError(f"Nothing was copied: {error} was not the same when it was read back") from None
    except (SQLAlchemyError, OSError) as error:
        raise SettingsError(
            f"Nothing was copied: a database does not take this: {database_faults.told(error)}"
        ) from None
    return sum(found.values()), len(found)


async def _make_ready(target: Settings) -> None:
    """Migrate a database without tables. Raises ArgumentError."""
    try:
        found = await revision(target)
        if found is None:
            await migrations.upgrade(target.database_url)
            return
        await require_newest(target)
    except SettingsError as error:
        raise ArgumentError(f"the URL is refused as the setting would be: {error}") from None
