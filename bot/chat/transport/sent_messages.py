"""The ids of a chat's messages, kept sealed for as long as Telegram lets a bot delete them, so that a chat can be
cleared and what showed a withdrawn report taken back."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import delete, select

from bot.chat.transport.outbox import Call
from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.ring_sealed import RingSealed
from bot.services.unit import Unit
from db.models import SentMessage

_SEALED_AS = "sent_messages.message"
RING_SEALED = RingSealed(SentMessage.message, lambda _: _SEALED_AS)
MOST_DELETED = 100
"""Messages of one deleteMessages (Bot API)."""


def note(unit: Unit, chat_hash: bytes, message_id: int, report_id: str | None = None) -> None:
    """Keep a message's id; `report_id` is the report that it shows."""
    sealed = unit.safe.ring.seal(str(message_id).encode(), _SEALED_AS)
    unit.session.add(SentMessage(chat_hash=chat_hash, message=sealed, report_id=report_id, hour=unit.hour))


async def take(unit: Unit, chat_hash: bytes) -> list[int]:
    """The ids of a chat's messages that can still be deleted; they are forgotten with this transaction."""
    rows = list(await unit.session.scalars(select(SentMessage).where(SentMessage.chat_hash == chat_hash)))
    await unit.session.execute(delete(SentMessage).where(SentMessage.chat_hash == chat_hash))
    if rows:
        vault.note_erasure(unit)
    oldest = unit.hour - unit.settings.message_hours
    return [number for row in rows if row.hour >= oldest and (number := _opened(unit, row)) is not None]


async def take_of_report(
    unit: Unit, report_id: str, chat_hashes: Collection[bytes]
) -> dict[bytes, list[int]]:
    """The ids of the messages that showed a report in these chats; they are forgotten with this transaction."""
    await unit.session.flush()
    where = SentMessage.report_id == report_id, SentMessage.chat_hash.in_(chat_hashes)
    rows = list(await unit.session.scalars(select(SentMessage).where(*where)))
    await unit.session.execute(delete(SentMessage).where(*where))
    found: dict[bytes, list[int]] = {}
    for row in rows:
        number = _opened(unit, row)
        if number is not None:
            found.setdefault(row.chat_hash, []).append(number)
    return found


def deletions(chat_id: int, message_ids: Sequence[int]) -> Iterator[Call]:
    """The calls that delete messages of a chat."""
    for start in range(0, len(message_ids), MOST_DELETED):
        params = {"chat_id": chat_id, "message_ids": list(message_ids[start : start + MOST_DELETED])}
        yield Call("deleteMessages", params)


def _opened(unit: Unit, row: SentMessage) -> int | None:
    """The id of a message; None when its key has left the ring."""
    try:
        return int(unit.safe.ring.unseal(row.message, _SEALED_AS))
    except UnsealError:
        return None
