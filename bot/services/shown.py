"""When what moderators are shown leaves their chats: some minutes after their last act there, so many after it was shown at
the latest, and at the end of a claim; and replies of reporters whose report is gone. What is to leave then is remembered here by the
transaction that ends it; whoever speaks to chats takes it back.

These rows live for minutes, and so they alone hold minutes. They tell nothing of whoever reports: only what moderators do, and
when they are shown it."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.services import vault
from bot.services.unit import Unit
from db.models import ShownChat, TakeBack

MOST_AT_ONCE = 100
"""Reminders that are dealt with at once."""
_IS_OF_REPLIES = and_(TakeBack.report_id.is_(None), TakeBack.chat_hash.is_(None))
_AHEAD = 2
"""Minutes that another process's clock may be ahead. What is dated later was dated by a clock that was put back since."""


async def touch(unit: Unit, chat_hashes: Collection[bytes]) -> None:
    """Moderators have acted in these chats, or were shown something there; one statement."""
    if not chat_hashes:
        return
    rows = [{"chat_hash": one, "since": unit.minute, "touched": unit.minute} for one in sorted(chat_hashes)]
    on_postgresql = unit.session.get_bind().dialect.name == "postgresql"
    added = (postgresql if on_postgresql else sqlite).insert(ShownChat).values(rows)
    now = {"touched": added.excluded.touched}
    await unit.session.execute(added.on_conflict_do_update(index_elements=[ShownChat.chat_hash], set_=now))


async def due(unit: Unit) -> Sequence[ShownChat]:
    """The chats in which something has stood long enough."""
    return (await unit.session.scalars(select(ShownChat).where(_is_due(unit)))).all()


def is_idle(unit: Unit, chat: ShownChat) -> bool:
    """Whether its moderator has done nothing in a chat for `idle_minutes`, so that all goes."""
    return not unit.minute - unit.settings.idle_minutes <= chat.touched <= unit.minute + _AHEAD


def oldest(unit: Unit) -> int:
    """The minute before which, itself included, what was shown goes however busy its moderator is."""
    return unit.minute - unit.settings.shown_minutes


def newest(unit: Unit) -> int:
    """The last minute that a clock which is right can have given to what was shown."""
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
    """Nothing that goes within minutes stands in a chat any more."""
    await unit.session.execute(delete(ShownChat).where(ShownChat.chat_hash == chat_hash))


def end(unit: Unit, report_id: str | None, chat_hash: bytes | None = None, *, whole: bool = False) -> None:
    """Remember that what was shown of a report has to leave a chat, or all of them. `whole`: also what told moderators of it
    unasked, since nobody will decide it now. Without a report the chat is cleared, if `whole`, or rid of what was not seen for
    days."""
    reminder = TakeBack(id=vault.new_id(), report_id=report_id, chat_hash=chat_hash, whole=whole)
    unit.session.add(reminder)
    unit.ended.append(report_id)


def end_replies(unit: Unit) -> None:
    """Remember that replies may be open about a report that is gone: nothing tells in which chats."""
    unit.session.add(TakeBack(id=vault.new_id(), report_id=None, chat_hash=None, whole=True))


async def take_replies_ended(unit: Unit) -> bool:
    """Whether that was to be remembered; it is forgotten with this transaction."""
    await unit.session.flush()
    done = await unit.session.execute(delete(TakeBack).where(_IS_OF_REPLIES))
    return bool(getattr(done, "rowcount", 0))


async def ended(unit: Unit) -> Sequence[TakeBack]:
    """What was to be remembered, by this unit or by others before; it is forgotten with this transaction."""
    unit.ended.clear()
    await unit.session.flush()
    found = (await unit.session.scalars(select(TakeBack).where(~_IS_OF_REPLIES).limit(MOST_AT_ONCE))).all()
    gone = delete(TakeBack).where(TakeBack.id.in_([one.id for one in found])).returning(TakeBack.id)
    taken = set(await unit.session.scalars(gone.execution_options(synchronize_session=False)))
    for one in found:
        unit.session.expunge(one)
    return [one for one in found if one.id in taken]


async def is_anything_due(unit: Unit) -> bool:
    """Whether there is anything to be taken back; two small tables are asked."""
    query = select(or_(exists(select(TakeBack.id)), exists(select(ShownChat.chat_hash).where(_is_due(unit)))))
    return bool(await unit.session.scalar(query))
