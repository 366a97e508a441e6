"""Daily notice of the audit log's head to administrators. An attacker who truncates the log on the server
cannot remove it from their chats."""

import logging
from collections.abc import AsyncIterator, Sequence

from bot.chat.notices.team import faulty
from bot.chat.notices.team.housekeeping import again_and_again
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.copies import ALONE, Copies
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox, Owe
from bot.errors import SettingsError
from bot.file_store.store import FileStore
from bot.form.screen import Key, Phrase
from bot.safety.logs import where
from bot.safety.sealing import UnsealError
from bot.services import audit
from bot.services.desk.people import team
from bot.services.export.versions import selection
from bot.services.export.versions.selection import Faulty, Period
from bot.services.keeping import audit_heads, losses
from bot.services.keeping.losses import require_whole
from bot.services.unit import MakeUnit, Unit
from db.models import AuditEntry, Moderator

log = logging.getLogger(__name__)
CHECK_SECONDS = 600.0
HOURS_BETWEEN = 24


class AuditNotice:
    """Enqueues the head once a day, with approved reports missing from exports and losses of the database or
    the file store. `owe` enqueues calls in a transaction."""

    def __init__(
        self, read: MakeUnit, owe: Owe, renderer: Renderer, store: FileStore, copies: Copies = ALONE
    ) -> None:
        self._read, self._owe, self._renderer, self._store, self._copies = read, owe, renderer, store, copies

    async def run(self) -> None:
        await again_and_again(self._copies, self.once, CHECK_SECONDS)

    async def once(self) -> None:
        """Send the notice if a day has passed. A failure is logged."""
        try:
            async with self._read() as unit:
                if not await _administrators(unit):
                    return
                said, url = [*faulty.told(await _faulty(unit))], unit.settings.database_url
                if await audit.broken_at(unit) is not None:
                    unit.safe.foreign.add(AuditEntry.__tablename__)  # announced with other foreign rows
            said += [phrase async for phrase in self._lost(url)]
            await self._owe(lambda unit, outbox: owe_head(unit, outbox, self._renderer, said))
        except Exception as error:  # noqa: BLE001 - a boundary: the next look tries again
            log.warning("the head of the audit log was not told: %s", where(error))

    async def _lost(self, url: str) -> AsyncIterator[Phrase]:
        """Check the whole database and all files. The log tells the operator what helps."""
        try:
            await require_whole(url)
        except SettingsError as damaged:
            log.error("%s", damaged)  # noqa: TRY400 - no trace helps
            yield Key("moderator.audit.damaged")
        try:
            if lost := await losses.lost_files(self._read, self._store):
                log.error("%d files that the database knows are lost. Run: python -m bot check", len(lost))
                yield Key("moderator.audit.files_lost", {"n": len(lost)})
        except OSError as error:
            log.warning("the files could not be compared with the store: %s", where(error))


async def _administrators(unit: Unit) -> Sequence[Moderator]:
    """Administrators to notify, none before a day has passed since the last notice or the log's first entry."""
    since = await audit.last_hour(unit, audit.TOLD_HEAD)
    if since is None or unit.hour - since < HOURS_BETWEEN:
        return ()
    return await team.admins(unit)


async def _faulty(unit: Unit) -> Faulty:
    try:
        return await selection.faulty(unit, Period())
    except UnsealError:  # a key has left the ring, as the start logged
        log.warning("it could not be seen which public versions are held back")
        return Faulty()


async def owe_head(unit: Unit, outbox: Outbox, renderer: Renderer, beside: Sequence[Phrase] = ()) -> None:
    """Enqueue the head for every administrator if a day has passed, silently and neutrally, with the number
    of missing entries and `beside`."""
    admins = await _administrators(unit)
    if not admins:
        return
    (missing, is_gone), head = await audit_heads.lost(unit), await audit.head(unit)
    said: list[Phrase] = [Key("moderator.audit.head", {"head": head.short()})]
    if missing:
        said.append(Key("moderator.audit.cut", {"n": missing}))
    if is_gone:
        said.append(Key("moderator.audit.head_gone"))
    said += beside
    await audit_heads.note_kept(unit)
    await audit.record(unit, audit.SYSTEM, audit.TOLD_HEAD, "", str(head.number))
    for admin in admins:
        chat_id = team.address(unit, admin)
        if chat_id is not None:
            params = renderer.message(admin.language, said).params()
            call = Call(
                "sendMessage", {"chat_id": chat_id, **params, "disable_notification": True}, guarded=True
            )
            outbox.add(admin.chat_hash, call)
