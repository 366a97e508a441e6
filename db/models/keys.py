"""Keys, in slots that are overwritten in place."""

import secrets

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base, ClientId, Id

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
    """Room for a wrapped key, overwritten in place and never deleted (see `db.key_slots`)."""

    __tablename__ = "key_slots"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class FreeSlot(Base):
    """An empty slot. The lowest random `draw` is taken first, so that slots tell no order."""

    __tablename__ = "free_slots"
    draw: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(ForeignKey(KeySlot.number), unique=True)


class DataKey(Base):
    """A data key in a slot, wrapped by the ring's key `ring`. `db.key_slots.destroy` destroys all that it
    sealed."""

    __tablename__ = "data_keys"
    __table_args__ = (Index("ix_data_keys_ring", "ring", "hour", "id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slot: Mapped[int] = mapped_column(ForeignKey(KeySlot.number), unique=True)
    ring: Mapped[str] = mapped_column(String(16))
    hour: Mapped[int]
    place: Mapped[KeySlot] = relationship(lazy="joined", innerjoin=True)
    new_wrapped = b""
    """Wrapped bytes until a flush gives the key a slot."""

    @property
    def wrapped(self) -> bytes:
        return self.new_wrapped or unpadded(self.place.content)

    @wrapped.setter
    def wrapped(self, value: bytes) -> None:
        self.new_wrapped = value


class DayKey(Base):
    """Random key of a day's sender hashes, destroyed when the day is over."""

    __tablename__ = "day_keys"
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)


class Erasure(Base):
    """A note that destroyed bytes may still be in the write-ahead log.

    Ids are random, so that none is reused while the log is emptied.
    """

    __tablename__ = "erasures"
    id: Mapped[int] = mapped_column(
        ClientId, primary_key=True, autoincrement=False, default=lambda: secrets.randbits(63)
    )
    hour: Mapped[int]
