"""Updates, and limits of their senders."""

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class SeenUpdate(Base):
    """A handled update, deleted by age."""

    __tablename__ = "seen_updates"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(index=True)


class WaitingUpdate(Base):
    """A sealed update in the backlog. `sender` is a hash under the day's key, `number` its count of the day.
    `in_report` marks updates in the middle of a report, or from a moderator."""

    __tablename__ = "waiting_updates"
    __table_args__ = (Index("ix_waiting_updates_turn", "in_report", "number"),)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sender: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    number: Mapped[int]
    in_report: Mapped[bool]
    raw: Mapped[bytes] = mapped_column(LargeBinary)


class FailedUpdate(Base):
    """An update that failed alone. `raw` is its sealed shape, `reference` the sender's error reference."""

    __tablename__ = "failed_updates"
    reference: Mapped[str] = mapped_column(String(16), primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    hour: Mapped[int] = mapped_column(index=True)


class SenderBucket(Base):
    """Counts of a day for senders whose hash begins with one byte, sealed under the day's key
    (`bot.services.sender_counts`). Rows are overwritten in place, so that they tell no order."""

    __tablename__ = "sender_buckets"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Block(Base):
    """A blocked `sender`, as a separate keyed hash, or a possible one: `flooding` is that hash, sealed under
    the day's key. Expires at midnight UTC, so that no row tells the hour."""

    __tablename__ = "blocks"
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    sender: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    flooding: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_hour: Mapped[int] = mapped_column(index=True)
