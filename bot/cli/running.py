"""The bot itself, and its database's tables."""

import asyncio
import logging
from contextlib import ExitStack
from pathlib import Path

import migrations
from bot import __version__
from bot.cli.console import finish, opened, out, require_alone
from bot.errors import SettingsError
from bot.services.keeping import operator_keys
from bot.services.keeping.exposure import database_file
from bot.settings import example, load_settings
from bot.wiring import Bot, on_signals, open_work, spare_collector
from bot.work import revision, until_reached
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
            require_alone(held, settings.database_url)
            bot = Bot(settings, work)
            bot.stop_on_signals()
            if stopping.is_set():
                bot.stop()
            log = logging.getLogger("bot")
            spare_collector()
            await bot.run(lambda: log.info("running %s as @%s", __version__, bot.api.bot.username))

    with ExitStack() as held:
        finish(go(held))


def migrate() -> None:
    """Bring the database up to the newest tables."""
    settings = load_settings()
    file = database_file(settings)
    if file is not None:
        _make_folder(file.parent)
    finish(revision(settings))
    finish(migrations.upgrade(settings.database_url))
    close_to_others(settings.database_url)
    out.print(f"The database is at revision {finish(migrations.current(settings.database_url))}.")


def adopt() -> None:
    """Take the bot of KUAGER_BOT_TOKEN for the one of this database from now on. Chats with the bot from before are out of its reach."""

    async def go() -> None:
        async with opened(any_keys=True) as work, work.write() as unit:
            await operator_keys.adopt(unit)

    finish(go())
    out.print("This bot is the one of the database now. People and moderators have to write to it first.")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"KUAGER_DATABASE_URL is wrong: its folder cannot be made: {error.strerror}. {example('database_url')}"
        ) from None
