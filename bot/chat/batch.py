"""A batch of updates folded in order inside one transaction: the drafts prefetched by one query, saved by
one flush together with the ids of the updates and the answers that are owed."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from telegram import Bot, Update

from bot.chat import delivery
from bot.chat.moderation.notices import take_back_late
from bot.chat.outbox import Outbox
from bot.chat.prompt import Prompt, read_prompt
from bot.chat.renderer import Renderer
from bot.chat.sender import Delivered
from bot.chat.turn import Chat, Turn
from bot.services.desk import team
from bot.services.reports import drafting
from bot.services.unit import Unit
from db.models import OutboxRow, SeenUpdate

log = logging.getLogger(__name__)

Raw = dict[str, Any]
"""An update as Telegram wrote it."""


class BadUpdateError(Exception):
    """An update that cannot be read."""


@dataclass(slots=True)
class Folded:
    """What a batch leaves to be done after its commit."""

    rows: list[OutboxRow] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    erased: bool = False
    filed: bool = False


@dataclass(frozen=True, slots=True)
class Folder:
    """Folds batches. `dispatch` answers one turn; `unseen` tells whether a chat's prompt of a step waits
    and was never tried."""

    bot: Bot
    renderer: Renderer
    dispatch: Callable[[Turn], Awaitable[None]]
    unseen: Callable[[bytes, int], bool]

    async def fold(self, unit: Unit, raws: Sequence[Raw], delivered: Sequence[Delivered]) -> Folded:
        """Do all that these updates ask for; raises what a handler raised."""
        outbox = Outbox(unit)
        delivery.take_back(unit, outbox, await delivery.record(unit, delivered))
        await take_back_late(unit, outbox, delivered)
        updates = self._parsed(await _fresh(unit, raws))
        chats = await self._chats(unit, updates)
        for update in updates:
            chat = chats.get(_private_chat(update))
            if chat is not None and chat.filling is not None and drafting.is_gone(unit, chat.filling):
                chat.filling = chat.prompt = None
            if chat is not None and update.message is not None:
                delivery.note_message(unit, chat.hash, update.message.message_id, _edited_report(chat))
            turn = Turn(update, chat or _foreign(unit, update), unit, outbox, self.renderer)
            await self.dispatch(turn)
            unit.session.add(SeenUpdate(id=update.update_id, hour=unit.hour))
        for chat in chats.values():
            if chat.filling is not None and chat.filling.changed:
                drafting.save(unit, chat.filling)
        unit.session.add_all(outbox.rows)
        await unit.session.flush()
        return Folded(outbox.rows, outbox.dropped_reports, unit.erased, unit.filed)

    def _parsed(self, raws: Iterable[Raw]) -> list[Update]:
        updates = []
        for raw in raws:
            try:
                updates.append(Update.de_json(raw, self.bot))
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
                raise BadUpdateError(type(error).__name__) from None
        return updates

    async def _chats(self, unit: Unit, updates: Iterable[Update]) -> dict[int | None, Chat]:
        ids = {chat_id for update in updates if (chat_id := _private_chat(update)) is not None}
        hashes = {chat_id: unit.safe.pseudonyms.chat(chat_id) for chat_id in ids}
        if not ids:
            return {}
        fillings = await drafting.load(unit, list(hashes.values()))
        active = await team.of_chats(unit, hashes.values())
        chats: dict[int | None, Chat] = {}
        for chat_id, hashed in hashes.items():
            chat = Chat(chat_id, hashed, fillings.get(hashed), active.get(hashed))
            chat.prompt = self._prompt(unit, chat)
            chats[chat_id] = chat
        return chats

    def _prompt(self, unit: Unit, chat: Chat) -> Prompt | None:
        if chat.filling is None:
            return None
        step = chat.filling.draft.step
        recorded = read_prompt(unit, chat.filling.row)
        if (recorded is None or recorded.step != step) and self.unseen(chat.hash, step):
            return Prompt(step, unseen=True)
        return recorded


def id_of(raw: Raw) -> int | None:
    """The id of an update; None for one that has none, or none that a database can keep."""
    found = raw.get("update_id")
    return found if isinstance(found, int) and 0 <= found < 2**63 else None


async def _fresh(unit: Unit, raws: Sequence[Raw]) -> list[Raw]:
    """Those that are not done yet, each once, in their order."""
    by_id: dict[int, Raw] = {}
    for raw in raws:
        update_id = id_of(raw)
        if update_id is None:
            raise BadUpdateError("no update_id")
        by_id.setdefault(update_id, raw)
    done = set(await unit.session.scalars(select(SeenUpdate.id).where(SeenUpdate.id.in_(by_id))))
    return [raw for update_id, raw in by_id.items() if update_id not in done]


def _private_chat(update: Update) -> int | None:
    chat = update.effective_chat
    return chat.id if chat is not None and chat.type == chat.PRIVATE else None


def _edited_report(chat: Chat) -> str | None:
    """The report whose public version is being written in this chat: what is typed there goes with it."""
    return chat.filling.row.report_id if chat.filling is not None else None


def _foreign(unit: Unit, update: Update) -> Chat:
    """A group or channel: nothing is ever kept of it."""
    chat_id = update.effective_chat.id if update.effective_chat is not None else 0
    return Chat(chat_id, unit.safe.pseudonyms.chat(chat_id), None, None)
