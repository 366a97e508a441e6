"""What the operator is told of approved reports that no file holds although it should."""

from collections.abc import Iterator

import typer

from bot.services.export.versions.selection import HeldBack


def lines(held: HeldBack) -> Iterator[str]:
    """What is wrong with them, each thing in a line."""
    if held.changed:
        yield (
            f"The consent in the database is not the one that was sealed: {', '.join(held.changed)}. These reports are in no "
            "export. Find out who can write to the database."
        )
    if held.damaged:
        yield (
            f"What is public is damaged in the database: {', '.join(held.damaged)}. These reports are in no export. Look after "
            "the disk; a moderator can write each anew: /open and its reference."
        )


def warn(held: HeldBack) -> None:
    """Say it on standard error, behind a file that was written."""
    for line in lines(held):
        typer.echo(line, err=True)
