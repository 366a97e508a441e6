"""Commands of the demo. Imports are local, since the bot needs none of them."""

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.errors import SettingsError

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
            exists=True, dir_okay=False, help="A form of your own (XLSForm) to try, as `check` accepts."
        ),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
) -> None:
    """Try everything in a browser: a stand-in for Telegram, a reporter and a team of three. No token needed."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.progress import Progress  # noqa: PLC0415 - the same

    from bot.demo.running import DemoOptions, run_demo  # noqa: PLC0415 - the same

    logging.getLogger().setLevel(logging.WARNING)
    options = DemoOptions(host, port, keep, fill, not no_open and _is_attended(), form)
    out, console = Console(soft_wrap=True), Console(stderr=True)
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
    from bot.app.cli.console import out  # noqa: PLC0415 - see above
    from bot.app.questionnaires import FORMS  # noqa: PLC0415 - the same
    from bot.demo.folder import CONTACTS  # noqa: PLC0415 - the same
    from bot.demo.gallery.files import forms, write_gallery  # noqa: PLC0415 - the same
    from bot.languages import codes  # noqa: PLC0415 - the same
    from bot.texts import Texts  # noqa: PLC0415 - the same

    shown = forms(FORMS / "incident.md", FORMS / "review.md", CONTACTS)
    try:
        write_gallery(to, shown, Texts(codes()), out.print)
    except OSError as error:
        raise SettingsError(f"The gallery cannot be written to {to}: {error.strerror}.") from None


def _is_attended() -> bool:
    return sys.stdout.isatty() and not os.environ.get("CI")
