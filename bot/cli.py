"""The operator's commands: `python -m bot …`."""

import asyncio
import logging
import os
import secrets
import sys
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from telegram.error import TelegramError

import migrations
from bot.chat.transport.api import Api
from bot.demo.commands import demo_app
from bot.errors import Refusal, SettingsError
from bot.form.xlsform.problems import FormError
from bot.safety import logs
from bot.safety.keys import new_key, show_key
from bot.services import audit
from bot.services.desk import team
from bot.services.export import exports
from bot.services.export.formats import FORMATS
from bot.services.export.request import ExportRequest
from bot.services.forms import questionnaires
from bot.services.keeping import operator_keys, retention
from bot.settings import Settings, load_settings
from bot.texts import Texts
from bot.wiring import Bot, open_work
from bot.work import Work, revision

app = typer.Typer(
    help="Kuager: reports of acts against civic freedoms, from a phone to an approved export.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(help="The operator's keys.", no_args_is_help=True)
moderators_app = typer.Typer(help="The organisation's moderators.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
app.add_typer(moderators_app, name="moderators")
app.add_typer(demo_app, name="demo")

out = Console(soft_wrap=True)
_T = TypeVar("_T")


def main() -> None:
    """Run a command. What the operator or the network got wrong ends it with one line, without a traceback."""
    logs.set_up()
    logs.quiet_crashes()
    try:
        app()
    except (SettingsError, FormError) as error:
        sys.exit(str(error))
    except TelegramError as error:
        sys.exit(f"Telegram does not answer: {type(error).__name__}. Try again later.")
    except Refusal as refusal:
        sys.exit(Texts(("en",)).text("en", refusal.key, refusal.arguments))
    finally:
        logs.quiet_crashes()  # typer has installed its own hook, which would print an error's message


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(work)


@asynccontextmanager
async def _opened(settings: Settings | None = None) -> AsyncIterator[Work]:
    """Work on the database. If it destroyed something, the write-ahead log is emptied before the command ends."""
    work = await open_work(settings or load_settings())
    try:
        yield work
        if work.erasing.is_set():
            await work.finish_erasures()
    finally:
        await work.database.close()


@app.command()
def run() -> None:
    """Run the bot until it is stopped."""
    settings = load_settings()

    async def go() -> None:
        async with _opened(settings) as work:
            bot = Bot(settings, work)
            bot.stop_on_signals()
            await bot.run(lambda: logging.getLogger("bot").info("running"))

    _run(go())


@app.command()
def migrate() -> None:
    """Bring the database up to the newest tables."""
    settings = load_settings()
    url = settings.database_url
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite+aiosqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    _run(revision(settings))
    _run(migrations.upgrade(url))
    out.print(f"The database is at revision {_run(migrations.current(url))}.")


@app.command()
def invite(
    role: Annotated[str, typer.Option(help="admin or moderator")] = team.MODERATOR,
) -> None:
    """Print a one-time link that makes whoever opens it a moderator."""
    if role not in team.ROLES:
        raise typer.BadParameter(f"must be one of {', '.join(team.ROLES)}", param_hint="--role")
    settings = load_settings()

    async def go() -> str:
        api = Api(settings.bot_token.get_secret_value(), settings.bot_api_url)
        await api.start()
        try:
            username = api.bot.username
        finally:
            await api.stop()
        async with _opened(settings) as work, work.write() as unit:
            token = await team.invite(unit, role)
        return f"https://t.me/{username}?start={token}"

    out.print(_run(go()), highlight=False)
    out.print(f"Good once, for {settings.invite_hours} hours. Send it by a safe way.")


@moderators_app.command("list")
def list_moderators() -> None:
    """Show all moderators."""

    async def go() -> list[tuple[str, str, str]]:
        async with _opened() as work, work.read() as unit:
            return [
                (row.alias, row.role, "active" if row.active else "revoked")
                for row in await team.list_moderators(unit)
            ]

    table = Table("alias", "role", "state")
    for row in _run(go()):
        table.add_row(*row)
    out.print(table)


@moderators_app.command("revoke")
def revoke(alias: str) -> None:
    """Take a moderator's rights away at once; the reports they held go back to the queue."""

    async def go() -> None:
        async with _opened() as work, work.write() as unit:
            await team.revoke(unit, alias)

    _run(go())
    out.print(f"{alias} is revoked.")


@app.command()
def export(
    to: Annotated[Path, typer.Option("--out", help="File to write.")],
    format_: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "csv",
    since: Annotated[str, typer.Option(help="First day of approval, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Last day of approval, YYYY-MM-DD.")] = "",
) -> None:
    """Write the approved reports whose reporters agreed to publication to a file."""
    request = ExportRequest.read(format_, since, until)
    part = to.with_name(f"{to.name}.part")

    async def go() -> None:
        async with _opened() as work:
            # Noted first: an export that breaks off may have been read as far as it came.
            async with work.write() as unit:
                await audit.record(unit, audit.SYSTEM, "export", "", request.spec())
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                async with work.read() as unit:
                    async for piece in exports.stream(unit, request):
                        file.write(piece)
            part.replace(to)

    try:
        _run(go())
    finally:
        part.unlink(missing_ok=True)
    out.print(f"Written to {to}.")


@app.command()
def check(
    form: Annotated[Path | None, typer.Argument(help="A form; the configured one if none is given.")] = None,
) -> None:
    """Check a form, or the settings, the form and the database."""
    if form is not None:
        found, fault = questionnaires.checked(form)
        if fault is not None:
            sys.exit(f"{form}: {fault}")
        out.print(f"{form}: {len(found.questions)} questions in {', '.join(found.languages)}, all well.")
        return

    async def go() -> int | None:
        async with _opened() as work, work.read() as unit:
            await operator_keys.check(unit)
            return await audit.broken_at(unit)

    broken = _run(go())
    if broken is not None:
        sys.exit(f"The audit log does not fit its chain from entry {broken} on.")
    out.print("Settings, form, database and audit log are all well.")


@app.command()
def purge(
    unopened: Annotated[
        bool, typer.Option("--unopened", help="Also whatever waits for a key that is lost for good.")
    ] = False,
) -> None:
    """Destroy now what has expired. The running bot does so by itself every ten minutes."""

    async def go() -> dict[str, int]:
        async with _opened() as work:
            counts = Counter[str]()
            while True:
                async with work.write() as unit:
                    swept = await retention.sweep(unit)
                counts.update(swept)
                if max(swept.values()) < retention.SWEEP_LIMIT:
                    break
            if unopened:
                async with work.write() as unit:
                    counts["unopened"] = await operator_keys.give_up(unit)
            if not await work.finish_erasures():
                out.print(
                    "The database's log is being read and still holds what was destroyed: purge again soon."
                )
            return counts

    for name, count in _run(go()).items():
        out.print(f"{name}: {count}")


@keys_app.command("new")
def new_keys() -> None:
    """Print fresh keys as lines for .env. Keep the lookup key apart from the database's backups."""
    ring_id = f"k{secrets.token_hex(3)}"
    out.print(f"KUAGER_KEY_RING={ring_id}:{show_key(new_key())}", highlight=False)
    out.print(f"KUAGER_LOOKUP_KEY={show_key(new_key())}", highlight=False)
    out.print(f"KUAGER_AUDIT_KEY={show_key(new_key())}", highlight=False)
