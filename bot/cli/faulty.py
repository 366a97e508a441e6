"""What the operator is told of approved reports that should be in every export and are in none."""

from collections.abc import Iterator

import typer

from bot.cli.exit_codes import INCOMPLETE
from bot.services.export.versions.selection import Faulty


def lines(faults: Faulty) -> Iterator[str]:
    """What is wrong with them, each thing in a line."""
    if faults.changed:
        yield (
            f"The consent in the database is not the one that was sealed: {', '.join(faults.changed)}. These reports are in no "
            "export. Find out who can write to the database."
        )
    if faults.damaged:
        yield (
            f"These public versions, or what they were made of, are damaged in the database: {', '.join(faults.damaged)}. They are in no "
            "export. Check the disk, and who can write to the database. A backup may hold them whole: keep it."
        )


def end(faults: Faulty) -> None:
    """Name them on standard error behind a file that was written, and end the command with INCOMPLETE."""
    told = list(lines(faults))
    for line in told:
        typer.echo(line, err=True)
    if told:
        raise typer.Exit(INCOMPLETE)
