"""What comes from Telegram, and what its senders have asked for today."""

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class SeenUpdate(Base):
    """An update that was handled; pruned by age."""

    __tablename__ = "seen_updates"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(index=True)


class WaitingUpdate(Base):
    """An update whose turn comes later, since its sender or too many at once wrote much. `sender` is a hash whose key
    changes daily, `number` counts the sender's updates of the day, and `raw` is the sealed update. `in_report`: it
    came in the middle of a report, or from a moderator."""

    __tablename__ = "waiting_updates"
    __table_args__ = (Index("ix_waiting_updates_turn", "in_report", "number"),)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sender: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    number: Mapped[int]
    in_report: Mapped[bool]
    raw: Mapped[bytes] = mapped_column(LargeBinary)


class FailedUpdate(Base):
    """An update that was set aside because it failed alone. `raw` is its sealed shape, `reference` what the person was
    given."""

    __tablename__ = "failed_updates"
    reference: Mapped[str] = mapped_column(String(16), primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    hour: Mapped[int] = mapped_column(index=True)


class SenderBucket(Base):
    """What the senders whose hashes begin with one byte have asked of the bot on a day, sealed under the key of that day (see
    `bot.services.sender_counts`). Rows are made once and overwritten in place, so that they tell no order."""

    __tablename__ = "sender_buckets"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Block(Base):
    """A `sender` whose reports are not taken, by a keyed hash of its own kind; or one who is flooding the bot today and can be
    blocked: then `flooding` is that hash, sealed under the key of the day. It ends at a midnight (UTC), so that no row tells the hour."""

    __tablename__ = "blocks"
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    sender: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    flooding: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_hour: Mapped[int] = mapped_column(index=True)
