"""Commands that run the bot, migrate and copy its database, and run the demo, whose imports are local: the bot needs none."""

import asyncio
import logging
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.exc import SQLAlchemyError

import migrations
from bot import __version__
from bot.app import operator_keys, upgrades
from bot.app.cli.console import opened, out, the_only_bot
from bot.app.questionnaires import FORMS
from bot.app.wiring import Bot, on_signals, open_work, spare_collector
from bot.app.work import Work, prove_rows, require_newest, revision, take_over_consents, until_reached
from bot.errors import ArgumentError, SettingsError
from bot.languages import codes
from bot.safety import logs
from bot.settings import STANDARD_INPUT, Settings, example, gone_settings, load_settings
from bot.store import faults
from bot.store.file_store import database_file
from bot.texts import Texts
from db import transfers
from db.engine import close_to_others
from db.presence import NotAloneError, alone, turn_to_migrate

_BACKED_UP = "Nothing was migrated. Where there is a backup: python -m bot migrate --backed-up"


def run() -> None:
    """Run the bot until it is stopped."""
    settings = load_settings()
    logs.set_up(as_json=settings.log_format == "json")
    log = logging.getLogger("bot")
    for line in gone_settings():
        log.warning(line)

    async def go(held: ExitStack) -> None:
        stopping = asyncio.Event()
        on_signals(stopping.set)
        found = await until_reached(lambda: open_work(settings), stopping)
        if found is None:
            return
        async with opened(work=found) as work:
            held.enter_context(the_only_bot(settings.database_url))
            bot = Bot(settings, work)
            on_signals(bot.stop)
            if stopping.is_set():
                bot.stop()
            spare_collector()
            await bot.run(lambda: log.info("running %s as @%s", __version__, bot.api.bot.username))

    with ExitStack() as held:
        asyncio.run(go(held))


async def migrate(
    backed_up: Annotated[
        bool, typer.Option("--backed-up", help="There is a backup: neither ask for one nor make a copy.")
    ] = False,
) -> None:
    """Bring the database up to this version. SQLite is first copied beside itself, for 7 days. For
    PostgreSQL it asks whether there is a backup. Where an update changes what older copies need, it refuses
    while they run. It waits for another running migration. After an interruption, call it again to go on."""
    settings = load_settings()
    file = database_file(settings)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            why = f"its folder cannot be made: {error.strerror}. {example('database_url')}"
            raise SettingsError(f"KUAGER_DATABASE_URL is wrong: {why}") from None
    await _migrate(settings, file, backed_up=backed_up)
    out.print(f"The database is at revision {migrations.head()}.")


async def _migrate(settings: Settings, file: Path | None, *, backed_up: bool) -> None:
    url = settings.database_url
    await revision(settings, make=True)
    async with turn_to_migrate(url, cache(lambda: out.print("Another migrate is at work: waiting."))):
        found = await revision(settings)
        is_due = found not in {None, migrations.head()}
        if file is not None and is_due:
            _require_room(file)
        with _unused(url if is_due else ""):
            if is_due and not backed_up:
                _secure(file, str(found))
            await migrations.upgrade(url)
        close_to_others(url)
        async with opened(settings) as work:
            await _prove(work)
            await take_over_consents(work)


@contextmanager
def _unused(url: str) -> Iterator[None]:
    """Let no bot run on a SQLite file, or on a PostgreSQL that is to contract, inside the block. Raises SettingsError."""
    try:
        with alone(url) if url else nullcontext():
            yield
    except (NotAloneError, migrations.CopiesError) as error:
        number = error.number if isinstance(error, migrations.CopiesError) else 1
        raise SettingsError(
            f"Nothing was migrated: the bot still runs (copies: {number}), and this update changes what it needs. Stop every copy, "
            "as by sudo systemctl stop kuager, then run: python -m bot migrate"
        ) from None


def _require_room(file: Path) -> None:
    """Raise SettingsError unless the disk takes the copy, and the whole file once more in SQLite's log."""
    free, needed = shutil.disk_usage(file.parent).free, 2 * file.stat().st_size
    if free < needed:
        raise SettingsError(
            f"Nothing was migrated: that takes up to {needed / 1e6:,.0f} MB beside {file}, and {free / 1e6:,.0f} MB are "
            "free. Make room, then run: python -m bot migrate"
        )


def _secure(file: Path | None, found: str) -> None:
    if file is None and sys.stdin.isatty():
        typer.confirm("No copy is made of PostgreSQL. Is there a backup?", abort=True, err=True)
    elif file is None:
        raise SettingsError(f"No copy is made of PostgreSQL. {_BACKED_UP}")
    else:
        try:
            kept = upgrades.keep(file, found)
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(f"No copy of {file} can be made: {error}. {_BACKED_UP}") from None
        out.print(f"A copy is in {kept}, for {upgrades.DAYS} days or until a report in it is destroyed.")


async def adopt() -> None:
    """Make the bot of KUAGER_BOT_TOKEN the one of this database from now on. Chats with the former bot are
    out of its reach."""
    async with opened(any_keys=True) as work, work.write() as unit:
        await operator_keys.adopt(unit)
    out.print("This bot is the one of the database now. People and moderators have to write to it first.")


async def prove() -> None:
    """Accept all rows as they stand, no matter who wrote them, and prove them with today's
    KUAGER_LOOKUP_KEY. Stop the bot first."""
    settings = load_settings()
    with the_only_bot(settings.database_url):
        async with opened(settings) as work:
            await _prove(work, anew=True)


async def _prove(work: Work, *, anew: bool = False) -> None:
    with Progress(console=out, transient=True, disable=not out.is_terminal) as progress:
        task = progress.add_task("Rows proved", total=None)
        members = await prove_rows(work, lambda count: progress.advance(task, count), anew=anew)
    for alias, role, proved in members:
        doubt = ": NOT as the audit log has it, so without any right. Invite them anew, or revoke"
        out.print(f"Member {alias}, {role}{'' if proved else doubt}", markup=False)
    if members:
        out.print(
            "Is each of them one of yours? Open invitations, which nothing confirms, are void: invite anew."
        )


EXAMPLE = "Example: python -m bot db copy postgresql+asyncpg://user:password@host/name"


async def copy(
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
    rows, tables = await _copy(settings, target)
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
            f"Nothing was copied: a database does not take this: {faults.told(error)}"
        ) from None
    return sum(found.values()), len(found)


async def _make_ready(target: Settings) -> None:
    """Migrate a database without tables. Raises ArgumentError."""
    try:
        found = await revision(target, make=True)
        if found is None:
            await migrations.upgrade(target.database_url)
            return
        await require_newest(target)
    except SettingsError as error:
        raise ArgumentError(f"the URL is refused as the setting would be: {error}") from None


demo_app = typer.Typer(
    help="Try everything in a browser: a stand-in for Telegram, a reporter and a team of three."
)


@demo_app.callback(invoke_without_command=True)
def demo(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen at; any but this machine's own needs a key.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen at; 0 takes a free one.")
    ] = 8088,
    keep: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder to keep everything in, to go on next time.")
    ] = None,
    fill: Annotated[
        int | None,
        typer.Option(min=0, help="Made-up reports of the last 18 months to add; 0 begins with none at all."),
    ] = None,
    form: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A form of your own (XLSForm) to try, as `form check` accepts."
        ),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
    archive: Annotated[
        bool, typer.Option("--archive", help="Seal decided reports to identities in its folder.")
    ] = False,
) -> None:
    """Try everything in a browser: a stand-in for Telegram, a reporter and a team of three. No token needed."""
    if context.invoked_subcommand is not None:
        return
    from bot.demo.running import DemoOptions, run_demo  # noqa: PLC0415 - see above

    logging.getLogger().setLevel(logging.WARNING)
    is_attended = sys.stdout.isatty() and not os.environ.get("CI")
    options = DemoOptions(host, port, keep, fill, is_attended and not no_open, form, archive)
    console = Console(stderr=True, soft_wrap=True)
    with Progress(console=console, transient=True, disable=not (fill and console.is_terminal)) as progress:
        task = progress.add_task("Reports", total=None)

        def show_progress(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        def announce(addresses: Sequence[str]) -> None:
            progress.stop()
            for address in addresses:
                out.print(f"Kuager's demo is at {address} (stop with Ctrl+C)")

        asyncio.run(run_demo(options, announce, show_progress, console.print))


@demo_app.command()
def gallery(to: Annotated[Path, typer.Option("--out", file_okay=False, help="Folder to write to.")]) -> None:
    """Write every screen of the bot, in every language, as web pages."""
    from bot.demo.folder import CONTACTS  # noqa: PLC0415 - see above
    from bot.demo.gallery.files import forms, write_gallery  # noqa: PLC0415 - the same

    shown = forms(FORMS / "incident.md", FORMS / "review.md", CONTACTS)
    try:
        write_gallery(to, shown, Texts(codes()), out.print)
    except OSError as error:
        raise SettingsError(f"The gallery cannot be written to {to}: {error.strerror}.") from None
