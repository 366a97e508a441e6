"""`python -m bot demo`: the demo itself, and what else is made of it."""

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from bot.demo.gallery.making import forms, make_gallery
from bot.demo.home import CONTACTS
from bot.demo.show import LANGUAGES, Wanted, run_demo
from bot.errors import SettingsError
from bot.services.forms.questionnaires import FORMS
from bot.texts import Texts

demo_app = typer.Typer(help="Try everything in a browser: a local Telegram, a reporter and a moderator.")
out = Console(soft_wrap=True)


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
    fill: Annotated[int, typer.Option(min=0, help="Made-up reports to begin with.")] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
) -> None:
    """Try everything in a browser: a local Telegram, a reporter and a moderator. No token needed."""
    if context.invoked_subcommand is not None:
        return
    logging.getLogger().setLevel(logging.WARNING)
    wanted = Wanted(host, port, keep, fill, opens=not no_open and _is_somebody_there())
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not (fill and console.is_terminal)) as progress:
        task = progress.add_task("Reports", total=None)

        def filled(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        def say(addresses: Sequence[str]) -> None:
            progress.stop()
            for address in addresses:
                out.print(f"Kuager's demo is at {address} (stop with Ctrl+C)")

        asyncio.run(run_demo(wanted, say, filled))


@demo_app.command()
def gallery(to: Annotated[Path, typer.Option("--out", file_okay=False, help="Folder to write to.")]) -> None:
    """Write every screen of the bot, in every language, as pages to look at."""
    shown = forms(FORMS / "incident.md", FORMS / "review.md", CONTACTS)
    try:
        make_gallery(to, shown, Texts(LANGUAGES), out.print)
    except OSError as error:
        raise SettingsError(f"The gallery cannot be written to {to}: {error.strerror}.") from None


def _is_somebody_there() -> bool:
    """Whether a person looks on, who has a browser."""
    return sys.stdout.isatty() and not os.environ.get("CI")
