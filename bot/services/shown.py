"""Deadlines of messages shown to moderators: minutes after their last act in the chat, a longest time, and
the end of a claim.

Reminders of what must leave a chat are stored here, and the transport deletes the messages. These rows live
for minutes, and so they alone hold minutes. They tell of moderators only.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.services import vault
from bot.services.unit import Unit
from db.models import ShownChat, TakeBack

MOST_AT_ONCE = 100
_IS_OF_REPLIES = and_(TakeBack.report_id.is_(None), TakeBack.chat_hash.is_(None))
_AHEAD = 2
"""Minutes that another process's clock may be ahead. A later date comes from a clock that was put back."""


async def touch(unit: Unit, chat_hashes: Collection[bytes]) -> None:
    """Record that moderators acted in these chats, or were shown messages there."""
    if not chat_hashes:
        return
    rows = [{"chat_hash": one, "since": unit.minute, "touched": unit.minute} for one in sorted(chat_hashes)]
    on_postgresql = unit.session.get_bind().dialect.name == "postgresql"
    added = (postgresql if on_postgresql else sqlite).insert(ShownChat).values(rows)
    now = {"touched": added.excluded.touched}
    await unit.session.execute(added.on_conflict_do_update(index_elements=[ShownChat.chat_hash], set_=now))


async def due(unit: Unit) -> Sequence[ShownChat]:
    return (await unit.session.scalars(select(ShownChat).where(_is_due(unit)))).all()


def is_idle(unit: Unit, chat: ShownChat) -> bool:
    """Whether a chat's moderator has been idle, so that all messages go."""
    return not unit.minute - unit.settings.idle_minutes <= chat.touched <= unit.minute + _AHEAD


def oldest(unit: Unit) -> int:
    """Last minute with messages that go even if the moderator is busy."""
    return unit.minute - unit.settings.shown_minutes


def newest(unit: Unit) -> int:
    """Last minute that a right clock can have given a message."""
    return unit.minute + _AHEAD


def _is_due(unit: Unit) -> ColumnElement[bool]:
    ahead = newest(unit)
    return or_(
        ShownChat.touched < unit.minute - unit.settings.idle_minutes,
        ShownChat.since <= oldest(unit),
        ShownChat.touched > ahead,
        ShownChat.since > ahead,
    )


async def forget(unit: Unit, chat_hash: bytes) -> None:
    """Record that a chat has no more messages that go within minutes."""
    await unit.session.execute(delete(ShownChat).where(ShownChat.chat_hash == chat_hash))


def end(unit: Unit, report_id: str | None, chat_hash: bytes | None = None, *, whole: bool = False) -> None:
    """Remember that a report's messages must leave one chat, or all, with `whole` unasked notices too.
    Without a report the chat is cleared if `whole`, else rid of notices unseen for days."""
    reminder = TakeBack(id=vault.new_id(), report_id=report_id, chat_hash=chat_hash, whole=whole)
    unit.session.add(reminder)
    unit.ended.append(report_id)


def end_replies(unit: Unit) -> None:
    """Remember that replies about a deleted report may be open in unknown chats."""
    unit.session.add(TakeBack(id=vault.new_id(), report_id=None, chat_hash=None, whole=True))


async def take_replies_ended(unit: Unit) -> bool:
    """Take the reminder of `end_replies`, and return whether there was one."""
    await unit.session.flush()
    done = await unit.session.execute(delete(TakeBack).where(_IS_OF_REPLIES))
    return bool(getattr(done, "rowcount", 0))


async def ended(unit: Unit) -> Sequence[TakeBack]:
    """Take all reminders of this unit and of earlier ones."""
    unit.ended.clear()
    await unit.session.flush()
    found = (await unit.session.scalars(select(TakeBack).where(~_IS_OF_REPLIES).limit(MOST_AT_ONCE))).all()
    gone = delete(TakeBack).where(TakeBack.id.in_([one.id for one in found])).returning(TakeBack.id)
    taken = set(await unit.session.scalars(gone.execution_options(synchronize_session=False)))
    for one in found:
        unit.session.expunge(one)
    return [one for one in found if one.id in taken]


async def is_anything_due(unit: Unit) -> bool:
    query = select(or_(exists(select(TakeBack.id)), exists(select(ShownChat.chat_hash).where(_is_due(unit)))))
    return bool(await unit.session.scalar(query))
