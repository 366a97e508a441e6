"""Finds abandoned drafts and replies, for a reminder first and for deletion in the end, and what was held too long."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select

from bot.settings import Settings
from bot.store import vault
from bot.store.drafting import OpenDraft, forget, is_over, those_that_open
from bot.store.unit import HOURS_A_DAY, REPLY_FORM, REVIEW_FORM, UnitOfWork
from db.models import DraftRow

MOST_REMINDER_HOURS = 12


def reminder_hours(settings: Settings) -> int:
    """Hours from a reminder to the end of a silent draft. 0 if drafts are too short-lived for one."""
    return min(MOST_REMINDER_HOURS, settings.draft_hours // 4)


async def take_silent(unit: UnitOfWork, limit: int) -> list[OpenDraft]:
    """At most `limit` drafts to remind of now. Each comes once, until its person asks again."""
    hours = reminder_hours(unit.settings)
    if not hours:
        return []
    silent = unit.hour - unit.settings.draft_hours + hours
    query = select(DraftRow).where(DraftRow.reminds, DraftRow.touched_hour <= silent).limit(limit)
    # Locked on PostgreSQL, since another replica may look for them too.
    rows = (await unit.session.scalars(query.with_for_update(skip_locked=True))).all()
    await vault.open_keys(unit, (row.data_key_id for row in rows), lenient=True)
    for row in rows:
        row.reminds = False
    return those_that_open(unit, rows)


async def silent_replies(unit: UnitOfWork, limit: int) -> list[OpenDraft]:
    """At most `limit` replies untouched for `reply_hours`, and up to an hour more."""
    over = DraftRow.touched_hour < unit.hour - unit.settings.reply_hours
    query = select(DraftRow).where(DraftRow.kind == REPLY_FORM, over).limit(limit)
    # Locked on PostgreSQL, so that a person who goes on with a reply keeps it.
    return await _opened(unit, query.with_for_update(skip_locked=True))


async def busy_replies(unit: UnitOfWork, limit: int) -> list[OpenDraft]:
    since = DraftRow.touched_hour >= unit.hour - unit.settings.reply_hours
    return await _opened(unit, select(DraftRow).where(DraftRow.kind == REPLY_FORM, since).limit(limit))


async def replies_beside(unit: UnitOfWork, chat_hash: bytes) -> list[OpenDraft]:
    """All replies in other chats, with those begun in this batch."""
    await unit.session.flush()
    others = DraftRow.kind == REPLY_FORM, DraftRow.chat_hash != chat_hash
    return await _opened(unit, select(DraftRow).where(*others))


async def _opened(unit: UnitOfWork, query: Select[DraftRow]) -> list[OpenDraft]:
    rows = (await unit.session.scalars(query)).all()
    await vault.open_keys(unit, (row.data_key_id for row in rows), lenient=True)
    return those_that_open(unit, rows)


async def still_there(unit: UnitOfWork, found: Sequence[OpenDraft]) -> list[OpenDraft]:
    """Drafts among these that still exist, locked."""
    query = select(DraftRow.id).where(DraftRow.id.in_([one.row.id for one in found]))
    ids = set(await unit.session.scalars(query.with_for_update())) if found else set()
    return [one for one in found if one.row.id in ids]


async def held_over(unit: UnitOfWork, *, lock: bool = False) -> list[OpenDraft]:
    """Drafts that hold messages from before consent beyond their time."""
    query = select(DraftRow).where(DraftRow.position != "", DraftRow.data_key_id.is_not(None))
    # Locked on PostgreSQL, so that a person who agrees meanwhile keeps them.
    found = await _opened(unit, query.with_for_update(skip_locked=True) if lock else query)
    return [one for one in found if is_over(unit, one)]


async def forget_held(unit: UnitOfWork) -> None:
    """Destroy these messages with their keys."""
    for one in await held_over(unit, lock=True):
        await forget(unit, one)


async def silent(unit: UnitOfWork, limit: int) -> Sequence[str]:
    return (await unit.session.scalars(select(DraftRow.id).where(_is_silent(unit)).limit(limit))).all()


def _is_silent(unit: UnitOfWork) -> ColumnElement[bool]:
    """Condition: untouched for `draft_hours`, or an edit of a practice report for a day."""
    touched, hours = DraftRow.touched_hour, unit.settings.draft_hours
    is_practice = and_(DraftRow.kind == REVIEW_FORM, DraftRow.report_id.is_(None))
    is_due = or_(touched < unit.hour - hours, is_practice)
    return and_(touched < unit.hour - min(hours, HOURS_A_DAY), is_due)


async def wipe_silent(unit: UnitOfWork, draft_ids: Collection[str]) -> int:
    """Destroy those of these drafts that are untouched for so long."""
    still = select(DraftRow).where(DraftRow.id.in_(draft_ids), _is_silent(unit))
    # Locked on PostgreSQL, so that a person who goes on with a draft keeps it.
    rows = list(await unit.session.scalars(still.with_for_update(skip_locked=True)))
    if rows:
        ids = [row.id for row in rows]
        await unit.session.execute(delete(DraftRow).where(DraftRow.id.in_(ids)))
        await vault.destroy(unit, [row.data_key_id for row in rows])
        vault.note_erasure(unit)  # as in `drafting._destroy`
    return len(rows)
