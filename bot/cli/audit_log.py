"""`audit verify`: whether the audit log is whole, also at its end."""

from typing import Annotated

import typer

from bot.cli.console import finish, opened, out
from bot.errors import ArgumentError
from bot.safety.audit_head import AuditHead, read_head
from bot.services import audit
from bot.services.keeping import audit_heads


def verify(
    head: Annotated[
        str, typer.Argument(help="What administrators were told, such as 57:3f9a1b2c4d5e6f70.")
    ] = "",
) -> None:
    """Check the audit log's chain, and its end against the file of KUAGER_AUDIT_HEAD and a head that was told in a chat."""
    told = _read(head) if head else None

    async def go() -> tuple[list[str], AuditHead]:
        async with opened() as work, work.read() as unit:
            faults = []
            if (number := await audit.broken_at(unit)) is not None:
                faults.append(audit_heads.CHANGED.format(number=number))
            known = await audit_heads.known_head(unit.settings)
            for one, where in ((known, str(unit.settings.audit_head_file)), (told, "the bot")):
                lost = await audit.cut_since(unit, one)
                if one is not None and lost:
                    faults.append(audit_heads.CUT.format(lost=lost, where=where, head=one.short()))
            return faults, await audit.head(unit)

    faults, now = finish(go())
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    out.print(f"The audit log is whole. Its head: {now.short()}")


def _read(text: str) -> AuditHead:
    try:
        return read_head(text)
    except ValueError as error:
        raise ArgumentError(f"HEAD is wrong: it {error}. Example: audit verify 57:3f9a1b2c4d5e6f70") from None
