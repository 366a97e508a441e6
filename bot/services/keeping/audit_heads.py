"""The audit log's head in its file, compared with the database and updated."""

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


async def known_head(settings: Settings) -> AuditHead | None:
    """Last head in the file, or None. Raises SettingsError when the file is unreadable."""
    try:
        return await asyncio.to_thread(load_head, settings.audit_head_file)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "the file holds something else"
        raise SettingsError(
            f"KUAGER_AUDIT_HEAD is wrong: it cannot be read: {why}. {example('audit_head')}"
        ) from None


async def lost(unit: Unit) -> tuple[int, bool]:
    """Number of entries cut off since the last head, and whether its file is missing or unreadable."""
    try:
        known = await known_head(unit.settings)
    except SettingsError:
        return 0, True
    return await audit.cut_since(unit, known), await is_gone(unit, known)


async def is_gone(unit: Unit, known: AuditHead | None) -> bool:
    return known is None and await unit.session.get(Mark, _KEPT) is not None


async def note_kept(unit: Unit) -> None:
    """Require the file from now on, once the log has an entry."""
    if (await audit.head(unit)).number:
        await ring_keys.note_first(unit, _KEPT, "")


async def keep(unit: Unit) -> int:
    """Write the head, unless its file is gone or entries were cut off: then the file stays as the only
    proof. Returns the number of missing entries. Raises SettingsError for the file."""
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
    """Write a head without a comparison. Raises SettingsError for the file."""
    try:
        await asyncio.to_thread(keep_head, settings.audit_head_file, head)
    except OSError as error:
        raise _unwritable(error) from None


async def retire(settings: Settings, head: AuditHead) -> Path:
    """Move the head to a file of its own as a proof, before a backup replaces its log. Returns that file.
    Raises SettingsError for the file."""
    try:
        return await asyncio.to_thread(retire_head, settings.audit_head_file, head)
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> SettingsError:
    return SettingsError(
        f"KUAGER_AUDIT_HEAD is wrong: it cannot be written: {error.strerror}. {example('audit_head')}"
    )
