"""Search for the update that makes a batch fail, first by chat, then one by one. That update is set aside.

When the database accepts nothing, all updates are given again (see `faults`).
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import database_faults, faults
from bot.chat.transport.processing.committer import SETTLE_SECONDS, Committer, Intake
from bot.chat.transport.receiving.updates import RawUpdate, by_chat, id_of
from bot.safety.logs import new_error_reference, where

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FaultIsolation:
    """Isolates faults. The caller holds `committer.busy`."""

    committer: Committer

    async def commit(self, intake: Intake) -> Sequence[RawUpdate]:
        """Process an intake. Returns the updates held for another replica.

        Raises the database's error when it accepts nothing. Nothing is lost then.
        """
        held = await self._commit(
            replace(intake, raws=[raw for raw in intake.raws if id_of(raw) is not None])
        )
        for raw in intake.raws:
            if id_of(raw) is None:
                await self._set_aside(raw, "no usable update_id", waited=False)
        return held

    async def _commit(self, intake: Intake) -> Sequence[RawUpdate]:
        try:
            return (await self.committer.commit(intake)).held
        except Exception as error:
            if not intake.number or database_faults.is_away(error):
                raise
        log.warning("a batch of %d failed and is processed apart", intake.number)
        held = await (self._one_by_one(intake) if intake.turn else self._chat_by_chat(intake))
        await self._record_others()
        return held

    async def _record_others(self) -> None:
        """Record the deliveries of other chats, which would pile up."""
        try:
            await self.committer.commit(Intake(settled=True))
        except Exception as error:
            if database_faults.is_away(error):
                raise
            log.warning("deliveries could not be recorded: %s", where(error))  # the next batch tries again

    async def _chat_by_chat(self, intake: Intake) -> list[RawUpdate]:
        failed: list[RawUpdate] = []
        held: list[RawUpdate] = []
        for group in by_chat(intake.raws):
            try:
                held += (await self.committer.commit(replace(intake, raws=group, apart=True))).held
            except Exception as error:
                if database_faults.is_away(error):
                    raise
                failed += group
        return held + await self._one_by_one(replace(intake, raws=failed, busy=()))

    async def _one_by_one(self, intake: Intake) -> list[RawUpdate]:
        held: list[RawUpdate] = []
        alone = replace(intake, raws=(), turn=(), apart=True)
        until = _now() + SETTLE_SECONDS  # for all together: other chats wait meanwhile
        for raw in intake.raws:
            held += await self._alone(raw, replace(alone, raws=[raw], settled=_now() >= until))
        for one in intake.turn:
            held += await self._alone(one.raw, replace(alone, turn=[one], settled=_now() >= until))
        return held

    async def _alone(self, raw: RawUpdate, intake: Intake) -> Sequence[RawUpdate]:
        """Process one update, or set it aside unless the database is to blame."""
        for doubts in range(1, faults.MOST_DOUBTS + 1):
            try:
                return (await self.committer.commit(intake)).held
            except Exception as error:
                fault = database_faults.of_database(error)
                if database_faults.is_away(error) or (
                    fault is not None and not await self.committer.takes_anything()
                ):
                    raise
                if fault is None or doubts == faults.MOST_DOUBTS:
                    await self._set_aside(raw, where(error), waited=bool(intake.turn))
                    break
        return ()

    async def _set_aside(self, raw: RawUpdate, why: str, *, waited: bool) -> None:
        reference = new_error_reference()
        log.error("update set aside, reference %s: %s", reference, why)
        try:
            await self.committer.set_aside(raw, reference, waited=waited)
        except Exception as again:
            if database_faults.is_of_database(again):
                raise
            log.error("its person cannot be told: %s", where(again))  # noqa: TRY400 - no words
            await self.committer.set_aside({"update_id": id_of(raw)}, reference, waited=waited)


def _now() -> float:
    return asyncio.get_running_loop().time()
