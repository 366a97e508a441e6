"""Commands for the operator's keys."""

import secrets
from typing import Annotated

import typer
from rich.progress import Progress

from bot.chat.screens import prompt
from bot.chat.transport.batches import backlog, batch
from bot.chat.transport.sending import call
from bot.cli.console import finish, opened, out
from bot.errors import SettingsError
from bot.safety.keys import new_key, show_key
from bot.services import message_slots
from bot.services.desk.people import preferences, sharing, team
from bot.services.keeping import rotation
from bot.work import Work

SEALED = tuple(
    module.RING_SEALED for module in (team, preferences, sharing, prompt, call, message_slots, batch, backlog)
)
"""Columns that the key ring seals directly."""


def new_keys(
    ring: Annotated[
        bool, typer.Option("--ring", help="Only a key to be put first in KUAGER_KEY_RING.")
    ] = False,
) -> None:
    """Print fresh keys as lines for .env. Keep the lookup key apart from the database's backups."""
    entry = f"k{secrets.token_hex(3)}:{show_key(new_key())}"
    if ring:
        out.print(entry)
        return
    out.print(f"KUAGER_KEY_RING={entry}")
    out.print(f"KUAGER_LOOKUP_KEY={show_key(new_key())}")
    out.print(f"KUAGER_AUDIT_KEY={show_key(new_key())}")


def rotate(
    stopped: Annotated[bool, typer.Option("--stopped", help="The bot does not run.")] = False,
) -> None:
    """Wrap everything with the first key of the ring. The bot may run meanwhile. After an interruption, call
    it again to go on."""
    finish(_rotate(stopped=stopped))


async def _rotate(*, stopped: bool) -> None:
    async with opened() as work:
        ring = work.safe.ring
        if not stopped:
            await _require_same_ring(work)
        with Progress(console=out) as progress:
            changed = await _rewrap_all(work, progress)
        async with work.read() as unit:
            left = await rotation.left(unit)
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
        of_bot = await rotation.ring_of_bot(unit)
    if of_bot not in {None, current}:
        raise SettingsError(
            f"KUAGER_KEY_RING begins with {current}, and the bot was started when it began with {of_bot}. Restart the bot "
            "first, which could not open what is sealed anew. If it does not run: python -m bot keys rotate --stopped"
        )


async def _rewrap_all(work: Work, progress: Progress) -> int:
    """Rewrap until a whole round changes nothing, since the bot may be running. Returns the number of
    changes."""
    changed = 0
    async with work.read() as unit:
        task = progress.add_task("Reports and drafts", total=await rotation.left(unit))
    while True:
        before, after = changed, rotation.FIRST
        while True:
            async with work.write() as unit:
                count, last = await rotation.rewrap(unit, after)
            changed += count
            progress.advance(task, count)
            if last is None:
                break
            after = last
        for sealed in SEALED:
            row = None
            while True:
                async with work.write() as unit:
                    count, row = await rotation.reseal(unit, sealed, row)
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
