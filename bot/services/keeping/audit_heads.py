"""The audit log's head in its file: compared with the database, then brought up to date."""

import asyncio
import logging
from pathlib import Path

from bot.errors import SettingsError
from bot.safety.audit_head import AuditHead, keep_head, load_head, retire_head
from bot.services import audit, ring_keys
from bot.services.unit import Unit
from bot.settings import Settings, example
from db.models import Mark

log = logging.getLogger(__name__)
CHANGED = (
    "KUAGER_AUDIT_KEY is not the one that the audit log was written with, or the log was changed: it does not fit its chain "
    "from entry {number} on. Put the right key back; if it is lost, or the log was changed: python -m bot audit restart"
)
CUT = (
    "The audit log was cut: at least {lost} entries at its end are missing since {where} said {head}. Find out who can write to the "
    "database, then run: python -m bot audit restart"
)
GONE = (
    "KUAGER_AUDIT_HEAD: {file} is gone, so that entries cut off the audit log would not be noticed. Compare the log with the newest line that "
    "administrators were told, which writes the file anew: python -m bot audit verify HEAD. Where none was told: python -m bot audit restart"
)
UNREAD = (
    "KUAGER_AUDIT_HEAD: {file} cannot be read, or holds something else. Find out who changed it, move it away, and compare the log with the "
    "newest line that administrators were told, which writes the file anew: python -m bot audit verify HEAD"
)
_KEPT = "head"
"""The mark that the file was written once."""


async def known_head(settings: Settings) -> AuditHead | None:
    """The head that was written down last; raises SettingsError when the file cannot be read."""
    try:
        return await asyncio.to_thread(load_head, settings.audit_head_file)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "the file holds something else"
        raise SettingsError(
            f"KUAGER_AUDIT_HEAD is wrong: it cannot be read: {why}. {example('audit_head')}"
        ) from None


async def lost(unit: Unit) -> tuple[int, bool]:
    """How many entries were cut off the log since its head was written down, and whether its file is gone or cannot be read."""
    try:
        known = await known_head(unit.settings)
    except SettingsError:
        return 0, True
    return await audit.cut_since(unit, known), await is_gone(unit, known)


async def is_gone(unit: Unit, known: AuditHead | None) -> bool:
    """Whether the file was written once, and there is none."""
    return known is None and await unit.session.get(Mark, _KEPT) is not None


async def note_kept(unit: Unit) -> None:
    """Note that from now on the file must be there, once the log has an entry."""
    if (await audit.head(unit)).number:
        await ring_keys.note_first(unit, _KEPT, "")


async def keep(unit: Unit) -> int:
    """Write the head down, unless the file is gone, or entries were cut off: then it stays, as the only proof, and this tells how many.
    Raises SettingsError when the file cannot be read or written."""
    known, now = await known_head(unit.settings), await audit.head(unit)
    missing = await audit.cut_since(unit, known)
    if missing:
        log.error(
            "the audit log was cut: at least %d entries at its end are missing. Run: python -m bot audit verify",
            missing,
        )
    elif known != now and now.number and not await is_gone(unit, known):
        await write(unit.settings, now)
    return missing


async def write(settings: Settings, head: AuditHead) -> None:
    """Write a head down, whatever the file says. Raises SettingsError when it cannot be written."""
    try:
        await asyncio.to_thread(keep_head, settings.audit_head_file, head)
    except OSError as error:
        raise _unwritable(error) from None


async def retire(settings: Settings, head: AuditHead) -> Path:
    """Put the head away: the log that it is of gives way to one from a backup, which may have fewer entries. The file where it
    stays, as a proof. Raises SettingsError when that cannot be written."""
    try:
        return await asyncio.to_thread(retire_head, settings.audit_head_file, head)
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> SettingsError:
    return SettingsError(
        f"KUAGER_AUDIT_HEAD is wrong: it cannot be written: {error.strerror}. {example('audit_head')}"
    )
