"""The audit log, and marks between two starts."""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class AuditEntry(Base):
    """One act, without content. `mac` chains it to the entry before it (HMAC-SHA256)."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_act_actor", "act", "actor"),
        Index("ix_audit_log_subject", "subject", "id"),
        Index("ix_audit_log_actor", "actor", "id"),
    )
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    hour: Mapped[int]
    actor: Mapped[str] = mapped_column(String(40))
    act: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(64))
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class Mark(Base):
    """A thing to be remembered between two starts, such as the newest hour that was right."""

    __tablename__ = "marks"
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))
