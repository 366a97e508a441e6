"""Commands for the operator's keys and for the check of the audit log."""

import secrets
from typing import Annotated

import typer
from rich.progress import Progress

from bot.app import operator_keys
from bot.app.cli.console import opened, out, the_only_bot
from bot.app.work import Work
from bot.chat import prompt
from bot.desk.forms import service as forms_service
from bot.desk.notices import service as notices_service
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.errors import ArgumentError, SettingsError
from bot.publish import own_texts
from bot.safety.sealing import new_key, show_key
from bot.settings import load_settings
from bot.store import archive_keys, audit, message_slots, ring_keys
from bot.store.audit import read_head
from bot.transport import backlog, batch, call

_TEAM = people_service, notices_service, sharing_service, forms_service, own_texts
_ROOMS = *_TEAM, prompt, call, message_slots, batch, backlog, archive_keys
SEALED = tuple(module.RING_SEALED for module in _ROOMS)
"""Columns that the key ring seals directly."""


def new_keys(
    ring: Annotated[
        bool, typer.Option("--ring", help="Only a key to be put first in KUAGER_KEY_RING.")
    ] = False,
) -> None:
    """Print fresh keys as lines for .env. Keep the lookup key apart from the database's backups."""
    out.print(_ring_key() if ring else key_lines(), end="\n" if ring else "")


def key_lines() -> str:
    """Make the three keys, as lines of settings."""
    rest = {name: show_key(new_key()) for name in ("KUAGER_LOOKUP_KEY", "KUAGER_AUDIT_KEY")}
    return "".join(f"{name}={key}\n" for name, key in {"KUAGER_KEY_RING": _ring_key(), **rest}.items())


def _ring_key() -> str:
    return f"k{secrets.token_hex(3)}:{show_key(new_key())}"


async def rotate(
    stopped: Annotated[bool, typer.Option("--stopped", help="The bot does not run.")] = False,
) -> None:
    """Wrap everything with the first key of the ring. The bot may run meanwhile. After an interruption, call
    it again to go on."""
    async with opened() as work:
        ring = work.safe.ring
        if not stopped:
            await _require_same_ring(work)
        with Progress(console=out) as progress:
            changed = await _rewrap_all(work, progress)
        work.destroyed.set()  # so that the list of withdrawals is sealed anew, too
        async with work.read() as unit:
            left = await ring_keys.left(unit)
        if not await work.finish_erasures():
            out.print(
                "The database's log is being read and still holds what was replaced: rotate again soon."
            )
    out.print(f"Sealed anew: {changed}.")
    if left:
        raise SettingsError(
            f"KUAGER_KEY_RING does not open {left} of the keys that are stored, which stay as they are: a key is missing. Put "
            "it back behind the new ones (Example: KUAGER_KEY_RING=k2027:…,k2026:…) and rotate again."
        )
    out.print(_closing(ring.current, [name for name in ring.ring.keys if name != ring.current]))


async def _require_same_ring(work: Work) -> None:
    """Raise SettingsError if the bot has an older ring, which could not open new seals."""
    current = work.safe.ring.current
    async with work.read() as unit:
        of_bot = await ring_keys.ring_of_bot(unit)
    if of_bot not in {None, current}:
        raise SettingsError(
            f"KUAGER_KEY_RING begins with {current}, and the bot was started when it began with {of_bot}. Restart the bot "
            "first, which could not open what is sealed anew. If it does not run: python -m bot keys rotate --stopped"
        )


async def _rewrap_all(work: Work, progress: Progress) -> int:
    """Rewrap until a round changes nothing, since the bot may run. Returns the number of changes."""
    changed = 0
    async with work.read() as unit:
        task = progress.add_task("Reports and drafts", total=await ring_keys.left(unit))
    while True:
        before = changed
        after: ring_keys.KeyPlace | None = ring_keys.FIRST
        while after is not None:
            async with work.write() as unit:
                count, after = await ring_keys.rewrap(unit, after)
            changed += count
            progress.advance(task, count)
        for sealed in SEALED:
            row = None
            while True:
                async with work.write() as unit:
                    count, row = await ring_keys.reseal(unit, sealed, row)
                changed += count
                if row is None:
                    break
        if changed == before:
            return changed


def _closing(current: str, others: list[str]) -> str:
    if not others:
        return (
            f"Every row uses {current}, the only key of KUAGER_KEY_RING. To change it, put a new one first (python -m bot keys "
            "new --ring prints one), restart the bot, and rotate again."
        )
    return (
        f"No row of the database uses {', '.join(others)} any more: you may take it out of KUAGER_KEY_RING and restart. Backups "
        "from before now open with nothing else. Make a new one, then destroy those and every copy of the old key: what was "
        "withdrawn or had expired by now cannot be read in any backup then."
    )


async def verify(
    head: Annotated[
        str, typer.Argument(help="What administrators were told, such as 57:3f9a1b2c4d5e6f70.")
    ] = "",
) -> None:
    """Check the audit log's chain. Its end is compared with the file of KUAGER_AUDIT_HEAD, and with a head
    that was told in a chat."""
    try:
        told = read_head(head) if head else None
    except ValueError as error:
        raise ArgumentError(f"HEAD is wrong: it {error}. Example: audit verify 57:3f9a1b2c4d5e6f70") from None
    async with opened() as work, work.read() as unit:
        found = await audit.check_log(unit, told)
        faults = list(found.faults(unit.settings))
        if found.gone and told is not None and len(faults) == 1:
            await audit.write(unit.settings, found.head)
            faults = []
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    out.print(f"The audit log is whole. Its head: {found.head.short()}")


async def restart() -> None:
    """Close a damaged audit log and begin a new one behind it, which says so. Members keep their rights,
    open invitations do not. Stop the bot first."""
    settings = load_settings()
    with the_only_bot(settings.database_url):
        async with opened(settings, any_keys=True) as work:
            async with work.write() as unit:
                known = await audit.known_head(settings)
                found = await audit.check_log(unit)
                if found.is_whole:
                    raise SettingsError("The audit log is whole: nothing was changed.")
                await operator_keys.begin_anew(unit, found)
                head = await audit.head(unit)
            if known is not None:
                await audit.retire_known_head(settings, known)
            await audit.write(settings, head)
    out.print(
        f"A new audit log begins behind the old one. Tell the administrators its head: {head.short()}. The members are those of the database: "
        "see whether you know each by python -m bot moderators list"
    )
