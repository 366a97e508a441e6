"""What a batch may take in: the updates and deliveries of chats that no other copy of the bot has in hand.

On PostgreSQL several copies share the work. Each chat of a batch is locked until the batch is committed, without waiting: what
comes of a chat that another copy has locked is tried again in a moment. So it is while another copy still owes that chat something,
or has not recorded yet what it delivered there: only then is known which question a message answers, and nothing overtakes
anything. Batches that share no chat run side by side, and none waits for another one.

On SQLite there is one bot, and nothing to be asked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, Executable, Integer, LargeBinary, bindparam, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

from bot.chat.transport.receiving.updates import RawUpdate, chat_of, once_each
from bot.chat.transport.sending.committed_outbox import forget
from bot.chat.transport.sending.delivered import Delivered
from bot.services.unit import Unit
from db.models import SeenUpdate

_KEY_BYTES = 8
_LOCK = text("""
    SELECT one.place, busy.owners, CASE WHEN busy.owners IS NULL THEN pg_try_advisory_xact_lock(one.key) END AS is_locked
    FROM unnest(:keys, :asked) WITH ORDINALITY AS one (key, chat, place)
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT owner) AS owners FROM outbox
        WHERE outbox.chat_hash = one.chat AND owner IS DISTINCT FROM :copy
    ) AS busy ON true
""")
"""A chat that another copy owes something is not locked: that copy needs the lock to record what it delivers there, and would have to
wait for this whole transaction. CASE keeps the order of the two."""
_LOCK = _LOCK.bindparams(
    bindparam("keys", type_=ARRAY(BigInteger)),
    bindparam("asked", type_=ARRAY(LargeBinary)),
    bindparam("copy", type_=Integer),
)
_WAIT = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))
_TAKE = text("""
    WITH busy AS (
        SELECT DISTINCT chat_hash, owner FROM outbox
        WHERE chat_hash = ANY (:locked) AND owner IS DISTINCT FROM :copy AND NOT chat_hash = ANY (:overdue)
    ), seen AS (
        INSERT INTO seen_updates (id, hour)
        SELECT came.id, :hour FROM unnest(:ids, :chats) AS came (id, chat)
        WHERE NOT EXISTS (SELECT FROM busy WHERE busy.chat_hash = came.chat) ORDER BY came.id
        ON CONFLICT DO NOTHING RETURNING id
    ), gone AS (
        DELETE FROM outbox WHERE id = ANY (:delivered) RETURNING id
    )
    SELECT 'busy' AS what, owner::bigint AS number, chat_hash FROM busy
    UNION ALL SELECT 'seen', id, NULL FROM seen
    UNION ALL SELECT 'gone', id, NULL FROM gone
""")
"""All at once: which chats another copy owes something, which updates of the others are new, and which rows were still owed. By a
statement of its own: what the one before sees was seen before it had its locks."""
_TAKE = _TAKE.bindparams(
    *(bindparam(name, type_=ARRAY(LargeBinary)) for name in ("locked", "overdue", "chats")),
    *(bindparam(name, type_=ARRAY(BigInteger)) for name in ("ids", "delivered")),
    bindparam("copy", type_=Integer),
    bindparam("hour", type_=Integer),
)

_NOTE_SEEN: Mapping[str, Executable] = {
    name: insert(SeenUpdate).on_conflict_do_nothing().returning(SeenUpdate.id)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


@dataclass(slots=True)
class Reserved:
    """`new` are the updates that were never processed before, each once and in their order; `held` those that have to be tried
    again, of chats that another copy has in hand, and `owners` the copies that owe these chats something. `recorded` are the
    deliveries that can be recorded, of which those in `owed` were still owed, and `unrecorded` the others."""

    new: list[RawUpdate] = field(default_factory=list)
    held: list[RawUpdate] = field(default_factory=list)
    owners: set[int] = field(default_factory=set)
    recorded: Sequence[Delivered] = ()
    unrecorded: Sequence[Delivered] = ()
    owed: Collection[int] = ()


def is_shared(unit: Unit) -> bool:
    """Whether other copies of the bot may be at work on the database."""
    return bool(unit.session.get_bind().dialect.name == "postgresql")


def key_of(chat_hash: bytes) -> int:
    """The advisory lock of a chat. Two chats that share one wait for each other, no more."""
    return int.from_bytes(chat_hash[:_KEY_BYTES], "big", signed=True)


async def _lock(
    unit: Unit, chat_hashes: Collection[bytes], unasked: Collection[bytes]
) -> tuple[Collection[bytes], set[int]]:
    """Those of these chats that no other copy has in hand or owes anything, which none has until this unit ends; and the copies that
    owe something to the rest. Of `unasked` chats it does not matter who owes them anything."""
    wanted = list(chat_hashes)
    if not wanted:
        return (), set()
    asked = [None if one in unasked else one for one in wanted]
    keys = [key_of(one) for one in wanted]
    connection = await unit.session.connection()
    rows = (await connection.execute(_LOCK, {"keys": keys, "asked": asked, "copy": unit.copy})).all()
    locked = {wanted[row.place - 1] for row in rows if row.is_locked}
    return locked, {owner for row in rows for owner in row.owners or () if owner is not None}


async def wait_for(unit: Unit, chat_hash: bytes) -> None:
    """Wait until no other copy has a chat in hand. Only as the first that a unit locks, so that no two wait for each other."""
    if is_shared(unit):
        await unit.session.execute(_WAIT, {"key": key_of(chat_hash)})


async def reserve(
    unit: Unit, raws: Sequence[RawUpdate], delivered: Sequence[Delivered], overdue: Collection[int] = ()
) -> Reserved:
    """What this batch may take in of what came and what was delivered; all of it is noted as seen and forgotten. For what a copy
    owes `overdue` chats nothing waits any more. Raises BadUpdateError for an update without a usable id."""
    return await _reserve(unit, raws, delivered, overdue, came=True)


async def reserve_turn(
    unit: Unit, raws: Sequence[RawUpdate], delivered: Sequence[Delivered], overdue: Collection[int] = ()
) -> Reserved:
    """The same of updates that were noted as seen before, and wait in the backlog: `new` are all that can be taken."""
    return await _reserve(unit, raws, delivered, overdue, came=False)


async def _reserve(
    unit: Unit,
    raws: Sequence[RawUpdate],
    delivered: Sequence[Delivered],
    overdue: Collection[int],
    *,
    came: bool,
) -> Reserved:
    by_id = once_each(raws)
    if not is_shared(unit):
        seen = await note_seen(unit, by_id) if came else by_id.keys()
        owed = await forget(unit, [done.row.id for done in delivered])
        return Reserved([by_id[one] for one in by_id if one in seen], recorded=delivered, owed=owed)
    hashes = {update_id: _hash_of(unit, raw) for update_id, raw in by_id.items()}
    chats = {one for one in hashes.values() if one is not None}
    delivered_to = {done.row.chat_hash for done in delivered}
    overdue_chats = {unit.safe.pseudonyms.chat(chat_id) for chat_id in overdue}
    locked, owners = await _lock(unit, chats | delivered_to, delivered_to | overdue_chats)
    made = Reserved()
    made.recorded = [done for done in delivered if done.row.chat_hash in locked]
    made.unrecorded = [done for done in delivered if done.row.chat_hash not in locked]
    at_hand = [one for one, chat in hashes.items() if chat is None or chat in locked]
    asked = {one: hashes[one] for one in at_hand}
    busy, seen, made.owed = await _take(unit, asked, made, overdue_chats, came=came)
    made.owners = owners | {owner for owner in busy.values() if owner is not None}
    for update_id, raw in by_id.items():
        chat = hashes[update_id]
        if chat is not None and (chat not in locked or chat in busy):
            made.held.append(raw)
        elif update_id in seen or not came:
            made.new.append(raw)
    return made


def _hash_of(unit: Unit, raw: RawUpdate) -> bytes | None:
    chat_id = chat_of(raw)
    return None if chat_id is None else unit.safe.pseudonyms.chat(chat_id)


async def _take(
    unit: Unit, chats: Mapping[int, bytes | None], made: Reserved, overdue: Collection[bytes], *, came: bool
) -> tuple[Mapping[bytes, int | None], Collection[int], Collection[int]]:
    """Of these updates, by their chats: the chats that other copies owe something, by these; the updates that are new; and the rows of
    what was recorded that were still owed."""
    row_ids = [done.row.id for done in made.recorded]
    if not chats and not row_ids:
        return {}, (), ()
    ids = sorted(chats) if came else []
    asked = {"ids": ids, "chats": [chats[one] for one in ids], "overdue": list(overdue), "delivered": row_ids}
    asked |= {"locked": list({one for one in chats.values() if one}), "copy": unit.copy, "hour": unit.hour}
    connection = await unit.session.connection()
    rows = (await connection.execute(_TAKE, asked)).all()
    found = {what: {row.number for row in rows if row.what == what} for what in ("seen", "gone")}
    return {row.chat_hash: row.number for row in rows if row.what == "busy"}, found["seen"], found["gone"]


async def note_seen(unit: Unit, update_ids: Iterable[int]) -> Collection[int]:
    """Note updates as processed by this transaction; those that were by no earlier one. A set of ids and not the newest id alone:
    after a week without updates Telegram begins anew at a random one (Bot API, Update)."""
    seen = [{"id": update_id, "hour": unit.hour} for update_id in sorted(update_ids)]
    if not seen:
        return ()
    connection = await unit.session.connection()
    return set(await connection.scalars(_NOTE_SEEN[connection.dialect.name], seen))
