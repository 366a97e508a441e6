"""Blocks: flooding senders are refused for a time, and stay unknown.

No report leads to its sender, so only today's flooding senders can be blocked. At a daily limit the sender's
hash for blocks is noted, sealed under the key of the day, until midnight (UTC). An administrator may make it
a block: a hash comparable with no other, and its last day.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, bindparam, delete, select

from bot.errors import Refusal
from bot.safety.pseudonym import Purpose
from bot.safety.sealing import SecretKey, UnsealError
from bot.store import allowances, audit, vault
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.engine import padded_to_power_of_two
from db.models import Block, Moderator

MOST_FLOODS = 20
_BLOCKED = select(Block.sender).where(
    Block.sender.in_(bindparam("senders", expanding=True)), Block.expires_hour > bindparam("hour")
)


async def note_flood(unit: UnitOfWork, chat_id: int) -> tuple[str, int] | None:
    """Note a sender at a daily limit. Returns the number to block them by, and today's count, or None for a
    sender noted or blocked before, and beyond MOST_FLOODS. Notes are never replaced, since an
    administrator may have been shown their buttons."""
    sender, noted = _hash(unit, chat_id), await list_blocks(unit, flooding=True)
    key = await _sealing_key(unit)
    if len(noted) >= MOST_FLOODS or any(_sender(unit, key, row) == sender for row in noted):
        return None
    if await _of(unit, [sender]):
        return None
    row = Block(id=secrets.token_hex(4), expires_hour=_midnight_after(unit, 0))
    row.flooding = unit.safe.ring.scheme.seal(key, sender, _context(row))
    unit.session.add(row)
    await unit.session.flush()
    return row.id, len(noted) + 1


def _sender(unit: UnitOfWork, key: SecretKey, row: Block) -> bytes | None:
    try:
        return unit.safe.ring.scheme.unseal(key, row.flooding or b"", _context(row))
    except UnsealError:
        return None


def _hash(unit: UnitOfWork, chat_id: int) -> bytes:
    return unit.safe.pseudonyms.of(Purpose.BLOCK, str(chat_id))


def _midnight_after(unit: UnitOfWork, days: int) -> int:
    """Midnight (UTC) after some days, so that no row holds the current hour."""
    return (unit.hour // HOURS_A_DAY + 1 + days) * HOURS_A_DAY


def _context(row: Block) -> str:
    return f"blocks.flooding:{row.id}"


async def _sealing_key(unit: UnitOfWork) -> SecretKey:
    key = await allowances.day_key(unit)
    return SecretKey(hmac.new(key, b"floods", hashlib.sha256).digest())


async def block(unit: UnitOfWork, admin: Moderator, number: str) -> Block:
    """Block the flooding sender of this number. Raises Refusal when the day is over or the number is
    unknown."""
    row = await unit.session.get(Block, number, populate_existing=True)
    is_noted = row is not None and row.flooding is not None and row.expires_hour > unit.hour
    sender = _sender(unit, await _sealing_key(unit), row) if row is not None and is_noted else None
    if row is None or sender is None:
        raise Refusal("moderator.block.gone")
    await _forget(unit, Block.sender == sender)
    row.sender, row.flooding = sender, None
    row.expires_hour = _midnight_after(unit, unit.settings.block_days)
    vault.note_erasure(unit)
    await audit.record(unit, admin.alias, "block", "")
    return row


async def blocked(unit: UnitOfWork, chat_ids: Collection[int]) -> frozenset[int]:
    hashes = {_hash(unit, chat_id): chat_id for chat_id in chat_ids}
    return frozenset(hashes[sender] for sender in await _of(unit, hashes.keys()))


async def _of(unit: UnitOfWork, senders: Collection[bytes]) -> Sequence[bytes]:
    if not senders:
        return []
    asked = {"senders": padded_to_power_of_two(senders), "hour": unit.hour}
    connection = await unit.session.connection()
    return [one for one in (await connection.scalars(_BLOCKED, asked)).all() if one is not None]


async def list_blocks(unit: UnitOfWork, *, flooding: bool = False) -> Sequence[Block]:
    """Blocks, or notes of flooding senders, in order of their end."""
    which = Block.flooding if flooding else Block.sender
    query = select(Block).where(which.is_not(None), Block.expires_hour > unit.hour)
    return (await unit.session.scalars(query.order_by(Block.expires_hour, Block.id))).all()


async def unblock(unit: UnitOfWork, number: str, actor: str = audit.SYSTEM) -> None:
    """End a block. Raises Refusal for an unknown number."""
    if not await _forget(unit, Block.id == number.strip().lower(), Block.sender.is_not(None)):
        raise Refusal("moderator.block.unknown")
    await audit.record(unit, actor, "unblock", "")


async def unblock_all(unit: UnitOfWork, actor: str = audit.SYSTEM) -> int:
    number = await _forget(unit, Block.sender.is_not(None))
    if number:
        await audit.record(unit, actor, "unblock", "", "all")
    return number


async def over(unit: UnitOfWork, limit: int) -> Sequence[str]:
    """At most `limit` expired blocks and notes."""
    query = select(Block.id).where(Block.expires_hour <= unit.hour).limit(limit)
    return (await unit.session.scalars(query)).all()


async def expire(unit: UnitOfWork, numbers: Collection[str]) -> int:
    return await _forget(unit, Block.id.in_(numbers), Block.expires_hour <= unit.hour)


async def _forget(unit: UnitOfWork, *which: ColumnElement[bool]) -> int:
    statement = delete(Block).where(*which).execution_options(synchronize_session="fetch")
    gone = int(getattr(await unit.session.execute(statement), "rowcount", 0))
    if gone:
        vault.note_erasure(unit)
    return gone
