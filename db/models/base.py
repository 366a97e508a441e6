"""Base of all tables, types of ids, and partial indexes."""

import secrets
from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Id = String(32)
ClientId = BigInteger().with_variant(Integer, "sqlite")
"""A number that the program chooses, so that none counts up. On SQLite it is the rowid."""


def partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Base(DeclarativeBase):
    """Base of the tables, with names for constraints that migrations use on both databases. A flush sorts new
    rows by full class name. All classes get one module, so a class must sort behind those that its foreign
    keys refer to."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    def __init_subclass__(cls, **arguments: object) -> None:
        cls.__module__ = __package__
        super().__init_subclass__(**arguments)


class Proved:
    """Table with authenticated rows: `row_mac` covers the primary key and the columns in `DECIDING`
    (`bot.store.row_proofs`). Other rows are not read."""

    DECIDING: ClassVar[tuple[str, ...]] = ()
    row_mac: Mapped[bytes | None] = mapped_column(LargeBinary(32))


IN_QUEUE, IS_CLAIMED = "status IN ('new', 'claimed')", "status = 'claimed'"
IS_APPROVED = "status = 'approved' AND data_key_id IS NOT NULL"
IS_REJECTED = (
    "status = 'rejected' AND (data_key_id IS NOT NULL OR category IS NOT NULL OR region IS NOT NULL OR date_start IS NOT NULL "
    "OR date_end IS NOT NULL OR date_precision IS NOT NULL OR consent_use IS NOT NULL)"
)
"""Reports in the queue, claimed, published, and rejected with data left to destroy."""
HAS_ALARM = "alarm > 0"
"""Urgent reports that no moderator has opened or read to the end."""
IS_KEPT = "data_key_id IS NOT NULL"
"""Reports with content."""
IS_ASKED = "status IN ('new', 'claimed', 'needs_info') AND waits"
"""Reports that wait for their reporter's answer."""
IS_SET_ASIDE, IS_DUPLICATE = "status = 'needs_info'", "duplicate_of IS NOT NULL"
"""Reports set aside for an answer, and duplicates."""
IS_UNDOABLE = "status = 'undoable'"
"""Reports with a decision that can be undone."""
IS_DATED = "region IS NOT NULL AND date_start IS NOT NULL"
"""Reports with a known region and day."""
IS_IN_INCIDENT = "incident_id IS NOT NULL"
IS_SENT = "submitted_hour >= 0"
"""All reports. Only lists and statistics use these indexes, so PostgreSQL prefers them nowhere else."""
IS_HELD = f"{IS_CLAIMED} AND claimed_until_hour >= 0"
IS_DECIDED = "status IN ('approved', 'rejected') AND closed_hour >= 0"
"""Lists of claimed and decided reports."""
IS_ARCHIVED = "sealed_to IS NOT NULL"
"""Data keys that recipients alone can open."""
IS_ARCHIVABLE = "status IN ('approved', 'rejected') AND data_key_id IS NOT NULL AND NOT sealed"
"""Decided reports that are not in the sealed archive, or have got open keys since."""
IS_PROPOSED = "state = 'proposed'"
IS_PUBLIC = "public_versions.current AND public_versions.data_key_id IS NOT NULL"
"""Versions that wait for approval, and public ones, the latter in joins with reports."""
SLOT_BYTES = 128
"""Size of a slot: a byte with the length of the wrapped key, the key, zeros."""


def padded(wrapped: bytes) -> bytes:
    """A wrapped key as a slot holds it. Raises ValueError for a long one."""
    if len(wrapped) >= SLOT_BYTES:
        raise ValueError("a slot has no room for this key")
    return (bytes([len(wrapped)]) + wrapped).ljust(SLOT_BYTES, b"\0")


def unpadded(content: bytes) -> bytes:
    return content[1 : 1 + content[0]]


class KeySlot(Base):
    """Room for a wrapped key, overwritten in place and never deleted (see `db.engine.KeySession`)."""

    __tablename__ = "key_slots"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class FreeSlot(Base):
    """An empty slot. The lowest random `draw` is taken first, so that slots tell no order."""

    __tablename__ = "free_slots"
    draw: Mapped[int] = mapped_column(ClientId, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(ForeignKey(KeySlot.number), unique=True)


class DataKey(Base):
    """A data key in a slot, wrapped by `ring`. `db.engine.destroy_keys` destroys all that it sealed. Once
    archived (`bot.store.archive_keys`), the slot holds the key of `envelope` instead, which holds the data
    key for the recipients in `sealed_to`: their fingerprints, sorted, separated by spaces."""

    __tablename__ = "data_keys"
    __table_args__ = (
        Index("ix_data_keys_ring", "ring", "hour", "id"),
        partial("ix_data_keys_sealed_to", "sealed_to", where=IS_ARCHIVED),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slot: Mapped[int] = mapped_column(ForeignKey(KeySlot.number), unique=True)
    ring: Mapped[str] = mapped_column(String(16))
    hour: Mapped[int]
    sealed_to: Mapped[str | None] = mapped_column(String(80))
    envelope: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    place: Mapped[KeySlot] = relationship(lazy="joined", innerjoin=True)
    new_wrapped = b""
    """Wrapped bytes until a flush gives the key a slot."""

    @property
    def wrapped(self) -> bytes:
        return self.new_wrapped or unpadded(self.place.content)

    @wrapped.setter
    def wrapped(self, value: bytes) -> None:
        self.new_wrapped = value


class RingSecret(Base):
    """A secret of the server, sealed by the ring, such as its own age identity."""

    __tablename__ = "ring_secrets"
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DayKey(Base):
    """Random key of a day's sender hashes, destroyed when the day is over."""

    __tablename__ = "day_keys"
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)


class Erasure(Base):
    """A note that destroyed bytes may still be in the write-ahead log. Ids are random: none is reused while
    it is emptied."""

    __tablename__ = "erasures"
    id: Mapped[int] = mapped_column(
        ClientId, primary_key=True, autoincrement=False, default=lambda: secrets.randbits(63)
    )
    hour: Mapped[int]
