"""What the sender delivered becomes rows: outbox rows go, ids of messages stay sealed for later deletion,
and a draft learns which message asks its question."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import delete, select

from bot.chat.outbox import Call, Outbox
from bot.chat.prompt import Prompt, keep_prompt, read_prompt
from bot.chat.sender import Delivered
from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.unit import Unit
from db.models import DraftRow, OutboxRow, SentMessage

MESSAGE = "sent_messages.message"
MOST_DELETED = 100
"""Messages of one deleteMessages (Bot API)."""


async def record(unit: Unit, delivered: Sequence[Delivered]) -> list[Delivered]:
    """Record deliveries with a fixed number of statements; those prompts among them that were shown after
    their step had been left."""
    if not delivered:
        return []
    await unit.session.execute(delete(OutboxRow).where(OutboxRow.id.in_([done.row.id for done in delivered])))
    for done in delivered:
        for message_id in done.message_ids:
            note_message(unit, done.row.chat_hash, message_id, done.row.report_id)
    prompts: dict[bytes, list[Delivered]] = {}
    for done in delivered:
        if done.row.prompt_step is not None and done.message_ids:
            prompts.setdefault(done.row.chat_hash, []).append(done)
    overtaken = []
    if prompts:
        for draft in await unit.session.scalars(select(DraftRow).where(DraftRow.chat_hash.in_(prompts))):
            for done in prompts[draft.chat_hash]:
                if done.row.prompt_step == draft.step:
                    _set_prompt(unit, draft, done)
                else:
                    overtaken.append(done)
    return overtaken


def take_back(unit: Unit, outbox: Outbox, overtaken: Sequence[Delivered]) -> None:
    """Delete prompts that nobody shall answer any more; what is asked now was sent below them."""
    for done in overtaken:
        chat_id = Call.load(unit.safe.ring, done.row.payload).params["chat_id"]
        for call in deletions(chat_id, done.message_ids):
            outbox.add(done.row.chat_hash, replace(call, essential=False))


def note_message(unit: Unit, chat_hash: bytes, message_id: int, report_id: str | None = None) -> None:
    """Keep a message's id, sealed, so that the chat can be cleared."""
    sealed = unit.safe.ring.seal(str(message_id).encode(), MESSAGE)
    unit.session.add(SentMessage(chat_hash=chat_hash, message=sealed, report_id=report_id, hour=unit.hour))


def _set_prompt(unit: Unit, draft: DraftRow, done: Delivered) -> None:
    before, step, ids = read_prompt(unit, draft), draft.step, done.message_ids
    first = None if done.doubtful else ids[0]
    if before is not None and before.step == step:
        first, ids = before.first_id, tuple(sorted({*before.message_ids, *ids}))
    keep_prompt(unit, draft, Prompt(step, first, ids))


async def take_messages(unit: Unit, chat_hash: bytes) -> list[int]:
    """The ids of a chat's messages that can still be deleted; they are forgotten with this transaction."""
    rows = list(await unit.session.scalars(select(SentMessage).where(SentMessage.chat_hash == chat_hash)))
    await unit.session.execute(delete(SentMessage).where(SentMessage.chat_hash == chat_hash))
    if rows:
        vault.note_erasure(unit)
    oldest = unit.hour - unit.settings.message_hours
    return [number for row in rows if row.hour >= oldest and (number := _opened(unit, row)) is not None]


async def take_report_messages(
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
        return int(unit.safe.ring.unseal(row.message, MESSAGE))
    except UnsealError:
        return None
