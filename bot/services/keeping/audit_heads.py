"""The audit log's head in its file: compared with the database, then brought up to date."""

import asyncio
import logging
from pathlib import Path

from bot.errors import SettingsError
from bot.safety.audit_head import AuditHead, keep_head, load_head, retire_head
from bot.services import audit
from bot.services.unit import Unit
from bot.settings import Settings, example

log = logging.getLogger(__name__)
CHANGED = (
    "KUAGER_AUDIT_KEY is not the one that the audit log was written with, or the log was changed: it does not fit its chain "
    "from entry {number} on."
)
CUT = "The audit log was cut: at least {lost} entries at its end are missing since {where} said {head}."


async def known_head(settings: Settings) -> AuditHead | None:
    """The head that was written down last; raises SettingsError when the file cannot be read."""
    try:
        return await asyncio.to_thread(load_head, settings.audit_head_file)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "the file holds something else"
        raise SettingsError(
            f"KUAGER_AUDIT_HEAD is wrong: it cannot be read: {why}. {example('audit_head')}"
        ) from None


async def lost(unit: Unit) -> int:
    """How many entries were cut off the log since its head was written down."""
    return await audit.cut_since(unit, await known_head(unit.settings))


async def keep(unit: Unit) -> int:
    """Write the head down, unless entries were cut off: then the file stays, as the only proof, and this tells how many.
    Raises SettingsError when the file cannot be read or written."""
    known, now = await known_head(unit.settings), await audit.head(unit)
    missing = await audit.cut_since(unit, known)
    if missing:
        log.error(
            "the audit log was cut: at least %d entries at its end are missing. Run: python -m bot audit verify",
            missing,
        )
    elif known != now and now.number:
        try:
            await asyncio.to_thread(keep_head, unit.settings.audit_head_file, now)
        except OSError as error:
            raise _unwritable(error) from None
    return missing


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
