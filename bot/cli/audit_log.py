"""Commands that verify and restart the audit log."""

from typing import Annotated

import typer

from bot.cli.console import finish, opened, out, the_only_bot
from bot.errors import ArgumentError, SettingsError
from bot.safety.audit_head import AuditHead, read_head
from bot.services import audit
from bot.services.keeping import audit_check, audit_heads, operator_keys
from bot.settings import load_settings


def verify(
    head: Annotated[
        str, typer.Argument(help="What administrators were told, such as 57:3f9a1b2c4d5e6f70.")
    ] = "",
) -> None:
    """Check the audit log's chain. Its end is compared with the file of KUAGER_AUDIT_HEAD, and with a head
    that was told in a chat."""
    told = _read(head) if head else None

    async def go() -> tuple[list[str], AuditHead]:
        async with opened() as work, work.read() as unit:
            found = await audit_check.check(unit, told)
            faults = list(found.faults(unit.settings))
            if found.gone and told is not None and len(faults) == 1:
                await audit_heads.write(unit.settings, found.head)
                return [], found.head
            return faults, found.head

    faults, now = finish(go())
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    out.print(f"The audit log is whole. Its head: {now.short()}")


def restart() -> None:
    """Close a damaged audit log and begin a new one behind it, which says so. Members keep their rights,
    open invitations do not. Stop the bot first."""
    settings = load_settings()

    async def go() -> AuditHead:
        async with opened(settings, any_keys=True) as work:
            async with work.write() as unit:
                known = await audit_heads.known_head(settings)
                found = await audit_check.check(unit)
                if found.is_whole:
                    raise SettingsError("The audit log is whole: nothing was changed.")
                await operator_keys.begin_anew(unit, found)
                head = await audit.head(unit)
            if known is not None:
                await audit_heads.retire(settings, known)
            await audit_heads.write(settings, head)
            return head

    with the_only_bot(settings.database_url):
        head = finish(go())
    out.print(
        f"A new audit log begins behind the old one. Tell the administrators its head: {head.short()}. The members are those of the database: "
        "see whether you know each by python -m bot moderators list"
    )


def _read(text: str) -> AuditHead:
    try:
        return read_head(text)
    except ValueError as error:
        raise ArgumentError(f"HEAD is wrong: it {error}. Example: audit verify 57:3f9a1b2c4d5e6f70") from None
