"""Alarm to administrators about rows that the bot did not write."""

import logging

from bot.chat.notices.unasked import say
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.outbox import Outbox, Owe
from bot.form.screen import Key
from bot.safety.logs import where
from bot.services import audit, row_proofs
from bot.services.desk.people import invitations, sharing, team
from bot.services.unit import MakeUnit, Unit

log = logging.getLogger(__name__)
LOOK_SECONDS = 600.0


async def look(read: MakeUnit, owe: Owe, renderer: Renderer) -> None:
    """Check the team's rows, which give rights, and report all foreign rows found since the last check, in
    any table. A failure is logged."""

    async def tell(unit: Unit, outbox: Outbox) -> None:
        await audit.record_all(unit, audit.SYSTEM, "foreign", [(name, "") for name in found])
        said = Key("moderator.notice.foreign", {"tables": ", ".join(found)})
        for admin in await team.admins(unit):
            say(renderer, unit, outbox, admin, said, aloud=True)

    try:
        async with read() as unit:
            row_proofs.remember(unit.safe, await team.list_moderators(unit))
            for rows in (invitations.list_open, sharing.list_open):
                await rows(unit)
            found = sorted(unit.safe.foreign)
        if found:
            await owe(tell)
            unit.safe.foreign.difference_update(found)
    except Exception as error:  # noqa: BLE001 - a boundary: the next look tries again
        log.warning("administrators were not told of rows that the bot did not write: %s", where(error))
