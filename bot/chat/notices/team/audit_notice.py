"""The audit log's head, told to administrators once a day: whoever cuts the log on the server cannot take it out of their
chats."""

import logging
from collections.abc import Sequence

from bot.chat.notices.team import faulty
from bot.chat.notices.team.housekeeping import again_and_again
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.copies import ALONE, Copies
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox, Owe
from bot.form.screen import Key, Phrase
from bot.safety.logs import where
from bot.safety.sealing import UnsealError
from bot.services import audit
from bot.services.desk.people import team
from bot.services.export.versions import selection
from bot.services.export.versions.selection import Faulty, Period
from bot.services.keeping import audit_heads
from bot.services.unit import MakeUnit, Unit
from db.models import Moderator

log = logging.getLogger(__name__)
CHECK_SECONDS = 600.0
HOURS_BETWEEN = 24


class AuditNotice:
    """Owes the administrators the head when a day is over, and with it which reports no export holds although it should.
    `read` makes units that only read, `owe` lets calls be owed, in a transaction of their own."""

    def __init__(self, read: MakeUnit, owe: Owe, renderer: Renderer, copies: Copies = ALONE) -> None:
        self._read, self._owe, self._renderer, self._copies = read, owe, renderer, copies

    async def run(self) -> None:
        """Look again and again, for ever. A failure is logged, and the next look tries again."""
        await again_and_again(self._copies, self.once, CHECK_SECONDS)

    async def once(self) -> None:
        """Tell the head if a day is over."""
        try:
            async with self._read() as unit:
                if not await _administrators(unit):
                    return
                held = await _faulty(unit)
            await self._owe(lambda unit, outbox: owe_head(unit, outbox, self._renderer, held))
        except Exception as error:  # noqa: BLE001 - a boundary: the next look tries again
            log.warning("the head of the audit log was not told: %s", where(error))


async def _administrators(unit: Unit) -> Sequence[Moderator]:
    """Those who are told now: nobody before a day is over since the last time, or since the log began."""
    since = await audit.last_hour(unit, audit.TOLD_HEAD)
    if since is None or unit.hour - since < HOURS_BETWEEN:
        return ()
    return await team.admins(unit)


async def _faulty(unit: Unit) -> Faulty:
    """What is held back. All that is public is opened for it, which holds up nobody here."""
    try:
        return await selection.faulty(unit, Period())
    except UnsealError:  # a key has left the ring, which the start has said
        log.warning("it could not be seen which public versions are held back")
        return Faulty()


async def owe_head(unit: Unit, outbox: Outbox, renderer: Renderer, held: Faulty | None = None) -> None:
    """Owe every administrator the head, silently and in a short neutral line, if a day is over; with how many entries are
    missing, if any are, and which reports are held back."""
    admins = await _administrators(unit)
    if not admins:
        return
    missing, head = await audit_heads.lost(unit), await audit.head(unit)
    said: list[Phrase] = [Key("moderator.audit.head", {"head": head.short()})]
    if missing:
        said.append(Key("moderator.audit.cut", {"n": missing}))
    said += faulty.told(held or Faulty())
    await audit.record(unit, audit.SYSTEM, audit.TOLD_HEAD, "", str(head.number))
    for admin in admins:
        chat_id = team.address(unit, admin)
        if chat_id is not None:
            params = renderer.message(admin.language, said).params()
            call = Call(
                "sendMessage", {"chat_id": chat_id, **params, "disable_notification": True}, guarded=True
            )
            outbox.add(admin.chat_hash, call)
