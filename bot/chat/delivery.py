"""What the sender delivered becomes rows: outbox rows go, ids of messages stay sealed for later deletion,
and a draft learns which message asks its question."""

import json
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import delete, select

from bot.chat.outbox import Call
from bot.chat.sender import Delivered
from bot.chat.turn import Prompt
from bot.safety.sealing import UnsealError
from bot.services.unit import Unit
from db.models import Draft, OutboxRow, SentMessage

MESSAGE = "sent_messages.message"
PROMPT = "drafts.prompt"
MOST_DELETED = 100
"""Messages of one deleteMessages (Bot API)."""


async def record(unit: Unit, delivered: Sequence[Delivered]) -> None:
    """Record deliveries with a fixed number of statements."""
    if not delivered:
        return
    await unit.session.execute(delete(OutboxRow).where(OutboxRow.id.in_([done.row.id for done in delivered])))
    for done in delivered:
        for message_id in done.message_ids:
            note_message(unit, done.row.chat_hash, message_id, done.row.report_id)
    prompts: dict[bytes, list[Delivered]] = {}
    for done in delivered:
        if done.row.prompt_step is not None and done.message_ids:
            prompts.setdefault(done.row.chat_hash, []).append(done)
    if prompts:
        for draft in await unit.session.scalars(select(Draft).where(Draft.chat_hash.in_(prompts))):
            for done in prompts[draft.chat_hash]:
                _set_prompt(unit, draft, done)


def note_message(unit: Unit, chat_hash: bytes, message_id: int, report_id: str | None = None) -> None:
    """Keep a message's id, sealed, so that the chat can be cleared."""
    sealed = unit.safe.ring.seal(str(message_id).encode(), MESSAGE)
    unit.session.add(SentMessage(chat_hash=chat_hash, message=sealed, report_id=report_id, hour=unit.hour))


def _set_prompt(unit: Unit, draft: Draft, done: Delivered) -> None:
    before, step, message_id = read_prompt(unit, draft), done.row.prompt_step, done.message_ids[-1]
    first = None if done.doubtful else message_id
    if before is not None and before.step == step:
        first = before.first_id
        message_id = max(message_id, before.message_id or 0)  # an edit in place may be of an older one
    plain = json.dumps({"s": step, "f": first, "m": message_id}).encode()
    draft.prompt = unit.safe.ring.seal(plain, f"{PROMPT}:{draft.id}")


def read_prompt(unit: Unit, draft: Draft) -> Prompt | None:
    """The last prompt of a draft that was surely delivered; None when it is not known, or no longer."""
    if draft.prompt is None:
        return None
    try:
        plain = json.loads(unit.safe.ring.unseal(draft.prompt, f"{PROMPT}:{draft.id}"))
    except UnsealError:  # its key has left the ring: that must not cost the person the draft
        return None
    return Prompt(plain["s"], first_id=plain["f"], message_id=plain["m"])


async def take_messages(unit: Unit, chat_hash: bytes) -> list[int]:
    """The ids of a chat's messages that can still be deleted; they are forgotten with this transaction."""
    rows = list(await unit.session.scalars(select(SentMessage).where(SentMessage.chat_hash == chat_hash)))
    await unit.session.execute(delete(SentMessage).where(SentMessage.chat_hash == chat_hash))
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
