"""The bot itself, and its database's tables."""

import asyncio
import logging
from contextlib import ExitStack
from pathlib import Path

from rich.progress import Progress

import migrations
from bot import __version__
from bot.cli.console import finish, opened, out
from bot.errors import SettingsError
from bot.services.keeping.exposure import database_file
from bot.settings import Settings, example, load_settings
from bot.wiring import Bot, on_signals, open_work, spare_collector
from bot.work import prove_rows, revision, until_reached
from db.alone import NotAloneError, alone
from db.engine import close_to_others


def run() -> None:
    """Run the bot until it is stopped."""
    settings = load_settings()

    async def go(held: ExitStack) -> None:
        stopping = asyncio.Event()
        on_signals(stopping.set)
        found = await until_reached(lambda: open_work(settings), stopping)
        if found is None:
            return
        async with opened(work=found) as work:
            _require_alone(held, settings.database_url)
            bot = Bot(settings, work)
            bot.stop_on_signals()
            if stopping.is_set():
                bot.stop()
            log = logging.getLogger("bot")
            spare_collector()
            await bot.run(lambda: log.info("running %s as @%s", __version__, bot.api.bot.username))

    with ExitStack() as held:
        finish(go(held))


def _require_alone(held: ExitStack, url: str) -> None:
    try:
        held.enter_context(alone(url))
    except NotAloneError:
        raise SettingsError(
            "KUAGER_DATABASE_URL names a SQLite file on which a bot runs already, and SQLite serves one. Stop the other, or let "
            "several share a PostgreSQL (Example: KUAGER_DATABASE_URL=postgresql+asyncpg://user:password@host/name)"
        ) from None


def migrate() -> None:
    """Bring the database up to the newest tables."""
    settings = load_settings()
    file = database_file(settings)
    if file is not None:
        _make_folder(file.parent)
    finish(revision(settings))
    finish(migrations.upgrade(settings.database_url))
    close_to_others(settings.database_url)
    finish(_prove(settings))
    out.print(f"The database is at revision {finish(migrations.current(settings.database_url))}.")


def prove() -> None:
    """Take all rows as they stand, whoever wrote them, and prove them with today's KUAGER_LOOKUP_KEY. Stop the bot first."""
    finish(_prove(load_settings(), anew=True))


async def _prove(settings: Settings, *, anew: bool = False) -> None:
    async with opened(settings) as work:
        with Progress(console=out) as progress:
            task = progress.add_task("Rows proved", total=None)
            members = await prove_rows(work, lambda count: progress.advance(task, count), anew=anew)
    for alias, role, proved in members:
        doubt = (
            ""
            if proved
            else ": NOT as the audit log has it, so without any right. Invite them anew, or revoke"
        )
        out.print(f"Member {alias}, {role}{doubt}", markup=False)
    if members:
        out.print(
            "Is each of them one of yours? Open invitations, which nothing confirms, are void: invite anew."
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"KUAGER_DATABASE_URL is wrong: its folder cannot be made: {error.strerror}. {example('database_url')}"
        ) from None
