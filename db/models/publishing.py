"""Public versions, approvals and decisions."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import IS_PROPOSED, IS_PUBLIC, Base, Id, Proved, partial
from db.models.keys import DataKey
from db.models.reports import Report
from db.models.team import Moderator


class PublicVersion(Proved, Base):
    """A public version, sealed under its own key. At most one of a report is `current`, that is, public.

    The current one repeats its report's `consent` for an index.
    """

    __tablename__ = "public_versions"
    DECIDING = (
        *("report_id", "version", "current", "state", "approved_hour", "consent", "moderator_id"),
        "data_key_id",
    )
    __table_args__ = (
        partial("ix_public_versions_public", "approved_hour", "id", where=IS_PUBLIC),
        partial("ix_public_versions_consent", "consent", "approved_hour", "id", where=IS_PUBLIC),
        partial("ix_public_versions_proposed", "report_id", where=IS_PROPOSED),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), index=True)
    version: Mapped[int]
    current: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_hour: Mapped[int | None]
    consent: Mapped[str | None] = mapped_column(String(32))
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey(Moderator.id, ondelete="SET NULL"))


class Approval(Proved, Base):
    """A moderator's approval of a waiting version. `proof` detects that the version has changed."""

    __tablename__ = "approvals"
    DECIDING = ("report_id", "proof")
    version_id: Mapped[str] = mapped_column(
        ForeignKey(PublicVersion.id, ondelete="CASCADE"), primary_key=True
    )
    moderator_id: Mapped[str] = mapped_column(
        ForeignKey(Moderator.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), index=True)
    proof: Mapped[str] = mapped_column(String(16))


class UndoableDecision(Proved, Base):
    """A moderator's decision that can be undone through the minute `until` (since 1970-01-01 UTC). Then it
    takes effect."""

    __tablename__ = "undoable_decisions"
    DECIDING = ("moderator_id", "act", "detail", "until")
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey(Moderator.id, ondelete="CASCADE"))
    act: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(String(16))
    until: Mapped[int]
