"""Reservation of a batch: drops updates handled before, and skips chats that are under way elsewhere."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import BigInteger, Executable, Integer, LargeBinary, bindparam, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

from bot.store.unit import UnitOfWork
from bot.transport.call import Delivered
from bot.transport.outbox import forget_rows
from bot.transport.updates import RawUpdate, chat_of, id_of, ids_of, once_each
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
"""Leaves chats with another replica's rows unlocked, for it to record deliveries. CASE keeps the order."""
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
"""Must be a statement of its own: the one before sees the state before its locks."""
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
    """Result of a reservation.

    - `held`: updates of chats that another replica is working on
    - `owners`: replicas with outbox rows for these chats
    - `owed`: ids of recorded rows that still existed
    """

    new: list[RawUpdate] = field(default_factory=list)
    held: list[RawUpdate] = field(default_factory=list)
    owners: set[int] = field(default_factory=set)
    recorded: Sequence[Delivered] = ()
    unrecorded: Sequence[Delivered] = ()
    owed: Collection[int] = ()


def is_shared(unit: UnitOfWork) -> bool:
    """Whether other replicas may use the database."""
    return bool(unit.session.get_bind().dialect.name == "postgresql")


def key_of(chat_hash: bytes) -> int:
    """Advisory lock of a chat."""
    return int.from_bytes(chat_hash[:_KEY_BYTES], "big", signed=True)


async def _lock(
    unit: UnitOfWork, chat_hashes: Collection[bytes], unasked: Collection[bytes]
) -> tuple[Collection[bytes], set[int]]:
    """Lock chats. Returns the locked ones, and the replicas with rows for the others, except `unasked` ones."""
    wanted = list(chat_hashes)
    if not wanted:
        return (), set()
    asked = [None if one in unasked else one for one in wanted]
    keys = [key_of(one) for one in wanted]
    connection = await unit.session.connection()
    rows = (await connection.execute(_LOCK, {"keys": keys, "asked": asked, "copy": unit.copy})).all()
    locked = {wanted[row.place - 1] for row in rows if row.is_locked}
    return locked, {owner for row in rows for owner in row.owners or () if owner is not None}


async def wait_for(unit: UnitOfWork, chat_hash: bytes) -> None:
    """Wait until no other replica works on a chat. Must be the first lock of a unit, against deadlocks."""
    if is_shared(unit):
        await unit.session.execute(_WAIT, {"key": key_of(chat_hash)})


async def reserve(
    unit: UnitOfWork,
    raws: Sequence[RawUpdate],
    delivered: Sequence[Delivered],
    overdue: Collection[int] = (),
    *,
    came: bool = True,
) -> Reserved:
    """Reserve the updates and deliveries this batch may process. Marks updates that `came` now, not from the
    backlog, as seen, and deletes the delivered outbox rows. Chats in `overdue` no longer wait for another
    replica. Raises BadUpdateError for an update without a usable id."""
    by_id = once_each(raws)
    if not is_shared(unit):
        seen = await note_seen(unit, by_id) if came else by_id.keys()
        owed = await forget_rows(unit, [done.row.id for done in delivered])
        return Reserved([by_id[one] for one in by_id if one in seen], recorded=delivered, owed=owed)
    hash_of, chat_ids = unit.safe.pseudonyms.chat, {one: chat_of(raw) for one, raw in by_id.items()}
    hashes = {one: None if chat_id is None else hash_of(chat_id) for one, chat_id in chat_ids.items()}
    chats = {one for one in hashes.values() if one is not None}
    delivered_to = {done.row.chat_hash for done in delivered}
    overdue_chats = {hash_of(chat_id) for chat_id in overdue}
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


async def _take(
    unit: UnitOfWork,
    chats: Mapping[int, bytes | None],
    made: Reserved,
    overdue: Collection[bytes],
    *,
    came: bool,
) -> tuple[Mapping[bytes, int | None], Collection[int], Collection[int]]:
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


async def note_seen(unit: UnitOfWork, update_ids: Iterable[int]) -> Collection[int]:
    """Mark updates as seen. Returns the new ones. The newest id alone would not do: Telegram may begin anew
    at a random one (Bot API, Update)."""
    seen = [{"id": update_id, "hour": unit.hour} for update_id in sorted(update_ids)]
    if not seen:
        return ()
    connection = await unit.session.connection()
    return set(await connection.scalars(_NOTE_SEEN[connection.dialect.name], seen))


_LONGEST = 8


@dataclass(frozen=True, slots=True)
class _HeldUpdate:
    """An update that is taken between `after` and `until`, in the event loop's seconds."""

    raw: RawUpdate
    chat: bytes | None
    until: float
    after: float = 0.0
    times: int = 0


@dataclass(slots=True)
class HeldUpdates:
    hash_of: Callable[[int], bytes]
    is_quiet: Callable[[bytes], bool]
    is_slow: Callable[[bytes], bool]
    overdue: set[int] = field(default_factory=set)
    """Chats whose updates were taken because they had waited long enough."""
    _waiting: list[_HeldUpdate] = field(default_factory=list)
    _taken: dict[int, _HeldUpdate] = field(default_factory=dict)

    @property
    def ids(self) -> set[int]:
        return set(ids_of(one.raw for one in self._waiting))

    def add(self, raws: Sequence[RawUpdate], until: float) -> None:
        for raw in raws:
            chat_id = chat_of(raw) if id_of(raw) is not None else None
            chat = None if chat_id is None else self.hash_of(chat_id)
            self._waiting.append(_HeldUpdate(raw, chat, until))

    def take_ready(self, now: float) -> list[RawUpdate]:
        """Take the updates with nothing to wait for. Valid until the caller awaits something."""
        over = {one.chat for one in self._waiting if one.until <= now}
        busy = {
            one.chat
            for one in self._waiting
            if one.chat is not None and (one.after > now or not self.is_quiet(one.chat))
        } - over
        self._taken.clear()
        ready = self._take([one for one in self._waiting if one.chat not in busy])
        late = [one for one in self._taken.values() if one.until <= now]
        self.overdue = {chat_id for one in late if (chat_id := chat_of(one.raw)) is not None}
        return ready

    def _take(self, taken: Sequence[_HeldUpdate]) -> list[RawUpdate]:
        self._taken |= {update_id: one for one in taken if (update_id := id_of(one.raw)) is not None}
        gone = set(map(id, taken))
        self._waiting = [one for one in self._waiting if id(one) not in gone]
        return [one.raw for one in taken]

    def put_back(self, raws: Sequence[RawUpdate], now: float, pause: float) -> None:
        """Put back updates for another replica, before newer ones. The pause doubles up to `_LONGEST`
        pauses, since each try costs a transaction."""
        taken = [self._taken[id_of(raw) or 0] for raw in raws]
        again = [
            replace(one, after=now + pause * min(2**one.times, _LONGEST), times=one.times + 1)
            for one in taken
        ]
        self._waiting = [*again, *self._waiting]

    def wake(self) -> None:
        """Retry at once, since another replica is done."""
        self._waiting = [replace(one, after=0.0) if one.after else one for one in self._waiting]

    def take_crowds(self, most: int) -> list[RawUpdate]:
        """Take updates of slow chats, and of chats with more than `most`, for the backlog: others come next."""
        numbers = Counter(one.chat for one in self._waiting)
        crowds = {
            chat
            for chat, number in numbers.items()
            if number > most or (chat is not None and self.is_slow(chat))
        }
        return self._take([one for one in self._waiting if one.chat in crowds])

    def clear(self) -> None:
        self._waiting.clear()
