"""What the operator is told of approved reports that should be in every export and are in none."""

from collections.abc import Iterator

import typer

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


def warn(faults: Faulty) -> None:
    """Say it on standard error, behind a file that was written."""
    for line in lines(faults):
        typer.echo(line, err=True)
