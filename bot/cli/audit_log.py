"""`audit verify`: whether the audit log is whole, also at its end."""

from collections.abc import Iterator
from typing import Annotated

import typer

from bot.cli.console import finish, opened, out
from bot.errors import ArgumentError
from bot.safety.audit_head import AuditHead, read_head
from bot.services.keeping import audit_check, audit_heads
from bot.services.keeping.audit_check import Check
from bot.settings import Settings


def verify(
    head: Annotated[
        str, typer.Argument(help="What administrators were told, such as 57:3f9a1b2c4d5e6f70.")
    ] = "",
) -> None:
    """Check the audit log's chain, and its end against the file of KUAGER_AUDIT_HEAD and a head that was told in a chat."""
    told = _read(head) if head else None

    async def go() -> tuple[list[str], AuditHead]:
        async with opened() as work, work.read() as unit:
            found = await audit_check.check(unit, told)
            if found.unread:
                await audit_heads.known_head(unit.settings)  # which says why
            return list(_faults(found, unit.settings)), found.head

    faults, now = finish(go())
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    out.print(f"The audit log is whole. Its head: {now.short()}")


def _faults(found: Check, settings: Settings) -> Iterator[str]:
    if found.broken_at is not None:
        yield audit_heads.CHANGED.format(number=found.broken_at)
    for cut in found.cuts:
        where = "the bot" if cut.told else str(settings.audit_head_file)
        yield audit_heads.CUT.format(lost=cut.lost, where=where, head=cut.head.short())


def _read(text: str) -> AuditHead:
    try:
        return read_head(text)
    except ValueError as error:
        raise ArgumentError(f"HEAD is wrong: it {error}. Example: audit verify 57:3f9a1b2c4d5e6f70") from None
