"""Members of the team, and the audit log."""

from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, ScalarSelect, String, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from db.models.base import Base, ClientId, Id, Proved


class AuditEntry(Base):
    """An act, without content. `mac` chains it to the entry before it (HMAC-SHA256)."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_act_actor", "act", "actor"),
        Index("ix_audit_log_subject", "subject", "id"),
        Index("ix_audit_log_actor", "actor", "id"),
    )
    id: Mapped[int] = mapped_column(ClientId, primary_key=True, autoincrement=True)
    hour: Mapped[int]
    actor: Mapped[str] = mapped_column(String(40))
    act: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(64))
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class Mark(Base):
    """A value kept between starts, such as the newest correct hour."""

    __tablename__ = "marks"
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


ENDS = ("enrol", "void")
"""Acts that end an invitation. Their subject is its name."""


def _last_entry(*which: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Number of the last matching entry, or 0."""
    # A sum: for a bare column PostgreSQL may scan the log backwards.
    last = select(func.coalesce(func.max(AuditEntry.id + 0), 0)).where(*which)
    return last.correlate_except(AuditEntry).scalar_subquery()


class Moderator(Proved, Base):
    """A member of the team.

    - `address`: sealed chat id, for notices
    - `preferences`: sealed wishes for notices
    - `seen_hour`, `told_hour`: last presence and last notice
    - `held_back`: a notice was held back because of the hour
    - `entry`: audit log entry that gave or took their rights
    - `enrolled`, `revoked`: last such entries. A restored old row has a lower `entry`
    """

    __tablename__ = "moderators"
    DECIDING = ("alias", "role", "active", "chat_hash", "entry")
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    alias: Mapped[str] = mapped_column(String(40), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    active: Mapped[bool]
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(8))
    hour: Mapped[int]
    preferences: Mapped[bytes | None] = mapped_column(LargeBinary)
    seen_hour: Mapped[int]
    told_hour: Mapped[int]
    held_back: Mapped[bool] = mapped_column(default=False)
    entry: Mapped[int] = mapped_column(default=0)
    enrolled: Mapped[int] = column_property(
        _last_entry(AuditEntry.act == "enrol", AuditEntry.actor == alias), expire_on_flush=False
    )
    revoked: Mapped[int] = column_property(
        _last_entry(AuditEntry.act == "revoke", AuditEntry.subject == alias), expire_on_flush=False
    )

    @property
    def is_newest(self) -> bool:
        """Whether the audit log has nothing newer about this member. A truncated log takes no rights away."""
        return self.entry >= max(self.enrolled, self.revoked)


class Invite(Proved, Base):
    """A one-time invitation, as a hash, until it is used or expires. `chat_hash` is the chat that opened it,
    `name` its name in the audit log, the first digits of the hash. `ended` is the entry that ended it."""

    __tablename__ = "invites"
    DECIDING = ("role", "expires_hour", "chat_hash", "name")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    expires_hour: Mapped[int] = mapped_column(index=True)
    chat_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    name: Mapped[str] = mapped_column(String(8))
    ended: Mapped[int] = column_property(
        _last_entry(AuditEntry.act.in_(ENDS), AuditEntry.subject == name), expire_on_flush=False
    )

    @property
    def is_newest(self) -> bool:
        return not self.ended


class SharingRequest(Proved, Base):
    """An administrator's request to share data, to be confirmed by another one. `spec` holds codes and days."""

    __tablename__ = "sharing_requests"
    DECIDING = ("state", "spec", "asker_id", "confirmer_id", "expires_hour")
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    spec: Mapped[str] = mapped_column(String(64))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    asker_id: Mapped[str] = mapped_column(ForeignKey(Moderator.id), index=True)
    confirmer_id: Mapped[str | None] = mapped_column(ForeignKey(Moderator.id), index=True)
    expires_hour: Mapped[int] = mapped_column(index=True)


class InstalledForm(Proved, Base):
    """A form that administrators put into force, or propose. Sealed `content`: the file to fetch, then the form."""

    __tablename__ = "installed_forms"
    DECIDING = ("state", "form_id", "digest", "asker_id", "confirmer_id", "expires_hour")
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    form_id: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(16))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    asker_id: Mapped[str] = mapped_column(ForeignKey(Moderator.id), index=True)
    confirmer_id: Mapped[str | None] = mapped_column(ForeignKey(Moderator.id), index=True)
    expires_hour: Mapped[int]


class UpdateText(Base):
    """An organisation's own text for the country updates of a period, sealed. The id names its part, language and
    months: `introduction:ru:2024-04:2023-01`, the last month first, so that ids sort by time."""

    __tablename__ = "update_texts"
    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
